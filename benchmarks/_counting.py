# SPDX-License-Identifier: GPL-3.0-or-later
"""What networks need, counted without running them: FLOP by torch's counter, and the bytes of tensors alive at once.

Both run the networks on fake tensors, which have shapes and no data, so that the published widths fit any machine. Of
the attention the fused kind is counted, which keeps no table of scores.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count


def _attention(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> int:
    return sdpa_flop_count(query, key, value)


# torch's counter knows the fused attention of cards; this is that of the CPU, which fake tensors are on.
_FUSED = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attention}


class Alive(TorchDispatchMode):
    """Counts the bytes of all storages that operations made and nothing has let go of.

    given: tensors that were there before and do not count · peak: the most bytes there were at once · now: those
    there are.
    """

    def __init__(self, given: Iterable[torch.Tensor] = ()) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._alive: dict[int, int] = {}
        self._given = {tensor.untyped_storage()._cdata for tensor in given}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, torch.Tensor):
                self._note(tensor.untyped_storage())
        return made

    def _note(self, storage: torch.UntypedStorage) -> None:
        key = storage._cdata
        if key in self._alive or key in self._given:
            return
        self._alive[key] = storage.nbytes()
        self.now += self._alive[key]
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._gone, key)

    def _gone(self, key: int) -> None:
        self.now -= self._alive.pop(key)


@dataclass(frozen=True)
class Need:
    """What a call needs: flop, bytes alive at the peak beside what it was given, bytes of what it returns."""

    flop: float
    peak: int
    kept: int


def need(call: Callable[..., Any], *given: Any, networks: Iterable[torch.nn.Module] = ()) -> tuple[Need, Any]:
    """What `call(*given)` needs, and what it returns."""
    tensors = [leaf for leaf in tree_leaves(given) if isinstance(leaf, torch.Tensor)]
    for network in networks:
        tensors += [*network.parameters(), *network.buffers()]
    with FlopCounterMode(display=False, custom_mapping=_FUSED) as counter, Alive(tensors) as alive:
        made = call(*given)
    return Need(counter.get_total_flops(), alive.peak, alive.now), made


@contextlib.contextmanager
def without_data(mode: FakeTensorMode | None = None) -> Iterator[FakeTensorMode]:
    """Networks and tensors that are made here have shapes and no data; `mode` takes up an earlier one with its own."""
    with torch.no_grad(), mode or FakeTensorMode() as entered:
        yield entered
