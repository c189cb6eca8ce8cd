# SPDX-License-Identifier: GPL-3.0-or-later
"""`preview` as a command: one new PNG, or clear words and no file."""

import numpy as np
import pytest

from core.character import Character
from core.errors import ErrorCode, FaceShotError
from core.expression import compose
from core.landmarks import template
from core.picture import encode_png, read_picture
from core.verbs import Context, verb_named
from core.verbs.options import from_request


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "p.png").write_bytes(encode_png(np.full((300, 400, 3), 120, np.uint8)))
    Character(points=template() * 60 + (200, 100), size=(400, 300)).save(tmp_path / "p.character.json")
    return tmp_path


def preview(folder, **arguments):
    verb = verb_named("preview")
    given = {"picture": str(folder / "p.png"), "output": str(folder / "look.png"), **arguments}
    return verb.run(from_request(verb.options, given), Context())


@pytest.mark.parametrize("wanted", [{}, {"pose": "blink"}, {"coefficient": [["jawOpen", 0.4]]}])
def test_a_pose_becomes_a_small_frame(folder, wanted):
    made = preview(folder, size=128, **wanted)
    x, y, width, height = made["box"]
    assert 0 <= x < x + width <= 400
    assert 0 <= y < y + height <= 300
    assert max(read_picture(folder / "look.png").size) == 128


def test_a_frame_of_a_motion(folder):
    actor = compose({"jawOpen": np.linspace(0, 1, 5)}, size=(400, 400), scale=90.0, translation=(200.0, 150.0))
    actor.save(folder / "a.motion.npz")
    preview(folder, motion=str(folder / "a.motion.npz"), frame=5)
    assert (folder / "look.png").is_file()


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"pose": "sneeze"}, ErrorCode.USAGE),
        ({"coefficient": [["jawOpne", 0.4]]}, ErrorCode.USAGE),
        ({"size": 5000}, ErrorCode.USAGE),
        ({"output": "/tmp/look.jpg"}, ErrorCode.USAGE),
        ({"picture": "/nowhere/p.png", "character": "p.character.json"}, ErrorCode.INPUT_MISSING),
        ({"motion": "/nowhere/a.motion.npz"}, ErrorCode.INPUT_MISSING),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_written(folder, wanted, code, monkeypatch):
    monkeypatch.chdir(folder)
    before = sorted(folder.iterdir())
    with pytest.raises(FaceShotError) as raised:
        preview(folder, **wanted)
    assert raised.value.code is code
    assert sorted(folder.iterdir()) == before


def test_nothing_is_written_over(folder):
    before = (folder / "p.png").read_bytes()
    with pytest.raises(FaceShotError) as raised:
        preview(folder, output=str(folder / "p.png"))
    assert raised.value.code is ErrorCode.OUTPUT_UNWRITABLE
    assert (folder / "p.png").read_bytes() == before
