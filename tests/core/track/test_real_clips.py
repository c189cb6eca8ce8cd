# SPDX-License-Identifier: GPL-3.0-or-later
"""Real actors: every frame is tracked, as still and as alike as these networks are known to be."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from core.landmarks import inter_ocular
from core.models import ModelStore
from core.motion import FaceMotion
from core.signals import signals
from core.track import MeshTracker, track_clip
from core.track.topology import IBUG_68
from core.video import open_clip, probe

CLIPS = (
    "lp_d0", "lp_d3", "lp_d6", "lp_d10", "lp_d11", "lp_d12", "lp_d18", "lp_d20", "ravdess_surprised",
)  # fmt: skip
SECONDS = 1.2  # of each clip in the short form


@pytest.fixture(scope="module")
def motions(shared_data: Path, store: ModelStore, make_tracker: Callable[..., MeshTracker]) -> Callable:
    """A clip's motion by name, model and end."""

    @cache
    def motion(name: str, model: str, end: float | None = SECONDS) -> FaceMotion:
        make_tracker(model)  # skips without the network
        return track_clip(shared_data / "clips" / f"{name}.mp4", model=model, store=store, end=end)

    return motion


def steadiness(tracker: MeshTracker, rgb: np.ndarray) -> float:
    """Scatter of the 68 points of one frame under noise of 3 grey levels, per cent of the eyes' distance."""
    rng = np.random.default_rng(0)
    face = tracker.find(rgb)[0]
    seen = []
    for _ in range(30):
        noisy = np.clip(rgb + rng.normal(0, 3, rgb.shape), 0, 255).round().astype(np.uint8)
        followed = tracker.follow(noisy, face)
        assert followed is not None
        face = followed
        seen.append(face.points)
    return float(np.sqrt(np.var(seen[5:], axis=0).sum(axis=-1).mean()) / inter_ocular(face.points) * 100)


@pytest.mark.parametrize("model", ["mesh-468", "mesh-478"])
@pytest.mark.parametrize("name", CLIPS)
def test_every_frame_is_tracked(name: str, model: str, motions: Callable) -> None:
    check_tracked(motions(name, model))


@pytest.mark.long
@pytest.mark.parametrize("model", ["mesh-468", "mesh-478"])
@pytest.mark.parametrize("name", CLIPS)
def test_every_frame_of_the_whole_clip_is_tracked(name: str, model: str, motions: Callable, shared_data: Path) -> None:
    motion = motions(name, model, None)
    check_tracked(motion)
    assert len(motion) == probe(shared_data / "clips" / f"{name}.mp4").frame_count


def check_tracked(motion: FaceMotion) -> None:
    assert motion.valid.all()
    assert (motion.confidence > 0.9).all()
    assert motion.mesh is not None
    points = motion.landmarks()
    assert np.abs(points - motion.mesh[:, IBUG_68, :2]).max() < 1e-3  # the mesh is kept in single precision
    assert np.abs(np.degrees(motion.rotation)).max() < 45  # all of them look about at the camera
    left = np.abs(motion.residual[..., :2]).mean() * motion.scale.mean() / inter_ocular(points).mean()
    assert left < 0.009  # shapes that are confined to their regions, between 0 and 1


@pytest.mark.parametrize(("model", "low", "high"), [("mesh-468", 0.15, 0.4), ("mesh-478", 0.08, 0.28)])
def test_the_points_are_as_still_as_known(
    model: str, low: float, high: float, make_tracker: Callable[..., MeshTracker], shared_data: Path
) -> None:
    """Known for a 720 px clip: 0.28 % of the eyes' distance for 468 points, 0.15 % for 478."""
    with open_clip(shared_data / "clips" / "ravdess_surprised.mp4") as clip:
        rgb = next(clip.frames()).rgb.copy()
    assert low < steadiness(make_tracker(model), rgb) < high


def test_the_two_meshes_agree_on_the_68_points(motions: Callable) -> None:
    """Known over 19 clips: 3 % of the eyes' distance on average, 4.7 % for the worst."""
    apart = []
    for name in CLIPS:
        one, other = (motions(name, model).landmarks() for model in ("mesh-468", "mesh-478"))
        apart.append(float((np.linalg.norm(one - other, axis=-1) / inter_ocular(other)[:, None]).mean() * 100))
    assert 2 < np.mean(apart) < 4
    assert max(apart) < 6


def test_the_runtimes_track_alike(shared_data: Path, make_tracker: Callable[..., MeshTracker]) -> None:
    pytest.importorskip("ai_edge_litert")
    one, other = (make_tracker("mesh-468", runtime) for runtime in ("litert", "opencv"))
    with open_clip(shared_data / "clips" / "lp_d3.mp4") as clip:
        frames = [frame.rgb.copy() for frame in clip.frames(end=0.6)]
    faces = [tracker.find(frames[0])[0] for tracker in (one, other)]
    for rgb in frames[1:]:
        faces = [tracker.follow(rgb, face) for tracker, face in zip((one, other), faces, strict=True)]
        assert np.abs(faces[0].mesh - faces[1].mesh)[:, :2].mean() < 0.05


def test_a_mouth_that_opens_is_seen_by_both_meshes(motions: Callable) -> None:
    curves = [signals(motions("ravdess_surprised", m, None).shapes()[..., :2]) for m in ("mesh-468", "mesh-478")]
    for name in ("jaw_open", "mouth_open", "smile_right", "smile_left", "blink_right", "blink_left", "brow_up"):
        assert np.corrcoef(curves[0][name], curves[1][name])[0, 1] > 0.8, name


def test_heads_turn_the_way_they_turn(motions: Callable) -> None:
    """A nose on the right of the picture's face is a negative yaw, a nose low down a positive pitch."""
    motion = motions("lp_d12", "mesh-468", None)
    points = motion.landmarks()
    eyes, nose = points[:, 36:48, 0].mean(axis=1), points[:, 30, 0]
    assert np.corrcoef((nose - eyes) / motion.scale, motion.rotation[:, 1])[0, 1] < -0.8
    motion = motions("lp_d11", "mesh-468", None)
    points = motion.landmarks()
    brows = points[:, 17:27, 1].mean(axis=1)
    height = (points[:, 30, 1] - points[:, 36:48, 1].mean(axis=1)) / (points[:, 8, 1] - brows)
    assert np.corrcoef(height, motion.rotation[:, 0])[0, 1] > 0.8


@pytest.mark.parametrize("picture", ["portrait_000001", "lp_s6", "lp_s7", "lp_s9", "lp_s10"])
def test_human_like_pictures_show_one_face(picture: str, tracker: MeshTracker, shared_data: Path) -> None:
    from core.picture import read_picture

    faces = tracker.find(read_picture(shared_data / "pictures" / f"{picture}.jpg").rgb8())
    assert len(faces) == 1
    assert faces[0].confidence > 0.99


@pytest.mark.parametrize("picture", ["lp_s23", "lp_s41"])
def test_a_toon_alpaca_and_a_cat_are_no_faces_to_it(picture: str, tracker: MeshTracker, shared_data: Path) -> None:
    from core.picture import read_picture

    assert tracker.find(read_picture(shared_data / "pictures" / f"{picture}.jpg").rgb8()) == []
