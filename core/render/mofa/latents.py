# SPDX-License-Identifier: GPL-3.0-or-later
"""The latents of a run on disk after each step: a crash or a power cut loses one step; parts can be sampled anew."""

from __future__ import annotations

import contextlib
import io
import math
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...arrays import write_atomically
from ...errors import FaceShotError
from ..base import unheard

_NAME = re.compile(r"step-(\d{4})\.npz")
# The step before stays until the next is whole.
_LAST = 2


@dataclass(frozen=True, eq=False)
class Kept:
    """The latents (N, 4, h, w) after `step` steps, and what was kept beside them."""

    step: int
    latents: np.ndarray
    beside: dict[str, np.ndarray] = field(default_factory=dict)


class LatentStore:
    """The folder of one run's latents, a file a step; (N, 4, h, w) float32.

    every: all steps are kept, else the last ones alone · warn: told what is lost where nothing can be written.
    """

    def __init__(
        self,
        folder: Path | None,
        shape: tuple[int, int, int, int],
        *,
        every: bool = False,
        warn: Callable[[str], object] = unheard,
    ) -> None:
        self.folder, self.shape = folder, shape
        self.every, self._warn = every, warn

    @property
    def step_bytes(self) -> int:
        """What a step takes."""
        return 4 * math.prod(self.shape)

    def latest(self) -> Kept | None:
        """The last step that can be read; None where nothing usable is kept."""
        kept = (self.after(step) for step, _ in reversed(self._found()))
        return next((one for one in kept if one is not None), None)

    def after(self, step: int) -> Kept | None:
        """What is kept of a step; None where that is nothing, or is damaged: its checksum is read, too."""
        if self.folder is None:
            return None
        try:
            with np.load(io.BytesIO(self._path(step).read_bytes()), allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            latents = arrays.pop("latents")
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
            return None
        sound = latents.shape == self.shape and latents.dtype == np.float32 and np.isfinite(latents).all()
        return Kept(step, latents, arrays) if sound else None

    def whole(self, steps: int) -> bool:
        """Are the files of all steps there?"""
        return [step for step, _ in self._found()] == list(range(1, steps + 1))

    def has(self, step: int) -> bool:
        """Is the file of that step there?"""
        return self.folder is not None and self._path(step).is_file()

    def keep(self, step: int, latents: np.ndarray, **beside: np.ndarray) -> None:
        """Write the latents after `step`. A disk that takes none costs the crash safety, not the shot."""
        if self.folder is None:
            return
        buffer = io.BytesIO()
        arrays: dict[str, Any] = {"latents": np.asarray(latents, np.float32), **beside}
        np.savez(buffer, **arrays)
        if not self._written(step, buffer.getvalue()):
            return
        if not self.every:
            self._keep_last()

    def _written(self, step: int, data: bytes) -> bool:
        assert self.folder is not None
        try:
            write_atomically(self._path(step), data)
            return True
        except FaceShotError as error:
            if self.every and len(self._found()) > 1:
                self.every = False
                self._keep_last(1)
                self._warn(f"{error.message} The latents of earlier steps were given up for it.")
                return self._written(step, data)
            self._warn(f"{error.message} The work goes on, but if it is stopped it will begin again.")
            self.folder = None
            return False

    def _keep_last(self, count: int = _LAST) -> None:
        for _, path in self._found()[:-count]:
            with contextlib.suppress(OSError):
                path.unlink()

    def _path(self, step: int) -> Path:
        assert self.folder is not None
        return self.folder / f"step-{step:04d}.npz"

    def _found(self) -> list[tuple[int, Path]]:
        try:
            paths = [] if self.folder is None else list(self.folder.iterdir())
        except OSError:
            return []
        found = ((_NAME.fullmatch(path.name), path) for path in paths)
        return sorted((int(match[1]), path) for match, path in found if match)
