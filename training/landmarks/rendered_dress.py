# SPDX-License-Identifier: GPL-3.0-or-later
"""Ears, hair, beards, hats, bodies, glasses, whiskers and fur of modelled heads. None of them covers a part."""

from __future__ import annotations

import numpy as np

from .dice import Colour, Dice, shade
from .eyes import Eyes
from .rendered_head import Solid, normals
from .rendered_mesh import Model

Grid = np.ndarray  # (R, C, 3), a head's surface


def _edge(solid: Solid, y: float, side: int) -> float:
    return side * float(solid.width(np.array([y]), np.array([float(side)]))[0])


def shell(model: Model, grid: Grid, thick: np.ndarray, colour: Colour | np.ndarray) -> None:
    """A second skin: thick (R, C) above the head, none where thick is nought."""
    model.sheet(grid + normals(grid) * (thick - 0.04)[..., None], colour, closed=True, where=thick > 0)


def ears(model: Model, solid: Solid, dice: Dice, style: str, colour: Colour) -> None:
    if style == "none":
        return
    inner = dice.near(shade(colour, dice.between(0.6, 1.5)), 30) if dice.chance(0.7) else colour
    size, lean, back = dice.between(0.75, 1.3), dice.between(-0.3, 0.6), dice.between(-0.35, 0.0)
    top = solid.head.top
    for side in (-1, 1):
        if style in ("human", "elf"):
            at = np.array([_edge(solid, 0.15, side) * 1.02, dice.between(0.05, 0.3), -0.1])
            model.ball(at, (0.1 * size, 0.24 * size, 0.16 * size), colour, turn=0.15 * side)
            model.ball(at + (0.03 * side, -0.02, 0.08), (0.05 * size, 0.14 * size, 0.1 * size), shade(inner, 0.85))
            if style == "elf":
                tip = at + np.array([side * 0.45 * size, -0.35 * size, -0.1])
                model.tube(np.linspace(at, tip, 6), [0.14, 0.1, 0.01], colour)
        elif style == "round":
            y = top * 0.62
            at = np.array([_edge(solid, y, side) * 0.95, y - 0.12, back])
            radius = 0.34 * size
            model.ball(at, (radius, radius, 0.13), colour)
            model.ball(at + (0, 0.02, 0.07), (0.66 * radius, 0.66 * radius, 0.09), inner)
        elif style in ("pointed", "leaf", "long", "horns"):
            y = top * (0.72 if style != "horns" else 0.8)
            root = np.array([_edge(solid, y, side) * (0.6 if style in ("long", "horns") else 0.8), y, back])
            height = {"pointed": 0.7, "leaf": 0.75, "long": 1.35, "horns": 0.6}[style] * size
            width = {"pointed": 0.34, "leaf": 0.2, "long": 0.19, "horns": 0.12}[style] * size
            out = lean + (0.5 if style == "leaf" else 0.15)
            t = np.linspace(-0.25, 1, 14)
            path = root + np.stack([side * height * (out * t + 0.2 * lean * t**2), -height * t, -0.1 * t], axis=1)
            if style == "horns":
                model.tube(path, [width, 0.7 * width, 0.02], dice.colour((20, 50), (0, 0.4), (0.3, 1)))
                continue
            full = (
                np.sqrt(np.clip(1 - np.clip(t, 0, 1) ** 2, 0, 1)) if style != "pointed" else 1 - np.clip(t, 0, 1) ** 1.3
            )
            for tone, share, front in ((colour, 1.0, 0.0), (inner, 0.62, 0.06)):
                angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)
                ring = np.stack([np.cos(angle), 0 * angle, 0.35 * np.sin(angle)], axis=1)
                model.sheet(
                    path[:, None] + (0, 0, front) + ring * (share * width * (full + 0.02))[:, None, None],
                    tone,
                    closed=True,
                )
        else:  # floppy
            y = top * 0.5
            at = np.array([_edge(solid, y, side) * 1.06, y + 0.4 * size, 0.05])
            model.ball(at, (0.2 * size, 0.55 * size, 0.13), shade(colour, dice.between(0.7, 1.1)), turn=-0.25 * side)


