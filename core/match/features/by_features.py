# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture's face by the features of a gallery: a first match with every item, the likest of them for each part, and a
second match from close by, under each other's look where the extractor can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...character import HALF_AT
from ...errors import ErrorCode, FaceShotError
from ...landmarks import face_width
from ...progress import Progress, silent
from ..candidate import Answer, Candidate
from ..crops import Pyramid, back, crop_matrix
from ..network import LARGEST_ERROR
from .annotate import AROUND, square
from .choose import Choice, choose
from .extractor import Extractor
from .gallery import Features, Gallery
from .items import SIDE, Item
from .maps import FeatureMap
from .matching import Counterpart, Matched, match_features

MATCHER = "features"
CLOSER = 0.8  # a face that fills less of the first view is looked at again from closer by
EXACT = 0.3  # of a cell: no point is expected to be nearer
LEAST_CONFIDENCE = 0.01
SEES_NOTHING = 0.1  # mean confidence
Box = tuple[float, float, float, float]


def match_by_features(
    rgb: np.ndarray,
    gallery: Gallery,
    extractor: Extractor,
    *,
    box: Box | None = None,
    progress: Progress = silent,
) -> Answer:
    """The face of a picture (H, W, 3) uint8. box: (x, y, width, height) px, where it is.

    The answer has doubts where more than LARGEST_ERROR is to be expected. Raises MODEL_MISSING or MODEL_DAMAGED for a
    gallery without features by this extractor, USAGE for an empty one, and what the extractor raises.
    """
    if not gallery.items:
        raise FaceShotError(ErrorCode.USAGE, f"The gallery in {gallery.folder} is empty.", hint="Use `gallery add`.")
    features = [gallery.features(item, extractor.config_hash) for item in gallery.items]
    pyramid = Pyramid(rgb)
    steps = 4
    progress("Seeing the picture", 0, steps)
    matrix = _first_view(rgb, box)
    view = pyramid.crop(matrix, SIDE)
    seen = extractor.map(view)
    progress("Seeing the picture", 1, steps)
    found = [match_features(seen, [one]) for one in _counterparts(gallery.items, features)]
    choice = choose(view, found, gallery.items, features, extractor.look)
    single = int(np.argmax([float(one.confidence.mean()) for one in found]))
    others = [choice.counterpart, _counterparts(gallery.items, features)[single]]
    best, where = match_features(seen, others), matrix
    progress("Seeing the picture", 2, steps)
    middle, side = square(best.points, (SIDE, SIDE))
    closer = side < CLOSER * SIDE
    guided = bool(extractor.config.get("guided"))
    if closer:
        matrix = _compose(crop_matrix(middle, side, 0.0, SIDE), matrix)
        view = pyramid.crop(matrix, SIDE)
    if guided:
        others = [_under_its_look(view, gallery, choice, extractor)]
    progress("Seeing the picture", 3, steps)
    if closer or guided:
        prompt = gallery.image(gallery.items[choice.main]) if guided else None
        again = match_features(extractor.map(view, prompt=prompt), others)
        if again.confidence.mean() >= best.confidence.mean():
            best, where = again, matrix
    progress("Seeing the picture", steps, steps)
    return _answer(best, where, float(seen.cell.max()))


def _first_view(rgb: np.ndarray, box: Box | None) -> np.ndarray:
    """The square (2, 3) to look at first: all of the picture, or what lies around the box."""
    height, width = rgb.shape[:2]
    if box is None:
        return crop_matrix(np.array([width, height]) / 2, float(max(width, height)), 0.0, SIDE)
    x, y, across, down = box
    return crop_matrix(np.array([x + across / 2, y + down / 2]), AROUND * max(across, down), 0.0, SIDE)


def _counterparts(items: Sequence[Item], features: Sequence[Features]) -> list[Counterpart]:
    return [Counterpart(one.points, item.points, item.seen) for item, one in zip(items, features, strict=True)]


def _under_its_look(view: np.ndarray, gallery: Gallery, choice: Choice, extractor: Extractor) -> Counterpart:
    """The counterpart's features, each of its pictures seen under the look of the character."""
    others: Mapping[int, np.ndarray] = {
        number: _seen(extractor.map(gallery.image(gallery.items[number]), prompt=view), gallery.items[number])
        for number in sorted(set(choice.items.values()))
    }
    return choice.seen_anew(others)


def _seen(seen: FeatureMap, item: Item) -> np.ndarray:
    return seen.at(item.points) * item.seen[:, None]


def _compose(second: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The map (2, 3) that does the first and then the second."""
    linear = second[:, :2] @ first[:, :2]
    return np.concatenate([linear, (second[:, :2] @ first[:, 2] + second[:, 2])[:, None]], axis=1)


def expected_error(confidence: np.ndarray, least: float) -> np.ndarray:
    """Errors (68,) in widths of the face from confidences (68,) 0..1, as character cards mean them: 0.5 stands for
    HALF_AT.

    >>> expected_error(np.array([0.5, 1.0, 0.2]), 0.01).round(3).tolist()
    [0.06, 0.01, 0.12]
    """
    sure = np.clip(confidence, LEAST_CONFIDENCE, 1.0)
    return np.maximum(HALF_AT * np.sqrt(1 / sure - 1), least)


def _answer(found: Matched, matrix: np.ndarray, cell: float) -> Answer:
    """The answer in px of the picture. cell: of the features, px of the view."""
    points = back(found.points[None], matrix[None])[0]
    expected = expected_error(found.confidence, EXACT * cell / max(float(face_width(found.points)), 1e-6))
    confidence = 1 / (1 + (expected / HALF_AT) ** 2)
    face = Candidate(points, expected, confidence, present=found.present)
    if found.confidence.mean() < SEES_NOTHING:
        return Answer(MATCHER, "sees no face", face.doubted())
    doubt = ""
    if face.error > LARGEST_ERROR:
        doubt = f"may be {100 * face.error:.0f} % of the face's width off"
    if not {"right_eye", "left_eye"} <= found.present:
        doubt = f"{doubt} and misses an eye" if doubt else "misses an eye"
    return Answer(MATCHER, doubt, face)
