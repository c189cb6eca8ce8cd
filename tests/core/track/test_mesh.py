# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipeline gives MediaPipe's own numbers, on either runtime, and finds small faces and several."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import ErrorCode, FaceShotError
from core.landmarks import HALF_PIXEL, inter_ocular
from core.models import ModelStore
from core.track import Face, MeshTracker
from core.track.reference import misfit
from core.track.region import Region
from core.track.topology import IBUG_68, SCORE_NAMES
from tests.core.track.scenes import FACE_HEIGHT, canvas, middle_of, paste

ZOOM = 4


@pytest.fixture(scope="module")
def mediapipe() -> dict[str, np.ndarray]:
    """What the package mediapipe 0.10.21 says of the astronaut, each pixel repeated ZOOM times along both axes.

    solutions.face_mesh (static image, no refinement) for 468; tasks FaceLandmarker (IMAGE mode) for 478 and the 52
    scores. In px: its normalised numbers times the picture's side.
    """
    with np.load(Path(__file__).with_name("astronaut_mediapipe.npz")) as file:
        return {name: file[name].astype(np.float64) for name in file.files}


@pytest.fixture(scope="module")
def enlarged(astronaut: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(astronaut.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1))


def as_mediapipe(tracker: MeshTracker, rgb: np.ndarray, crop: Region, found: Region) -> np.ndarray:
    """The mesh read from `crop` and put back as MediaPipe does, with no half pixel anywhere."""
    raw, confidence = tracker.raw(rgb, crop)
    assert confidence > 0.99
    return np.column_stack([found.carried(raw[:, :2], tracker.side), raw[:, 2] * found.side / tracker.side])


@pytest.mark.parametrize("runtime", ["litert", "opencv"])
@pytest.mark.parametrize("model", ["mesh-468", "mesh-478"])
def test_the_mesh_is_mediapipes(
    model: str, runtime: str, make_tracker: Callable[..., MeshTracker], enlarged: np.ndarray, mediapipe: dict
) -> None:
    if runtime == "litert":
        pytest.importorskip("ai_edge_litert")
    tracker = make_tracker(model, runtime)
    found = tracker.detector.search(enlarged, level=0)[0].region()
    truth = mediapipe[model.replace("-", "_")]
    error = np.abs(as_mediapipe(tracker, enlarged, found, found) - truth)
    assert error[:, :2].mean() < 0.03
    assert error[:, 2].mean() < 0.05


def test_a_half_pixel_shift_of_the_crop_is_wrong(tracker: MeshTracker, enlarged: np.ndarray, mediapipe: dict) -> None:
    found = tracker.detector.search(enlarged, level=0)[0].region()
    shift = HALF_PIXEL * (found.side / tracker.side - 1)
    shifted = Region(found.x + shift, found.y + shift, found.side, found.angle)
    truth = mediapipe[tracker.model.replace("-", "_")][:, :2]
    plain = np.abs(as_mediapipe(tracker, enlarged, found, found)[:, :2] - truth).mean()
    other = np.abs(as_mediapipe(tracker, enlarged, shifted, found)[:, :2] - truth).mean()
    assert other > 0.5
    assert other > 20 * plain


@pytest.mark.parametrize("runtime", ["litert", "opencv"])
def test_the_scores_are_mediapipes(
    runtime: str, make_tracker: Callable[..., MeshTracker], enlarged: np.ndarray, mediapipe: dict
) -> None:
    tracker = make_tracker("mesh-478", runtime)
    if not tracker.score_names:
        pytest.skip("this OpenCV cannot load the score network; the tracker works without")
    ours = mediapipe["mesh_478"] + (HALF_PIXEL, HALF_PIXEL, 0)
    scores = tracker.scored(Face(ours, 1.0)).scores
    assert scores is not None
    assert np.abs(scores - mediapipe["scores"]).max() < 5e-5
    found = tracker.find(enlarged, passes=1)[0].scores
    assert found is not None
    assert np.abs(found - mediapipe["scores"]).max() < 0.01
    named = dict(zip(SCORE_NAMES, found, strict=True))
    assert named["mouthSmileLeft"] > 0.5  # she smiles
    assert named["mouthSmileRight"] > 0.5
    assert named["jawOpen"] < 0.2


def test_a_picture_and_its_mirror_image_agree(tracker: MeshTracker, enlarged: np.ndarray) -> None:
    """Our points are in the corner convention: x and width - x. A wrong half pixel of the crop shows here."""
    crop = tracker.find(enlarged)[0].region()
    width = enlarged.shape[1]
    mirrored = Region(width - 1 - crop.x, crop.y, crop.side, -crop.angle)
    one = tracker.read(enlarged, crop)
    other = tracker.read(np.ascontiguousarray(enlarged[:, ::-1]), mirrored)
    assert one is not None
    assert other is not None
    pairs = np.array([[33, 263], [133, 362], [61, 291], [127, 356], [70, 300], [10, 10], [152, 152], [13, 13]])
    apart = one.mesh[pairs, 0].mean() + other.mesh[pairs, 0].mean() - width
    assert abs(apart) < 0.6 * crop.side / tracker.side
    iod = inter_ocular(one.points)
    assert abs(apart) < 0.02 * iod


