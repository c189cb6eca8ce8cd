# SPDX-License-Identifier: GPL-3.0-or-later
"""The image plane: finding the character's picture on it, and making one from a file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...core.arrays import write_atomically
from ...core.errors import ErrorCode, FaceShotError
from ...core.picture_header import TOO_LARGE_HINT, too_large
from .. import compat
from .look import Reading, original_material
from .made import tag
from .paths import absolute, relative, safe_name
from .pixels import image_pixels, png_bytes
from .usable import reason_against, reason_against_scene

# Formats handed to the engine as they are; all others go through Blender's own reader.
DIRECT = (".png", ".jpg", ".jpeg", ".bmp", ".webp")
_MAGIC = {b"\x89PNG\r\n\x1a\n": ".png", b"\xff\xd8\xff": ".jpg"}


@dataclass(frozen=True)
class PlaneImage:
    """An image plane: a material slot, the user's own material there, the node and the image that show the picture."""

    plane: bpy.types.Object
    slot: int
    material: bpy.types.Material
    node: bpy.types.ShaderNodeTexImage
    image: bpy.types.Image


def find_plane(scene: bpy.types.Scene, name: str) -> PlaneImage:
    """The image plane called `name` in `scene`. Raises INPUT_MISSING where there is none, or it carries no picture.

    On a plane that already shows frames of ours this is the picture they were made from.
    """
    plane = scene.objects.get(name)
    if plane is None:
        raise FaceShotError(
            ErrorCode.INPUT_MISSING,
            f"There is no object named {name!r} in the scene {scene.name!r}.",
            hint=_known_planes(scene),
        )
    if plane.type == "EMPTY" and plane.empty_display_type == "IMAGE":
        raise FaceShotError(
            ErrorCode.INPUT_MISSING,
            f"{name!r} is an image empty, not a plane.",
            hint="Turn it into a plane first: Object > Convert > Mesh Plane.",
        )
    reason = reason_against(plane) or reason_against_scene(scene)
    if reason:
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"{reason}.")
    found = image_of(plane)
    if found is None:
        bare = not any(slot.material for slot in plane.material_slots)
        why = "it has no material" if bare else "no material of it uses an image texture"
        raise FaceShotError(
            ErrorCode.INPUT_MISSING,
            f"The plane {name!r} has no picture: {why}.",
            hint="Add the picture with Add > Image > Mesh Plane, or pick another plane.",
        )
    return found


def image_of(plane: bpy.types.Object) -> PlaneImage | None:
    """The picture on `plane`, or None. Draws no conclusion about whether its file is there.

    Of several materials with a picture it is the one on most of the surface.
    """
    found = []
    for index in range(len(plane.material_slots)):
        material = original_material(plane, index)
        if material is None or material.node_tree is None:
            continue
        node = _picture_node(material.node_tree)
        if node is not None and node.image is not None:
            found.append(PlaneImage(plane, index, material, node, node.image))
    if len(found) < 2:
        return found[0] if found else None
    covered = _areas(plane)
    return max(found, key=lambda each: covered[each.slot])


def _areas(plane: bpy.types.Object) -> np.ndarray:
    """(slots,) the mesh's area that each material slot covers."""
    polygons: Any = plane.data.polygons if isinstance(plane.data, bpy.types.Mesh) else []
    slots, areas = np.zeros(len(polygons), np.int32), np.zeros(len(polygons), np.float32)
    if len(polygons):
        polygons.foreach_get("material_index", slots)
        polygons.foreach_get("area", areas)
    last = len(plane.material_slots) - 1
    return np.bincount(np.clip(slots, 0, last), weights=areas, minlength=last + 1)


