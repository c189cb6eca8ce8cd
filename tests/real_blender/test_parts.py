# SPDX-License-Identifier: GPL-3.0-or-later
"""A tour of the points in the sidebar with a window: each switch is one undo step, nobody's card is written over."""

from __future__ import annotations

import shutil


def test_tour_of_the_parts(tour, engine, material, tmp_path):
    picture = tmp_path / material[0].name
    shutil.copy(material[0], picture)
    seen = tour("tour_parts.py", picture, env=engine)
    assert "nose" not in seen["one undone"]
    assert "nose" in seen["both undone"]
    assert seen["offered"] == f"{picture.stem}-2.character.json"
    assert seen["kept"] == "somebody's own"
