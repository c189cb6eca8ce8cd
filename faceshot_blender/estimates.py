# SPDX-License-Identifier: GPL-3.0-or-later
"""What the diffusion look will take on this machine: runs of it are read now and then, so that panels only reckon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..core.calibration import Calibration
    from ..core.estimate import Estimate

# What runs have shown, and the device that the preferences name: none until somebody has looked.
KNOWN: list[tuple[Calibration, dict[str, str]]] = []


def look() -> None:
    """Look at what runs have shown so far: reads one small file."""
    from ..core.calibration import Calibration, default_file
    from .host import cache_folder, preferences

    folder, settings = cache_folder(), preferences()
    file = None if folder is None else folder.joinpath(*default_file().parts[-2:])
    device = "AUTO" if settings is None else settings.device
    KNOWN[:] = [(Calibration.load(file), {} if device == "AUTO" else {"device": device.lower()})]


def forget() -> None:
    KNOWN.clear()


def known(frames: int, settings: dict[str, Any]) -> Estimate | None:
    """What so many frames take with these settings of the model; None while nobody has looked. Reads no file."""
    if not KNOWN:
        return None
    from ..core.estimate import estimate

    calibration, device = KNOWN[0]
    return estimate(frames, {**device, **settings}, calibration)
