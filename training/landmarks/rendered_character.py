# SPDX-License-Identifier: GPL-3.0-or-later
"""One modelled character from one seed: its mesh in pixels, its exact points, its parts. No Blender is needed here."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.landmarks import COUNT

from . import mouths, noses
from . import rendered_dress as dress
from . import rendered_mouths as modelled_mouths
from . import rendered_parts as parts
from .curves import share_points
from .dice import Colour, Dice, shade
from .pen import Pen, Pose
from .points import Curves
from .rendered_camera import camera, jaw_line, silhouette
from .rendered_draft import SHARES, Draft, drafted
from .rendered_head import FRONT, Solid, normals, solid
from .rendered_mesh import Mesh, Model
from .rendered_surface import Snout, shape, surface


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


def build(seed: int | tuple[int, ...] | Dice, name: str = "", *, size: int = 192, bare: bool = False) -> Rendered:
    """The character of a seed. bare: the head's surface alone."""
    dice = seed if isinstance(seed, Dice) else Dice(seed)
    name = name or dice.weighed(SHARES)
    draft = drafted(dice, name, size)
    seen = camera(dice, draft.pose)
    form = solid(dice, draft.head, boxy=dice.between(0, 2) if name == "blob" and dice.chance(0.4) else 0.0)
    snout = shape(dice, form, draft)
    model = Model()
    curves, flat, plain = _face(model, form, dice, draft, snout, bare=bare)
    pixels = np.empty((COUNT, 2))
    pixels[17:] = seen(flat[17:COUNT])[:, :2]
    middle = seen(np.array([0, 0.4 * draft.head.chin, 0.2]))[:2]
    # A turned person's jaw ends before the near ear; an animal's, a toy's is the head's edge wherever that is.
    edge = plain[:, :FRONT] if draft.kind.head_behind else plain
    outline = silhouette(seen(edge)[..., :2], middle)
    ends = seen(np.array([(-1, 0, 0), (0, draft.head.chin, form.chin_forward), (1, 0, 0)], float))[:, :2]
    pixels[:17] = share_points(jaw_line(outline, middle, *ends), np.linspace(0, 1, 17))
    made = model.mesh()
    tones = made.colours
    if name == "statue" and dice.chance(0.7):  # of one stuff all over
        tones = np.array(draft.colour) * (0.8 + 0.3 * tones.mean(axis=1, keepdims=True) / 255)
    return Rendered(
        Mesh(seen(made.points), made.faces, tones),
        pixels,
        seen(flat[COUNT:])[:, :2],
        curves.present(),
        name,
        draft.pose,
        outline,
    )


