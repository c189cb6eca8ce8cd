# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether landmarks can be found by features here: the networks, what runs them, and a gallery that they have seen."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from ...errors import ErrorCode, FaceShotError
from ...hub_models import FEATURES
from ...models import ModelStore
from ...progress import Progress, silent
from .extractor import Extractor
from .gallery import Gallery, default_gallery

_NEEDED = ("torch", "diffusers", "transformers")


def networks_folder(store: ModelStore | None = None) -> Path:
    """Where the networks are looked for."""
    return FEATURES.folder((store or ModelStore()).folder)


def load_extractor(*, store: ModelStore | None = None, device: str = "auto", progress: Progress = silent) -> Extractor:
    """The extractor, guided. Raises MODEL_MISSING (what to fetch, its size and licence), BACKEND_MISSING without
    torch, and what `DiffusionExtractor.load` does."""
    require_installed(store)
    from .diffusion import DiffusionExtractor

    return DiffusionExtractor.load(networks_folder(store), device=device, progress=progress)


def require_installed(store: ModelStore | None = None) -> None:
    """Raise MODEL_MISSING or BACKEND_MISSING where the networks or what runs them are not here; nothing is loaded."""
    folder = networks_folder(store)
    missing = [part for part in FEATURES.parts if part.missing(folder)]
    if missing:
        sizes = "; ".join(f"{part.title}, {part.size / 1e9:.1f} GB, {part.licence}" for part in missing)
        raise FaceShotError(
            ErrorCode.MODEL_MISSING,
            f"The networks whose features find landmarks are not in {folder}.",
            hint=f"Fetch them with `python -m core models fetch {FEATURES.name}` ({sizes}), or name a folder that "
            f"holds them, as they are published, with {FEATURES.variable}.",
        )
    lacking = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if lacking:
        raise FaceShotError(
            ErrorCode.BACKEND_MISSING,
            f"Finding landmarks by features needs the package {lacking[0]}, which {sys.executable} does not have.",
            hint="Make the engine with diffusion: `python3 build.py engine DIR --torch`, or With Diffusion in the "
            "add-on's preferences, then Make Anew.",
        )


def open_gallery(folder: Path | None = None) -> Gallery:
    """The gallery to match with. Raises MODEL_MISSING where there is none, or nothing has seen it; INPUT_UNREADABLE."""
    folder = folder or default_gallery()
    try:
        gallery = Gallery.open(folder)
    except FaceShotError as error:
        if error.code is not ErrorCode.INPUT_MISSING:
            raise
        raise FaceShotError(ErrorCode.MODEL_MISSING, error.message, hint=error.hint) from error
    if not gallery.items:
        raise FaceShotError(
            ErrorCode.MODEL_MISSING, f"The gallery in {folder} is empty.", hint="Add faces with `gallery add`."
        )
    return gallery


def is_ready(store: ModelStore | None = None) -> bool:
    """Whether everything is here, as far as can be told without loading it."""
    try:
        require_installed(store)
        return bool(open_gallery().feature)
    except FaceShotError:
        return False


def has_accelerator() -> bool:
    """Whether matching takes seconds here, not minutes."""
    import torch

    return bool(torch.cuda.is_available() or torch.backends.mps.is_available())


def weights_here(store: ModelStore | None = None) -> str | None:
    """What tells the networks that are here from others, as a gallery's features record it; None without any."""
    try:
        require_installed(store)
        from .files import find, identity

        return identity(find(networks_folder(store), guided=True))
    except FaceShotError:
        return None
