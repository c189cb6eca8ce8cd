# SPDX-License-Identifier: GPL-3.0-or-later
"""From moving landmarks to dense motion: sparse vectors on a canvas of 384, a network that spreads them (CMP).

Zhan et al., "Self-Supervised Learning via Conditional Motion Propagation", CVPR 2019. Names of modules are those of the
published file.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

# Side of the canvas that the network was made for.
CANVAS = 384
# Motion is a softmax over so many bins per axis, from -REACH to REACH px.
BINS, REACH = 99, 50.0


def sparse_motion(points: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Vectors from the first frame's landmarks to each later frame's, at the pixels of the first.

    points (T, P, 2) px on a canvas of `size` (width, height). Returns flow (T - 1, 2, H, W) float32 px, x then y, and
    mask, alike, uint8. Points off the canvas count for its edge. Of two on one pixel the later one stays.
    """
    width, height = size
    points = np.asarray(points, np.float32)
    # as the published code: truncated toward zero, then held within the canvas
    place = np.clip(points[0].astype(np.int64), 0, (width - 1, height - 1))
    _, last = np.unique((place[:, 1] * width + place[:, 0])[::-1], return_index=True)
    chosen = len(place) - 1 - last
    x, y = place[chosen].T
    flow = np.zeros((len(points) - 1, 2, height, width), np.float32)
    mask = np.zeros(flow.shape, np.uint8)
    flow[:, :, y, x] = np.moveaxis(points[1:, chosen] - points[0, chosen], 2, 1)
    mask[:, :, y, x] = 1
    return flow, mask


