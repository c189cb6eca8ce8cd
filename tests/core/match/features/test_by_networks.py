# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole path with small random networks through the real loaders: gallery, choice, matching.

Random networks see nothing: what is asked for is that points arrive, with little confidence.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="this environment has no torch")
pytest.importorskip("diffusers", reason="this environment has no diffusers")

from core.character import UNSURE
from core.errors import ErrorCode, FaceShotError
from core.landmarks import COUNT
from core.match import match_face
from core.match.features import annotate, installed
from core.match.features.gallery import Gallery
from core.picture import read_picture
from tests.core.match.features.small_networks import SIDE, write


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("networks"))


@pytest.fixture
def here(networks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the gallery will be, on a machine that has the networks; pictures are seen small, as suits them."""
    from core.match.features import diffusion

    monkeypatch.setenv("FACESHOT_FEATURES", str(networks))
    monkeypatch.setenv("FACESHOT_GALLERY", str(tmp_path / "gallery"))
    monkeypatch.setattr(diffusion.Recipe.__init__, "__kwdefaults__", {
        **(diffusion.Recipe.__init__.__kwdefaults__ or {}), "side": SIDE, "ensemble": 1, "t": 21
    })  # fmt: skip
    return tmp_path / "gallery"


def test_points_arrive_with_little_confidence(here: Path, cast: Path) -> None:
    sources = annotate.find_sources([cast / "toon.png", cast / "emoji.png"], domain="drawn", licence="CC0-1.0")
    picture = read_picture(cast / "cat.png")
    assert not installed.is_ready()
    with pytest.raises(FaceShotError, match="gallery build") as caught:
        match_face(picture, matcher="features")
    assert caught.value.code is ErrorCode.MODEL_MISSING
    extractor = installed.load_extractor(device="cpu")
    gallery = annotate.see(annotate.build(here, sources), extractor)
    assert installed.is_ready()
    assert installed.weights_here() == gallery.feature["weights"]
    assert Gallery.open(here).verify(extractor.config_hash) == []
    matched = match_face(picture, matcher="features", guess=True)
    assert not matched.sure
    assert matched.character.points.shape == (COUNT, 2)
    assert np.isfinite(matched.character.points).all()
    assert matched.character.confidence.max() <= UNSURE


def test_without_torch_it_says_which_engine_to_make(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "_NEEDED", ("no_such_package",))
    with pytest.raises(FaceShotError, match="--torch") as caught:
        installed.load_extractor()
    assert caught.value.code is ErrorCode.BACKEND_MISSING
