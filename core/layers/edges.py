# SPDX-License-Identifier: GPL-3.0-or-later
"""The edges of a picture that cut what it shows: they hold it, since what lies beyond them is not known.

What moves away from such an edge would leave a gap there, or a mirror image of itself. So its way away from the edge
fades out toward the edge: what lies between head and edge is stretched instead. The head itself is left alone; where
it comes so close that nothing is left to stretch, the edge gives way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .anatomy import Head
from .lattice import Lattice, Window

# How much room a way into the picture is faded over at most, and needs at least for the edge to hold, in lengths of it
_ROOM, _LEAST_ROOM = 2.0, 0.6


@dataclass(frozen=True)
class Edges:
    """Which edges of a picture hold what they cut.

    >>> Edges().left, Edges.none().left
    (True, False)
    """

    left: bool = True
    top: bool = True
    right: bool = True
    bottom: bool = True

    @classmethod
    def none(cls) -> Edges:
        return cls(False, False, False, False)

    def hold(self, field: np.ndarray, lattice: Lattice, window: Window, head: Head) -> np.ndarray:
        """A field (rows, columns, 2) px over `window`, in which nothing moves away from these edges; the field itself
        where nothing did.

        Fields on the head (its radius up to 1) stay as they are.
        """
        width, height = lattice.size
        rows, columns = lattice.shape
        reach = np.hypot(1.25 * head.half_width * head.across, 1.15 * head.height * head.down)
        x, y = head.centre
        own = field
        for holds, axis, low, room in (
            (self.left, 0, True, x - reach[0]),
            (self.right, 0, False, width - x - reach[0]),
            (self.top, 1, True, y - reach[1]),
            (self.bottom, 1, False, height - y - reach[1]),
        ):
            start, end = (window.left, window.right) if axis == 0 else (window.top, window.bottom)
            last = (columns if axis == 0 else rows) - 1
            if not holds or room <= 0 or (start > 0 if low else end <= last):
                continue
            way = field[..., axis] if axis == 1 else field[..., axis].T
            way = way if low else -way[::-1]
            # The first row lies beyond the edge.
            most = float(way[1].max())
            if most <= 0:
                continue
            wide = min(_ROOM * most, room)
            inside = (np.arange(len(way)) - 0.5) * lattice.step
            if not low:
                # The canvas may end within its last cell.
                inside -= (last - 1) * lattice.step - (width if axis == 0 else height)
            held = int(np.searchsorted(inside, wide))
            share = min(room / (_LEAST_ROOM * most), 1.0)
            keep = (1 - share * (1 - np.maximum(inside[:held], 0) / wide)).astype(field.dtype)
            if own is field:
                own = field.copy(order="K")
            part = own[..., axis] if axis == 1 else own[..., axis].T
            part = part if low else part[::-1]
            np.multiply(part[:held], keep[:, None], out=part[:held], where=way[:held] > 0)
        return own
