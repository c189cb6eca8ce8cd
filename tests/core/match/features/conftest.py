# SPDX-License-Identifier: GPL-3.0-or-later
"""Annotated pictures to make galleries of: three drawn characters, and two photographs with points set by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.character import Character, file_hash
from core.landmarks import ALL_PARTS, template
from core.match.features import annotate
from core.match.features.gallery import Gallery
from core.picture import encode_png
from demo.make import make_character
from tests.core.match.features.patches import PatchExtractor

DRAWN = ("toon", "emoji", "cat")
# A plain face laid on these places: eyes right and left, and the middle of the mouth, px
ASTRONAUT = ((205.0, 102.0), (246.0, 104.0), (222.0, 151.0))
CHELSEA = ((170.0, 100.0), (283.0, 117.0), (206.0, 197.0))


def laid(places: tuple[tuple[float, float], ...]) -> np.ndarray:
    """The plain face (68, 2) whose eyes and mouth are at these places."""
    face = template()
    known = np.stack([face[36:42].mean(axis=0), face[42:48].mean(axis=0), face[48:60].mean(axis=0)])
    matrix = np.linalg.solve(np.column_stack([known, np.ones(3)]), np.array(places))
    return np.column_stack([face, np.ones(68)]) @ matrix


def photograph(name: str, folder: Path, points: np.ndarray, *, present: frozenset[str] = ALL_PARTS) -> Path:
    """A picture of scikit-image with a card beside it."""
    pytest.importorskip("skimage", reason="scikit-image has the photographs")
    from skimage import data

    pixels = getattr(data, name)()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    path.write_bytes(encode_png(pixels))
    size = (pixels.shape[1], pixels.shape[0])
    card = Character(points=points, size=size, present=present, picture=path.name, picture_hash=file_hash(path))
    card.save(folder / f"{name}.character.json")
    return path


@pytest.fixture(scope="session")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three drawn characters, 256 px, and their cards."""
    folder = tmp_path_factory.mktemp("material") / "cast"
    for name in DRAWN:
        make_character(name, folder, size=256)
    return folder


@pytest.fixture
def extractor() -> PatchExtractor:
    return PatchExtractor()


@pytest.fixture
def gallery(cast: Path, tmp_path: Path, extractor: PatchExtractor) -> Gallery:
    """A gallery of the drawn characters, with features."""
    sources = annotate.find_sources([cast], domain="drawn", licence="CC0-1.0")
    return annotate.see(annotate.build(tmp_path / "gallery", sources), extractor)
