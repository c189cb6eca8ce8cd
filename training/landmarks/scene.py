# SPDX-License-Identifier: GPL-3.0-or-later
"""One drawing from one seed: the picture, its exact points, and which parts it has."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from . import dress, eyes, grounds, heads, mouths, noses, nothing, surface
from . import hair as hairs
from .dice import Colour, Dice, brightness, mix, shade
from .finish import finish, occlude
from .kinds import SHARES, TRAINING, Kind
from .pen import Pen, Pose
from .points import Curves, Lips

SIZE = 192


@dataclass(frozen=True, eq=False)
class Sample:
    """image (S, S, 3) uint8 RGB · points (68, 2), iris (2, 2) px · present: its parts · face: is there one?"""

    image: np.ndarray
    points: np.ndarray
    iris: np.ndarray
    present: frozenset[str]
    kind: str
    face: bool = True


def draw(seed: int | tuple[int, ...], kind: str = "", *, size: int = SIZE) -> Sample:
    """The drawing of a seed; kind: one of TRAINING, HELD_OUT or "nothing", default: any for training."""
    dice = Dice(seed)
    kind = kind or dice.weighed(SHARES)
    if kind == "nothing":
        image = finish(nothing.draw(dice, size, lambda seed: _to_shuffle(seed, size)), dice)
        return Sample(image, np.zeros((68, 2)), np.zeros((2, 2)), frozenset({"jaw"}), kind, face=False)
    if kind in TRAINING:
        pen, curves = character(TRAINING[kind], dice, size)
    else:
        from .held_out import HELD_OUT

        pen, curves = HELD_OUT[kind](dice, size)
    points = pen.pose(curves.points())
    points[0:17] = pen.pose.outline(np.concatenate([curves.points()[0:17]]))
    iris = pen.pose(curves.iris)
    return Sample(finish(pen.image, dice), points, iris, curves.present(), kind)


def _to_shuffle(seed: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    sample = draw(seed, size=size)
    return sample.image, sample.points


def frame(dice: Dice, head: heads.Head, size: int, *, turn: float, muzzle: tuple[float, float, float]) -> Pose:
    """Where the head stands, so that the face lies in the picture."""
    share = dice.between(0.2, 0.5) if dice.chance(0.6) else dice.between(0.4, 0.75)
    if dice.chance(0.12):  # nothing but the face
        share = dice.between(0.7, 0.95)
    tall = head.chin + 0.6
    scale = size * min(share, 1.9 / tall) / 2
    roll = np.radians(dice.between(-40, 40)) if dice.chance(0.3) else np.radians(dice.rng.normal(0, 5))
    c, s = np.cos(roll), np.sin(roll)
    corners = np.array([(-1, -0.5), (1, -0.5), (1, head.chin), (-1, head.chin)]) @ np.array([[c, s], [-s, c]]) * scale
    low, high = corners.min(axis=0), corners.max(axis=0)
    room = np.maximum(size * 0.98 - (high - low), 0)
    spot = np.array([dice.rng.beta(2, 2), dice.rng.beta(2, 2)]) * room + size * 0.01 - low
    warp = np.zeros((2, 4))
    if dice.chance(0.5):
        warp = np.stack([[dice.between(0, 0.07), *dice.rng.normal(0, 1.3, 2), dice.between(0, 6.3)] for _ in range(2)])
    yaw = dice.rng.normal(0, 0.5 * turn) if dice.chance(0.7) else 0.0
    return Pose(
        yaw=float(np.clip(yaw, -turn, turn)),
        pitch=float(np.clip(dice.rng.normal(0, 0.15), -0.3, 0.3)) if dice.chance(0.6) else 0.0,
        roll=float(roll),
        scale=float(scale),
        place=(float(spot[0]), float(spot[1])),
        middle=(head.top * 0.6 + head.chin) / 2,
        height=(head.chin - head.top * 0.6) / 2 * 1.05,
        depth=dice.between(0.4, 0.85),
        muzzle=muzzle,
        warp=warp,
    )


def character(kind: Kind, dice: Dice, size: int) -> tuple[Pen, Curves]:
    head = kind.head(dice)
    nose_y, mouth_y = dice.between(*kind.nose_height) * head.chin, dice.between(*kind.mouth_height) * head.chin
    mouth_y = max(mouth_y, nose_y + 0.16)
    nose_style, mouth_style = dice.weighed(kind.nose), dice.weighed(kind.mouth)
    nose_w = dice.between(*kind.nose_width)
    mouth_w = min(dice.between(*kind.mouth_width), 0.8 * dress.edge(head, mouth_y))
    with_muzzle = dice.chance(kind.muzzle)
    muzzle = (mouth_y - 0.1, dice.between(0.35, 0.62), dice.between(0.28, 0.5)) if with_muzzle else (mouth_y, 0.0, 0.0)
    lift = dice.between(0.05, 0.45) if with_muzzle or mouth_style in ("animal", "beak") else 0.0
    pose = frame(dice, head, size, turn=kind.turn, muzzle=((nose_y + mouth_y) / 2, lift, 0.45))
    pen = Pen(size, pose)
    pen.image = grounds.make(dice, size)

    colour = kind.colour(dice)
    dark = dice.colour(saturation=(0, 0.6), value=(0.02, 0.25)) if dice.chance(0.85) else shade(colour, 0.35)
    if brightness(colour) < 0.18 and dice.chance(0.7):
        dark = dice.colour((20, 60), (0, 0.5), (0.7, 1))  # light features on a black face
    outline: Colour | None = dark if dice.chance(kind.outline) else None
    line = dice.between(0.015, 0.06)
    hair = dice.colour((10, 50), (0, 0.8), (0.05, 0.95)) if dice.chance(0.65) else dice.colour()
    has_hair = dice.chance(kind.hair)
    cloth = colour if dice.chance(kind.skin_behind) else dice.colour(value=(0.05, 1))

    if dice.chance(kind.body):
        dress.body(pen, dice, head, colour, cloth, outline, line)
    if has_hair and dice.chance(0.6):
        hairs.back_hair(pen, dice, head, hair, outline, line)
    ears = dice.weighed(kind.ears)
    turned = abs(pose.yaw) > 0.15 and ears in ("human", "elf", "none") and kind.head_behind and dice.chance(0.75)
    if turned:
        behind = hair if has_hair and dice.chance(0.8) else colour
        dress.skull(pen, dice, head, behind, outline, line)
    dress.ears(pen, dice, "none" if turned else ears, head, colour, outline, line)
    shown = heads.ragged(dice, head.outline, dice.between(0.03, 0.12)) if dice.chance(kind.ragged) else head.outline
    pen.fill(pose.outline(shown), colour, px=True, body=True)
    if outline is not None:
        pen.line(pose.outline(shown), line, outline, px=True, closed=True)
    if turned and ears != "none":
        dress.near_ear(pen, dice, head, colour, outline, line)

    plan = eyes.plan(dice, dice.weighed(kind.eyes), ink=dark, size=dice.between(*kind.eye_size))
    nose_y = max(nose_y, 0.6 * plan.height)
    mouth_y = max(mouth_y, nose_y + 0.14)
    if dice.chance(0.35):
        dress.spots(pen, dice, colour, plan)
    if with_muzzle:
        light = shade(colour, dice.between(1.2, 1.9)) if dice.chance(0.75) else shade(colour, dice.between(0.3, 0.8))
        noses.muzzle(pen, dice, y=muzzle[0], width=muzzle[1], height=muzzle[2], colour=light)
    bearded = dice.chance(kind.beard)
    if bearded and dice.chance(0.6):
        hairs.beard(pen, dice, head, mouth_y, mouth_w, hair)
    stuff = dice.weighed(kind.surface)
    surface.apply(
        pen,
        dice,
        stuff,
        head,
        muzzle=muzzle,
        nose=(nose_y, nose_w if nose_style != "none" else 0.0),
        eyes=(plan.spread, max(plan.width, plan.height)),
    )
    curves = _features(
        pen,
        dice,
        kind,
        head,
        plan,
        colour,
        dark,
        hair if has_hair else None,
        outline,
        line,
        bearded,
        (nose_style, nose_y, nose_w),
        (mouth_style, mouth_y, mouth_w),
    )
    if stuff == "clay" and dice.chance(0.7):  # the features are of clay as well
        surface.one_hue(pen, dice, pen.solid.astype(np.float32) / 255)
    return pen, curves


def _features(
    pen: Pen,
    dice: Dice,
    kind: Kind,
    head: heads.Head,
    plan: eyes.Eyes,
    colour: Colour,
    dark: Colour,
    hair: Colour | None,
    outline: Colour | None,
    line: float,
    bearded: bool,
    nose,
    mouth,
) -> Curves:
    """Mouth, nose, eyes, brows, and what is in front of them."""
    nose_style, nose_y, nose_w = nose
    mouth_style, mouth_y, mouth_w = mouth
    covered: set[str] = set()
    soft = shade(colour, dice.between(0.25, 0.65)) if dice.chance(kind.soft) else dark
    joined = nose_y if nose_style in noses.ANIMAL and dice.chance(0.8) else None
    if dice.chance(kind.no_mouth):
        lips = mouths.draw(Pen(8, pen.pose), dice, "line", y=mouth_y, width=mouth_w, ink=dark, skin=colour)
        covered.add("mouth")
    else:
        lips = mouths.draw(pen, dice, mouth_style, y=mouth_y, width=mouth_w, ink=soft, skin=colour, nose_y=joined)
        if mouth_style == "flews" and dice.chance(0.3):
            mouths.whisker_roots(pen, dice, mouth_y, mouth_w, colour)
    bridge = base = None
    if nose_style != "none":
        bridge, base = noses.draw(pen, dice, nose_style, y=nose_y, width=nose_w, ink=dark, skin=colour)
    if bearded and dice.chance(0.7):
        hairs.moustache(pen, dice, nose_y, float(lips[0][:, 1].mean()), mouth_w, hair or dark)
    if kind.soft and dice.chance(0.5):
        dress.lined_eyes(pen, dice, plan, colour, dark)
    wink = dice.sign() if dice.chance(0.03) else 0
    lids, iris = eyes.draw(pen, plan, dice, skin=colour, closed_one=wink)
    if dice.chance(kind.whiskers):
        dress.whiskers(pen, dice, (nose_y + mouth_y) / 2, dice.pick([(255, 255, 255), (20, 20, 20)]))
    brow_curves = _top(pen, dice, kind, head, plan, colour, dark, hair, outline, line)
    if brow_curves is not None and kind.brows > 0.25 and dice.chance(0.04):  # only one can be seen
        side = dice.sign()
        hidden = brow_curves[0 if side < 0 else 1]
        pen.paint(pen.mask(noses.over_brow(hidden), blur=0.02), hair if hair and dice.chance(0.6) else colour)
        covered.add("right_brow" if side < 0 else "left_brow")
    covered |= _in_front(
        pen, dice, kind, head, plan, hair, brow_curves is not None, lips, "mouth" in covered, (nose_y, mouth_y)
    )
    return Curves(
        jaw=head.jaw, eyes=lids, mouth=lips, brows=brow_curves, bridge=bridge, nose=base, iris=iris, covered=covered
    )


def _top(
    pen: Pen,
    dice: Dice,
    kind: Kind,
    head: heads.Head,
    plan: eyes.Eyes,
    colour: Colour,
    dark: Colour,
    hair: Colour | None,
    outline: Colour | None,
    line: float,
) -> tuple[np.ndarray, np.ndarray] | None:
    """Hair, brows, hat, glasses; the brows' curves."""
    brow_curves = None
    over = dice.chance(0.5)
    has_brows = dice.chance(kind.brows)
    low = -plan.height - dice.between(0.05, 0.35)
    if hair is not None and over:
        hairs.front_hair(pen, dice, head, hair, outline, line, low=low)
    if has_brows:
        tone = hair if hair is not None and dice.chance(0.6) else dark
        if dice.chance(0.22):  # hardly seen
            tone = mix(colour, tone, dice.between(0.12, 0.4))
        brow_curves = noses.brows(pen, dice, plan, tone)
    if hair is not None and not over:
        low = min(low, -0.25 - (0 if brow_curves is None else -float(min(c[:, 1].min() for c in brow_curves))))
        hairs.front_hair(pen, dice, head, hair, outline, line, low=low)
    if dice.chance(kind.hat):
        dress.hat(pen, dice, head, dice.colour(), outline, line)
    if dice.chance(kind.glasses):
        dress.glasses(pen, dice, plan, dice.colour(saturation=(0, 0.6), value=(0, 0.6)))
    return brow_curves


