# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs whose latents are stored: what decided them, where they lie, and how much room they may take."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...arrays import load_npz, save_npz
from ...cache import content_key
from ...errors import FaceShotError
from .crop import Crop
from .latents import LatentStore

FORMAT, VERSION = "faceshot.latents", 1
MANIFEST = "run.npz"
_KEY = re.compile(r"[0-9a-f]{64}")
# An unfinished run that was touched within this time may be going on.
_ALIVE_SECONDS = 3600.0
_LATENT = 8


@dataclass(frozen=True, eq=False)
class Run:
    """What decides the latents of a shot.

    facts: the settings that matter, weights, picture, type of numbers, by name · points: (N, 68, 2) px of the picture,
    the picture's own before those of the frames · crop · base, free: the key of the run that holds all frames but
    these; "" and None where all are sampled.
    """

    facts: Mapping[str, Any]
    points: np.ndarray
    crop: Crop
    base: str = ""
    free: range | None = None

    @functools.cached_property
    def key(self) -> str:
        return content_key(
            facts=dict(self.facts),
            points=np.asarray(self.points, np.float64),
            crop=asdict(self.crop),
            base=self.base,
            free=None if self.free is None else [self.free.start, self.free.stop],
        )

    @property
    def count(self) -> int:
        return len(self.points)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Of its latents: (N, 4, h, w)."""
        width, height = self.crop.size
        return self.count, 4, height // _LATENT, width // _LATENT


@dataclass(frozen=True, eq=False)
class Stored:
    """A run that lies on the shelf; when it was begun and used last, in seconds since 1970."""

    run: Run
    folder: Path
    made: float
    used: float

    @property
    def latents(self) -> LatentStore:
        return LatentStore(self.folder, self.run.shape)

    @property
    def steps(self) -> int:
        return int(self.run.facts["steps"])

    @property
    def done(self) -> bool:
        """Is the last step there?"""
        return self.latents.has(self.steps)

    @property
    def whole(self) -> bool:
        """Are all its steps there?"""
        return self.latents.whole(self.steps)


class Shelf:
    """The folder of stored runs, one folder each, named by its key; None keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def place(self, run: Run) -> Path | None:
        return None if self.folder is None else self.folder / run.key

    def begin(self, run: Run) -> None:
        """Write down what the run is. Raises OUTPUT_UNWRITABLE or DISK_FULL."""
        place = self.place(run)
        if place is None:
            return
        _tidy(place)
        if (place / MANIFEST).is_file():
            self.use(run)
            return
        meta = {
            "facts": dict(run.facts),
            "crop": asdict(run.crop),
            "base": run.base,
            "free": None if run.free is None else [run.free.start, run.free.stop],
            "made": time.time(),
        }
        save_npz(place / MANIFEST, FORMAT, VERSION, {"points": np.asarray(run.points, np.float64)}, meta)

    def use(self, run: Run) -> None:
        """The run counts as used now: it is the last to go."""
        place = self.place(run)
        if place is not None:
            with contextlib.suppress(OSError):
                os.utime(place / MANIFEST)

    def runs(self) -> list[Stored]:
        """All that can be read, the last used first."""
        found = [stored for place in self._places() if (stored := _stored(place)) is not None]
        return sorted(found, key=lambda stored: stored.used, reverse=True)

    def trim(self, limit: float, spare: set[str]) -> None:
        """Remove the runs that were not used for longest until the rest takes at most `limit` bytes.

        Those whose keys are in `spare` stay, and unfinished ones that somebody may be working at.
        """
        places = {place: (_used(place), _bytes(place)) for place in self._places()}
        total = sum(size for _, size in places.values())
        for place, (used, size) in sorted(places.items(), key=lambda item: item[1][0]):
            if total <= limit:
                return
            stored = _stored(place)
            alive = time.time() - used < _ALIVE_SECONDS and (stored is None or not stored.done)
            if place.name not in spare and not alive:
                shutil.rmtree(place, ignore_errors=True)
                total -= size

    def room(self) -> float:
        """Bytes free on its disk."""
        if self.folder is None:
            return 0.0
        there = next((place for place in (self.folder, *self.folder.parents) if place.is_dir()), None)
        with contextlib.suppress(OSError):
            return float(shutil.disk_usage(there or ".").free)
        return 0.0

    def _places(self) -> Iterator[Path]:
        with contextlib.suppress(OSError):
            if self.folder is not None:
                yield from (place for place in self.folder.iterdir() if _KEY.fullmatch(place.name))


def _stored(place: Path) -> Stored | None:
    try:
        arrays, meta = load_npz(place / MANIFEST, FORMAT, VERSION)
        crop = meta["crop"]
        free = meta["free"]
        run = Run(
            facts=dict(meta["facts"]),
            points=arrays["points"],
            crop=Crop(**{**crop, "size": tuple(crop["size"]), "canvas": tuple(crop["canvas"])}),
            base=str(meta["base"]),
            free=None if free is None else range(int(free[0]), int(free[1])),
        )
        # a folder that is not what its name says has been meddled with
        return Stored(run, place, float(meta["made"]), _used(place)) if run.key == place.name else None
    except (FaceShotError, KeyError, TypeError, ValueError, LookupError):
        return None


def _tidy(place: Path) -> None:
    """Remove what killed processes left half-written."""
    with contextlib.suppress(OSError):
        for path in place.glob("*.part"):
            if time.time() - path.stat().st_mtime > _ALIVE_SECONDS:
                path.unlink()


def _used(place: Path) -> float:
    for path in (place / MANIFEST, place):
        with contextlib.suppress(OSError):
            return path.stat().st_mtime
    return 0.0


def _bytes(place: Path) -> int:
    total = 0
    with contextlib.suppress(OSError):
        for path in place.iterdir():
            with contextlib.suppress(OSError):
                total += path.stat().st_size
    return total


@functools.cache
def code_version() -> str:
    """A hash of this package's code: latents of another are not joined to."""
    sources = sorted(Path(__file__).resolve().parent.glob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:16]
