# SPDX-License-Identifier: GPL-3.0-or-later
from pathlib import Path

import pytest
import torch

from tests.core.render.mofa.golden_arrays import FOLDER, Golden
from tests.core.render.mofa.published import write

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
def without_gradients():
    with torch.inference_mode():
        yield
