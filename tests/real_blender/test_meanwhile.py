# SPDX-License-Identifier: GPL-3.0-or-later
"""With a window: what the user does to the file while its job runs; the result still comes to the plane that asked."""

from __future__ import annotations


def test_result_finds_its_plane_after_undo_swapped_names_and_save_as(tour, engine, short, shot):
    seen = tour("change_meanwhile.py", tour.plane, short(2.0), env=engine, blend=shot)
    assert seen["pressed"] == ["RUNNING_MODAL"]
    assert (seen["begun"], seen["undone"], seen["still"]) == (True, True, True)
    assert seen["links"] == [["OBJECT"], ["DATA"]], seen
    assert seen["links undone"] == [["DATA"], ["DATA"]]
