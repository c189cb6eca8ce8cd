# SPDX-License-Identifier: GPL-3.0-or-later
"""One modelled character from one seed: its mesh in pixels, its exact points, its parts. No Blender is needed here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import dress as drawn_dress
from . import eyes, mouths, noses
from . import rendered_dress as dress
from . import rendered_parts as parts
from .dice import Colour, Dice, brightness, shade
from .kinds import TRAINING, Kind
from .pen import Pen, Pose
from .points import Curves
from .rendered_head import Solid, solid, swell
from .rendered_mesh import Mesh, Model
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


@dataclass(frozen=True, eq=False)
class Rendered:
    """mesh: px, y down, z towards the viewer · points (68, 2), iris (2, 2) px · outline (N, 2) px, the bare head's."""

    mesh: Mesh
    points: np.ndarray
    iris: np.ndarray
    present: frozenset[str]
    kind: str
    pose: Pose
    outline: np.ndarray


@dataclass(frozen=True)
class Camera:
    """Face units in three dimensions to pixels and a depth in pixels. distance: of the eye, in face units."""

    turn: np.ndarray
    scale: float
    place: tuple[float, float]
    distance: float

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """(..., 3) to (..., 3). Flat things stay flat: the depth is the one of a perspective picture."""
        seen = points @ self.turn.T
        grow = self.distance / np.maximum(self.distance - seen[..., 2], 0.3 * self.distance)
        return np.stack(
            [
                self.scale * grow * seen[..., 0] + self.place[0],
                self.scale * grow * seen[..., 1] + self.place[1],
                self.scale * self.distance * (grow - 1),
            ],
            axis=-1,
        )


def camera(dice: Dice, pose: Pose) -> Camera:
    yaw, pitch, roll = pose.yaw, pose.pitch, pose.roll
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    around = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    tilt = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return Camera(tilt @ nod @ around, pose.scale, pose.place, float(np.exp(dice.between(np.log(4.5), np.log(30)))))


def silhouette(points: np.ndarray, middle: np.ndarray, bins: int = 240) -> np.ndarray:
    """The outline (bins, 2) of points (N, 2), star-shaped about `middle`; angles rise from -pi."""
    away = points - middle
    angle, reach = np.arctan2(away[:, 1], away[:, 0]), np.hypot(away[:, 0], away[:, 1])
    slot = np.minimum(((angle + np.pi) / (2 * np.pi) * bins).astype(int), bins - 1)
    best = np.zeros(bins)
    np.maximum.at(best, slot, reach)
    far = np.full(bins, -1)
    order = np.argsort(reach)
    far[slot[order]] = order
    used = far >= 0
    return points[far[used]]


def jaw_line(
    outline: np.ndarray, middle: np.ndarray, first: np.ndarray, low: np.ndarray, last: np.ndarray
) -> np.ndarray:
    """The part of an outline from the direction of `first` by that of `low` to that of `last`."""

    def angle(at: np.ndarray) -> np.ndarray:
        return np.arctan2(at[..., 1] - middle[1], at[..., 0] - middle[0])

    base = angle(low)

    def turn(at: np.ndarray) -> np.ndarray:  # from the chin, left (as seen) positive
        return (angle(at) - base + np.pi) % (2 * np.pi) - np.pi

    turns, reach = turn(outline), np.hypot(*(outline - middle).T)
    order = np.argsort(turns)
    wanted = np.linspace(turn(first), turn(last), 121)
    far = np.interp(wanted, turns[order], reach[order], period=2 * np.pi)
    return middle + far[:, None] * np.stack([np.cos(wanted + base), np.sin(wanted + base)], axis=1)


