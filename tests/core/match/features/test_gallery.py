# SPDX-License-Identifier: GPL-3.0-or-later
"""Galleries: made, read, extended, and refused where they are not what they say."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.character import Character
from core.errors import ErrorCode, FaceShotError
from core.landmarks import ALL_PARTS, COUNT
from core.match.features import annotate
from core.match.features.gallery import MANIFEST, Gallery, default_gallery
from core.match.features.items import REGIONS, SIDE, is_name, name_of, regions_of
from core.models import default_folder
from core.picture import read_picture
from tests.core.match.features.conftest import ASTRONAUT, CHELSEA, DRAWN, laid, photograph
from tests.core.match.features.patches import PatchExtractor


def edited(gallery: Gallery, change) -> Path:
    """gallery.json with `change` applied to it; returns the folder."""
    path = gallery.folder / MANIFEST
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")
    return gallery.folder


def refused(code: ErrorCode, words: str):
    """Expect a FaceShotError of that code whose message and hint together match `words`."""
    return pytest.raises(FaceShotError, match=words, check=lambda error: error.code is code)


# What is made ---------------------------------------------------------------------------------------------------------


def test_the_drawn_characters_come_back_as_they_were_stored(gallery: Gallery, extractor: PatchExtractor) -> None:
    again = Gallery.open(gallery.folder)
    assert [item.id for item in again.items] == sorted(DRAWN)
    for item, before in zip(again.items, gallery.items, strict=True):
        assert item.as_dict() == before.as_dict()
        np.testing.assert_array_equal(item.points, before.points)
        np.testing.assert_array_equal(item.seen, before.seen)
        assert again.state(item, extractor.config_hash) == "made"
    assert again.verify(extractor.config_hash) == []
    assert again.feature["config_hash"] == extractor.config_hash


def test_points_lie_on_the_same_pixels_of_the_square(gallery: Gallery, cast: Path) -> None:
    """Half-pixel conventions: the colour at a point of the square is that at the point of the drawing."""
    for item in gallery.items:
        drawn = read_picture(cast / f"{item.id}.png").rgb8().astype(float)
        card = Character.load(cast / f"{item.id}.character.json")
        stored = gallery.image(item).astype(float)
        ratio = np.linalg.norm(np.ptp(item.points, axis=0)) / np.linalg.norm(np.ptp(card.points, axis=0))
        shift = item.points.mean(axis=0) - ratio * card.points.mean(axis=0)
        np.testing.assert_allclose(item.points, ratio * card.points + shift, atol=1e-3)
        pixels = np.stack(np.meshgrid(np.arange(60, 200, 7), np.arange(60, 200, 7)), axis=-1).reshape(-1, 2)
        there = (ratio * (pixels + 0.5) + shift - 0.5).round().astype(int)
        inside = ((there >= 2) & (there < SIDE - 2)).all(axis=1)
        gap = np.abs(drawn[pixels[inside, 1], pixels[inside, 0]] - stored[there[inside, 1], there[inside, 0]])
        assert np.median(gap) <= 2
        assert gap.mean() < 6


def test_missing_parts_stay_missing(gallery: Gallery) -> None:
    emoji = gallery.item("emoji")
    assert emoji is not None
    assert not emoji.seen[REGIONS["nose"]].any()
    assert "nose" not in emoji.boxes


def test_a_gallery_is_extended_by_two_photographs(gallery: Gallery, extractor: PatchExtractor, tmp_path: Path) -> None:
    human = photograph("astronaut", tmp_path / "photos", laid(ASTRONAUT))
    animal = photograph("chelsea", tmp_path / "photos", laid(CHELSEA), present=ALL_PARTS - {"right_brow", "left_brow"})
    for picture in (human, animal):
        (source,) = annotate.find_sources([picture], licence="public domain", source="scikit-image")
        annotate.add(gallery.folder, source)
    larger = annotate.see(Gallery.open(gallery.folder), extractor)
    assert [item.id for item in larger.items] == [*sorted(DRAWN), "astronaut", "chelsea"]
    assert larger.item("astronaut").domain == "photos"
    assert "brows" not in larger.item("chelsea").boxes
    assert larger.verify(extractor.config_hash) == []
    assert len(larger.counterparts(extractor.config_hash)) == 5


def test_features_are_made_once(gallery: Gallery) -> None:
    again = PatchExtractor()
    annotate.see(gallery, again)
    assert again.maps == 0


def test_features_are_those_at_the_points(gallery: Gallery, extractor: PatchExtractor) -> None:
    for item, one in zip(gallery.items, gallery.counterparts(extractor.config_hash), strict=True):
        at = extractor.map(gallery.image(item)).at(item.points)
        np.testing.assert_allclose(one.features[item.seen], at[item.seen], atol=1e-6)
        assert not one.features[~item.seen].any()


# What is refused ------------------------------------------------------------------------------------------------------


def test_features_of_another_extractor_are_refused_and_made_anew(gallery: Gallery) -> None:
    other = PatchExtractor(seed=1)
    with refused(ErrorCode.MODEL_DAMAGED, r"made by another extractor.*gallery build"):
        gallery.counterparts(other.config_hash)
    assert {gallery.state(item, other.config_hash) for item in gallery.items} == {"stale"}
    assert len(gallery.verify(other.config_hash)) == 3
    assert len(annotate.see(gallery, other).counterparts(other.config_hash)) == 3
    assert other.maps == 3


def test_a_changed_picture_is_refused(gallery: Gallery, extractor: PatchExtractor) -> None:
    item, other = gallery.items[:2]
    (gallery.folder / item.image).write_bytes((gallery.folder / other.image).read_bytes())
    with refused(ErrorCode.INPUT_UNREADABLE, "was changed.*gallery add --replace"):
        gallery.features(item, extractor.config_hash)
    (gallery.folder / item.image).unlink()
    assert [finding.item for finding in gallery.verify()] == [item.id]


def test_features_at_other_points_are_stale(gallery: Gallery, extractor: PatchExtractor) -> None:
    item = gallery.items[0]
    moved = dataclasses.replace(item, points=item.points + 1)
    with refused(ErrorCode.MODEL_DAMAGED, "at other points"):
        gallery.features(moved, extractor.config_hash)


@pytest.mark.parametrize("file", ["features", "points"])
@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.99])
def test_a_truncated_archive_is_refused(gallery: Gallery, extractor: PatchExtractor, file: str, keep: float) -> None:
    path = gallery.folder / file / f"{gallery.items[0].id}.npz"
    data = path.read_bytes()
    path.write_bytes(data[: int(keep if keep > 1 else keep * len(data))])
    with refused(ErrorCode.INPUT_UNREADABLE, path.name):
        Gallery.open(gallery.folder).counterparts(extractor.config_hash)


def test_damaged_features_are_made_anew_and_points_that_are_missing_are_said(
    gallery: Gallery, extractor: PatchExtractor
) -> None:
    item = gallery.items[0]
    (gallery.folder / item.vectors).write_bytes((gallery.folder / item.vectors).read_bytes()[:100])
    assert gallery.state(item, extractor.config_hash) == "damaged"
    assert annotate.see(gallery, extractor).state(item, extractor.config_hash) == "made"
    (gallery.folder / item.vectors).unlink()
    assert gallery.state(item, extractor.config_hash) == "missing"
    assert annotate.see(gallery, extractor).state(item, extractor.config_hash) == "made"
    (gallery.folder / item.places).unlink()
    with refused(ErrorCode.INPUT_MISSING, "points"):
        Gallery.open(gallery.folder)


def test_two_items_of_one_name_are_refused(gallery: Gallery) -> None:
    folder = edited(gallery, lambda data: data["items"].append(data["items"][0]))
    with refused(ErrorCode.INPUT_UNREADABLE, "two items are called 'cat'"):
        Gallery.open(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "../../etc/passwd"},
        {"id": 7},
        {"image": "images/toon.png"},
        {"points": "/etc/passwd"},
        {"parts": {}},
        {"parts": {"jaw": [0, 0, 9, 9], "eyes": [0, 0, 9, 9], "nose": [0, 0, 9, 9], "mouth": [0, 0, 600, 9]}},
        {"parts": {"jaw": [0, 0, 9, 9], "eyes": [0, 0, 9, 9], "nose": [0, 0, 9, 9], "mouth": [5, "x", 9, 9]}},
        {"domain": ["toon"]},
        {"licence": None},
    ],
)
def test_items_that_are_not_as_they_should_be_are_refused(gallery: Gallery, change: dict) -> None:
    folder = edited(gallery, lambda data: data["items"][0].update(change))
    with refused(ErrorCode.INPUT_UNREADABLE, "gallery.json"):
        Gallery.open(folder)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"format": "faceshot.gallery", "version": 2}', '{"format": "else"}', "[" * 100000]
)
def test_what_is_no_gallery_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
    with refused(ErrorCode.INPUT_UNREADABLE, "gallery.json"):
        Gallery.open(tmp_path)
    with refused(ErrorCode.INPUT_MISSING, "gallery build"):
        Gallery.open(tmp_path / "none")


# What is annotated ----------------------------------------------------------------------------------------------------


def card_with(cast: Path, folder: Path, change) -> annotate.Source:
    """The toon in a folder of its own with another card."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / "toon.png"
    picture.write_bytes((cast / "toon.png").read_bytes())
    change(Character.load(cast / "toon.character.json")).save(folder / "toon.character.json")
    (source,) = annotate.find_sources([picture], domain="drawn")
    return source


