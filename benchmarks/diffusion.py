# SPDX-License-Identifier: GPL-3.0-or-later
"""What the diffusion backend costs: arithmetic at the published widths, time on the device at hand.

FLOP are counted by torch's counter on networks without memory (512 x 512, the guidance pair of a window of 25 frames).
Time is of whole runs of 25 and 125 frames at the published widths with random weights where there is a CUDA device,
else of small networks on the CPU. The baseline is our own modules called in the published order with none of the
savings: attention over one token in full, conditions of a window made anew in every step, windows one after the
other, a window that repeats run twice.

    python -m benchmarks.diffusion
"""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from core.render.mofa.attention import Embeddings, attend
from core.render.mofa.control import Conditions, ControlConfig, ControlNetwork
from core.render.mofa.sampling import Sampler, Sampling, Shot, sample
from core.render.mofa.unet import ControlledUNet
from core.render.mofa.windows import windows

SIDE, FRAMES, STEPS = 512, 25, 25
# The limit by arithmetic and the aim, s for 25 frames on an H200 (790 TFLOP/s)
LIMIT, AIM = 2.94, 5.9
SMALL = ControlConfig(widths=(32, 64, 64, 64), heads=(2, 4, 2, 4), layers=1, embedding=32, time_width=16)
_CONFIG = {
    "sigma_min": 0.002, "sigma_max": 700.0, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction", "timestep_spacing": "leading", "timestep_type": "continuous",
    "use_karras_sigmas": True, "steps_offset": 1, "num_train_timesteps": 1000, "interpolation_type": "linear",
}  # fmt: skip


def run() -> list[dict[str, Any]]:
    """The figures: arithmetic first, then time and memory."""
    found = [*arithmetic()]
    if torch.cuda.is_available():
        for frames in (25, 125):
            found += timed(frames, "cuda", torch.bfloat16, SIDE, small=False)
    else:
        torch.set_num_threads(1)  # small networks: threads would only get in each other's way
        found += timed(8, "cpu", torch.float32, 128, small=True)
    return found


@torch.inference_mode()
def arithmetic() -> list[dict[str, Any]]:
    """TFLOP of a step, and of whole shots, with and without the savings."""
    with torch.device("meta"):
        # some of the library's parameters are made on the CPU whatever is asked for
        control, unet = ControlNetwork().to("meta"), ControlledUNet().to("meta")
        plain, _ = _step(control, unet, shortcut=False)
        ours, conditions = _step(control, unet, shortcut=True)
    figures = [_figure("step of a window, pair", ours, "TFLOP", plain + 2 * conditions)]
    for count in (25, 125):
        found = windows(count)
        often = sum(often for _, often in found)
        ours_all = STEPS * len(found) * ours + len(found) * conditions
        figures.append(_figure(f"{count} frames", ours_all, "TFLOP", STEPS * often * (plain + 2 * conditions)))
    return figures


def _step(control: ControlNetwork, unet: ControlledUNet, *, shortcut: bool) -> tuple[float, float]:
    """TFLOP of one step for the guidance pair of a window, and of the window's conditions."""
    embeddings = Embeddings(shortcut=shortcut)
    attend(control, embeddings)
    attend(unet, embeddings)
    small = SIDE // 8
    with FlopCounterMode(display=False) as counter:
        features = control.features(torch.empty(1, 3, SIDE, SIDE))
        conditions = _counted_conditions(control, features)
    of_conditions = counter.get_total_flops() / 1e12
    tokens = embeddings.use(torch.empty(2, 1, 1024), (0, 1))
    rest = (torch.empty(()), tokens, torch.empty(2, 3))
    with FlopCounterMode(display=False) as counter:
        batch = torch.empty(2, FRAMES, 8, small, small)
        residuals, middle = control(batch, *rest, [conditions] * 2)
        unet(batch, *rest, residuals, middle)
    return counter.get_total_flops() / 1e12, of_conditions


def _counted_conditions(control: ControlNetwork, features: list[torch.Tensor]) -> Conditions:
    return control.conditions(features, torch.empty(FRAMES - 1, 2, SIDE, SIDE), torch.empty(FRAMES, 3, SIDE, SIDE))


