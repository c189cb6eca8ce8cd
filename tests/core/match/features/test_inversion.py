# SPDX-License-Identifier: GPL-3.0-or-later
"""Inversion against the scheduler's own way back: what is inverted and then sampled is what it was."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="this environment has no torch")
diffusers = pytest.importorskip("diffusers", reason="this environment has no diffusers")

from core.errors import ErrorCode, FaceShotError  # noqa: E402
from core.match.features.inversion import Inversion  # noqa: E402
from core.progress import cancelled  # noqa: E402

torch.set_num_threads(1)

# As it is published with Stable Diffusion 1.5, whose scheduler is another one.
PUBLISHED = {
    "_class_name": "PNDMScheduler", "_diffusers_version": "0.6.0", "beta_end": 0.012, "beta_schedule": "scaled_linear",
    "beta_start": 0.00085, "num_train_timesteps": 1000, "set_alpha_to_one": False, "skip_prk_steps": True,
    "steps_offset": 1, "trained_betas": None, "clip_sample": False,
}  # fmt: skip
VELOCITY = {**PUBLISHED, "prediction_type": "v_prediction"}
EXACT = 2e-5  # of the latent: rounding of float32 over sixteen steps there and back


def sampled(config, latent, t, predict):
    """The way back by the scheduler that draws pictures."""
    scheduler = diffusers.DDIMScheduler.from_config(config, timestep_spacing="leading", clip_sample=False)
    scheduler.set_timesteps(50)
    for time in [int(time) for time in scheduler.timesteps if time <= t]:
        latent = scheduler.step(predict(latent, time), time, latent, eta=0.0).prev_sample
    return latent


def off(found, true):
    return float((found - true).norm() / true.norm())


def latent(seed=0, size=8):
    return torch.randn(1, 4, size, size, generator=torch.Generator().manual_seed(seed))


def small_unet():
    torch.manual_seed(1)
    unet = diffusers.UNet2DConditionModel(
        sample_size=8, block_out_channels=(32, 32), layers_per_block=1, cross_attention_dim=16, attention_head_dim=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    ).eval()  # fmt: skip
    words = torch.randn(1, 5, 16)
    with torch.inference_mode():  # predictions as long as noise is, like those of a trained network
        unit = float(unet(latent(), 301, words).sample.std())

    def predict(z, t):
        with torch.inference_mode():
            return unet(z, t, words).sample / unit

    return predict


def test_fifty_steps_of_the_published_model_are_at_1_21_and_so_on_to_981():
    inversion = Inversion.of(PUBLISHED)
    assert inversion.times == tuple(range(1, 1000, 20))
    assert inversion.alpha(301) == pytest.approx(0.5888, abs=1e-4)
    assert inversion.alpha(261) == pytest.approx(0.6557, abs=1e-4)


def test_the_times_are_the_same_whatever_the_scheduler_was_told():
    told = {**PUBLISHED, "timestep_spacing": "trailing", "steps_offset": 0, "clip_sample": True}
    assert Inversion.of(told).times == Inversion.of(PUBLISHED).times
    far = 30 * latent()
    assert off(Inversion.of(told).invert(far, 1, lambda z, t: 0 * z), far) < 1e-3  # nothing was clipped


@pytest.mark.parametrize("t", [0, 2, 300, 302, 999, 1001, -19])
def test_a_time_off_the_grid_is_refused_and_its_neighbours_named(t):
    with pytest.raises(FaceShotError) as caught:
        Inversion.of(PUBLISHED).invert(latent(), t, lambda z, t: z)
    assert caught.value.code is ErrorCode.USAGE
    assert f"t = {t} " in caught.value.message
    if t == 300:
        assert caught.value.hint == "Take 281 or 301."


@pytest.mark.parametrize("steps", [0, 1001])
def test_steps_that_do_not_fit_are_refused(steps):
    with pytest.raises(FaceShotError) as caught:
        Inversion.of(PUBLISHED, steps=steps)
    assert caught.value.code is ErrorCode.USAGE


def test_a_model_that_predicts_something_else_is_refused():
    with pytest.raises(FaceShotError, match="sample"):
        Inversion.of({**PUBLISHED, "prediction_type": "sample"})


def as_predicted(config, noise):
    """What a model of the config's kind predicts where it sees this noise, (z, t) -> noise."""
    inversion = Inversion.of(config)

    def predict(z, t):
        left = inversion.alpha(t)
        return noise(z, t) if config is PUBLISHED else (noise(z, t) - (1 - left) ** 0.5 * z) / left**0.5

    return predict


