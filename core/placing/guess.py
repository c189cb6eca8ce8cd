# SPDX-License-Identifier: GPL-3.0-or-later
"""A face to begin with, where nothing is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..character import Character
from ..landmarks import COUNT, template_in_box

# Of the picture's shorter side.
_SHARE = 0.6
_SURE = 0.1


def plain_face(size: Sequence[int]) -> Character:
    """A plain face in the middle of a picture of (width, height) px, sure of nothing.

    >>> float(plain_face((100, 50)).points[:, 0].mean().round(6))
    50.0
    """
    width, height = int(size[0]), int(size[1])
    side = _SHARE * min(width, height)
    return Character(
        points=template_in_box(((width - side) / 2, (height - side) / 2, side, side)),
        size=(width, height),
        confidence=np.full(COUNT, _SURE),
        placed=("template",) * COUNT,
    )
