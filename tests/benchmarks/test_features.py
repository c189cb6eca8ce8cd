# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

pytest.importorskip("torch", reason="this environment has no torch")
pytest.importorskip("diffusers", reason="this environment has no diffusers")

from benchmarks import features
from core.match.features.diffusion import Recipe


def test_what_is_counted_adds_up():
    found = {figure["name"]: figure for figure in features.counted()}
    early = found["a pass of the UNet that ends at the up-block"]
    whole, latent = early["baseline"], found["a picture's latent"]["value"]
    assert 0.5 < early["value"] / whole < 0.6
    picture = next(figure for name, figure in found.items() if name.startswith("a picture: 16 whole passes, 4 that"))
    assert picture["value"] == pytest.approx(16 * whole + 4 * early["value"] + latent, rel=1e-3)
    assert found["the networks, half precision, the VAE's encoder single"]["value"] == pytest.approx(3.12, abs=0.01)


def test_steps_are_those_of_the_recipe():
    assert features._steps(Recipe()) == 16
    assert features._steps(features.QUICK) == 4


def test_an_estimate_comes_without_a_card(monkeypatch):
    monkeypatch.setattr(features.torch.cuda, "is_available", lambda: False)
    rate, seconds = features.timed(1e12)
    assert rate["value"] > 0
    assert seconds["value"] == pytest.approx(1000 / rate["value"], rel=0.01)
