# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes feature maps of pictures, as those see it who use them. Nothing here needs a network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Protocol

import numpy as np

from .maps import FeatureMap


class Extractor(Protocol):
    """Pictures to features. Deterministic: the same picture and prompt give the same map."""

    @property
    def config(self) -> Mapping[str, object]:
        """What the features depend on: model, weights, t, up_block, text, channels, stride, ensemble, guided, ..."""
        ...

    @property
    def config_hash(self) -> str:
        """`hash_of(config)`: features of another hash are of another kind, and not to be compared."""
        ...

    def map(self, rgb: np.ndarray, *, prompt: np.ndarray | None = None) -> FeatureMap:
        """Features of a picture (H, W, 3) uint8, seen under the look of another one, `prompt`; None: under no look."""
        ...

    def look(self, crop: np.ndarray) -> np.ndarray:
        """(D,) float32: a unit vector that says how a picture (H, W, 3) uint8 looks as a whole. Nothing is cut off."""
        ...


def hash_of(config: Mapping[str, object]) -> str:
    """A short name of a configuration, whatever the order it is written in.

    >>> hash_of({"t": 301, "up_block": 1}) == hash_of({"up_block": 1, "t": 301}) != hash_of({"t": 281, "up_block": 1})
    True
    """
    text = json.dumps(dict(config), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