def check_picture(found: PlaneImage) -> None:
    """Raise INPUT_MISSING or INPUT_UNREADABLE, in words, if the picture cannot be a character."""
    image, name = found.image, found.plane.name
    if image.source in ("MOVIE", "SEQUENCE"):
        kind = "a movie" if image.source == "MOVIE" else "an image sequence"
        raise FaceShotError(
            ErrorCode.INPUT_UNREADABLE,
            f"The plane {name!r} shows {kind} ({image.name}); a character is a still picture.",
            hint="Put one still image on the plane.",
        )
    if image.source not in ("FILE", "GENERATED"):
        raise FaceShotError(
            ErrorCode.INPUT_UNREADABLE,
            f"The plane {name!r} shows {image.name!r}, an image of the kind {image.source.lower()}.",
            hint="Put one still image from a file on the plane.",
        )
    if image.source == "FILE" and image.packed_file is None:
        path = absolute(image.filepath, image.library)
        if not path.is_file():
            raise FaceShotError(
                ErrorCode.INPUT_MISSING,
                f"The picture of the plane {name!r} is missing: {path}.",
                hint="Bring the file back, or find it with File > External Data > Find Missing Files.",
            )
    if not (image.size[0] and image.size[1]):
        raise FaceShotError(
            ErrorCode.INPUT_UNREADABLE,
            f"Blender cannot read the picture of the plane {name!r} ({image.filepath or image.name}).",
            hint="Save the picture as PNG and load it again.",
        )
    why = too_large((image.size[0], image.size[1]))
    if why:
        raise FaceShotError(
            ErrorCode.INPUT_UNREADABLE, f"The picture of the plane {name!r} will not do: {why}.", hint=TOO_LARGE_HINT
        )


def picture_of(found: PlaneImage, folder: Path) -> Path:
    """The picture as a file. One that is no plain file (packed, generated, painted on) is written into `folder`.

    The user's image is not changed. Raises INPUT_MISSING, INPUT_UNREADABLE, OUTPUT_UNWRITABLE or DISK_FULL.
    """
    check_picture(found)
    image = found.image
    suffix = _stored_suffix(image)
    if suffix and image.packed_file is None:
        return absolute(image.filepath, image.library)
    path = folder / (safe_name(Path(image.name).stem) + (suffix or ".png"))
    write_atomically(path, bytes(image.packed_file.data) if suffix else png_bytes(image_pixels(image)))
    return path


def reading_of(image: bpy.types.Image) -> Reading:
    """How Blender is to read frames made from `image`, so that they look like it."""
    if image.is_float and not _stored_suffix(image):
        return Reading("sRGB", "STRAIGHT")  # written by us with the display's curve
    return Reading(image.colorspace_settings.name, str(image.alpha_mode))


def _stored_suffix(image: bpy.types.Image) -> str:
    """The suffix of the file or packed bytes that hold the picture in a format for the engine; empty if none do."""
    if image.source != "FILE" or image.is_dirty:
        return ""
    if image.packed_file is None:
        suffix = absolute(image.filepath, image.library).suffix.lower()
        return suffix if suffix in DIRECT else ""
    data = bytes(image.packed_file.data)
    return next((suffix for magic, suffix in _MAGIC.items() if data.startswith(magic)), "")


def make_plane(scene: bpy.types.Scene, path: Path, *, name: str = "", height: float = 1.0) -> bpy.types.Object:
    """A plane that shows the picture at `path`: see `plane_showing`. Raises INPUT_MISSING or INPUT_UNREADABLE."""
    return plane_showing(scene, load_image(path), name=name or path.stem, height=height)


def plane_showing(
    scene: bpy.types.Scene, image: bpy.types.Image, *, name: str, height: float = 1.0
) -> bpy.types.Object:
    """A plane of `height` metres that stands upright at the origin, faces the front view and glows with the picture.

    Aspect as the picture's; colour space and alpha mode as the image has them. Tagged as made.
    """
    width = height * image.size[0] / image.size[1]
    mesh = tag(bpy.data.meshes.new(name), "plane")
    corners = [(x * width / 2, y * height / 2, 0.0) for y in (-1, 1) for x in (-1, 1)]
    mesh.from_pydata(corners, [], [(0, 1, 3, 2)])
    layer = mesh.uv_layers.new(name="UVMap")
    for loop, uv in zip(layer.data, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True):
        loop.uv = uv
    mesh.materials.append(_emission(name, image))
    plane = tag(bpy.data.objects.new(name, mesh), "plane")
    plane.rotation_euler.x = math.pi / 2
    scene.collection.objects.link(plane)
    return plane