def test_three_points_off_the_canvas_are_told_and_not_used(cast: Path, tmp_path: Path) -> None:
    def outside(card: Character) -> Character:
        points = card.points.copy()
        points[[0, 1, 16]] = [(-3.0, 90.0), (-1.0, 120.0), (300.0, 90.0)]
        return dataclasses.replace(card, points=points)

    said: list[str] = []
    made = annotate.add(tmp_path / "g", card_with(cast, tmp_path / "in", outside), warn=said.append)
    assert np.flatnonzero(~made.items[0].seen).tolist() == [0, 1, 16]
    assert said == ["3 of the points of toon.png lie off the picture and are not used."]
    assert Gallery.open(tmp_path / "g").verify()[0].bad is False  # the licence only


def test_cards_that_will_not_do_leave_nothing_behind(cast: Path, tmp_path: Path) -> None:
    far = card_with(cast, tmp_path / "far", lambda card: dataclasses.replace(card, points=card.points + 400))
    guess = card_with(
        cast,
        tmp_path / "guess",
        lambda card: dataclasses.replace(card, confidence=np.full(COUNT, 0.2), placed=("template",) * COUNT),
    )
    other = card_with(cast, tmp_path / "other", lambda card: dataclasses.replace(card, size=(256, 300)))
    for source, code in (
        (far, ErrorCode.CHARACTER_UNSURE),
        (guess, ErrorCode.CHARACTER_UNSURE),
        (other, ErrorCode.USAGE),
    ):
        with pytest.raises(FaceShotError) as caught:
            annotate.build(tmp_path / "g", [*annotate.find_sources([cast / "cat.png"]), source])
        assert caught.value.code is code
        assert not (tmp_path / "g").exists()


