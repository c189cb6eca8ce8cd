# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.arrays import save_npz
from core.errors import ErrorCode, FaceShotError
from core.landmarks import (
    ALL_PARTS,
    COUNT,
    EYE_PAIRS,
    LINES,
    MIRROR,
    MOUTH_PAIRS,
    OPTIONAL_PARTS,
    PARTS,
    LandmarkSequence,
    check_parts,
    eye_centres,
    face_width,
    inter_ocular,
    template,
    template_in_box,
)

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def points_of(frames: int) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(np.float64, (frames, COUNT, 2), elements=FINITE)


# The scheme


def test_parts_cover_each_point_once() -> None:
    covered = [point for part in PARTS.values() for point in range(part.start, part.stop)]
    assert covered == list(range(COUNT))
    assert set(PARTS) == ALL_PARTS
    assert {"jaw"} == ALL_PARTS - OPTIONAL_PARTS


def test_lines_cover_each_point_once() -> None:
    assert sorted(point for _, points, _ in LINES for point in points) == list(range(COUNT))
    assert {name: closed for name, _, closed in LINES if closed}.keys() == {
        "right_eye", "left_eye", "outer_lip", "inner_lip",
    }  # fmt: skip


def test_the_mirror_map_is_its_own_inverse_and_keeps_lines() -> None:
    assert (MIRROR[MIRROR] == np.arange(COUNT)).all()
    partner = {"right_brow": "left_brow", "left_brow": "right_brow", "right_eye": "left_eye", "left_eye": "right_eye"}
    for part, where in PARTS.items():
        mirrored = PARTS[partner.get(part, part)]
        assert sorted(MIRROR[where]) == list(range(mirrored.start, mirrored.stop))
    assert [point for point in range(COUNT) if MIRROR[point] == point] == [8, 27, 28, 29, 30, 33, 51, 57, 62, 66]
    with pytest.raises(ValueError, match="read-only"):
        MIRROR[0] = 5


def test_pairs_lie_one_above_the_other_in_their_part() -> None:
    face = template()
    for part, pairs in [*EYE_PAIRS.items(), ("mouth", MOUTH_PAIRS)]:
        for upper, lower in pairs:
            assert PARTS[part].start <= upper < PARTS[part].stop
            assert PARTS[part].start <= lower < PARTS[part].stop
            assert face[upper, 1] < face[lower, 1]
            assert face[upper, 0] == pytest.approx(face[lower, 0])


# The template


def test_the_template_is_a_symmetrical_face() -> None:
    face = template()
    assert face.shape == (COUNT, 2)
    assert np.isfinite(face).all()
    assert np.allclose(face[MIRROR] * [-1, 1], face)
    assert np.allclose(eye_centres(face), [[-0.5, 0], [0.5, 0]])
    assert inter_ocular(face) == pytest.approx(1)
    assert face_width(face) > 1.5
    # the character's right is on the left of the picture; y points down
    assert face[36, 0] < face[45, 0]
    order = [face[PARTS[part], 1].mean() for part in ("right_brow", "right_eye", "nose", "mouth")]
    assert order == sorted(order)
    assert face[8, 1] == face[:, 1].max()
    assert (np.diff(face[:17, 0]) > 0).all()


def test_the_template_is_a_fresh_array_each_time() -> None:
    template()[:] = 0
    assert template()[16, 0] > 0


@given(st.tuples(*[st.floats(-1e4, 1e4)] * 2, *[st.floats(0.1, 1e4)] * 2))
def test_the_template_fills_its_box(box: tuple[float, float, float, float]) -> None:
    points = template_in_box(box)
    x, y, width, height = box
    assert np.allclose(points.min(axis=0), [x, y])
    assert np.allclose(points.max(axis=0), [x + width, y + height])


