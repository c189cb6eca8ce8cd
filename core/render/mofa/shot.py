# SPDX-License-Identifier: GPL-3.0-or-later
"""What conditions a shot, and how its frames come back into the picture."""

from __future__ import annotations

import contextlib
import math
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from ...arrays import unwritable
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
# A frame's motion.
_FLOW = (2, CANVAS, CANVAS)


@contextlib.contextmanager
def prepare(
    networks: Networks,
    picture: np.ndarray,
    points: np.ndarray,
    chosen: MofaSettings,
    *,
    noise: torch.Tensor,
    frames: Sequence[int],
) -> Iterator[Shot]:
    """The conditions of a shot: picture (H, W, 3) uint8, the crop; points (T, 68, 2) px of it, the first the picture's;
    noise (1, 3, H, W), the picture's; frames: those, from 1, that will be looked at.

    Their motion lies in a file for as long as the context lasts, so that memory does not grow with the clip. Raises
    DISK_FULL where there is no room for it.
    """
    size = (picture.shape[1], picture.shape[0])
    image = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 255
    signed = image * 2 - 1
    control = networks.control
    own = next(control.controlnet_cond_embedding.parameters())
    features = control.features(signed.to(own.device, own.dtype))
    parts = chosen.part_names()
    with tempfile.TemporaryDirectory(prefix="faceshot-motion-") as folder:
        file = Path(folder) / "motion"
        _spread(networks.motion, image, points[:, moving_points(parts)], size, file, frames)

        def motion(frames: Sequence[int]) -> torch.Tensor:
            found = [np.fromfile(file, np.float32, math.prod(_FLOW), offset=_offset(frame)) for frame in frames]
            return to_image(torch.from_numpy(np.reshape(found, (-1, *_FLOW))), size)

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
    network: MotionNetwork,
    image: torch.Tensor,
    points: np.ndarray,
    size: tuple[int, int],
    path: Path,
    frames: Sequence[int],
) -> None:
    """Write the dense motion of `frames` from the first, px of the canvas, float32, each to its place in a file."""
    place = to_canvas(points, size)
    own = next(network.parameters()).device
    small = nearest(image, (CANVAS, CANVAS)).to(own)
    try:
        with path.open("wb") as file:  # not a memory map: a full disk would end the process
            for start in range(0, len(frames), _SPREAD):
                some = frames[start : start + _SPREAD]
                sparse, mask = sparse_motion(place[[0, *some]], (CANVAS, CANVAS))
                dense = network(small, torch.from_numpy(sparse).to(own), torch.from_numpy(mask).to(own))
                for frame, flow in zip(some, dense.float().cpu().numpy(), strict=True):
                    file.seek(_offset(frame))
                    file.write(flow.tobytes())
    except OSError as error:
        raise unwritable(path, error) from error


def _offset(frame: int) -> int:
    """Where the motion of a frame stands in the file."""
    return (frame - 1) * 4 * math.prod(_FLOW)


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
