# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes, brows, noses and mouths modelled upon a solid head, from the curves of the drawn ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import eyes, noses
from .curves import mirrored, share_points, smooth
from .dice import Colour, Dice, shade
from .points import Lids
from .rendered_head import Bump, Solid
from .rendered_mesh import Model


@dataclass(eq=False)
class Dome:
    """A cushion upon the head inside a ring (N, 2): its rim raised by lift, its middle by bulge more."""

    solid: Solid
    ring: np.ndarray
    lift: float
    bulge: float

    def __post_init__(self) -> None:
        self.centre = (self.ring.min(axis=0) + self.ring.max(axis=0)) / 2
        away = self.ring - self.centre
        angle = np.arctan2(away[:, 1], away[:, 0])
        order = np.argsort(angle)
        self._angle, self._reach = angle[order], np.hypot(*away[order].T)

    def share(self, at: np.ndarray) -> np.ndarray:
        """0 in the middle, 1 on the rim, for (..., 2)."""
        away = at - self.centre
        reach = np.interp(np.arctan2(away[..., 1], away[..., 0]), self._angle, self._reach, period=2 * np.pi)
        return np.hypot(away[..., 0], away[..., 1]) / np.maximum(reach, 1e-6)

    def put(self, at: np.ndarray, extra: float = 0.0) -> np.ndarray:
        """On the cushion, (..., 3); what is beyond the rim comes to lie on it."""
        share = self.share(at)
        at = self.centre + (at - self.centre) / np.maximum(share, 1)[..., None]
        height = self.lift + self.bulge * np.sqrt(np.clip(1 - share**2, 0, 1))
        return self.solid.put(at, height + extra)

    def rings(self, shape: np.ndarray, rows: int, extra: float = 0.0) -> np.ndarray:
        """A disc (rows, N, 3) inside a ring (N, 2) on the cushion."""
        middle = shape.mean(axis=0)
        steps = np.sin(np.linspace(np.pi / 2, 0, rows))[:, None, None]
        return self.put(middle + steps * (shape - middle), extra)

    def build(self, model: Model, colour: Colour, *, rows: int = 7) -> None:
        grid = self.rings(self.ring, rows)
        skirt = self.solid.put(self.ring, -0.05)[None]
        model.sheet(np.concatenate([skirt, grid]), colour, closed=True)


def disc(
    model: Model, dome: Dome, middle: np.ndarray, radii: tuple[float, float], colour: Colour, extra: float
) -> None:
    turn = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    shape = middle + np.stack([radii[0] * np.cos(turn), radii[1] * np.sin(turn)], axis=1)
    model.sheet(dome.rings(shape, 5, extra), colour, closed=True)


def both_eyes(
    model: Model, solid: Solid, dice: Dice, plan: eyes.Eyes, skin: Colour, *, wink: int = 0
) -> tuple[tuple[Lids, Lids], np.ndarray, list[tuple[Dome, np.ndarray]]]:
    """Models both; lids as curves, irises (2, 2), and each one's cushion with the middle of its iris."""
    seed = int(dice.rng.integers(1 << 30))
    found, irises, raised = [], [], []
    for side in (-1, 1):
        one = eyes.Eyes(**vars(plan))
        if wink == side:
            one.style, one.height = "closed", min(one.height, 0.5 * one.width)
        if side == 1:
            one.width, one.height = one.width * plan.bigger_left, one.height * plan.bigger_left
        upper, lower = eyes.lids(one, Dice(seed))
        centre = np.array([-one.spread, one.raise_left if side == 1 else 0.0])
        upper, lower = upper + centre, lower + centre
        gaze = np.array([one.gaze[0], one.gaze[1]])
        if side == 1:
            upper, lower = mirrored(upper)[::-1], mirrored(lower)[::-1]
        dome, middle = _eye(model, solid, Dice(seed + 1), one, upper, lower, gaze, skin, side)
        found.append((upper, lower))
        irises.append(middle)
        raised.append((dome, middle))
    return (found[0], found[1]), np.array(irises), raised