def _face(
    model: Model, form: Solid, dice: Dice, draft: Draft, snout: Snout, *, bare: bool
) -> tuple[Curves, np.ndarray, np.ndarray]:
    """Models all of it; its curves, its points (70, 3), the jaw's left open, the irises last, its outer skin."""
    kind, colour, dark = draft.kind, draft.colour, draft.dark
    nose_style, nose_y, nose_w = draft.nose
    mouth_style, mouth_y, mouth_w = draft.mouth
    blank = Pen(8, draft.pose)  # the drawn parts give their curves, what they draw is thrown away
    lips = mouths.draw(blank, dice, mouth_style, y=mouth_y, width=mouth_w, ink=dark, skin=colour)
    lips = modelled_mouths.fitted(lips, draft.head.chin - 0.07)
    nose: tuple[np.ndarray, np.ndarray] | None = None
    if nose_style != "none":
        nose = noses.draw(blank, dice, nose_style, y=nose_y, width=nose_w, ink=dark, skin=colour)
        form.bumps += parts.ridge(dice, nose_style, *nose)
    carved, covered = form, {"mouth"} if dice.chance(kind.no_mouth) else set[str]()
    if not covered and mouth_style != "beak":
        carved = replace(form, bumps=[*form.bumps, *modelled_mouths.cavity(lips, dice.between(0.12, 0.3))])
    plain, tones, stuff = surface(model, form, carved, dice, draft, snout)
    fur = 0.0
    if bare:  # what follows is thrown away
        model = Model()
    elif stuff in ("fur", "plush"):
        fur = dice.between(0.04, 0.09) if stuff == "plush" else dice.between(0.06, 0.16)
    points = np.empty((COUNT + 2, 3))
    wink = dice.sign() if dice.chance(0.03) else 0
    lids, iris, domes = parts.both_eyes(model, form, dice, draft.plan, colour, wink=wink)
    curves = Curves(jaw=draft.head.jaw, eyes=lids, mouth=lips, iris=iris, covered=covered)
    if nose is not None:
        curves.bridge, curves.nose = nose
    low = -draft.plan.height - dice.between(0.08, 0.35)
    hair = dice.colour((10, 50), (0, 0.8), (0.05, 0.95)) if dice.chance(0.65) else dice.colour()
    if dice.chance(kind.brows):
        curves.brows = noses.brows(blank, dice, draft.plan, dark)
        parts.brows(model, form, dice, curves.brows, hair if dice.chance(0.6) else dark)
        low = min(low, float(min(path[:, 1].min() for path in curves.brows)) - 0.08)
    flat = curves.points()
    points[17:27], points[27:36] = form.put(flat[17:27], 0.01), form.put(flat[27:36])
    if nose is not None:
        points[27:31], points[31:36] = parts.nose(model, form, dice, nose_style, *nose, colour, dark)
    for k, (dome, middle) in enumerate(domes):
        points[36 + 6 * k : 42 + 6 * k], points[COUNT + k] = dome.put(flat[36 + 6 * k : 42 + 6 * k]), dome.put(middle)
    points[48:68] = form.put(flat[48:68])
    if not covered:
        soft = shade(colour, dice.between(0.2, 0.55)) if dice.chance(kind.soft) else dark
        joined = nose_y if nose_style in noses.ANIMAL and dice.chance(0.8) else None
        points[48:68] = modelled_mouths.mouth(model, form, dice, mouth_style, curves.mouth, colour, soft, joined)
    if not bare:
        _dress(model, form, dice, draft, plain, tones, hair, low, fur, curves)
    return curves, points, plain + normals(plain) * 0.5 * fur  # fur belongs to the outline


def _dress(
    model: Model,
    form: Solid,
    dice: Dice,
    draft: Draft,
    grid: np.ndarray,
    tones: np.ndarray,
    hair: Colour,
    low: float,
    fur: float,
    curves: Curves,
) -> None:
    """What the head wears; `low`: the height above which hair and hats begin in front."""
    kind, plan, colour = draft.kind, draft.plan, draft.colour
    nose, mouth = draft.nose[1:], draft.mouth[1:]
    if dice.chance(kind.body):
        dress.body(model, form, dice, colour, colour if dice.chance(kind.skin_behind) else dice.colour(value=(0.05, 1)))
    dress.ears(model, form, dice, dice.weighed(kind.ears), colour)
    if dice.chance(kind.hair):
        dress.hair(model, form, dice, grid, hair, low)
    if dice.chance(kind.beard):
        lip = float(curves.mouth[0][len(curves.mouth[0]) // 2, 1])
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
    if fur:
        reach = 1.3 * np.array([plan.width, plan.height]) + 0.04
        off = [(np.array([side * plan.spread, 0.0]), reach) for side in (-1, 1)]
        off.append((np.array([0, nose[0] - 0.8 * nose[1]]), np.array([1.15, 1.2]) * nose[1] + 0.03))
        off.append((np.array([0, mouth[0]]), np.array([1.05 * mouth[1] + 0.04, 0.35 * mouth[1] + 0.06])))
        dress.fur(model, dice, grid, tones, off, fur)
    if dice.chance(0.05):
        part = dress.eye_patch(model, form, dice, plan, dice.colour(value=(0, 0.7)))
        curves.covered.add(part)
        if curves.brows is not None:
            curves.covered.add(part.replace("eye", "brow"))
