# SPDX-License-Identifier: GPL-3.0-or-later
"""What the diffusion backend costs: arithmetic and memory at the published widths, time on the device at hand.

FLOP and memory are counted without data (_counting.py): 512 x 512 px, windows of 25 frames, the guidance pair. Time is
of sampling 25 and 125 frames, at the published widths with random weights where there is a CUDA device, else with small
networks on the CPU (one thread's own time, whatever else the machine does); then with each switch changed by itself,
and of a first and a second character through the whole backend with small networks. The baseline is our own modules
called in the published order with none of the savings: attention over one token in full, feed-forward layers in one
piece, conditions of a window made anew in every step for either half, a window that repeats run twice, one pair at a
time.

    python -m benchmarks.diffusion
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from benchmarks import _small_networks
from benchmarks._counting import Alive, Need, need, without_data
from core import costs
from core.character import Character
from core.landmarks import LandmarkSequence, template
from core.picture import Picture
from core.render.base import Work, load_backend, release_backends
from core.render.mofa.attention import PIECES, Embeddings, attend
from core.render.mofa.control import Conditions, ControlConfig, ControlNetwork
from core.render.mofa.device import choose_type
from core.render.mofa.sampling import Sampler, Sampling, Shot, sample
from core.render.mofa.tuning import tune
from core.render.mofa.unet import ControlledUNet
from core.render.mofa.windows import windows

SIDE, FRAMES, STEPS = 512, 25, 25
# The limit by arithmetic and the aim, s for 25 frames on an H200 (790 TFLOP/s)
LIMIT, AIM = 2.94, 5.9
_SMALL_SIDE, _SMALL_STEPS = 128, 2
_CONFIG = {
    "sigma_min": 0.002, "sigma_max": 700.0, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction", "timestep_spacing": "leading", "timestep_type": "continuous",
    "use_karras_sigmas": True, "steps_offset": 1, "num_train_timesteps": 1000, "interpolation_type": "linear",
}  # fmt: skip

Figure = dict[str, Any]


def run() -> list[Figure]:
    """The figures: arithmetic and memory first, then time."""
    return list(figures())


def figures() -> Iterator[Figure]:
    """The same, one by one as they come."""
    yield from counted()
    if torch.cuda.is_available():
        device = torch.device("cuda")
        yield from timed(device, choose_type("auto", device), SIDE, STEPS, small=False)
    else:
        torch.set_num_threads(1)  # small networks: threads would only get in each other's way
        yield from timed(torch.device("cpu"), torch.float32, _SMALL_SIDE, _SMALL_STEPS, small=True)
    yield from characters()


# --- counted ---------------------------------------------------------------------------------------------------------


def counted() -> Iterator[Figure]:
    """TFLOP of a step and of whole shots with and without the savings, what each saves, GB of a pair."""
    with without_data():
        control, unet = ControlNetwork().eval(), ControlledUNet(num_attention_heads=(5, 10, 20, 20)).eval()
        plain, conditions = _step(control, unet, shortcut=False, pieces=1)
        ours, _ = _step(control, unet, shortcut=True, pieces=PIECES)
    made, one, all_ = (value.flop / 1e12 for value in (conditions, ours, plain))
    yield _figure("one step of a window, both halves", one, "TFLOP", all_ + 2 * made)
    for count in (25, 125):
        found = windows(count)
        often = sum(often for _, often in found)
        here = STEPS * len(found) * one + len(found) * made
        yield _figure(f"{count} frames", here, "TFLOP", STEPS * often * (all_ + 2 * made))
        yield _saved(count, "attention over one token as a vector", STEPS * often * (all_ - one))
        yield _saved(count, "conditions made once a window", often * (2 * STEPS - 1) * made)
        yield _saved(count, "a window that repeats run once", (often - len(found)) * STEPS * one)
        yield _saved(count, "the picture's half of the motion once", (count - 2) * costs.STILL_FLOP / 1e12)
    yield _figure("memory of a pair beside the networks, 2 bytes a number", ours.peak / 2e9, "GB", plain.peak / 2e9)


def _saved(count: int, what: str, flop: float) -> Figure:
    return _figure(f"{count} frames, saved: {what}", flop, "TFLOP")


def _step(control: ControlNetwork, unet: ControlledUNet, *, shortcut: bool, pieces: int) -> tuple[Need, Need]:
    """What one step of a pair of float32 needs, and what making its conditions does."""
    embeddings = Embeddings(shortcut=shortcut)
    for network in (control, unet):
        attend(network, embeddings, pieces=pieces)
    small = SIDE // 8
    own = (control.config.widths[0], *control.config.widths[:3])
    features = [torch.empty(1, width, small >> k, small >> k) for k, width in enumerate(own)]
    flow, drawn = torch.empty(FRAMES - 1, 2, SIDE, SIDE), torch.empty(FRAMES, 3, SIDE, SIDE)
    made, conditions = need(control.conditions, features, flow, drawn, networks=[control])
    tokens = embeddings.use(torch.empty(2, 1, control.config.embedding), (0, 1))
    batch, step, ids = torch.empty(2, FRAMES, 8, small, small), torch.empty(()), torch.empty(2, 3)

    held = (*conditions.moved, *conditions.masks, conditions.landmarks)

    def whole(*given: torch.Tensor) -> torch.Tensor:
        looked_at = Conditions(given[:4], given[8], given[4:8])
        residuals, middle = control(batch, step, tokens, ids, [looked_at] * 2)
        return unet(batch, step, tokens, ids, residuals, middle)

    needed, _ = need(whole, *held, batch, step, ids, tokens, networks=[control, unet])
    return needed, made


# --- timed -----------------------------------------------------------------------------------------------------------


@torch.inference_mode()
def timed(device: torch.device, dtype: torch.dtype, side: int, steps: int, *, small: bool) -> Iterator[Figure]:
    """Seconds of sampling, TFLOP a second, the most memory; then with each switch changed."""
    control, unet = _networks(device, dtype, small=small)
    ours = Sampling(steps=steps, together=2 if small else 8)
    what = f"{side} px, {steps} steps, {'small networks, ' if small else ''}{_name(device)}"
    for count in (25, 125):
        shot, noise = _shot(control, count, side, device, dtype), torch.randn(count, 4, side // 8, side // 8)
        seconds, memory = _seconds(Sampler.of(unet, control, ours), shot, noise)
        plain = _plain(unet, control, ours)
        slow, _ = _seconds(plain, shot, noise)
        often = [often for _, often in windows(count)]
        yield _figure(f"{count} frames, {what}", seconds, "s", slow * sum(often) / len(often))
        if not small:
            task = costs.Task(frames=count - 1, size=(side, side), steps=steps)
            flop = 2 * task.windows * steps * costs.step_flop(task.seen, task.latent)
            yield _figure(f"{count} frames, {what}: speed", flop / seconds / 1e12, "TFLOP/s")
        yield _figure(f"{count} frames, {what}: memory beside the networks", memory / 1e9, "GB")
    yield from _switched(unet, control, ours, side, device, dtype, what)


def _switched(
    unet: ControlledUNet, control: ControlNetwork, ours: Sampling, side: int, device: torch.device, dtype: torch.dtype,
    what: str,
) -> Iterator[Figure]:  # fmt: skip
    """25 frames with one switch changed; the baseline is all as it is by default."""
    shot, noise = _shot(control, FRAMES, side, device, dtype), torch.randn(FRAMES, 4, side // 8, side // 8)
    usual, _ = _seconds(Sampler.of(unet, control, ours), shot, noise)
    changed = {
        "one half at a time": Sampler.of(unet, control, dataclasses.replace(ours, together=1)),
        "conditions made in every step": Sampler.of(unet, control, ours, held=0),
        "attention over one token in full": Sampler.of(unet, control, dataclasses.replace(ours, shortcut=False)),
    }
    for name, sampler in changed.items():
        _attend(sampler, PIECES)
        yield _figure(f"25 frames, {name}, {what}", _seconds(sampler, shot, noise)[0], "s", usual)
    whole = Sampler.of(unet, control, ours)
    _attend(whole, 1)
    yield _figure(f"25 frames, feed-forward in one piece, {what}", _seconds(whole, shot, noise)[0], "s", usual)
    tunings: list[tuple[str, ...]] = [("channels_last",)]
    if device.type == "cuda":  # on a CPU, compiling takes longer than all that is measured here
        tunings += [("compile",), ("channels_last", "compile")]
    networks: Any = SimpleNamespace(unet=unet, control=control)
    for tuning in tunings:
        tune(networks, tuning, device, print)
        sampler = Sampler.of(unet, control, ours)
        yield _figure(f"25 frames, {' and '.join(tuning)}, {what}", _seconds(sampler, shot, noise)[0], "s", usual)
    tune(networks, (), device, print)


def _plain(unet: ControlledUNet, control: ControlNetwork, ours: Sampling) -> Sampler:
    sampler = Sampler.of(unet, control, dataclasses.replace(ours, shortcut=False, together=2), held=0)
    _attend(sampler, 1)
    make = sampler.conditions

    def twice(shot: Shot, frames: tuple[int, ...]) -> Conditions:
        make(shot, frames)
        return make(shot, frames)

    sampler.conditions = twice  # type: ignore[method-assign]
    return sampler


def _attend(sampler: Sampler, pieces: int) -> None:
    for network in (sampler.unet, sampler.control):
        attend(network, sampler.embeddings, pieces=pieces)


def _seconds(sampler: Sampler, shot: Shot, noise: torch.Tensor) -> tuple[float, float]:
    """The shorter of two runs (of a long one on a CPU, the only one), and the most bytes that one step took beside what
    was there."""
    best, memory = float("inf"), 0.0
    for _ in range(1 if sampler.device.type == "cpu" and len(noise) > FRAMES else 2):  # the first one warms up
        sampler._conditions.clear()
        _wait(sampler.device)
        # on a CPU, what one thread computed: others' work does not count
        clock = time.process_time if sampler.device.type == "cpu" else time.perf_counter
        started = clock()
        for _ in sample(sampler, shot, noise, _CONFIG):
            pass
        _wait(sampler.device)
        best = min(best, clock() - started)
    if sampler.device.type == "cuda":
        there = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        next(sample(sampler, shot, noise, _CONFIG))
        memory = torch.cuda.max_memory_allocated() - there
    else:
        parameters = [*sampler.unet.parameters(), *sampler.control.parameters()]
        with Alive([*parameters, noise]) as alive:
            next(sample(sampler, shot, noise, _CONFIG))
        memory = alive.peak
    return best, float(memory)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"


def _networks(device: torch.device, dtype: torch.dtype, *, small: bool) -> tuple[ControlNetwork, ControlledUNet]:
    torch.manual_seed(0)
    config = _small_networks.CONFIG if small else ControlConfig()
    unet = _small_networks.UNET if small else {"num_attention_heads": (5, 10, 20, 20)}
    with torch.device(device):
        made = ControlNetwork(config), ControlledUNet(**unet)
    return made[0].to(dtype).eval(), made[1].to(dtype).eval()


def _shot(control: ControlNetwork, count: int, side: int, device: torch.device, dtype: torch.dtype) -> Shot:
    flow = 4 * torch.randn(count, 2, side, side)
    place: dict[str, Any] = {"device": device, "dtype": dtype}
    return Shot(
        features=control.features(torch.rand(1, 3, side, side, **place) * 2 - 1),
        latent=torch.randn(1, 4, side // 8, side // 8, **place),
        embedding=torch.randn(1, 1, control.config.embedding, **place),
        motion=lambda frames: flow[[frame - 1 for frame in frames]],
        drawn=lambda frames: torch.zeros(len(frames), 3, side, side),
    )


# --- several characters ----------------------------------------------------------------------------------------------


def characters() -> Iterator[Figure]:
    """Seconds of a first and of a second character through the whole backend, small networks from published files."""
    with tempfile.TemporaryDirectory(prefix="faceshot-bench-") as folder:
        _small_networks.write(Path(folder), _CONFIG)
        backend = load_backend("mofa")
        seconds = []
        for seed in range(2):
            started = time.process_time()
            given = {
                "weights": folder,
                "steps": 2,
                "size": 256,
                "window": 5,
                "stride": 2,
                "seed": seed,
                "device": "cpu",
            }
            picture, character, landmarks = _scene(seed)
            for _ in backend.render(picture, character, landmarks, range(4), backend.settings(given), Work()):
                pass
            seconds.append(time.process_time() - started)
        release_backends()
    yield _figure("second character on warm networks, 4 frames, small networks, CPU", seconds[1], "s", seconds[0])


def _scene(seed: int) -> tuple[Picture, Character, LandmarkSequence]:
    pixels = np.random.default_rng(seed).integers(0, 255, (200, 300, 3)).astype(np.uint8)
    points = template() * 60 + (170, 90)
    moved = points + np.arange(4)[:, None, None]
    landmarks = LandmarkSequence(points=moved, size=(300, 200), fps=24.0, time=np.arange(4) / 24)
    return Picture(pixels=pixels), Character(points=points, size=(300, 200)), landmarks


def _figure(name: str, value: float, unit: str, baseline: float | None = None) -> Figure:
    figure: Figure = {"name": name, "value": round(value, 3), "unit": unit}
    if baseline is not None:
        figure |= {"baseline": round(baseline, 3), "ratio": round(baseline / value, 3)}
    return figure


if __name__ == "__main__":
    for figure in figures():
        print(figure, flush=True)
