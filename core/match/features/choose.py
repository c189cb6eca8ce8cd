# SPDX-License-Identifier: GPL-3.0-or-later
"""Which face of the gallery stands for which part of a picture's face.

A character may have a photograph's nose and an emoji's eyes. FaceShot asks a language model where the parts are; here a
first match with every item says it, and what the items agree on counts. Each region's look is then compared with that
of the items' regions: the likest domain is taken, and in it the item whose points were found best.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .gallery import Features
from .items import REGIONS, SIDE, Box, Item, cut, regions_of
from .matching import Counterpart, Matched

HEARD = 0.5  # of the best item's mean confidence: worse ones say nothing of where the parts are
OUTLYING = 3.0  # standard deviations, robustly
LEAST_SPREAD = 4.0  # px: half of it is what features cannot tell apart
BEST = 3  # items of a domain whose likeness speaks for it
_TO_SIGMA = 1.4826  # from a median deviation to a standard deviation


@dataclass(frozen=True, eq=False)
class Choice:
    """domains, items: by region, the kind of picture it looks like and the number of the item that stands for it; a
    region that no item shows is in neither · boxes: where the regions are, px · main: the number of the item with most
    points · counterpart: the face put together from them, in the main item's pixels."""

    domains: Mapping[str, str]
    items: Mapping[str, int]
    boxes: Mapping[str, Box]
    main: int
    counterpart: Counterpart

    def seen_anew(self, others: Mapping[int, np.ndarray]) -> Counterpart:
        """The counterpart with other features: item's number -> (68, C)."""
        features = np.array(self.counterpart.features, np.float32)
        for region, number in self.items.items():
            features[REGIONS[region]] = others[number][REGIONS[region]]
        features[~self.counterpart.seen] = 0
        return dataclasses.replace(self.counterpart, features=features)


def choose(
    rgb: np.ndarray,
    found: Sequence[Matched],
    items: Sequence[Item],
    features: Sequence[Features],
    look: Callable[[np.ndarray], np.ndarray],
) -> Choice:
    """The items for the regions of a picture (512, 512, 3). found: its match with each item, in their order; look: a
    picture's vector, as `Extractor.look`."""
    points = agreed(found, [item.seen for item in items])
    boxes = regions_of(points, np.isfinite(points).all(axis=1), side=SIDE)
    domains: dict[str, str] = {}
    chosen: dict[str, int] = {}
    for region, box in boxes.items():
        able = [number for number, one in enumerate(features) if region in one.looks]
        if not able:
            continue
        seen = look(cut(rgb, box))
        alike = {number: float(features[number].looks[region] @ seen) for number in able}
        domains[region] = _likest(alike, [item.domain for item in items])
        of = REGIONS[region]
        inside = [number for number in able if items[number].domain == domains[region]]
        chosen[region] = max(inside, key=lambda n: (_mean(found[n].confidence[of], items[n].seen[of]), alike[n]))
    main = max(chosen.values(), key=lambda n: _share(n, chosen, items))
    counterpart = composite(items, [one.points for one in features], chosen, main)
    return Choice(domains, chosen, boxes, main, counterpart)


def agreed(found: Sequence[Matched], seen: Sequence[np.ndarray]) -> np.ndarray:
    """(68, 2) where most of the better matches have the points: medians, without what lies far off them; NaN for points
    that no item shows. seen: each item's (68,)."""
    trust = np.array([_mean(one.confidence, there) for one, there in zip(found, seen, strict=True)])
    heard = np.flatnonzero(trust >= HEARD * trust.max())
    places = np.stack([np.where(seen[n][:, None], found[n].points, np.nan) for n in heard.tolist()])
    middle = _median(places)
    away = np.linalg.norm(places - middle, axis=-1)
    for of in REGIONS.values():
        known = away[:, of][np.isfinite(away[:, of])]
        if len(known):
            limit = OUTLYING * max(_TO_SIGMA * float(np.median(known)), LEAST_SPREAD)
            places[:, of][away[:, of] > limit] = np.nan
    closer = _median(places)
    return np.where(np.isfinite(closer), closer, middle)


def composite(
    items: Sequence[Item], features: Sequence[np.ndarray], chosen: Mapping[str, int], main: int
) -> Counterpart:
    """One face of regions of several: features[number] (68, C) of the item that stands for each, its points moved,
    turned and scaled onto the main item's. What no region has is not seen."""
    points, seen = items[main].points.copy(), np.zeros(len(items[main].seen), bool)
    vectors = np.zeros_like(features[main])
    for region, number in chosen.items():
        of = REGIONS[region]
        points[of] = onto(items[number], items[main])[of]
        seen[of] = items[number].seen[of]
        vectors[of] = features[number][of]
    vectors[~seen] = 0
    return Counterpart(vectors, points, seen)


def onto(item: Item, other: Item) -> np.ndarray:
    """The points (68, 2) of one item moved, turned and scaled to lie best on another's; never mirrored."""
    both = item.seen & other.seen
    own, its = (face.points[:, 0] + 1j * face.points[:, 1] for face in (item, other))
    if both.sum() < 2 or float(np.ptp(np.abs(own[both] - own[both][0]))) < 1:
        return item.points
    centred, target = own[both] - own[both].mean(), its[both] - its[both].mean()
    turn = np.vdot(centred, target) / np.vdot(centred, centred)
    moved = turn * (own - own[both].mean()) + its[both].mean()
    return np.stack([moved.real, moved.imag], axis=1)


def _likest(alike: Mapping[int, float], domains: Sequence[str]) -> str:
    """The domain whose best items are most alike."""
    of: dict[str, list[float]] = {}
    for number, value in alike.items():
        of.setdefault(domains[number], []).append(value)
    return max(of, key=lambda name: float(np.mean(sorted(of[name])[-BEST:])))


def _share(number: int, chosen: Mapping[str, int], items: Sequence[Item]) -> int:
    """How many points an item stands for."""
    return sum(int(items[number].seen[REGIONS[region]].sum()) for region, one in chosen.items() if one == number)


def _mean(values: np.ndarray, there: np.ndarray) -> float:
    return float(values[there].mean()) if there.any() else 0.0


def _median(places: np.ndarray) -> np.ndarray:
    """Over the first axis of (K, 68, 2), passing over NaN; NaN where there is nothing else."""
    middle = np.full(places.shape[1:], np.nan)
    some = np.isfinite(places).all(axis=-1).any(axis=0)
    if some.any():
        middle[some] = np.nanmedian(places[:, some], axis=0)
    return middle
