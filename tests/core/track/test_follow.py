# SPDX-License-Identifier: GPL-3.0-or-later
"""A face is kept to through drift, gaps and company."""

from __future__ import annotations

import numpy as np
import pytest

from core.track import Face, MeshTracker
from core.track.follow import Follower
from tests.core.track.scenes import canvas, middle_of, paste

FPS = 20.0
BACK = canvas(640, 480)


def followed(tracker: MeshTracker, frames: list[np.ndarray], *, choice: int = 1) -> list[Face | None]:
    follower = Follower(tracker, choice=choice, fps=FPS)
    for frame in frames:
        follower.step(frame)
    return follower.faces


def test_a_walking_face_is_seen_in_every_frame(tracker: MeshTracker, head: np.ndarray) -> None:
    places = [(120 + 12 * k, 200 + 40 * np.sin(k / 4)) for k in range(30)]
    faces = followed(tracker, [paste(BACK, head, middle=place, face_height=120) for place in places])
    for face, place in zip(faces, places, strict=True):
        assert face is not None
        assert np.abs(middle_of(face) - place).max() < 8


@pytest.mark.parametrize("jump", [(40, 0), (70, 30), (0, -110), (220, 60)])
def test_no_mesh_beside_the_face_survives_a_jump(
    tracker: MeshTracker, head: np.ndarray, jump: tuple[float, float]
) -> None:
    there = (200 + jump[0], 250 + jump[1])
    frames = [paste(BACK, head, middle=(200, 250), face_height=120)] * 8
    frames += [paste(BACK, head, middle=there, face_height=120)] * 16
    faces = followed(tracker, frames)
    assert all(face is not None for face in faces[:6])  # up to a check's distance may be taken back
    assert all(face is not None for face in faces[-8:])
    for face in faces[8:]:
        assert face is None or np.abs(middle_of(face) - there).max() < 12


def test_a_face_that_leaves_is_lost_and_found_again_elsewhere(tracker: MeshTracker, head: np.ndarray) -> None:
    frames = [paste(BACK, head, middle=(160, 200), face_height=120)] * 6
    frames += [BACK] * 10
    frames += [paste(BACK, head, middle=(480, 300), face_height=90)] * 6
    seen = [face is not None for face in followed(tracker, frames)]
    assert seen == [True] * 6 + [False] * 10 + [True] * 6


def test_a_flag_that_stays_high_is_no_proof(
    tracker: MeshTracker, head: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network insists on the old mesh after the face has gone: all frames since the last check are taken back."""
    frames = [paste(BACK, head, middle=(300, 240), face_height=130)] * 5
    follower = Follower(tracker, fps=FPS)
    for frame in frames:
        follower.step(frame)
    last = follower.faces[-1]
    assert last is not None
    monkeypatch.setattr(tracker, "follow", lambda rgb, face: Face(last.mesh + np.array([1.0, 0.0, 0.0]), 0.99))
    for _ in range(int(FPS) + 2):
        follower.step(BACK)
    monkeypatch.undo()
    seen = [face is not None for face in follower.faces]
    assert seen[:3] == [True] * 3  # checks are two frames apart here
    assert not any(seen[5:])


def test_the_chosen_one_of_two_is_kept(tracker: MeshTracker, head: np.ndarray) -> None:
    def frame(k: int) -> np.ndarray:
        big = paste(BACK, head, middle=(170 + k, 220), face_height=150)
        return paste(big, head[:, ::-1], middle=(500 - k, 260), face_height=100)

    frames = [frame(k) for k in range(16)]
    for choice, start, step in ((1, 170, 1), (2, 500, -1)):
        faces = followed(tracker, frames, choice=choice)
        for k, face in enumerate(faces):
            assert face is not None
            assert abs(middle_of(face)[0] - (start + step * k)) < 15


def test_when_the_chosen_one_hides_the_other_does_not_take_its_part(tracker: MeshTracker, head: np.ndarray) -> None:
    other = paste(BACK, head, middle=(500, 260), face_height=100)
    both = paste(other, head, middle=(170, 220), face_height=150)
    faces = followed(tracker, [both] * 6 + [other] * 8 + [both] * 6)
    assert [face is not None for face in faces] == [True] * 6 + [False] * 8 + [True] * 6
    assert all(face is None or middle_of(face)[0] < 250 for face in faces)


def test_a_second_face_that_comes_late_can_be_chosen(tracker: MeshTracker, head: np.ndarray) -> None:
    one = paste(BACK, head, middle=(170, 220), face_height=150)
    both = paste(one, head, middle=(500, 260), face_height=100)
    faces = followed(tracker, [one] * 4 + [both] * 4, choice=2)
    assert [face is not None for face in faces] == [False] * 4 + [True] * 4
    assert middle_of(faces[-1])[0] > 400  # type: ignore[arg-type]
