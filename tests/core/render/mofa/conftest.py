# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

import torch

from tests.core.render.mofa.golden_arrays import FOLDER, Golden


@pytest.fixture(scope="session")
def golden() -> Golden:
    if not (FOLDER / "recipe.py").is_file():
        pytest.skip(f"the golden arrays are not at {FOLDER}")
    return Golden(FOLDER)


@pytest.fixture(autouse=True)
def without_gradients():
    with torch.inference_mode():
        yield
