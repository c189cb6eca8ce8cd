# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes and mouth open and close: the character's lids and lips meet when the driver's do.

A displacement scaled by the face leaves a cartoon's big eyes half open. So the gap of each pair of lid or lip points
is scaled by the character's own opening while it closes, and by the part's proportions while it opens beyond the
reference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..landmarks import EYE_PAIRS, MOUTH_PAIRS

_PAIRS = np.array([*EYE_PAIRS["right_eye"], *EYE_PAIRS["left_eye"], *MOUTH_PAIRS])
UPPER, LOWER = _PAIRS[:, 0], _PAIRS[:, 1]
EYE_COUNT = 4
_CORNERS = np.array([(36, 39)] * 2 + [(42, 45)] * 2 + [(60, 64)] * 3)
# A driver's gap below this share of the face width is no opening to compare with
MIN_GAP = 0.03
# Which way a pair opens is its own affair from about this gap on; below, noise would turn it about
UPRIGHT = 0.1
# Outer lip points and how much of the change of an inner one they take along
_OUTER = np.array([49, 50, 51, 52, 53, 59, 58, 57, 56, 55])
_INNER = np.array([61, 61, 62, 63, 63, 67, 67, 66, 65, 65])
_SHARE = np.array([0.5, 1.0, 1.0, 1.0, 0.5] * 2)
# By how much more than in proportion a closing eye's middle may sink: what noise a lid takes from both of the driver's
_MAX_SINK = 1.0
# Blinking eyes count as closed a little before their least
_BLINK_MARGIN = 1.1
MOST_SHUT = 0.8
# Where a limit begins to be felt, as a share of it
_KNEE = 0.6


@dataclass(frozen=True)
class Lids:
    """How a tracker reads lids, as shares of the open eye: `seen`, an eye that closes to it blinks; `closed`, what a
    closed one may keep, for clips without a blink."""

    seen: float
    closed: float


@dataclass(frozen=True)
class Openings:
    """Gaps of the seven pairs in face coordinates: across (..., 7) along `normal` (7,) from upper to lower, shear
    (..., 7) along the eye's or mouth's own axis, middle (..., 7) of the pair."""

    normal: np.ndarray
    across: np.ndarray
    shear: np.ndarray
    middle: np.ndarray


def measure(faces: np.ndarray, reference: np.ndarray) -> Openings:
    """Openings of faces (..., 68), along the normals that the reference (68,) has."""
    normal = _normals(reference)
    upper, lower = faces[..., UPPER], faces[..., LOWER]
    gap = (lower - upper) * normal.conj()
    return Openings(normal, gap.real, gap.imag, (upper + lower) / 2)


def _normals(face: np.ndarray) -> np.ndarray:
    """Unit vectors (7,) from upper to lower: the pair's own, the less open the more that of the corners."""
    axis = face[_CORNERS[:, 1]] - face[_CORNERS[:, 0]]
    axis = np.where(np.abs(axis) > 1e-12, axis, 1.0)
    vector = face[LOWER] - face[UPPER] + UPRIGHT * 1j * axis / np.abs(axis)
    length = np.abs(vector)
    return np.where(length > 1e-12, vector / np.maximum(length, 1e-12), 1j)


