# SPDX-License-Identifier: GPL-3.0-or-later
"""The latents of a shot on disk after each step: a crash or a power cut loses one step."""

from __future__ import annotations

import contextlib
import io
import logging
import re
from pathlib import Path

import numpy as np

from ...arrays import write_atomically
from ...errors import FaceShotError

log = logging.getLogger(__name__)

_NAME = re.compile(r"step-(\d{4})\.npy")
# The step before stays until the next is whole.
_KEPT = 2


class LatentStore:
    """The folder of one shot's latents, named by the hash of all that decides them; (N, 4, h, w) float32."""

    def __init__(self, folder: Path | None, shape: tuple[int, int, int, int]) -> None:
        self.folder = folder
        self.shape = shape

    def latest(self) -> tuple[int, np.ndarray] | None:
        """The steps done and their latents; None where nothing usable is kept. A damaged file is passed over."""
        for step, path in reversed(self._found()):
            try:
                latents = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
            except (OSError, ValueError, EOFError):
                continue
            if latents.shape == self.shape and latents.dtype == np.float32 and np.isfinite(latents).all():
                return step, latents
        return None

    def keep(self, step: int, latents: np.ndarray) -> None:
        """Write the latents after `step`. A disk that takes none costs the crash safety, not the shot."""
        if self.folder is None:
            return
        buffer = io.BytesIO()
        np.save(buffer, np.asarray(latents, np.float32), allow_pickle=False)
        try:
            write_atomically(self.folder / f"step-{step:04d}.npy", buffer.getvalue())
        except FaceShotError as error:
            log.warning("The latents are not kept: %s", error)
            self.folder = None
            return
        for _, path in self._found()[:-_KEPT]:
            with contextlib.suppress(OSError):
                path.unlink()

    def _found(self) -> list[tuple[int, Path]]:
        if self.folder is None or not self.folder.is_dir():
            return []
        found = ((_NAME.fullmatch(path.name), path) for path in self.folder.iterdir())
        return sorted((int(match[1]), path) for match, path in found if match)
