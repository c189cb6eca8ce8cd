# SPDX-License-Identifier: GPL-3.0-or-later
"""The sheet of characters shows their points where their cards say, and what is missing in another colour."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.character import Character
from core.landmarks import ALL_PARTS, template_in_box
from core.picture import Picture, read_picture
from demo.contact import CELL, COLUMNS, contact_sheet, main, with_points
from demo.make import make_character


def test_points_are_drawn_on_their_places() -> None:
    points = template_in_box((60, 60, 200, 200))
    lacking = Character(points=points, size=(CELL, CELL), present=ALL_PARTS - {"nose"})
    drawn = with_points(Picture(pixels=np.full((CELL, CELL, 3), 128, np.uint8)), lacking).astype(int)
    x, y = np.floor(points).astype(int).T
    green, red = drawn[y, x, 1] > drawn[y, x, 0] + 60, drawn[y, x, 0] > drawn[y, x, 1] + 60
    assert green[np.r_[0:27, 36:68]].all()
    assert red[27:36].all()
    assert (drawn[:50] == 128).all()


def test_wide_and_transparent_pictures_fit_a_square() -> None:
    character = Character(points=template_in_box((10, 10, 80, 80)), size=(200, 100))
    cell = with_points(Picture(pixels=np.zeros((100, 200, 4), np.uint8)), character, side=100)
    assert cell.shape == (100, 100, 3)
    assert (cell[51:] == 255).all()
    assert (cell[:49] < 255).any()


def test_a_sheet_has_full_rows() -> None:
    cells = [("one", np.zeros((50, 50, 3), np.uint8))] * (COLUMNS + 1)
    sheet = contact_sheet(cells)
    assert sheet.shape[1] == 50 * COLUMNS
    assert (sheet[-50:, 50:] == 255).all()


def test_a_folder_gets_its_sheet(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 1
    make_character("emoji", tmp_path, size=128)
    assert main([str(tmp_path)]) == 0
    assert read_picture(tmp_path / "contact.png").size[0] == CELL
    assert main([]) == 2
