# SPDX-License-Identifier: GPL-3.0-or-later
"""The device that draws, and its failures in words."""

from __future__ import annotations

import contextlib
import gc
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping

import torch

from ...calibration import Card
from ...errors import ErrorCode, FaceShotError

# Bytes, where a system does not tell.
_UNKNOWN_MEMORY = 16e9
_TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def choose_device(wanted: str, warn: Callable[[str], object]) -> torch.device:
    """The device for "auto", "cpu", "cuda" or "mps"; $FACESHOT_DEVICE decides where `wanted` is "auto".

    Raises BACKEND_MISSING for a device that was asked for by name and is not usable.
    """
    name = wanted if wanted != "auto" else os.environ.get("FACESHOT_DEVICE") or "auto"
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        if torch.backends.mps.is_available():
            return torch.device("mps")
        if shutil.which("nvidia-smi"):
            warn(f"There is an NVIDIA card, but {_why_no_cuda()} Working on the CPU, which is far slower.")
        return torch.device("cpu")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise FaceShotError(ErrorCode.BACKEND_MISSING, f"No CUDA device can be used: {_why_no_cuda()}", hint=_REMEDY)
    if name.startswith("mps") and not torch.backends.mps.is_available():
        raise FaceShotError(ErrorCode.BACKEND_MISSING, "No Metal device can be used here.", hint=_REMEDY)
    try:
        return torch.device(name)
    except RuntimeError as error:
        raise FaceShotError(ErrorCode.USAGE, f"No such device: {name}.", hint="Use auto, cpu, cuda or mps.") from error


_REMEDY = "Choose the device auto or cpu, or repair the engine with torch for this card."


def _why_no_cuda() -> str:
    """Why CUDA cannot be used, in torch's own words where it has some: no driver, an old one, no card."""
    built = torch.version.cuda or torch.version.hip
    if built is None:
        return f"this torch ({torch.__version__}) is built for the CPU alone."
    try:
        torch.cuda.init()
        why = "it finds no card"
    except (RuntimeError, AssertionError) as error:
        why = (str(error) or type(error).__name__).splitlines()[0].split(". ")[0].rstrip(".")
    return f"torch {torch.__version__} for {built} says: {why}."


def limit_threads(environment: Mapping[str, str] = os.environ) -> None:
    """Keep to the threads that $FACESHOT_THREADS allows, if it says a number."""
    wanted = environment.get("FACESHOT_THREADS", "")
    if wanted.isdecimal() and int(wanted):
        torch.set_num_threads(int(wanted))


def choose_type(precision: str, device: torch.device) -> torch.dtype:
    """The numbers to compute with: float32 on a CPU, else bfloat16 where the card has it, else float16."""
    if precision != "auto":
        return _TYPES[precision]
    if device.type == "cpu":
        return torch.float32
    if device.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.bfloat16
    return torch.float16


def card_of(device: torch.device, dtype: torch.dtype, *, width: int) -> Card:
    """What a calibration is kept for. width: first width of the networks."""
    return Card(
        device=device.type,
        name=_name_of(device),
        torch=torch.__version__,
        precision=next(name for name, kind in _TYPES.items() if kind == dtype),
        memory=_whole_memory(device),
        width=width,
    )


def _name_of(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    name = platform.processor() or platform.machine() or "processor"
    return f"{name}, {torch.get_num_threads()} threads" if device.type == "cpu" else f"{name} graphics"


def _whole_memory(device: torch.device) -> float:
    if device.type == "cuda":
        return float(torch.cuda.get_device_properties(device).total_memory)
    if device.type == "mps":
        return float(torch.mps.recommended_max_memory())
    return _pages("SC_PHYS_PAGES")


def memory_of(device: torch.device) -> float:
    """Bytes that may be taken on the device now, beside what torch has taken already."""
    if device.type == "cuda":
        unused, _ = torch.cuda.mem_get_info(device)
        # what torch keeps for itself without using it is to be had as well
        return float(unused + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))
    if device.type == "mps":
        return float(max(0, torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()))
    return _pages("SC_AVPHYS_PAGES")


def _pages(name: str) -> float:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return float(os.sysconf(name) * os.sysconf("SC_PAGE_SIZE"))
    return _UNKNOWN_MEMORY


def most_taken(device: torch.device) -> float:
    """Bytes that torch had taken at once since `start_counting`; 0 where that is not known."""
    return float(torch.cuda.max_memory_reserved(device)) if device.type == "cuda" else 0.0


def start_counting(device: torch.device) -> None:
    free(device)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def settle(device: torch.device) -> None:
    """Wait until the device has done what it was told, so that a clock shows what it took."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


# Words that libraries below torch use for memory that ran out.
_TOO_MUCH = ("out of memory", "can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED", "Insufficient Memory")
# Words for a device that does nothing more for this process.
_LOST = ("CUDA error", "CUDA driver error", "cuDNN error", "CUBLAS_STATUS", "HIP error", "device-side assert")


def is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _TOO_MUCH)


def is_lost(error: BaseException) -> bool:
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _LOST)


@contextlib.contextmanager
def device_errors(device: torch.device) -> Iterator[None]:
    """Turn a lost device and memory that ran out into words. Raises DEVICE_LOST or OUT_OF_MEMORY."""
    try:
        yield
    except Exception as error:
        if is_out_of_memory(error):
            raise FaceShotError(
                ErrorCode.OUT_OF_MEMORY,
                f"The memory of {device} does not suffice, even for the smallest plan.",
                hint="Choose a smaller size, or close what else uses the card.",
            ) from error
        if is_lost(error):
            raise FaceShotError(
                ErrorCode.DEVICE_LOST,
                f"The device {device} has failed: {str(error).splitlines()[0]}",
                hint="Start again: the steps that were done are kept. If it stays so, update the card's driver.",
            ) from error
        if isinstance(error, NotImplementedError) and device.type != "cpu":
            raise FaceShotError(
                ErrorCode.BACKEND_MISSING,
                f"The device {device} cannot compute a part of the networks: {str(error).splitlines()[0]}",
                hint="Choose the device cpu; on a Mac, PYTORCH_ENABLE_MPS_FALLBACK=1 gives that part to the processor.",
            ) from error
        raise


def free(device: torch.device) -> None:
    """Give memory back that nothing holds any more."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
