# SPDX-License-Identifier: GPL-3.0-or-later
"""A plush koala with real pile, beads for eyes and a leather nose, on nothing. Ours, CC0 1.0."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..brush import Canvas, spline
from ..solid.facial import finished, front_mouth, halves, jaw, onto, outline, relief
from ..solid.shapes import Shape, bent, blend, ellipsoid, moved, rotation, sphere, thickened, torus, union
from ..solid.stage import Camera, Fur, Lights, Look, Part, Scene
from ..solid.texture import Stencil, bumped, layered, linear, mix, noise, step
from .drawing import Drawing, Face

GREY = linear(142, 152, 170)
PALE = linear(232, 226, 222)
PINK = linear(232, 170, 170)
INK = linear(34, 30, 36)
HAZEL = linear(150, 86, 40)
RED = linear(214, 66, 60)

CAMERA = Camera(yaw=11, pitch=-2, roll=-8, place=(508, 430), scale=262)
_EYES = ((-0.39, 0.08), (0.39, 0.08))
_BEAD = 0.125
_PILE = 0.085
_NOSE = (0.0, -0.13, 0.96)
_LINE = spline([(-0.19, -0.5), (-0.1, -0.565), (0.0, -0.535), (0.1, -0.565), (0.19, -0.5)], per_span=10)
_WIDTH = 0.036
_MOUTH = Stencil(_LINE, closed=False, margin=0.1, cells=120)
_SEAM = Stencil(np.array([(0.0, -0.4), (0.0, -0.535)]), closed=False, margin=0.08, cells=60)


@cache
def _head() -> Shape:
    return blend(
        0.3,
        ellipsoid((0, 0.12, 0), (0.92, 0.8, 0.78)),
        ellipsoid((0, -0.26, 0.05), (0.96, 0.54, 0.74)),
    )


@cache
def _muzzle() -> Shape:
    felt = blend(
        0.12, *(ellipsoid((s * 0.14, -0.48, 0.67), (0.22, 0.18, 0.22)) for s in (-1, 1)), sphere((0, -0.6, 0.66), 0.15)
    )
    felt = relief(felt, _MOUTH, lambda gap: -0.024 * step(0.04, 0.004, gap), 0.0)
    return relief(felt, _SEAM, lambda gap: -0.02 * step(0.035, 0.0, gap), 0.0)


@cache
def _nose() -> Shape:
    x, y, z = _NOSE
    return blend(
        0.1, ellipsoid((x, y - 0.06, z - 0.1), (0.2, 0.24, 0.2)), ellipsoid((x, y + 0.13, z - 0.14), (0.13, 0.22, 0.14))
    )


@cache
def _beads() -> tuple[Shape, ...]:
    return tuple(sphere(tuple(spot), _BEAD) for spot in _sockets())


@cache
def _sockets() -> np.ndarray:
    return onto(_head(), _EYES, lift=0.05)


@cache
def _irises() -> np.ndarray:
    way = CAMERA.origin + (0.6, 0.2, 0) - _sockets()
    way = way / np.linalg.norm(way, axis=1, keepdims=True) + (0, 0, 0.5)
    return _sockets() + _BEAD * way / np.linalg.norm(way, axis=1, keepdims=True)


def _coat(p: np.ndarray, n: np.ndarray) -> Look:
    tone = layered(p, 3, 3.0, octaves=2)
    colour = mix(GREY, linear(186, 194, 206), step(0.35, 0.75, tone) * 0.7)
    cheek = np.hypot((np.abs(p[0]) - 0.66) / 0.34, (p[1] + 0.34) / 0.26)
    colour = mix(colour, PALE, step(1.1, 0.5, cheek) * (p[2] > 0) * 0.8)
    return Look(colour, rough=0.9, shine=0.015, soft=0.5)


def _fluff(p: np.ndarray, n: np.ndarray) -> Look:
    return Look(
        mix(PALE, PINK, step(0.34, 0.1, np.hypot(np.abs(p[0]) - 1.06, p[1] - 0.5)) * 0.8),
        rough=0.9,
        shine=0.01,
        soft=0.6,
    )


def _felt(p: np.ndarray, n: np.ndarray) -> Look:
    fibres = bumped(p, n, lambda q: noise(q, 12, 70.0) + noise(q, 13, 30.0), 0.002)
    x, y, front = p[0], p[1], p[2] > 0.5
    ink = step(_WIDTH / 2 + 0.004, _WIDTH / 2 - 0.004, _MOUTH(x, y)) * front
    ink = np.maximum(ink, step(0.019, 0.012, _SEAM(x, y)) * front)
    return Look(
        mix(linear(214, 206, 206)[:, None] * (0.9 + 0.2 * noise(p, 14, 50.0)), INK, ink),
        rough=0.9,
        shine=0.02,
        soft=0.5,
        normal=fibres,
    )


def _leather(p: np.ndarray, n: np.ndarray) -> Look:
    pores = bumped(p, n, lambda q: noise(q, 17, 34.0), 0.004)
    return Look(INK, rough=0.34, shine=0.06, normal=pores)


def _bead(p: np.ndarray, n: np.ndarray) -> Look:
    spot = _irises().astype(np.float32)[(p[0] > 0).astype(np.int32)].T
    r = np.sqrt(((p - spot) ** 2).sum(axis=0))
    colour = mix(INK, HAZEL, step(0.098, 0.088, r))
    colour = mix(colour, INK * 0.4, step(0.055, 0.046, r))
    glint = np.sqrt((p[0] - spot[0] + 0.035) ** 2 + (p[1] - spot[1] - 0.045) ** 2)
    return Look(colour, rough=0.08, shine=0.07, glow=step(0.026, 0.019, glint) * 1.2)


def _belly(p: np.ndarray, n: np.ndarray) -> Look:
    look = _coat(p, n)
    world = CAMERA.outwards(p)
    bib = np.hypot((world[0] - 0.0) / 0.4, (world[1] + 1.02) / 0.52)
    look.colour = mix(look.colour, PALE, step(1.1, 0.85, bib) * (n[2] > 0))
    return look


def _silk(p: np.ndarray, n: np.ndarray) -> Look:
    world = CAMERA.outwards(p)
    dots = np.hypot((world[0] * 7) % 1 - 0.5, (world[1] * 7) % 1 - 0.5)
    return Look(mix(RED, linear(255, 240, 224), step(0.24, 0.2, dots)), rough=0.45, shine=0.05, soft=0.3)


def draw(size: int) -> Drawing:
    ears = [blend(0.2, *(sphere((s * (1.0 + dx), 0.52 + dy, -0.12), r) for dx, dy, r in
            ((0, 0, 0.42), (0.16, -0.12, 0.3), (0.1, 0.14, 0.32)))) for s in (-1, 1)]  # fmt: skip
    inner = [ellipsoid((s * 1.05, 0.48, 0.28), (0.27, 0.28, 0.18)) for s in (-1, 1)]
    body = CAMERA.upright(
        blend(
            0.16,
            ellipsoid((0, -1.1, -0.1), (0.62, 0.66, 0.5)),
            *(bent((s * 0.42, -0.7, 0.1), (s * 0.8, -0.8, 0.2), (s * 0.72, -1.3, 0.35), (0.22, 0.2)) for s in (-1, 1)),
            *(bent((s * 0.4, -1.5, 0.0), (s * 0.6, -1.6, 0.3), (s * 0.62, -1.56, 0.55), (0.28, 0.24)) for s in (-1, 1)),
        )
    )
    soles = CAMERA.upright(union(*(ellipsoid((s * 0.64, -1.53, 0.72), (0.17, 0.18, 0.12)) for s in (-1, 1))))
    scarf = CAMERA.upright(
        blend(
            0.08,
            moved(torus((0, 0, 0), 0.44, 0.13, axis=1), rotation(pitch=-8), (0.0, -0.52, -0.05)),
            bent((-0.1, -0.6, 0.42), (-0.16, -0.78, 0.6), (-0.3, -1.0, 0.56), (0.1, 0.13)),
            bent((-0.06, -0.6, 0.42), (0.04, -0.76, 0.6), (0.06, -0.94, 0.58), (0.1, 0.12)),
            sphere((-0.08, -0.6, 0.44), 0.12),
        )
    )
    long = Fur(length=0.13, density=17, comb=(0, -0.7, 0), seed=7)
    soft = Fur(length=0.1, density=19, comb=(0, -0.9, 0), seed=9)
    scene = Scene(
        camera=CAMERA,
        parts=(
            Part(shape=_head(), paint=_coat, fur=Fur(length=_PILE, density=21, comb=(0, -0.9, 0), seed=5)),
            *(Part(shape=ear, paint=_coat, fur=long) for ear in ears),
            *(Part(shape=tuft, paint=_fluff, fur=soft) for tuft in inner),
            Part(shape=body, paint=_belly, fur=Fur(length=0.07, density=23, comb=(0, -0.8, 0), seed=11)),
            Part(shape=_muzzle(), paint=_felt),
            Part(shape=_nose(), paint=_leather),
            Part(shape=union(*_beads()), paint=_bead, casts=False),
            Part(shape=soles, paint=_leather_pads, casts=False),
            Part(shape=scarf, paint=_silk),
        ),
        lights=Lights(key=(-0.5, 0.75, 0.7), sky=(0.66, 0.72, 0.86), ground=(0.48, 0.44, 0.44), blur=7.0),
    )
    return finished("koala", scene, face(), Canvas(size), transparent=True)


def _leather_pads(p: np.ndarray, n: np.ndarray) -> Look:
    return Look(
        linear(120, 104, 110), rough=0.6, shine=0.03, soft=0.3, normal=bumped(p, n, lambda q: noise(q, 19, 40.0), 0.003)
    )


@cache
def face() -> Face:
    head = thickened(_head(), 0.7 * _PILE)  # where the pile looks dense
    first, last = CAMERA.project(_sockets())
    over = thickened(_head(), 0.6 * _PILE)
    eyes = [
        halves(outline(bead, CAMERA, around=spot + (0, 0, _BEAD), others=over), last - first)
        for bead, spot in zip(_beads(), _sockets(), strict=True)
    ]
    nose = outline(_nose(), CAMERA, around=_NOSE, others=over)
    below, _ = halves(nose, last - first)[::-1]
    bridge = np.concatenate([onto(head, [(0, 0.22), (0, 0.13)]), onto(_nose(), [(0, 0.06), (0, -0.06)])])
    return Face(
        jaw=jaw(outline(head, CAMERA), first, last),
        eyes=(eyes[0], eyes[1]),
        bridge=CAMERA.project(bridge),
        nose=below,
        mouth=front_mouth(_muzzle(), CAMERA, _LINE, width=_WIDTH),
        iris=CAMERA.project(_irises()),
    )
