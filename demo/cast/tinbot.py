# SPDX-License-Identifier: GPL-3.0-or-later
"""A robot of painted tin: lenses for eyes, plates for brows, a grille for a mouth, no nose. Ours, CC0 1.0."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..brush import Canvas, ellipse, grid
from ..solid.facial import finished, halves, jaw, onto, outline
from ..solid.shapes import (
    Shape,
    blend,
    box,
    capsule,
    carved,
    cylinder,
    ellipsoid,
    extruded,
    moved,
    plane,
    rotation,
    sphere,
    torus,
    union,
)  # fmt: skip
from ..solid.stage import Camera, Lights, Look, Part, Scene
from ..solid.texture import Stencil, bumped, layered, linear, mix, noise, step
from .drawing import Drawing, Face, glow, oval, ring

RED = linear(206, 52, 40)
CREAM = linear(246, 228, 190)
CHROME = linear(214, 218, 224)
STEEL = linear(96, 102, 112)
GLOW = linear(90, 232, 255)
NIGHT = linear(14, 16, 26)

CAMERA = Camera(yaw=20, pitch=4, roll=-5, place=(512, 486), scale=300)
_FRONT = 0.7
_EYES = ((-0.42, 0.16), (0.42, 0.16))
_LENS = 0.235
_LIPS = oval((0.0, -0.47), (0.52, -0.165), power=5.0)
_SLOT = oval((0.0, -0.47), (0.44, -0.1), power=5.0)
_LIP, _HOLE = (Stencil(ring(each), closed=True, margin=0.15) for each in (_LIPS, _SLOT))
_TILT = (-9.0, 9.0)  # of the brows, degrees


@cache
def _head() -> Shape:
    case = blend(0.06, box((0, 0, 0), (0.95, 0.76, _FRONT), 0.2), box((0, -0.46, 0.02), (0.86, 0.34, _FRONT), 0.16))
    return carved(case, extruded(_HOLE, (0, -0.47, _FRONT), 0.6, back=_FRONT - 0.14), 0.01)


@cache
def _frame() -> Shape:
    """The lips: a raised rim around the slot."""
    rim = carved(extruded(_LIP, (0, -0.47, _FRONT), 0.62, back=0.4), plane((0, 0, _FRONT + 0.06), (0, 0, -1)), 0.04)
    return carved(rim, extruded(_HOLE, (0, -0.47, _FRONT), 0.8, back=0.3), 0.03)


@cache
def _rims() -> Shape:
    rings = [torus((x, y, _FRONT + 0.13), _LENS + 0.045, 0.05) for x, y in _EYES]
    tubes = [cylinder((x, y, _FRONT), _LENS + 0.07, 0.13, corner=0.02) for x, y in _EYES]
    return carved(union(*rings, *tubes), union(*(cylinder((x, y, _FRONT + 0.2), _LENS, 0.16) for x, y in _EYES)), 0.01)


@cache
def _lenses() -> tuple[Shape, ...]:
    return tuple(ellipsoid((x, y, _FRONT + 0.06), (_LENS, _LENS, 0.12)) for x, y in _EYES)


@cache
def _brows() -> tuple[Shape, ...]:
    plate = box((0, 0, 0), (0.25, 0.055, 0.05), 0.03)
    return tuple(
        moved(plate, rotation(roll=tilt), (x, 0.545, _FRONT + 0.05)) for (x, _), tilt in zip(_EYES, _TILT, strict=True)
    )


def _tin(colour: np.ndarray, trim: np.ndarray | None = None):
    """Lithographed tin: a little uneven, rubbed through here and there."""

    def paint(p: np.ndarray, n: np.ndarray) -> Look:
        base = np.repeat(colour[:, None], p.shape[1], axis=1)
        if trim is not None:
            edge = np.maximum(np.abs(p[0]) / 0.8, np.abs(p[1] + 0.02) / 0.62)
            base = mix(base, trim, step(1.008, 0.992, edge) * step(0.955, 0.971, edge) * (n[2] > 0.5))
            band = np.maximum(np.abs(p[0]) - 0.72, np.abs(p[1] - 0.16) - 0.34)
            base = mix(base, CREAM, step(0.006, -0.006, band) * (n[2] > 0.5))
        worn = step(0.64, 0.7, layered(p, 21, 6.0)) * step(0.35, 0.75, noise(p, 25, 24.0)) * 0.75
        dented = bumped(p, n, lambda q: layered(q, 27, 3.0, octaves=2), 0.012)
        return Look(mix(base, CHROME * 0.7, worn), rough=0.24 + 0.2 * worn, shine=0.06 + 0.3 * worn, normal=dented)

    return paint


def _metal(colour: np.ndarray, rough: float = 0.2, shine: float = 0.5):
    return lambda p, n: Look(colour * 0.75, rough=rough, shine=shine)


def _lens(p: np.ndarray, n: np.ndarray) -> Look:
    spots = np.array(_EYES, np.float32)[(p[0] > 0).astype(np.int32)]
    x, y = p[0] - spots[:, 0] + 0.02, p[1] - spots[:, 1]
    r = np.hypot(x, y)
    blades = np.cos(np.arctan2(y, x) * 6 + r * 9) * 0.5 + 0.5
    colour = mix(NIGHT, linear(40, 60, 90), blades * step(0.2, 0.1, r) * 0.7)
    lit = step(0.125, 0.112, r) * step(0.055, 0.068, r)
    core = step(0.034, 0.026, r)
    colour = colour * (1 - step(0.13, 0.12, r) * 0.8)
    light = GLOW[:, None] * (lit * (0.75 + 0.25 * blades) + core + 0.25 * np.exp(-((r - 0.09) ** 2) / 0.0016)) * 1.3
    return Look(colour, rough=0.05, shine=0.08, glow=light)


def _bulb(p: np.ndarray, n: np.ndarray) -> Look:
    return Look(linear(255, 190, 60), rough=0.1, shine=0.06, glow=linear(255, 150, 20)[:, None] * 0.35)


def _grille(p: np.ndarray, n: np.ndarray) -> Look:
    return Look(NIGHT, rough=0.6, glow=GLOW[:, None] * np.exp(-((p[1] + 0.47) ** 2) / 0.004) * 0.25)


def _coat(p: np.ndarray, n: np.ndarray) -> Look:
    world = CAMERA.outwards(p)
    look = _tin(RED)(p, n)
    panel = np.maximum(np.abs(world[0] - 0.02) - 0.36, np.abs(world[1] + 1.52) - 0.22)
    look.colour = mix(look.colour, CREAM, step(0.006, -0.006, panel) * (n[2] > 0.3))
    hatch = step(0.35, 0.45, np.abs((world[0] * 5 + world[1] * 5) % 1 - 0.5)) * step(-1.79, -1.8, world[1])
    look.colour = mix(look.colour, linear(240, 190, 60), hatch)
    return look


def draw(size: int) -> Drawing:
    bars = union(*(cylinder((x, -0.47, _FRONT - 0.03), 0.022, 0.13, axis=1) for x in np.linspace(-0.33, 0.33, 7)))
    back = box((0, -0.47, _FRONT - 0.16), (0.5, 0.14, 0.03))
    bolts = union(
        *(sphere((x, y, _FRONT - 0.02), 0.045) for x in (-0.74, 0.74) for y in (-0.05, 0.56)),
        *(cylinder((s * 0.98, 0.05, 0), 0.2, 0.08, corner=0.03, axis=0) for s in (-1, 1)),
        *(cylinder((s * 1.1, 0.05, 0), 0.11, 0.08, corner=0.03, axis=0) for s in (-1, 1)),
    )
    spring = union(*(torus((0, 0.82 + 0.055 * k, 0), 0.1 - 0.006 * k, 0.028, axis=1) for k in range(7)))
    bulb = blend(0.05, sphere((0, 1.3, 0), 0.14), cylinder((0, 1.16, 0), 0.07, 0.05, axis=1))
    neck = CAMERA.upright(union(*(torus((0, -0.82 - 0.075 * k, 0), 0.3, 0.05, axis=1) for k in range(4))))
    body = CAMERA.upright(box((0, -1.72, -0.05), (0.86, 0.66, 0.52), 0.16))
    arms = CAMERA.upright(union(*(capsule((s * 0.9, -1.32, 0), (s * 1.16, -1.62, 0.1), 0.13) for s in (-1, 1))))
    dials = CAMERA.upright(
        union(
            cylinder((-0.14, -1.52, 0.47), 0.13, 0.04, corner=0.015),
            *(sphere((0.12 + 0.12 * k, -1.44, 0.48), 0.042) for k in range(2)),
            *(sphere((0.12 + 0.12 * k, -1.6, 0.48), 0.042) for k in range(2)),
        )
    )
    shelf = CAMERA.upright(plane((0, -1.62, 0), (0, 1, 0.0)))
    scene = Scene(
        camera=CAMERA,
        parts=(
            Part(shape=_head(), paint=_tin(RED, CREAM)),
            Part(shape=_frame(), paint=_metal(CHROME)),
            Part(shape=bars, paint=_metal(CHROME), casts=False),
            Part(shape=back, paint=_grille, casts=False),
            Part(shape=_rims(), paint=_metal(CHROME)),
            Part(shape=union(*_lenses()), paint=_lens, casts=False),
            Part(shape=union(*_brows()), paint=_metal(STEEL, 0.3, 0.3)),
            Part(shape=bolts, paint=_metal(CHROME, 0.25)),
            Part(shape=spring, paint=_metal(CHROME, 0.25), casts=False),
            Part(
                shape=bulb,
                paint=lambda p, n: Look(
                    linear(255, 190, 60), rough=0.1, shine=0.06, glow=linear(255, 150, 20)[:, None] * 0.35
                ),
            ),
            Part(shape=neck, paint=_metal(STEEL, 0.3, 0.35)),
            Part(shape=body, paint=_coat),
            Part(shape=arms, paint=_metal(CHROME, 0.3)),
            Part(shape=dials, paint=_metal(linear(240, 190, 60), 0.25, 0.2), casts=False),
            Part(shape=shelf, paint=_shelf),
        ),
        lights=Lights(
            key=(-0.55, 0.7, 0.7), sky=(0.6, 0.68, 0.9), ground=(0.42, 0.34, 0.36), rim_colour=(0.5, 0.9, 1.3)
        ),
    )
    canvas = Canvas(size)
    _wallpaper(canvas)
    return finished("tinbot", scene, face(), canvas)


def _shelf(p: np.ndarray, n: np.ndarray) -> Look:
    world = CAMERA.outwards(p)
    grain = layered(world * np.array((1.2, 1, 9), np.float32)[:, None], 51, 2.0)
    return Look(mix(linear(120, 74, 48), linear(70, 40, 28), grain), rough=0.5, shine=0.04)


def _wallpaper(canvas: Canvas) -> None:
    """Planets, stars and rockets on the wall of a child's room."""
    x, y = grid(canvas)
    share = np.clip(y / 900 + 0 * x, 0, 1)[..., None]
    canvas.paint(
        np.ones_like(canvas.alpha),
        np.array((44, 70, 122), np.float32) * (1 - share) + np.array((92, 150, 176), np.float32) * share,
    )
    random = np.random.default_rng(31)
    for row in range(6):
        for column in range(7):
            spot = np.array((column * 170 + 85 * (row % 2) - 20, row * 150 + 40)) + 22 * (random.random(2) - 0.5)
            kind = (column + 2 * row) % 4
            if kind == 0:
                _star(canvas, spot, 30, (252, 214, 110))
            elif kind == 1:
                canvas.fill(ellipse((spot[0], spot[1]), (30, 30)), (232, 132, 96))
                canvas.fill(ellipse((spot[0] - 8, spot[1] - 8), (14, 12)), (246, 170, 130))
                canvas.stroke(ellipse((spot[0], spot[1]), (52, 14), degrees=-20)[:52], (3, 6, 3), (250, 232, 196))
            elif kind == 2:
                body = ellipse((spot[0], spot[1]), (15, 38), degrees=24)
                canvas.fill(ellipse((spot[0] - 13, spot[1] + 30), (24, 10), degrees=24), (224, 82, 70))
                canvas.fill(body, (240, 238, 230))
                canvas.fill(ellipse((spot[0] + 4, spot[1] - 8), (7, 7)), (70, 130, 180))
            else:
                _star(canvas, spot, 13, (236, 244, 250))
    canvas.colour[:] = np.dstack([canvas.blurred(channel, 2.2) for channel in np.moveaxis(canvas.colour, 2, 0)])
    canvas.paint(glow(canvas, (512, 480), (420, 420)), (180, 226, 240), 0.35)


