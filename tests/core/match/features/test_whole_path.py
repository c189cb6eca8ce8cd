# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole path on a CPU, from drawn characters to 68 points, by small random networks through the real loaders."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="this environment has no torch")
pytest.importorskip("diffusers", reason="this environment has no diffusers")

from core.errors import ErrorCode, FaceShotError  # noqa: E402
from core.match.features import annotate  # noqa: E402
from core.match.features.by_features import match_by_features  # noqa: E402
from core.match.features.diffusion import DiffusionExtractor, Recipe  # noqa: E402
from core.match.features.gallery import Gallery  # noqa: E402
from core.picture import read_picture  # noqa: E402
from tests.core.match.features.small_networks import LOOKS, SIDE, write  # noqa: E402

torch.set_num_threads(1)
RECIPE = Recipe(side=SIDE, steps=10, ensemble=2)  # 301 is among the times of ten steps, too


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    return write(tmp_path_factory.mktemp("feature networks"))


@pytest.fixture(scope="module")
def diffusion(networks):
    return DiffusionExtractor.load(networks, device="cpu", recipe=RECIPE)


@pytest.fixture(scope="module")
def seen(cast, diffusion, tmp_path_factory):
    """A gallery of three drawn characters with features by the networks."""
    sources = annotate.find_sources([cast], domain="drawn", licence="CC0-1.0")
    return annotate.see(annotate.build(tmp_path_factory.mktemp("drawn") / "gallery", sources), diffusion)


def test_a_gallery_is_seen_by_the_networks(seen, diffusion):
    gallery = Gallery.open(seen.folder)
    assert len(gallery.items) == 3
    for item in gallery.items:
        features = gallery.features(item, diffusion.config_hash)
        assert features.points.shape == (68, diffusion.config["channels"])
        assert np.allclose(np.linalg.norm(features.points[item.seen], axis=1), 1, atol=1e-5)
        assert {look.shape for look in features.looks.values()} == {(LOOKS,)}


def test_features_of_another_recipe_or_of_other_weights_are_refused(seen, networks):
    other = DiffusionExtractor.load(networks, device="cpu", recipe=Recipe(side=SIDE, steps=10, ensemble=3))
    gallery = Gallery.open(seen.folder)
    with pytest.raises(FaceShotError) as caught:
        gallery.features(gallery.items[0], other.config_hash)
    assert caught.value.code in (ErrorCode.MODEL_MISSING, ErrorCode.MODEL_DAMAGED)


def test_points_arrive_with_what_they_are_worth(seen, cast, diffusion):
    gallery = Gallery.open(seen.folder)
    picture = read_picture(next(cast.glob("*cat*.png")))
    answer = match_by_features(picture.rgb8(), gallery, diffusion)
    again = match_by_features(picture.rgb8(), gallery, diffusion)
    assert answer.face is not None
    assert answer.face.points.shape == (68, 2)
    assert np.isfinite(answer.face.points).all()
    assert np.array_equal(answer.face.points, again.face.points)
    assert ((answer.face.confidence > 0) & (answer.face.confidence <= 1)).all()
