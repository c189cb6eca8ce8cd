# SPDX-License-Identifier: GPL-3.0-or-later
"""The device that draws, and its failures in words."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
from collections.abc import Callable, Iterator, Mapping

import torch

from ...errors import ErrorCode, FaceShotError

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
            warn(f"There is an NVIDIA card, but {_why_no_cuda()} Working on the CPU, which takes hours.")
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
    if torch.version.cuda is None:
        return f"this torch ({torch.__version__}) is built for the CPU alone."
    return f"torch {torch.__version__} for CUDA {torch.version.cuda} finds no card or no driver."


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


def memory_of(device: torch.device) -> float:
    """Bytes that may be used on the device now."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return float(free)
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return 16e9


def is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


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
        if isinstance(error, RuntimeError) and "CUDA error" in str(error):
            raise FaceShotError(
                ErrorCode.DEVICE_LOST,
                f"The device {device} has failed: {str(error).splitlines()[0]}",
                hint="Run it again: the steps that were done are kept.",
            ) from error
        raise


def free(device: torch.device) -> None:
    """Give memory back that nothing holds any more."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
