# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to run the same networks that may be quicker on a card: tensors with their channels last, compiled networks.

None changes the numbers but by rounding. None is on by itself: what gains, and how much, is the card's own, and `bench
diffusion` measures it.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
from collections.abc import Callable, Collection
from typing import Any

import torch
from torch import nn

from ...errors import FaceShotError
from .device import is_lost, is_out_of_memory
from .settings import TUNINGS
from .weights import Networks

log = logging.getLogger(__name__)

CHANNELS_LAST, COMPILE = TUNINGS


def tune(
    networks: Networks,
    wanted: Collection[str],
    device: torch.device,
    warn: Callable[[str], object],
    *,
    compiler: str | Callable[..., Any] = "inductor",
) -> None:
    """Have the UNet and the control network run in the ways of TUNINGS that are wanted, and in no other.

    What cannot be had here is told, and left. compiler: torch.compile's backend.
    """
    layout = torch.channels_last if CHANNELS_LAST in wanted else torch.contiguous_format
    for network in (networks.unet, networks.control):
        _lay_out(network, layout)
        if COMPILE not in wanted:
            _undo(network)
        elif _compiled(network) != compiler:
            missing = _missing_compiler(device) if compiler == "inductor" else ""
            if missing:
                warn(f"The networks are not compiled: {missing}.")
                return
            _compile(network, compiler, warn)


def _lay_out(network: nn.Module, layout: torch.memory_format) -> None:
    """Only the weights of two-dimensional convolutions: what goes through them takes on their layout."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.weight.data = module.weight.data.contiguous(memory_format=layout)


def _missing_compiler(device: torch.device) -> str:
    if device.type == "cuda":
        return "" if importlib.util.find_spec("triton") else "there is no Triton for this card"
    names = (os.environ.get("CXX", ""), "c++", "g++", "clang++", "cl")
    return "" if any(name and shutil.which(name) for name in names) else "there is no C++ compiler"


def _compiled(network: nn.Module) -> str | Callable[..., Any]:
    return network.__dict__.get("compiled_by", "")


def _undo(network: nn.Module) -> None:
    for name in ("forward", "compiled_by"):
        network.__dict__.pop(name, None)


def _compile(network: nn.Module, compiler: str | Callable[..., Any], warn: Callable[[str], object]) -> None:
    _undo(network)
    plain = type(network).forward
    quick = torch.compile(network.forward, backend=compiler)

    def forward(*given: Any, **named: Any) -> Any:
        try:
            return quick(*given, **named)
        except Exception as error:
            if isinstance(error, FaceShotError) or is_out_of_memory(error) or is_lost(error):
                raise
            log.debug("not compiled", exc_info=error)
            why = (str(error) or type(error).__name__).strip().splitlines()[0]
            warn(f"The networks could not be compiled ({why}); going on without.")
        _undo(network)
        return plain(network, *given, **named)

    # of its own, before the class's: torch calls whichever it finds
    network.__dict__["forward"] = forward
    network.__dict__["compiled_by"] = compiler
