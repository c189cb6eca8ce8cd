# SPDX-License-Identifier: GPL-3.0-or-later
"""From a scene to pixels: rays marched tile by tile, then again, finer, where neighbours differ."""

from __future__ import annotations

import numpy as np

from ..brush import DESIGN_SIZE
from .fur import strands
from .light import normals, occlusion, shade, shadow
from .shapes import Region, Shape, thickened, union
from .stage import Part, Scene, pixels_of

_TILE = 64
_BLOCK = 8
_NEAR, _FAR = 3.5, 14.0
_CLOSE = 0.0008
_STEPS, _PATIENT = 66, 24
_CONTRAST = 0.045
_SPREAD = ((-0.125, -0.375), (0.375, -0.125), (0.125, 0.375), (-0.375, 0.125))  # px: where a pixel is looked at again


def render(scene: Scene, size: int) -> np.ndarray:
    """The scene alone: (size, size, 4) float32, display-referred colour premultiplied with its coverage."""
    axis, pixel = pixels_of(size), DESIGN_SIZE / size
    image = np.zeros((size, size, 4), np.float32)
    tiles = [(r, c) for r in range(0, size, _TILE) for c in range(0, size, _TILE)]
    for row, column in tiles:
        y, x = np.meshgrid(axis[row : row + _TILE], axis[column : column + _TILE], indexing="ij")
        seen = _seen(scene, x.ravel(), y.ravel(), pixel)
        image[row : row + _TILE, column : column + _TILE] = seen.reshape((*x.shape, 4))
    again = _uneven(image)
    for row, column in tiles:
        rows, columns = np.nonzero(again[row : row + _TILE, column : column + _TILE])
        if not rows.size:
            continue
        rows, columns = rows + row, columns + column
        x = np.concatenate([axis[columns] + dx * pixel for dx, _ in _SPREAD])
        y = np.concatenate([axis[rows] + dy * pixel for _, dy in _SPREAD])
        image[rows, columns] = _seen(scene, x, y, pixel).reshape(len(_SPREAD), -1, 4).mean(axis=0)
    return image


def _uneven(image: np.ndarray) -> np.ndarray:
    """Where a pixel differs from one beside it."""
    again = np.zeros(image.shape[:2], bool)
    across = np.abs(np.diff(image, axis=1)).max(axis=2) > _CONTRAST
    down = np.abs(np.diff(image, axis=0)).max(axis=2) > _CONTRAST
    again[:, 1:] |= across
    again[:, :-1] |= across
    again[1:] |= down
    again[:-1] |= down
    return again


def _seen(scene: Scene, x: np.ndarray, y: np.ndarray, pixel: float) -> np.ndarray:
    rays = scene.camera.rays(x, y)
    close = 0.15 * pixel / scene.camera.scale
    colour, cover = _cast(scene, tuple(scene.parts), scene.camera.origin, rays, close)
    shown = 1 - np.exp(-np.float32(1.15 * scene.lights.exposure) * np.maximum(colour, 0))
    shown = np.where(shown <= 0.0031308, shown * 12.92, 1.055 * np.maximum(shown, 1e-6) ** (1 / 2.4) - 0.055)
    return np.concatenate([shown * cover, cover[None]]).T


def grown(part: Part) -> Shape:
    """What a ray meets: the tips of the fur where there is some."""
    if part.fur is None:
        return part.shape
    return thickened(part.shape, part.fur.length)


