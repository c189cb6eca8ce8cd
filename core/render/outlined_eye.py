# SPDX-License-Identifier: GPL-3.0-or-later
"""A drawn eye: eyeball and lines taken out of the picture, and laid over the skin of a frame where its lids are.

What is around it, folds, brows, hair that hangs over it, stays as it is: the lid that closes is the skin that was
filled in behind the eye.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..landmarks import HALF_PIXEL, PARTS
from ..layers import Head, Lash, Moment, Opening
from ..layers.drawn_lids import SHADE_DEPTHS, SHADE_REACH, SHADOW, DrawnEye, DrawnState
from ..layers.strips import strip_matte
from .eye_view import skin_around
from .lash import Grains, find_lashes, line_matte
from .maps import Box, fill, spread
from .masks import brightness, face_outline, polygon
from .ring import line_along

# How far a line and its lashes may reach beyond the edges, in eye widths
_LASHES = 0.4
# A line as thick all around that has a colour of its own, lighter than this share of the skin, is a rim: it stays, and
# the lid closes within it.
_EVEN, _COLOURED, _RIM = 0.7, 0.12, 0.4
# Where skin with the same grain is looked for, in sizes of the eye
_NEARBY = (0.7, 0.85, 1.0, 1.2, 1.5, 2.0)
# Skin whose mean differs less is of one kind; 0..1
_ALIKE = 0.12
# What differs less from the skin is skin, what differs more is something else; 0..1
_SKIN, _OTHER = 0.05, 0.12
# As thick as a brow surely is, in units
_BROW = 0.16
# Of what is around it, at least this share is to be skin.
_ENOUGH = 0.25
# The eyeball is what lies deeper than this in the opening, px.
_EDGE = 2.5


class OutlinedEye:
    """The drawn eye of a picture: `erase` takes it out of what is sampled, `draw` lays it over a frame.

    shape: the one given, with what was found of rim and lashes.
    """

    def __init__(
        self,
        source: np.ndarray,
        head: Head,
        opening: Opening,
        *,
        alpha: bool,
        clean: bool,
        flat: float = 0.0,
        interpolation: int = cv2.INTER_LINEAR,
    ) -> None:
        assert opening.shape is not None
        self.head, self.opening, self.alpha, self._flat = head, opening, alpha, flat
        self._interpolation = interpolation
        self.full = float(np.iinfo(source.dtype).max)
        self._size = source.shape[1], source.shape[0]
        self.eye = DrawnEye(head, opening, self._size)
        self.box = Box.around(self.eye.low, self.eye.high)
        self.patch = source[self.box.slices].astype(np.float32)
        self._take_apart(source, clean=clean)

    def _take_apart(self, source: np.ndarray, *, clean: bool) -> None:
        opening, unit = self.opening, self.head.unit
        shape = opening.shape
        assert shape is not None
        centres = self.box.centres()
        t, n = opening.local(centres)
        beyond = np.maximum(-t, t - 1) * opening.width
        depth = np.maximum(np.maximum(*opening.cover(centres)), beyond).astype(np.float32)
        inside = depth < 0
        away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5)
        edges = opening.edges(np.clip(t, 0, 1))
        differs = skin_around(source, self.head, opening, self.box, alpha=self.alpha)
        thick = max(shape.band)
        skin = (differs < _SKIN) & (away > thick + 3)
        if skin.sum() < 0.05 * skin.size:
            skin = away > thick + 3
        skin = cv2.erode(skin.astype(np.uint8), np.ones((2 * round(0.015 * unit) + 3,) * 2, np.uint8)) > 0
        colours, behind = self._colours(self.patch), fill(self.patch, skin)
        line, near = self._line_colour(colours, away)
        self.ball = self._eyeball(depth, line)
        rim = line is not None and self._is_rim(self._usual_line, behind[inside])
        matte = np.zeros(inside.shape, np.float32)
        if line is not None and not rim:
            ground = np.where(inside[..., None], self._colours(self.ball), self._colours(behind))
            down = np.clip((n - edges[0].min()) / max(float(edges[1].max() - edges[0].min()), 1e-6), 0, 1)
            close = ~inside & (away < shape.band[0] + (shape.band[1] - shape.band[0]) * down + 2)
            matte = self._line_matte(colours, ground, line, near, away, close, differs)
            matte *= depth > -_EDGE
        self.erased = (depth < 1.5) | (cv2.dilate(matte, np.ones((5, 5), np.uint8)) > 0.04)
        known = skin & (cv2.dilate(self.erased.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0)
        plain = fill(self.patch, known, wanted=self.erased)
        made = plain if clean else self._grained(plain, source, differs < _OTHER, rim=rim)
        self.plate = np.where(self.erased[..., None], made, self.patch)
        ink = self._thin_colour(inside) if line is None or rim else line
        self._ink = self._opaque(ink)
        laid = self.plate + np.clip(0.5 - depth, 0, 1)[..., None] * (self.ball - self.plate)
        own = np.clip(laid + (self.patch - laid) / np.maximum(matte, 0.02)[..., None], 0, self.full)
        self._own = np.where(matte[..., None] > 0.35, own, self._ink).astype(np.float32)
        self._split(matte, n < (edges[0] + edges[1]) / 2, rim=rim)

    def _split(self, matte: np.ndarray, upper: np.ndarray, *, rim: bool) -> None:
        """Tell lines and lashes apart, and note in the shape what is there."""
        assert self.opening.shape is not None
        shape = replace(self.opening.shape, rim=rim, lashes=())
        eye = DrawnEye(self.head, replace(self.opening, shape=shape), self._size)
        self._lines: dict[str, tuple[np.ndarray, Grains]] = {}
        self._lashes: list[tuple[Lash, np.ndarray, Grains]] = []
        for name, part in (("lower", ~upper), ("upper", upper)):
            if shape.thin:
                break
            own = matte * part
            line, lashes = find_lashes(own, self.box, name, eye.rest[name], eye.lines[name])
            self._lines[name] = own * line, self._grains(own, line)
            # A lid within a ring has no lashes; what looks like it is the ring.
            for lash, where in lashes if shape.lid is None else ():
                self._lashes.append((lash, own * where, self._grains(own, where)))
        self.shape = replace(shape, lashes=tuple(lash for lash, *_ in self._lashes))
        self.opening = replace(self.opening, shape=self.shape)
        self.eye = DrawnEye(self.head, self.opening, self._size)
        self._beside = {name: self.eye.rest[name].beside(grains.places) for name, (_, grains) in self._lines.items()}

    def _grains(self, matte: np.ndarray, part: np.ndarray) -> Grains:
        image = np.concatenate([self._own * matte[..., None], matte[..., None]], axis=-1).astype(np.float32)
        return Grains.of(image, part, self.box)

    def _line_matte(
        self,
        colours: np.ndarray,
        ground: np.ndarray,
        line: np.ndarray,
        near: np.ndarray,
        away: np.ndarray,
        close: np.ndarray,
        differs: np.ndarray,
    ) -> np.ndarray:
        """How much of each pixel is the eye's line or a lash; (h, w), 0..1."""
        shape, head = self.opening.shape, self.head
        assert shape is not None
        thick = max(shape.band)
        reach = 1.35 * thick + 2 if shape.lid is not None else thick + _LASHES * self.opening.width
        matte = line_matte(colours, ground, line, full=self.full)
        matte *= np.clip((reach - away) / max(0.3 * reach, 2.0), 0, 1)
        # Hair and brows that it runs into are their own, and so is the face's outline.
        other = ((differs > _OTHER) & (matte < 0.4) & (away > 2)).astype(np.uint8)
        other = cv2.morphologyEx(other, cv2.MORPH_OPEN, np.ones((2 * round(0.02 * head.unit) + 3,) * 2, np.uint8))
        other |= self._brow()
        other |= ~polygon(self.box, face_outline(head))
        # Along the edge all else that is not skin is line, lighter where it is.
        unlike = np.abs(colours - ground).max(axis=-1)
        usual = max(float(np.median(unlike[near])), 1.0)
        matte = np.where(close, np.maximum(matte, np.clip(1.6 * unlike / usual - 0.1, 0, 1)), matte)
        matte *= np.clip((cv2.distanceTransform(1 - other, cv2.DIST_L2, 5) - 1 - 0.1 * thick) / 2, 0, 1)
        kept = _touching(matte > 0.35, (away > 0) & (away < 3.5))
        return (matte * cv2.dilate(kept.astype(np.uint8), np.ones((3, 3), np.uint8))).astype(np.float32)

    def _brow(self) -> np.ndarray:
        """Where the eye's brow surely is; (h, w), 0 or 1."""
        found = np.zeros(self.box.shape, np.uint8)
        brow = self.opening.name.replace("eye", "brow")
        if brow in self.head.present:
            line = np.round((self.head.points[PARTS[brow]] - HALF_PIXEL - (self.box.left, self.box.top)) * 16)
            cv2.polylines(
                found, [line.astype(np.int32)], False, 1, max(round(_BROW * self.head.unit), 1), cv2.LINE_8, 4
            )
        return found

    def _grained(self, plain: np.ndarray, source: np.ndarray, skin: np.ndarray, *, rim: bool) -> np.ndarray:
        """The filled skin with the grain of a piece of skin nearby: that one which fits best around its edge."""
        rows, columns = np.flatnonzero(self.erased.any(axis=1)), np.flatnonzero(self.erased.any(axis=0))
        ring = round(0.06 * self.head.unit) + 3
        hole = Box(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1).grown(ring)
        hole = hole.clipped(Box(0, self.box.shape[0], 0, self.box.shape[1]))
        erased = self.erased[hole.slices].astype(np.uint8)
        around = (cv2.dilate(erased, np.ones((2 * ring - 1,) * 2, np.uint8)) > 0) & (erased == 0)
        # A brow that it runs into lends it no colour.
        own = around & skin[hole.slices]
        around = own if own.sum() > _ENOUGH * around.sum() else around
        here = self.patch[hole.slices]
        if rim:
            # There is no skin at its edge: it is to be like what was filled in.
            around, here = erased > 0, plain[hole.slices]
        canvas = Box(0, source.shape[0], 0, source.shape[1])
        found: tuple[float, np.ndarray] | None = None
        for distance in _NEARBY:
            for angle in np.arange(0, 2 * np.pi, np.pi / 8):
                step = distance * np.array([hole.shape[1] * np.cos(angle), hole.shape[0] * np.sin(angle)])
                across, down = (round(each) for each in step)
                there = hole.moved(self.box.left + across, self.box.top + down)
                if there.clipped(canvas) != there or self._covers_parts(there, erased > 0):
                    continue
                piece = source[there.slices].astype(np.float32)
                off = self._colours(here - piece)[around]
                # A difference that is the same all around is made up for.
                worth = float(np.abs(off - np.median(off, axis=0)).mean()) + 0.1 * float(np.abs(off).mean())
                if found is None or worth < found[0]:
                    found = worth, piece
        best = self._tiled(plain, hole) if found is None else found[1]
        if best is None:
            return plain
        if rim:
            bridge = spread(here - best, around, max(0.15 * self.head.unit, 1.0))
        else:
            bridge = fill(here - best, around, wanted=erased > 0)
        made = plain.copy()
        made[hole.slices] = np.where(erased[..., None] > 0, np.clip(best + bridge, 0, self.full), plain[hole.slices])
        return made

    def _tiled(self, plain: np.ndarray, hole: Box) -> np.ndarray | None:
        """The largest clean square of skin in the patch, mirrored again and again over the pixels of `hole` in it."""
        usual = np.median(plain[self.erased], axis=0)
        broad = cv2.GaussianBlur(self.patch, (0, 0), max(0.08 * self.head.unit, 1.0)).reshape(self.patch.shape)
        skin = ~self._parts(self.box) & ~self.erased & (np.abs(broad - usual).max(axis=-1) < _ALIKE * self.full)
        far = cv2.distanceTransform(np.pad(skin, 1).astype(np.uint8), cv2.DIST_C, 3)[1:-1, 1:-1]
        row, column = np.unravel_index(int(far.argmax()), far.shape)
        half = int(far[row, column]) - 1
        if half < 4:
            return None
        tile = self.patch[row - half : row + half + 1, column - half : column + half + 1]
        rows, columns = (np.pad(np.arange(len(tile)), (0, side), mode="symmetric")[:side] for side in hole.shape)
        return tile[rows][:, columns]

    def _covers_parts(self, box: Box, mask: np.ndarray) -> bool:
        """Does the mask (h, w), laid into `box` of the picture, lie over parts of the face or beyond it?"""
        return bool(
            (mask & ~polygon(box, face_outline(self.head))).mean() > 0.05
            or (mask & self._parts(box, outline=False)).any()
        )

    def _parts(self, box: Box, *, outline: bool = True) -> np.ndarray:
        """Where in `box` parts of the face are, and, with `outline`, what lies beyond it; (h, w) bool."""
        head = self.head
        found = ~polygon(box, face_outline(head)) if outline else np.zeros(box.shape, bool)
        for name, part in PARTS.items():
            if name == "jaw" or name not in head.present:
                continue
            points = head.points[part]
            grown = points + 0.35 * (points - points.mean(axis=0))
            if name.endswith("brow"):
                grown = np.concatenate([points - 0.08 * head.unit * head.down, points + 0.2 * head.unit * head.down])
            found |= polygon(box, cv2.convexHull(grown.astype(np.float32))[:, 0])
        return found

    def _colours(self, pixels: np.ndarray) -> np.ndarray:
        return pixels[..., :-1] if self.alpha else pixels

    def _opaque(self, colour: np.ndarray) -> np.ndarray:
        return (np.append(colour, self.full) if self.alpha else colour).astype(np.float32)

    def _line_colour(self, colours: np.ndarray, away: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
        """The colour (c,) of the line around the eye, None without one, and where it surely is; (h, w) bool."""
        assert self.opening.shape is not None
        centres = self.box.centres()
        along, _ = self.opening.local(centres)
        sides = self.opening.cover(centres)
        within = (along > 0.12) & (along < 0.88)
        near = np.zeros(away.shape, bool)
        for side, band in zip(sides, self.opening.shape.band, strict=True):
            near |= within & (away > 0) & (side > 0) & (side < max(0.9 * band, min(band, 1.0)))
        if max(self.opening.shape.band) <= 0 or not near.any():
            return None, near
        light = brightness(colours)
        self._usual_line = np.median(colours[near], axis=0)
        near &= light <= np.percentile(light[near], 40)
        return np.median(colours[near], axis=0), near

    def _is_rim(self, line: np.ndarray, skin: np.ndarray) -> bool:
        """Is what runs around the eye, usually of a colour (c,), no outline but part of the eye, as of a goggle's?"""
        assert self.opening.shape is not None
        band = self.opening.shape.band
        usual = float(brightness(np.median(self._colours(skin), axis=0)))
        coloured = float(np.ptp(line)) > _COLOURED * self.full
        return min(band) > _EVEN * max(band) and coloured and float(brightness(line)) > _RIM * usual

    def _thin_colour(self, inside: np.ndarray) -> np.ndarray:
        seen = self._colours(self.patch)[inside]
        if not len(seen):
            return np.zeros(self.patch.shape[-1] - self.alpha, np.float32)
        light = brightness(seen)
        return 0.7 * seen[light <= np.percentile(light, 8)].mean(axis=0)

    def _eyeball(self, depth: np.ndarray, line: np.ndarray | None) -> np.ndarray:
        """The eyeball, going on beyond its edges without their line."""
        clean = depth < -_EDGE
        if line is not None:
            assert self.opening.shape is not None
            dark = (np.abs(self._colours(self.patch) - line).max(axis=-1) < 0.2 * self.full).astype(np.uint8)
            dark = cv2.dilate(dark, np.ones((5, 5), np.uint8)) > 0
            clean &= ~(dark & (depth > -(1.5 * max(self.opening.shape.band) + 3)))
        inside = depth < 0
        clean = clean if clean.sum() > 0.3 * inside.sum() else inside
        return fill(self.patch, clean) if clean.any() else self.patch

    def erase(self, work: np.ndarray) -> None:
        """Take the eye out of the picture that is sampled."""
        work[self.box.slices][self.erased] = np.rint(self.plate[self.erased]).astype(work.dtype)

    def draw(self, drawn: np.ndarray, moment: Moment) -> None:
        """Lay the eye over a frame (H, W, C), its skin already drawn."""
        state = self.eye.state(moment)
        rims = np.concatenate([edge.places for edge in state.edges.values()])
        margin = (self.eye.high - self.eye.low).max() / 2 * state.scale
        box = Box.around(rims.min(axis=0) - margin, rims.max(axis=0) + margin).clipped(
            Box(0, drawn.shape[0], 0, drawn.shape[1])
        )
        if box.empty:
            return
        made = drawn[box.slices].astype(np.float32)
        self._lay_ball(made, box, state)
        for lash, _, grains in self._lashes:
            grains.over(made, self.eye.lash_places(lash, grains.places, state), box, state.scale)
        for name, (_, grains) in self._lines.items():
            places = self.eye.line_places(name, *self._beside[name], state)
            grains.over(made, places, box, state.scale)
        if self.shape.thin:
            made += min(2 * (1 - state.opened), 1.0) * line_along(self.eye.thin_line(state), box) * (self._ink - made)
        if state.still:
            share = state.still * self._with_ball(self.erased.astype(np.float32), box, state, cv2.BORDER_CONSTANT)
            made += share * (self._with_ball(self.patch, box, state, cv2.BORDER_REPLICATE) - made)
        drawn[box.slices] = np.clip(np.rint(made), 0, self.full).astype(drawn.dtype)

    def _with_ball(self, texture: np.ndarray, box: Box, state: DrawnState, border: int) -> np.ndarray:
        """A texture of the patch that goes with the eyeball, in the pixels of `box`; (h, w, C)."""
        places = (box.centres() - state.ball[:, 2]) @ np.linalg.inv(state.ball[:, :2]).T
        where = (places - (self.box.left, self.box.top) - HALF_PIXEL).astype(np.float32)
        return cv2.remap(texture, where, None, self._interpolation, borderMode=border).reshape(*box.shape, -1)

    def _lay_ball(self, made: np.ndarray, box: Box, state: DrawnState) -> None:
        upper, lower = state.edges["upper"], state.edges["lower"]
        t, n = upper.local(box.centres())
        top, bottom = upper.height(t), lower.height(t)
        beyond = np.maximum(-t, t - 1) * np.linalg.norm(upper.along)
        seen = np.clip(n - top + 0.5, 0, 1) * np.clip(bottom - n + 0.5, 0, 1) * np.clip(0.5 - beyond, 0, 1)
        if not seen.any():
            return
        ball = self._with_ball(self.ball, box, state, cv2.BORDER_REPLICATE)
        shade = (1 - state.opened) * self._shade((n - top) / state.scale)
        self._colours(ball)[...] *= 1 - shade[..., None]
        made += seen[..., None].astype(np.float32) * (ball - made)

    def _shade(self, below: np.ndarray) -> np.ndarray:
        """How dark the shadow of a shut lid is `below` px under its edge; 0..1."""
        return (1 - self._flat) * SHADOW * np.exp(-np.maximum(below, 0) / (SHADE_REACH * self.head.unit))

    def images(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Pixels and how much of each is there, by texture; see `core.render.images`."""
        name, one = self.opening.name, np.ones((*self.box.shape, 1), np.float32)
        found = {
            f"{name}_ball": (self.ball, one),
            f"{name}_rest": (self.patch, self.erased[..., None].astype(np.float32)),
        }
        rows = len(SHADE_DEPTHS)
        shade = self._shade(np.array(SHADE_DEPTHS) * self.head.unit)[:, None, None]
        found[f"{name}_shadow"] = self._opaque(np.zeros(len(self._ink) - self.alpha)) * np.ones((rows, 1, 1)), shade
        for line, (matte, _) in self._lines.items():
            found[f"{name}_line_{line}"] = self._own, matte[..., None]
        if self.shape.thin:
            matte = strip_matte(len(self.opening.upper.places))[..., None]
            found[f"{name}_line_upper"] = self._ink * np.ones_like(matte), matte
        for number, (lash, matte, _) in enumerate(self._lashes):
            part = Box.around(lash.low, lash.high).moved(-self.box.left, -self.box.top)
            found[f"{name}_lash_{number}"] = self._own[part.slices], matte[part.slices][..., None]
        return found


def _touching(mask: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Of a mask what hangs together with what is `near`; (h, w) bool."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8))
    touched = np.unique(labels[near & mask])
    return np.isin(labels, touched[touched > 0])
