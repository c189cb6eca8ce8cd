# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouths: a cavity, a tongue and teeth in the picture's own palette, and what the picture itself shows of them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..layers import Head, Opening
from ..layers.fields import smoothstep
from ..layers.mouth_inside import SHADOW, TEETH_ACROSS, TEETH_RISE, TONGUE, WIDE, MouthState, lipless, mouth_state
from ..layers.strips import lip_lines, strip_matte
from .interior import Interior
from .line_mouth import find_line, without_line
from .maps import Box, canvas
from .masks import brightness, polygon, polygon_cover
from .mouth_paint import MouthPaint
from .palette import Palette, mix_palette
from .ring import line_along
from .style import Style

# How far under the upper lip the lower one goes where they meet, and how near that is, px
_UNDER, _NEAR = 1.5, 3.0
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
        self.line = find_line(self.colours(self.patch), self.box, self.head, self.opening, self.style)
        self.paint = self._mix_palette(source)
        self._plain: tuple[np.ndarray, np.ndarray] | None = None
        if self.line is not None:
            self._plain = without_line(self.patch, self.colours(self.patch), opening, self.box, self.line)
        self._dressed = False
        if self._own is not None:
            # What looks like lip within the tracked edges is lip: it must not hang in an open mouth.
            away_from_lip = np.linalg.norm(self.colours(self._own[0]) - self.paint.palette.lip, axis=-1)
            keep = smoothstep((away_from_lip - 0.10) / 0.12).astype(np.float32)
            keep = cv2.GaussianBlur(keep, (0, 0), max(0.025 * head.unit, 0.5))[:, :, None]
            self._own = (*self._own[:3], self._own[3] * keep)

    def _mix_palette(self, source: np.ndarray) -> MouthPaint:
        points = self.head.points
        lips = polygon(self.box, points[_LIP_OUTER]) & ~polygon(self.box, points[_LIP_INNER])
        colours = self.colours(self.patch)
        lip = np.median(colours[lips], axis=0) if lips.any() else colours.reshape(-1, colours.shape[-1]).mean(0)
        whole = Box(0, source.shape[0], 0, source.shape[1])
        face = Box.around(points.min(axis=0), points.max(axis=0)).clipped(whole)
        skin = self.colours(source[face.slices].astype(np.float32))[polygon(face, points[:17])]
        skin = skin if len(skin) else colours.reshape(-1, colours.shape[-1])
        no_lips = lipless(self.head, self.opening)
        palette = mix_palette(lip, skin, self.line, lipless=no_lips, flat=self.style.flat)
        if self._own is not None:
            palette = _with_teeth_of(palette, colours[self.distances.max(axis=-1) < -0.5])
        return MouthPaint(palette, self.style.flat)

    def _state(self) -> MouthState:
        return mouth_state(self.opening, self.moment, line=None if self.line is None else self.line.thickness)

    def dress(self, work: np.ndarray) -> None:
        if self._plain is None:
            return
        share = self._state().lines
        if share or self._dressed:
            skin, weight = self._plain
            # Only where it paints: an eye may have been taken out beside it.
            changed = weight[:, :, 0] > 0
            before, after = self.patch[changed], skin[changed]
            mixed = before + (weight[changed] * share) * (after - before)
            work[self.box.slices][changed] = np.clip(np.rint(mixed), 0, self.full).astype(work.dtype)
            self._dressed = bool(share)

    def cover(self, upper: np.ndarray, lower: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        above, below = self.depths(upper, lower)
        if self.line is None:
            # Lips that meet leave no gap: the lower one goes on under the upper one.
            under = _UNDER * float(np.clip(1 - self._state().most / _NEAR, 0, 1))
            shares = [np.clip(each + 0.5, 0, 1)[:, :, None] for each in (above, below + under)]
            return shares[0], shares[1]
        # The inside is laid over the skin.
        share = np.clip(above - below + 0.5, 0, 1)[:, :, None]
        return share, 1 - share

    def draw(self, box: Box, part: tuple[slice, slice]) -> np.ndarray:
        """Back to front: cavity, tongue, upper and lower teeth, the upper lip's shadow, the picture's own inside."""
        paint = self.paint
        state = self._state()
        t, n = state.local(box.centres())
        roof = state.heights(t)[0]
        inside = np.broadcast_to(paint.slit, (*t.shape, len(paint.slit))).astype(np.float32)
        inside = inside + state.shown * (paint.cavity(state.depth(t, n)) - inside)
        share, colours = paint.tongue(t, state.tongue_rise(t, n))
        _lay(inside, state.tongue * share, colours)
        within = smoothstep((np.minimum(t, 1 - t) - 0.03) / 0.12)
        soft = max(0.012, 0.8 / state.unit)
        if state.upper:
            across = (t - state.centre) * state.width / state.unit
            share, colours = paint.teeth(across, (state.hangs - n) / state.unit, soft, upper=True)
            _lay(inside, state.upper * within * share, colours)
        if state.lower:
            across = (t - 0.5) * state.width / state.unit
            share, colours = paint.teeth(across, (n - state.bottom) / state.unit, soft, upper=False)
            _lay(inside, state.lower * within * share, colours)
        inside *= (1 - paint.shadow((n - roof) / state.unit))[:, :, None]
        share, colours = paint.corners(t)
        _lay(inside, share, colours)
        painted = self.painted(inside)
        if self._own is None:
            return painted
        clean, at_rest, whole, teeth_only = self._own
        texture = clean if not state.still else clean + state.still * (at_rest - clean)
        mask = self.moved(whole + state.far * (teeth_only - whole), state.own, box)
        return painted + mask * (self.moved(texture, state.own, box) - painted)

    def images(self, box: Box) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        paint, unit = self.paint, self.head.unit
        wide = int(np.clip(self.opening.width, 32, 512))
        tall = int(np.clip(unit, 32, 512))

        def grid(across: tuple[float, float], down: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
            x, y = (
                (np.arange(n) + 0.5) / n * (ends[1] - ends[0]) + ends[0] for n, ends in ((wide, across), (tall, down))
            )
            t, depth = np.meshgrid(x, y)
            return t, depth

        t, depth = grid(WIDE, (0.0, 1.0))
        whole = np.ones((*t.shape, 1), np.float32)
        parts = {"inside": (paint.slit * whole, whole), "cavity": (paint.cavity(depth), whole)}
        share, colours = paint.tongue(*grid(WIDE, TONGUE))
        parts["tongue"] = colours, share[:, :, None]
        soft = max(0.012, 0.8 / unit)
        for name, rise in (("upper", TEETH_RISE[::-1]), ("lower", TEETH_RISE)):
            share, colours = paint.teeth(*grid(TEETH_ACROSS, rise), soft, upper=name == "upper")
            parts[f"teeth_{name}"] = colours, share[:, :, None]
        black = np.zeros_like(paint.slit) * whole
        parts["shadow"] = black, paint.shadow(grid(WIDE, SHADOW)[1])[:, :, None]
        share, flesh = paint.corners(t)
        parts["corners"] = flesh * whole, share[:, :, None]
        found = {f"mouth_{name}": (self.painted(colours), share) for name, (colours, share) in parts.items()}
        if self._own is not None:
            clean, at_rest, whole, teeth_only = self._own
            changed = (at_rest != clean).any(axis=-1, keepdims=True)
            found["mouth_own"], found["mouth_own_edge"] = (clean, teeth_only), (clean, whole)
            found["mouth_own_rest"] = at_rest, whole * changed
        if self.line is not None:
            matte = strip_matte(len(self.opening.upper.places))[:, :, None]
            line = self.painted(self.line.colour) * np.ones_like(matte)
            found["mouth_line_upper"] = found["mouth_line_lower"] = line, matte
        if self._plain is not None:
            skin, weight = self._plain
            above, below = np.moveaxis(self.distances, -1, 0)
            found["mouth_lid_lower"] = skin, weight
            found["mouth_lid_upper"] = skin, weight * np.clip(above - below + 0.5, 0, 1)[:, :, None]
        return found

    def lay(self, drawn: np.ndarray) -> None:
        if self.line is None:
            return
        state, thick = self._state(), self.line.thickness * self.scale
        upper, lower = self.moment.edges(self.opening)
        places = np.concatenate([upper, lower])
        margin = thick + 2
        box = Box.around(places.min(axis=0) - margin, places.max(axis=0) + margin).clipped(canvas(drawn.shape[1::-1]))
        if box.empty or not state.lines:
            return
        pixels = drawn[box.slices].astype(np.float32)
        inside = polygon_cover(np.concatenate([upper, lower[::-1]]), box)
        pixels += state.lines * inside * (self.draw(box, np.s_[:, :]) - pixels)
        lines = [line_along(strip, box) for strip in lip_lines(upper, lower, thick)]
        pixels += state.lines * np.maximum(*lines) * (self.painted(self.line.colour) - pixels)
        drawn[box.slices] = np.clip(np.rint(pixels), 0, self.full).astype(drawn.dtype)


def _with_teeth_of(palette: Palette, inside: np.ndarray) -> Palette:
    """With the colour of the picture's own teeth, where what an open mouth shows (n, c) is bright enough to be some."""
    if not len(inside):
        return palette
    light = brightness(inside)
    bright = inside[light >= np.percentile(light, 75)].mean(axis=0)
    if float(brightness(bright)) > max(1.15 * float(brightness(palette.lip)), 0.35):
        return replace(palette, teeth=bright)
    return palette


def _lay(under: np.ndarray, share: np.ndarray, colours: np.ndarray) -> None:
    under += share[:, :, None] * (colours - under)
