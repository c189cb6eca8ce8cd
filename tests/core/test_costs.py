# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans on faked memory: what fits is chosen, more memory never gives less, and every smaller plan is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.costs import (
    USABLE,
    Plan,
    Task,
    choose,
    decoding_plans,
    flop,
    memory,
    sampling_plans,
    smaller_decoding,
    smaller_sampling,
)
from core.render.mofa.windows import windows

GB = 1e9
TASK = Task(frames=124)
tasks = st.builds(
    lambda frames, width, height, window, stride: Task(
        frames=frames, size=(64 * width, 64 * height), window=window, stride=min(stride, window - 1)
    ),
    st.integers(1, 400), st.integers(4, 16), st.integers(4, 16), st.integers(2, 40), st.integers(1, 30),
)  # fmt: skip


@given(tasks)
def test_windows_are_counted_as_the_sampler_makes_them(task):
    found = windows(task.sampled, size=task.window, stride=task.stride)
    assert task.windows == len(found)
    assert {task.seen} == {len(frames) for frames, _ in found}


# items at once, offload, frames decoded at once, with the other networks out of the way
PRESETS = {
    8: (2, True, 8, True),
    12: (2, False, 8, False),
    16: (4, False, 8, False),
    24: (8, False, 8, False),
    48: (16, False, 8, False),
    80: (16, False, 8, False),
}


@pytest.mark.parametrize("gigabytes", PRESETS)
def test_each_card_has_a_plan_that_fits_at_512(gigabytes):
    plan = choose(TASK, gigabytes * GB)
    assert (plan.together, plan.offload, plan.decoded, plan.apart) == PRESETS[gigabytes]
    assert memory(TASK, plan).most <= USABLE * gigabytes * GB


@pytest.mark.parametrize(("gigabytes", "side"), [(8, 640), (12, 768), (16, 1024), (24, 1024)])
def test_larger_sizes_fit_with_less_at_once(gigabytes, side):
    task = Task(frames=124, size=(side, side))
    plan = choose(task, gigabytes * GB)
    assert memory(task, plan).most <= USABLE * gigabytes * GB


def order(task: Task, plan: Plan) -> tuple[int, int]:
    """How far down the lists a plan stands."""
    ways = [(one.together, one.held, one.offload) for one in sampling_plans(task)]
    decoded = [(one.decoded, one.tile, one.apart) for one in decoding_plans(task, Plan(together=1))]
    return (
        ways.index((plan.together, plan.held, plan.offload)),
        decoded.index((plan.decoded, plan.tile, plan.apart)),
    )


@given(tasks, st.floats(1, 100), st.floats(0, 100), st.sampled_from([2, 4]))
def test_more_memory_never_plans_less(task, less, more, value):
    small, large = (choose(task, free * GB, value=value) for free in (less, less + more))
    before, after = order(task, small), order(task, large)
    assert after[0] <= before[0]
    # where less memory already had the networks one after the other, the decoder was alone for nothing
    assert small.offload or after[1] <= before[1]


@given(tasks, st.floats(1, 100))
def test_what_is_chosen_fits_if_anything_does(task, free):
    plan = choose(task, free * GB)
    ways = list(sampling_plans(task))
    if any(memory(task, one).sampling <= USABLE * free * GB for one in ways):
        assert memory(task, plan).sampling <= USABLE * free * GB
    else:
        assert (plan.together, plan.offload) == (1, True)


@given(tasks, st.floats(1, 100), st.sampled_from([smaller_sampling, smaller_decoding]))
def test_every_smaller_plan_needs_less_until_there_is_none(task, free, smaller):
    plan: Plan | None = choose(task, free * GB)
    stage = "sampling" if smaller is smaller_sampling else "decoding"
    assert plan is not None
    needed = getattr(memory(task, plan), stage)
    steps = 0
    while (plan := smaller(task, plan)) is not None:
        now = getattr(memory(task, plan), stage)
        assert now < needed
        needed, steps = now, steps + 1
        assert steps < 20
        if stage == "decoding" and plan.offload:
            assert plan.apart


@given(tasks, st.integers(1, 16))
def test_what_was_asked_for_goes_through_at_once_where_it_fits(task, together):
    assert choose(task, 1e15, together=together).together == min(together, 2 * task.windows)


def test_memory_does_not_grow_with_the_clip():
    for free in (8, 24, 80):
        needed = [memory(task, choose(task, free * GB)).most for task in (Task(frames=250), Task(frames=5000))]
        assert needed[0] == needed[1]


def test_arithmetic_is_that_of_the_windows_that_are_run():
    assert flop(Task(frames=24, steps=50)) == pytest.approx(2 * flop(Task(frames=24)), rel=0.05)
    assert flop(Task(frames=24, characters=3)) == 3 * flop(Task(frames=24))
    # 25 frames with the picture: one window, a pair, 25 steps
    assert flop(Task(frames=24)) / 1e12 == pytest.approx(2148, rel=0.01)


def test_words_name_what_is_out_of_the_ordinary():
    assert Plan(together=2).words() == "2 window halves at once, 8 frames decoded at once"
    tight = Plan(together=1, offload=True, decoded=1, tile=32, apart=True).words()
    assert tight == (
        "1 window half at a time, networks one after the other, 1 frame decoded at once in pieces of 256 px"
    )
    assert Plan(together=4, apart=True).words().endswith("the decoder alone")


def in_the_table(task: Task, gigabytes: int) -> str:
    """A cell of the table of plans in docs/performance.md."""
    plan = choose(task, gigabytes * GB)
    needed = memory(task, plan).most
    if needed > USABLE * gigabytes * GB:
        return f"too small ({needed / GB:.1f} GB)"
    parts = [
        f"{plan.together}",
        "one network at a time" if plan.offload else "",
        "" if plan.decoded == 8 else "4 frames",
    ]
    if plan.apart and not plan.offload:
        parts.append("decoder alone")
    return f"{', '.join(part for part in parts if part)}: {needed / GB:.1f} GB"


def test_the_table_of_plans_is_true(repo_root):
    written = (repo_root / "docs" / "performance.md").read_text(encoding="utf-8")
    for gigabytes in (6, 8, 10, 12, 16, 24, 48, 80):
        cells = [in_the_table(Task(frames=124, size=(side, side)), gigabytes) for side in (512, 768, 1024)]
        assert f"| {gigabytes} GB | {' | '.join(cells)} |" in written
