# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from core.render.mofa.tiles import in_tiles


def eight_times(latents: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(latents[:, :3], scale_factor=8, mode="nearest")


@given(st.integers(1, 150), st.integers(1, 150), st.sampled_from([8, 32, 64]))
def test_pieces_add_up_to_the_whole(height, width, tile):
    latents = torch.arange(3.0 * height * width).view(1, 3, height, width)
    made = in_tiles(eight_times, latents, tile)
    assert torch.allclose(made, eight_times(latents), rtol=1e-5)


@given(st.integers(1, 150), st.integers(1, 150), st.sampled_from([8, 32, 64]))
def test_no_piece_is_larger_than_asked_for(height, width, tile):
    seen = []

    def decode(piece: torch.Tensor) -> torch.Tensor:
        seen.append(tuple(piece.shape[-2:]))
        return eight_times(piece)

    in_tiles(decode, torch.zeros(1, 3, height, width), tile)
    assert max(max(size) for size in seen) <= tile or max(height, width) <= tile


def test_a_decoder_s_own_pieces_meet_without_a_seam(golden):
    vae = golden.network("vae")
    latents = torch.randn(2, 4, 24, 24, generator=torch.Generator().manual_seed(1))
    made = in_tiles(lambda part: vae.decode(part, num_frames=2).sample, latents, 16)
    whole = vae.decode(latents, num_frames=2).sample
    assert made.shape == whole.shape
    across = (made[..., 1:] - made[..., :-1]).abs().mean(dim=(0, 1, 2))
    # columns where pieces begin and end are as rough as all others
    edges = across[[12 * 8 - 1, 16 * 8 - 1]]
    assert edges.max() < 2 * across.median()


@pytest.mark.parametrize("tile", [24, 64])
def test_a_frame_that_fits_is_decoded_whole(golden, tile):
    vae = golden.network("vae")
    latents = torch.randn(1, 4, 24, 16, generator=torch.Generator().manual_seed(1))
    whole = vae.decode(latents, num_frames=1).sample
    assert torch.equal(in_tiles(lambda part: vae.decode(part, num_frames=1).sample, latents, tile), whole)
