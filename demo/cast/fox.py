# SPDX-License-Identifier: GPL-3.0-or-later
"""A fox kneaded of clay, fingerprints and all, that tilts its head far. Ours, CC0 1.0."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..brush import Canvas, spline
from ..solid.facial import finished, front_mouth, halves, jaw, onto, outline, relief
from ..solid.shapes import Shape, bent, blend, capsule, carved, ellipsoid, plane, sphere, union
from ..solid.stage import Camera, Lights, Look, Part, Scene
from ..solid.texture import Stencil, bumped, layered, linear, mix, noise, step
from .drawing import Drawing, Face

ORANGE = linear(226, 106, 40)
CREAM = linear(250, 232, 206)
BROWN = linear(78, 42, 32)
INK = linear(28, 22, 26)
AMBER = linear(232, 160, 40)
GREEN = linear(150, 178, 116)

CAMERA = Camera(yaw=-14, pitch=-3, roll=26, place=(486, 500), scale=286)
_EYES = ((-0.42, 0.14), (0.42, 0.14))
_EYE_RADIUS = 0.2
_PAD = (0.0, -0.2, 1.36)
_LINE = spline(
    [(-0.21, -0.41), (-0.15, -0.485), (-0.07, -0.49), (0.0, -0.445), (0.07, -0.49), (0.15, -0.485), (0.21, -0.41)],
    per_span=8,
)
_WIDTH = 0.034
_MOUTH = Stencil(_LINE, closed=False, margin=0.1, cells=120)
_GROOVE = Stencil(np.array([(0.0, -0.3), (0.0, -0.45)]), closed=False, margin=0.1, cells=60)
_BROW = [(0.26, 0.4), (0.44, 0.5), (0.6, 0.42)]


@cache
def _head() -> Shape:
    """A broad skull, tufts of cheek to either side, a muzzle that comes forward."""
    cheeks = [bent((s * 0.4, -0.2, 0.2), (s * 0.8, -0.36, 0.2), (s * 1.0, -0.22, 0.1), (0.42, 0.06)) for s in (-1, 1)]
    tufts = [bent((s * 0.35, -0.4, 0.2), (s * 0.55, -0.68, 0.2), (s * 0.84, -0.6, 0.14), (0.34, 0.05)) for s in (-1, 1)]
    skull = blend(0.16, ellipsoid((0, 0.1, 0), (0.96, 0.78, 0.82)), *cheeks, *tufts)
    snout = blend(
        0.14,
        capsule((0, -0.22, 0.5), (0, -0.26, 1.12), 0.4, 0.22),
        *(sphere((s * 0.15, -0.36, 1.0), 0.2) for s in (-1, 1)),
        ellipsoid((0, -0.54, 0.78), (0.28, 0.16, 0.3)),
    )
    head = blend(0.22, skull, snout)
    head = carved(head, union(*(sphere((x, y, 0.86), 0.17) for x, y in _EYES)), 0.12)
    head = relief(head, _MOUTH, lambda gap: -0.03 * step(0.04, 0.004, gap), 0.0)
    return relief(head, _GROOVE, lambda gap: -0.02 * step(0.03, 0.0, gap), 0.0)


@cache
def _eyes() -> tuple[Shape, ...]:
    return tuple(sphere((x, y, 0.69), _EYE_RADIUS) for x, y in _EYES)


@cache
def _pad() -> Shape:
    x, y, z = _PAD
    tip = ellipsoid((x, y - 0.06, z - 0.02), (0.09, 0.09, 0.08))
    return blend(0.08, ellipsoid((x, y, z - 0.03), (0.17, 0.1, 0.1)), tip)


@cache
def _brows() -> tuple[Shape, ...]:
    rods = []
    for s in (-1, 1):
        first, middle, last = onto(_head(), np.array(_BROW) * (s, 1))
        rods.append(bent(first, 2 * middle - (first + last) / 2, last, (0.06, 0.04)))
    return tuple(rods)


def _kneaded(p: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Dents of fingers, and the fine ridges of their prints here and there."""

    def height(q: np.ndarray) -> np.ndarray:
        dents = layered(q, 3, 4.5, octaves=2)
        prints = step(0.56, 0.7, noise(q, 8, 2.6)) * np.sin(95 * noise(q, 9, 1.7) + 40 * q[1])
        return dents + 0.035 * prints

    return bumped(p, n, height, 0.03)


