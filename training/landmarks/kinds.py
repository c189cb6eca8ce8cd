# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of characters that the network learns from: which parts, surfaces and proportions each may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from . import heads
from .dice import Colour, Dice

Weights = Mapping[str, float]


def skin(dice: Dice) -> Colour:
    """Skin of any people, now and then of a fairy tale's."""
    if dice.chance(0.15):
        return dice.colour((60, 330), (0.15, 0.6), (0.5, 1))
    return dice.colour((12, 34), (0.15, 0.6), (0.3, 1.0))


def fur(dice: Dice) -> Colour:
    if dice.chance(0.2):
        return dice.colour(saturation=(0.1, 0.7), value=(0.3, 1))
    if dice.chance(0.3):
        return dice.colour((20, 50), (0, 0.12), (0.08, 1.0))
    return dice.colour((14, 42), (0.2, 0.75), (0.25, 1.0))


def any_colour(dice: Dice) -> Colour:
    return dice.colour(saturation=(0.1, 0.9), value=(0.3, 1))


def yellow(dice: Dice) -> Colour:
    return dice.colour((38, 56), (0.5, 0.95), (0.8, 1)) if dice.chance(0.6) else any_colour(dice)


def paper(dice: Dice) -> Colour:
    return dice.colour((20, 60), (0, 0.12), (0.85, 1))


def timber(dice: Dice) -> Colour:
    return dice.colour((18, 38), (0.25, 0.7), (0.35, 0.9))


def clay(dice: Dice) -> Colour:
    return dice.colour((0, 50), (0.05, 0.5), (0.4, 0.95))


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Shares are 0..1, weights need not add up to one. heights: of nose and mouth as shares of the chin's."""

    head: Callable[[Dice], heads.Head]
    colour: Callable[[Dice], Colour]
    eyes: Weights
    mouth: Weights
    surface: Weights
    nose: Weights = field(default_factory=lambda: {"none": 1.0})
    ears: Weights = field(default_factory=lambda: {"none": 1.0})
    eye_size: tuple[float, float] = (0.8, 1.2)
    nose_height: tuple[float, float] = (0.36, 0.56)
    nose_width: tuple[float, float] = (0.1, 0.26)
    mouth_height: tuple[float, float] = (0.62, 0.8)
    mouth_width: tuple[float, float] = (0.16, 0.5)
    brows: float = 0.5
    hair: float = 0.0
    hat: float = 0.12
    muzzle: float = 0.0
    beard: float = 0.0
    glasses: float = 0.05
    whiskers: float = 0.0
    outline: float = 0.5
    ragged: float = 0.0
    body: float = 0.8
    no_mouth: float = 0.06
    turn: float = 0.5  # largest yaw, radians
    sketch: float = 0.04
    soft: float = 0.0  # chance that the mouth's line is but a darker tone of the head
    skin_behind: float = 0.0  # chance that the body has the head's colour
    head_behind: bool = False  # turned, the back of the head is seen behind the near ear


_HUMAN_NOSE = {"shaded": 3, "line": 1.5, "hook": 1.5, "button": 1, "wedge": 1, "nostrils": 0.7, "none": 1.6}
_TOON_MOUTH = {"line": 3, "lips": 2, "open": 3, "round": 0.8}
_BEAST = {"pad": 2, "heart": 1.2, "triangle": 1.2}

