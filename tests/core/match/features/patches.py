# SPDX-License-Identifier: GPL-3.0-or-later
"""An extractor without a network: each cell's feature is a random projection of the picture's patch around it."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from core.match.features.extractor import hash_of
from core.match.features.maps import FeatureMap, normalised

GRID, FINE, AROUND = 32, 4, 8  # cells a side, samples a cell, samples around one


class PatchExtractor:
    """Deterministic. guided: it claims to see pictures under another one's look; `prompts` counts how often."""

    def __init__(self, *, seed: int = 0, channels: int = 96, guided: bool = False) -> None:
        dice = np.random.default_rng(seed)
        self.window = 2 * AROUND + FINE
        self._patches = dice.normal(0, 1, (self.window**2 * 3, channels)).astype(np.float32)
        self._looks = dice.normal(0, 1, (16 * 16 * 3, 48)).astype(np.float32)
        self._config = {"model": "patches", "seed": seed, "channels": channels, "guided": guided}
        self.prompts = 0
        self.maps = 0

    @property
    def config(self) -> Mapping[str, object]:
        return self._config

    @property
    def config_hash(self) -> str:
        return hash_of(self._config)

    def map(self, rgb: np.ndarray, *, prompt: np.ndarray | None = None) -> FeatureMap:
        self.maps += 1
        self.prompts += prompt is not None
        height, width = rgb.shape[:2]
        small = cv2.resize(rgb, (GRID * FINE, GRID * FINE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        padded = np.pad(small, ((AROUND, AROUND), (AROUND, AROUND), (0, 0)), mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, (self.window, self.window), axis=(0, 1))
        patches = windows[::FINE, ::FINE][:GRID, :GRID].reshape(GRID, GRID, -1)
        patches = patches - patches.mean(axis=-1, keepdims=True)
        return FeatureMap.of(patches @ self._patches + 1e-3, (width, height))

    def look(self, crop: np.ndarray) -> np.ndarray:
        height, width = crop.shape[:2]
        side = max(height, width)
        square = np.full((side, side, 3), 128, np.uint8)
        top, left = (side - height) // 2, (side - width) // 2
        square[top : top + height, left : left + width] = crop
        small = cv2.resize(square, (16, 16), interpolation=cv2.INTER_AREA).astype(np.float32).ravel() / 255 - 0.5
        return np.asarray(normalised(small @ self._looks), np.float32)