def hair(model: Model, solid: Solid, dice: Dice, grid: Grid, colour: Colour, low: float) -> None:
    """A cap whose edge stays above `low` in front of the face; strands, spikes, curls, long hair behind."""
    x, y, z = grid[..., 0], grid[..., 1], grid[..., 2]
    waves = dice.between(0, 0.12) * np.sin(dice.between(3, 14) * x + dice.between(0, 6))
    side = dice.between(0.0, 0.9) * solid.head.chin
    front = np.clip((z + 0.05) / 0.35, 0, 1)  # 0 beside and behind
    slant = dice.between(-0.3, 0.3) * x if dice.chance(0.5) else 0.0
    line = np.minimum((low - dice.between(0.0, 0.4)) + waves + slant, low) * front + side * (1 - front)
    around = np.arctan2(x, z)
    strand = np.sin(dice.between(14, 60) * around + 3 * np.sin(2 * y)) * dice.between(0.0, 0.03)
    full = dice.between(0.08, 0.24)
    thick = np.clip((line - y) / 0.1, 0, 1) ** 0.6 * (full + strand + full * np.clip(-y, 0, 1.2) * dice.between(0, 1.0))
    tones = np.clip(np.array(colour) * (1 + 6 * dice.between(0, 1) * strand)[..., None], 0, 255)
    shell(model, grid, thick, tones)
    style = dice.weighed({"cap": 3, "spikes": 1, "curls": 1, "tail": 0.7, "tuft": 0.8})
    on_top = grid[(y < line - 0.12) & (y < 0.3 * low)]
    if style == "curls" and len(on_top):
        for at in on_top[dice.rng.integers(0, len(on_top), 26)]:
            model.ball(at * (1.06, 1.06, 1.0), (0.17,) * 3, dice.near(colour, 12), detail=8)
    elif style == "spikes" and len(on_top):
        for at in on_top[dice.rng.integers(0, len(on_top), 16)]:
            if at[1] < solid.head.top * 0.55:
                tip = at + np.array(
                    [0.25 * at[0] + dice.rng.normal(0, 0.08), -dice.between(0.15, 0.4), dice.rng.normal(0, 0.1)]
                )
                model.tube(np.linspace(at, tip, 5), [0.16, 0.1, 0.005], dice.near(colour, 10))
    elif style == "tuft":
        for _ in range(4):
            tip = np.array([dice.rng.normal(0, 0.3), solid.head.top - dice.between(0.15, 0.4), dice.between(0, 0.4)])
            model.tube(np.linspace((0, solid.head.top + 0.1, 0), tip, 6), [0.1, 0.07, 0.005], colour)
    if style == "tail" or dice.chance(0.3):
        for way in (-1, 1):
            at = np.array(
                [way * dice.between(0.75, 1.15), dice.between(0.2, 1.2) * solid.head.chin, -dice.between(0.25, 0.5)]
            )
            model.ball(at, (dice.between(0.22, 0.45), dice.between(0.5, 1.1), 0.3), colour)


def beard(model: Model, grid: Grid, dice: Dice, solid: Solid, mouth_y: float, mouth_w: float, colour: Colour) -> None:
    """Around the mouth, never over it."""
    x, y, z = grid[..., 0], grid[..., 1], grid[..., 2]
    start = mouth_y * dice.between(0.35, 0.9)
    edge = start + (mouth_y - start) * np.clip(1 - np.abs(x) / max(2 * mouth_w, 0.3), 0, 1)
    away = np.hypot(x / (mouth_w * 1.15 + 0.03), (y - mouth_y) / max(0.6 * mouth_w, 0.16)) - 1
    inside = np.clip(np.minimum((y - edge) / 0.08, np.where(z > 0, away / 0.25, 1)), 0, 1)
    grain = 0.02 * np.sin(30 * x + 9 * np.sin(7 * y)) + 0.015 * dice.rng.normal(size=x.shape)
    shell(
        model,
        grid,
        inside**0.6 * (dice.between(0.07, 0.13) + grain),
        np.clip(np.array(colour) * (1 + 4 * grain)[..., None], 0, 255),
    )