def _fur(p: np.ndarray, n: np.ndarray) -> Look:
    x, y, z = p
    edge = 0.05 * (noise(p, 6, 5.0) - 0.5)
    # cream cheeks and muzzle, pressed on as a second piece of clay
    line = 0.02 - 0.62 * np.clip(np.abs(x) - 0.16, 0, 1) ** 0.8 - 0.1 * np.clip(z - 0.7, 0, 1)
    bridge = step(0.2, 0.1, np.abs(x) + 0.25 * np.clip(-0.12 - y, 0, 1) * 3) * (z > 0.6) * step(-0.24, -0.14, y)
    pale = step(0.015, -0.015, y - line + edge - 0.06) * (1 - bridge)
    colour = mix(ORANGE, CREAM, pale)
    colour = colour * (0.92 + 0.16 * layered(p, 12, 7.0))
    front = z > 0.5
    ink = step(_WIDTH / 2 + 0.005, _WIDTH / 2 - 0.004, _MOUTH(x, y)) * front
    ink = np.maximum(ink, step(0.017, 0.009, _GROOVE(x, y)) * (z > 0.9))
    colour = mix(colour, BROWN * 0.7, ink)
    return Look(colour, rough=0.52, shine=0.04, soft=0.35, normal=_kneaded(p, n))


def _bead(p: np.ndarray, n: np.ndarray) -> Look:
    k = (p[0] > 0).astype(np.int32)
    spot = _irises().astype(np.float32)[k].T
    r = np.sqrt(((p - spot) ** 2).sum(axis=0))
    colour = mix(linear(252, 246, 236), AMBER, step(0.142, 0.13, r))
    colour = mix(colour, INK, step(0.082, 0.072, r))
    glint = np.sqrt((p[0] - spot[0] + 0.03) ** 2 + (p[1] - spot[1] - 0.045) ** 2)
    return Look(colour, rough=0.12, shine=0.06, glow=step(0.028, 0.02, glint) * 1.2)


@cache
def _irises() -> np.ndarray:
    spots = []
    for x, y in _EYES:
        way = (CAMERA.origin + (-1.2, -0.4, 0) - (x, y, 0.69)) * (1, 1, 1.1)
        spots.append(np.array((x, y, 0.69)) + _EYE_RADIUS * way / np.linalg.norm(way))
    return np.array(spots)


def _clay(colour: np.ndarray):
    def paint(p: np.ndarray, n: np.ndarray) -> Look:
        tone = colour[:, None] * (0.92 + 0.16 * layered(p, 15, 6.0))
        return Look(tone, rough=0.52, shine=0.04, soft=0.35, normal=_kneaded(p, n))

    return paint


def _ears(p: np.ndarray, n: np.ndarray) -> Look:
    tip = step(1.12, 1.2, p[1] + 0.08 * noise(p, 4, 6.0))
    off = np.abs(np.abs(p[0]) - 0.62 - 0.16 * (p[1] - 0.7))
    inner = step(0.045, 0.03, off - 0.14 * np.clip(1.3 - p[1], 0, 1) + 0.04)
    colour = mix(ORANGE, CREAM, inner * (n[2] > 0.3) * step(1.16, 1.1, p[1]))
    return Look(mix(colour, BROWN, tip), rough=0.52, shine=0.04, soft=0.35, normal=_kneaded(p, n))


