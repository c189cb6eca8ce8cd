# SPDX-License-Identifier: GPL-3.0-or-later
"""`--estimate` of `render` and `animate`: what it would take, and nothing made. Needs neither torch nor networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..calibration import Calibration
from ..character import Character
from ..errors import ErrorCode, FaceShotError
from ..estimate import estimate
from ..landmarks import LandmarkSequence

if TYPE_CHECKING:
    from ..picture import Picture


def estimated(
    verb: str, backend: str, settings: dict[str, Any], frames: int, size: tuple[int, int] | None = None
) -> dict[str, Any]:
    """The result of a verb that was asked for an estimate alone. size: of the crop where it is known.

    Raises USAGE for settings that make no sense, and for a backend that there is no estimate of.
    """
    if backend != "mofa":
        raise FaceShotError(
            ErrorCode.USAGE,
            f"There is no estimate for the backend {backend}.",
            hint="Ask with --backend mofa; the proxy shows its frames at once.",
        )
    from ..render.mofa.settings import MofaSettings

    MofaSettings.of(settings)  # raises
    found = estimate(frames, settings, Calibration.load(), size=size)
    return {"verb": verb, "frame_count": frames, "estimate": found.as_dict()}


def crop_size(
    picture: Picture, character: Character, landmarks: LandmarkSequence, settings: dict[str, Any]
) -> tuple[int, int]:
    """The size at which the head's crop is drawn."""
    from ..render.mofa.crop import Crop
    from ..render.mofa.settings import MofaSettings

    chosen = MofaSettings.of(settings)
    points = np.concatenate([character.points[None], landmarks.points])
    points = points[0] + chosen.strength * (points - points[0])
    return Crop.around(points, picture.size, side=chosen.size).size


def frames_of_clip(clip: Path, *, start: float | None, end: float | None, fps: float | None) -> int:
    """About how many frames a part of a clip gives."""
    from ..video import probe

    info = probe(clip)
    seconds = min(info.duration, end or info.duration) - (start or 0.0)
    return max(1, round(seconds * (fps or info.fps)))


def summary(made: dict[str, Any]) -> str:
    told = made["estimate"]
    lines = [f"{made['frame_count']} frames: {told['words']}"]
    if told["card"]:
        lines.append(f"On {told['card']}: {told['plan']}.")
    return "\n".join(lines)
