# SPDX-License-Identifier: GPL-3.0-or-later
"""A toon child in three dimensions, turned a little, with lids, lips and hair. Ours, CC0 1.0 (public domain)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from ..brush import MIDDLE, Canvas, ellipse, grid, spline
from ..solid.facial import finished, halves, jaw, onto, outline, relief
from ..solid.shapes import (
    Shape,
    bent,
    blend,
    capsule,
    carved,
    ellipsoid,
    extruded,
    sphere,
    through,
    torus,
    union,
)  # fmt: skip
from ..solid.stage import Camera, Lights, Look, Part, Scene
from ..solid.texture import Stencil, bumped, linear, mix, noise, step
from .drawing import Drawing, Face, Path, glow

SKIN = linear(246, 192, 158)
BLUSH = linear(240, 112, 100)
LIP = linear(214, 96, 96)
HAIR = linear(116, 56, 34)
WHITE = linear(250, 248, 244)
TEAL = linear(40, 140, 150)
SUN = linear(255, 196, 64)

CAMERA = Camera(yaw=16, pitch=-2, roll=-4, place=(496, 520), scale=296)
_EYE = ((-0.38, 0.02, 0.52), (0.38, 0.02, 0.52))
_BALL = 0.375
_LID = [(0.14, -0.05), (0.22, 0.13), (0.38, 0.215), (0.54, 0.15),
    (0.625, 0.01), (0.53, -0.12), (0.38, -0.165), (0.23, -0.13)]  # fmt: skip
_RIM = spline(_LID, closed=True, per_span=10)
_LASH = [(0.135, -0.06), (0.23, 0.15), (0.38, 0.225), (0.55, 0.155), (0.665, 0.03)]
_BROW = [(0.15, 0.385), (0.42, 0.475), (0.66, 0.33)]
_TOP = spline([(-0.27, -0.515), (-0.15, -0.51), (-0.05, -0.475), (0.0, -0.49),
    (0.05, -0.475), (0.15, -0.51), (0.27, -0.515)])  # fmt: skip
_GAP = spline([(-0.27, -0.515), (-0.14, -0.565), (0.0, -0.575), (0.14, -0.565), (0.27, -0.515)])
_BOTTOM = spline([(-0.27, -0.515), (-0.17, -0.625), (0.0, -0.675), (0.17, -0.625), (0.27, -0.515)])
_LIPS = Stencil(np.concatenate([_TOP[::4], _BOTTOM[-5:0:-4]]), closed=True, margin=0.1)
_SEAM = Stencil(_GAP[::4], closed=False, margin=0.1)


_FRECKLES = ((0.3, -0.24, 0.02), (0.39, -0.3, 0.024), (0.5, -0.23, 0.018), (0.56, -0.33, 0.022), (0.44, -0.39, 0.018))


def _other(path: Path) -> np.ndarray:
    return np.asarray(path) * (-1, 1)


_SIDES: tuple[Callable[[Path], np.ndarray], ...] = (_other, np.asarray)


@cache
def _skull() -> Shape:
    """The head without holes, for curves that lie on it."""
    base = blend(
        0.3,
        ellipsoid((0, 0.2, -0.02), (0.97, 0.92, 0.9)),
        ellipsoid((0, -0.36, 0.12), (0.78, 0.58, 0.7)),
        ellipsoid((0, -0.76, 0.36), (0.3, 0.2, 0.24)),
        *(sphere((s * 0.44, -0.4, 0.48), 0.3) for s in (-1, 1)),
        ellipsoid((0, -0.55, 0.62), (0.3, 0.2, 0.2)),
    )
    base = blend(0.08, base, *(sphere(centre, _BALL + 0.035) for centre in _EYE))
    nose = blend(0.07, sphere((0, -0.24, 0.96), 0.125), *(sphere((s * 0.085, -0.275, 0.9), 0.075) for s in (-1, 1)))
    base = blend(0.14, base, nose, capsule((0, 0.1, 0.86), (0, -0.2, 0.94), 0.05, 0.08))
    base = relief(base, _LIPS, lambda gap: 0.055 * step(0.03, -0.07, gap), 0.06)
    return relief(base, _SEAM, lambda gap: -0.03 * step(0.04, 0.0, gap), 0.0)


@cache
def _head() -> Shape:
    head = _skull()
    for side, (x, y, z) in zip(_SIDES, _EYE, strict=True):
        opening = Stencil(side(_RIM), closed=True, margin=0.15)
        head = carved(head, extruded(opening, (x, y, z + 0.3), 0.52, back=z - 0.1), 0.03)
    nostrils = union(*(sphere((s * 0.055, -0.335, 1.0), 0.026) for s in (-1, 1)))
    return carved(head, nostrils, 0.03)


@cache
def _balls() -> tuple[Shape, ...]:
    return tuple(sphere(centre, _BALL) for centre in _EYE)


@cache
def _lashes() -> Shape:
    rods = []
    for side in _SIDES:
        a, b, c, d, e = onto(_skull(), side(_LASH), lift=-0.004)
        rods += [through(a, b, c, (0.014, 0.028)), through(c, d, e, (0.028, 0.014))]
    return union(*rods)


@cache
def _brows() -> tuple[Shape, ...]:
    rods = []
    for side in _SIDES:
        first, middle, last = onto(_skull(), side(_BROW), lift=0.01)
        rods.append(through(first, middle, last, (0.055, 0.028)))
    return tuple(rods)


def _gaze(number: int) -> np.ndarray:
    """The middle of an iris: towards a point a little above the viewer."""
    way = CAMERA.origin + (0.0, 0.4, 0.0) - np.array(_EYE[number])
    way = way / np.linalg.norm(way) * 0.55 + np.array((0.0, 0.0, 0.45))
    return np.array(_EYE[number]) + _BALL * way / np.linalg.norm(way)


def _skin(p: np.ndarray, n: np.ndarray) -> Look:
    front = p[2] > 0.2
    x, y = p[0], p[1]
    cheek = np.hypot((np.abs(x) - 0.5) / 0.24, (y + 0.37) / 0.18)
    colour = mix(SKIN, BLUSH, np.exp(-(cheek**2)) * 0.5 * front)
    tip = np.sqrt(x**2 + (y + 0.25) ** 2 + (p[2] - 1.02) ** 2)
    colour = mix(colour, BLUSH, step(0.2, 0.05, tip) * 0.3)
    for fx, fy, size in _FRECKLES:
        spot = np.hypot(np.abs(x) - fx, y - fy)
        colour = mix(colour, linear(190, 104, 66), step(size, size * 0.55, spot) * 0.6 * front)
    lid = np.hypot((np.abs(x) - 0.38) / 0.34, (y - 0.05) / 0.3)
    colour = mix(colour, linear(226, 140, 120), step(1.1, 0.7, lid) * 0.3 * front)
    lips = step(0.012, -0.012, _LIPS(x, y)) * (p[2] > 0.6)
    colour = mix(colour, LIP, lips * 0.85)
    seam = step(0.016, 0.004, _SEAM(x, y)) * (p[2] > 0.6) * step(0.29, 0.26, np.abs(x))
    colour = mix(colour, linear(96, 26, 30), seam)
    return Look(colour, rough=0.5 - 0.18 * lips, shine=0.035 + 0.02 * lips, soft=0.75)


def _eye(p: np.ndarray, n: np.ndarray) -> Look:
    first = p[0] < 0
    centre = np.where(first, _gaze(0).astype(np.float32)[:, None], _gaze(1).astype(np.float32)[:, None])
    r = np.sqrt(((p - centre) ** 2).sum(axis=0))
    y = p[1] - centre[1]
    colour = mix(WHITE, linear(236, 206, 200), step(0.0, -0.2, y) * 0.35)
    iris = mix(linear(52, 120, 60), linear(150, 205, 90), step(0.06, -0.16, y))
    rays = noise(np.stack([np.arctan2(p[0] - centre[0], y) * 9, r * 8, r * 0]), 3, 1.0)
    iris = iris * (0.75 + 0.5 * rays)
    colour = mix(colour, linear(24, 54, 36), step(0.192, 0.178, r))
    colour = mix(colour, iris, step(0.172, 0.15, r))
    colour = mix(colour, linear(12, 10, 14), step(0.1, 0.088, r))
    shaded = step(0.0, 0.26, p[1] - 0.02 - 0.02) * 0.45
    spark = np.sqrt((p[0] - centre[0] + 0.07) ** 2 + (y - 0.075) ** 2)
    spark2 = np.sqrt((p[0] - centre[0] - 0.06) ** 2 + (y + 0.08) ** 2)
    light = step(0.05, 0.036, spark) + 0.6 * step(0.026, 0.016, spark2)
    return Look(colour * (1 - shaded), rough=0.08, shine=0.05, soft=0.3, glow=light * 1.5)


def _hair(p: np.ndarray, n: np.ndarray) -> Look:
    strand = lambda q: noise(np.stack([np.arctan2(q[0], q[2] + 0.6) * 26, q[1] * 2.2, q[2] * 3]), 14, 1.0)  # noqa: E731
    wavy = bumped(p, n, strand, 0.012)
    colour = mix(HAIR, linear(176, 96, 52), step(0.35, 0.85, strand(p)) * 0.6)
    return Look(colour, rough=0.42, shine=0.07, soft=0.3, normal=wavy)


def _flat(colour: np.ndarray, rough: float = 0.6):
    return lambda p, n: Look(colour, rough=rough, shine=0.04, soft=0.4)


def _shirt(p: np.ndarray, n: np.ndarray) -> Look:
    world = CAMERA.outwards(p)
    stripe = step(-0.12, 0.12, np.sin(world[1] * 30))
    knit = bumped(p, n, lambda q: noise(q, 2, 55.0), 0.003)
    return Look(mix(WHITE, TEAL, stripe), rough=0.85, shine=0.02, soft=0.4, normal=knit)


def draw(size: int) -> Drawing:
    cap = carved(
        ellipsoid((0, 0.3, -0.1), (1.07, 0.98, 1.02)),
        blend(0.3, ellipsoid((0, -0.14, 0.98), (0.9, 0.82, 0.66)), ellipsoid((0, -1.1, 0.1), (1.4, 0.95, 1.2))),
        0.12,
    )
    fringe = blend(
        0.07,
        bent((0.15, 1.12, 0.5), (-0.5, 1.05, 0.95), (-0.88, 0.42, 0.5), (0.25, 0.09)),
        bent((0.2, 1.13, 0.5), (-0.3, 1.1, 1.05), (-0.68, 0.62, 0.74), (0.25, 0.06)),
        bent((0.22, 1.14, 0.5), (-0.05, 1.1, 1.1), (-0.36, 0.74, 0.88), (0.22, 0.06)),
        bent((0.2, 1.13, 0.5), (0.6, 1.05, 0.98), (0.66, 0.6, 0.76), (0.22, 0.06)),
        bent((0.2, 1.12, 0.45), (0.85, 1.0, 0.7), (0.9, 0.4, 0.48), (0.22, 0.09)),
    )
    hair = blend(0.07, cap, fringe)
    tails = []
    for s in (-1, 1):
        root = np.array((s * 1.02, 0.42, -0.15))
        tails += [
            bent(root, root + (s * 0.42, 0.1, 0), root + (s * 0.36, -0.62, 0.1), (0.17, 0.06)),
            bent(root, root + (s * 0.5, 0.0, 0), root + (s * 0.2, -0.66, 0.0), (0.15, 0.05)),
            bent(root, root + (s * 0.3, 0.2, 0), root + (s * 0.55, -0.42, 0.05), (0.15, 0.05)),
        ]
    bobbles = union(*(torus((s * 1.06, 0.43, -0.15), 0.1, 0.055, axis=0) for s in (-1, 1)))
    ears = union(*(ellipsoid((s * 0.95, -0.12, -0.02), (0.1, 0.2, 0.15)) for s in (-1, 1)))
    neck = CAMERA.upright(capsule((-0.05, -0.7, -0.15), (-0.05, -1.3, -0.2), 0.27))
    body = CAMERA.upright(
        blend(
            0.25,
            ellipsoid((-0.05, -1.85, -0.2), (0.82, 0.75, 0.5)),
            capsule((-0.7, -1.5, -0.2), (0.6, -1.5, -0.2), 0.2),
        )
    )
    collar = CAMERA.upright(torus((-0.05, -1.17, -0.17), 0.31, 0.055, axis=1))
    scene = Scene(
        camera=CAMERA,
        parts=(
            Part(shape=_head(), paint=_skin),
            Part(shape=union(*_balls()), paint=_eye, casts=False),
            Part(shape=_lashes(), paint=_flat(linear(46, 24, 20)), casts=False),
            Part(shape=union(*_brows()), paint=_hair, casts=False),
            Part(shape=hair, paint=_hair),
            Part(shape=blend(0.06, *tails), paint=_hair),
            Part(shape=bobbles, paint=_flat(SUN, 0.3), casts=False),
            Part(shape=ears, paint=_skin),
            Part(shape=neck, paint=_skin),
            Part(shape=body, paint=_shirt),
            Part(shape=collar, paint=_flat(TEAL)),
        ),
        lights=Lights(key_colour=(1.95, 1.75, 1.5), rim_colour=(1.1, 0.9, 0.75)),
    )
    canvas = Canvas(size)
    _room(canvas)
    return finished("kid", scene, face(), canvas)


def _room(canvas: Canvas) -> None:
    x, y = grid(canvas)
    share = np.clip(np.hypot(x - 420, y - 380) / 760, 0, 1)[..., None]
    canvas.paint(
        np.ones_like(canvas.alpha),
        np.array((255, 224, 150), np.float32) * (1 - share) + np.array((232, 146, 96), np.float32) * share,
    )
    random = np.random.default_rng(4)
    for _ in range(26):
        spot, radius = random.random(2) * 1024, 16 + 52 * random.random() ** 2
        mask = canvas.blurred(canvas.mask(ellipse((spot[0], spot[1]), (radius, radius))), 5)
        canvas.paint(mask, ((255, 246, 206), (255, 206, 150), (252, 238, 226))[random.integers(3)], 0.34)
    canvas.paint(glow(canvas, (MIDDLE, 1080), (620, 260)), (190, 92, 70), 0.5)


def _brow(number: int) -> np.ndarray:
    """A brow's middle line as it is seen, from the nose outwards."""
    first, middle, last = onto(_skull(), _SIDES[number](_BROW), lift=0.01)
    t = np.linspace(0, 1, 41)[:, None]
    pull = 2 * middle - (first + last) / 2
    return CAMERA.project((1 - t) ** 2 * first + 2 * t * (1 - t) * pull + t**2 * last)


