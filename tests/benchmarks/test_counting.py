# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of core/costs.py, counted again at the published widths; and the counting, against a real run."""

import pytest

torch = pytest.importorskip("torch", reason="this environment has no torch")

from benchmarks._counting import Alive, need, without_data  # noqa: E402
from core import costs  # noqa: E402
from core.render.mofa.attention import Embeddings, attend  # noqa: E402
from core.render.mofa.control import Conditions, ControlConfig, ControlNetwork  # noqa: E402
from core.render.mofa.motion import CANVAS, MotionNetwork  # noqa: E402
from core.render.mofa.unet import ControlledUNet  # noqa: E402
from core.render.mofa.weights import PUBLISHED_VAE  # noqa: E402

VALUE = 4  # bytes of a float32


def given(control: ControlNetwork, frames: int, size: tuple[int, int]) -> tuple:
    """Features of the picture, motion and drawings of a window."""
    width, height = size
    own = (control.config.widths[0], *control.config.widths[:3])
    features = [torch.empty(1, w, height // 8 // 2**k, width // 8 // 2**k) for k, w in enumerate(own)]
    return features, torch.empty(frames - 1, 2, height, width), torch.empty(frames, 3, height, width)


def sampled(control, unet, items: int, frames: int, size: tuple[int, int]):
    """Need of: what a window looks at, the control network, the UNet; and the bytes of the residuals."""
    embeddings = Embeddings()
    attend(control, embeddings)
    attend(unet, embeddings)
    made, conditions = need(control.conditions, *given(control, frames, size), networks=[control])
    batch = torch.empty(items, frames, 8, size[1] // 8, size[0] // 8)
    pair = torch.empty(2, 1, control.config.embedding)
    rest = (torch.empty(()), embeddings.use(pair, tuple(k % 2 for k in range(items))), torch.empty(items, 3))
    held = (*conditions.moved, *conditions.masks, conditions.landmarks)

    def controlled(*tensors):
        looked_at = Conditions(tensors[:4], tensors[8], tensors[4:8])
        return control(batch, *rest, [looked_at] * items)

    first, (residuals, middle) = need(controlled, *held, networks=[control])
    second, _ = need(unet, batch, *rest, residuals, middle, networks=[unet])
    return made, first, second


@pytest.fixture(scope="module")
def published():
    with without_data() as mode:
        return mode, ControlNetwork().eval(), ControlledUNet(num_attention_heads=(5, 10, 20, 20)).eval()


CASES = [
    (2, 25, (512, 512)),
    *(
        pytest.param(*case, marks=pytest.mark.long)
        for case in ((1, 25, (512, 512)), (4, 9, (320, 448)), (2, 25, (1024, 768)))
    ),
]


@pytest.mark.parametrize(("items", "frames", "size"), CASES)
def test_a_step_needs_what_the_table_says(published, items, frames, size):
    mode, control, unet = published
    with without_data(mode):
        made, first, second = sampled(control, unet, items, frames, size)
    latent = size[0] * size[1] // 64
    assert made.flop == costs.conditions_flop(frames, latent)
    one = (first.flop + second.flop) / items
    # the vectors of the one-token attention are made for the pair, whatever the batch
    assert one == pytest.approx(costs.step_flop(frames, latent), rel=1e-3)
    pixels = VALUE * frames * latent
    peak = max(first.peak, second.peak + first.kept) / (items * pixels)
    assert 0.9 * costs.ITEM <= peak <= costs.ITEM
    assert 0.99 * costs.CONDITIONS <= made.kept / pixels <= costs.CONDITIONS
    assert 0.99 * costs.MAKING <= made.peak / pixels <= costs.MAKING


@pytest.mark.parametrize(("frames", "size"), [(8, (512, 512)), (3, (320, 448)), (1, (1024, 1024))])
def test_a_decoded_frame_needs_what_the_table_says(frames, size):
    from diffusers import AutoencoderKLTemporalDecoder

    with without_data():
        vae = AutoencoderKLTemporalDecoder.from_config(PUBLISHED_VAE).eval()
        latents = torch.empty(frames, 4, size[1] // 8, size[0] // 8)
        decoding, _ = need(lambda x: vae.decode(x, num_frames=frames).sample, latents, networks=[vae])
        picture = torch.empty(1, 3, size[1], size[0])
        encoding, _ = need(lambda x: vae.encode(x).latent_dist.mode(), picture, networks=[vae])
    pixels = size[0] * size[1]
    assert decoding.flop == frames * costs.decoding_flop(pixels // 64)
    assert decoding.peak / (VALUE * frames * pixels) == pytest.approx(costs.DECODED, rel=1e-3)
    assert encoding.peak / (VALUE * pixels) == pytest.approx(costs.ENCODED, rel=1e-3)


@pytest.mark.parametrize("frames", [1, 8])
def test_motion_needs_what_the_table_says(frames):
    with without_data():
        network = MotionNetwork().eval()
        sparse = torch.empty(frames, 2, CANVAS, CANVAS)
        found, _ = need(network, torch.empty(1, 3, CANVAS, CANVAS), sparse, sparse, networks=[network])
    assert found.flop == costs.STILL_FLOP + frames * costs.MOTION_FLOP


def test_parameters_are_those_of_the_table(published):
    _, control, unet = published
    counts = [sum(value.numel() for value in network.parameters()) for network in (control, unet)]
    assert counts == [costs.CONTROL, costs.UNET]
    with without_data():
        assert sum(value.numel() for value in MotionNetwork().parameters()) == costs.MOTION


TINY = ControlConfig(widths=(32, 64, 64, 64), heads=(2, 4, 2, 4), layers=1, embedding=32, time_width=16)


def tiny_networks() -> tuple[ControlNetwork, ControlledUNet]:
    torch.manual_seed(0)
    unet = ControlledUNet(
        block_out_channels=TINY.widths, layers_per_block=1, cross_attention_dim=32, addition_time_embed_dim=16,
        projection_class_embeddings_input_dim=48, num_attention_heads=(2, 4, 4, 4),
    )  # fmt: skip
    return ControlNetwork(TINY).eval(), unet.eval()


def test_what_is_counted_without_data_is_what_a_real_run_takes():
    with without_data():
        fake = sampled(*tiny_networks(), 2, 5, (128, 128))
    with torch.no_grad():
        real = sampled(*tiny_networks(), 2, 5, (128, 128))
    assert [need.flop for need in fake] == [need.flop for need in real]
    # a CPU's kernels may keep a little more or less beside their results
    for one, other in zip(fake, real, strict=True):
        assert one.peak == pytest.approx(other.peak, rel=0.02)


def measured_peak(call) -> int:
    """Bytes that torch's own allocator says were taken at once."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        kept = call()
    del kept
    now = peak = 0
    for event in recorded.profiler.kineto_results.events():
        if event.name() == "[memory]":
            now += event.nbytes()
            peak = max(peak, now)
    return peak


def test_tensors_alive_are_the_memory_that_torch_takes():
    control, unet = tiny_networks()
    with torch.no_grad():
        embeddings = Embeddings()
        attend(unet, embeddings)
        attend(control, embeddings)
        conditions = control.conditions(
            *(
                torch.rand_like(x) if isinstance(x, torch.Tensor) else [torch.rand_like(y) for y in x]
                for x in given(control, 5, (128, 128))
            )
        )
        batch = torch.rand(2, 5, 8, 16, 16)
        rest = (torch.tensor(0.5), embeddings.use(torch.rand(2, 1, 32), (0, 1)), torch.rand(2, 3))
        residuals, middle = control(batch, *rest, [conditions] * 2)
        counted, _ = need(unet, batch, *rest, residuals, middle, networks=[unet])
        taken = measured_peak(lambda: unet(batch, *rest, residuals, middle))
    # beside tensors, an allocator serves what its kernels use while they run
    assert counted.peak <= taken * 1.02
    assert taken <= 1.3 * counted.peak


def test_what_is_let_go_does_not_count():
    with Alive() as alive:
        first = torch.zeros(1000)
        second = first + 1
        del first
        third = second * 2
        del second, third
    assert (alive.peak, alive.now) == (8000, 0)
