# SPDX-License-Identifier: GPL-3.0-or-later
"""How far each part of the character moves for the driver's: in the character's own proportions.

All in face coordinates (`frame`). A part's carried displacement (its mean; along the jaw a smooth curve) is scaled by
the room that the part has in that direction, the rest by the part's own extent. Nothing divides by a coordinate that
may vanish, and nothing switches: the result is continuous in every argument, and linear but for the side of the room.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..landmarks import COUNT, PARTS

# Gaps smaller than this share of the face width say nothing about proportions
_MIN_GAP = 0.02
_MIN_STEP = 0.002
_MAX_ROOM = 1.5
_WITHIN = 0.75
_MAX_EXTENT = 1.5
_EYES = ("right_eye", "left_eye")
_BROWS = ("right_brow", "left_brow")
_CORNERS = {"right_eye": (36, 39), "left_eye": (42, 45)}
_ENDS = {
    "right_brow": (17, 21), "left_brow": (22, 26), "nose": (31, 35), "right_eye": (36, 39), "left_eye": (42, 45),
    "mouth": (48, 54),
}  # fmt: skip
# Displacements of the jaw line below this degree along the arc are its own motion, the rest detail
_JAW_DEGREE = 4


@dataclass(frozen=True)
class Scales:
    """Factors per point, (68,): carried displacement to the left, right, up, down; detail along x and y."""

    left: np.ndarray
    right: np.ndarray
    up: np.ndarray
    down: np.ndarray
    x: np.ndarray
    y: np.ndarray


@lru_cache(maxsize=1)
def _jaw_curves() -> np.ndarray:
    """(17, 17): displacements @ this = the nearest polynomial of low degree along the jaw."""
    basis, _ = np.linalg.qr(np.vander(np.linspace(-1.0, 1.0, 17), _JAW_DEGREE + 1))
    return basis @ basis.T


def carried(displacement: np.ndarray) -> np.ndarray:
    """The displacement with which each point's part is carried, (T, 68).

    The eyes are carried by their corners, so that a blink does not pull at them; the jaw by a low polynomial along it.
    """
    result = np.empty_like(displacement)
    jaw = PARTS["jaw"]
    result[:, jaw] = displacement[:, jaw] @ _jaw_curves()
    for part, points in PARTS.items():
        if part in _CORNERS:
            first, last = _CORNERS[part]
            result[:, points] = (displacement[:, first] + displacement[:, last])[:, None] / 2
        elif part != "jaw":
            count = points.stop - points.start
            result[:, points] = displacement[:, points].sum(axis=1, keepdims=True) / count
    return result


def displaced(faces: np.ndarray, driver: np.ndarray, character: np.ndarray, scales: Scales) -> np.ndarray:
    """The character's displacement (T, 68) for the driver's faces (T, 68) less its reference (68,)."""
    displacement = faces - driver
    part = carried(displacement)
    detail = displacement - part
    x, y = part.real, part.imag
    result = np.empty_like(displacement)
    result.real = x * np.where(x < 0, scales.left, scales.right) + scales.x * detail.real
    result.imag = y * np.where(y < 0, scales.up, scales.down) + scales.y * detail.imag
    _keep_order(result, faces, driver, character)
    return result


def _keep_order(moved: np.ndarray, faces: np.ndarray, driver: np.ndarray, character: np.ndarray) -> None:
    """Mend displacements (T, 68) in place: the character's jaw points stay in order where the driver's do.

    In order along the line from the first to the last. Where the driver's run backwards, the character's may as
    far, in proportion.
    """
    ours = np.diff(character[:17].real)
    share = _closeness(character, driver)
    theirs, _ = _along(faces[:, :17])
    places, chord = _along(character[:17] + moved[:, :17])
    floor = np.minimum(np.minimum(np.diff(theirs, axis=1), 0.0) * share, ours)
    # the ends stay: points give way toward the chin
    moved[:, 1:8] += _pushed(places[:, :8], floor[:, :7]) * chord
    moved[:, 15:8:-1] -= _pushed(-places[:, :8:-1], floor[:, :8:-1]) * chord


def _along(jaw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places of jaw points (T, 17) along their chord, from 0 to 1, and the chord (T, 1)."""
    arms = jaw - jaw[:, :1]
    chord = arms[:, 16:]
    size = np.maximum((chord * chord.conj()).real, 1e-12)
    return (arms * chord.conj()).real / size, chord


