# SPDX-License-Identifier: GPL-3.0-or-later
"""A turned wooden doll with a peg for a nose and painted eyes, on a carpenter's bench. Ours, CC0 1.0."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..brush import DESIGN_SIZE, Canvas, Colour, ellipse, grid, spline
from ..solid.facial import finished, front_mouth, halves, jaw, onto, outline
from ..solid.shapes import Shape, blend, capsule, cylinder, ellipsoid, moved, rotation, sphere, torus, union
from ..solid.stage import Camera, Lights, Look, Part, Scene
from ..solid.texture import Stencil, bumped, linear, mix, noise, step
from .drawing import Drawing, Face, glow

PALE = linear(236, 194, 136)
DARK = linear(176, 112, 60)
INK = linear(38, 24, 22)
RED = linear(196, 48, 40)
BLUE = linear(44, 92, 150)
OCHRE = linear(236, 176, 60)

CAMERA = Camera(yaw=-12, pitch=-5, roll=9, place=(524, 452), scale=292)
_EYES = ((-0.33, 0.1), (0.33, 0.1))
_EYE_RADII = (0.085, 0.115)
_BROW = spline([(0.2, 0.33), (0.34, 0.41), (0.5, 0.36)])
_LINE = spline([(-0.3, -0.46), (-0.16, -0.545), (0.0, -0.57), (0.16, -0.545), (0.3, -0.46)])
_WIDTH = 0.05
_PEG, _PEG_RADIUS = (0.0, -0.13, 0.98), 0.085
_MOUTH = Stencil(_LINE, closed=False, margin=0.1, cells=120)
_BROWS = tuple(Stencil(_BROW * (s, 1), closed=False, margin=0.1, cells=90) for s in (-1, 1))


@cache
def _head() -> Shape:
    return blend(0.35, ellipsoid((0, 0.12, 0), (0.93, 0.94, 0.92)), ellipsoid((0, -0.3, 0.0), (0.84, 0.7, 0.84)))


@cache
def _peg() -> Shape:
    x, y, z = _PEG
    return blend(0.04, cylinder((x, y, z), _PEG_RADIUS, 0.2, corner=0.05), sphere((x, y, z + 0.16), 0.1))


def _wood(p: np.ndarray, seed: int, pale: np.ndarray, dark: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Year rings of a log that lies a little askew, and pores along it: colour (3, N), depth (N,)."""
    x, y, z = p[0] + 0.12 * p[1] + 0.9, p[1], p[2] + 0.2 * p[1] - 1.6
    wobble = 0.16 * noise(p, seed, (1.6, 0.7, 1.6)) + 0.03 * noise(p, seed + 1, (6.0, 1.2, 6.0))
    ring = np.sqrt(x * x + z * z) + wobble
    phase = ring * 9.5 - np.floor(ring * 9.5)
    late = step(0.25, 0.9, phase) * step(1.0, 0.94, phase)
    pores = step(0.66, 0.85, noise(np.stack([x, y, z]), seed + 2, (60.0, 4.0, 60.0)))
    colour = mix(mix(pale, dark, late * 0.72), dark * 0.6, pores * 0.45)
    return colour, late * 0.3 + pores


def _skin(p: np.ndarray, n: np.ndarray) -> Look:
    colour, _ = _wood(p, 40, PALE, DARK)
    x, y, front = p[0], p[1], p[2] > 0.2
    # painted hair: a cap with a parting, cut in scallops
    fringe = (
        0.56 + 0.1 * np.abs(np.sin((x - 0.08) * 5.2)) - 0.32 * np.clip(np.abs(x) - 0.55, 0, 1) - 0.2 * (p[2] < 0.25)
    )
    cap = step(-0.008, 0.008, y - fringe)
    colour = mix(colour, linear(120, 44, 30)[:, None] * (0.8 + 0.4 * noise(p, 3, (30.0, 3.0, 30.0))), cap * 0.95)
    cheek = np.hypot(np.abs(x) - 0.53, y + 0.24)
    rings = step(0.165, 0.15, cheek)
    colour = mix(colour, linear(224, 88, 70), rings * 0.75 * front)
    for k, (at, _) in enumerate(zip(_EYES, "rl", strict=True)):
        r = np.hypot((x - at[0]) / _EYE_RADII[0], (y - at[1]) / _EYE_RADII[1])
        dot = step(1.03, 0.97, r)
        colour = mix(colour, INK, dot * front)
        shine = np.hypot(x - at[0] + 0.026, y - at[1] - 0.04)
        colour = mix(colour, linear(255, 250, 240), step(0.031, 0.023, shine) * front)
        colour = mix(colour, linear(110, 50, 32), step(0.028, 0.021, _BROWS[k](x, y)) * front)
    mouth = step(_WIDTH / 2 + 0.004, _WIDTH / 2 - 0.004, _MOUTH(x, y)) * front
    colour = mix(colour, RED * 0.8, mouth)
    cracked = bumped(p, n, lambda q: _wood(q, 40, PALE, DARK)[1], -0.0008)
    return Look(colour, rough=0.36, shine=0.045, soft=0.2, normal=cracked)


