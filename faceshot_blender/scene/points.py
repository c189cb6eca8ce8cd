# SPDX-License-Identifier: GPL-3.0-or-later
"""The face's points of a plane: what they are, where they are in the scene, which of them a ray meets.

They are the plane's card (`notes.CARD`): they go with it into files, by append, link and library override.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import ArrayLike

from ...core.character import Character
from ...core.errors import ErrorCode, FaceShotError
from .cards import character_of, picture_hash
from .notes import CARD, GIVEN, write_note
from .paths import absolute
from .plane import PlaneImage, image_of
from .usable import reason_against, reason_against_scene

# Of the extent of the picture on its plane: what float32 leaves of a flat one.
_FLAT = 1e-5
_KEPT = 16  # planes

__all__ = ["PictureOnPlane", "character_of", "keep_points"]
_cache: dict[int, tuple[tuple[Any, ...], PictureOnPlane]] = {}


def keep_points(scene: bpy.types.Scene, plane: bpy.types.Object, character: Character) -> None:
    """Keep these points with the plane, as its user's choice: they go before all others from now on.

    Raises INPUT_MISSING where nothing may be put onto the plane: linked, or an override that may not be edited.
    """
    reason = reason_against(plane) or reason_against_scene(scene)
    if reason:
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"{reason}.")
    write_note(scene, plane, CARD, _as_shown(plane, character).to_json())
    write_note(scene, plane, GIVEN, True)


def _as_shown(plane: bpy.types.Object, character: Character) -> Character:
    """The character as one of the picture that the plane shows now: whoever placed its points has seen that one."""
    found = image_of(plane)
    if found is None:
        return character
    name = absolute(found.image.filepath, found.image.library).name if found.image.filepath else found.image.name
    size = tuple(found.image.size)
    if all(size):
        character = character.resized(size)
    return dataclasses.replace(character, picture=name, picture_hash=picture_hash(found.image))


@dataclass(frozen=True, eq=False)
class PictureOnPlane:
    """Where the picture's pixels are in the scene.

    size: the picture's (width, height) px · steps: (3, 3), rows are the world's vectors for one px right and one px
    down, and the place of the picture's corner; on a mesh that is bent: of the flat one that fits best ·
    triangles: ((T, 3, 2) px, (T, 3, 3) world) where it is bent, else None.
    """

    size: tuple[int, int]
    steps: np.ndarray
    triangles: tuple[np.ndarray, np.ndarray] | None = None

    @classmethod
    def of(cls, found: PlaneImage) -> PictureOnPlane:
        """Made anew only when mesh, place or picture have changed.

        Raises INPUT_UNREADABLE where that is nowhere: no UVs, no area, or coordinates that only the material knows.
        """
        plane: Any = found.plane.evaluated_get(bpy.context.evaluated_depsgraph_get())
        mesh, places, uvs = plane.data, *_coordinates(found, plane.data)
        matrix = np.array(plane.matrix_world, np.float64)
        size = (int(found.image.size[0]), int(found.image.size[1]))
        repeats = _repeats(found)
        key = (size, found.slot, repeats, len(mesh.polygons), matrix.tobytes(), places.tobytes(), uvs.tobytes())
        uid = found.plane.session_uid
        if uid not in _cache or _cache[uid][0] != key:
            pixels, corners = _triangles(found, mesh, places, uvs)
            _cache.pop(uid, None)
            while len(_cache) >= _KEPT:
                del _cache[next(iter(_cache))]
            _cache[uid] = (key, cls._fitted(found, size, pixels, corners, matrix))
        return _cache[uid][1]

    @classmethod
    def _fitted(
        cls, found: PlaneImage, size: tuple[int, int], pixels: np.ndarray, corners: np.ndarray, matrix: np.ndarray
    ) -> PictureOnPlane:
        """pixels: (T, 3, 2) px · corners: (T, 3, 3) in the plane's own space."""
        flat_px, flat = pixels.reshape(-1, 2), corners.reshape(-1, 3)
        middle = flat_px.mean(axis=0) if len(flat_px) else np.zeros(2)
        spread = max(float(np.abs(flat_px - middle).max(initial=0.0)), 1e-9)
        known = np.column_stack([(flat_px - middle) / spread, np.ones(len(flat_px))])
        steps, _, rank, _ = np.linalg.lstsq(known, flat, rcond=1e-9)
        off = np.abs(known @ steps - flat).max(initial=0.0)
        extent = float(np.ptp(flat, axis=0).max()) if len(flat) else 0.0
        steps[:2] /= spread
        steps[2] -= middle @ steps[:2]
        world = steps @ matrix[:3, :3].T
        world[2] += matrix[:3, 3]
        area = np.linalg.norm(np.cross(world[0], world[1]))
        if rank < 3 or not np.isfinite(world).all() or not area > 0:
            raise _nowhere(found, "covers no area of it")
        bent = (pixels, corners @ matrix[:3, :3].T + matrix[:3, 3]) if off > _FLAT * extent else None
        return cls(size, world, bent)

    def world(self, points: ArrayLike) -> np.ndarray:
        """(N, 3) places in the scene of (N, 2) px."""
        places = np.asarray(points, np.float64).reshape(-1, 2)
        flat = places @ self.steps[:2] + self.steps[2]
        if self.triangles is None:
            return np.asarray(flat)
        pixels, corners = self.triangles
        shares = _shares(places, pixels)
        best = shares.min(axis=2).argmax(axis=1)
        shares = shares[np.arange(len(places)), best]
        inside = shares.min(axis=1) > -1e-6
        return np.where(inside[:, None], np.einsum("nk,nkc->nc", shares, corners[best]), flat)

    def pixel(self, origin: Any, direction: Any) -> tuple[float, float] | None:
        """The px (x, y) that a ray meets, also beyond the picture's edge; None where it runs along or away from it."""
        start, way = np.asarray(origin, np.float64), np.asarray(direction, np.float64)
        if self.triangles is not None:
            met = _met(start, way, *self.triangles)
            if met is not None:
                return met
        right, down, corner = self.steps
        normal = np.cross(right, down)
        facing = normal @ way
        if abs(facing) <= 1e-9 * np.linalg.norm(normal) * np.linalg.norm(way):
            return None
        along = normal @ (corner - start) / facing
        if along < 0:
            return None
        x, y = np.linalg.lstsq(self.steps[:2].T, start + along * way - corner, rcond=None)[0]
        return float(x), float(y)