def hat(model: Model, solid: Solid, dice: Dice, grid: Grid, colour: Colour, low: float) -> None:
    style, top = dice.weighed({"cap": 2, "cylinder": 1, "cone": 1, "beanie": 2, "bow": 0.8}), solid.head.top
    line = min(low - 0.05, dice.between(0.35, 0.75) * top)
    if style in ("cap", "beanie"):
        thick = np.clip((line - grid[..., 1]) / 0.06, 0, 1) ** 0.5 * dice.between(0.1, 0.22)
        shell(model, grid, thick, colour)
        y = np.full(41, line - 0.04)
        turn = np.linspace(0, 2 * np.pi, 41)[:-1]
        wide = float(solid.width(y[:1], y[:1])[0]) + 0.1
        if style == "beanie":
            deep = float(solid.z(np.zeros(1), y[:1])[0]) + 0.1
            ring = np.stack([wide * np.sin(turn), y[:-1], np.where(np.cos(turn) > 0, deep, 0.9) * np.cos(turn)], axis=1)
            model.tube(
                ring, dice.between(0.06, 0.14), dice.near(shade(colour, dice.between(0.7, 1.3)), 40), closed=True
            )
        else:
            front = np.linspace(-0.9, 0.9, 17)
            root = solid.put(np.stack([wide * 0.85 * front, y[:17]], axis=1), 0.06)
            far = root + np.stack([0.1 * front, 0 * front + 0.02, 0.5 * np.cos(1.5 * front)], axis=1)
            model.sheet(np.stack([root, (root + far) / 2 - (0, 0.03, 0), far]), shade(colour, dice.between(0.6, 1.1)))
        return
    if style == "bow":
        at = np.array([dice.between(-0.5, 0.5), top * 0.92, 0.3])
        for way in (-1, 1):
            model.ball(at + (0.25 * way, 0, 0), (0.25, 0.17, 0.1), colour, turn=0.3 * way)
        model.ball(at, (0.1, 0.1, 0.14), shade(colour, 0.8))
        return
    wide = float(solid.width(np.array([line]), np.zeros(1))[0])
    turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    ring = np.stack([np.cos(turn), 0 * turn, np.sin(turn)], axis=1)
    height = dice.between(0.6, 1.2)
    tops = [(0.98, 0.0), (0.9 if style == "cylinder" else 0.02, -height), (0.0, -height)]
    model.sheet(np.stack([ring * (wide * share) + (0, line + rise, 0) for share, rise in tops]), colour, closed=True)
    if style == "cylinder" or dice.chance(0.4):
        brim = np.stack([ring * (wide * share) + (0, line + 0.02 * k, 0) for k, share in enumerate((0.5, 1.35))])
        model.sheet(brim, shade(colour, 0.8), closed=True)


def body(model: Model, solid: Solid, dice: Dice, colour: Colour, cloth: Colour) -> None:
    chin = solid.head.chin
    wide, neck = dice.between(0.7, 1.9), dice.between(0.25, 0.75)
    drop, back = dice.between(0.05, 0.45), -dice.between(0.3, 0.7)
    t = np.linspace(0, 1, 12)
    model.tube(np.stack([0 * t, chin - 0.4 + (0.6 + drop) * t, back + 0 * t], axis=1), neck, colour, sides=20)
    if dice.chance(0.5):
        model.ball(np.array([0, chin + drop + 1.3, back]), (wide, 1.3, 0.65 * wide), cloth, detail=20)
    else:
        y = chin + drop + np.array([0.05, 0.15, 0.45, 1.2, 2.6])
        r = np.array([0.9 * neck, 0.65 * wide, wide, 1.05 * wide, 1.1 * wide])
        turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
        model.sheet(
            np.stack(
                [
                    np.stack([a * np.cos(turn), 0 * turn + b, back + 0.55 * a * np.sin(turn)], axis=1)
                    for a, b in zip(r, y, strict=True)
                ]
            ),
            cloth,
            closed=True,
        )
    if dice.chance(0.3):
        turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
        ring = np.stack(
            [1.15 * neck * np.cos(turn), chin + drop + 0.05 + 0 * turn, back + 1.1 * neck * np.sin(turn)], axis=1
        )
        model.tube(ring, dice.between(0.06, 0.16), dice.colour(), closed=True)


