# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouths: a cavity, a tongue and teeth in the picture's own palette, and what the picture itself shows of them."""

from __future__ import annotations

import cv2
import numpy as np

from ..layers import Head, Opening
from ..layers.fields import smoothstep
from .interior import Interior
from .line_mouth import find_line
from .maps import Box
from .masks import brightness, polygon
from .palette import mix_palette
from .ring import line_along
from .style import Style

# Lips thinner than this, both together in widths of the mouth, are a line.
_LIPLESS = 0.10
# In widths of the mouth: a small one's teeth are small.
_TALLEST_TEETH = 0.2
_LIP_OUTER, _LIP_INNER = slice(48, 60), slice(60, 68)


class Mouth(Interior):
    """The mouth of a picture."""

    def __init__(
        self, source: np.ndarray, head: Head, opening: Opening, style: Style | None = None, *, alpha: bool
    ) -> None:
        super().__init__(source, head, opening, style, alpha=alpha)
        self._own: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None = None
        inside = self.distances.max(axis=-1) < 0
        if not opening.closed and inside.any():
            # The picture's own teeth and tongue, fading out around where they are seen.
            away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5)
            mask = smoothstep(1.4 - away / max(0.05 * head.unit, 1.5)).astype(np.float32)[:, :, None]
            self._own = (*self.filled(inside), mask, mask)
        self._mix_palette(source)
        # Animals' teeth are not ours: those of a drawing may show in a smile.
        self._bare = self.line is not None or self._lipless()
        if self._own is not None:
            # What looks like lip within the tracked edges is lip: it must not hang in an open mouth.
            away_from_lip = np.linalg.norm(self.colours(self._own[0]) - self.lip, axis=-1)
            keep = smoothstep((away_from_lip - 0.10) / 0.12).astype(np.float32)
            keep = cv2.GaussianBlur(keep, (0, 0), max(0.025 * head.unit, 0.5))[:, :, None]
            self._own = (*self._own[:3], self._own[3] * keep)

    def _mix_palette(self, source: np.ndarray) -> None:
        points = self.head.points
        lips = polygon(self.box, points[_LIP_OUTER]) & ~polygon(self.box, points[_LIP_INNER])
        colours = self.colours(self.patch)
        lip = np.median(colours[lips], axis=0) if lips.any() else colours.reshape(-1, colours.shape[-1]).mean(0)
        whole = Box(0, source.shape[0], 0, source.shape[1])
        face = Box.around(points.min(axis=0), points.max(axis=0)).clipped(whole)
        skin = self.colours(source[face.slices].astype(np.float32))[polygon(face, points[:17])]
        skin = skin if len(skin) else colours.reshape(-1, colours.shape[-1])
        self.line = find_line(colours, self.box, self.head, self.opening, self.style)
        palette = mix_palette(lip, skin, self.line, lipless=self._lipless(), flat=self.style.flat)
        self.lip, self.cavity, self.tongue, self.teeth = palette.lip, palette.cavity, palette.tongue, palette.teeth
        if self._own is not None:
            self._match_teeth(colours[self.distances.max(axis=-1) < -0.5])

    def _lipless(self) -> bool:
        """Are its lips no more than a line, as those of animals are? Then no row of human teeth is in it."""
        across = self.head.points @ self.opening.normal
        upper, lower = across[[61, 62, 63]] - across[[50, 51, 52]], across[[58, 57, 56]] - across[[67, 66, 65]]
        return bool((upper + lower).mean() < _LIPLESS * self.opening.width)

    def _match_teeth(self, inside: np.ndarray) -> None:
        """Take the colour of the picture's own teeth, where what an open mouth shows is bright enough to be teeth."""
        if not len(inside):
            return
        light = brightness(inside)
        bright = inside[light >= np.percentile(light, 75)].mean(axis=0)
        if float(brightness(bright)) > 1.15 * float(brightness(self.lip)) and float(brightness(bright)) > 0.35:
            self.teeth = bright

    def draw(self, box: Box, part: tuple[slice, slice]) -> np.ndarray:
        """Back to front: cavity, tongue, lower and upper teeth, the upper lip's shadow, the picture's own inside."""
        opening, unit = self.opening, self.head.unit * self.scale
        change = self.points - self.head.points
        upper = opening.upper.places + opening.upper.weights @ change
        lower = opening.lower.places + opening.lower.weights @ change
        corners = opening.anatomy.upper[0], opening.anatomy.upper[-1]
        first, last = self.points[corners[0]], self.points[corners[1]]
        chord = last - first
        width = max(float(np.linalg.norm(chord)), 1e-3)
        axis = chord / width
        normal = np.array([-axis[1], axis[0]]) * np.sign(
            opening.axis[0] * opening.normal[1] - opening.axis[1] * opening.normal[0]
        )
        offset = box.centres() - first
        t, n = offset @ axis / width, offset @ normal
        heights = []
        for rim in (upper, lower):
            at = (rim - first) @ axis / width
            order = np.argsort(at)
            heights.append(np.interp(t, at[order], ((rim - first) @ normal)[order]))
        roof, floor = heights
        gap = np.maximum(floor - roof, 0)
        most = float(gap.max(initial=0.0))
        soft = max(0.012 * unit, 0.8)

        flat = self.style.flat
        shown = smoothstep(np.array(most / (0.06 * unit)))
        colour = (0.5 * (1 - shown) + shown) * self.cavity + 0.5 * (1 - shown) * self.lip
        inside = np.broadcast_to(colour, (*t.shape, len(colour))).astype(np.float32).copy()
        inside *= (1 - 0.25 * (1 - flat) * np.clip((n - roof) / max(most, 1e-3), 0, 1) * shown)[:, :, None]

        hill = np.clip(1 - ((t - 0.5) / 0.36) ** 2, 0, 1) ** 0.7
        over = (n - (floor - 0.55 * most * hill)) / (0.05 * unit)
        tongue = smoothstep(over) * smoothstep(np.array((most - 0.08 * unit) / (0.12 * unit)))
        light = 0.78 + 0.34 * np.exp(-(((t - 0.5) / 0.2) ** 2)) * np.exp(-((over - 1.6) ** 2))
        light = light - 0.25 * np.exp(-(((t - 0.5) / 0.035) ** 2)) * smoothstep(over - 1.5)
        light = light + flat * (1 - light)
        _lay(inside, tongue, np.clip(light[:, :, None] * self.tongue, 0, 1))

        spread = width / (opening.width * self.scale)
        wide, smile = (
            float(smoothstep(np.array((spread - 0.55) / 0.4))),
            float(smoothstep(np.array((spread - 1) / 0.3))),
        )
        middle = self.pose[:, :2] @ opening.upper.places[len(opening.upper.places) // 2] + self.pose[:, 2]
        lip = float(np.interp(0.5, (upper - first) @ axis / width, (upper - first) @ normal))
        # The teeth hang from the skull, and never far below the lip.
        hangs = float((middle - first) @ normal) + (0.06 + 0.04 * smile) * unit
        hangs = min(hangs, lip + (0.04 + 0.08 * wide + 0.08 * smile) * unit, lip + _TALLEST_TEETH * width)
        centre = float((middle - first) @ axis) / width
        teeth = self._row(t, n, centre=centre, edge=hangs, width=width, unit=unit, soft=soft, up=True)
        # They show as the lips part, not with the first slit between them.
        parted = float(smoothstep(np.array((most / unit - 0.015) / 0.06)))
        if self._bare:
            parted *= smile * float(self.line is not None)
        _lay(inside, parted * teeth[0], teeth[1])
        if most > 0.3 * unit and not self._bare:
            bottom = float(np.interp(0.5, (lower - first) @ axis / width, (lower - first) @ normal)) - 0.06 * unit
            row = self._row(t, n, centre=0.5, edge=bottom, width=width, unit=unit, soft=soft, up=False)
            _lay(inside, row[0] * smoothstep(np.array((most / unit - 0.3) / 0.12)), 0.85 * row[1])

        shadow = 0.45 * (1 - flat) * np.exp(-np.maximum(n - roof, 0) / (0.05 * unit))
        inside *= (1 - shadow)[:, :, None]
        # The corners are flesh in shadow: black ones look like dents.
        corner = (1 - flat) * smoothstep(1 - np.minimum(t, 1 - t) / 0.2)
        _lay(inside, 0.85 * corner, np.broadcast_to(0.5 * self.cavity + 0.22 * self.lip, inside.shape))
        painted = self.painted(inside)
        if self._own is None:
            return painted
        clean, at_rest, whole, teeth_only = self._own
        still = self.stillness()
        held = self.head.points[_LIP_INNER] @ self.pose[:, :2].T + self.pose[:, 2]
        far = float(smoothstep(np.abs(self.points[_LIP_INNER] - held).max() / (0.2 * unit)))
        matrix = self._teeth_pose(width)
        texture = self.moved(clean if not still else clean + still * (at_rest - clean), matrix, box)
        mask = self.moved(whole + far * (teeth_only - whole), matrix, box)
        return painted + mask * (texture - painted)

    def finish(self, drawn: np.ndarray, box: Box) -> None:
        if self.line is None:
            return
        change = self.points - self.head.points
        edges = [rim.places + rim.weights @ change for rim in (self.opening.upper, self.opening.lower)]
        most = float(np.linalg.norm(edges[1] - edges[0], axis=1).max())
        thick = self.line.thickness * self.scale
        share = smoothstep(np.array(most / (0.7 * thick)))
        if not share:
            return
        lines = [line_along(edge, edge[-1] - edge[0], thick, 0.0, box, upper=k == 0) for k, edge in enumerate(edges)]
        drawn += share * np.maximum(*lines) * (self.painted(self.line.colour) - drawn)

    def _teeth_pose(self, width: float) -> np.ndarray:
        """The skull's similarity, stretched a little along the mouth when it widens: no gaps beside the teeth."""
        wider = float(np.clip(width / (self.opening.width * self.scale), 1.0, 1.25))
        along = np.eye(2) + (wider - 1) * np.outer(self.opening.axis, self.opening.axis)
        middle = self.opening.origin + self.opening.axis * self.opening.width / 2
        matrix = self.pose[:, :2] @ along
        return np.concatenate(
            [matrix, (self.pose[:, :2] @ middle + self.pose[:, 2] - matrix @ middle)[:, None]], axis=1
        )

    def _row(
        self,
        t: np.ndarray,
        n: np.ndarray,
        *,
        centre: float,
        edge: float,
        width: float,
        unit: float,
        soft: float,
        up: bool,
    ) -> tuple[np.ndarray, np.ndarray]:
        """A row of teeth: its share of each pixel (h, w), and its colours (h, w, c)."""
        across = (t - centre) * width / unit
        bow = 0.09 * unit * (across / 0.4) ** 2
        each = 0.125 if up else 0.09
        # Rounded corners: the edge rises toward the gaps between teeth.
        phase = np.abs((across / each) % 1 - 0.5) * 2
        bow = bow + 0.010 * (1 - self.style.flat) * unit * phase**4
        share = np.clip(((edge - bow - n) if up else (n - edge - bow)) / soft + 0.5, 0, 1)
        share *= smoothstep((0.50 - np.abs(across)) / 0.12) * smoothstep((np.minimum(t, 1 - t) - 0.03) / 0.12)
        light = 1 - 0.13 * np.clip((phase - 0.86) / 0.14, 0, 1) - 0.5 * np.clip((np.abs(across) - 0.18) / 0.4, 0, 1)
        light = light + self.style.flat * (1 - light)
        return share, np.clip(light[:, :, None] * self.teeth, 0, 1)


def _lay(under: np.ndarray, share: np.ndarray, colours: np.ndarray) -> None:
    under += share[:, :, None] * (colours - under)
