# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths between Blender's way ("//" is the blend file's folder) and the operating system's."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import bpy


def absolute(path: str, library: bpy.types.Library | None = None) -> Path:
    """Blender's `path` as an absolute one; a plain relative path is taken from the working folder."""
    return Path(os.path.normpath(Path(bpy.path.abspath(path, library=library)).expanduser().absolute()))


def relative(path: Path) -> str:
    """`path` as Blender stores it: from the blend file's folder ("//"), absolute where that cannot be.

    It cannot while the blend is unsaved, or when the file lies on another drive of Windows.
    """
    if not bpy.data.filepath:
        return str(path)
    try:
        return bpy.path.relpath(str(path))
    except ValueError:
        return str(path)


def session_folder() -> Path:
    """A folder for files that are needed no longer than this Blender runs."""
    return Path(bpy.app.tempdir or tempfile.gettempdir()) / "faceshot"


def safe_name(text: str) -> str:
    """`text` as the name of a file or folder on every system; letters of all scripts and spaces stay.

    >>> safe_name("Köter: der/Hund?"), safe_name("..."), safe_name("con")
    ('Köter_ der_Hund_', 'untitled', 'con_')
    """
    name = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", text).strip(" .")
    # names of devices on Windows
    if re.fullmatch(r"(?i)(con|prn|aux|nul|(com|lpt)\d)(\..*)?", name):
        name += "_"
    return name[:80] or "untitled"
