# SPDX-License-Identifier: GPL-3.0-or-later
"""A snowman: eyes and mouth of coal, a carrot for a nose, before a wintry wood. Ours, CC0 1.0."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..brush import DESIGN_SIZE, Canvas, ellipse, grid, spline
from ..solid.facial import finished, front_mouth, halves, jaw, onto, outline
from ..solid.shapes import Shape, bent, blend, capsule, cylinder, ellipsoid, moved, rotation, sphere, torus, tube, union
from ..solid.stage import Camera, Lights, Look, Part, Scene
from ..solid.texture import bumped, layered, linear, mix, noise, step
from .drawing import Drawing, Face, glow
from .drawing import noise as painted_noise

SNOW = linear(240, 246, 255)
COAL = linear(34, 32, 38)
CARROT = linear(250, 128, 32)
RED = linear(206, 36, 44)
TWIG = linear(110, 72, 44)

CAMERA = Camera(yaw=14, pitch=2, roll=-7, place=(506, 470), scale=268)
_EYES = ((-0.36, 0.2), (0.36, 0.2))
_COAL = 0.125
_LINE = spline([(-0.44, -0.33), (-0.3, -0.45), (-0.11, -0.52), (0.11, -0.52), (0.3, -0.45), (0.44, -0.33)])
_PIECE = 0.062
_ROOT, _TIP = np.array([0.0, -0.06, 0.84]), np.array([0.0, -0.2, 1.5])
_ROOT_WIDTH, _POINT_WIDTH = 0.16, 0.028


@cache
def _head() -> Shape:
    return blend(0.3, ellipsoid((0, 0, 0), (0.98, 0.9, 0.92)), ellipsoid((0.05, -0.25, 0.05), (0.92, 0.66, 0.86)))


@cache
def _nose() -> Shape:
    return capsule(tuple(_ROOT), tuple(_TIP), _ROOT_WIDTH, _POINT_WIDTH)


@cache
def _eyes() -> tuple[Shape, ...]:
    places = onto(_head(), _EYES, lift=-0.01)
    return tuple(_lump(tuple(place), _COAL, seed) for seed, place in enumerate(places))


def _lump(place: tuple[float, ...], radius: float, seed: int) -> Shape:
    """A piece of coal: a ball with some corners."""
    random = np.random.default_rng(seed)
    corners = random.normal(size=(7, 3))
    corners *= 0.36 * radius / np.linalg.norm(corners, axis=1)[:, None]
    core = ellipsoid((0, 0, 0), (radius * 0.92, radius, radius * 0.7))
    knobs = [sphere(tuple(corner * (1.3, 1.3, 0.9)), radius * 0.58) for corner in corners]
    return moved(blend(radius * 0.2, core, *knobs), np.eye(3), place)


def _snow(p: np.ndarray, n: np.ndarray) -> Look:
    rough = bumped(p, n, lambda q: layered(q, 3, 9.0) + 0.4 * noise(q, 9, 40.0), 0.008)
    sparkle = step(0.86, 0.97, noise(p, 21, 75.0))
    dents = layered(p, 6, 3.5)
    colour = mix(SNOW, linear(206, 224, 250), step(0.55, 0.2, dents) * 0.6)
    return Look(colour, rough=0.8, shine=0.03, glow=sparkle * 0.12, normal=rough)


def _coal(p: np.ndarray, n: np.ndarray) -> Look:
    chipped = bumped(p, n, lambda q: noise(q, 31, 13.0), 0.05)
    return Look(COAL, rough=0.32, shine=0.09, normal=chipped)


def _carrot(p: np.ndarray, n: np.ndarray) -> Look:
    along = (p - _ROOT.astype(np.float32)[:, None]).T @ ((_TIP - _ROOT) / np.linalg.norm(_TIP - _ROOT)).astype(
        np.float32
    )
    rings = step(0.62, 0.8, noise(np.stack([along * 26, p[0] * 5, p[1] * 5]), 5, 1.0))
    colour = mix(CARROT, linear(196, 82, 18), rings * 0.7)
    ringed = bumped(p, n, lambda q: noise(q, 8, (8.0, 8.0, 26.0)), 0.014)
    return Look(colour, rough=0.5, shine=0.05, soft=0.35, normal=ringed)


def _felt(colour: np.ndarray, scale: float = 60.0):
    def paint(p: np.ndarray, n: np.ndarray) -> Look:
        woven = bumped(p, n, lambda q: noise(q, 12, scale), 0.003)
        return Look(colour, rough=0.85, shine=0.02, soft=0.3, normal=woven)

    return paint


def _scarf(p: np.ndarray, n: np.ndarray) -> Look:
    world = CAMERA.outwards(p)
    angle = np.arctan2(world[0], world[2] + 0.1)
    stripe = step(-0.15, 0.15, np.sin(np.where(world[1] < -1.15, world[1] * 21, angle * 9)))
    colour = mix(RED, linear(250, 236, 214), stripe)
    knit = bumped(p, n, lambda q: 0.5 + 0.5 * np.sin(q[0] * 70) * np.sin(q[1] * 80 + q[2] * 50), 0.01)
    return Look(colour, rough=0.9, shine=0.02, soft=0.4, normal=knit)


def draw(size: int) -> Drawing:
    head, nose, eyes = _head(), _nose(), _eyes()
    spots = onto(head, _LINE[np.linspace(0, len(_LINE) - 1, 8).astype(int)], lift=-0.012)
    mouth = [_lump(tuple(spot), _PIECE, 10 + k) for k, spot in enumerate(spots)]
    hat = moved(
        union(
            cylinder((0, 0, 0), 0.86, 0.045, corner=0.04, axis=1),
            cylinder((0, 0.42, 0), 0.61, 0.46, corner=0.06, axis=1),
        ),
        rotation(roll=9, pitch=-6),
        (0.08, 0.72, -0.06),
    )
    band = moved(
        cylinder((0, 0.14, 0), 0.635, 0.1, corner=0.03, axis=1), rotation(roll=9, pitch=-6), (0.08, 0.72, -0.06)
    )
    berries = moved(
        union(*(sphere((x, 0.17 + y, 0.64), 0.07) for x, y in ((-0.3, 0.0), (-0.19, 0.06), (-0.2, -0.06)))),
        rotation(roll=9, pitch=-6), (0.08, 0.72, -0.06),
    )  # fmt: skip
    body = CAMERA.upright(
        blend(0.2, ellipsoid((0, -1.86, -0.15), (1.32, 1.1, 1.05)), ellipsoid((0, -1.3, -0.1), (0.8, 0.5, 0.7)))
    )
    scarf = CAMERA.upright(
        blend(
            0.1,
            moved(torus((0, 0, 0), 0.7, 0.2, axis=1), rotation(pitch=-6), (0, -0.95, -0.1)),
            tube([(0.42, -1.02, 0.66), (0.56, -1.3, 0.86), (0.62, -1.72, 0.92)], [0.16, 0.17, 0.2]),
        )
    )
    arms = CAMERA.upright(
        union(
            bent((-1.0, -1.35, 0.0), (-1.4, -1.1, 0.1), (-1.62, -0.62, 0.1), (0.055, 0.03)),
            bent((-1.5, -0.85, 0.1), (-1.7, -0.75, 0.1), (-1.8, -0.56, 0.15), (0.03, 0.016)),
            bent((-1.58, -0.72, 0.1), (-1.52, -0.55, 0.1), (-1.5, -0.4, 0.1), (0.028, 0.015)),
            bent((1.0, -1.4, 0.0), (1.45, -1.3, 0.1), (1.72, -0.95, 0.2), (0.055, 0.03)),
            bent((1.56, -1.13, 0.15), (1.74, -1.16, 0.15), (1.86, -1.06, 0.2), (0.03, 0.016)),
        )
    )
    buttons = CAMERA.upright(union(*(_lump((x, y, z), 0.1, 30 + k) for k, (x, y, z) in enumerate(
        ((0.05, -1.36, 0.72), (0.08, -1.68, 0.9))))))  # fmt: skip
    scene = Scene(
        camera=CAMERA,
        parts=(
            Part(shape=head, paint=_snow),
            Part(shape=union(*eyes), paint=_coal),
            Part(shape=union(*mouth), paint=_coal),
            Part(shape=nose, paint=_carrot),
            Part(shape=hat, paint=_felt(linear(44, 42, 58))),
            Part(shape=band, paint=_felt(RED)),
            Part(shape=berries, paint=lambda p, n: Look(linear(230, 30, 40), rough=0.2, shine=0.06)),
            Part(shape=body, paint=_snow),
            Part(shape=scarf, paint=_scarf),
            Part(shape=arms, paint=_felt(TWIG, 30.0)),
            Part(shape=buttons, paint=_coal),
        ),
        lights=Lights(
            key=(-0.62, 0.62, 0.62),
            key_colour=(1.75, 1.5, 1.22),
            sky=(0.42, 0.58, 0.92),
            ground=(0.5, 0.58, 0.78),
            rim_colour=(0.7, 0.85, 1.2),
        ),
    )
    canvas = Canvas(size)
    _wood(canvas)
    return finished("snowman", scene, face(), canvas)


def _wood(canvas: Canvas) -> None:
    """Dusk over firs, a hut with a light, fences, and snow that falls."""
    x, y = grid(canvas)
    everywhere = np.ones_like(canvas.alpha)
    low, high = np.array((246, 198, 190), np.float32), np.array((72, 104, 176), np.float32)
    share = np.clip((y / 620) + 0 * x, 0, 1)[..., None]
    canvas.paint(everywhere, high + (low - high) * share)
    random = np.random.default_rng(12)
    for row, (ground, tall, colour) in enumerate(
        ((560, 240, (120, 142, 190)), (630, 330, (70, 100, 146)), (720, 430, (34, 70, 96)))
    ):
        hill = spline(
            [(-40, ground), (250, ground - 26 + 18 * row), (560, ground + 14), (820, ground - 22), (1070, ground + 6)]
        )
        for _ in range(17 - 4 * row):
            at = random.random() * 1100 - 40
            height = tall * (0.6 + 0.5 * random.random())
            if row == 2 and 260 < at < 760:
                continue
            _fir(canvas, (at, ground + 34), height, colour, random)
        shape = np.concatenate([hill, [(1070, 1100), (-40, 1100)]])
        canvas.fill(shape, tuple(np.array((206, 216, 240)) + 11.0 * row))
    _hut(canvas)
    drift = painted_noise(canvas, 77, 46, stretch=3.0)
    below = np.clip((y - 640) / 120, 0, 1) + 0 * x
    canvas.paint((below * np.clip(drift - 0.45, 0, 1)).astype(np.float32), (150, 174, 222), 0.75)
    for k in range(11):
        post = 18 + k * 98
        canvas.fill(np.array([(post, 700), (post + 20, 698), (post + 22, 830), (post - 2, 830)]), (92, 66, 54))
        canvas.fill(ellipse((post + 10, 698), (17, 9)), (250, 252, 255))
    for height in (736, 786):
        canvas.stroke(np.array([(-10, height), (500, height + 6), (1040, height - 4)]), (15, 15), (112, 80, 62))
        canvas.stroke(np.array([(-10, height - 8), (500, height - 2), (1040, height - 12)]), (6, 6), (246, 250, 255))
    for _ in range(190):
        spot = random.random(2) * DESIGN_SIZE
        radius = 1.8 + 5.0 * random.random() ** 3
        canvas.fill(ellipse((spot[0], spot[1]), (radius, radius)), (255, 255, 255), 0.5 + 0.4 * random.random())


def _fir(canvas: Canvas, foot: tuple[float, float], height: float, colour, random: np.random.Generator) -> None:
    x, y = foot
    ink = tuple(value * (0.85 + 0.3 * random.random()) for value in colour)
    for tier in range(4):
        top, wide = y - height * (1 - 0.2 * tier), height * (0.13 + 0.07 * tier)
        base = top + height * 0.34
        canvas.fill(np.array([(x, top), (x + wide, base), (x, base + 8), (x - wide, base)]), ink)
        snow = [(x, top), (x + wide * 0.5, top + height * 0.17), (x + wide * 0.12, top + height * 0.14),
                (x - wide * 0.2, top + height * 0.2), (x - wide * 0.48, top + height * 0.165)]  # fmt: skip
        canvas.fill(np.array(snow), (236, 242, 255), 0.9)


def _hut(canvas: Canvas) -> None:
    canvas.fill(np.array([(800, 540), (960, 540), (960, 660), (800, 660)]), (128, 62, 54))
    for k in range(5):
        canvas.stroke(np.array([(800, 560 + 22 * k), (960, 560 + 22 * k)]), (3, 3), (96, 44, 42))
    canvas.fill(np.array([(770, 556), (880, 454), (990, 556)]), (244, 248, 255))
    canvas.fill(np.array([(800, 546), (880, 480), (960, 546)]), (150, 76, 62))
    canvas.paint(glow(canvas, (880, 600), (90, 70)), (255, 196, 96), 0.7)
    canvas.fill(np.array([(852, 576), (908, 576), (908, 632), (852, 632)]), (255, 226, 140))
    for line in (((880, 576), (880, 632)), ((852, 604), (908, 604))):
        canvas.stroke(np.array(line), (5, 5), (110, 60, 44))


def _root() -> np.ndarray:
    """Where the carrot comes out of the snow, seen from below, from left to right; (25, 3)."""
    axis = (_TIP - _ROOT) / np.linalg.norm(_TIP - _ROOT)
    angle = np.radians(np.linspace(180, 360, 25))
    ring = np.cos(angle)[:, None] * (1, 0, 0) + np.sin(angle)[:, None] * np.cross(axis, (1, 0, 0))
    low, high = np.zeros(25), np.ones(25)
    for _ in range(30):
        half = (low + high) / 2
        wide = _ROOT_WIDTH + (_POINT_WIDTH - _ROOT_WIDTH) * half
        at = _ROOT + half[:, None] * (_TIP - _ROOT) + wide[:, None] * ring
        inside = _head().distance(at.T.astype(np.float32)) < 0
        low, high = np.where(inside, half, low), np.where(inside, high, half)
    return at


@cache
def face() -> Face:
    head, nose, eyes = _head(), _nose(), _eyes()
    centres = onto(head, _EYES)
    first, last = CAMERA.project(centres)
    seen = [
        halves(outline(eye, CAMERA, around=at, others=head), last - first)
        for eye, at in zip(eyes, centres, strict=True)
    ]
    root = onto(union(head, nose), [(0.0, 0.2), (0.0, 0.09)])
    bridge = CAMERA.project(np.concatenate([root, [_ROOT * 0.5 + _TIP * 0.5 + (0, 0.085, 0)], [_TIP]]))
    return Face(
        jaw=jaw(outline(head, CAMERA), first, last),
        eyes=(seen[0], seen[1]),
        bridge=bridge,
        nose=CAMERA.project(_root()),
        mouth=front_mouth(head, CAMERA, _LINE, width=2 * _PIECE),
    )
