# SPDX-License-Identifier: GPL-3.0-or-later
"""Each saving against the same without it: the numbers stay, and less is done."""

import pytest
import torch

from core.render.mofa import sampling as module
from core.render.mofa.control import ControlNetwork
from core.render.mofa.motion import MotionNetwork
from core.render.mofa.sampling import sample
from tests.core.render.mofa.golden_arrays import close
from tests.core.render.mofa.test_sampling import pipeline

LIMIT = 1e-5


@pytest.fixture
def conditions_made(monkeypatch) -> list[int]:
    """Frames of each window whose conditions are made."""
    plain, made = ControlNetwork.conditions, []

    def conditions(self, features, flow, drawn):
        made.append(len(drawn))
        return plain(self, features, flow, drawn)

    monkeypatch.setattr(ControlNetwork, "conditions", conditions)
    return made


def latents(golden, *, frames: int = 8, **fields) -> torch.Tensor:
    sampler, shot, noise, config, _ = pipeline(golden, order="fixed", together=2)
    for name, value in fields.items():
        setattr(sampler, name, value)
    return dict(sample(sampler, shot, noise[:frames], config))[3]


def test_what_a_window_looks_at_is_made_once(golden, conditions_made):
    once = latents(golden)
    assert conditions_made == [5, 5, 5]  # three windows
    conditions_made.clear()
    anew = latents(golden, held=0)
    assert len(conditions_made) == 3 * 3  # three steps
    assert torch.equal(once, anew)


def test_a_window_that_repeats_the_one_before_is_run_once(golden, monkeypatch):
    ran = []
    plain = module.Sampler._run

    def run(self, shot, scaled, timestep, items):
        ran.append(len(items))
        return plain(self, shot, scaled, timestep, items)

    monkeypatch.setattr(module.Sampler, "_run", run)
    once = latents(golden, frames=5)
    assert ran == [2] * 3  # a pair in each step
    ran.clear()
    # as published: the last window ends at the last frame, whatever was run before
    monkeypatch.setattr(module, "windows", lambda count, size, stride: [(tuple(range(5)), 1)] * 2)
    twice = latents(golden, frames=5)
    assert ran == [2] * 6
    close(once, twice.numpy(), LIMIT)


def test_the_picture_s_half_of_the_motion_is_computed_once(golden, monkeypatch):
    network = MotionNetwork().eval()
    golden.fill(network, "cmp", gains=golden.config("cmp_config")["gains"], under="module.")
    seen = []
    network.image_encoder.register_forward_hook(lambda layer, given, made: seen.append(len(given[0])))
    image = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    flow = torch.zeros(3, 2, 64, 64)
    flow[:, :, 20, 30] = torch.tensor([[3.0, 1.0], [-2.0, 4.0], [0.5, 0.5]])
    mask = (flow != 0).to(torch.uint8)
    together = network(image, flow, mask)
    assert seen == [1]
    alone = torch.cat([network(image, flow[k : k + 1], mask[k : k + 1]) for k in range(3)])
    close(together, alone.numpy(), LIMIT)