def test_pictures_without_cards_and_paths_to_nothing_are_said(tmp_path: Path, cast: Path) -> None:
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "a.png").write_bytes((cast / "cat.png").read_bytes())
    for path, words in (
        (tmp_path / "bare", "has a character card"),
        (tmp_path / "bare" / "a.png", "no character card"),
        (tmp_path / "none.png", "Cannot open"),
    ):
        with refused(ErrorCode.INPUT_MISSING, words):
            annotate.find_sources([path])


def test_one_name_twice_is_refused(gallery: Gallery, cast: Path, tmp_path: Path) -> None:
    same = card_with(cast, tmp_path / "again", lambda card: card)
    (first,) = annotate.find_sources([cast / "toon.png"])
    with refused(ErrorCode.USAGE, "both be called toon"):
        annotate.build(tmp_path / "new", [first, same])
    with refused(ErrorCode.USAGE, "called toon already.*--replace"):
        annotate.add(gallery.folder, same)
    assert len(annotate.add(gallery.folder, same, replace=True).items) == 3
    assert len(annotate.add(gallery.folder, dataclasses.replace(same, name="toon-2")).items) == 4
    with refused(ErrorCode.USAGE, "no name"):
        annotate.add(gallery.folder, dataclasses.replace(same, name="../x"))