def _eye(
    model: Model,
    solid: Solid,
    dice: Dice,
    eye: eyes.Eyes,
    upper: np.ndarray,
    lower: np.ndarray,
    gaze: np.ndarray,
    skin: Colour,
    side: int,
) -> tuple[Dome, np.ndarray]:
    ring = np.concatenate([upper, lower[::-1][1:-1]])
    w, h = eye.width, max(float(np.ptp(ring[:, 1])) / 2, 1e-3)
    small = min(w, h)
    thick = max(0.012, eye.line) * dice.between(0.5, 1.0)
    if eye.style in ("closed", "slit"):
        dome = Dome(solid, ring, 0.0, 0.0)
        path = (upper + lower) / 2
        if dice.chance(0.5):
            model.sheet(solid.put(path[:, None] + np.array([(0, -0.9 * w), (0, 0), (0, 0.9 * w)]), 0.002), skin)
        model.tube(solid.put(path, 0.2 * thick), [0.4 * thick, thick, thick, 0.4 * thick], eye.ink)
        return dome, ring.mean(axis=0)
    if eye.style in ("dot", "button"):
        dome = Dome(solid, ring, 0.012, small * dice.between(0.1, 1.0))
        dome.build(model, eye.ink)
        if eye.style == "button" and dice.chance(0.4):
            model.tube(dome.put(ring), 0.12 * w, shade(eye.ink, dice.between(0.6, 1.5)), closed=True)
        if dice.chance(0.6):
            _spark(model, dome, dice, dome.centre, (w, h))
        return dome, dome.centre
    strong = dice.between(0.15, 0.5) if eye.style == "almond" else dice.between(0.1, 1.0)
    dome = Dome(solid, ring, 0.012, small * strong)
    dark = eye.style == "beast" and dice.chance(0.45)
    white = shade(eye.ink, 1.1) if dark else eye.colour if eye.style == "beast" else eye.white
    dome.build(model, white)
    radius = {
        "almond": dice.between(0.36, 0.62) * w,
        "beast": dice.between(0.8, 1.0) * h,
        "oval": eye.iris * small,
    }.get(eye.style, dice.between(0.72, 1.0) * w * 0.8)
    radii = (radius, radius * (dice.between(1.0, 1.4) if eye.style == "anime" else 1.0))
    reach = np.array([max(w - radii[0], 0) * 0.7, max(h - radii[1], 0.15 * h) * 0.7])
    middle = dome.centre + gaze * reach
    colour = eye.ink if dark or (eye.style == "oval" and dice.chance(0.4)) else eye.colour
    disc(model, dome, middle, radii, colour, 0.008)
    if colour is not eye.ink:
        if dice.chance(0.4):
            disc(model, dome, middle, (0.86 * radii[0], 0.86 * radii[1]), shade(colour, dice.between(1.1, 1.5)), 0.012)
        slit = eye.style == "beast" and dice.chance(0.35)
        share = dice.between(0.35, 0.75)
        shape = (0.22, 0.9) if slit else (share, share)
        disc(model, dome, middle, (radii[0] * shape[0], radii[1] * shape[1]), shade(eye.ink, 0.6), 0.016)
    if dice.chance(0.75):
        _spark(model, dome, dice, middle, radii)
    _lids(model, dome, dice, eye, upper, lower, skin, thick, side)
    return dome, middle


def _lids(
    model: Model,
    dome: Dome,
    dice: Dice,
    eye: eyes.Eyes,
    upper: np.ndarray,
    lower: np.ndarray,
    skin: Colour,
    thick: float,
    side: int,
) -> None:
    """Rims of skin or ink, the fold above, lashes."""
    fleshy = dice.chance(0.55)
    rim = shade(skin, dice.between(0.75, 1.05)) if fleshy else eye.ink
    if fleshy or dice.chance(0.8):
        heavy = thick * (dice.between(0.8, 1.8) if fleshy else dice.between(0.5, 1.4))
        away = np.array([0, -0.6 * heavy])  # outside the opening
        model.tube(dome.put(upper) + np.append(away, 0), [0.5 * heavy, heavy, heavy, 0.5 * heavy], rim)
        if dice.chance(0.7):
            model.tube(dome.put(lower) - np.append(away, 0) * 0.8, 0.6 * heavy, rim)
    if dice.chance(0.3):
        fold = upper - (0, dice.between(0.04, 0.1))
        model.tube(dome.solid.put(fold[2:-2], 0.002), 0.008, shade(skin, 0.6))
    if dice.chance(0.25) and eye.style != "beast":
        for share in np.linspace(0.02, 0.5 if dice.chance(0.6) else 0.95, int(dice.rng.integers(2, 6))):
            at = upper[int((share if side == -1 else 1 - share) * (len(upper) - 1))]
            root = dome.put(at)
            out = np.array([*(at - dome.centre), 0.0]) / max(eye.width, 1e-3) + (0.3 * side, -0.5, 0.9)
            model.tube(root + np.linspace(0, 1, 4)[:, None] * out * dice.between(0.04, 0.08), [0.012, 0.004], eye.ink)


