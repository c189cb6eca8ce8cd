# SPDX-License-Identifier: GPL-3.0-or-later
from unittest import mock

import numpy as np
import pytest
import torch
from diffusers import EulerDiscreteScheduler
from hypothesis import given
from hypothesis import strategies as st

from core.render.mofa.encoding import decoded, image_embedding, image_latent, shrunk
from core.render.mofa.noise import draw, start_noise
from core.render.mofa.sampling import Sampler, Sampling, Shot, sample
from core.render.mofa.windows import shares, windows
from tests.core.render.mofa.golden_arrays import close, image_tensor


def test_the_picture_s_networks_see_it_as_in_the_published_code(golden):
    found = golden.arrays("f_vae_clip_tiny")
    image = image_tensor(found["image_u8"])
    close(shrunk(image), found["resized_224"], 2e-4)
    big = torch.tensor(golden.recipe.uniform_input("big", (1, 3, 512, 640), 0, 1))
    close(shrunk(big)[..., ::4, ::4], found["resized_224_from_512x640_every4"], 2e-4)
    close(image_embedding(golden.network("image_encoder"), image)[:, 0], found["image_embeds"], 5e-5)
    vae = golden.network("vae")
    close(image_latent(vae, image * 2 - 1, torch.zeros_like(image)), found["vae_mode"], 5e-5)
    frames = torch.stack([frame for _, frame in decoded(vae, torch.tensor(found["vae_z"]) * vae.config.scaling_factor)])
    close(frames, np.clip(found["vae_decoded"] / 2 + 0.5, 0, 1), 5e-5)


@pytest.mark.parametrize("steps", [3, 10, 25, 30])
def test_the_noise_levels_are_the_published_ones(golden, steps):
    found = golden.arrays("h_scheduler")
    scheduler = EulerDiscreteScheduler.from_config(golden.config("scheduler_config"))
    scheduler.set_timesteps(steps)
    assert np.allclose(scheduler.sigmas, found[f"fix_sigmas_{steps}"], rtol=1e-6)
    assert np.allclose(scheduler.timesteps, found[f"fix_timesteps_{steps}"], rtol=1e-6)
    assert np.isclose(float(scheduler.init_noise_sigma), found[f"fix_init_noise_sigma_{steps}"], rtol=1e-6)


def published_noise(arrays):
    """The noise of the published run, by way of the draws that it was drawn in."""
    drawn = [torch.tensor(arrays[name]) for name in ("aug_noise", "start_noise")]

    def randn(shape, *, generator):
        assert drawn[0].shape == shape
        return drawn.pop(0)

    with mock.patch.object(torch, "randn", randn):
        return draw("published", 0, (192, 128), (8, 4, 16, 24))


def pipeline(golden, *, order: str, together: int, shortcut: bool = True):
    given_ = golden.arrays("g_pipeline_tiny_legacy")
    image = image_tensor(given_["image_u8"])
    control, unet, vae = golden.network("controlnet"), golden.network("unet"), golden.network("vae")
    how = Sampling(steps=3, window=5, stride=2, order=order, together=together, shortcut=shortcut)
    noise = published_noise(given_)
    flow, pose = torch.tensor(given_["controlnet_flow"])[0], torch.tensor(given_["pose"])
    shot = Shot(
        features=control.features(image * 2 - 1),
        latent=image_latent(vae, image * 2 - 1, noise.picture),
        embedding=image_embedding(golden.network("image_encoder"), image),
        motion=lambda frames: flow[[frame - 1 for frame in frames]],
        drawn=lambda frames: pose[list(frames)],
    )
    return Sampler.of(unet, control, how), shot, noise.frames, golden.config("tiny_config")["scheduler"], vae


@pytest.mark.parametrize("together", [1, 2, *(pytest.param(k, marks=pytest.mark.long) for k in (3, 6))])
@pytest.mark.parametrize("order", ["legacy", "fixed"])
def test_the_loop_gives_the_published_latents_and_frames(golden, order, together):
    sampler, shot, noise, config, vae = pipeline(golden, order=order, together=together)
    wanted = golden.arrays(f"g_pipeline_tiny_{order}")
    for step, latents in sample(sampler, shot, noise, config):
        close(latents[None], wanted["latents_after_step"][step - 1], 3e-4)
    assert step == 3
    frames = torch.stack([frame for _, frame in decoded(vae, latents, chunk=3)]).permute(0, 2, 3, 1)[:, ::2, ::2]
    assert np.abs(frames.numpy() - wanted["frames"]).max() <= 1e-4


def test_a_loop_that_was_stopped_goes_on_where_it_was(golden):
    sampler, shot, noise, config, _ = pipeline(golden, order="fixed", together=2)
    whole = dict(sample(sampler, shot, noise, config))
    rest = dict(sample(sampler, shot, whole[1], config, start=1))
    assert torch.equal(rest[3], whole[3])


@pytest.mark.long
def test_attention_over_one_token_needs_no_attention(golden):
    found = []
    for shortcut in (True, False):
        sampler, shot, noise, config, _ = pipeline(golden, order="legacy", together=2, shortcut=shortcut)
        found.append(dict(sample(sampler, shot, noise, config))[3])
    close(found[0], found[1].numpy(), 3e-4)


@given(st.integers(1, 200), st.integers(2, 30), st.integers(1, 20))
def test_every_frame_has_a_mean_of_the_windows_it_is_in(count, size, stride):
    stride = min(stride, size - 1)
    found = windows(count, size=size, stride=stride)
    total = np.zeros(count)
    for (frames, _), share in zip(found, shares(found, count), strict=True):
        assert frames[0] == 0
        assert len(frames) == min(size, count)
        total[list(frames)] += share
    assert np.allclose(total, 1)


def test_a_window_that_repeats_is_run_once_and_counts_twice():
    assert [often for _, often in windows(25)] == [2]
    assert [often for _, often in windows(49)] == [1, 1, 2]
    assert len(windows(50)) == 4
    assert sum(often for _, often in windows(125)) == 10
    with pytest.raises(ValueError, match="windows"):
        windows(0)


def test_a_frame_s_noise_is_its_own():
    assert torch.equal(start_noise(7, range(5), (4, 2, 3))[3:], start_noise(7, [3, 4], (4, 2, 3)))
    assert not torch.equal(start_noise(7, [3], (4, 2, 3)), start_noise(8, [3], (4, 2, 3)))


@pytest.mark.parametrize("overlap", [0, 2])
def test_decoding_gives_each_frame_once_and_the_same_whatever_is_wanted(golden, overlap):
    vae = golden.network("vae")
    latents = start_noise(1, range(11), (4, 4, 4))
    whole = dict(decoded(vae, latents, chunk=5, overlap=overlap))
    assert list(whole) == list(range(11))
    some = dict(decoded(vae, latents, chunk=5, overlap=overlap, wanted=[3, 7, 10]))
    assert list(some) == [3, 7, 10]
    for number, frame in some.items():
        assert torch.equal(frame, whole[number])
    first = dict(decoded(vae, latents[:5], chunk=5))
    assert torch.equal(whole[1], first[1])
    if overlap:  # where calls meet, a frame is between what the two make of it
        second = dict(decoded(vae, latents[3:8], chunk=5))
        assert torch.allclose(whole[3], first[3] + (second[0] - first[3]) / 3, atol=1e-6)
