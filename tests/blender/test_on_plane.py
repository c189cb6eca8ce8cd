# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames on their plane while the job runs: which one, how often, and that nothing of them gets into the file.

That they are seen is looked at in a real window: tests/real_blender/test_coming.py.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest


@pytest.fixture
def on_plane(empty, part):
    return part("faceshot_blender.ui.on_plane")


@pytest.fixture
def overlay(empty, part):
    return part("faceshot_blender.scene.overlay")


@pytest.fixture
def shown(on_plane, overlay, part, make_take, monkeypatch):
    """What is drawn for a take from frame 5 on, and `.come(n)`: that many of its frames are there; its clock stands."""
    folder = make_take()
    ticket = SimpleNamespace(name="Held", uid=1, loads=0)
    take = SimpleNamespace(start=5, plane=ticket, scene=ticket)
    shown = on_plane._Shown(SimpleNamespace(take=take), take)
    shown.clock = [100.0]
    monkeypatch.setattr(on_plane.time, "monotonic", lambda: shown.clock[0])
    saved = [str(folder / "card.character.json"), *(str(folder / "proxy" / f"{n:06d}.png") for n in range(1, 13))]
    shown.come = lambda count: shown.coming.take_in(saved[: count + 1])

    def draw(frame):
        """As a viewport does at that scene frame, which shows the plane."""
        monkeypatch.setattr(on_plane.bpy, "context", SimpleNamespace(scene=SimpleNamespace(frame_current=frame)))
        monkeypatch.setattr(shown, "_plane", lambda context: object())
        for name in ("batch_of", "texture_of", "draw"):
            monkeypatch.setattr(overlay, name, lambda *_: "drawn")
        shown.draw()
        monkeypatch.undo()
        monkeypatch.setattr(on_plane.time, "monotonic", lambda: shown.clock[0])

    shown.at = draw
    return shown


def test_nothing_is_read_until_a_viewport_shows_the_plane(overlay, shown, monkeypatch):
    shown.come(3)
    monkeypatch.setattr(overlay, "read_frame", lambda path: pytest.fail("read"))
    assert not shown.look()


def test_the_newest_is_shown_at_a_gentle_pace(on_plane, shown):
    shown.come(1)
    shown.at(5)
    assert shown.look()
    assert shown.path.name == "000001.png"
    shown.come(4)
    assert not shown.look(), "it was just now"
    shown.clock[0] += 1.1 * on_plane.PAUSE
    assert shown.look()
    assert shown.path.name == "000004.png"
    shown.clock[0] += 1.1 * on_plane.PAUSE
    assert not shown.look(), "there is no other"


def test_a_moved_playhead_shows_what_belongs_there(on_plane, shown):
    shown.come(8)
    shown.at(5)
    names = []
    for frame in (5, 7, 60, 12, 5):
        shown.at(frame)
        shown.clock[0] += 1.1 * on_plane.PAUSE
        shown.look()
        names.append(shown.path.name)
    assert names == ["000008.png", "000003.png", "000008.png", "000008.png", "000008.png"]


def test_a_slow_file_is_read_less_often(overlay, shown, monkeypatch):
    shown.come(1)
    shown.at(5)

    def slow(path):
        shown.clock[0] += 0.2

    monkeypatch.setattr(overlay, "read_frame", slow)
    assert shown.look()
    shown.come(2)
    shown.clock[0] += 1.9
    assert not shown.look()
    shown.clock[0] += 0.2
    assert shown.look()


def test_a_frame_is_read_as_it_is_shown_and_leaves_nothing(overlay, dump, picture, monkeypatch):
    before = dump()
    pixels = overlay.read_frame(picture)
    assert pixels.shape == (48, 64, 4)
    assert pixels[0, 0].tolist() == pytest.approx([128 / 255] * 3 + [0])
    assert pixels[0, -1].tolist() == pytest.approx([128 / 255] * 4)
    monkeypatch.setattr(overlay, "_LARGEST", 16)
    assert overlay.read_frame(picture).shape == (12, 16, 4)
    with pytest.raises(RuntimeError):
        overlay.read_frame(picture.with_name("none.png"))
    assert dump() == before


def test_without_a_window_nothing_is_drawn(on_plane, window, shot, empty):
    operator = window.press()
    window.pump()
    assert operator.outcome == {"FINISHED"}
    assert not on_plane._shown
