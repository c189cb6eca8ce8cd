# SPDX-License-Identifier: GPL-3.0-or-later
"""The timer that drives jobs, while operators have their turn, while another tool has it, and when something breaks."""

from __future__ import annotations

import time

import pytest


@pytest.fixture
def drive(part, window):
    """drive(until) as Blender's timer does, while another tool keeps all events to itself."""
    driving = part("faceshot_blender.driving")

    def drive(until, *, seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end, [entry.words for entry in window.queue.entries]
            driving._step()
            time.sleep(0.01)

    return drive


def shows_frames(bpy) -> bool:
    return bpy.data.objects["Held"].material_slots[0].link == "OBJECT"


def test_the_news_come_while_another_tool_is_used_and_the_result_after_it(empty, window, shot, drive):
    operator, words = window.press(), set()
    entry = window.queue.first
    drive(lambda: words.add(entry.words) or entry.job.status.state.ended)
    assert any(said.startswith("Tracking") for said in words)
    assert operator.outcome == {"RUNNING_MODAL"}
    assert not shows_frames(empty)
    window.pump()
    assert operator.outcome == {"FINISHED"}
    assert shows_frames(empty)


def test_a_result_without_an_operator_waits_for_the_tool(empty, part, window, shot, drive, monkeypatch):
    driving, used = part("faceshot_blender.driving"), [True]
    monkeypatch.setattr(driving, "_is_used", lambda: used[0])
    window.press()
    window.leave()
    entry = window.queue.first
    drive(lambda: entry.job.status.state.ended)
    driving._step()
    assert not shows_frames(empty)
    used.clear()
    used.append(False)
    driving._step()
    assert shows_frames(empty)
    assert not window.queue.entries


def test_a_job_that_breaks_leaves_the_others(empty, window, shot, monkeypatch):
    broken, other = window.press(), window.press(folder="//second")
    monkeypatch.setattr(window.queue.first.job, "step", lambda: 1 / 0)
    window.pump()
    assert "ZeroDivisionError" in window.queue.failure.message
    assert broken.outcome == {"CANCELLED"}
    assert other.outcome == {"FINISHED"}
    assert shows_frames(empty)


def test_what_cannot_be_begun_leaves_nothing_in_the_queue(part, window, shot, monkeypatch):
    def fail(context):
        raise RuntimeError("no timer")

    monkeypatch.setattr(part("faceshot_blender.ops.stepping"), "_timer", fail)
    with pytest.raises(RuntimeError):
        window.press()
    assert not window.queue.entries
