# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a blend file holds, as plain values: to compare what was with what is, whatever a test thought of."""

from __future__ import annotations

from types import ModuleType
from typing import Any

# Kinds that are the program's or the window's, not the file's content.
_KINDS = ("window_managers", "screens", "workspaces", "brushes", "palettes", "libraries", "linestyles", "fonts")
# What Blender counts, evaluates or loads for itself, and pixels, which are looked at elsewhere.
_OWN = frozenset({
    "rna_type", "bl_rna", "session_uid", "users", "tag", "is_evaluated", "is_updated", "is_updated_data", "original",
    "depsgraph", "pixels", "bindcode", "has_data", "is_dirty", "preview", "size", "resolution", "channels", "depth",
    "frame_duration", "is_float", "id_data", "waveform", "is_embedded_data", "active_object", "selection_stack",
    "view_center", "warning_propagation", "error_message", "is_valid", "location_absolute", "bl_icon",
    "rigidbody_world", "frame_float", "frame_current_final", "frame_subframe",
    "image_pixels", "is_path_resolved", "is_runtime_data", "cursor", "orig_fps", "tool_settings",
})  # fmt: skip
_DEPTH = 9


def whole_file(bpy: ModuleType) -> dict[str, Any]:
    """Name -> value of all properties of all data-blocks, by kind; curves, drivers, strips, nodes and slots too."""
    blocks = {
        kind: getattr(bpy.data, kind)
        for kind in dir(bpy.data)
        if kind not in _KINDS and isinstance(getattr(bpy.data, kind), bpy.types.bpy_prop_collection)
    }
    return {
        f"{kind}/{block.name_full}": _struct(bpy, block, 0, set())
        for kind, members in blocks.items()
        for block in members
    }


def difference(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The places where two dumps differ, one line each."""
    lines: list[str] = []
    _compare(before, after, "", lines)
    return lines


def _compare(one: Any, other: Any, place: str, lines: list[str]) -> None:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other}):
            _compare(one.get(name, "<none>"), other.get(name, "<none>"), f"{place}/{name}", lines)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for k, (left, right) in enumerate(zip(one, other, strict=True)):
            _compare(left, right, f"{place}[{k}]", lines)
    elif one != other:
        lines.append(f"{place}: {str(one)[:80]} / {str(other)[:80]}")


def _struct(bpy: ModuleType, thing: Any, depth: int, above: set[int]) -> Any:
    pointer = thing.as_pointer()
    if depth > _DEPTH or pointer in above:
        return "..."
    found: dict[str, Any] = {}
    for prop in thing.bl_rna.properties:
        name = prop.identifier
        if name in _OWN or name.startswith("matrix_"):
            continue
        try:
            value = getattr(thing, name)
        except (AttributeError, TypeError, RuntimeError, ReferenceError):
            continue
        if prop.type == "POINTER":
            found[name] = _pointed(bpy, value, depth, {*above, pointer})
        elif prop.type == "COLLECTION":
            members = [] if name in ("vertices", "edges", "loops", "polygons", "vertex_normals") else value
            found[name] = [_pointed(bpy, member, depth, {*above, pointer}) for member in members]
        else:
            found[name] = _plain(value)
    if isinstance(thing, bpy.types.ID):
        found["custom"] = sorted(f"{key}={_custom(bpy, thing[key])}" for key in thing.keys())  # noqa: SIM118
    return found


def _pointed(bpy: ModuleType, value: Any, depth: int, above: set[int]) -> Any:
    if value is None:
        return None
    if isinstance(value, bpy.types.ID) and not value.is_embedded_data:
        return f"{type(value).__name__} {value.name_full}"
    return _struct(bpy, value, depth + 1, above)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, str | int | bool | bytes):
        return value
    if isinstance(value, set):
        return sorted(value)
    try:
        return [_plain(each) for each in value]
    except TypeError:
        return str(value)


def _custom(bpy: ModuleType, value: Any) -> str:
    if isinstance(value, bpy.types.ID):
        return value.name_full
    return str(value.to_dict()) if hasattr(value, "to_dict") else str(value)
