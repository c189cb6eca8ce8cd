# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension's root. Tests and tools meet this folder without a package around it, so the import is guarded."""

if __package__:
    from .faceshot_blender import register, unregister  # noqa: F401
