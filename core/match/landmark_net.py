# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own landmark network, run by OpenCV: crops in, points out. training/landmarks made it: see docs/matcher.md."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from ..errors import ErrorCode, FaceShotError
from ..landmarks import COUNT, MIRROR

INPUT = 128  # px
FILE = Path(__file__).resolve().parent.parent / "data" / "landmarks.onnx"
FLAGS = ("right_brow", "left_brow", "nose", "right_eye", "left_eye", "mouth")  # the parts, in the order of its outputs
MIRROR_ALL = np.concatenate([MIRROR, [COUNT + 1, COUNT]])
MIRROR_FLAGS = np.array([1, 0, 2, 4, 3, 5])
BATCH = 16


@dataclass(frozen=True, eq=False)
class Seen:
    """What the network says of N crops.

    points (N, 70, 2) px of the crop, the irises last, right then left · error (N, 70): distance to expect, px of the
    crop · parts (N, 6): 0..1 for each of FLAGS · face (N,): 0..1, the whole of a face is in the crop.
    """

    points: np.ndarray
    error: np.ndarray
    parts: np.ndarray
    face: np.ndarray

    def mirrored(self) -> Seen:
        """The same of the crops before they were mirrored."""
        return Seen(
            (self.points * (-1, 1) + (INPUT, 0))[:, MIRROR_ALL],
            self.error[:, MIRROR_ALL],
            self.parts[:, MIRROR_FLAGS],
            self.face,
        )


class LandmarkNet:
    """The shipped network, or that of a file. Raises MODEL_MISSING, or MODEL_DAMAGED when OpenCV cannot read it."""

    def __init__(self, path: Path = FILE) -> None:
        try:
            data = np.frombuffer(path.read_bytes(), np.uint8)
            self._net = cv2.dnn.readNetFromONNX(data)
        except OSError as error:
            raise FaceShotError(
                ErrorCode.MODEL_MISSING,
                f"The landmark network {path} is missing ({error.strerror}).",
                hint="Install the extension anew.",
            ) from error
        except cv2.error as error:
            raise FaceShotError(
                ErrorCode.MODEL_DAMAGED,
                f"OpenCV cannot read the landmark network {path}.",
                hint="Install the extension anew.",
            ) from error
        self._outputs = self._net.getUnconnectedOutLayersNames()

    def __call__(self, crops: np.ndarray) -> Seen:
        """crops (N, 128, 128, 3) uint8 RGB."""
        images = crops.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1
        parts = []
        for start in range(0, len(images), BATCH):
            self._net.setInput(np.ascontiguousarray(images[start : start + BATCH]))
            parts.append(self._net.forward(self._outputs))
        named = dict(zip(self._outputs, map(np.concatenate, zip(*parts, strict=True)), strict=True))
        chance = 1 / (1 + np.exp(-np.clip(named["logits"], -30, 30)))
        return Seen(
            points=named["points"].astype(np.float64) * INPUT,
            error=np.exp(np.clip(named["error"], -8, 3)).astype(np.float64) * INPUT,
            parts=chance[:, : len(FLAGS)],
            face=chance[:, len(FLAGS)],
        )


@lru_cache(maxsize=1)
def shipped() -> LandmarkNet:
    """The shipped network, loaded once."""
    return LandmarkNet()
