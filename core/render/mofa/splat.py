# SPDX-License-Identifier: GPL-3.0-or-later
"""Forward splatting (Niklaus and Liu, "Softmax Splatting", CVPR 2020) in plain torch: pixels thrown along a field."""

from __future__ import annotations

import torch

# Keeps what nobody hit at zero.
EPSILON = 1e-7
MODES = ("sum", "avg", "linear", "soft")


def splat(
    values: torch.Tensor, flow: torch.Tensor, *, mode: str = "avg", metric: torch.Tensor | None = None
) -> torch.Tensor:
    """Throw each pixel of `values` (N, C, H, W) by `flow` (N, 2, H, W; x then y, px) onto the four pixels it touches.

    mode: "sum", or a weighted mean of what arrives: "avg" (weight 1), "linear" (weight metric), "soft" (weight
    exp(metric)); metric (N, 1, H, W). Whatever moves off the canvas, or has no finite target, is lost. Computed in
    float32 and returned in the dtype of `values`. The order of the sums is fixed, on a GPU too.
    """
    if mode not in MODES:
        raise ValueError(f"no such mode: {mode}")
    given = values.dtype
    values, flow = values.float(), flow.float()
    if mode == "avg":
        weights = torch.ones_like(values[:, :1])
    elif mode == "linear":
        weights = _needed(metric).float()
    elif mode == "soft":
        weights = _needed(metric).float().exp()
    if mode == "sum":
        return _thrown(values, flow).to(given)
    thrown = _thrown(torch.cat([values * weights, weights], dim=1), flow)
    return (thrown[:, :-1] / (thrown[:, -1:] + EPSILON)).to(given)


def _needed(metric: torch.Tensor | None) -> torch.Tensor:
    if metric is None:
        raise ValueError("this mode needs a metric")
    return metric


def _thrown(values: torch.Tensor, flow: torch.Tensor) -> torch.Tensor:
    count, channels, height, width = values.shape
    y, x = torch.meshgrid(
        torch.arange(height, device=values.device, dtype=torch.float32),
        torch.arange(width, device=values.device, dtype=torch.float32),
        indexing="ij",
    )
    to_x, to_y = x + flow[:, 0], y + flow[:, 1]
    finite = torch.isfinite(to_x) & torch.isfinite(to_y)
    # Far off the canvas is off the canvas: clamped, so that the whole part fits an integer.
    to_x = torch.where(finite, to_x, -2.0).clamp(-2, width + 1)
    to_y = torch.where(finite, to_y, -2.0).clamp(-2, height + 1)
    left, top = to_x.floor(), to_y.floor()
    # One row past the end takes what falls off.
    out = values.new_zeros(count * height * width + 1, channels)
    flat = values.permute(0, 2, 3, 1).reshape(-1, channels)
    own = torch.arange(count, device=values.device).view(-1, 1, 1) * (height * width)
    for right, below in ((0, 0), (1, 0), (0, 1), (1, 1)):
        at_x, at_y = left + right, top + below
        share = (1 - (to_x - at_x).abs()) * (1 - (to_y - at_y).abs())
        inside = finite & (at_x >= 0) & (at_x < width) & (at_y >= 0) & (at_y < height)
        place = torch.where(inside, own + at_y.long() * width + at_x.long(), count * height * width)
        # index_put_ sorts its indices on a GPU: the same sum in the same order each time.
        out.index_put_((place.reshape(-1),), flat * share.reshape(-1, 1), accumulate=True)
    return out[:-1].view(count, height, width, channels).permute(0, 3, 1, 2).contiguous()