def _turned(seed: int, pale: np.ndarray, dark: np.ndarray, rough: float = 0.4):
    def paint(p: np.ndarray, n: np.ndarray) -> Look:
        colour, _ = _wood(p, seed, pale, dark)
        return Look(colour, rough=rough, shine=0.045, soft=0.2)

    return paint


def _lacquer(colour: np.ndarray):
    return lambda p, n: Look(colour, rough=0.2, shine=0.05, soft=0.2)


def _body_paint(p: np.ndarray, n: np.ndarray) -> Look:
    world = CAMERA.outwards(p)
    wood, _ = _wood(world, 60, PALE, DARK)
    y = world[1]
    colour = mix(BLUE, wood, step(-1.345, -1.355, y) * step(-1.475, -1.465, y))
    colour = mix(colour, RED, step(-1.55, -1.56, y))
    dots = np.hypot(((np.arctan2(world[0], world[2]) * 2.4 + 40) % 1) - 0.5, (y + 1.41) * 4)
    colour = mix(colour, OCHRE, step(0.22, 0.2, dots))
    return Look(colour, rough=0.25, shine=0.05, soft=0.2)


def draw(size: int) -> Drawing:
    head, peg = _head(), _peg()
    hat = moved(
        union(
            torus((0, 0.0, 0), 0.62, 0.1, axis=1),
            ellipsoid((0, 0.05, 0), (0.62, 0.42, 0.62)),
            sphere((0, 0.5, 0), 0.13),
        ),
        rotation(roll=-6, pitch=5),
        (0.0, 0.86, -0.12),
    )
    ears = union(*(cylinder((s * 0.93, 0.0, -0.05), 0.16, 0.07, corner=0.05, axis=0) for s in (-1, 1)))
    chest = cylinder((0.04, -1.6, -0.1), 0.62, 0.5, corner=0.16, axis=1)
    body = CAMERA.upright(blend(0.08, chest, capsule((0, -0.8, -0.1), (0, -1.2, -0.1), 0.24)))
    arms = CAMERA.upright(
        union(*(capsule((0.04 + s * 0.7, -1.3, -0.05), (0.04 + s * 0.92, -1.9, 0.05), 0.15) for s in (-1, 1)))
    )
    collar = CAMERA.upright(torus((0.02, -1.0, -0.1), 0.3, 0.09, axis=1))
    scene = Scene(
        camera=CAMERA,
        parts=(
            Part(shape=head, paint=_skin),
            Part(shape=peg, paint=_turned(80, linear(206, 130, 74), linear(130, 70, 40))),
            Part(shape=hat, paint=_lacquer(RED)),
            Part(shape=ears, paint=_turned(90, PALE, DARK)),
            Part(shape=body, paint=_body_paint),
            Part(shape=arms, paint=_turned(95, PALE, DARK)),
            Part(shape=collar, paint=_lacquer(OCHRE)),
        ),
        lights=Lights(
            key=(-0.6, 0.7, 0.6), key_colour=(2.0, 1.75, 1.4), sky=(0.56, 0.6, 0.68), ground=(0.5, 0.36, 0.24)
        ),
    )
    canvas = Canvas(size)
    _workshop(canvas)
    return finished("doll", scene, face(), canvas)


