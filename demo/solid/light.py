# SPDX-License-Identifier: GPL-3.0-or-later
"""How a surface is lit: a key light with a soft shadow, sky and ground, a rim, a studio's windows mirrored in gloss."""

from __future__ import annotations

import numpy as np

from .shapes import Shape, around
from .stage import Look, Scene, dot, unit
from .texture import step

_REACH = 3.2  # units a shadow is cast over
_TAPS = ((0.03, 0.5), (0.09, 0.9), (0.2, 1.0), (0.42, 0.9))  # height over a surface, and its say in the occlusion
_EDGE = np.array([(1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)], np.float32)


def normals(shape: Shape, p: np.ndarray, width: float = 0.002) -> np.ndarray:
    """The gradient of the distance at (3, N), by four samples."""
    shape = shape.near(around(p, grown=0.05)) or shape
    total = np.zeros_like(p)
    for corner in _EDGE:
        total += corner[:, None] * shape.distance(p + corner[:, None] * np.float32(width))
    return unit(total)


def occlusion(shape: Shape, p: np.ndarray, n: np.ndarray) -> np.ndarray:
    """How open the surroundings are, 0..1."""
    near = shape.near(around(p, grown=_TAPS[-1][0]))
    if near is None:
        return np.ones(p.shape[1], np.float32)
    closed = np.zeros(p.shape[1], np.float32)
    for height, weight in _TAPS:
        closed += weight * np.clip(1 - near.distance(p + n * np.float32(height)) / height, 0, 1)
    return np.float32(0.12) + np.float32(0.88) * np.clip(1 - closed / 3.3, 0, 1) ** 1.25


def shadow(shape: Shape, p: np.ndarray, n: np.ndarray, light: np.ndarray, blur: float) -> np.ndarray:
    """The share of the key light that arrives, 0..1, with a penumbra that widens with the distance."""
    lit = np.ones(p.shape[1], np.float32)
    alive = np.flatnonzero(dot(n, light) > -0.15)
    if not alive.size:
        return lit
    near = shape.near(around(p[:, alive], towards=light * _REACH, grown=_REACH / blur))
    if near is None:
        return lit
    start = p[:, alive] + n[:, alive] * np.float32(0.012)
    travelled = np.full(alive.size, 0.02, np.float32)
    ray = light.astype(np.float32)[:, None]
    for turn in range(17):
        gap = near.distance(start + ray * travelled)
        lit[alive] = np.minimum(lit[alive], np.float32(blur) * gap / travelled)
        travelled += np.clip(gap * 0.95, 0.035, 0.5)
        if turn % 3 == 2:
            kept = (travelled < _REACH) & (lit[alive] > 0.005)
            alive, start, travelled = alive[kept], start[:, kept], travelled[kept]
            if not alive.size:
                break
    lit = np.clip(lit, 0, 1)
    return lit * lit * (3 - 2 * lit)


def shade(scene: Scene, look: Look, n: np.ndarray, view: np.ndarray, open_: np.ndarray, lit: np.ndarray) -> np.ndarray:
    """Linear light that leaves N points towards the eye; view (3, N) points from the surface to the eye. (3, N)."""
    lights, camera = scene.lights, scene.camera
    n = n if look.normal is None else look.normal
    key, rim = (camera.inwards(np.array(v) / np.linalg.norm(v)) for v in (lights.key, lights.rim))
    up = camera.inwards((0, 1, 0))
    colour = look.colour if look.colour.ndim == 2 else look.colour[:, None]
    towards = dot(n, key)
    facing = np.clip(dot(n, view), 0, 1)
    # light creeps round further in red than in blue: skin, wax, vinyl
    wraps = [np.asarray(look.soft) * share for share in (0.55, 0.28, 0.2)]
    direct = np.stack([np.clip((towards + wrap) / (1 + wrap), 0, 1) for wrap in wraps])
    shaded = np.stack([lit + (1 - lit) * np.asarray(look.soft) * share for share in (0.3, 0.08, 0.05)])
    sky = dot(n, up) * 0.5 + 0.5
    sky_colour, ground_colour = np.array(lights.sky)[:, None], np.array(lights.ground)[:, None]
    around_ = (ground_colour + (sky_colour - ground_colour) * sky) * open_ ** (1 - 0.35 * np.clip(colour, 0, 1))
    out = colour * (direct * shaded * np.array(lights.key_colour)[:, None] * 0.9 + around_ * 0.75)
    rough, shine = np.asarray(look.rough), np.asarray(look.shine)
    half = unit(key[:, None] + view)
    sharp = np.maximum(rough * rough, 0.02) ** 2
    cosine = np.clip(dot(n, half), 0, 1)
    peak = sharp / (np.pi * (cosine * cosine * (sharp - 1) + 1) ** 2)
    out += np.minimum(peak * shine, 4.0) * 0.6 * lit * np.clip(towards * 4, 0, 1) * np.array(lights.key_colour)[:, None]
    grazing = (1 - facing) ** 5 * (1 - rough) ** 1.5
    mirrored = shine + (1 - shine) * grazing
    away = 2 * facing * n - view
    out += mirrored * (1 - 0.6 * rough) * _studio(camera.turn, away, rough, lights) * (0.25 + 0.75 * open_)
    edge = (1 - facing) ** 3 * np.clip(dot(n, rim) * 0.7 + 0.45, 0, 1)
    out += edge * open_ * (0.25 + 0.75 * colour) * np.array(lights.rim_colour)[:, None] * 0.8
    return out + look.glow


def _studio(turn: np.ndarray, away: np.ndarray, rough: np.ndarray, lights) -> np.ndarray:
    """What a mirror would see in a direction: a sky, a floor, a large window to the left and a slit to the right."""
    x, y, z = (turn[k, 0] * away[0] + turn[k, 1] * away[1] + turn[k, 2] * away[2] for k in range(3))
    sky = step(-0.5, 0.7, y)
    out = np.array(lights.ground)[:, None] * 0.5 * (1 - sky) + np.array(lights.sky)[:, None] * sky * 0.9
    blur = 0.05 + 0.5 * rough
    window = _pane(x, y, z, (-0.52, 0.62, 0.58), (0.34, 0.3), blur)
    slit = _pane(x, y, z, (0.86, 0.25, 0.45), (0.1, 0.55), blur)
    return out + (4.2 * window + 1.6 * slit) * np.array([1.0, 0.98, 0.94])[:, None]


def _pane(x, y, z, towards, half, blur) -> np.ndarray:
    f = np.array(towards) / np.linalg.norm(towards)
    r = np.cross((0, 1, 0), f)
    r /= np.linalg.norm(r)
    u = np.cross(f, r)
    ahead = np.maximum(x * f[0] + y * f[1] + z * f[2], 1e-3)
    a, b = np.abs(x * r[0] + y * r[1] + z * r[2]) / ahead, np.abs(x * u[0] + y * u[1] + z * u[2]) / ahead
    soft = step(half[0] + blur, half[0] - blur, a) * step(half[1] + blur, half[1] - blur, b)
    return soft * (ahead > 0.05)
