# SPDX-License-Identifier: GPL-3.0-or-later
"""A tour of the sidebar with a window: two jobs that queue, a refusal with its report, a file loaded under a job."""

from __future__ import annotations

import sys


def test_tour_of_the_sidebar(tour, engine, material, short):
    seen = tour("tour_sidebar.py", material[0], short(1.0), env=engine)
    assert seen["ready"] == ["ready", True]
    assert seen["together"]
    assert seen["warm"]
    assert seen["sequences"]
    assert "No clip at" in seen["refused"]
    assert "FaceShot Report" in seen["texts"]
    assert seen["after load"] == [0, [], False]
    slowest = max((took, name) for name, took in seen["draw_ms"])
    pace = f"{seen['draws']} draws of Output in {seen['seconds']:.1f} s, longest gap of a timer {seen['gap']:.2f} s"
    sys.stdout.write(f"slowest draw {slowest}; while jobs ran: {pace}\n")