def _star(canvas: Canvas, spot: np.ndarray, radius: float, colour: tuple[float, float, float]) -> None:
    angle = np.radians(np.arange(10) * 36 - 90)
    reach = radius * np.where(np.arange(10) % 2, 0.42, 1.0)[:, None]
    canvas.fill(spot + reach * np.stack([np.cos(angle), np.sin(angle)], axis=1), colour)


@cache
def face() -> Face:
    head = _head()
    spots = np.array([(x, y, _FRONT + 0.18) for x, y in _EYES])
    first, last = CAMERA.project(spots)
    eyes = [
        halves(outline(lens, CAMERA, around=spot, others=_rims()), last - first)
        for lens, spot in zip(_lenses(), spots, strict=True)
    ]
    irises = np.concatenate([onto(lens, [(x - 0.02, y)]) for lens, (x, y) in zip(_lenses(), _EYES, strict=True)])
    brows = []
    for (x, _), tilt in zip(_EYES, _TILT, strict=True):
        middle = np.stack([np.linspace(-0.24, 0.24, 9), np.zeros(9), np.full(9, 0.05)], axis=1)
        brows.append(CAMERA.project(middle @ rotation(roll=tilt).T + (x, 0.545, _FRONT + 0.05)))

    def edge(path: np.ndarray, depth: float) -> np.ndarray:
        return CAMERA.project(np.concatenate([path, np.full((len(path), 1), _FRONT + depth)], axis=1))

    return Face(
        jaw=jaw(outline(head, CAMERA), first, last),
        brows=(brows[0], brows[1]),
        eyes=(eyes[0], eyes[1]),
        mouth=(edge(_LIPS[0], 0.03), edge(_SLOT[0], 0.055), edge(_SLOT[1], 0.055), edge(_LIPS[1], 0.03)),
        iris=CAMERA.project(irises),
    )
