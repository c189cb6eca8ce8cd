# SPDX-License-Identifier: GPL-3.0-or-later
"""The live look at a face: the newest wish first, files cleaned up, failures in words."""

from __future__ import annotations

import dataclasses
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest


@pytest.fixture
def errors(part):
    return part("core.errors")


class Engine:
    """Answers when it is told to."""

    def __init__(self):
        self.asked, self.cancelled = [], []

    def request(self, verb, arguments):
        self.asked.append((verb, arguments, SimpleNamespace(finished=False, error=None)))
        return self.asked[-1][2]

    def poll(self):
        pass

    def cancel(self, request):
        self.cancelled.append(request)

    def answer(self, error=None):
        _, arguments, request = self.asked[-1]
        if error is None:
            Path(arguments["output"]).write_bytes(b"frame")
        request.error, request.finished = error, True


@pytest.fixture
def module(part):
    return part("faceshot_blender.glimpses")


@pytest.fixture
def character(part):
    landmarks, character = part("core.landmarks"), part("core.character")
    return character.Character(points=landmarks.template() * 60 + (200, 100), size=(400, 300))


@pytest.fixture
def engine():
    return Engine()


@pytest.fixture
def looks(module, engine, tmp_path):
    return module.Glimpses(lambda: engine, tmp_path)


@pytest.fixture
def wish(module, character, tmp_path):
    return lambda pose="open": module.Wish(tmp_path / "p.png", character, pose)


def test_of_many_wishes_the_newest_is_made(looks, engine, wish):
    for pose in ("blink", "open", "smile"):
        looks.wish(wish(pose))
        looks.step()
    assert [arguments["pose"] for _, arguments, _ in engine.asked] == ["blink"]
    engine.answer()
    assert looks.step()
    assert (looks.pose, looks.frame.read_bytes()) == ("blink", b"frame")
    assert [arguments["pose"] for _, arguments, _ in engine.asked] == ["blink", "smile"]
    engine.answer()
    looks.step()
    assert not looks.busy
    assert not looks.step()


def test_nothing_of_it_stays(looks, engine, wish, tmp_path):
    for _ in range(3):
        looks.wish(wish())
        looks.step()
        engine.answer()
        looks.step()
        assert [path.name for path in tmp_path.iterdir()] == [looks.frame.name]
    looks.wish(wish())
    looks.step()
    looks.close()
    assert list(tmp_path.iterdir()) == []
    assert len(engine.cancelled) == 1
    assert not looks.busy


def test_a_failure_is_said_and_the_next_wish_made(looks, engine, wish, errors):
    looks.wish(wish())
    looks.step()
    engine.answer(errors.FaceShotError(errors.ErrorCode.CHARACTER_UNSURE, "No face."))
    assert looks.step()
    assert (looks.failure, looks.frame, looks.busy) == ("No face.", None, False)
    looks.wish(wish())
    looks.step()
    engine.answer()
    assert looks.step()
    assert looks.failure == ""


def test_without_an_engine_the_words_are_kept(module, wish, errors, tmp_path):
    def missing():
        raise errors.FaceShotError(errors.ErrorCode.ENGINE_MISSING, "There is no engine.")

    looks = module.Glimpses(missing, tmp_path)
    looks.wish(wish())
    assert looks.step()
    assert (looks.failure, looks.busy) == ("There is no engine.", False)


def test_which_part_moved(module, character):
    points = character.points.copy()
    points[50] += 3
    points[30] += 1
    assert module.part_that_moved(character, dataclasses.replace(character, points=points)) == "mouth"
    assert module.part_that_moved(character, character) == ""
    assert module.part_that_moved(None, character) == ""
    assert set(module.POSE_OF_PART) == set(character.present)


def test_with_the_real_engine(module, character, part, repo_root, monkeypatch, tmp_path):
    python = Path(os.environ.get("FACESHOT_ENGINE") or repo_root / ".venv" / "bin" / "python")
    if not python.is_file():
        pytest.skip(f"needs an engine; {python} is none: FACESHOT_ENGINE may name one")
    monkeypatch.setenv("FACESHOT_ENGINE", str(python))
    part("faceshot_blender.jobs").release_engine()
    picture = tmp_path / "ü b.png"
    _write_picture(picture)
    looks = module.Glimpses(part("faceshot_blender.host").shared_engine, tmp_path / "looks")
    try:
        for pose in ("blink", "sneeze"):
            looks.wish(module.Wish(picture, character, pose))
            end = time.monotonic() + 120
            while not looks.step():
                assert time.monotonic() < end, "it took too long"
                time.sleep(0.02)
        assert looks.frame.read_bytes().startswith(b"\x89PNG")
        assert looks.failure == "No pose is called 'sneeze'."
    finally:
        looks.close()
        part("faceshot_blender.jobs").release_engine()
    assert list((tmp_path / "looks").iterdir()) == []


def _write_picture(path):
    import bpy

    image = bpy.data.images.new("grey", 400, 300)
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)