@pytest.mark.parametrize("box", [(0, 0, 0, 5), (0, 0, 5, -1), (np.nan, 0, 1, 1), (0, 0, np.inf, 1)])
def test_a_box_that_is_none_is_refused(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(FaceShotError) as caught:
        template_in_box(box)
    assert caught.value.code is ErrorCode.USAGE


def test_measures_are_taken_per_face() -> None:
    faces = np.stack([template(), template() * 3, template() + 7])
    assert np.allclose(inter_ocular(faces), [1, 3, 1])
    assert np.allclose(face_width(faces), np.array([1, 3, 1]) * face_width(template()))
    solid = np.concatenate([faces, np.zeros((3, COUNT, 1))], axis=-1)
    assert eye_centres(solid).shape == (3, 2, 3)
    assert np.allclose(inter_ocular(solid), [1, 3, 1])


def test_parts_are_checked() -> None:
    assert check_parts(["jaw", "nose"]) == {"jaw", "nose"}
    assert check_parts(np.array(sorted(ALL_PARTS))) == ALL_PARTS
    for wrong in (["nose"], [], ["jaw", "ear"], "jaw"):
        with pytest.raises(FaceShotError) as caught:
            check_parts(wrong)
        assert caught.value.code is ErrorCode.USAGE


# Sequences and their files


@st.composite
def sequences(draw: st.DrawFn) -> LandmarkSequence:
    frames = draw(st.integers(0, 3))
    return LandmarkSequence(
        points=draw(points_of(frames)),
        size=draw(st.tuples(st.integers(1, 20000), st.integers(1, 20000))),
        fps=draw(st.floats(0.01, 1000)),
        time=draw(hnp.arrays(np.float64, frames, elements=FINITE)),
        present=frozenset({"jaw"} | draw(st.sets(st.sampled_from(sorted(OPTIONAL_PARTS))))),
        iris=draw(st.none() | hnp.arrays(np.float64, (frames, 2, 2), elements=FINITE)),
        meta=draw(st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5), max_size=3)),
    )


@settings(max_examples=40, deadline=None)
@given(sequences())
def test_a_file_gives_back_the_sequence_bit_by_bit(
    tmp_path_factory: pytest.TempPathFactory, sequence: LandmarkSequence
) -> None:
    path = tmp_path_factory.mktemp("landmarks") / "x.landmarks.npz"
    sequence.save(path)
    read = LandmarkSequence.load(path)
    assert read.points.tobytes() == sequence.points.tobytes()
    assert read.time.tobytes() == sequence.time.tobytes()
    assert (read.size, read.fps, read.present, read.meta) == (
        sequence.size, sequence.fps, sequence.present, sequence.meta,
    )  # fmt: skip
    assert (read.iris is None) == (sequence.iris is None)
    if sequence.iris is not None:
        assert read.iris is not None
        assert read.iris.tobytes() == sequence.iris.tobytes()


def good() -> dict[str, np.ndarray]:
    return {
        "points": np.repeat(template()[None], 2, axis=0),
        "size": np.array([640, 480]),
        "fps": np.array(25.0),
        "time": np.array([0.0, 0.04]),
        "present": np.array(sorted(ALL_PARTS)),
    }


def test_the_file_of_the_refusals_is_read_when_nothing_is_wrong(tmp_path: Path) -> None:
    save_npz(tmp_path / "x.npz", LandmarkSequence.FORMAT, 1, good(), {})
    assert len(LandmarkSequence.load(tmp_path / "x.npz")) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("points", None),
        ("points", np.zeros((2, 67, 2))),
        ("points", np.zeros((3, COUNT, 2))),
        ("points", np.full((2, COUNT, 2), np.nan)),
        ("points", np.full((2, COUNT, 2), "a")),
        ("size", None),
        ("size", np.array([640])),
        ("size", np.array([0, 480])),
        ("size", np.array([np.inf, 480.0])),
        ("fps", None),
        ("fps", np.array(0.0)),
        ("fps", np.array(np.nan)),
        ("fps", np.array("fast")),
        ("fps", np.array([25.0])),
        ("time", None),
        ("time", np.array([0.0, np.inf])),
        ("time", np.array(["0", "1"])),
        ("present", None),
        ("present", np.array(["nose"])),
        ("present", np.array(["jaw", "ear"])),
        ("present", np.array([1, 2])),
        ("iris", np.zeros((1, 2, 2))),
        ("iris", np.full((2, 2, 2), np.nan)),
    ],
)
def test_a_file_that_does_not_fit_is_refused(tmp_path: Path, name: str, value: np.ndarray | None) -> None:
    arrays = good()
    arrays.pop(name, None)
    if value is not None:
        arrays[name] = value
    save_npz(tmp_path / "x.npz", LandmarkSequence.FORMAT, 1, arrays, {})
    with pytest.raises(FaceShotError) as caught:
        LandmarkSequence.load(tmp_path / "x.npz")
    assert caught.value.code is ErrorCode.INPUT_UNREADABLE
    assert "x.npz" in caught.value.message


def test_a_sequence_that_does_not_fit_is_not_made() -> None:
    fitting = {"points": np.zeros((2, COUNT, 2)), "size": (9, 9), "fps": 25.0, "time": np.zeros(2)}
    assert len(LandmarkSequence(**fitting)) == 2
    for wrong in (
        {"points": np.zeros((2, 5, 2))},
        {"points": np.zeros((2, COUNT, 3))},
        {"time": np.zeros(3)},
        {"iris": np.zeros((2, 2))},
        {"present": frozenset({"nose"})},
    ):
        with pytest.raises(FaceShotError) as caught:
            LandmarkSequence(**(fitting | wrong))
        assert caught.value.code is ErrorCode.USAGE
