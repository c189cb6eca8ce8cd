# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed of the proxy: frames a second at 512x512 and 1080p on one core and on two, beside a bare cv2.remap.

ratio: how many bare remaps of the same frame one frame costs (smaller is better); baseline: the remap's own speed.
"soft": the ground bends with the head; "still": the head is cut from its ground and moves over it.
The face is drawn, its motion is made by hand: a talking, blinking, nodding head.
"""

from __future__ import annotations

import os
import time
from typing import Any

import cv2
import numpy as np

from core.character import Character
from core.landmarks import template
from core.picture import Picture
from core.render.proxy import ProxyCanvas

SIZES = {"512x512": (512, 512), "1080p": (1920, 1080)}
_ROUNDS, _FRAMES = 5, 24


def run() -> list[dict[str, Any]]:
    """One figure per size and number of cores."""
    before = cv2.getNumThreads()
    figures = []
    try:
        for cores in (1, 2):
            if cores > (os.cpu_count() or 1):
                continue
            cv2.setNumThreads(cores)
            for name, size in SIZES.items():
                figures += [_measure(name, size, cores, ground) for ground in ("soft", "still")]
    finally:
        cv2.setNumThreads(before)
    return figures


def _measure(name: str, size: tuple[int, int], cores: int, ground: str) -> dict[str, Any]:
    width, height = size
    unit = 0.2 * height
    face = unit * template() + (width / 2, 0.4 * height)
    pixels = _noise(size) if ground == "soft" else _portrait(size, face, unit)
    canvas = ProxyCanvas(Picture(pixels=pixels), Character(points=face, size=size))
    assert (canvas.ground is None) == (ground == "soft")
    points = acted(face, unit, _FRAMES)
    where = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32) + 0.3
    # Alternating and the best of each, so that a machine that is busy with something else slows neither alone.
    ours, plain = [], []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        for _ in canvas.frames(points):
            pass
        middle = time.perf_counter()
        for _ in range(_FRAMES):
            cv2.remap(pixels, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        plain.append((time.perf_counter() - middle) / _FRAMES)
        ours.append((middle - started) / _FRAMES)
    seconds, remap = min(ours), min(plain)
    return {
        "name": f"proxy {name}, {ground} ground, {cores} core{'s' if cores > 1 else ''}",
        "value": 1 / seconds,
        "unit": "frames/s",
        "baseline": 1 / remap,
        "ratio": seconds / remap,
    }


def _noise(size: tuple[int, int]) -> np.ndarray:
    """Blots of all colours, in which no head is told from its ground."""
    pixels = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), np.uint8)
    return cv2.GaussianBlur(pixels, (0, 0), 3)


def _portrait(size: tuple[int, int], face: np.ndarray, unit: float) -> np.ndarray:
    """A head with hair and shoulders before a plain wall."""
    width, height = size
    pixels = np.full((height, width, 3), (150, 190, 210), np.uint8)
    x, y = (int(each) for each in face.mean(axis=0))

    def disc(middle: tuple[int, int], half: tuple[float, float], colour: tuple[int, int, int]) -> None:
        cv2.ellipse(pixels, middle, tuple(round(each * unit) for each in half), 0, 0, 360, colour, -1, cv2.LINE_AA)

    disc((x, y - int(0.2 * unit)), (1.35, 1.75), (90, 50, 30))
    disc((x, height), (2.6, 1.0), (170, 40, 50))
    disc((x, y), (1.05, 1.45), (235, 190, 160))
    for start in (36, 42):
        cv2.fillPoly(pixels, [np.round(face[start : start + 6]).astype(np.int32)], (250, 250, 250), cv2.LINE_AA)
    grain = np.random.default_rng(0).integers(-4, 5, pixels.shape)
    return np.clip(pixels + grain, 0, 255).astype(np.uint8)


def acted(face: np.ndarray, unit: float, count: int) -> np.ndarray:
    """Landmarks (T, 68, 2) of a head that talks, blinks, nods and leans; every frame differs from rest."""
    t = np.linspace(0.05, 2 * np.pi, count)[:, None]
    points = np.repeat(face[None], count, axis=0)
    jaw = 0.15 * unit * (1.1 + np.sin(3 * t))
    points[:, [55, 56, 57, 58, 59, 65, 66, 67], 1] += jaw
    points[:, 5:12, 1] += 0.8 * jaw
    lid = np.clip(np.sin(2 * t), 0, 1)
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        points[:, upper] += lid * (face[lower] - face[upper])
    angle = 0.12 * np.sin(t)[:, 0]
    turn = np.stack([np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], axis=-1).reshape(-1, 2, 2)
    centre = face.mean(axis=0)
    return (
        np.einsum("tij,tpj->tpi", turn, points - centre)
        + centre
        + 0.15 * unit * np.stack([np.cos(t), np.sin(2 * t)], -1)
    )


if __name__ == "__main__":
    from tools.bench_worker import table

    print(table(run()))
