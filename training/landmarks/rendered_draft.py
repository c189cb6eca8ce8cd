# SPDX-License-Identifier: GPL-3.0-or-later
"""What a modelled character will be, decided before anything is modelled."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from . import dress, eyes, noses
from .dice import Colour, Dice, brightness
from .heads import Head
from .kinds import TRAINING, Kind
from .pen import Pose
from .scene import frame

SHARES = {
    "human": 2.2,
    "toon": 2.0,
    "emoji": 0.6,
    "beast": 2.4,
    "long": 1.2,
    "bunny": 0.7,
    "cub": 1.0,
    "bird": 0.9,
    "plush": 0.9,
    "blob": 0.9,
    "puppet": 0.7,
    "statue": 0.5,
}


@dataclass(eq=False)
class Draft:
    """What is decided before anything is modelled. nose: style, y, half width · mouth: style, y, half width."""

    name: str
    kind: Kind
    head: Head
    plan: eyes.Eyes
    nose: tuple[str, float, float]
    mouth: tuple[str, float, float]
    colour: Colour
    dark: Colour
    pose: Pose
    animal: bool


def drafted(dice: Dice, name: str, size: int) -> Draft:
    kind = TRAINING[name]
    head = kind.head(dice)
    nose_y, mouth_y = dice.between(*kind.nose_height) * head.chin, dice.between(*kind.mouth_height) * head.chin
    nose_style, mouth_style = dice.weighed(kind.nose), dice.weighed(kind.mouth)
    dark = dice.colour(saturation=(0, 0.6), value=(0.02, 0.25))
    plan = eyes.plan(dice, dice.weighed(kind.eyes), ink=dark, size=dice.between(*kind.eye_size))
    plan.spread = min(plan.spread, 0.93 - plan.width)
    nose_y = max(nose_y, 0.6 * plan.height, 0.12)
    mouth_y = min(max(mouth_y, nose_y + 0.16), head.chin - 0.14)
    colour = kind.colour(dice)
    if brightness(colour) < 0.18 and dice.chance(0.7):  # light features on a black face
        plan.ink = dark = dice.colour((20, 60), (0, 0.5), (0.7, 1))
    pose = frame(dice, head, size, turn=kind.turn, muzzle=(mouth_y, 0.0, 0.4))
    if pose.yaw == 0 and dice.chance(0.6):
        pose = replace(pose, yaw=float(np.clip(dice.rng.normal(0, 0.2), -0.5, 0.5)))
    return Draft(
        name=name,
        kind=kind,
        head=head,
        plan=plan,
        nose=(nose_style, nose_y, dice.between(*kind.nose_width)),
        mouth=(mouth_style, mouth_y, min(dice.between(*kind.mouth_width), 0.72 * dress.edge(head, mouth_y))),
        colour=colour,
        dark=dark,
        pose=pose,
        animal=mouth_style in ("animal", "flews") or nose_style in noses.ANIMAL,
    )
