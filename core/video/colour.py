# SPDX-License-Identifier: GPL-3.0-or-later
"""From a decoder's frame to 8-bit RGB as a common screen shows it.

Ordinary video: the right matrix (BT.601, BT.709, BT.2020) and range; its code values are taken as sRGB's, as every
player and Blender do. HDR (PQ, HLG) and wide gamut (BT.2020, Display P3): to light, then

- PQ after SMPTE ST 2084; HLG after ITU-R BT.2100 with its display at 1000 cd/m2 (system gamma 1.2);
- 203 cd/m2, the diffuse white of ITU-R BT.2408, becomes 1.0;
- to BT.709 primaries (from BT.2020: ITU-R BT.2087);
- the largest of R, G, B is left alone up to KNEE and rolled off above so that PEAK cd/m2 becomes 1.0 (Reinhard's curve
  with a white point, of slope 1 at the knee); the others go with it, so that hues stay;
- sRGB's curve.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from ..picture import over_grey
from .upright import Matrix, turned

DIFFUSE_WHITE = 203.0
PEAK = 1000.0
KNEE = 0.4

# FFmpeg's numbers (ITU-T H.273) for matrix, transfer and primaries
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_UNSPECIFIED, _PQ, _HLG = 2, 16, 18
_BT2020, _P3_DCI, _P3_D65 = 9, 11, 12
_P3 = np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]], np.float32)
_TO_709 = {
    _BT2020: np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32),
    _P3_DCI: _P3,
    _P3_D65: _P3,
}
_BAND = 1 << 18
# The plain flags are up to 3 levels off. With them, or with bilinear scaling, libswscale 9.5 also gives wrong colours
# for some sizes when asked for 16-bit packed RGB: planar (gbrp16le) and bicubic are right for all that were tried.
_EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.BITEXACT


@dataclass(frozen=True, kw_only=True)
class ColourTags:
    """How colours are coded, in the numbers of ITU-T H.273 (2: unspecified) and FFmpeg's colour range."""

    matrix: int
    transfer: int
    primaries: int
    colour_range: int

    @classmethod
    def of(cls, tagged, *, declared: ColourTags | None = None) -> ColourTags:
        """Those of a frame or of a codec context that has not decoded yet; where a frame says nothing (ProRes often
        does not), the container's word, `declared`, counts."""
        own = cls(
            matrix=int(tagged.colorspace),
            transfer=int(tagged.color_trc),
            primaries=int(tagged.color_primaries),
            colour_range=int(tagged.color_range),
        )
        if declared is None:
            return own
        return cls(
            matrix=declared.matrix if own.matrix == _UNSPECIFIED else own.matrix,
            transfer=declared.transfer if own.transfer in (0, _UNSPECIFIED) else own.transfer,
            primaries=declared.primaries if own.primaries in (0, _UNSPECIFIED) else own.primaries,
            colour_range=own.colour_range or declared.colour_range,
        )

    @property
    def is_hdr(self) -> bool:
        return self.transfer in (_PQ, _HLG)


class RgbConverter:
    """Turns frames of one stream into upright (H, W, 3) uint8 RGB. `size` is the stored size in square pixels;
    `declared` what the container says of its colours."""

    def __init__(
        self, *, size: tuple[int, int], matrix: Matrix, threads: int, declared: ColourTags | None = None
    ) -> None:
        self._size, self._matrix, self._threads, self._declared = size, matrix, threads, declared
        self._reformatter = VideoReformatter()

    def rgb(self, frame) -> np.ndarray:
        tags = ColourTags.of(frame, declared=self._declared)
        wide = _TO_709.get(tags.primaries)
        if tags.is_hdr or wide is not None:
            pixels = tone_mapped(self._as(frame, "gbrp16le", tags), tags.transfer, wide)
        elif _has_alpha(frame):
            pixels = over_grey(self._as(frame, "rgba", tags))
        else:
            pixels = self._as(frame, "rgb24", tags)
        return np.ascontiguousarray(turned(pixels, self._matrix))

    def _as(self, frame, pixel_format: str, tags: ColourTags) -> np.ndarray:
        full = tags.colour_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
        converted = self._reformatter.reformat(
            frame,
            width=self._size[0],
            height=self._size[1],
            format=pixel_format,
            src_colorspace=_matrix_of(frame, tags),
            src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=_EXACT,
            threads=self._threads,
        )
        return converted.to_ndarray()


def _matrix_of(frame, tags: ColourTags) -> Colorspace:
    # Untagged: standard definition is BT.601, high definition BT.709, as players guess
    guess = Colorspace.ITU709 if frame.width >= 1280 or frame.height > 576 else Colorspace.ITU601
    return _MATRICES.get(tags.matrix, guess)


def _has_alpha(frame) -> bool:
    return any(component.is_alpha for component in frame.format.components)


def tone_mapped(signal: np.ndarray, transfer: int, to_709: np.ndarray | None) -> np.ndarray:
    """(H, W, 3) uint16 full-range R'G'B' of HDR or wide gamut -> (H, W, 3) uint8 sRGB; see the module."""
    rows = max(1, _BAND // signal.shape[1])
    out = np.empty(signal.shape, np.uint8)
    for top in range(0, signal.shape[0], rows):
        light = _light(transfer)[signal[top : top + rows]]
        if transfer == _HLG:
            luminance = light @ np.array([0.2627, 0.6780, 0.0593], np.float32)
            light *= (PEAK / DIFFUSE_WHITE * np.power(luminance, 0.2))[..., None]
        if to_709 is not None:
            light = cv2.transform(light, to_709)
        np.maximum(light, 0.0, out=light)
        if transfer in (_PQ, _HLG):
            light *= _roll_off(light.max(axis=2))[..., None]
        out[top : top + rows] = _srgb()[(np.minimum(light, 1.0) * 65535 + 0.5).astype(np.uint16)]
    return out


def _roll_off(largest: np.ndarray) -> np.ndarray:
    """The factor that brings `largest` (1.0 = diffuse white) below 1."""
    white = (PEAK / DIFFUSE_WHITE - KNEE) / (1 - KNEE)
    over = np.clip((largest - KNEE) / (1 - KNEE), 0.0, white)
    rolled = KNEE + (1 - KNEE) * over * (1 + over / white**2) / (1 + over)
    return np.where(largest > KNEE, rolled / np.maximum(largest, KNEE), 1.0).astype(np.float32)


@cache
def _light(transfer: int) -> np.ndarray:
    """(65536,) float32: the light of a 16-bit signal; 1.0 is diffuse white for PQ, the scene's peak for HLG."""
    signal = np.arange(65536) / 65535
    if transfer == _PQ:
        root = signal ** (32 / 2523)
        light = (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (8192 / 1305)
        return (light * 10000 / DIFFUSE_WHITE).astype(np.float32)
    if transfer == _HLG:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        return np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12).astype(np.float32)
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4).astype(np.float32)


@cache
def _srgb() -> np.ndarray:
    """(65536,) uint8: sRGB's code value of linear light in 16 bit."""
    light = np.arange(65536) / 65535
    coded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(coded * 255).astype(np.uint8)
