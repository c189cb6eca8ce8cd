# SPDX-License-Identifier: GPL-3.0-or-later
"""What the diffusion backend needs at the published widths: arithmetic, memory, and the plans that fit a memory.

Pure functions of numbers, without torch, so that Blender can ask while it draws. Every figure here was counted, none
chosen: arithmetic by torch's counter, memory as the bytes of tensors alive at once while the networks run without data
(benchmarks/_counting.py). tests/benchmarks/test_counting.py counts them again. What they leave out is in
docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

WINDOW, STRIDE, STEPS, SIZE = 25, 12, 25, 512
# The first width of the published networks; activations of others are taken to be in proportion.
WIDTH = 320
# Parameters of the networks. The motion network stays in float32.
UNET, CONTROL, VAE, ENCODER, MOTION = 1_524_623_082, 722_453_685, 97_742_847, 632_076_800, 28_516_422
# Values alive at the peak for each latent pixel and frame (where 25 frames or more go through at once): of an item (a
# window's guidance half) in the UNet with the control network's residuals, of what a window looks at, and of that while
# it is made.
ITEM, CONDITIONS, MAKING = 6_960, 782, 3_572
# Values alive at the peak for each pixel: of a frame in the decoder, of the picture in the encoder (float32).
DECODED, ENCODED = 1_024, 640
# Items beyond which a larger batch is not tried, and windows whose conditions are kept: memory that does not grow with
# the clip.
MOST_ITEMS, MOST_HELD = 16, 8
# Frames that two calls of the decoder share.
OVERLAP = 2
# The share of the free memory that a plan may take: the rest is for what allocators round up.
USABLE = 0.92
_LATENT = 8


@dataclass(frozen=True, kw_only=True)
class Task:
    """Frames to draw. frames: of the result; the picture itself is sampled beside them · size: (width, height) px of
    the head's crop · steps, window, stride: see the backend's settings · part: how many of the windows are run, where
    the others stay as they are; 0: all · characters: one after the other."""

    frames: int
    size: tuple[int, int] = (SIZE, SIZE)
    steps: int = STEPS
    window: int = WINDOW
    stride: int = STRIDE
    part: int = 0
    characters: int = 1

    @property
    def sampled(self) -> int:
        """Frames that go through the networks: the picture is the first."""
        return self.frames + 1

    @property
    def seen(self) -> int:
        """Frames of a window."""
        return min(self.window, self.sampled)

    @property
    def windows(self) -> int:
        """Windows that are run; see core.render.mofa.windows."""
        if self.part:
            return self.part
        if self.sampled <= self.window:
            return 1
        return 1 + -(-(self.sampled - self.window) // self.stride)

    @property
    def latent(self) -> int:
        """Pixels of a frame's latent."""
        return (self.size[0] // _LATENT) * (self.size[1] // _LATENT)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a task is fitted to a memory.

    together: items (windows times guidance halves) at once · held: windows whose conditions are kept from step to step
    · offload: a network is on the device only while it runs · decoded: frames in a call of the decoder · tile: side of
    the pieces that a frame is decoded in, in px of the latent; 0: whole · apart: the other networks leave the device
    before frames are decoded.
    """

    together: int
    held: int = MOST_HELD
    offload: bool = False
    decoded: int = 8
    tile: int = 0
    apart: bool = False

    def words(self) -> str:
        half = "1 window half at a time" if self.together == 1 else f"{self.together} window halves at once"
        made = "frame" if self.decoded == 1 else "frames"
        parts = (
            half,
            "networks one after the other" if self.offload else "",
            f"{self.decoded} {made} decoded at once" + (f" in pieces of {self.tile * _LATENT} px" if self.tile else ""),
            "the decoder alone" if self.apart and not self.offload else "",
        )
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes at the peak of each stage of a task."""

    sampling: float
    decoding: float
    preparing: float

    @property
    def most(self) -> float:
        return max(self.sampling, self.decoding, self.preparing)


def weights(value: int) -> int:
    """Bytes of all published networks. value: bytes of a number."""
    return sum(_sizes(value).values())


def _sizes(value: int) -> dict[str, int]:
    counts = {"unet": UNET, "control": CONTROL, "vae": VAE, "encoder": ENCODER}
    return {name: count * value for name, count in counts.items()} | {"motion": MOTION * 4}


def memory(task: Task, plan: Plan, *, value: int = 2, width: int = WIDTH, weights: float | None = None) -> Memory:
    """The bytes that a task takes by a plan. value: bytes of a number, 2 or 4 · width: first width of the networks ·
    weights: bytes of all networks, if they are not the published ones."""
    share = width / WIDTH
    published = _sizes(value)
    scale = 1.0 if weights is None else weights / sum(published.values())
    sizes = {name: scale * size for name, size in published.items()}
    resident = 0.0 if plan.offload else sum(sizes.values())
    pixels = task.size[0] * task.size[1]
    # windows of a group that are not among the held ones are there for as long as the group runs
    looked_at = min(task.windows, plan.held + -(-plan.together // 2))
    frame = value * share * task.seen * task.latent
    sampling = looked_at * CONDITIONS * frame + max(plan.together * ITEM, MAKING) * frame
    side = (plan.tile * _LATENT) ** 2
    decoding = plan.decoded * value * DECODED * share * (min(pixels, side) if plan.tile else pixels)
    # frames as they leave the decoder, and the ones shared with the call before, in float32
    decoding += (plan.decoded + OVERLAP) * 3 * 4 * pixels
    # the picture is encoded in float32: its network is widened for that
    preparing = 4 * ENCODED * share * pixels + sizes["vae"] * (4 / value - 1)
    alone = {
        "sampling": max(sizes["unet"], sizes["control"]),
        "decoding": sizes["vae"],
        "preparing": sum(sizes.values()) - sizes["unet"],
    }
    extra = alone if plan.offload else dict.fromkeys(alone, resident)
    return Memory(
        sampling=extra["sampling"] + sampling,
        decoding=(alone if plan.apart else extra)["decoding"] + decoding,
        preparing=extra["preparing"] + preparing,
    )


def sampling_plans(task: Task, *, together: int = 0) -> Iterator[Plan]:
    """Ways to sample, the quickest first. together: items at once that were asked for; 0: as many as there are."""
    items = min(2 * task.windows, MOST_ITEMS) if together == 0 else min(together, 2 * task.windows)
    counts = [items]
    while counts[-1] > 1:
        # pairs of halves: they share what they look at
        half = counts[-1] // 2
        counts.append(half - half % 2 if half > 2 else half)
    for count in counts:
        yield Plan(together=count)
        if count <= 2:
            yield Plan(together=count, held=1)
    for count in counts:
        yield Plan(together=count, held=1, offload=True)


def decoding_plans(task: Task, plan: Plan) -> Iterator[Plan]:
    """The plan with ways to decode, the nearest to the published and quickest first."""
    longer = max(task.size) // _LATENT
    if not plan.offload:
        yield replace(plan, decoded=8, tile=0, apart=False)
    for decoded, tile in ((8, 0), (4, 0), (4, 64), (2, 64), (2, 32), (1, 32)):
        if tile < longer:
            yield replace(plan, decoded=decoded, tile=tile, apart=True)


def choose(
    task: Task, free: float, *, value: int = 2, together: int = 0, width: int = WIDTH, weights: float | None = None
) -> Plan:
    """The quickest plan that fits into `free` bytes; the smallest one where none does.

    More memory never gives a smaller plan: the first that fits is taken of the same list.
    """

    def needed(plan: Plan) -> Memory:
        return memory(task, plan, value=value, width=width, weights=weights)

    usable = USABLE * free
    sampling = list(sampling_plans(task, together=together))
    plan = next((one for one in sampling if needed(one).sampling <= usable), sampling[-1])
    ways = list(decoding_plans(task, plan))
    return next((one for one in ways if needed(one).decoding <= usable), ways[-1])


def smaller_sampling(task: Task, plan: Plan) -> Plan | None:
    """The next way to sample that needs less memory than `plan`; None after the last."""
    least = memory(task, plan).sampling
    later = (one for one in sampling_plans(task, together=plan.together) if one.offload or not plan.offload)
    found = next((one for one in later if memory(task, one).sampling < least), None)
    return found and replace(found, decoded=plan.decoded, tile=plan.tile, apart=plan.apart or found.offload)


def smaller_decoding(task: Task, plan: Plan) -> Plan | None:
    """The next way to decode that needs less memory than `plan`; None after the last."""
    least = memory(task, plan).decoding
    return next((one for one in decoding_plans(task, plan) if memory(task, one).decoding < least), None)


def step_flop(frames: int, latent: int) -> float:
    """One step of one item: `frames` of `latent` pixels through the control network and the UNet."""
    each = 361_228_800 * latent + 10_222.5 * latent**2 + 15_840 * frames * latent + 445_644_800
    return frames * each + 314_736_640


def conditions_flop(frames: int, latent: int) -> float:
    """What a window of `frames` looks at."""
    return latent * (16_505_970 * frames - 14_386_290)


def decoding_flop(latent: int) -> float:
    """One frame through the decoder."""
    return 734_485_888 * latent + 2_048 * latent**2


# One frame's motion spread on the canvas, whatever the size; the picture's part of it, once.
MOTION_FLOP, STILL_FLOP = 32_010_928_128, 114_543_820_800


def flop(task: Task) -> float:
    """The arithmetic of a whole task."""
    items = 2 * task.windows * task.steps
    return task.characters * (
        items * step_flop(task.seen, task.latent)
        + task.windows * conditions_flop(task.seen, task.latent)
        + task.sampled * decoding_flop(task.latent)
        + task.frames * MOTION_FLOP
        + STILL_FLOP
    )
