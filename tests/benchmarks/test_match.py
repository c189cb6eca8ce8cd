# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark of the matchers: its pictures are true, its figures are those of what was found."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks import _by_features, _scenes
from benchmarks import match as bench
from benchmarks.match import FAILED, Found, Result, clicks, judge, reliability, run, summary
from core.errors import ErrorCode, FaceShotError
from core.landmarks import COUNT, PARTS, eye_centres, face_width
from demo.cast import CAST
from tests.core.match.features.patches import PatchExtractor

SMALL = 160


@pytest.fixture(scope="module")
def pictures() -> list[_scenes.Scene]:
    return list(_scenes.scenes(["bear", "emoji"], placed=2, size=SMALL))


def beside(shift: float) -> Callable[[_scenes.Scene], Found]:
    """A matcher that is off by this share of the face's width."""

    def match(scene: _scenes.Scene) -> Found:
        off = np.array([shift * float(face_width(scene.points)), 0])
        return Found(scene.points + off, np.ones(COUNT), scene.present)

    return match


def value(figures: list[dict], name: str) -> float:
    return next(figure["value"] for figure in figures if figure["name"] == name)


def test_every_character_has_a_kind() -> None:
    known = [name for names in _scenes.KINDS.values() for name in names]
    assert len(known) == len(set(known))
    assert {_scenes.kind_of(name) for name in CAST} <= {*_scenes.KINDS, _scenes.ANOTHER}


def test_pictures_are_the_same_each_time(pictures: list[_scenes.Scene]) -> None:
    again = list(_scenes.scenes(["bear", "emoji"], placed=2, size=SMALL))
    assert [one.framing for one in pictures] == ["whole", "placed", "placed"] * 2
    for one, other in zip(pictures, again, strict=True):
        np.testing.assert_array_equal(one.picture.pixels, other.picture.pixels)
        np.testing.assert_array_equal(one.points, other.points)


def test_a_placed_face_lies_in_its_picture_and_the_points_on_it(pictures: list[_scenes.Scene]) -> None:
    whole, *placed = (one for one in pictures if one.character == "bear")
    for one in placed:
        width, height = one.picture.size
        assert (one.points >= 0).all()
        assert (one.points <= (width, height)).all()
        across = np.diff(eye_centres(one.points), axis=0)[0]
        assert abs(np.degrees(np.arctan2(across[1], across[0]))) <= _scenes.TILT + 1e-6
        for eye, there in zip(eye_centres(whole.points), eye_centres(one.points), strict=True):  # its dark eyes
            here = whole.picture.rgb8()[tuple(eye.astype(int)[::-1])].astype(int)
            moved = one.picture.rgb8()[tuple(there.astype(int)[::-1])].astype(int)
            assert np.abs(here - moved).mean() < 60


def test_a_perfect_matcher_has_no_error_and_a_shifted_one_its_shift(pictures: list[_scenes.Scene]) -> None:
    for shift in (0.0, 0.05, 0.2):
        results = [judge(beside(shift), one) for one in pictures]
        figures = summary("it", results)
        assert value(figures, "it: NME") == pytest.approx(100 * shift, abs=1e-6)
        assert value(figures, "it: failed") == (100 if 100 * shift > FAILED else 0)
        assert value(figures, "it: wrong yet sure") == (100 if 100 * shift > FAILED else 0)
        assert value(figures, "it: parts right") == 100


def test_what_finds_nothing_fails_and_is_not_wrong(pictures: list[_scenes.Scene]) -> None:
    def lost(scene: _scenes.Scene) -> Found:
        raise FaceShotError(ErrorCode.CHARACTER_UNSURE, "no face")

    figures = summary("it", [judge(lost, one) for one in pictures])
    assert np.isnan(value(figures, "it: NME"))
    assert value(figures, "it: failed") == 100
    assert value(figures, "it: nothing found or not sure") == 100
    assert value(figures, "it: wrong yet sure") == 0


def test_points_of_parts_that_are_not_drawn_do_not_count(pictures: list[_scenes.Scene]) -> None:
    scene = next(one for one in pictures if one.character == "emoji")
    assert "nose" not in scene.present
    points = scene.points.copy()
    points[PARTS["nose"]] += 50
    assert judge(lambda _: Found(points, np.ones(COUNT)), scene).nme == 0


def test_reliability_puts_each_point_into_the_bin_of_its_confidence(pictures: list[_scenes.Scene]) -> None:
    confidence = np.where(np.arange(COUNT) < 34, 0.5, 0.95)  # expected errors of 6 % and 1.4 %
    error = np.where(np.arange(COUNT) < 34, 7.0, 1.0)
    figures = reliability("it", [Result(pictures[0], error, confidence, 1.0, True)])
    assert {figure["name"]: (figure["value"], figure["points"]) for figure in figures} == {
        "it: 0 to 2 %": (1.0, 34),
        "it: 6 to 9 %": (7.0, 34),
    }


def test_clicks_lie_near_what_they_mean(pictures: list[_scenes.Scene]) -> None:
    for scene in pictures:
        placed, skipped = clicks(scene, np.random.default_rng(1))
        assert ("nose" in placed) == ("nose" in scene.present)
        assert ("nose" in skipped) == ("nose" not in scene.present)
        assert np.hypot(*(np.array(placed["chin"]) - scene.points[8])) < 0.1 * face_width(scene.points)


def test_the_whole_runs_on_two_characters() -> None:
    figures = run(
        names=["bear", "emoji"], placed=1, size=256, only=["network", "template, true box", "anchors, clicked"]
    )
    assert value(figures, "network: NME") < 5
    assert value(figures, "network: NME") < value(figures, "template, true box: NME")
    assert value(figures, "network: failed") == 0
    assert value(figures, "network, kind: plush") < 5
    assert value(figures, "network, part: mouth") < 6
    assert value(figures, "paper, its own set: FaceShot") == 8.57


def test_without_their_networks_the_features_are_said_to_be_absent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FACESHOT_FEATURES", str(tmp_path / "none"))
    assert value(run(names=["emoji"], placed=0, size=64, only=["features"]), "features") == "weights absent"


def test_a_character_is_found_by_the_features_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[str]] = []

    def by(rgb, gallery, extractor):
        seen.append({item.id for item in gallery.items})
        return match_by_features(rgb, gallery, extractor)

    match_by_features = _by_features.match_by_features
    monkeypatch.setattr(_by_features, "match_by_features", by)
    monkeypatch.setattr(bench, "extractor_here", PatchExtractor)
    few = partial(_by_features.feature_matcher, names=["bear", "emoji", "robot"], size=128)
    monkeypatch.setattr(bench, "feature_matcher", few)
    figures = run(names=["bear", "emoji"], placed=0, size=128, only=["features"])
    assert seen == [{"emoji", "robot"}, {"bear", "robot"}]
    assert np.isfinite(value(figures, "features: NME"))
    assert {figure["name"] for figure in figures} >= {"features, kind: plush", "features, kind: emoji"}
