# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ErrorCode, FaceShotError
from core.progress import TimeLeft, cancelled, counted, silent


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.integers(), max_size=20))
def test_counted_passes_all_and_tells_before_the_first_and_after_each(items: list[int]) -> None:
    told: list[tuple[str, int, int | None]] = []
    assert list(counted(items, "Working", len(items), lambda *step: told.append(step))) == items
    assert told == [("Working", done, len(items)) for done in range(len(items) + 1)]


def test_counted_tells_after_the_item_is_used() -> None:
    told: list[int] = []
    for item in counted([1, 2], "Working", None, lambda stage, done, total: told.append(done)):
        assert told == list(range(item))


def test_a_listener_can_stop_the_work() -> None:
    def stop(stage: str, done: int, total: int | None) -> None:
        if done == 2:
            raise cancelled()

    used = []
    with pytest.raises(FaceShotError) as caught:
        used.extend(counted(range(5), "Working", 5, stop))
    assert caught.value.code is ErrorCode.CANCELLED
    assert caught.value.code.exit_code == 130


def test_silence() -> None:
    assert silent("Working", 1, None) is None


def test_time_left_is_by_the_stages_own_pace() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    assert left.seconds("Tracking", 0, 10) is None
    clock.now += 4
    assert left.seconds("Tracking", 2, 10) == pytest.approx(16)
    clock.now += 4
    assert left.seconds("Tracking", 8, 10) == pytest.approx(2)
    assert left.seconds("Tracking", 10, 10) == 0


def test_time_left_starts_anew_with_each_stage() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    left.seconds("Tracking", 0, 10)
    clock.now += 10
    assert left.seconds("Rendering", 0, 10) is None
    clock.now += 1
    assert left.seconds("Rendering", 1, 10) == pytest.approx(9)
    # the same stage once more, of the next shot
    assert left.seconds("Rendering", 0, 4) is None
    clock.now += 2
    assert left.seconds("Rendering", 1, 4) == pytest.approx(6)


def test_time_left_counts_from_where_a_resumed_stage_began() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    assert left.seconds("Rendering", 90, 100) is None
    clock.now += 5
    assert left.seconds("Rendering", 95, 100) == pytest.approx(5)


def test_time_left_of_an_unknown_total_is_unknown_and_never_negative() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    left.seconds("Tracking", 0, None)
    clock.now += 3
    assert left.seconds("Tracking", 3, None) is None
    assert left.seconds("Tracking", 4, 2) == 0