def _spark(model: Model, dome: Dome, dice: Dice, middle: np.ndarray, radii: tuple[float, float]) -> None:
    at = middle + np.array([dice.between(-0.5, 0.5) * radii[0], dice.between(-0.6, -0.1) * radii[1]])
    size = dice.between(0.15, 0.32) * min(radii)
    disc(model, dome, at, (size, size * dice.between(0.8, 1.3)), (255, 255, 255), 0.022)


def brows(model: Model, solid: Solid, dice: Dice, paths: tuple[np.ndarray, np.ndarray], colour: Colour) -> None:
    thick, style = dice.between(0.02, 0.075), dice.weighed({"taper": 3, "even": 2, "tufts": 1})
    for side, path in zip((-1, 1), paths, strict=True):
        profile = np.array([0.25, 0.8, 1.0, 0.9]) if style != "even" else np.ones(4)
        profile = profile if side == -1 else profile[::-1]
        if style == "tufts":
            roots = solid.put(path, 0.01)[dice.rng.integers(0, len(path), 160)]
            roots = roots + dice.rng.normal(0, (0.01, 0.4 * thick, 0.006), (160, 3))
            ways = np.array([0.8 * side, -0.4, 0.3]) + dice.rng.normal(0, 0.25, (160, 3))
            ways /= np.linalg.norm(ways, axis=1, keepdims=True)
            model.tufts(roots, ways, 0.09, 0.02, np.tile(colour, (160, 1)), dice)
        else:
            model.tube(solid.put(path, 0.3 * thick), thick * profile, colour)