@torch.inference_mode()
def timed(count: int, device: str, dtype: torch.dtype, side: int, *, small: bool) -> list[dict[str, Any]]:
    """Seconds of a shot of `count` frames, and the most memory it took on a card."""
    steps = 3 if small else STEPS
    basis = Sampling(steps=steps, window=5, stride=2) if small else Sampling(steps=steps)
    control, unet = _networks(device, dtype, small=small)
    shot = _shot(control, unet, count, side, device, dtype)
    noise = torch.randn(count, 4, side // 8, side // 8)
    plain = dataclasses.replace(basis, shortcut=False, together=2)
    ours = dataclasses.replace(basis, together=2 if small else 8)
    seconds, memory = _measure(Sampler.of(unet, control, ours), shot, noise.to(device))
    repeated = [often for _, often in windows(count, size=plain.window, stride=plain.stride)]
    slow, _ = _measure(Sampler.of(unet, control, plain, held=0), shot, noise.to(device))
    # a window that repeats is run again there
    slow *= sum(repeated) / len(repeated)
    name = f"{count} frames, {side} px, {steps} steps, {'small networks on the CPU' if small else device}"
    figures = [_figure(name, seconds, "s", slow)]
    if not small:
        figures.append(_figure(f"{name}: speed", 2243 * count / 25 / seconds, "TFLOP/s"))
        figures.append(_figure(f"{name}: memory", memory / 2**30, "GiB"))
    return figures


def _measure(sampler: Sampler, shot: Shot, noise: torch.Tensor) -> tuple[float, float]:
    best = float("inf")
    if noise.is_cuda:
        torch.cuda.reset_peak_memory_stats()
    for _ in range(2):  # the first run warms up
        sampler._conditions.clear()
        _wait(noise)
        started = time.perf_counter()
        for _ in sample(sampler, shot, noise, _CONFIG):
            pass
        _wait(noise)
        best = min(best, time.perf_counter() - started)
    return best, float(torch.cuda.max_memory_allocated()) if noise.is_cuda else 0.0


def _wait(tensor: torch.Tensor) -> None:
    if tensor.is_cuda:
        torch.cuda.synchronize()


def _networks(device: str, dtype: torch.dtype, *, small: bool) -> tuple[ControlNetwork, ControlledUNet]:
    torch.manual_seed(0)
    config = SMALL if small else ControlConfig()
    unet = {
        "block_out_channels": config.widths, "layers_per_block": config.layers,
        "cross_attention_dim": config.embedding, "addition_time_embed_dim": config.time_width,
        "projection_class_embeddings_input_dim": 3 * config.time_width,
        "num_attention_heads": (2, 4, 4, 4) if small else (5, 10, 20, 20),
    }  # fmt: skip
    with torch.device(device):
        made = ControlNetwork(config), ControlledUNet(**unet)
    return made[0].to(dtype).eval(), made[1].to(dtype).eval()


def _shot(
    control: ControlNetwork, unet: ControlledUNet, count: int, side: int, device: str, dtype: torch.dtype
) -> Shot:
    del unet
    flow = 4 * torch.randn(count, 2, side, side)
    return Shot(
        features=control.features(torch.rand(1, 3, side, side, device=device, dtype=dtype) * 2 - 1),
        latent=torch.randn(1, 4, side // 8, side // 8, device=device, dtype=dtype),
        embedding=torch.randn(1, 1, control.config.embedding, device=device, dtype=dtype),
        motion=lambda frames: flow[[frame - 1 for frame in frames]],
        drawn=lambda frames: torch.zeros(len(frames), 3, side, side),
    )


def _figure(name: str, value: float, unit: str, baseline: float | None = None) -> dict[str, Any]:
    figure: dict[str, Any] = {"name": name, "value": round(value, 3), "unit": unit}
    if baseline is not None:
        figure |= {"baseline": round(baseline, 3), "ratio": round(baseline / value, 3)}
    return figure


if __name__ == "__main__":
    for figure in run():
        print(figure)