@cache
def face() -> Face:
    head, skull, balls = _head(), _skull(), _balls()
    first, last = CAMERA.project(np.array(_EYE) + (0, 0, _BALL))
    over = union(head, _lashes())
    eyes = [
        halves(outline(ball, CAMERA, around=np.array(at) + (0, 0, _BALL), others=over), last - first)
        for ball, at in zip(balls, _EYE, strict=True)
    ]

    def seen(path: np.ndarray, lift: float = 0.0) -> np.ndarray:
        return CAMERA.project(onto(skull, path, lift=lift))

    split = np.array((0.0, 0.004)) * np.sin(np.linspace(0, np.pi, len(_GAP)))[:, None]
    return Face(
        jaw=jaw(outline(head, CAMERA), first, last),
        brows=(_brow(0)[::-1], _brow(1)),
        eyes=(eyes[0], eyes[1]),
        bridge=seen(np.array([(0.0, 0.08), (0.0, -0.02), (0.0, -0.12), (0.0, -0.22)])),
        nose=seen(spline([(-0.13, -0.31), (-0.07, -0.345), (0.0, -0.355), (0.07, -0.345), (0.13, -0.31)])),
        mouth=(seen(_TOP), seen(_GAP + split), seen(_GAP - split), seen(_BOTTOM)),
        iris=CAMERA.project(np.array([_gaze(0), _gaze(1)])),
    )