def draw(size: int) -> Drawing:
    ears = []
    for s in (-1, 1):
        ear = bent((s * 0.5, 0.5, -0.05), (s * 0.62, 0.9, 0.0), (s * 0.74, 1.36, 0.0), (0.34, 0.05))
        ears.append(carved(ear, ellipsoid((s * 0.63, 0.78, 0.36), (0.17, 0.36, 0.2)), 0.08))
    body = CAMERA.upright(
        blend(
            0.2,
            ellipsoid((-0.06, -1.5, -0.2), (0.72, 0.9, 0.6)),
            capsule((-0.56, -1.25, 0.1), (-0.61, -1.8, 0.35), 0.2),
            capsule((0.44, -1.25, 0.1), (0.49, -1.8, 0.35), 0.2),
        )
    )
    bib = CAMERA.upright(ellipsoid((-0.06, -1.32, 0.22), (0.4, 0.5, 0.24)))
    tail = CAMERA.upright(bent((0.5, -1.7, -0.4), (1.5, -1.5, -0.4), (1.35, -0.5, -0.3), (0.2, 0.3)))
    tip = CAMERA.upright(ellipsoid((1.36, -0.4, -0.28), (0.29, 0.36, 0.29)))
    table = CAMERA.upright(blend(2.0, plane((0, -1.75, 0), (0, 1, 0.06)), plane((0, 0, -2.0), (0, 0, 1))))
    scene = Scene(
        camera=CAMERA,
        parts=(
            Part(shape=_head(), paint=_fur),
            Part(shape=union(*_eyes()), paint=_bead, casts=False),
            Part(shape=_pad(), paint=lambda p, n: Look(INK, rough=0.3, shine=0.07, normal=_kneaded(p, n))),
            Part(shape=union(*_brows()), paint=_clay(BROWN), casts=False),
            Part(shape=union(*ears), paint=_ears),
            Part(shape=body, paint=_clay(ORANGE)),
            Part(shape=bib, paint=_clay(CREAM)),
            Part(shape=tail, paint=_clay(ORANGE)),
            Part(shape=tip, paint=_clay(CREAM)),
            Part(shape=table, paint=_table),
        ),
        lights=Lights(key=(-0.4, 0.8, 0.6), key_colour=(2.0, 1.85, 1.6), rim_colour=(0.9, 0.9, 0.8)),
    )
    return finished("fox", scene, face(), Canvas(size))


def _table(p: np.ndarray, n: np.ndarray) -> Look:
    """A cutting mat with its grid, some crumbs of clay on it."""
    world = CAMERA.outwards(p)
    x, y = world[0], world[1] - world[2]
    lines = np.maximum(step(0.46, 0.49, np.abs((x * 1.6) % 1 - 0.5)), step(0.46, 0.49, np.abs((y * 1.6) % 1 - 0.5)))
    colour = mix(GREEN, linear(206, 222, 170), lines * 0.6)
    return Look(colour * (0.94 + 0.12 * layered(world, 31, 3.0)), rough=0.85, shine=0.02)


@cache
def face() -> Face:
    head, pad = _head(), _pad()
    spots = np.array([(x, y, 0.69 + _EYE_RADIUS) for x, y in _EYES])
    first, last = CAMERA.project(spots)
    eyes = [
        halves(outline(ball, CAMERA, around=spot, others=head), last - first)
        for ball, spot in zip(_eyes(), spots, strict=True)
    ]
    below, _ = halves(outline(pad, CAMERA, around=_PAD), last - first)[::-1]
    bridge = np.concatenate([onto(head, [(0, 0.14), (0, 0.04), (0, -0.06)]), onto(pad, [(0, _PAD[1] + 0.02)])])
    brows = []
    for side in (-1, 1):
        a, b, c = onto(head, np.array(_BROW) * (side, 1))
        t = np.linspace(0, 1, 41)[:, None]
        brows.append(CAMERA.project((1 - t) ** 2 * a + 2 * t * (1 - t) * (2 * b - (a + c) / 2) + t**2 * c)[::side])
    return Face(
        jaw=jaw(outline(head, CAMERA, around=(0, -0.1, 0)), first, last),
        brows=(brows[0], brows[1]),
        eyes=(eyes[0], eyes[1]),
        bridge=CAMERA.project(bridge),
        nose=below,
        mouth=front_mouth(head, CAMERA, _LINE, width=_WIDTH),
        iris=CAMERA.project(_irises()),
    )