@pytest.mark.parametrize("model", ["mesh-468", "mesh-478"])
def test_the_runtimes_agree(model: str, make_tracker: Callable[..., MeshTracker], astronaut: np.ndarray) -> None:
    pytest.importorskip("ai_edge_litert")
    one, other = (make_tracker(model, runtime).find(astronaut)[0] for runtime in ("litert", "opencv"))
    assert np.abs(one.mesh - other.mesh).max() < 0.05
    assert abs(one.confidence - other.confidence) < 1e-4


def test_what_a_face_says_of_itself(tracker: MeshTracker, astronaut: np.ndarray) -> None:
    face = tracker.find(astronaut)[0]
    assert face.mesh.shape == (tracker.count, 3)
    assert face.points.shape == (68, 2)
    assert np.array_equal(face.points, face.mesh[IBUG_68, :2])
    assert face.confidence > 0.99
    assert misfit(face.mesh) < 0.2
    assert face.mesh[4, 2] < face.mesh[234, 2]  # the nose is nearer than the ear
    assert face.points[36, 0] < face.points[45, 0]  # her right eye is on the picture's left
    x, y, width, height = face.box
    assert x <= face.points[:, 0].min()
    assert y <= face.points[:, 1].min()
    assert (width, height) == pytest.approx((94, 107), abs=4)
    if tracker.count == 478:
        assert face.iris is not None
        for iris, eye in zip(face.iris, (slice(36, 42), slice(42, 48)), strict=True):
            low, high = face.points[eye].min(axis=0), face.points[eye].max(axis=0)
            assert (low - 1 < iris).all()
            assert (iris < high + 1).all()
    else:
        assert face.iris is None
        assert face.scores is None


@pytest.mark.parametrize("middle", [(0.2, 0.3), (0.5, 0.5), (0.83, 0.77), (0.06, 0.12)])
@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (1000, 1000)])
def test_a_small_face_is_found_on_a_big_picture(
    tracker: MeshTracker, head: np.ndarray, size: tuple[int, int], middle: tuple[float, float]
) -> None:
    place = (middle[0] * size[0], middle[1] * size[1])
    height = size[1] / 12
    scene = paste(canvas(*size), head, middle=place, face_height=height)
    faces = tracker.find(scene)
    assert len(faces) == 1
    assert np.abs(middle_of(faces[0]) - place).max() < 0.06 * height
    assert faces[0].box[3] == pytest.approx(height, rel=0.08)


def test_two_faces_come_biggest_first(tracker: MeshTracker, head: np.ndarray) -> None:
    scene = paste(canvas(900, 500), head, middle=(200, 250), face_height=110)
    scene = paste(scene, head, middle=(650, 250), face_height=170)
    faces = tracker.find(scene, want=2)
    assert [face.box[3] for face in faces] == pytest.approx([170, 110], rel=0.08)
    assert middle_of(faces[0])[0] > 600


def test_wanting_two_finds_the_one_that_is_small(tracker: MeshTracker, head: np.ndarray) -> None:
    scene = paste(canvas(1600, 1000), head, middle=(500, 500), face_height=400)
    scene = paste(scene, head, middle=(1300, 300), face_height=70)
    assert len(tracker.find(scene, want=2)) == 2


def test_a_turned_head_is_found_turned(tracker: MeshTracker, head: np.ndarray) -> None:
    import cv2

    scene = paste(canvas(600, 600), head, middle=(300, 300), face_height=200)
    upright = tracker.find(scene)[0].angle
    for degrees in (-30, 30):
        turn = cv2.getRotationMatrix2D((300, 300), -degrees, 1)  # OpenCV counts the other way round
        face = tracker.find(cv2.warpAffine(scene, turn, (600, 600)))[0]
        assert np.degrees(face.angle - upright) == pytest.approx(degrees, abs=4)


def test_nothing_is_found_where_no_face_is(tracker: MeshTracker) -> None:
    assert tracker.find(canvas(640, 480)) == []
    assert tracker.find(np.zeros((1, 1, 3), np.uint8)) == []
    assert tracker.find(np.full((40, 900, 3), 255, np.uint8)) == []


def test_a_face_as_large_as_the_picture_is_found(tracker: MeshTracker, head: np.ndarray) -> None:
    import cv2

    close = cv2.resize(head[50:170, 40:150], None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    faces = tracker.find(close)
    assert len(faces) == 1
    assert faces[0].box[3] == pytest.approx(4 * FACE_HEIGHT, rel=0.08)


def test_models_that_are_no_meshes_are_refused(store: ModelStore, tmp_path: Path) -> None:
    with pytest.raises(FaceShotError) as caught:
        MeshTracker("mesh-9", store=store)
    assert caught.value.code is ErrorCode.USAGE
    with pytest.raises(FaceShotError) as caught:
        MeshTracker(store=ModelStore(tmp_path))
    assert caught.value.code is ErrorCode.MODEL_MISSING
    assert "models fetch mesh-468" in str(caught.value)
