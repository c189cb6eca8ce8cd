# SPDX-License-Identifier: GPL-3.0-or-later
"""`--estimate`: what it would take, said without torch, networks or anything made."""

import numpy as np
import pytest

from core.calibration import Calibration, Card, Pace
from core.character import Character
from core.cli import main
from core.errors import ErrorCode, FaceShotError
from core.estimate import UNKNOWN
from core.landmarks import LandmarkSequence, template
from core.picture import encode_png
from core.verbs import verb_named
from core.verbs.context import Context
from core.verbs.options import from_request

CARD = Card(device="cuda", name="Card 24", torch="2.13.0", precision="bfloat16", memory=24e9)


@pytest.fixture
def job(tmp_path, monkeypatch):
    """Arguments of a render of 30 frames on a picture twice as wide as high."""
    monkeypatch.setenv("FACESHOT_CACHE", str(tmp_path / "cache"))
    pixels = np.zeros((300, 640, 3), np.uint8)
    (tmp_path / "p.png").write_bytes(encode_png(pixels))
    points = template() * 90 + (320, 150)
    Character(points=points, size=(640, 300)).save(tmp_path / "p.character.json")
    moved = np.repeat(points[None], 30, axis=0)
    LandmarkSequence(points=moved, size=(640, 300), fps=24.0, time=np.arange(30) / 24).save(
        tmp_path / "p.landmarks.npz"
    )
    files = {"picture": str(tmp_path / "p.png"), "landmarks": str(tmp_path / "p.landmarks.npz")}
    return {**files, "output": str(tmp_path / "out"), "backend": "mofa", "estimate": True}


def run(job: dict) -> dict:
    verb = verb_named("render")
    return verb.run(from_request(verb.options, job), Context())


def test_nothing_was_measured_and_nothing_is_made(job, tmp_path):
    found = run(job)
    assert (found["frame_count"], found["estimate"]["words"]) == (30, UNKNOWN)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "cache").exists()


def test_what_was_measured_is_told(job, tmp_path):
    Calibration().noted(Pace(card=CARD, size=(512, 512), seconds={"step": 0.2})).save()
    told = run(job)["estimate"]
    assert told["seconds"] > 0
    assert told["card"] == "Card 24"
    more = run({**job, "setting": [["steps", "50"]]})["estimate"]
    assert more["seconds"] == pytest.approx(2 * told["seconds"])
    larger = run({**job, "setting": [["size", "768"]]})["estimate"]
    assert larger["memory"] > told["memory"]


def test_the_command_line_says_it_in_words(job, capsys):
    Calibration().noted(Pace(card=CARD, size=(512, 512), seconds={"step": 0.2})).save()
    words = ["render", job["picture"], job["landmarks"], "-o", job["output"], "--backend", "mofa", "--estimate"]
    assert main(words) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("30 frames: about ")
    assert second.startswith("On Card 24: ")


@pytest.mark.parametrize("wrong", [{"backend": "proxy"}, {"setting": [["steps", "0"]]}, {"setting": [["stepps", "3"]]}])
def test_what_makes_no_sense_is_refused(job, wrong):
    with pytest.raises(FaceShotError) as caught:
        run({**job, **wrong})
    assert caught.value.code is ErrorCode.USAGE


def test_a_part_of_a_clip_counts(material, monkeypatch, tmp_path):
    monkeypatch.setenv("FACESHOT_CACHE", str(tmp_path / "cache"))
    verb = verb_named("animate")
    given = {
        "picture": str(material.picture), "clip": str(material.clip), "output": str(tmp_path / "out"),
        "backend": "mofa", "estimate": True,
    }  # fmt: skip
    counts = [
        verb.run(from_request(verb.options, {**given, **more}), Context())["frame_count"]
        for more in ({}, {"end": 0.2}, {"start": 0.2, "end": 0.4}, {"fps": 50})
    ]
    assert counts == [12, 5, 5, 24]
    assert not (tmp_path / "out").exists()
