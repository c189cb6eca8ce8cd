# SPDX-License-Identifier: GPL-3.0-or-later
"""Large pictures: memory grows with the pixels, and by few bytes for each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="the peak of a process's memory is asked of POSIX systems only")

# Twice what was measured: picture, frame, plate, matte, and the widest moment of their making
_MOST = 80
_SCRIPT = """
import pathlib, resource, sys
import cv2, numpy as np
from core.character import Character
from core.landmarks import template
from core.picture import Picture
from core.render.proxy import ProxyCanvas
side, depth = int(sys.argv[1]), np.dtype(sys.argv[2])
cv2.setNumThreads(1)
unit = 0.17 * side
face = unit * template() + (side / 2, 0.42 * side)
pixels = np.empty((side, side, 3), depth)
full = np.iinfo(depth).max
pixels[:] = (np.linspace(0.4, 0.7, side) * full).astype(depth)[:, None, None]
def disc(down, across, tall, *colour):
    axes = round(across * unit), round(tall * unit)
    cv2.ellipse(pixels, (side // 2, round(down * side)), axes, 0, 0, 360, [float(full) * c for c in colour], -1)
disc(0.42, 1.3, 1.9, 0.3, 0.2, 0.1)
disc(1.0, 3.0, 1.6, 0.7, 0.2, 0.2)
disc(0.42, 1.05, 1.4, 0.9, 0.7, 0.6)
canvas = ProxyCanvas(Picture(pixels=pixels), Character(points=face, size=(side, side)))
assert canvas.ground is not None
for frame in range(2):
    canvas.frame(face + 0.1 * unit * (frame + 1))
status = pathlib.Path("/proc/self/status")
if status.exists():  # on Linux the other figure starts at what the parent took
    print(int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""


def peak(side: int, depth: str) -> int:
    """The most memory that drawing a square picture took; bytes."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(side), depth],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return int(done.stdout)


@pytest.mark.parametrize("depth", ["uint8", "uint16"])
def test_each_pixel_takes_few_bytes(depth):
    small, large = 800, 2400
    each = (peak(large, depth) - peak(small, depth)) / (large**2 - small**2)
    assert 0 < each < _MOST