def to_canvas(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Points (..., 2) px of an image of `size` (width, height) on the network's canvas; float32, as published."""
    return np.asarray(points, np.float32) / np.array(size, np.float32) * np.float32(CANVAS)


def nearest(pixels: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """(N, C, H, W) at another `size` (width, height), each pixel one of the old ones."""
    return functional.interpolate(pixels, size=(size[1], size[0]), mode="nearest")


def to_image(flow: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Motion (N, 2, CANVAS, CANVAS) px of the canvas as motion of an image of `size` (width, height) px."""
    scale = torch.tensor([size[0] / CANVAS, size[1] / CANVAS], dtype=flow.dtype, device=flow.device)
    return nearest(flow, size) * scale.view(1, 2, 1, 1)


class Bottleneck(nn.Module):
    """A block of ResNet-50, its middle convolution dilated where the stride was taken out."""

    def __init__(
        self, inner: int, incoming: int, *, stride: int = 1, dilation: int = 1, downsample: bool = False
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(incoming, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride=stride, padding=dilation, dilation=dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, 4 * inner, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * inner)
        self.downsample: nn.Module | None = None
        if downsample:
            self.downsample = nn.Sequential(
                nn.Conv2d(incoming, 4 * inner, 1, stride=stride, bias=False), nn.BatchNorm2d(4 * inner)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept = x if self.downsample is None else self.downsample(x)
        x = functional.relu(self.bn1(self.conv1(x)))
        x = functional.relu(self.bn2(self.conv2(x)))
        return functional.relu(self.bn3(self.conv3(x)) + kept)


class ImageEncoder(nn.Module):
    """ResNet-50 at an eighth of the size; returns the features and what the decoder takes along, at 1/2 and 1/4."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = self._layer(64, 64, 3)
        self.layer2 = self._layer(128, 256, 4, stride=2)
        self.layer3 = self._layer(256, 512, 6, dilation=2)
        self.layer4 = self._layer(512, 1024, 3, dilation=4)
        self.conv5 = nn.Conv2d(2048, 256, 1)

    @staticmethod
    def _layer(inner: int, incoming: int, count: int, *, stride: int = 1, dilation: int = 1) -> nn.Sequential:
        first = Bottleneck(inner, incoming, stride=stride, dilation=dilation, downsample=True)
        return nn.Sequential(first, *(Bottleneck(inner, 4 * inner, dilation=dilation) for _ in range(count - 1)))

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        half = functional.relu(self.bn1(self.conv1(image)))
        quarter = self.layer1(functional.max_pool2d(half, 3, stride=2, padding=1))
        return self.conv5(self.layer4(self.layer3(self.layer2(quarter)))), quarter, half


class MotionEncoder(nn.Module):
    """Sparse motion and its mask at an eighth of the size."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(4, 16, 5, stride=2, padding=2),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 16, 3, padding=1),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.AvgPool2d(2),
        )

    def forward(self, motion: torch.Tensor) -> torch.Tensor:
        return self.features(motion)


def _stage(incoming: int, outgoing: int) -> list[nn.Module]:
    return [nn.Conv2d(incoming, outgoing, 3, padding=1), nn.BatchNorm2d(outgoing), nn.ReLU()]


class MotionDecoder(nn.Module):
    """Both encoders' features to the bins of the motion, at half the canvas."""

    def __init__(self) -> None:
        super().__init__()
        for pool in (1, 2, 4, 8):
            stages = [*_stage(272, 128), *_stage(128, 128), *_stage(128, 128)]
            pooled = [] if pool == 1 else [nn.MaxPool2d(pool)]
            setattr(self, f"decoder{pool}", nn.Sequential(*pooled, *stages))
        self.fusion8 = nn.Sequential(*_stage(512, 256))
        self.skipconv4 = nn.Sequential(*_stage(256, 128))
        self.fusion4 = nn.Sequential(*_stage(256 + 128, 128))
        self.skipconv2 = nn.Sequential(*_stage(64, 32))
        self.fusion2 = nn.Sequential(*_stage(128 + 32, 64))
        self.head = nn.Conv2d(64, 2 * BINS, 1)

    def forward(self, features: torch.Tensor, quarter: torch.Tensor, half: torch.Tensor) -> torch.Tensor:
        branches = [getattr(self, f"decoder{pool}")(features) for pool in (1, 2, 4, 8)]
        x = self.fusion8(torch.cat([_grown(branch, features) for branch in branches], dim=1))
        x = self.fusion4(torch.cat([_grown(x, quarter), self.skipconv4(quarter)], dim=1))
        x = self.fusion2(torch.cat([_grown(x, half), self.skipconv2(half)], dim=1))
        return self.head(x)


def _grown(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=True)


class MotionNetwork(nn.Module):
    """CMP: an image and a few motion vectors in, motion everywhere out (28.5 M parameters)."""

    def __init__(self) -> None:
        super().__init__()
        self.image_encoder = ImageEncoder()
        self.flow_encoder = MotionEncoder()
        self.flow_decoder = MotionDecoder()
        # 99 bins, their centres; not part of the published file
        centres = (torch.arange(BINS, dtype=torch.float32) - (BINS - 1) / 2) * (2 * REACH / BINS)
        self.register_buffer("centres", centres, persistent=False)

    def logits(self, image: torch.Tensor, flow: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """image (1 or N, 3, H, W) 0..1, flow and mask (N, 2, H, W); (N, 198, H/2, W/2): 99 bins of x, then of y.

        One image for all: its half is computed once.
        """
        features, quarter, half = self.image_encoder(image * 2 - 1)
        moving = self.flow_encoder(torch.cat([flow, mask.to(flow.dtype)], dim=1))
        count = len(moving)
        features, quarter, half = (x.expand(count, *x.shape[1:]) for x in (features, quarter, half))
        return self.flow_decoder(torch.cat([features, moving], dim=1), quarter, half)

    def expected(self, logits: torch.Tensor) -> torch.Tensor:
        """The motion that the bins stand for, (N, 2, h, w) px of the canvas."""
        bins = logits.unflatten(1, (2, BINS)).softmax(dim=2)
        return torch.einsum("nabhw,b->nahw", bins, self.centres.to(bins.dtype))

    def forward(self, image: torch.Tensor, flow: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Dense motion (N, 2, H, W) px of the canvas; motion of more than REACH px saturates."""
        return functional.interpolate(
            self.expected(self.logits(image, flow, mask)), size=flow.shape[-2:], mode="bilinear", align_corners=True
        )
