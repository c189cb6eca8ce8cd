# SPDX-License-Identifier: GPL-3.0-or-later
"""Which item stands for which part: what items agree on, whose look is the likest, one face of several."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ErrorCode, FaceShotError
from core.landmarks import ALL_PARTS, COUNT, PARTS, template
from core.match.features import annotate
from core.match.features.by_features import expected_error, match_by_features
from core.match.features.choose import agreed, choose, composite, onto
from core.match.features.gallery import Features, Gallery
from core.match.features.items import REGIONS, Item, regions_of
from core.match.features.matching import Matched
from core.picture import read_picture
from tests.core.match.features.patches import PatchExtractor

ALL = np.ones(COUNT, bool)


def item(name: str, *, domain: str = "drawn", points: np.ndarray | None = None, lacks: str = "") -> Item:
    points = template() * 120 + (256, 200) if points is None else points
    seen = ALL.copy()
    if lacks:
        seen[REGIONS[lacks]] = False
    boxes = regions_of(points, seen)
    facts = {"domain": domain, "licence": "", "source": "", "image_hash": ""}
    return Item(id=name, **facts, points=points, seen=seen, boxes=boxes)


def found(points: np.ndarray, confidence: float = 0.8) -> Matched:
    return Matched(points, ALL_PARTS, np.full(COUNT, confidence), 0)


def features(one: Item, mark: float, looks: dict[str, np.ndarray]) -> Features:
    """Features that say whose they are: `mark` in the first channel."""
    vectors = np.zeros((COUNT, 4), np.float32)
    vectors[one.seen, 0] = mark
    return Features(vectors, {name: looks[name] for name in one.boxes})


LIKE, UNLIKE = np.array([1.0, 0.0]), np.array([0.0, 1.0])
RGB = np.zeros((512, 512, 3), np.uint8)


def looks(*like: str) -> dict[str, np.ndarray]:
    return {name: LIKE if name in like else UNLIKE for name in REGIONS}


def test_each_region_comes_from_the_domain_it_looks_like() -> None:
    items = [item("human", domain="photo"), item("emoji", domain="flat"), item("toon")]
    seen = [
        features(items[0], 1, looks("nose", "jaw")),
        features(items[1], 2, looks("eyes", "mouth")),
        features(items[2], 3, looks("brows")),
    ]
    choice = choose(RGB, [found(one.points) for one in items], items, seen, lambda crop: LIKE)
    assert choice.domains == {"jaw": "photo", "brows": "drawn", "nose": "photo", "eyes": "flat", "mouth": "flat"}
    assert choice.main == 1  # eyes and mouth are 32 points, jaw and nose 26
    for region, of in REGIONS.items():
        assert (choice.counterpart.features[of, 0] == 1 + choice.items[region]).all()
    anew = choice.seen_anew({number: np.full((COUNT, 4), 10.0 + number) for number in range(3)})
    for region, of in REGIONS.items():
        assert (anew.features[of] == 10 + choice.items[region]).all()


def test_in_a_domain_the_item_that_was_found_best_is_taken() -> None:
    items = [item("a"), item("b"), item("c", domain="photo")]
    seen = [features(one, number, looks(*REGIONS)) for number, one in enumerate(items[:2])]
    seen.append(features(items[2], 2, looks()))
    places = [found(items[0].points, 0.5), found(items[1].points, 0.8), found(items[2].points, 0.9)]
    choice = choose(RGB, places, items, seen, lambda crop: LIKE)
    assert set(choice.items.values()) == {1}


def test_a_part_that_no_item_has_is_an_answer() -> None:
    items = [item("a", lacks="nose"), item("b", lacks="nose", domain="flat")]
    seen = [features(one, 1, looks("eyes")) for one in items]
    choice = choose(RGB, [found(one.points) for one in items], items, seen, lambda crop: LIKE)
    assert set(choice.domains) == set(REGIONS) - {"nose"}
    assert not choice.counterpart.seen[PARTS["nose"]].any()
    assert np.isfinite(choice.counterpart.points).all()


def test_what_one_item_sees_elsewhere_does_not_move_the_boxes() -> None:
    points = template() * 120 + (256, 200)
    dice = np.random.default_rng(0)
    places = [found(points + dice.normal(0, 2, points.shape)) for _ in range(5)]
    away = points.copy()
    away[PARTS["mouth"]] += (150, -100)
    middle = agreed([*places, found(away)], [ALL] * 6)
    assert np.linalg.norm(middle - points, axis=1).max() < 6
    # and one that is not sure at all is not heard
    middle = agreed([*places[:1], found(points + 80, 0.1), found(points + 90, 0.1)], [ALL] * 3)
    assert np.linalg.norm(middle - points, axis=1).max() < 10


def test_one_item_alone_is_believed() -> None:
    points = template() * 120 + (256, 200)
    lacking = ALL.copy()
    lacking[REGIONS["nose"]] = False
    middle = agreed([found(points)], [lacking])
    np.testing.assert_array_equal(middle[lacking], points[lacking])
    assert np.isnan(middle[~lacking]).all()


@given(st.floats(-3, 3), st.floats(0.3, 3), st.tuples(st.floats(-200, 200), st.floats(-200, 200)))
def test_an_item_is_laid_on_another_by_a_similarity(turn: float, scale: float, shift: tuple[float, float]) -> None:
    c, s = scale * np.cos(turn), scale * np.sin(turn)
    one = item("a")
    other = item("b", points=one.points @ np.array([[c, s], [-s, c]]) + shift)
    np.testing.assert_allclose(onto(one, other), other.points, atol=1e-6 * (1 + scale * 500))


def test_points_on_one_spot_are_laid_nowhere_else() -> None:
    spot = item("a", points=np.full((COUNT, 2), 100.0))
    np.testing.assert_array_equal(onto(spot, item("b")), spot.points)
    assert np.isfinite(onto(item("b"), spot)).all()
    made = composite([spot, item("b")], [np.ones((COUNT, 4))] * 2, {"jaw": 0, "eyes": 1}, 1)
    assert made.seen.sum() == 29


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_less_confidence_is_more_error(confidence: list[float]) -> None:
    order = np.sort(confidence)
    errors = expected_error(order, 0.01)
    assert np.isfinite(errors).all()
    assert (np.diff(errors) <= 0).all()
    assert (errors >= 0.01).all()


# The whole path -------------------------------------------------------------------------------------------------------


@pytest.fixture
def own(gallery: Gallery) -> tuple[np.ndarray, np.ndarray]:
    """The cat as the gallery stores it, and where its points are."""
    cat = gallery.item("cat")
    assert cat is not None
    return gallery.image(cat), cat.points


def test_a_character_of_the_gallery_is_found_on_a_larger_picture(
    gallery: Gallery, own: tuple[np.ndarray, np.ndarray], extractor: PatchExtractor
) -> None:
    rgb, points = own
    wide = np.pad(rgb, ((0, 0), (40, 120), (0, 0)), mode="edge")
    answer = match_by_features(wide, gallery, extractor)
    assert answer.matcher == "features"
    assert answer.face is not None
    there = answer.face.there
    assert np.linalg.norm(answer.face.points - points - (40, 0), axis=1)[there].mean() < 24
    assert answer.face.points.shape == (COUNT, 2)


def test_with_a_box_it_is_looked_for_there(gallery: Gallery, cast: Path, extractor: PatchExtractor) -> None:
    drawn = read_picture(cast / "cat.png").rgb8()
    wide = np.full((700, 900, 3), 200, np.uint8)
    wide[300:556, 500:756] = drawn
    answer = match_by_features(wide, gallery, extractor, box=(530.0, 330.0, 190.0, 190.0))
    assert answer.face is not None
    middle = answer.face.points.mean(axis=0)
    assert 500 < middle[0] < 756
    assert 300 < middle[1] < 556


def test_guided_each_is_seen_under_the_others_look(gallery: Gallery, own: tuple[np.ndarray, np.ndarray]) -> None:
    guided = PatchExtractor(guided=True)
    with pytest.raises(FaceShotError) as caught:
        match_by_features(own[0], gallery, guided)
    assert caught.value.code is ErrorCode.MODEL_DAMAGED  # its features are of another kind
    seen = annotate.see(gallery, guided)
    guided.maps = guided.prompts = 0
    told: list[int] = []
    match_by_features(own[0], seen, guided, progress=lambda stage, done, total: told.append(done))
    assert 2 <= guided.prompts <= 1 + len(REGIONS)
    assert guided.maps == guided.prompts + 1
    assert told == [0, 1, 2, 3, 4]


def test_an_empty_gallery_is_said(tmp_path: Path, extractor: PatchExtractor) -> None:
    with pytest.raises(FaceShotError, match="is empty"):
        match_by_features(RGB, Gallery(tmp_path), extractor)
