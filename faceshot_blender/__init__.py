# SPDX-License-Identifier: GPL-3.0-or-later
"""FaceShot in Blender: the extension's face. Nothing heavy is imported here; see docs/architecture.md."""

from __future__ import annotations

# The extension's own name, whatever repository it was installed from: "bl_ext.user_default.faceshot".
ROOT_PACKAGE = __package__.rpartition(".")[0]


def register() -> None:
    from . import registration

    registration.register()


def unregister() -> None:
    from . import registration

    registration.unregister()
