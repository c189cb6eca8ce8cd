# SPDX-License-Identifier: GPL-3.0-or-later
"""From features to 68 points: the face that fits best, which parts it has, how sure each point is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import ErrorCode, FaceShotError
from ...landmarks import COUNT, OPTIONAL_PARTS, PARTS, inter_ocular
from .assign import Assigned, assign
from .maps import FeatureMap, normalised

BACK = 0.3  # of the distance between the eyes: a point that leads back that far off has a third of the trust
THERE = 0.7  # a part is there if its points lead back as well as this on the mean
OFF = 1.0  # cells
LEAST_SEEN = 6  # points of a counterpart


@dataclass(frozen=True, eq=False)
class Counterpart:
    """An annotated face of the gallery: features (68, C) unit vectors, points (68, 2) of its own picture, seen (68,):
    False for points of parts that it lacks."""

    features: np.ndarray
    points: np.ndarray
    seen: np.ndarray


@dataclass(frozen=True, eq=False)
class Matched:
    """points (68, 2) px · present: the parts that are there · confidence (68,) 0..1 · counterpart: the number of the
    one that was matched."""

    points: np.ndarray
    present: frozenset[str]
    confidence: np.ndarray
    counterpart: int


def match_features(picture: FeatureMap, counterparts: Sequence[Counterpart]) -> Matched:
    """The face of `picture` by the counterpart that fits it best. Raises USAGE where there is none that can be used."""
    usable = [number for number, one in enumerate(counterparts) if one.seen.sum() >= LEAST_SEEN]
    if not usable:
        raise FaceShotError(
            ErrorCode.USAGE,
            f"No face of the gallery shows {LEAST_SEEN} points.",
            hint="Add characters with `gallery add`.",
        )
    found = [_matched(picture, counterparts[number], number) for number in usable]
    return max(found, key=lambda one: float(one.confidence.mean()))


def _matched(picture: FeatureMap, other: Counterpart, number: int) -> Matched:
    made = assign(picture.alike(other.features), other.seen)
    points = picture.to_pixels(made.cells)
    back = _leads_back(picture.at(points), other)
    confidence = _confidence(made, back, other.seen)
    present = {"jaw"}
    for part in OPTIONAL_PARTS:
        of = PARTS[part]
        if other.seen[of].any() and float(back[of][other.seen[of]].mean()) >= THERE:
            present.add(part)
    return Matched(points, frozenset(present), confidence, number)


def _leads_back(features: np.ndarray, other: Counterpart) -> np.ndarray:
    """(68,) 0..1: whether the features at a point are, of the counterpart's points, most like the same one's."""
    seen = np.flatnonzero(other.seen)
    alike = normalised(features) @ other.features[seen].T
    weight = np.exp(20 * (alike - alike.max(axis=1, keepdims=True)))
    place = weight @ other.points[seen] / weight.sum(axis=1, keepdims=True)
    unit = max(float(inter_ocular(other.points)), 1e-6)
    away = np.linalg.norm(place - other.points, axis=1) / unit
    return np.asarray(1 / (1 + 2 * (away / BACK) ** 2))


def _confidence(made: Assigned, back: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(68,): points lead back, lie where their features say, and stand out from the rest of the picture."""
    outstanding = 1 / (1 + np.exp(-(made.score - 1.5) * 2))
    agreeing = 1 / (1 + (made.off / OFF) ** 2)
    return np.where(seen, back * outstanding * agreeing, 0.2 * float(back[seen].mean()))[:COUNT]
