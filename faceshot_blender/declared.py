# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties that are declared in several places. Light: imported on enabling."""

from __future__ import annotations

from typing import Any

import bpy

from . import compat

# An argument of an operator: not remembered for its next call.
ONCE: Any = {"SKIP_SAVE"}


def plane_name(description: str) -> Any:
    """An operator's plane, by its name."""
    return bpy.props.StringProperty(name="Plane", description=description, options=ONCE)


def file_path(name: str, description: str, *, options: Any = frozenset(), **more: Any) -> Any:
    """The path of a file, which "//" may begin. options, more: as StringProperty has them."""
    return _path("FILE_PATH", name, description, options, more)


def folder_path(name: str, description: str, *, options: Any = frozenset(), **more: Any) -> Any:
    """The path of a folder, which "//" may begin. options, more: as StringProperty has them."""
    return _path("DIR_PATH", name, description, options, more)


def _path(subtype: Any, name: str, description: str, options: Any, more: dict[str, Any]) -> Any:
    return bpy.props.StringProperty(
        name=name, description=description, subtype=subtype, options=compat.PATH_OPTIONS | set(options), **more
    )
