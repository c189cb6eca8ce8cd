# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.render.mofa.splat import EPSILON, MODES, splat


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("flow", ["small", "large", "integer", "zero"])
def test_it_throws_as_the_published_code_does(golden, mode, flow):
    found = golden.arrays("d_splat")
    metric = torch.tensor(found["metric"]) + (2 if mode == "linear" else 0)
    thrown = splat(torch.tensor(found["values"]), torch.tensor(found[f"flow_{flow}"]), mode=mode, metric=metric)
    assert np.abs(thrown.numpy() - found[f"{mode}_{flow}"]).max() <= 1e-5


def test_a_dense_field_of_one_picture(golden):
    found = golden.arrays("d_splat")
    thrown = splat(torch.tensor(found["dense_values"]), torch.tensor(found["dense_flow"]))
    assert np.abs(thrown.numpy() - found["dense_avg"]).max() <= 1e-5


@given(st.integers(-6, 6), st.integers(-6, 6), st.integers(1, 3))
def test_whole_pixels_are_moved_as_they_are(x, y, count):
    values = torch.randn(count, 2, 5, 7, generator=torch.Generator().manual_seed(1))
    flow = torch.tensor([float(x), float(y)]).view(1, 2, 1, 1).expand(count, 2, 5, 7)
    thrown = splat(values, flow, mode="sum")
    wanted = torch.zeros_like(values)
    for row in range(5):
        for column in range(7):
            if 0 <= row + y < 5 and 0 <= column + x < 7:
                wanted[:, :, row + y, column + x] = values[:, :, row, column]
    assert torch.equal(thrown, wanted)


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_a_constant_stays_a_constant_wherever_anything_arrives(x, y):
    flow = torch.tensor([x, y]).view(1, 2, 1, 1).expand(1, 2, 6, 6)
    thrown = splat(torch.full((1, 1, 6, 6), 3.0), flow, mode="avg")
    weight = splat(torch.ones(1, 1, 6, 6), flow, mode="sum")
    assert torch.allclose(thrown, 3 * weight / (weight + EPSILON), atol=1e-4)


def test_it_says_what_it_needs():
    pixels, flow = torch.zeros(1, 1, 2, 2), torch.zeros(1, 2, 2, 2)
    with pytest.raises(ValueError, match="metric"):
        splat(pixels, flow, mode="soft")
    with pytest.raises(ValueError, match="no such mode"):
        splat(pixels, flow, mode="max")
