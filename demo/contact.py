# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters side by side with their points drawn: `python -m demo.contact FOLDER` reads the pictures that have a card
(NAME.character.json) in a folder, and leaves contact.png there."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from core.arrays import write_atomically
from core.character import Character
from core.landmarks import PARTS, face_width
from core.picture import Picture, encode_png, read_picture

CELL = 320
COLUMNS = 6
SHEET = "contact.png"
_CARD = ".character.json"
_CAPTION = 24
_SHIFT = 4  # fractional bits of OpenCV's coordinates
_SHOWN, _MISSING, _IRIS = (40, 240, 90), (240, 70, 60), (250, 90, 250)
_RINGS = ("right_eye", "left_eye")


def with_points(picture: Picture, character: Character, *, side: int = CELL) -> np.ndarray:
    """The picture in a square of `side` px with its points: of parts that it lacks red. (side, side, 3) uint8."""
    width, height = character.size
    scale = side / max(width, height)
    size = (round(width * scale), round(height * scale))
    small = cv2.resize(picture.rgb8(), size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    cell = np.full((side, side, 3), 255, np.uint8)
    cell[: size[1], : size[0]] = small
    points = character.points * scale
    radius = max(1.0, float(face_width(points)) / 110)
    for part, where in PARTS.items():
        colour = _SHOWN if part in character.present else _MISSING
        for path, closed in _paths(part, points[where]):
            cv2.polylines(cell, [_fixed(path)], closed, colour, 1, cv2.LINE_AA, _SHIFT)
        for point in points[where]:
            _dot(cell, point, radius, colour)
    for point in () if character.iris is None else character.iris * scale:
        _dot(cell, point, 1.3 * radius, _IRIS)
    return cell


def contact_sheet(cells: Sequence[tuple[str, np.ndarray]], *, columns: int = COLUMNS) -> np.ndarray:
    """Titled squares in rows, (H, W, 3) uint8."""
    titled = []
    for title, cell in cells:
        strip = np.full((_CAPTION, cell.shape[1], 3), 255, np.uint8)
        cv2.putText(strip, title, (6, _CAPTION - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (20, 20, 20), 1, cv2.LINE_AA)
        titled.append(np.concatenate([cell, strip]))
    columns = max(1, min(columns, len(titled)))
    titled += [np.full_like(titled[0], 255)] * (-len(titled) % columns)
    rows = [np.concatenate(titled[k : k + columns], axis=1) for k in range(0, len(titled), columns)]
    return np.concatenate(rows)


def make_sheet(folder: Path) -> Path | None:
    """Write the contact sheet of a folder; None where there is nothing to show."""
    cells = []
    for card in sorted(Path(folder).glob(f"*{_CARD}")):
        name = card.name.removesuffix(_CARD)
        picture = card.with_name(f"{name}.png")
        if picture.is_file():
            cells.append((name, with_points(read_picture(picture), Character.load(card))))
    if not cells:
        return None
    target = Path(folder) / SHEET
    write_atomically(target, encode_png(contact_sheet(cells)))
    return target


def _paths(part: str, points: np.ndarray) -> list[tuple[np.ndarray, bool]]:
    if part == "mouth":
        return [(points[:12], True), (points[12:], True)]
    if part == "nose":
        return [(points[:4], False), (points[4:], False)]
    return [(points, part in _RINGS)]


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.round((np.asarray(points) - 0.5) * (1 << _SHIFT)).astype(np.int32)


def _dot(cell: np.ndarray, point: np.ndarray, radius: float, colour: tuple[int, int, int]) -> None:
    x, y = (int(value) for value in _fixed(point))
    cv2.circle(cell, (x, y), round(radius * (1 << _SHIFT)), colour, -1, cv2.LINE_AA, _SHIFT)


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m demo.contact FOLDER\n")
        return 2
    made = make_sheet(Path(arguments[0]))
    sys.stdout.write(f"{made or 'No picture with a card there.'}\n")
    return 0 if made else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
