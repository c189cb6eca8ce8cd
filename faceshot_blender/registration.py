# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender is told on enabling the extension, and untold on disabling it, in the reverse order."""

from __future__ import annotations


def register() -> None:
    pass


def unregister() -> None:
    pass