def _cast(
    scene: Scene, parts: tuple[Part, ...], origin: np.ndarray, rays: np.ndarray, close: float
) -> tuple[np.ndarray, np.ndarray]:
    """Linear light (3, N) and coverage (N,) along rays (3, N) of one small part of the picture."""
    count = rays.shape[1]
    colour, cover = np.zeros((3, count), np.float32), np.zeros(count, np.float32)
    middle = rays.mean(axis=1).astype(np.float64)
    middle /= np.linalg.norm(middle)
    wide = float(np.sqrt(((rays - middle[:, None]) ** 2).sum(axis=0).max()))
    beam = Region(origin + middle * _NEAR, origin + middle * _FAR, wide * _FAR)
    bodies = [grown(part) for part in parts]
    seen = [(part, near) for part, body in zip(parts, bodies, strict=True) if (near := body.near(beam)) is not None]
    if not seen:
        return colour, cover
    depth = march(union(*(body for _, body in seen)), origin, rays, close=close)
    hit = np.flatnonzero(np.isfinite(depth))
    if not hit.size:
        return colour, cover
    p = (origin[:, None] + rays[:, hit] * depth[hit]).astype(np.float32)
    nearest = np.argmin([body.distance(p) for _, body in seen], axis=0)
    n = normals(union(*(body for _, body in seen)), p)
    whole = union(*(grown(part) for part in scene.parts if part.casts))
    key = scene.camera.inwards(np.array(scene.lights.key) / np.linalg.norm(scene.lights.key))
    open_, lit = occlusion(whole, p, n), shadow(whole, p, n, key, scene.lights.blur)
    for number, (part, _) in enumerate(seen):
        chosen = np.flatnonzero(nearest == number)
        if not chosen.size:
            continue
        here, ray = hit[chosen], rays[:, hit[chosen]]
        dense = np.ones(here.size, np.float32)
        if part.fur is None:
            look = part.paint(p[:, chosen], n[:, chosen])
        else:
            look, dense = strands(part, part.fur, p[:, chosen], n[:, chosen], ray)
        light = shade(scene, look, n[:, chosen], -ray, open_[chosen], lit[chosen])
        behind = np.flatnonzero(dense < 0.97)
        total = dense.copy()
        if behind.size and len(parts) > 1:
            rest = tuple(other for other in parts if other is not part)
            beyond, further = _cast(scene, rest, origin, ray[:, behind], close)
            share = further * (1 - dense[behind])
            total[behind] += share
            mixed = light[:, behind] * dense[behind] + beyond * share
            light[:, behind] = mixed / np.maximum(total[behind], 1e-5)
        colour[:, here], cover[here] = light, total
    return colour, cover


def march(shape: Shape, origin: np.ndarray, rays: np.ndarray, *, close: float = _CLOSE) -> np.ndarray:
    """How far along each ray (3, N) the shape is met, to within `close`; inf where it is not. (N,) float32."""
    count = rays.shape[1]
    result = np.full(count, np.inf, np.float32)
    start = origin.astype(np.float32)[:, None]
    travelled = _approach(shape, start, rays)
    alive = np.flatnonzero(travelled < _FAR)
    t, ray = travelled[alive], rays[:, alive]
    for turn in range(_STEPS):
        if not alive.size:
            return result
        gap = shape.distance(start + ray * t)
        if turn < _PATIENT:
            t = t + gap * np.float32(0.94)
        else:  # a ray that still has not arrived grazes something: past it in longer steps, back out of what they enter
            longer = np.where(gap < 0.08, np.maximum(gap * np.float32(1.6), np.float32(0.02)), gap * np.float32(0.94))
            t = t + np.where(gap < -close, gap, np.where(gap < close, 0, longer))
        if turn % 3 == 2:
            done = np.abs(gap) < close if turn >= _PATIENT else gap < close
            result[alive[done]] = t[done]
            going = ~done & (t < _FAR)
            alive, t, ray, gap = alive[going], t[going], ray[:, going], gap[going]
    grazing = gap < 2 * close
    result[alive[grazing]] = t[grazing]
    return result


def _approach(shape: Shape, start: np.ndarray, rays: np.ndarray) -> np.ndarray:
    """A safe start for each ray: bundles of them go ahead as cones, as long as nothing comes near."""
    count = rays.shape[1]
    bundles = _bundles(rays)
    number = bundles.max() + 1
    sizes = np.bincount(bundles, minlength=number).astype(np.float32)
    middle = np.stack([np.bincount(bundles, weights=row, minlength=number) for row in rays]) / sizes
    middle = (middle / np.linalg.norm(middle, axis=0)).astype(np.float32)
    away = np.sqrt(((rays - middle[:, bundles]) ** 2).sum(axis=0))
    wide = np.zeros(number, np.float32)
    np.maximum.at(wide, bundles, away)
    t = np.full(number, _NEAR, np.float32)
    for _ in range(16):
        free = shape.distance(start + middle * t) * np.float32(0.92) - wide * t
        t += np.maximum(free, 0) / (1 + wide)
        if not ((free > 0.004) & (t < _FAR)).any():
            break
    return t[bundles].reshape(count)


def _bundles(rays: np.ndarray) -> np.ndarray:
    """Which of about 64 bundles of neighbours a ray belongs to, without gaps in the numbers."""
    flat = rays[:2] / np.maximum(np.abs(rays[2]), 1e-3)
    low, high = flat.min(axis=1, keepdims=True), flat.max(axis=1, keepdims=True)
    cell = np.minimum((flat - low) / np.maximum(high - low, 1e-9) * _BLOCK, _BLOCK - 1).astype(np.int32)
    return np.unique(cell[0] * _BLOCK + cell[1], return_inverse=True)[1]
