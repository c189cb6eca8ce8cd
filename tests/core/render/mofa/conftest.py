# SPDX-License-Identifier: GPL-3.0-or-later
import hashlib
from pathlib import Path

import pytest
import torch

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


@pytest.fixture(scope="session")
def spread_motion() -> dict[bytes, torch.Tensor]:
    return {}


@pytest.fixture
def small(published, spread_motion, monkeypatch):
    """Settings of small runs with the networks of `published`.

    The motion network is of full size, and most tests here ask it the same: it is asked once.
    """
    from core.render.base import release_backends
    from core.render.mofa.motion import MotionNetwork

    plain = MotionNetwork.forward

    def forward(self, *inputs):
        key = hashlib.sha256(b"".join(value.numpy().tobytes() for value in inputs)).digest()
        if key not in spread_motion:
            spread_motion[key] = plain(self, *inputs)
        return spread_motion[key]

    monkeypatch.setattr(MotionNetwork, "forward", forward)
    monkeypatch.setenv("FACESHOT_MOFA", str(published))
    monkeypatch.setenv("FACESHOT_DEVICE", "cpu")
    yield {**SMALL}
    release_backends()
