# SPDX-License-Identifier: GPL-3.0-or-later
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from tests.core.render.mofa.golden_arrays import FOLDER, Golden
from tests.core.render.mofa.published import write
from tests.core.render.mofa.scenes import SMALL

# The networks are small: more threads only get in each other's way.
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def golden() -> Golden:
    if not (FOLDER / "recipe.py").is_file():
        pytest.skip(f"the golden arrays are not at {FOLDER}")
    return Golden(FOLDER)


@pytest.fixture(scope="session")
def published(golden, tmp_path_factory) -> Path:
    """A folder of networks in the published layout."""
    return write(golden, tmp_path_factory.mktemp("published weights"))


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path_factory):
    """What runs show about this machine is not noted for its user."""
    monkeypatch.setenv("FACESHOT_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(autouse=True)
def without_gradients():
    with torch.inference_mode():
        yield


def spread_evenly(self, image: torch.Tensor, flow: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """In the motion network's place, which is of full size in the smallest run: each part of the canvas moves as the
    landmarks on it do."""
    parts = [functional.avg_pool2d(values, flow.shape[-1] // 6) for values in (flow, mask.float())]
    return functional.interpolate(parts[0] / parts[1].clamp(min=1e-6), size=flow.shape[-2:], mode="bilinear")


@pytest.fixture
def small(published, monkeypatch):
    """Settings of small runs with the networks of `published`, all but the one that spreads motion."""
    from core.render.base import release_backends
    from core.render.mofa.motion import MotionNetwork

    monkeypatch.setattr(MotionNetwork, "forward", spread_evenly)
    monkeypatch.setenv("FACESHOT_MOFA", str(published))
    monkeypatch.setenv("FACESHOT_DEVICE", "cpu")
    yield {**SMALL}
    release_backends()
