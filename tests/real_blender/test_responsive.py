# SPDX-License-Identifier: GPL-3.0-or-later
"""How alive a window stays while a job runs: measured and printed. What hangs on the machine is not asserted."""

from __future__ import annotations

import itertools
import statistics
import sys


def test_window_stays_alive_while_a_job_runs(tour, engine, material, shot, record_property):
    seen = tour("watch_jobs.py", tour.plane, material[1], env=engine, blend=shot)
    assert seen["begun"], seen["failure"]
    draws, handler, step = seen["draws"], sorted(seen["handler_ms"]), sorted(seen["step_ms"])
    pauses = [after - before for before, after in itertools.pairwise(draws)]
    numbers = {
        "draws a second": round(len(draws) / seen["seconds"], 1),
        "longest pause between draws, s": round(max(pauses), 3),
        "our handler's processor time, median, ms": round(statistics.median(handler), 3),
        "longest, ms": round(handler[-1], 3),
        "taking in the engine's news, median, ms": round(statistics.median(step), 3),
        "longest of it, ms": round(step[-1], 3),
        "Blender's processor time for each draw of its window, ms": round(1000 * seen["processor"] / len(draws), 1),
        "its share of a core": round(seen["processor"] / seen["seconds"], 2),
        "pauses of timers without a job, longest, s": round(max(seen["idle_gaps"]), 3),
        "with a job, median, s": round(statistics.median(seen["gaps"]), 3),
        "with a job, longest, s": round(max(seen["gaps"]), 3),
        "seconds": round(seen["seconds"], 1),
    }
    for name, value in numbers.items():
        record_property(name, value)
    sys.stdout.write(f"while a job ran: {numbers}\n")
    assert len(draws) > 10
    assert handler[-1] < 2.0
    assert step[-1] < 2.0
    assert len(set(seen["fractions"])) > 10, "the bar moves"