def _uv_layer(found: PlaneImage, mesh: Any) -> Any:
    """The UVs by which the material puts the picture onto the mesh."""
    layers = mesh.uv_layers
    if not len(layers) or not len(mesh.loops):
        raise _nowhere(found, "has no UV map to lie by" if not len(layers) else "has no face to lie on")
    if found.node.projection != "FLAT":
        raise _nowhere(found, "is projected by its material")
    rendered = next((layer for layer in layers if layer.active_render), layers[0])
    node: Any = found.node
    links = node.inputs["Vector"].links
    if not links:
        return rendered
    giver, socket = links[0].from_node, links[0].from_socket
    if giver.bl_idname == "ShaderNodeUVMap":
        return layers.get(giver.uv_map, rendered) if giver.uv_map else rendered
    if giver.bl_idname == "ShaderNodeTexCoord" and socket.name == "UV":
        return rendered
    raise _nowhere(found, "is placed by nodes of its material")


def _nowhere(found: PlaneImage, why: str) -> FaceShotError:
    return FaceShotError(
        ErrorCode.INPUT_UNREADABLE,
        f"Where the picture is on the plane {found.plane.name!r} cannot be told: it {why}.",
        hint="Let a UV map place the picture, as Add > Image > Mesh Plane does.",
    )


