# SPDX-License-Identifier: GPL-3.0-or-later
"""Cross-attention on the one token of an image embedding, and which embedding the rows of the temporal blocks see.

Attention over a single key is that key's value whatever the query: the layer adds `to_out(to_v(embedding))`, one
vector for all positions and frames. Query, key and scores need not be computed.

Up to diffusers 0.27.2 the temporal blocks handed out the embeddings in another order (pull request 7268): with the
guidance pair, every second position of *both* halves saw the zeros of the unconditional half. The published results
were made like that: "legacy". Current libraries are "fixed".
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from diffusers.models.attention import FeedForward, TemporalBasicTransformerBlock
from diffusers.models.attention_processor import Attention, AttnProcessor2_0
from torch import nn

from .settings import ORDERS

# Pieces in which a feed-forward layer works through its rows: its hidden layer is eight times as wide as what goes in,
# and would be most of the memory that a step takes. More pieces save nothing further.
PIECES = 4


@dataclass
class Embeddings:
    """What the cross-attention of a network looks at.

    pair (K, 1, C): the embeddings, K = 2 with guidance (unconditional first), else 1 · halves: for each item of the
    batch, which of them is its own · order: one of ORDERS · shortcut: leave out what a single key makes needless.
    """

    order: str = "fixed"
    shortcut: bool = True
    pair: torch.Tensor | None = None
    halves: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.order not in ORDERS:
            raise ValueError(f"no such order: {self.order}")

    def use(self, pair: torch.Tensor, halves: tuple[int, ...]) -> torch.Tensor:
        """Set them; returns the embedding of each item of the batch (B, 1, C)."""
        self.pair, self.halves = pair, tuple(halves)
        return pair[list(halves)]

    def of_rows(self, rows: int, *, temporal: bool) -> torch.Tensor:
        """Which of the pair each of the rows (batch items times frames, or times positions) sees; (rows,) int64."""
        assert self.pair is not None
        kinds, items = len(self.pair), len(self.halves)
        own = torch.tensor(self.halves, device=self.pair.device)
        each = rows // items
        if not temporal or self.order == "fixed":
            return own.repeat_interleave(each, output_size=rows)
        # row b * positions + p of a pair saw embedding (b * positions + p) mod 2
        place = torch.arange(each, device=own.device)
        return ((own[:, None] * each + place) % kinds).reshape(-1)


class OneToken:
    """Attention processor of the cross-attention layers of one network."""

    def __init__(self, embeddings: Embeddings, *, temporal: bool) -> None:
        self.embeddings = embeddings
        self.temporal = temporal
        self._plain = AttnProcessor2_0()

    def __call__(
        self,
        attention: Attention,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        **_: object,
    ) -> torch.Tensor:
        pair = self.embeddings.pair
        assert pair is not None
        seen = self.embeddings.of_rows(len(hidden_states), temporal=self.temporal)
        if not self.embeddings.shortcut:
            return self._plain(attention, hidden_states, pair.to(hidden_states.dtype)[seen])
        value = attention.to_v(pair.to(hidden_states.dtype))
        for layer in attention.to_out:
            value = layer(value)
        # (rows, 1, C): the same for all that the row holds, so broadcasting adds it
        return value[seen]


def in_pieces(layer: FeedForward, rows: torch.Tensor, pieces: int) -> torch.Tensor:
    """A feed-forward layer on rows (N, ..., C), some of them at a time: the same numbers in less memory."""
    each = -(-len(rows) // pieces)
    plain = type(layer).forward
    if each == len(rows):
        return plain(layer, rows)
    made = torch.empty_like(rows)
    for start in range(0, len(rows), each):
        made[start : start + each] = plain(layer, rows[start : start + each])
    return made


def attend(network: nn.Module, embeddings: Embeddings, *, pieces: int = PIECES) -> None:
    """Let the cross-attention layers of a network look at `embeddings`, and its feed-forward layers work in pieces."""
    temporal = {id(block.attn2) for block in network.modules() if isinstance(block, TemporalBasicTransformerBlock)}
    for name, module in network.named_modules():
        if name.endswith("attn2") and isinstance(module, Attention):
            module.set_processor(OneToken(embeddings, temporal=id(module) in temporal))
        elif isinstance(module, FeedForward):
            # an attribute of its own hides the class's method; torch calls whichever it finds
            module.forward = functools.partial(in_pieces, module, pieces=pieces)
