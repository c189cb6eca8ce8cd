# SPDX-License-Identifier: GPL-3.0-or-later
"""FaceShot's core: no Blender in it. Ring 1 (this folder's own files) needs NumPy only; see docs/architecture.md."""

VERSION = "0.1.0"
