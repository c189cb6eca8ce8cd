# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes: the picture's own eyeball, never squashed, under lids of clean skin with their lash line."""

from __future__ import annotations

import cv2
import numpy as np

from ..landmarks import PARTS
from ..layers import Head, Moment, Opening
from ..layers.eye_inside import eye_state
from ..layers.fields import smoothstep
from .interior import Interior
from .maps import Box, spread
from .masks import brightness, face_outline, polygon
from .style import Style

# In units of the eye distance
_LASH = 0.022
_LASH_SHADOW = 0.025
_SHADE_REACH = 0.04
_SKIN_BLUR = 0.13
# How far from rim to brow the lid's own skin reaches, and how much of the picture's it replaces when shut
_LID_REACH = 0.65
_LID_WEIGHT = 0.9
_LASH_WEIGHT = 0.75
_LASHES = 0.65
# Skin up to a brow that lies on the lid gives way at most so far, and a brow closer than this lies on it.
_CLOSE, _NARROW = 0.12, 0.3
# Half as thick as a brow, about
_BROW = 0.07
# So far below an eye what is no skin goes when it shuts
_BELOW = 0.09
# So far around it the eyeball of a layer goes on
_BALL = 0.35


class Eye(Interior):
    """An eye of a picture."""

    def __init__(
        self, source: np.ndarray, head: Head, opening: Opening, style: Style | None = None, *, alpha: bool
    ) -> None:
        super().__init__(source, head, opening, style, alpha=alpha)
        inside = self.distances.max(axis=-1) < 0
        # What lies close under the upper edge is lashes and their shadow, no eyeball.
        clean = inside & (self.distances[:, :, 0] < -_LASH_SHADOW * head.unit)
        self._ball, self._ball_at_rest = self.filled(clean if clean.sum() > 0.3 * inside.sum() else inside)
        skin, weight = self._lid_skin(inside)
        # Only where it paints: the patches of two eyes overlap, and one must not wipe the other's lid away.
        rows, columns = (np.flatnonzero((weight[:, :, 0] > 0).any(axis=axis)) for axis in (1, 0))
        self._part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else np.s_[0:0, 0:0]
        self._lid = skin[self._part], weight[self._part]
        self._state = eye_state(opening, self.moment)
        self._dressed = False

    def begin(self, moment: Moment) -> None:
        super().begin(moment)
        self._state = eye_state(self.opening, moment)

    def dress(self, work: np.ndarray) -> None:
        share = self._state.lid
        if not share and not self._dressed:
            return
        skin, weight = self._lid
        patch = self.patch[self._part]
        mixed = patch + (weight * share) * (skin - patch)
        work[self.box.slices][self._part] = np.clip(np.rint(mixed), 0, self.full).astype(work.dtype)
        self._dressed = bool(share)

    def draw(self, box: Box, part: tuple[slice, slice]) -> np.ndarray:
        state = self._state
        ball = self._ball if not state.still else self._ball + state.still * (self._ball_at_rest - self._ball)
        seen = self.moved(ball, state.ball, box)
        # The lid's shadow, and right under the edge the lashes, which moved away with it.
        shade, lashes = self._shades(self.below[part])
        shade = np.maximum(state.shade * shade, (1 - state.still) * lashes)
        colours = seen[..., :-1] if self.alpha else seen
        colours *= 1 - shade[:, :, None]
        return seen

    def _shades(self, below: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How dark the lid's shadow and its lashes are `below` px under its edge, at most; (h, w) each, 0..1."""
        depth = below / self.head.unit
        shadow = np.exp(-depth / _SHADE_REACH)
        return shadow, _LASHES * np.exp(-((depth / _LASH_SHADOW) ** 2))

    def images(self, box: Box) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        name = self.opening.name
        near = self.near(_BALL * self.head.unit)
        if self.alpha:
            near = near * self.patch[..., -1:] / self.full
        changed = (self._ball_at_rest != self._ball).any(axis=-1, keepdims=True)
        found = {
            f"{name}_inside": (self._ball, near),
            f"{name}_inside_rest": (self._ball_at_rest, changed.astype(np.float32)),
        }
        black = self.painted(np.zeros(self.patch.shape[-1] - self.alpha))
        below = np.maximum(-self.opening.cover(box.centres())[0], 0)
        for kind, share in zip(("shade", "lashes"), self._shades(below), strict=True):
            found[f"{name}_{kind}"] = (black * np.ones((*share.shape, 1), np.float32), share[:, :, None])
        skin, weight = self._lid
        lid, share = self.patch.copy(), np.zeros_like(self.patch[..., :1])
        lid[self._part], share[self._part] = skin, weight
        for side, distance in zip(("upper", "lower"), np.moveaxis(self.distances, -1, 0), strict=True):
            found[f"{name}_lid_{side}"] = (lid, share * np.clip(distance + 0.5, 0, 1)[:, :, None])
        return found

    def _lid_skin(self, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What a closing lid is made of: pixels of the patch, and their weight (h, w, 1) when it is shut."""
        head, opening = self.head, self.opening
        unit = head.unit
        centres = self.box.centres()
        along, down = opening.local(centres)
        rim, _ = opening.edges(along)
        rise = rim - down
        brow = self._brow_height(along)
        # Fades in above the rim's corners, out toward the brow.
        # .. but all that is stretched where a brow lies on the lid
        room = self._room(along)
        stretches = np.minimum(room - np.minimum(0.13 * unit, 0.45 * room), _CLOSE * unit)
        reach = np.maximum(np.maximum(_LID_REACH * (brow + rim), 0.06 * unit), stretches)
        beyond = np.maximum(np.maximum(-along, along - 1), 0) * opening.width
        weight = smoothstep((reach - rise) / (0.5 * reach) + 0.5) * smoothstep(0.6 - beyond / (0.14 * unit))
        weight *= smoothstep(0.35 + 4 * np.minimum(along, 1 - along))
        weight *= np.clip(rise / (0.05 * unit) + 1, 0, 1)

        skin = self._clean_skin(inside)
        mean = spread(self.patch, skin, _SKIN_BLUR * unit) if skin.any() else self.patch
        # The shadow beside an eye under a brow that lies on it would be stretched, too.
        darker = brightness(self.colours(mean)) - brightness(self.colours(self.patch))
        beside = smoothstep((_NARROW * unit - room) / (0.4 * _NARROW * unit)) * smoothstep(1.5 - beyond / (0.14 * unit))
        beside *= smoothstep((reach - rise) / (0.5 * reach) + 0.5) * np.clip(rise / (0.05 * unit) + 1, 0, 1)
        weight = np.maximum(weight, beside * smoothstep((darker - 0.06) / 0.08))
        # A brow stays a brow, also one that lies on the lid.
        weight *= smoothstep((room - rise) / (_BROW * unit))
        weight = cv2.GaussianBlur(weight.astype(np.float32), (0, 0), max(0.02 * unit, 0.5))[:, :, None]
        colours = mean[..., :-1] if self.alpha else mean
        # A lid is a bulge: lighter in its middle, darker where it goes under the brow.
        height = np.clip(rise / reach, 0, 1)
        bulge = np.exp(-(((height - 0.4) / 0.28) ** 2)) * np.exp(-(((along - 0.5) / 0.38) ** 2))
        fold = np.exp(-(((height - 0.92) / 0.10) ** 2)) * np.clip(1.2 - 2 * np.abs(along - 0.5), 0, 1)
        colours *= (1 + 0.05 * bulge - 0.10 * fold)[:, :, None]
        # The lash line, thickest past the middle, gone at the corners.
        thick = _LASH * unit * np.clip(4 * along * (1 - along), 0, 1) ** 0.5
        # .. and thinner where it will be stretched
        thick *= np.clip(room / (_NARROW * unit), 0.4, 1)
        lash = smoothstep((thick - np.abs(rise - 0.15 * thick)) / max(0.02 * unit, 0.8) + 0.45) * (thick > 0)
        lash = (_LASH_WEIGHT * lash)[:, :, None]
        strip, local = self._left_below(along, down - opening.edges(along)[1])
        mean += strip * (local - mean)
        weight = np.maximum(weight, strip)
        colours += lash * (self._lash_colour(inside) - colours)
        return mean, np.maximum(_LID_WEIGHT * weight, lash).astype(np.float32)

    def _left_below(self, along: np.ndarray, below: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What shows `below` px under the lower edge and is unlike the skin farther down, (h, w, 1) 0..1, and that
        skin (h, w, C): points are off by a little, and it is eyeball, or the line under it."""
        unit = self.head.unit
        farther = (below > _BELOW * unit) & (below < 2 * _BELOW * unit) & (along > -0.1) & (along < 1.1)
        if not farther.any():
            return np.zeros((*below.shape, 1), np.float32), self.patch
        local = spread(self.patch, farther, 0.04 * unit)
        strip = smoothstep((_BELOW * unit - below) / (0.5 * _BELOW * unit)) * (below > -0.01 * unit)
        # What is light is eyeball, to its corners; what is dark may be the shadow round the eye, which goes on there.
        light = brightness(self.colours(self.patch)) > brightness(self.colours(local))
        inward = np.minimum(along, 1 - along)
        strip *= np.where(light, smoothstep(inward / 0.08 + 0.5), smoothstep(inward / 0.35))
        unlike = np.abs(self.patch - local).max(axis=-1) / self.full
        strip = cv2.GaussianBlur((strip * smoothstep((unlike - 0.05) / 0.08)).astype(np.float32), (0, 0), 1.0)
        return strip[:, :, None], local

    def _brow_height(self, along: np.ndarray) -> np.ndarray:
        """How far above the chord the lower edge of the brow is; px."""
        brow = self.opening.name.replace("eye", "brow")
        if brow not in self.head.present:
            return np.full(along.shape, 0.4 * self.head.unit)
        t, n = self.opening.local(self.head.points[PARTS[brow]] + 0.10 * self.head.unit * self.head.down)
        order = np.argsort(t)
        return np.maximum(np.interp(along, t[order], -n[order]), 0.08 * self.head.unit)

    def _room(self, along: np.ndarray) -> np.ndarray:
        """How far the brow is above the eye's upper edge; px."""
        brow = self.opening.name.replace("eye", "brow")
        if brow not in self.head.present:
            return np.full(along.shape, self.head.unit)
        t, n = self.opening.local(self.head.points[PARTS[brow]])
        order = np.argsort(t)
        return np.maximum(self.opening.edges(along)[0] - np.interp(along, t[order], n[order]), 0)

    def _clean_skin(self, inside: np.ndarray) -> np.ndarray:
        """Skin of the patch without eye, brow and shadow; (h, w) bool."""
        unit, head = self.head.unit, self.head
        away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 3) > 0.09 * unit
        brow = self.opening.name.replace("eye", "brow")
        hidden = np.zeros(inside.shape, np.uint8)
        if brow in head.present:
            line = np.round((head.points[PARTS[brow]] + 0.05 * unit * head.down - (self.box.left, self.box.top)) * 16)
            thickness = max(round(0.22 * unit), 1)
            cv2.polylines(hidden, [line.astype(np.int32)], False, 1, thickness, cv2.LINE_8, 4)
        face = polygon(self.box, face_outline(head))
        candidate = away & (hidden == 0) & face
        if not candidate.any():
            return away
        light = brightness(self.colours(self.patch))
        below = candidate & (self.distances[:, :, 1] > 0)
        usual = float(np.median(light[below if below.any() else candidate]))
        clean = candidate & (light > 0.75 * usual) & (light < 1.3 * usual + 0.05)
        return clean if clean.sum() > 0.1 * candidate.sum() else candidate

    def _lash_colour(self, inside: np.ndarray) -> np.ndarray:
        colours = (self.patch[..., :-1] if self.alpha else self.patch)[inside]
        if not len(colours):
            return np.zeros(self.patch.shape[-1] - self.alpha, np.float32)
        light = brightness(colours)
        return 0.7 * colours[light <= np.percentile(light, 8)].mean(axis=0)