def glasses(model: Model, solid: Solid, dice: Dice, plan: Eyes, colour: Colour) -> None:
    radius = max(1.25 * max(plan.width, 0.7 * plan.height), 0.16)
    radius = min(radius, 0.96 * plan.spread)
    turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    power = dice.between(2, 5)
    c, s = (np.sign(v) * np.abs(v) ** (2 / power) for v in (np.cos(turn), np.sin(turn)))
    front = float(solid.z(np.array([plan.spread]), np.zeros(1))[0]) + 0.16
    thick = dice.between(0.015, 0.05)
    for side in (-1, 1):
        ring = np.stack([side * plan.spread + radius * c, radius * s, front - 0.25 * radius * side * c], axis=1)
        model.tube(ring, thick, colour, closed=True)
        ear = np.array([_edge(solid, 0.0, side) * 1.03, -0.05, 0.0])
        model.tube(np.linspace((side * (plan.spread + radius), 0, front - 0.25 * radius), ear, 8), thick, colour)
    nose = np.array([(-plan.spread + radius, 0, front), (0, -0.04, front + 0.06), (plan.spread - radius, 0, front)])
    model.tube(nose, thick, colour)


def whiskers(model: Model, solid: Solid, dice: Dice, y: float, w: float, colour: Colour) -> None:
    for side in (-1, 1):
        for slope in np.linspace(-0.3, 0.3, 3):
            root = solid.put(np.array([side * w, y + 0.12 * slope]), 0)
            t = np.linspace(0, 1, 9)[:, None]
            path = root + t * np.array([side * dice.between(0.5, 0.9), 0.4 * slope, -0.1]) + t**2 * (0, 0.1, 0)
            model.tube(path, [0.012, 0.004], colour, sides=5)


def fur(
    model: Model,
    dice: Dice,
    grid: Grid,
    tones: np.ndarray,
    keep_off: list[tuple[np.ndarray, np.ndarray]],
    length: float,
) -> None:
    """Blades all over the head but for ellipses (centre, radii) in front."""
    normal = normals(grid).reshape(-1, 3)
    points, tones = grid.reshape(-1, 3), np.broadcast_to(tones, grid.shape).reshape(-1, 3)
    chosen = dice.rng.integers(0, len(points), int(dice.between(2500, 5000)))
    chosen = chosen[points[chosen, 2] > -0.35]
    for centre, radii in keep_off:
        reach = np.hypot(*((points[chosen, :2] - centre) / radii).T)
        chosen = chosen[(reach > 1) | (points[chosen, 2] < 0)]
    roots = points[chosen]
    flow = np.stack([roots[:, 0], roots[:, 1] - 0.15 + 0.3, 0 * roots[:, 0]], axis=1)
    flow /= np.maximum(np.linalg.norm(flow, axis=1, keepdims=True), 0.2)
    ways = dice.between(0.25, 0.7) * normal[chosen] + flow + dice.rng.normal(0, 0.2, roots.shape)
    ways /= np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-9)
    model.tufts(roots - 0.01 * normal[chosen], ways, length, dice.between(0.03, 0.06), tones[chosen], dice)


def moustache(model: Model, solid: Solid, dice: Dice, nose_y: float, lip_y: float, w: float, colour: Colour) -> None:
    """Between nose and mouth, over the upper lip's edge at most."""
    thick, span = min(dice.between(0.04, 0.1), 0.5 * (lip_y - nose_y)), w * dice.between(0.7, 1.5)
    droop, y = dice.between(-0.25, 0.45) * w, lip_y - 0.8 * thick
    for side in (-1, 1):
        t = np.linspace(0, 1, 12)
        path = np.stack([side * span * t, y + droop * t**2 - 0.03 * np.sin(np.pi * t)], axis=1)
        model.tube(solid.put(path, 0.3 * thick), [0.7 * thick, thick, 0.1 * thick], dice.near(colour, 8))


def eye_patch(model: Model, solid: Solid, dice: Dice, plan: Eyes, colour: Colour) -> str:
    """Over one eye, with its band; the part that it hides."""
    side = dice.sign()
    reach = 1.25 * max(plan.width, plan.height, 0.14)
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    rows = np.linspace(0, 1, 6)[:, None]
    at = np.stack([side * plan.spread + reach * rows * np.cos(turn), reach * rows * np.sin(turn)], axis=-1)
    lift = min(plan.width, plan.height) + 0.05
    model.sheet(solid.put(at, lift * np.sqrt(1 - rows**2) + 0.03), colour, closed=True)
    x = np.linspace(-0.97, 0.97, 24)
    band = np.stack([x, -0.06 - 0.35 * side * (side * plan.spread - x)], axis=1)
    if float(np.abs(band[:, 1]).max()) < 0.9:
        model.tube(solid.put(band, 0.02), 0.03, shade(colour, 0.6))
    return "left_eye" if side == 1 else "right_eye"
