# SPDX-License-Identifier: GPL-3.0-or-later
"""From a movie file to a FaceMotion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.character import file_hash
from core.errors import ErrorCode, FaceShotError
from core.expression import NAMES
from core.models import ModelStore
from core.motion import FaceMotion
from core.progress import cancelled
from core.track import MeshTracker, track_clip
from core.track.topology import IBUG_68
from core.video import write_movie
from tests.core.track.scenes import canvas, paste

FPS = 25


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, head: np.ndarray) -> Path:
    """Twenty frames of a head that walks to the right; frames 8 to 11 show none."""
    back = canvas(480, 360)
    frames = [back if 8 <= k < 12 else paste(back, head, middle=(150 + 8 * k, 180), face_height=120) for k in range(20)]
    return write_movie(tmp_path_factory.mktemp("clips") / "walk.mp4", frames, fps=FPS)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, head: np.ndarray) -> Path:
    scene = paste(canvas(640, 360), head, middle=(150, 180), face_height=150)
    scene = paste(scene, head, middle=(470, 180), face_height=100)
    return write_movie(tmp_path_factory.mktemp("clips") / "pair.mp4", [scene] * 3, fps=FPS)


def tracked(networks: MeshTracker, store: ModelStore, clip: Path, **options) -> FaceMotion:
    return track_clip(clip, model=networks.model, store=store, **options)


def middles(motion: FaceMotion) -> np.ndarray:
    points = motion.landmarks()
    return (points.min(axis=1) + points.max(axis=1)) / 2


def test_a_walking_head(tracker: MeshTracker, store: ModelStore, walk: Path, tmp_path: Path) -> None:
    motion = tracked(tracker, store, walk)
    assert len(motion) == 20
    assert motion.size == (480, 360)
    assert motion.fps == FPS
    assert motion.time == pytest.approx(np.arange(20) / FPS)
    gone = set(np.flatnonzero(~motion.valid))
    assert {8, 9, 10, 11} <= gone <= set(range(6, 12))  # what a check never saw again may be taken back
    assert motion.meta["frames_without_face"] == sorted(gone)
    assert (motion.confidence[motion.valid] > 0.9).all()
    assert (motion.confidence[~motion.valid] <= 0.5).all()
    along = np.diff(middles(motion)[:, 0])
    assert along.mean() == pytest.approx(8, abs=0.3)
    assert along == pytest.approx(np.full(19, 8), abs=4)  # bridged frames walk on
    assert np.ptp(np.degrees(motion.rotation), axis=0).max() < 6
    assert motion.mesh is not None
    assert motion.mesh.dtype == np.float32
    assert motion.scheme == tracker.scheme
    assert motion.mesh.shape == (20, tracker.count, 3)
    if tracker.count == 478:
        assert motion.iris is not None
        assert motion.scores is not None
        assert len(motion.score_names) == 52
        assert 0 <= motion.scores.min() <= motion.scores.max() <= 1
    motion.save(tmp_path / "walk.motion.npz")
    assert np.array_equal(FaceMotion.load(tmp_path / "walk.motion.npz").landmarks(), motion.landmarks())


def test_the_meta_says_what_made_it(tracker: MeshTracker, store: ModelStore, walk: Path) -> None:
    meta = tracked(tracker, store, walk, start=0.2, end=0.3).meta
    assert meta["tracker"] == "mesh"
    assert meta["model"] == tracker.model
    assert len(meta["model_hash"].split(",")[0]) == 64
    assert meta["runtime"] in ("litert", "opencv")
    assert meta["source"] == str(walk)
    assert meta["source_hash"] == file_hash(walk)
    assert meta["start"] == 0.2
    assert meta["warnings"] == []


def test_tracking_twice_gives_the_same_bits(tracker: MeshTracker, store: ModelStore, walk: Path) -> None:
    one, two = (tracked(tracker, store, walk, end=0.3) for _ in range(2))
    assert np.array_equal(one.landmarks(), two.landmarks())
    assert one.basis_id == two.basis_id


def test_a_range_of_the_clip(tracker: MeshTracker, store: ModelStore, walk: Path) -> None:
    part = tracked(tracker, store, walk, start=0.48, end=0.72)
    assert len(part) == 6
    assert part.time == pytest.approx(np.arange(6) / FPS)
    assert part.valid.all()
    assert middles(part)[0, 0] == pytest.approx(middles(tracked(tracker, store, walk))[12, 0], abs=1)


def test_one_frame_is_a_clip(tracker: MeshTracker, store: ModelStore, head: np.ndarray, tmp_path: Path) -> None:
    scene = paste(canvas(320, 320), head, middle=(160, 170), face_height=150)
    motion = tracked(tracker, store, write_movie(tmp_path / "one.mp4", [scene], fps=FPS))
    assert len(motion) == 1
    assert motion.valid.all()
    assert motion.names == NAMES
    assert motion.landmarks().shape == (1, 68, 2)


def test_smoothing_stills_the_jitter_and_keeps_the_path(tracker: MeshTracker, store: ModelStore, walk: Path) -> None:
    raw, smooth = (tracked(tracker, store, walk, smooth=strength) for strength in (0.0, 0.8))
    seen = raw.valid
    # most of it: the frame in which a face is found again may stand out, and what stands out is kept
    jitter = [np.median(np.abs(np.diff(motion.landmarks()[12:], 2, axis=0))) for motion in (raw, smooth)]
    assert jitter[1] < 0.6 * jitter[0]
    assert np.abs(smooth.landmarks()[seen] - raw.landmarks()[seen]).mean() < 2
    assert np.array_equal(raw.valid, smooth.valid)
    assert smooth.meta["smooth"] == 0.8
    assert smooth.mesh is not None
    assert smooth.landmarks() == pytest.approx(smooth.mesh[:, IBUG_68, :2], abs=1e-3)


def test_either_of_two_faces(tracker: MeshTracker, store: ModelStore, pair: Path) -> None:
    for face, place in ((None, 150), (1, 150), (2, 470)):
        motion = tracked(tracker, store, pair, face=face)
        assert motion.valid.all()
        assert middles(motion)[:, 0] == pytest.approx(np.full(3, place), abs=15)
        assert motion.meta["face"] == (face or 1)


def test_a_face_that_is_not_there(tracker: MeshTracker, store: ModelStore, pair: Path) -> None:
    with pytest.raises(FaceShotError) as caught:
        tracked(tracker, store, pair, face=3)
    assert caught.value.code is ErrorCode.NO_FACE
    assert "2" in caught.value.hint


def test_a_clip_without_a_face_says_what_was_tried(tracker: MeshTracker, store: ModelStore, tmp_path: Path) -> None:
    clip = write_movie(tmp_path / "empty.mp4", [canvas(640, 360)] * 3, fps=FPS)
    with pytest.raises(FaceShotError) as caught:
        tracked(tracker, store, clip)
    assert caught.value.code.exit_code == 4
    for word in ("empty.mp4", "3 frames", "640x360", "whole", "320 px", "160 px", tracker.model):
        assert word in caught.value.message


@pytest.mark.parametrize("options", [{"tracker": "crystal-ball"}, {"face": 0}, {"start": 2.0, "end": 1.0}])
def test_wrong_options_are_refused(tracker: MeshTracker, store: ModelStore, walk: Path, options: dict) -> None:
    with pytest.raises(FaceShotError) as caught:
        tracked(tracker, store, walk, **options)
    assert caught.value.code is ErrorCode.USAGE


def test_without_a_network_the_remedy_is_named(walk: Path, tmp_path: Path) -> None:
    with pytest.raises(FaceShotError) as caught:
        track_clip(walk, store=ModelStore(tmp_path))
    assert caught.value.code is ErrorCode.MODEL_MISSING
    assert "models fetch" in caught.value.hint


def test_a_missing_clip_is_not_blamed_on_the_network(tmp_path: Path) -> None:
    with pytest.raises(FaceShotError) as caught:
        track_clip(tmp_path / "none.mp4", store=ModelStore(tmp_path))
    assert caught.value.code is ErrorCode.INPUT_MISSING


def test_progress_counts_frames_and_can_stop(tracker: MeshTracker, store: ModelStore, walk: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    tracked(tracker, store, walk, progress=lambda *step: told.append(step))
    assert told == [("Tracking", done, 20) for done in range(21)]

    def stop(stage: str, done: int, total: int | None) -> None:
        if done == 3:
            raise cancelled()

    with pytest.raises(FaceShotError) as caught:
        tracked(tracker, store, walk, progress=stop)
    assert caught.value.code is ErrorCode.CANCELLED