def _pushed(places: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """How far places (T, N) but the first must go up for them to rise by at least `steps` (T, N - 1) each."""
    risen = np.cumsum(steps, axis=1)
    least = places.copy()
    least[:, 1:] -= risen
    return np.maximum.accumulate(least, axis=1)[:, 1:] + risen - places[:, 1:]


def proportions(character: np.ndarray, driver: np.ndarray, present: frozenset[str]) -> Scales:
    """Character to driver, both (68,) in face coordinates, by the parts that both have."""
    ours, theirs = _middles(character, present), _middles(driver, present)
    rooms = {name: tuple(map(_room, _gaps(ours, name), _gaps(theirs, name))) for name in _ENDS if name in present}
    height = _room(abs(character[8].imag), abs(driver[8].imag))
    values = np.ones((6, COUNT))
    for part, points in PARTS.items():
        if part == "jaw":
            values[2:, points] = height
            values[4, points] = _jaw_detail(character, driver)
        if part not in rooms:
            continue
        left, right, up, down = rooms[part]
        first, last = _ENDS[part]
        width = _extent(abs(character[last] - character[first]), abs(driver[last] - driver[first]))
        if part in _EYES:
            tall = width
        elif part in _BROWS:
            tall = min(width, up)
        elif part == "mouth":
            # a small mouth opens tall, but not without end; a mouth of one point not at all; that of a ball or a box
            # opens within an outline that stays, be it a beak that reaches far down already
            below = min(down, _room(_below_lips(character), _below_lips(driver)))
            tall = min(down if "nose" in present else _WITHIN * below, 1.5 * width)
        else:
            tall = min(width, _extent(_nose_length(character), _nose_length(driver)))
        values[:, points] = np.array([left, right, up, down, width, tall])[:, None]
    return Scales(*values)


def _room(character: float, driver: float) -> float:
    return min(abs(character) / max(abs(driver), _MIN_GAP), _MAX_ROOM)


def _below_lips(face: np.ndarray) -> float:
    return max(face[8].imag - face[57].imag, 0.0)


def _extent(character: float, driver: float) -> float:
    return min(abs(character) / max(abs(driver), _MIN_GAP), _MAX_EXTENT)


def _nose_length(face: np.ndarray) -> float:
    return abs(face[31:36].mean() - face[27])


def _middles(face: np.ndarray, present: frozenset[str]) -> dict[str, complex]:
    middles = {name: complex(face[points].mean()) for name, points in PARTS.items() if name in present}
    if "nose" in present:
        middles["nose_base"] = complex(face[31:36].mean())
    return middles | {"low": complex(face[0]), "high": complex(face[16]), "chin": complex(face[8])}


def _gaps(middles: dict[str, complex], part: str) -> tuple[float, float, float, float]:
    """Distances from a part's middle to what lies left, right, above and below it in the picture.

    Where the neighbour is missing, the next beyond it counts; above the brows and where nothing else is, the face's
    size.
    """
    here = middles[part]

    def of(*names: str) -> complex:
        return next(middles[name] for name in names if name in middles)

    def above(*names: str) -> float:
        near = [middles[name].imag for name in names if name in middles]
        return here.imag - sum(near) / len(near) if near else middles["chin"].imag - here.imag

    side, _, kind = part.partition("_")
    low, high = middles["low"].real, middles["high"].real
    if kind and side == "right":
        high = of(f"left_{kind}", "high").real
    elif kind:
        low = of(f"right_{kind}", "low").real
    if kind == "brow":
        up, down = above(), of(f"{side}_eye", "chin")
    elif kind == "eye":
        up, down = above(f"{side}_brow"), of("nose_base", "mouth", "chin")
    elif part == "nose":
        up, down = above(*_EYES), of("mouth", "chin")
    else:
        up, down = above("nose_base") if "nose_base" in middles else above(*_EYES), middles["chin"]
    return here.real - low, high - here.real, up, down.imag - here.imag


def _jaw_detail(character: np.ndarray, driver: np.ndarray) -> np.ndarray:
    """Factor of the jaw line's detail along x, (17,): no more than its points are closer together than the driver's.

    A wide face's jaw bunches near its ends, where full noise would let the line run backwards.
    """
    ratio = _closeness(character, driver)
    return np.minimum(np.append(ratio, 1.0), np.append(1.0, ratio))


def _closeness(character: np.ndarray, driver: np.ndarray) -> np.ndarray:
    """Steps between jaw points along the chord, character to driver, (16,), at most 1."""
    ours, theirs = (np.maximum(np.diff(face[:17].real), 0.0) + _MIN_STEP for face in (character, driver))
    return np.minimum(ours / theirs, 1.0)


def nose_ratio(character: np.ndarray, driver: np.ndarray) -> float:
    """Length of the character's nose to the driver's, both (68,) in face coordinates, at most `_MAX_ROOM`."""
    return _room(_nose_length(character), _nose_length(driver))
