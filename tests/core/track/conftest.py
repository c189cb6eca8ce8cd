# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks and pictures of the tracker's tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from core.errors import FaceShotError
from core.models import ModelStore
from core.track import MeshTracker

MODELS = ("mesh-468", "mesh-478")


@pytest.fixture(scope="session")
def store(repo_root: Path) -> ModelStore:
    """The networks that build.py fetched."""
    return ModelStore(Path(os.environ.get("FACESHOT_MODELS") or repo_root / "build" / "models"))


@pytest.fixture(scope="session")
def make_tracker(store: ModelStore) -> Callable[..., MeshTracker]:
    """A tracker by model and runtime; skips where the network is not there."""

    @cache
    def made(model: str, runtime: str = "auto") -> MeshTracker:
        try:
            return MeshTracker(model, store=store, runtime=runtime)
        except FaceShotError as error:
            pytest.skip(str(error))

    return made


@pytest.fixture(params=MODELS)
def tracker(request: pytest.FixtureRequest, make_tracker: Callable[..., MeshTracker]) -> MeshTracker:
    return make_tracker(request.param)


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """A real face, in the public domain; (512, 512, 3) uint8."""
    return np.ascontiguousarray(pytest.importorskip("skimage.data").astronaut())


@pytest.fixture(scope="session")
def head(astronaut: np.ndarray) -> np.ndarray:
    """The astronaut's head alone; (200, 180, 3). Its face is about 107 px high."""
    return astronaut[10:210, 130:310]
