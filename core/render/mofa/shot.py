# SPDX-License-Identifier: GPL-3.0-or-later
"""What conditions a shot, and how its frames come back into the picture."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from ...character import Character
from ...landmarks import LandmarkSequence
from ...picture import Picture
from ..proxy import ProxyCanvas
from .crop import Crop
from .drawing import drawings, moving_points
from .encoding import image_embedding, image_latent
from .motion import CANVAS, MotionNetwork, nearest, sparse_motion, to_canvas, to_image
from .sampling import Shot
from .settings import MofaSettings
from .weights import Networks

# Frames whose motion is spread at a time.
_SPREAD = 8


@contextlib.contextmanager
def prepare(
    networks: Networks, picture: np.ndarray, points: np.ndarray, chosen: MofaSettings, *, noise: torch.Tensor
) -> Iterator[Shot]:
    """The conditions of a shot: picture (H, W, 3) uint8, the crop; points (T, 68, 2) px of it, the first the picture's;
    noise (1, 3, H, W), the picture's.

    The motion of all frames lies in a file for as long as the context lasts, so that memory does not grow with the
    clip.
    """
    size = (picture.shape[1], picture.shape[0])
    image = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 255
    signed = image * 2 - 1
    control = networks.control
    own = next(control.controlnet_cond_embedding.parameters())
    features = control.features(signed.to(own.device, own.dtype))
    parts = chosen.part_names()
    with tempfile.TemporaryDirectory(prefix="faceshot-motion-") as folder:
        flow = _spread(networks.motion, image, points[:, moving_points(parts)], size, Path(folder))

        def motion(frames: Sequence[int]) -> torch.Tensor:
            return to_image(torch.from_numpy(flow[[frame - 1 for frame in frames]]), size)

        def drawn(frames: Sequence[int]) -> torch.Tensor:
            return torch.from_numpy(drawings(points[list(frames)], size, parts))

        yield Shot(
            features=features,
            latent=image_latent(networks.vae, signed, noise),
            embedding=image_embedding(networks.encoder, image),
            motion=motion,
            drawn=drawn,
        )


def _spread(
    network: MotionNetwork, image: torch.Tensor, points: np.ndarray, size: tuple[int, int], folder: Path
) -> np.ndarray:
    """Dense motion of frames 1.. from the first, px of the canvas: (T - 1, 2, CANVAS, CANVAS) float32, in a file."""
    count = len(points) - 1
    shape = (max(count, 1), 2, CANVAS, CANVAS)
    flow = np.lib.format.open_memmap(folder / "motion.npy", mode="w+", dtype=np.float32, shape=shape)
    place = to_canvas(points, size)
    own = next(network.parameters()).device
    small = nearest(image, (CANVAS, CANVAS)).to(own)
    for start in range(0, count, _SPREAD):
        chosen = np.concatenate([place[:1], place[1 + start : 1 + start + _SPREAD]])
        sparse, mask = sparse_motion(chosen, (CANVAS, CANVAS))
        dense = network(small, torch.from_numpy(sparse).to(own), torch.from_numpy(mask).to(own))
        flow[start : start + len(dense)] = dense.cpu().numpy()
    return flow


class Composer:
    """Puts the crop's frames back into the picture, with its depth, its channels and an alpha that moves along."""

    def __init__(self, picture: Picture, character: Character, landmarks: LandmarkSequence, crop: Crop) -> None:
        self.picture, self.landmarks, self.crop = picture, landmarks, crop
        self._full = float(np.iinfo(picture.pixels.dtype).max)
        channels = picture.pixels.shape[2] - picture.has_alpha
        self._colours = picture.pixels[:, :, :channels].astype(np.float32)
        # what is transparent moves as the proxy moves it: the model knows no alpha
        self._alpha = ProxyCanvas(picture, character) if picture.has_alpha else None

    def frame(self, number: int, frame: np.ndarray) -> np.ndarray:
        """The picture with the crop's frame (h, w, 3) in 0..1 in it; (H, W, C) as the picture."""
        if self._colours.shape[2] == 1:
            frame = frame @ np.array([[0.299], [0.587], [0.114]], np.float32)
        made = self.crop.put_back(self._colours, frame.astype(np.float32) * self._full)
        pixels = np.clip(np.rint(made), 0, self._full).astype(self.picture.pixels.dtype)
        if self._alpha is None:
            return pixels
        moved = self._alpha.frame(self.landmarks.points[number])
        return np.concatenate([pixels, moved[:, :, -1:]], axis=-1)
