# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed of the proxy: frames a second at 512x512 and 1080p on one core and on two, beside a bare cv2.remap.

ratio: how many bare remaps of the same frame one frame costs (smaller is better); baseline: the remap's own speed.
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
_SECONDS = 2.0


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
                figures += _measure(name, size, cores)
    finally:
        cv2.setNumThreads(before)
    return figures


def _measure(name: str, size: tuple[int, int], cores: int) -> list[dict[str, Any]]:
    width, height = size
    unit = 0.2 * height
    face = unit * template() + (width / 2, 0.4 * height)
    rng = np.random.default_rng(0)
    pixels = cv2.GaussianBlur(rng.integers(0, 255, (height, width, 3), np.uint8), (0, 0), 3)
    canvas = ProxyCanvas(Picture(pixels=pixels), Character(points=face, size=size))
    frames = acted(face, unit, 48)
    where = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32) + 0.3

    def bare() -> None:
        cv2.remap(pixels, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)

    # Alternating, so that a machine that slows down slows both.
    ours, plain = [], []
    canvas.frame(frames[1])
    until = time.perf_counter() + _SECONDS
    number = 0
    while time.perf_counter() < until:
        started = time.perf_counter()
        canvas.frame(frames[number % len(frames)])
        middle = time.perf_counter()
        bare()
        plain.append(time.perf_counter() - middle)
        ours.append(middle - started)
        number += 1
    seconds, remap = float(np.median(ours)), float(np.median(plain))
    return [
        {
            "name": f"proxy {name}, {cores} core{'s' if cores > 1 else ''}",
            "value": 1 / seconds,
            "unit": "frames/s",
            "baseline": 1 / remap,
            "ratio": seconds / remap,
        }
    ]


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