TRAINING: Mapping[str, Kind] = MappingProxyType(
    {
        "human": Kind(
            head=lambda d: heads.human(d, young=d.between(0, 0.7)),
            head_behind=True,
            colour=skin,
            eyes={"almond": 6, "oval": 1, "slit": 0.5, "closed": 0.7},
            mouth={"line": 1.2, "lips": 5, "open": 2, "round": 0.3},
            nose=_HUMAN_NOSE,
            surface={"gradient": 1, "cel": 1, "toon3d": 4, "clay": 0.6},
            ears={"human": 3, "elf": 0.3, "none": 1.5},
            brows=0.75,
            hair=0.8,
            hat=0.2,
            beard=0.3,
            glasses=0.08,
            outline=0.25,
            no_mouth=0.02,
        ),
        "anime": Kind(
            head=lambda d: heads.human(d, young=d.between(0.4, 1)),
            head_behind=True,
            colour=skin,
            eyes={"anime": 6, "oval": 1, "closed": 1, "almond": 1},
            mouth={"line": 3, "open": 2, "lips": 0.7, "round": 0.4},
            nose={"line": 1.5, "hook": 1.2, "nostrils": 0.4, "shaded": 0.5, "none": 2},
            nose_width=(0.03, 0.14),
            mouth_width=(0.1, 0.34),
            surface={"flat": 2, "cel": 3, "gradient": 1},
            ears={"human": 2, "elf": 0.5, "pointed": 0.4, "none": 2},
            brows=0.7,
            hair=0.97,
            hat=0.1,
            outline=0.8,
        ),
        "toon": Kind(
            head=lambda d: heads.human(d, young=d.between(0.2, 1)),
            head_behind=True,
            colour=skin,
            eyes={"oval": 4, "almond": 3, "anime": 1.5, "dot": 1, "closed": 0.6},
            mouth=_TOON_MOUTH,
            nose=_HUMAN_NOSE,
            surface={"flat": 2, "gradient": 1, "cel": 1, "toon3d": 3},
            ears={"human": 4, "elf": 0.5, "none": 1},
            brows=0.65,
            hair=0.8,
            beard=0.1,
            glasses=0.1,
            outline=0.55,
        ),
        "emoji": Kind(
            head=heads.round_head,
            colour=yellow,
            eyes={"dot": 4, "oval": 2.5, "closed": 1, "button": 1, "slit": 0.3},
            mouth={"line": 4, "open": 3, "round": 0.8, "lips": 0.3},
            nose={"none": 6, "button": 0.6, "line": 0.4},
            mouth_height=(0.4, 0.72),
            mouth_width=(0.25, 0.6),
            surface={"flat": 2, "gradient": 3, "toon3d": 2},
            brows=0.3,
            outline=0.4,
            body=0.08,
            hat=0.08,
            no_mouth=0.1,
            eye_size=(0.8, 1.4),
        ),
        "beast": Kind(
            head=heads.beast,
            colour=fur,
            eyes={"beast": 5, "button": 2, "dot": 1, "oval": 0.8, "almond": 0.5, "closed": 0.3},
            mouth={"animal": 4, "flews": 3, "line": 1, "open": 0.5},
            nose=_BEAST,
            nose_width=(0.09, 0.26),
            mouth_height=(0.62, 0.82),
            mouth_width=(0.15, 0.45),
            surface={"fur": 5, "toon3d": 2},
            ears={"round": 2, "pointed": 3, "floppy": 1.5, "leaf": 1, "none": 0.4},
            brows=0.12,
            muzzle=0.65,
            whiskers=0.35,
            outline=0.1,
            ragged=0.6,
            soft=0.55,
            skin_behind=0.7,
            hat=0.05,
            no_mouth=0.04,
            glasses=0.03,
            nose_height=(0.32, 0.62),
        ),
        "long": Kind(
            head=lambda d: heads.beast(d, long=d.between(0.15, 1)),
            colour=fur,
            eyes={"beast": 4, "button": 2, "oval": 1.2, "dot": 1, "almond": 0.5},
            mouth={"animal": 2.5, "flews": 2.5, "line": 2, "open": 0.8, "lips": 0.5},
            nose={"pad": 1.5, "heart": 1, "triangle": 0.6, "nostrils": 2},
            nose_width=(0.12, 0.36),
            nose_height=(0.5, 0.78),
            mouth_height=(0.74, 0.9),
            mouth_width=(0.18, 0.45),
            surface={"fur": 3, "toon3d": 2, "flat": 1, "cel": 0.7, "gradient": 0.7},
            ears={"leaf": 3, "pointed": 1.5, "floppy": 1.5, "horns": 1, "long": 0.7},
            brows=0.15,
            hair=0.3,
            muzzle=0.5,
            outline=0.3,
            ragged=0.4,
            soft=0.4,
            skin_behind=0.8,
            hat=0.05,
            no_mouth=0.04,
        ),
        "bunny": Kind(
            head=heads.round_head,
            colour=fur,
            eyes={"beast": 1.5, "dot": 3, "button": 2, "oval": 2, "anime": 0.7, "closed": 0.5},
            mouth={"animal": 5, "line": 1.5, "open": 1},
            nose={"pad": 1.5, "heart": 2, "triangle": 2, "button": 0.5, "none": 0.6},
            nose_width=(0.05, 0.16),
            nose_height=(0.3, 0.55),
            mouth_height=(0.55, 0.75),
            mouth_width=(0.12, 0.35),
            surface={"flat": 2, "gradient": 1, "cel": 1, "toon3d": 1.5, "fur": 1},
            ears={"long": 6, "floppy": 1.5},
            brows=0.25,
            muzzle=0.3,
            whiskers=0.25,
            outline=0.5,
            ragged=0.15,
            skin_behind=0.6,
        ),
        "cub": Kind(
            head=heads.round_head,
            colour=fur,
            eyes={"dot": 3, "button": 1.5, "oval": 2.5, "beast": 1, "closed": 0.6},
            mouth={"animal": 3.4, "flews": 0.6, "line": 2, "open": 1.5},
            nose={**_BEAST, "button": 0.5},
            nose_width=(0.08, 0.22),
            nose_height=(0.3, 0.58),
            mouth_height=(0.6, 0.8),
            surface={"flat": 3, "gradient": 1.5, "cel": 1.5},
            ears={"round": 5, "floppy": 1.5, "horns": 0.5},
            brows=0.3,
            muzzle=0.75,
            outline=0.7,
            skin_behind=0.6,
        ),
        "bird": Kind(
            head=heads.round_head,
            colour=any_colour,
            eyes={"dot": 3, "oval": 3, "button": 1.5, "beast": 0.7, "closed": 0.4},
            mouth={"beak": 1},
            mouth_height=(0.4, 0.65),
            mouth_width=(0.14, 0.42),
            surface={"flat": 2, "gradient": 1, "cel": 1, "toon3d": 1.5, "plush": 0.5, "fur": 0.7},
            brows=0.3,
            outline=0.45,
            ragged=0.25,
            skin_behind=0.7,
            no_mouth=0.0,
            hair=0.1,
        ),
        "plush": Kind(
            head=heads.round_head,
            colour=fur,
            eyes={"button": 4, "dot": 3, "oval": 1},
            mouth={"animal": 2.5, "flews": 0.6, "line": 3, "open": 0.5},
            nose={"pad": 2, "heart": 1, "triangle": 1.5, "button": 1, "none": 1},
            nose_width=(0.07, 0.22),
            nose_height=(0.3, 0.6),
            mouth_height=(0.6, 0.8),
            surface={"plush": 6, "fur": 1},
            ears={"round": 4, "long": 1, "floppy": 1, "none": 1},
            brows=0.2,
            muzzle=0.6,
            outline=0.05,
            ragged=0.5,
            soft=0.25,
            skin_behind=0.8,
        ),
        "blob": Kind(
            head=lambda d: heads.round_head(d, box=d.between(0, 1.2)),
            colour=any_colour,
            eyes={"oval": 4, "dot": 3, "button": 1, "closed": 0.8, "almond": 0.5},
            mouth={"line": 3, "open": 3, "round": 1, "lips": 0.5},
            nose={"none": 4, "button": 1, "line": 0.5, "nostrils": 0.5},
            mouth_height=(0.35, 0.75),
            mouth_width=(0.15, 0.65),
            surface={"flat": 1.5, "gradient": 1.5, "cel": 1, "toon3d": 3, "plush": 0.5},
            ears={"none": 3, "horns": 1.2, "leaf": 0.4},
            brows=0.35,
            outline=0.45,
            skin_behind=0.8,
            body=0.6,
            eye_size=(0.7, 1.6),
            no_mouth=0.1,
        ),
        "ink": Kind(
            head=lambda d: heads.human(d, young=d.between(0, 1)) if d.chance(0.7) else heads.round_head(d),
            head_behind=True,
            colour=paper,
            eyes={"almond": 3, "anime": 2, "oval": 2, "dot": 2, "closed": 0.8, "slit": 0.3},
            mouth=_TOON_MOUTH,
            nose=_HUMAN_NOSE,
            surface={"flat": 4, "cel": 0.6},
            ears={"human": 3, "elf": 0.4, "round": 0.5, "none": 1.5},
            brows=0.6,
            hair=0.7,
            beard=0.1,
            glasses=0.1,
            outline=1.0,
            sketch=0.3,
        ),
        "puppet": Kind(
            head=lambda d: heads.human(d, young=d.between(0.2, 1)),
            colour=timber,
            eyes={"oval": 3, "almond": 2, "dot": 2, "button": 1},
            mouth={"line": 2.5, "lips": 1.5, "open": 2.5, "round": 0.5},
            nose={"button": 2, "wedge": 2, "shaded": 1.5, "none": 1.2},
            surface={"wood": 5},
            ears={"human": 2, "none": 2},
            brows=0.6,
            hair=0.4,
            hat=0.3,
            outline=0.3,
        ),
        "statue": Kind(
            head=lambda d: heads.human(d, young=d.between(0, 0.6)),
            head_behind=True,
            colour=clay,
            eyes={"almond": 5, "slit": 1, "closed": 1.2, "oval": 0.5},
            mouth={"lips": 5, "line": 1, "open": 0.5},
            nose={"shaded": 5, "wedge": 1},
            surface={"clay": 5},
            ears={"human": 3, "none": 1},
            brows=0.75,
            hair=0.6,
            hat=0.3,
            beard=0.55,
            outline=0.05,
            no_mouth=0.0,
        ),
    }
)

SHARES: Weights = MappingProxyType(
    {
        "human": 2.0,
        "anime": 1.1,
        "toon": 1.5,
        "emoji": 1.0,
        "beast": 2.7,
        "long": 1.1,
        "bunny": 0.7,
        "cub": 0.9,
        "bird": 0.7,
        "plush": 0.9,
        "blob": 0.9,
        "ink": 0.8,
        "puppet": 0.6,
        "statue": 0.5,
    }
)