def load_image(path: Path) -> bpy.types.Image:
    """The image of the file, tagged as made if this blend had none yet. Raises INPUT_MISSING or INPUT_UNREADABLE."""
    if not path.is_file():
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"No picture at {path}.", hint="Check the path.")
    known = set(bpy.data.images)
    try:
        image = bpy.data.images.load(str(path), check_existing=True)
    except RuntimeError as error:
        raise _unreadable(path) from error
    ours = image not in known
    if not (image.size[0] and image.size[1]):
        if ours:
            bpy.data.images.remove(image)
        raise _unreadable(path)
    if ours:
        image.filepath = relative(path)
        tag(image, "picture")
    return image


def _unreadable(path: Path) -> FaceShotError:
    return FaceShotError(
        ErrorCode.INPUT_UNREADABLE, f"Blender cannot read the picture {path}.", hint="Save it as PNG and try again."
    )


def _emission(name: str, image: bpy.types.Image) -> bpy.types.Material:
    """A material that shows the picture without light, see-through where the picture is."""
    material = tag(bpy.data.materials.new(name), "plane")
    compat.use_nodes(material)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    texture = nodes.new("ShaderNodeTexImage")
    texture.image = image
    texture.extension = "CLIP"
    emission = nodes.new("ShaderNodeEmission")
    clear = nodes.new("ShaderNodeBsdfTransparent")
    mix = nodes.new("ShaderNodeMixShader")
    output = nodes.new("ShaderNodeOutputMaterial")
    for node, place in ((texture, (-500, 0)), (emission, (-200, -100)), (clear, (-200, 50)), (mix, (0, 0))):
        node.location = place
    output.location = (200, 0)
    links.new(texture.outputs["Color"], emission.inputs["Color"])
    links.new(texture.outputs["Alpha"], mix.inputs[0])
    links.new(clear.outputs[0], mix.inputs[1])
    links.new(emission.outputs[0], mix.inputs[2])
    links.new(mix.outputs[0], output.inputs["Surface"])
    nodes.active = texture
    return material


def _picture_node(tree: bpy.types.NodeTree) -> bpy.types.ShaderNodeTexImage | None:
    """The image texture that colours the surface; failing that any that reaches the output, then any at all."""
    nodes = [*_upstream(tree, colour_only=True), *_upstream(tree, colour_only=False), *tree.nodes]
    return next((node for node in nodes if node.bl_idname == "ShaderNodeTexImage" and node.image), None)


def _upstream(tree: bpy.types.NodeTree, *, colour_only: bool) -> Iterator[Any]:
    """Nodes that feed the material's output, nearest first. With `colour_only` along shaders and colours alone."""
    outputs = [node for node in tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial"]
    waiting: list[Any] = sorted(outputs, key=lambda node: not getattr(node, "is_active_output", False))
    seen = set()
    while waiting:
        node = waiting.pop(0)
        if node.name in seen:
            continue
        seen.add(node.name)
        yield node
        for socket in node.inputs:
            if colour_only and (socket.type not in ("SHADER", "RGBA") or not socket.enabled):
                continue
            waiting.extend(
                link.from_node for link in socket.links if not (colour_only and link.from_socket.type == "VALUE")
            )


def _known_planes(scene: bpy.types.Scene) -> str:
    names = [plane.name for plane in scene.objects if plane.library is None and image_of(plane)]
    if not names:
        return "No object of this scene carries a picture: add one with Add > Image > Mesh Plane."
    shown = ", ".join(repr(name) for name in names[:8])
    return f"Objects with a picture: {shown}{' and more' if len(names) > 8 else ''}."