def with_open_eyes(driver: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """`driver` (68,) with its lids where they are in the clip's most open fifth of frames (T, 68), per eye.

    The mean of that fifth is close to the 90th percentile, and no single frame's noise decides.
    """
    result = driver.copy()
    across = measure(faces, driver).across
    for pairs in (slice(0, 2), slice(2, 4)):
        opening = across[:, pairs].mean(axis=1)
        chosen = opening >= np.percentile(opening, 80)
        lids = _PAIRS[pairs].ravel()
        result[lids] = faces[chosen][:, lids].mean(axis=0)
    return result


def shut_share(driver: np.ndarray, faces: np.ndarray, lids: Lids) -> np.ndarray:
    """The share of its open eye (driver (68,)) that each closed eye keeps in the clip (T, 68), for the four pairs.

    Each pair's own in the clip's second most closed frame, so that one bad frame does not decide; `lids.closed` where
    no blink is seen.
    """
    before, now = measure(driver, driver).across, measure(faces, driver).across
    result = np.full(EYE_COUNT, lids.closed)
    for pairs in (slice(0, 2), slice(2, 4)):
        share = now[:, pairs] / np.maximum(before[pairs], MIN_GAP)
        frame = np.argsort(share.mean(axis=1))[min(1, len(share) - 1)]
        if share[frame].mean() <= lids.seen:
            result[pairs] = np.clip(_BLINK_MARGIN * share[frame], 0.0, MOST_SHUT)
    return result


def closing_early(opening: np.ndarray, rest: np.ndarray, shut: np.ndarray) -> np.ndarray:
    """Openings (T, P) of lids that count as closed at `shut` (P,) times their opening at rest (P,); at least 0.

    Untouched from rest upward and, in value and slope, at rest: only near closed does the tracker's noise grow, by at
    most (1 + shut) / (1 - shut).

    >>> closing_early(np.array([[1.2, 1.0, 0.5, 0.4]]), np.ones(4), np.full(4, 0.5)).round(3)
    array([[1.2, 1. , 0. , 0. ]])
    """
    missing = np.maximum(1.0 - opening / np.maximum(rest, 1e-12), 0.0)
    return np.maximum(opening - rest * shut / (1.0 - shut) ** 2 * missing**2, 0.0)


@dataclass(frozen=True)
class Gaps:
    """How pairs open: gains, detail factors along and across (7,), the share at which eyes count as closed (4,), and
    limits of the gap (7,), infinite where there is none."""

    gains: np.ndarray
    x: np.ndarray
    y: np.ndarray
    shut: np.ndarray
    limit: np.ndarray


def apply_apertures(
    moved: np.ndarray, character: np.ndarray, faces: np.ndarray, driver: np.ndarray, gaps: Gaps
) -> None:
    """Put the lids and lips of `moved` (T, 68), in place.

    character (68,) at rest; the driver's faces (T, 68) and its reference (68,).
    """
    now, before = measure(faces, driver), measure(driver, driver)
    ours, plain = measure(character, character), measure(moved, character)
    rest = np.maximum(before.across, 0.0)
    opening = np.maximum(now.across, 0.0)
    eyes = slice(0, EYE_COUNT)
    driver_shear = now.shear.copy()
    if gaps.shut.any():
        tracked = np.maximum(opening[:, eyes], 1e-12)
        opening[:, eyes] = closing_early(opening[:, eyes], rest[eyes], gaps.shut)
        # lids that meet meet along the eye, too
        driver_shear[:, eyes] *= opening[:, eyes] / tracked
    closed = np.maximum(rest - opening, 0.0)
    own = np.abs(ours.across)
    # the slope of closing: own / rest, but where the driver is nearly shut already no more than own / MIN_GAP or y
    slope = own / np.maximum(np.maximum(rest, np.minimum(MIN_GAP, own / np.maximum(gaps.y, 1e-9))), 1e-12)
    change = gaps.gains * (gaps.y * np.maximum(opening - rest, 0.0) - np.sign(ours.across) * slope * closed)
    # an exaggerated closing stops when the lids meet
    change = np.maximum(change, -np.maximum(ours.across, 0.0))
    if np.isfinite(gaps.limit).any():
        change = _soft_limit(change, np.maximum(gaps.limit - ours.across, 1e-9))
    kept = -closed / np.maximum(rest, MIN_GAP)
    shear = ours.shear * (1.0 + gaps.gains * kept) + gaps.gains * gaps.x * (driver_shear - before.shear * (1.0 + kept))
    # Who does the closing, upper or lower, is the driver's; how far it is, the character's
    sink = ((now.middle - before.middle) * now.normal.conj()).real
    sink = np.minimum(np.maximum(sink, -closed / 2), closed / 2)
    middle = plain.middle + gaps.gains * np.minimum(slope - gaps.y, _MAX_SINK) * sink * ours.normal
    half = (ours.across + change + 1j * shear) * ours.normal / 2
    inner = moved[:, _INNER]
    moved[:, UPPER] = middle - half
    moved[:, LOWER] = middle + half
    moved[:, _OUTER] += _SHARE * (moved[:, _INNER] - inner)
    _keep_lips(moved, character, ours.normal[EYE_COUNT:], np.minimum(gaps.gains[EYE_COUNT:], 1.0))


def _keep_lips(moved: np.ndarray, character: np.ndarray, normal: np.ndarray, gains: np.ndarray) -> None:
    """Lips as thin as a line do not turn inside out: mends the outer points in place, normal (3,), gains (3,)."""
    for outer, inner, inward in ((_OUTER[1:4], UPPER[EYE_COUNT:], normal), (_OUTER[6:9], LOWER[EYE_COUNT:], -normal)):
        thickness = ((moved[:, inner] - moved[:, outer]) * inward.conj()).real
        before = ((character[inner] - character[outer]) * inward.conj()).real
        moved[:, outer] -= np.maximum(before - gains * np.maximum(before, 0.0) - thickness, 0.0) * inward
    middle = normal[1]
    for upper, lower in ((49, 59), (53, 55)):
        gap = ((moved[:, lower] - moved[:, upper]) * middle.conjugate()).real
        before = ((character[lower] - character[upper]) * middle.conjugate()).real
        half = np.maximum(before - gains[1] * max(before, 0.0) - gap, 0.0) * middle / 2
        moved[:, upper] -= half
        moved[:, lower] += half


def _soft_limit(value: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """`value` up to a share of `limit`, from there smoothly approaching it; negative values are kept."""
    with np.errstate(invalid="ignore", over="ignore"):
        span = (1.0 - _KNEE) * limit
        bent = _KNEE * limit + span * np.tanh((value - _KNEE * limit) / span)
    return np.where((value > _KNEE * limit) & np.isfinite(limit), bent, value)


def soft_limit(value: np.ndarray, limit: float | None) -> np.ndarray:
    """The same for both signs: |result| <= limit; None is no limit."""
    if limit is None:
        return value
    return np.sign(value) * _soft_limit(np.abs(value), np.asarray(max(limit, 1e-9)))
