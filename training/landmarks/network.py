# SPDX-License-Identifier: GPL-3.0-or-later
"""The network: residual trunk, upward path, a map per point, and heads that read the features at the points."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from core.landmarks import COUNT, PARTS
from core.match.landmark_net import FLAGS, INPUT

MAP = 32
POINTS = COUNT + 2  # and the irises


class Block(nn.Module):
    def __init__(self, inward: int, outward: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(inward, outward, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outward)
        self.second = nn.Conv2d(outward, outward, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outward)
        self.short = (
            nn.Sequential(nn.Conv2d(inward, outward, 1, stride, bias=False), nn.BatchNorm2d(outward))
            if stride != 1 or inward != outward
            else nn.Identity()
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.first_norm(self.first(x)))
        return F.relu(self.second_norm(self.second(y)) + self.short(x))


def _conv(inward: int, outward: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inward, outward, size, stride, size // 2, bias=False), nn.BatchNorm2d(outward), nn.ReLU()
    )


class LandmarkNetwork(nn.Module):
    """(N, 3, 128, 128) RGB in -1..1 to (N, 70, 2) points in 0..1 of the input, (N, 70) log error, (N, 7) logits.

    The error is in input widths. Logits: the six parts of FLAGS, then whether the whole of a face is in view.
    """

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d, up, hidden = 32, 64, 128, 160, 40, 48
        self.stem = _conv(3, 16, 3, 2)
        self.fine = Block(16, a, 2)
        self.middle = nn.Sequential(Block(a, b, 2), Block(b, b))
        self.coarse = nn.Sequential(Block(b, c, 2), Block(c, c))
        self.deep = nn.Sequential(Block(c, d, 2), Block(d, d))
        self.down_to = nn.ModuleList([nn.Conv2d(d, c, 1), nn.Conv2d(c, b, 1), nn.Conv2d(b, up, 1)])
        self.lateral = nn.ModuleList([nn.Conv2d(c, c, 1), nn.Conv2d(b, b, 1), nn.Conv2d(a, up, 1)])
        self.merge = nn.ModuleList([_conv(c, c), _conv(b, b), _conv(up, up)])
        self.maps = nn.Conv2d(up, POINTS, 1)
        self.read = nn.Linear(up + b, hidden)
        self.context = nn.Linear(d, hidden)
        self.error = nn.Parameter(torch.zeros(POINTS, hidden))
        self.error_bias = nn.Parameter(torch.full((POINTS,), -3.5))
        self.flag = nn.Parameter(torch.zeros(len(FLAGS), hidden))
        self.flag_bias = nn.Parameter(torch.zeros(len(FLAGS)))
        self.face = nn.Linear(hidden, 1)
        nn.init.normal_(self.error, std=0.02)
        nn.init.normal_(self.flag, std=0.1)
        self.register_buffer("part_mean", torch.from_numpy(_part_mean()))
        self.register_buffer("grid", _grid(MAP))
        self.logits: torch.Tensor | None = None  # of the maps, kept for the loss

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        grid = self.grid if x.shape[-1] == INPUT else _grid(x.shape[-1] * MAP // INPUT)
        fine = self.fine(self.stem(x))
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        deep = self.deep(coarse)
        y, levels = deep, []
        for k, skip in enumerate((coarse, middle, fine)):
            y = F.interpolate(self.down_to[k](y), scale_factor=2.0, mode="nearest")
            y = self.merge[k](y + self.lateral[k](skip))
            levels.append(y)
        logits = self.maps(y).float().reshape(-1, POINTS, len(grid))
        self.logits = logits if self.training else None
        maps = torch.softmax(logits, dim=2)  # (N, 70, 1024)
        points = maps @ grid
        # what the finest level and the one above it hold where the points are
        wide = F.interpolate(levels[1], scale_factor=2.0, mode="nearest")
        features = torch.cat([y, wide], dim=1).float()
        seen = maps @ features.reshape(-1, self.read.in_features, len(grid)).transpose(1, 2)
        context = self.context(deep.float().mean(dim=(2, 3)))
        hidden = F.relu(self.read(seen) + context.reshape(-1, 1, self.read.out_features))
        error = (hidden * self.error[None]).sum(dim=2) + self.error_bias
        of_part = (hidden.transpose(1, 2) @ self.part_mean.T).transpose(1, 2)
        flags = (of_part * self.flag[None]).sum(dim=2) + self.flag_bias
        face = self.face(hidden.mean(dim=1))
        return points, error, torch.cat([flags, face], dim=1)


def _grid(cells: int) -> torch.Tensor:
    """(cells * cells, 2): the middles of a map's cells, 0..1."""
    middle = (torch.arange(cells, dtype=torch.float32) + 0.5) / cells
    y, x = torch.meshgrid(middle, middle, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], dim=1)


def _part_mean() -> np.ndarray:
    """(6, 70): the mean over each part's points, the irises among the eyes'."""
    rows = np.zeros((len(FLAGS), POINTS), np.float32)
    for row, part in zip(rows, FLAGS, strict=True):
        row[PARTS[part]] = 1
        if part.endswith("eye"):
            row[COUNT + int(part == "left_eye")] = 1
        row /= row.sum()
    return rows