@settings(max_examples=10)
@given(seed=st.integers(0, 99), config=st.sampled_from([PUBLISHED, VELOCITY]), t=st.sampled_from([1, 21, 301, 981]))
def test_noise_that_depends_on_time_alone_is_inverted_exactly(seed, config, t):
    noise = latent(seed + 100)
    predict = as_predicted(config, lambda z, time: noise * math.cos(time / 100))
    there = Inversion.of(config).invert(latent(seed), t, predict)
    assert off(sampled(config, there, t, predict), latent(seed)) < (EXACT if t <= 301 else 50 * EXACT)


@pytest.mark.parametrize("config", [PUBLISHED, VELOCITY], ids=["noise", "velocity"])
def test_a_linear_model_is_inverted_exactly_with_corrections(config):
    mix = torch.randn(4, 4, generator=torch.Generator().manual_seed(5)) / 4
    predict = as_predicted(config, lambda z, t: torch.einsum("ij,bjhw->bihw", mix, z) * (1 + t / 1000))
    inversion = Inversion.of(config)
    plain = sampled(config, inversion.invert(latent(), 301, predict), 301, predict)
    corrected = sampled(config, inversion.invert(latent(), 301, predict, corrections=12), 301, predict)
    assert off(corrected, latent()) < EXACT
    assert EXACT < off(plain, latent()) < 0.1


@pytest.mark.parametrize("config", [PUBLISHED, VELOCITY], ids=["noise", "velocity"])
def test_a_small_random_network_is_inverted_within_a_tenth_and_with_corrections_within_a_thousandth(config):
    predict = small_unet()
    inversion = Inversion.of(config)
    there = inversion.invert(latent(), 301, predict)
    corrected = inversion.invert(latent(), 301, predict, corrections=4)
    assert off(there, latent()) > 0.1  # it went somewhere
    assert off(sampled(config, there, 301, predict), latent()) < 0.1
    assert off(sampled(config, corrected, 301, predict), latent()) < 1e-3


def test_one_step_is_the_published_formula():
    inversion = Inversion.of(PUBLISHED)
    guess = latent(7)
    calls = []

    def predict(z, t):
        calls.append((z.clone(), t))
        return guess

    inversion.invert(latent(), 41, predict)
    assert [t for _, t in calls] == [1, 21, 41]
    for (z, t), (after, _) in pairwise(calls):
        before, then = inversion.alpha(max(t - 20, 0)), inversion.alpha(t)
        clean = (z - (1 - before) ** 0.5 * guess) / before**0.5
        assert torch.allclose(after, then**0.5 * clean + (1 - then) ** 0.5 * guess, atol=1e-5)


def test_noise_of_a_level_has_that_level():
    inversion = Inversion.of(PUBLISHED)
    clean, noise = latent(1, 64), latent(2, 64)
    noised = inversion.noised(clean, 301, noise)
    assert float((noised - clean * 0.5888**0.5).var()) == pytest.approx(1 - 0.5888, rel=0.05)


def test_it_says_where_it_stands_and_can_be_stopped():
    told = []
    Inversion.of(PUBLISHED).invert(latent(), 301, lambda z, t: z, progress=lambda *step: told.append(step[1:]))
    assert told == [(done, 16) for done in range(17)]

    def stop(stage, done, total):
        if done == 3:
            raise cancelled()

    with pytest.raises(FaceShotError) as caught:
        Inversion.of(PUBLISHED).invert(latent(), 301, lambda z, t: z, progress=stop)
    assert caught.value.code is ErrorCode.CANCELLED