def nose(
    model: Model, solid: Solid, dice: Dice, style: str, bridge: np.ndarray, base: np.ndarray, skin: Colour, ink: Colour
) -> tuple[np.ndarray, np.ndarray]:
    """Models it; its points (4, 3) and (5, 3). A human nose's ridge is already in the solid (see `ridge`)."""
    w, y = float(np.ptp(base[:, 0])) / 2, float(base[len(base) // 2, 1])
    up, low = share_points(bridge, np.linspace(0, 1, 4)), share_points(base, np.linspace(0, 1, 5))
    tip = bridge[-1]
    if style in noses.ANIMAL:
        return _pad(model, solid, dice, up, base, low, ink)
    if style == "button":
        centre = np.array([0, y - 0.92 * w])
        depth = w * dice.between(0.5, 1.1)
        colour = (
            dice.colour((350, 380), (0.3, 0.9), (0.6, 1)) if dice.chance(0.4) else shade(skin, dice.between(0.75, 1.15))
        )
        middle = solid.put(centre, 0.25 * depth)
        model.ball(middle, (w, 0.95 * w, depth), colour, detail=18)
        up3, low3 = solid.put(up), solid.put(low)
        low3[:, 2] = middle[2] + 0.05 * w
        rise = np.clip(1 - ((tip[1] - centre[1]) / (0.95 * w)) ** 2, 0, 1)
        up3[3] = [0, tip[1], middle[2] + depth * np.sqrt(rise)]
        return up3, low3
    if style == "nostrils":
        for way in (-1, 1):
            at = solid.put(np.array([way * 0.45 * w, y - 0.2 * w]), 0.0)
            model.ball(at, (0.16 * w + 0.012, 0.12 * w + 0.012, 0.02), shade(skin, dice.between(0.15, 0.45)))
    elif style in ("line", "hook"):
        path = (
            base[2:-2] if style == "line" else base[len(base) // 3 :] if dice.chance(0.5) else base[: -len(base) // 3]
        )
        tone = ink if dice.chance(0.5) else shade(skin, 0.6)
        model.tube(solid.put(path, 0.0), dice.between(0.008, 0.022), tone)
    else:  # wedge and shaded: the ridge, wings, a tip, nostrils
        colour = skin if dice.chance(0.75) else dice.near(shade(skin, dice.between(0.85, 1.05)), 20)
        if dice.chance(0.75):
            wing = dice.between(0.26, 0.42) * w
            for way in (-1, 1):
                model.ball(
                    solid.put(np.array([way * (w - wing), y - 0.22 * w - 0.5 * wing]), 0),
                    (wing, wing, 0.9 * wing),
                    colour,
                )
                if dice.chance(0.6):
                    hole = solid.put(np.array([way * 0.45 * w, y - 0.1 * w]), 0.0)
                    model.ball(hole, (0.17 * w, 0.09 * w, 0.05), shade(skin, dice.between(0.15, 0.5)))
        if dice.chance(0.6):
            model.ball(solid.put(np.array([0, tip[1] + 0.1 * w]), -0.2 * w), (0.52 * w, 0.48 * w, 0.5 * w), colour)
    return solid.put(up), solid.put(low)


def ridge(dice: Dice, style: str, bridge: np.ndarray, base: np.ndarray) -> list[Bump]:
    """The bumps of a nose that is part of the head."""
    if style not in ("shaded", "wedge"):
        return []
    w, y, tip = float(np.ptp(base[:, 0])) / 2, float(base[len(base) // 2, 1]), float(bridge[-1, 1])
    height, root = w * dice.between(0.7, 1.5), dice.between(0.1, 0.4)
    sharp = dice.between(2, 4) if style == "wedge" else dice.between(1.8, 2.4)

    def lift(x: np.ndarray, level: np.ndarray) -> np.ndarray:
        t = np.clip((level + 0.05) / (tip + 0.05), 0, 1)
        half = w * (0.35 + 0.45 * t**1.5)
        along = np.where(level < tip, root * np.clip(1 + level / 0.25, 0, 1) + (1 - root) * t**1.3, 1.0)
        fall = np.clip((y + 0.05 * w - level) / max(y + 0.05 * w - tip, 1e-3), 0, 1) ** 0.6
        return height * along * np.where(level > tip, fall, 1) * np.exp(-((np.abs(x) / half) ** sharp))

    return [lift]


def _pad(model: Model, solid: Solid, dice: Dice, up: np.ndarray, base: np.ndarray, low: np.ndarray, ink: Colour):
    y, tip = float(base[len(base) // 2, 1]), float(up[-1, 1])
    w, ends = float(np.ptp(base[:, 0])) / 2, float(base[0, 1])
    top = (tip - 0.33 * y) / 0.67
    roof = smooth(
        [
            (w, ends),
            (0.62 * w, top + 0.12 * (ends - top)),
            (0, top),
            (-0.62 * w, top + 0.12 * (ends - top)),
            (-w, ends),
        ],
        21,
    )
    colour = ink if dice.chance(0.55) else dice.colour((340, 385), (0.2, 0.7), (0.3, 0.95))
    dome = Dome(solid, np.concatenate([base, roof[1:-1]]), 0.01, w * dice.between(0.25, 0.9))
    dome.build(model, colour)
    if dice.chance(0.45):
        for way in (-1, 1):
            disc(
                model,
                dome,
                np.array([way * 0.45 * w, y - 0.4 * (y - top)]),
                (0.17 * w, 0.2 * w),
                shade(colour, 0.3),
                0.01,
            )
    if dice.chance(0.4):
        disc(
            model,
            dome,
            np.array([dice.between(-0.3, 0.3) * w, top + 0.3 * (y - top)]),
            (0.3 * w, 0.14 * w),
            shade(colour, 1.7),
            0.012,
        )
    points = solid.put(up)
    points[3] = dome.put(up[3])
    return points, dome.put(low)
