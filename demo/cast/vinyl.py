# SPDX-License-Identifier: GPL-3.0-or-later
"""A designer toy of vinyl: a horned hood, huge glossy eyes, no nose. Ours, dedicated to the public domain (CC0 1.0)."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..brush import Canvas, spline
from ..solid.facial import finished, front_mouth, halves, jaw, onto, outline, relief
from ..solid.shapes import Shape, bent, blend, capsule, ellipsoid, moved, plane, rotation, sphere, torus, union
from ..solid.stage import Camera, Lights, Look, Part, Scene
from ..solid.texture import Stencil, linear, mix, step
from .drawing import Drawing, Face

MINT = linear(92, 204, 184)
CREAM = linear(252, 240, 220)
INK = linear(26, 20, 38)
PINK = linear(255, 128, 140)
CORAL = linear(250, 146, 120)
YELLOW = linear(255, 208, 84)

CAMERA = Camera(yaw=-9, pitch=-3, roll=4, place=(512, 470), scale=292)
_LINE = spline([(-0.2, -0.545), (-0.1, -0.6), (0.0, -0.615), (0.1, -0.6), (0.2, -0.545)])
_WIDTH = 0.04
_MOUTH = Stencil(_LINE, closed=False, margin=0.12)
_EYES = ((-0.47, -0.1, 0.74), (0.47, -0.1, 0.74))
_EYE_RADII = (0.315, 0.36, 0.2)
_IRIS = ((-0.44, -0.12), (0.44, -0.12))


@cache
def _head() -> Shape:
    ball = blend(0.3, ellipsoid((0, 0.06, 0), (1.08, 0.9, 0.9)), ellipsoid((0, -0.3, 0.06), (1.0, 0.6, 0.78)))
    return relief(ball, _MOUTH, lambda gap: -0.03 * step(0.042, 0.004, gap), 0.0)


@cache
def _eyes() -> tuple[Shape, ...]:
    ball = ellipsoid((0, 0, 0), _EYE_RADII)
    return tuple(moved(ball, rotation(yaw=30 * np.sign(at[0]), pitch=-8), at) for at in _EYES)


def draw(size: int) -> Drawing:
    head, eyes = _head(), _eyes()

    def skin(p: np.ndarray, n: np.ndarray) -> Look:
        # a cream face in a hood of mint, both painted on the same vinyl
        window = np.sqrt((p[0] / 0.94) ** 2 + ((p[1] + 0.16) / 0.66) ** 2)
        mask = step(1.006, 0.994, window) * (p[2] > 0)
        colour = mix(MINT, CREAM, mask)
        colour = mix(colour, linear(30, 120, 120), step(0.012, 0.007, np.abs(window - 1) * 0.7) * (p[2] > 0) * 0.8)
        cheek = np.hypot((np.abs(p[0]) - 0.68) / 0.14, (p[1] + 0.46) / 0.095)
        colour = mix(colour, PINK, step(1.25, 0.75, cheek) * 0.75 * (p[2] > 0))
        ink = step(_WIDTH / 2 + 0.004, _WIDTH / 2 - 0.004, _MOUTH(p[0], p[1])) * (p[2] > 0)
        return Look(mix(colour, INK, ink), rough=0.26, shine=0.05, soft=0.35)

    def glass(p: np.ndarray, n: np.ndarray) -> Look:
        side = np.where(p[0] < 0, -1.0, 1.0)
        x, y = p[0] - side * 0.44, p[1] + 0.12
        r = np.hypot(x / 0.9, y)
        iris = mix(linear(88, 60, 190), linear(70, 214, 232), step(0.1, -0.26, y))
        colour = mix(INK, iris, step(0.245, 0.225, r))
        colour = mix(colour, INK, step(0.135, 0.12, r))
        star = np.hypot(x - 0.1, y + 0.12)
        colour = mix(colour, linear(255, 255, 255), step(0.05, 0.04, star) * 0.9)
        return Look(colour, rough=0.06, shine=0.08)

    def plain(colour: np.ndarray, rough: float = 0.28):
        return lambda p, n: Look(colour, rough=rough, shine=0.05, soft=0.35)

    horns = union(
        *(bent((s * 0.5, 0.62, -0.05), (s * 0.86, 0.95, -0.05), (s * 0.68, 1.3, 0.0), (0.24, 0.07)) for s in (-1, 1))
    )
    body = CAMERA.upright(
        blend(
            0.16,
            ellipsoid((0, -1.12, -0.05), (0.62, 0.62, 0.5)),
            capsule((-0.5, -0.98, 0.0), (-0.82, -1.32, 0.12), 0.15),
            capsule((0.5, -0.98, 0.0), (0.86, -1.24, 0.16), 0.15),
        )
    )
    belly = CAMERA.upright(ellipsoid((0, -1.22, 0.28), (0.4, 0.4, 0.22)))
    button = CAMERA.upright(union(sphere((0, -1.0, 0.5), 0.07), torus((0, -1.0, 0.47), 0.09, 0.02)))
    room = CAMERA.upright(blend(2.4, plane((0, -1.72, 0), (0, 1, 0)), plane((0, 0, -2.2), (0, 0, 1))))
    scene = Scene(
        camera=CAMERA,
        parts=(
            Part(shape=head, paint=skin),
            *(Part(shape=eye, paint=glass) for eye in eyes),
            Part(shape=horns, paint=plain(YELLOW)),
            Part(shape=body, paint=plain(MINT)),
            Part(shape=belly, paint=plain(CREAM)),
            Part(shape=button, paint=plain(YELLOW)),
            Part(shape=room, paint=plain(CORAL, 0.9)),
        ),
        lights=Lights(),
    )
    return finished("vinyl", scene, face(), Canvas(size))


@cache
def face() -> Face:
    head, eyes = _head(), _eyes()
    across = np.array(CAMERA.project(np.array(_EYES)))
    across = across[1] - across[0]
    seen = [
        halves(outline(eye, CAMERA, around=centre, others=head), across)
        for eye, centre in zip(eyes, _EYES, strict=True)
    ]
    first, last = CAMERA.project(np.array(_EYES))
    return Face(
        jaw=jaw(outline(head, CAMERA), first, last),
        eyes=(seen[0], seen[1]),
        mouth=front_mouth(head, CAMERA, _LINE, width=_WIDTH),
        iris=[CAMERA.project(onto(eye, [spot]))[0] for eye, spot in zip(eyes, _IRIS, strict=True)],
    )