def test_building_again_changes_nothing_and_keeps_licences(
    gallery: Gallery, cast: Path, extractor: PatchExtractor
) -> None:
    before = {path: path.read_bytes() for path in gallery.folder.rglob("*") if path.suffix in (".png", ".json")}
    again = annotate.build(gallery.folder, annotate.find_sources([cast], domain="drawn"))
    assert [item.licence for item in again.items] == ["CC0-1.0"] * 3
    assert {gallery.state(item, extractor.config_hash) for item in again.items} == {"made"}
    after = {path: path.read_bytes() for path in gallery.folder.rglob("*") if path.suffix in (".png", ".json")}
    assert after == before


def test_where_a_gallery_is_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FACESHOT_GALLERY", str(tmp_path / "mine"))
    assert default_gallery() == tmp_path / "mine"
    monkeypatch.delenv("FACESHOT_GALLERY")
    monkeypatch.setenv("FACESHOT_MODELS", str(tmp_path / "models"))
    assert default_gallery() == default_folder({"FACESHOT_MODELS": ""}).parent / "gallery"


def test_what_is_not_ours_is_not_written_over(cast: Path, tmp_path: Path) -> None:
    mine = tmp_path / "g" / "images" / "cat.png"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    with refused(ErrorCode.OUTPUT_UNWRITABLE, "not made by FaceShot"):
        annotate.build(tmp_path / "g", annotate.find_sources([cast]))
    assert mine.read_bytes() == b"mine"
    assert not (tmp_path / "g" / MANIFEST).exists()


# Properties -----------------------------------------------------------------------------------------------------------


@given(st.text(max_size=80))
def test_a_name_made_of_anything_is_one_or_nothing(stem: str) -> None:
    made = name_of(stem)
    assert made == "" or is_name(made) or made in {"con", "prn", "aux", "nul"} or made[:3] in {"com", "lpt"}


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 3000), st.floats(-500, 900))
def test_boxes_lie_on_the_picture_and_hold_their_points(seed: int, scale: float, shift: float) -> None:
    dice = np.random.default_rng(seed)
    points, seen = dice.normal(shift, scale, (COUNT, 2)), dice.random(COUNT) < 0.7
    boxes = regions_of(points, seen)
    assert set(boxes) == {name for name, of in REGIONS.items() if seen[of].any()}
    for name, (x0, y0, x1, y1) in boxes.items():
        assert 0 <= x0 < x1 <= SIDE
        assert 0 <= y0 < y1 <= SIDE
        there = points[REGIONS[name]][seen[REGIONS[name]]]
        on = ((there >= 0) & (there <= SIDE)).all(axis=1)
        assert (there[on] >= (x0 - 1e-9, y0 - 1e-9)).all()
        assert (there[on] <= (x1 + 1e-9, y1 + 1e-9)).all()


@given(
    st.tuples(st.integers(4, 3000), st.integers(4, 3000)),
    st.floats(0, 1), st.floats(0, 1), st.floats(0.05, 0.9),
)  # fmt: skip
def test_the_square_holds_the_face_and_stays_on_the_picture_where_it_can(
    size: tuple[int, int], x: float, y: float, share: float
) -> None:
    shortest = min(size)
    low = np.array([x, y]) * (np.array(size) - share * shortest)
    points = low + np.array([[0.0, 0.0], [1.0, 1.0], [0.3, 0.6]]) * share * shortest
    middle, side = annotate.square(points, size)
    assert (points >= middle - side / 2 - 1e-6).all()
    assert (points <= middle + side / 2 + 1e-6).all()
    if side <= shortest:
        assert (middle - side / 2 >= -1e-6).all()
        assert (middle + side / 2 <= np.array(size) + 1e-6).all()