def _workshop(canvas: Canvas) -> None:
    """A board with tools on hooks, a shelf with pots of paint, a bench full of shavings."""
    x, y = grid(canvas)
    random = np.random.default_rng(9)
    canvas.paint(np.ones_like(canvas.alpha), (150, 116, 82))
    for k in range(8):
        left = k * 136 - 30
        tone: Colour = tuple(np.array((156, 118, 80)) * (0.84 + 0.26 * random.random()))
        canvas.fill(np.array([(left, 0), (left + 131, 0), (left + 131, 740), (left, 740)]), tone)
        for _ in range(5):
            at = left + 10 + 110 * random.random()
            grain = spline([(at, -10), (at + 16 * random.random(), 250), (at - 16 * random.random(), 500), (at, 750)])
            canvas.stroke(grain, (2, 5, 2), (106, 76, 50), 0.5)
    _tools(canvas)
    canvas.fill(np.array([(660, 250), (1030, 250), (1030, 278), (660, 278)]), (96, 62, 38))
    for k, ink in enumerate(((206, 60, 52), (54, 120, 160), (236, 182, 62), (84, 140, 84))):
        left = 700 + 84 * k
        canvas.fill(
            np.array([(left, 158 + 12 * (k % 2)), (left + 66, 158 + 12 * (k % 2)), (left + 62, 250), (left + 4, 250)]),
            (206, 204, 196),
        )
        canvas.fill(np.array([(left, 180), (left + 66, 180), (left + 64, 226), (left + 2, 226)]), ink)
        canvas.fill(ellipse((left + 33, 160 + 12 * (k % 2)), (33, 9)), ink)
    canvas.colour[:] = np.dstack([canvas.blurred(channel, 3.5) for channel in np.moveaxis(canvas.colour, 2, 0)])
    canvas.paint((np.clip((y - 640) / 90, 0, 1) + 0 * x).astype(np.float32), (70, 44, 28), 0.5)
    canvas.fill(np.array([(-10, 730), (1040, 730), (1040, 1040), (-10, 1040)]), (188, 136, 84))
    for k in range(4):
        top = 732 + 26 * k + 12 * k * k
        canvas.stroke(np.array([(-10, top), (1040, top)]), (5, 5), (112, 72, 42), 0.8)
    for _ in range(90):
        spot = random.random(2) * (1024, 270) + (0, 745)
        turn, reach = random.random() * 2 * np.pi, 14 + 26 * random.random()
        angle = np.linspace(0, 2 + 4 * random.random(), 20)
        curl = (
            spot
            + reach * np.stack([np.cos(angle + turn), 0.6 * np.sin(angle + turn)], axis=1) * (1 - angle / 9)[:, None]
        )
        canvas.stroke(curl + (2, 4), (3, 9, 2), (90, 56, 32), 0.5)
        canvas.stroke(curl, (3, 9, 2), ((250, 218, 160), (236, 190, 124), (220, 166, 100))[random.integers(3)])
    canvas.paint(glow(canvas, (540, 960), (420, 150)), (60, 34, 20), 0.6)


def _tools(canvas: Canvas) -> None:
    steel, shade, handle = (186, 192, 198), (120, 126, 134), (168, 74, 46)
    # a saw
    canvas.fill(np.array([(20, 120), (60, 110), (86, 400), (50, 400)]), steel)
    for k in range(14):
        canvas.fill(
            np.array([(20 + 2.1 * k, 128 + 19 * k), (12 + 2.1 * k, 138 + 19 * k), (22 + 2.1 * k, 146 + 19 * k)]), steel
        )
    canvas.fill(ellipse((72, 440), (36, 54), degrees=-8), handle)
    canvas.fill(ellipse((72, 442), (14, 28), degrees=-8), (140, 104, 72))
    # a hammer
    canvas.fill(np.array([(168, 150), (190, 150), (196, 420), (162, 420)]), (214, 164, 98))
    canvas.fill(np.array([(128, 96), (236, 96), (236, 152), (128, 152)]), shade)
    canvas.fill(np.array([(128, 96), (236, 96), (236, 112), (128, 112)]), steel)
    # chisels
    for k in range(3):
        left = 276 + 44 * k
        canvas.fill(
            np.array([(left, 60), (left + 24, 60), (left + 22, 150), (left + 2, 150)]),
            handle if k % 2 else (60, 96, 120),
        )
        canvas.fill(np.array([(left + 4, 150), (left + 20, 150), (left + 22, 268), (left + 2, 280)]), steel)
    # a square and a coil of string
    canvas.fill(np.array([(930, 320), (960, 320), (960, 560), (930, 560)]), handle)
    canvas.fill(np.array([(800, 540), (960, 540), (960, 566), (800, 566)]), steel)
    for radius in (66, 56, 46, 36):
        ring = ellipse((90, 600), (radius, radius))
        canvas.stroke(np.concatenate([ring, ring[:4]]), (9, 9), (222, 200, 156) if radius % 20 else (196, 170, 124))
    for k in range(DESIGN_SIZE // 128):
        canvas.fill(ellipse((64 + 128 * k, 40), (6, 6)), (70, 48, 34))


@cache
def face() -> Face:
    head, peg = _head(), _peg()
    first, last = CAMERA.project(onto(head, _EYES))
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    ring = np.stack([_EYE_RADII[0] * np.cos(angle), _EYE_RADII[1] * np.sin(angle)], axis=1)
    eyes = [halves(CAMERA.project(onto(head, ring + at)), last - first) for at in _EYES]
    below, _ = halves(outline(peg, CAMERA, around=(*_PEG[:2], _PEG[2] + 0.1)), last - first)[::-1]
    x, y, z = _PEG
    bridge = np.concatenate([onto(head, [(0, 0.14), (0, 0.06)]), onto(peg, [(0, y + 0.06)]), [(x, y, z + 0.26)]])
    return Face(
        jaw=jaw(outline(head, CAMERA), first, last),
        brows=(CAMERA.project(onto(head, _BROW * (-1, 1)))[::-1], CAMERA.project(onto(head, _BROW))),
        eyes=(eyes[0], eyes[1]),
        bridge=CAMERA.project(bridge),
        nose=below,
        mouth=front_mouth(head, CAMERA, _LINE, width=_WIDTH),
    )