def _in_front(
    pen: Pen,
    dice: Dice,
    kind: Kind,
    head: heads.Head,
    plan: eyes.Eyes,
    hair: Colour | None,
    with_brows: bool,
    lips: Lips,
    no_mouth: bool,
    heights: tuple[float, float],
) -> set[str]:
    """What hides parts, and things before the picture; the parts that are hidden."""
    nose_y, mouth_y = heights
    covered: set[str] = set()
    if dice.chance(0.07):
        part = eyes.cover(pen, plan, dice, hair or dice.colour(value=(0, 0.7)))
        covered.add(part)
        if with_brows:  # it may be hidden too: nobody can say
            covered.add(part.replace("eye", "brow"))
    if dice.chance(0.05) and not no_mouth:  # a scarf or a mask over the mouth
        cloth = head.jaw[head.jaw[:, 1] > max(nose_y + 0.02, 0.5 * mouth_y)]
        if len(cloth) > 4 and float(lips[0][:, 1].min()) > float(cloth[:, 1].min()) - 0.02:
            pen.fill(np.concatenate([cloth * (1.04, 1.05)]), dice.colour())
            covered.add("mouth")
    if dice.chance(0.18):
        occlude(pen, dice)
    if dice.chance(kind.sketch):
        _sketch(pen, dice)
    return covered


def _sketch(pen: Pen, dice: Dice) -> None:
    """As a pencil or a pen would have it: only what changes is seen."""
    grey = cv2.cvtColor(pen.image, cv2.COLOR_RGB2GRAY).astype(np.float32) + 8
    paper = cv2.GaussianBlur(grey, (0, 0), dice.between(2, 5))
    drawn = np.clip(1 - dice.between(1, 3) * np.clip(1 - grey / paper, 0, 1), 0, 1)[..., None]
    ink, ground = (
        np.array(dice.colour(saturation=(0, 0.5), value=(0, 0.4))),
        np.array(dice.colour((20, 60), (0, 0.15), (0.85, 1))),
    )
    pen.image = (ink + (ground - ink) * drawn).astype(np.uint8)