def triangles_of(found: PlaneImage, depsgraph: Any) -> tuple[np.ndarray, np.ndarray]:
    """((T, 3, 2) px, (T, 3, 3) in the plane's own space) of the triangles that carry the picture.

    Raises INPUT_UNREADABLE where that is nowhere, as `PictureOnPlane.of` does.
    """
    mesh = found.plane.evaluated_get(depsgraph).data
    return _triangles(found, mesh, *_coordinates(found, mesh))


def _coordinates(found: PlaneImage, mesh: Any) -> tuple[np.ndarray, np.ndarray]:
    """The mesh's vertices (V, 3) and the UVs (L, 2) of its corners by which the picture lies on it."""
    layer = _uv_layer(found, mesh)
    places, uvs = np.empty(3 * len(mesh.vertices), np.float32), np.empty(2 * len(mesh.loops), np.float32)
    mesh.vertices.foreach_get("co", places)
    layer.data.foreach_get("uv", uvs)
    return places.reshape(-1, 3), uvs.reshape(-1, 2)


def _repeats(found: PlaneImage) -> bool:
    return bool(found.node.extension == "REPEAT")


def _triangles(found: PlaneImage, mesh: Any, places: np.ndarray, uvs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mesh.calc_loop_triangles()
    triangles = mesh.loop_triangles
    loops, slots = np.empty(3 * len(triangles), np.int32), np.empty(len(triangles), np.int32)
    vertices = np.empty(3 * len(triangles), np.int32)
    triangles.foreach_get("loops", loops)
    triangles.foreach_get("vertices", vertices)
    triangles.foreach_get("material_index", slots)
    last = max(len(found.plane.material_slots) - 1, 0)
    kept = np.clip(slots, 0, last) == found.slot
    uv = uvs[loops].reshape(-1, 3, 2)[kept].astype(np.float64)
    if _repeats(found) and len(uv):
        uv -= np.floor(uv.reshape(-1, 2).mean(axis=0))  # another tile shows the same picture
    width, height = found.image.size
    pixels = np.stack([uv[..., 0] * width, (1 - uv[..., 1]) * height], axis=-1)
    return pixels, places[vertices].reshape(-1, 3, 3)[kept].astype(np.float64)


def _shares(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(N, T, 3) barycentric coordinates of the points in each triangle (T, 3, 2); far outside of one without area."""
    one, two, three = np.moveaxis(triangles, 1, 0)
    u, v = two - one, three - one
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    area = np.where(np.abs(area) > 1e-12, area, np.nan)
    away = points[:, None] - one
    second = (away[..., 0] * v[:, 1] - away[..., 1] * v[:, 0]) / area
    third = (u[:, 0] * away[..., 1] - u[:, 1] * away[..., 0]) / area
    return np.nan_to_num(np.stack([1 - second - third, second, third], axis=-1), nan=-1e9)


def _met(start: np.ndarray, way: np.ndarray, pixels: np.ndarray, corners: np.ndarray) -> tuple[float, float] | None:
    """The px of the first triangle that the ray meets, None where it meets none."""
    one, two, three = np.moveaxis(corners, 1, 0)
    u, v = two - one, three - one
    across = np.cross(way, v)
    facing = np.einsum("tc,tc->t", u, across)
    facing = np.where(np.abs(facing) > 1e-15, facing, np.nan)
    away = start - one
    other = np.cross(away, u)
    second = np.einsum("tc,tc->t", away, across) / facing
    third = other @ way / facing
    along = np.einsum("tc,tc->t", v, other) / facing
    with np.errstate(invalid="ignore"):
        hit = (second >= -1e-9) & (third >= -1e-9) & (second + third <= 1 + 1e-9) & (along >= 0)
    if not hit.any():
        return None
    nearest = np.flatnonzero(hit)[along[hit].argmin()]
    x, y = np.array([1 - second[nearest] - third[nearest], second[nearest], third[nearest]]) @ pixels[nearest]
    return float(x), float(y)