def build(seed: int | tuple[int, ...] | Dice, kind_name: str = "", *, size: int = 192, bare: bool = False) -> Rendered:
    """The character of a seed. bare: nothing but the head (and what is modelled upon the face)."""
    dice = seed if isinstance(seed, Dice) else Dice(seed)
    kind_name = kind_name or dice.weighed(SHARES)
    kind = TRAINING[kind_name]
    head = kind.head(dice)
    nose_y, mouth_y = dice.between(*kind.nose_height) * head.chin, dice.between(*kind.mouth_height) * head.chin
    nose_style, mouth_style = dice.weighed(kind.nose), dice.weighed(kind.mouth)
    nose_w = dice.between(*kind.nose_width)
    dark = dice.colour(saturation=(0, 0.6), value=(0.02, 0.25))
    plan = eyes.plan(dice, dice.weighed(kind.eyes), ink=dark, size=dice.between(*kind.eye_size))
    plan.spread = min(plan.spread, 0.93 - plan.width)
    nose_y = max(nose_y, 0.6 * plan.height, 0.12)
    mouth_y = min(max(mouth_y, nose_y + 0.16), head.chin - 0.14)
    mouth_w = min(dice.between(*kind.mouth_width), 0.72 * drawn_dress.edge(head, mouth_y))
    colour = kind.colour(dice)
    if brightness(colour) < 0.18 and dice.chance(0.7):
        dark = dice.colour((20, 60), (0, 0.5), (0.7, 1))
        plan.ink = dark
    pose = frame(dice, head, size, turn=kind.turn, muzzle=(mouth_y, 0.0, 0.4))
    if pose.yaw == 0 and dice.chance(0.6):
        pose = Pose(**{**vars(pose), "yaw": float(np.clip(dice.rng.normal(0, 0.2), -0.5, 0.5))})
    seen = camera(dice, pose)

    form = solid(dice, head, boxy=dice.between(0, 2) if kind_name == "blob" and dice.chance(0.4) else 0.0)
    animal = mouth_style in ("animal", "flews") or nose_style in noses.ANIMAL
    snout = _shape(dice, form, kind, kind_name, plan, (nose_y, nose_w), (mouth_y, mouth_w), animal)
    blank = Pen(8, pose)
    curves = Curves(jaw=head.jaw, eyes=None, mouth=None, iris=None)  # type: ignore[arg-type]
    joined = nose_y if nose_style in noses.ANIMAL and dice.chance(0.8) else None
    soft = shade(colour, dice.between(0.2, 0.55)) if dice.chance(kind.soft) else dark
    curves.mouth = mouths.draw(blank, dice, mouth_style, y=mouth_y, width=mouth_w, ink=dark, skin=colour)
    curves.mouth = parts.fitted(curves.mouth, head.chin - 0.07)
    no_mouth = dice.chance(kind.no_mouth)
    ridge: list = []
    if nose_style != "none":
        curves.bridge, curves.nose = noses.draw(blank, dice, nose_style, y=nose_y, width=nose_w, ink=dark, skin=colour)
        ridge = parts.ridge(dice, nose_style, curves.bridge, curves.nose)
    form.bumps += ridge
    hollow = [] if no_mouth or mouth_style == "beak" else parts.cavity(curves.mouth, dice.between(0.12, 0.3))
    carved = Solid(
        **{name: getattr(form, name) for name in ("head", "front", "back", "power", "profile", "chin_forward")},
        bumps=[*form.bumps, *hollow],
    )

    model = Model()
    grid, plain = carved.grid(), form.grid()
    tones = _tones(dice, kind, plain, colour, snout, (mouth_y, mouth_w))
    if hollow:
        deep = np.clip((plain[..., 2] - grid[..., 2]) / 0.05, 0, 1)[..., None]
        tones = tones * (1 - deep) + deep * np.array(dice.colour((340, 380), (0.4, 0.9), (0.05, 0.4)))
    surface = dice.weighed(kind.surface)
    if surface == "clay" or dice.chance(0.08):
        lumps = _lumps(dice, grid)
        grid = grid + dress.normals(grid) * lumps[..., None] * (np.abs(grid[..., 2:3]) > 0.02)
    model.sheet(grid, tones, closed=True)

    curves.eyes, curves.iris, raised = parts.both_eyes(
        model, form, dice, plan, colour, wink=dice.sign() if dice.chance(0.03) else 0
    )
    up3 = low3 = None
    if curves.nose is not None:
        up3, low3 = parts.nose(model, form, dice, nose_style, curves.bridge, curves.nose, colour, dark)
    if no_mouth:
        curves.covered.add("mouth")
        lips3 = form.put(parts._lip_points(curves.mouth))
    else:
        lips3 = parts.mouth(model, carved, form, dice, mouth_style, curves.mouth, colour, soft, joined)
    low = -plan.height - dice.between(0.08, 0.35)
    hair_colour = dice.colour((10, 50), (0, 0.8), (0.05, 0.95)) if dice.chance(0.65) else dice.colour()
    if dice.chance(kind.brows):
        curves.brows = noses.brows(blank, dice, plan, dark)
        parts.brows(model, form, dice, curves.brows, hair_colour if dice.chance(0.6) else dark)
        low = min(low, float(min(path[:, 1].min() for path in curves.brows)) - 0.08)
    if not bare:
        _dress(
            model,
            form,
            dice,
            kind,
            plan,
            plain,
            tones,
            colour,
            hair_colour,
            low,
            surface,
            (nose_y, nose_w),
            (mouth_y, mouth_w, float(curves.mouth[0][len(curves.mouth[0]) // 2, 1])),
        )

    if dice.chance(0.05):
        part = dress.eye_patch(model, form, dice, plan, dice.colour(value=(0, 0.7)))
        curves.covered.add(part)
        if curves.brows is not None:
            curves.covered.add(part.replace("eye", "brow"))

    flat = curves.points()
    points = np.empty((68, 3))
    points[17:27] = form.put(flat[17:27], 0.01)
    points[27:36] = form.put(flat[27:36])
    if up3 is not None:
        points[27:31], points[31:36] = up3, low3
    for side, rows in ((-1, slice(36, 42)), (1, slice(42, 48))):
        points[rows] = raised[side][0].put(flat[rows])
    points[48:68] = lips3
    iris3 = np.array([raised[side][0].put(raised[side][1]) for side in (-1, 1)])
    pixels = np.empty((68, 2))
    pixels[17:] = seen(points[17:])[:, :2]
    surface_px = seen(plain.reshape(-1, 3))[:, :2]
    middle = seen(np.array([0, 0.4 * head.chin, 0.2]))[:2]
    outline = silhouette(surface_px, middle)
    ends = seen(np.array([(-1, 0, 0), (0, head.chin, form.chin_forward), (1, 0, 0)], float))[:, :2]
    from .curves import share_points

    pixels[:17] = share_points(jaw_line(outline, middle, *ends), np.linspace(0, 1, 17))
    made = model.mesh()
    tinted = made.colours
    if kind_name == "statue" and dice.chance(0.7):  # of one stuff all over
        tinted = np.array(colour) * (0.8 + 0.3 * tinted.mean(axis=1, keepdims=True) / 255)
    shown = Mesh(seen(made.points), made.faces, tinted)
    return Rendered(shown, pixels, seen(iris3)[:, :2], curves.present(), kind_name, pose, outline)


def _lumps(dice: Dice, grid: np.ndarray) -> np.ndarray:
    """Unevenness (R, C) as of fingers or tools."""
    total = np.zeros(grid.shape[:2])
    for _ in range(10):
        wave = dice.rng.normal(0, dice.between(2, 12), 3)
        total += np.sin(grid @ wave + dice.between(0, 6)) / (6 + np.linalg.norm(wave))
    return total * dice.between(0.01, 0.05)


def _shape(
    dice: Dice,
    form: Solid,
    kind: Kind,
    name: str,
    plan: eyes.Eyes,
    nose: tuple[float, float],
    mouth: tuple[float, float],
    animal: bool,
) -> tuple[float, float, float, float]:
    """Sockets, cheeks, brow ridge, chin, muzzle; the muzzle as (y, rx, ry, lift), lift 0 without one."""
    reach = max(plan.width, plan.height)
    if name in ("human", "toon", "statue", "puppet") and dice.chance(0.75):
        for side in (-1, 1):
            form.bumps.append(
                swell(side * plan.spread, 0.0, 1.5 * reach + 0.06, 1.3 * reach + 0.06, -dice.between(0.02, 0.12))
            )
            if dice.chance(0.6):
                form.bumps.append(swell(side * 0.55, 0.5 * form.head.chin, 0.26, 0.24, dice.between(0, 0.12)))
        form.bumps.append(swell(0, -plan.height - 0.16, 0.7, 0.14, dice.between(0, 0.08)))
        form.bumps.append(swell(0, form.head.chin * 0.93, 0.22, 0.16, dice.between(0, 0.14)))
        form.bumps.append(swell(0, mouth[0], 0.42, 0.3, dice.between(0, 0.1)))
    if not (animal and dice.chance(0.9)) and name != "long":
        return mouth[0], 0.5, 0.4, 0.0
    y = 0.4 * nose[0] + 0.6 * mouth[0]
    rx = max(dice.between(0.32, 0.58), mouth[1] * 1.0 + 0.06, nose[1] + 0.12)
    ry = max(dice.between(0.28, 0.46), 0.6 * (mouth[0] - nose[0]) + 0.18)
    lift = dice.between(0.1, 0.65) if name != "long" else dice.between(0.25, 0.9)
    power = dice.between(2, 4.5)
    if dice.chance(0.3) and name != "long":  # two cheeks of a cat
        for side in (-1, 1):
            form.bumps.append(
                swell(0.42 * side * rx, y + 0.25 * (mouth[0] - y), 0.62 * rx, 0.75 * ry, 0.6 * lift, power)
            )
        form.bumps.append(swell(0, y, 0.7 * rx, ry, 0.4 * lift))
    else:
        form.bumps.append(swell(0, y, rx, ry, lift, power))
        if name == "long" or dice.chance(0.3):  # the nose's back up to the brow
            form.bumps.append(swell(0, 0.35 * y, 0.7 * rx, 0.6 * y, 0.35 * lift))
    return y, rx, ry, lift


def _tones(
    dice: Dice,
    kind: Kind,
    grid: np.ndarray,
    colour: Colour,
    snout: tuple[float, float, float, float],
    mouth: tuple[float, float],
) -> np.ndarray:
    """Colours (R, C, 3) of the head: patches, spots, stripes, cheeks, grain."""
    x, y, z = grid[..., 0], grid[..., 1], grid[..., 2]
    tones = np.broadcast_to(np.array(colour, np.float64), grid.shape).copy()

    def paint(mask: np.ndarray, other: Colour, share: float = 1.0) -> None:
        weight = (np.clip(mask, 0, 1) * share)[..., None]
        tones[:] = tones * (1 - weight) + np.array(other) * weight

    if "wood" in kind.surface:
        rings = np.sin(
            dice.between(8, 25) * np.hypot(x - dice.between(-2, 2), 0.35 * y + dice.between(-1, 1)) + 2 * np.sin(2 * y)
        )
        paint(0.5 + 0.5 * rings, shade(colour, dice.between(0.6, 0.9)))
    if kind.soft and dice.chance(0.35):  # coats
        wave = np.sin(dice.between(2, 9) * x + dice.between(0, 6)) * np.sin(
            dice.between(2, 9) * y + dice.between(0, 6)
        ) + 0.4 * np.sin(5 * x * y)
        paint((wave - dice.between(0.0, 0.7)) * 6, dice.near(shade(colour, dice.between(0.3, 1.7)), 20))
    if snout[3] and dice.chance(0.6):
        soft = dice.between(3, 14)
        light = shade(colour, dice.between(1.2, 1.9)) if dice.chance(0.75) else shade(colour, dice.between(0.3, 0.8))
        paint((1.1 - np.hypot(x / snout[1], (y - snout[0]) / snout[2])) * soft * (z > 0), light)
        if dice.chance(0.3):
            paint((0.16 - np.abs(x) * (1 + np.clip(y, -2, 0))) * 12 * (z > 0) * (y < snout[0]), light)
    if dice.chance(0.3):
        for side in (-1, 1):
            paint(
                (1 - np.hypot(x - 0.58 * side, y - 0.45 * snout[0] - 0.2) / dice.between(0.15, 0.3)) * 2 * (z > 0),
                (235, 110, 110),
                dice.between(0.2, 0.7),
            )
    if dice.chance(0.3):
        paint(np.clip(y / 1.5, -1, 1) * dice.sign() * 0.6, shade(colour, dice.between(0.5, 1.4)))
    return np.clip(tones, 0, 255)


def _dress(
    model: Model,
    form: Solid,
    dice: Dice,
    kind: Kind,
    plan: eyes.Eyes,
    grid: np.ndarray,
    tones: np.ndarray,
    colour: Colour,
    hair: Colour,
    low: float,
    surface: str,
    nose: tuple[float, float],
    mouth: tuple[float, float, float],
) -> None:
    if dice.chance(kind.body):
        dress.body(model, form, dice, colour, colour if dice.chance(kind.skin_behind) else dice.colour(value=(0.05, 1)))
    dress.ears(model, form, dice, dice.weighed(kind.ears), colour)
    with_hair = dice.chance(kind.hair)
    if with_hair:
        dress.hair(model, form, dice, grid, hair, low)
    if dice.chance(kind.beard):
        lip = mouth[2]
        both = dice.pick(["beard", "moustache", "both"])
        if both != "moustache":
            dress.beard(model, grid, dice, form, mouth[0], mouth[1], hair)
        if both != "beard" and lip - nose[0] > 0.08:
            dress.moustache(model, form, dice, nose[0], lip, mouth[1], hair)
    if dice.chance(kind.hat):
        dress.hat(model, form, dice, grid, dice.colour(), low)
    if dice.chance(kind.glasses):
        dress.glasses(model, form, dice, plan, dice.colour(saturation=(0, 0.6), value=(0, 0.6)))
    if dice.chance(kind.whiskers):
        dress.whiskers(model, form, dice, (nose[0] + mouth[0]) / 2, 0.2, dice.pick([(255, 255, 255), (20, 20, 20)]))
    if surface in ("fur", "plush"):
        reach = 1.3 * np.array([plan.width, plan.height]) + 0.04
        off = [(np.array([side * plan.spread, 0.0]), reach) for side in (-1, 1)]
        off.append((np.array([0, nose[0] - 0.8 * nose[1]]), np.array([1.15, 1.2]) * nose[1] + 0.03))
        off.append((np.array([0, mouth[0]]), np.array([1.05 * mouth[1] + 0.04, 0.35 * mouth[1] + 0.06])))
        length = dice.between(0.04, 0.09) if surface == "plush" else dice.between(0.06, 0.16)
        dress.fur(model, dice, grid, tones, off, length)
