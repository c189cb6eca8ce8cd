# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way to run the networks gives the same numbers in float32; what fails is told, and left."""

import copy
from types import SimpleNamespace

import pytest
import torch

from core.errors import ErrorCode, FaceShotError
from core.render.mofa import tuning as module
from core.render.mofa.attention import attend
from core.render.mofa.sampling import sample
from core.render.mofa.settings import TUNINGS, MofaSettings
from core.render.mofa.tuning import tune
from tests.core.render.mofa.golden_arrays import close
from tests.core.render.mofa.test_sampling import pipeline

CPU = torch.device("cpu")


def nothing(words: str) -> None:
    pytest.fail(f"nothing to warn of, but: {words}")


def sampled(golden, *wanted: str, warn=nothing, **rest) -> torch.Tensor:
    """The latents after the last step of the small pipeline."""
    sampler, shot, noise, config, _ = pipeline(golden, order="fixed", together=2)
    sampler.unet, sampler.control = copy.deepcopy(sampler.unet), copy.deepcopy(sampler.control)
    for network in (sampler.unet, sampler.control):
        attend(network, sampler.embeddings)
    tune(SimpleNamespace(unet=sampler.unet, control=sampler.control), wanted, CPU, warn, **rest)
    return dict(sample(sampler, shot, noise, config))[3]


@pytest.fixture(scope="module")
def plain(golden) -> torch.Tensor:
    with torch.inference_mode():
        return sampled(golden)


def test_channels_last_gives_the_same(golden, plain):
    close(sampled(golden, "channels_last"), plain.numpy(), 1e-4)


@pytest.mark.long
def test_a_graph_gives_the_same(golden, plain):
    """What torch takes down of the networks, run without a compiler's own arithmetic."""
    close(sampled(golden, "compile", compiler="eager"), plain.numpy(), 1e-4)


def test_they_are_taken_back(golden):
    networks = SimpleNamespace(unet=golden.network("unet"), control=golden.network("controlnet"))
    weight = networks.unet.conv_in.weight
    tune(networks, TUNINGS, CPU, nothing, compiler="eager")
    assert networks.unet.conv_in.weight is weight
    assert weight.is_contiguous(memory_format=torch.channels_last)
    assert "forward" in vars(networks.unet)
    held = vars(networks.unet)["forward"]
    tune(networks, TUNINGS, CPU, nothing, compiler="eager")
    assert vars(networks.unet)["forward"] is held  # not compiled twice
    tune(networks, (), CPU, nothing)
    assert weight.is_contiguous()
    assert "forward" not in vars(networks.unet)


class Small(torch.nn.Module):
    """Stands for a network."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Conv2d(3, 4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x).relu()


@pytest.fixture
def stand_ins() -> SimpleNamespace:
    return SimpleNamespace(unet=Small(), control=Small())


@pytest.mark.long
@pytest.mark.skipif(bool(module._missing_compiler(CPU)), reason="no C++ compiler")
def test_a_compiled_network_gives_the_same(stand_ins):
    """By the real compiler; of a network of few kernels, since those of the real ones take a processor minutes."""
    x = torch.rand(2, 3, 9, 9)
    wanted = stand_ins.unet(x)
    tune(stand_ins, TUNINGS, CPU, nothing)
    assert torch.allclose(stand_ins.unet(x), wanted, atol=1e-6)


def test_a_compiler_that_fails_is_told_and_left(stand_ins):
    words: list[str] = []
    x = torch.rand(1, 3, 5, 5)
    wanted = stand_ins.unet(x)

    def broken(graph, inputs):
        raise RuntimeError("no such instruction\nlots of advice")

    tune(stand_ins, ["compile"], CPU, words.append, compiler=broken)
    for _ in range(2):
        assert torch.equal(stand_ins.unet(x), wanted)
    assert len(words) == 1
    assert "could not be compiled" in words[0]
    assert "advice" not in words[0]


def test_without_a_compiler_it_is_told_and_left(golden, plain, monkeypatch):
    words: list[str] = []
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    close(sampled(golden, "compile", warn=words.append), plain.numpy(), 1e-6)
    assert words == ["The networks are not compiled: there is no C++ compiler."]
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    assert "Triton" in module._missing_compiler(torch.device("cuda"))


def test_memory_that_runs_out_is_not_the_compiler_s_fault(stand_ins):
    def full(graph, inputs):
        def run(*given):
            raise torch.OutOfMemoryError("CUDA out of memory")

        return run

    tune(stand_ins, ["compile"], CPU, nothing, compiler=full)
    with pytest.raises(torch.OutOfMemoryError):
        stand_ins.unet(torch.rand(1, 3, 5, 5))
    assert "forward" in vars(stand_ins.unet)


def test_the_setting_is_checked():
    assert MofaSettings().tunings() == ()
    assert MofaSettings.of({"tuning": "channels_last+compile"}).tunings() == TUNINGS
    with pytest.raises(FaceShotError, match="warp") as caught:
        MofaSettings.of({"tuning": "warp"})
    assert caught.value.code is ErrorCode.USAGE
