# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the files of the feature networks lie, and what tells them from others. Quick: no tensor is loaded."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import ErrorCode, FaceShotError
from ...hub_models import ADAPTER, FEATURES

_NAMED = 3
_SAMPLES, _SAMPLE = 128, 1 << 15  # pieces of a file that stand for the whole, bytes of each


@dataclass(frozen=True)
class FeatureFiles:
    """Where the parts lie. adapter, encoder: None where they are not loaded."""

    base: Path
    adapter: Path | None
    encoder: Path | None

    def weights(self) -> dict[str, Path]:
        """The files of tensors that are read, by what they are."""
        parts = {name: tensors_of(self.base / name) for name in ("unet", "vae", "text_encoder")}
        if self.adapter is not None:
            parts["adapter"] = self.adapter
        if self.encoder is not None:
            parts["image_encoder"] = tensors_of(self.encoder)
        return parts


def find(folder: Path, *, guided: bool) -> FeatureFiles:
    """The parts below `folder`, as they are published, or each in a folder of its own.

    Unguided, the adapter is not needed, and the image encoder is taken where it is. Raises MODEL_MISSING, naming what
    is not there, what to fetch, its size and its licence.
    """
    folder = Path(folder)
    parts = FEATURES.parts if guided else FEATURES.parts[:1]
    missing = [(part, path) for part in parts for path in part.missing(folder)]
    if missing:
        names = [Path(os.path.relpath(path, folder)).as_posix() for _, path in missing]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        raise FaceShotError(
            ErrorCode.MODEL_MISSING,
            f"{folder} lacks files of the networks whose features find landmarks: {', '.join(names[:_NAMED])}{more}.",
            hint=_remedy(parts),
        )
    beside = FEATURES.parts[1].root(folder)
    encoder = beside / "image_encoder"
    has_encoder = (encoder / "config.json").is_file() and tensors_of(encoder).is_file()
    return FeatureFiles(
        base=FEATURES.parts[0].root(folder),
        adapter=_first(beside, f"{ADAPTER}.safetensors", f"{ADAPTER}.bin") if guided else None,
        encoder=encoder if has_encoder else None,
    )


def _remedy(parts: tuple) -> str:
    sizes = "; ".join(f"{part.title}, {part.size / 1e9:.1f} GB, {part.licence}" for part in parts)
    return (
        f"Fetch them with `python -m core models fetch {FEATURES.name}` ({sizes}); or name a folder that holds them "
        f"as they are published with {FEATURES.variable}."
    )


def identity(files: FeatureFiles) -> str:
    """What tells these weights from others: the sizes of all files and pieces all over them, not the whole gigabytes.

    Another training changes every piece; a single flipped bit may be overlooked, which `models verify` would find.
    """
    known = hashlib.sha256()
    for name, path in sorted(files.weights().items()):
        size = path.stat().st_size
        known.update(f"{name}:{size}:".encode())
        with path.open("rb") as file:
            for at in range(0, size, max(_SAMPLE, size // _SAMPLES)):
                file.seek(at)
                known.update(file.read(_SAMPLE))
    for place in ("unet/config.json", "vae/config.json", "scheduler/scheduler_config.json"):
        config = {name: value for name, value in read_json(files.base / place).items() if not name.startswith("_")}
        known.update(json.dumps(config, sort_keys=True).encode())
    return known.hexdigest()[:16]


def tensors_of(folder: Path) -> Path:
    """The file of a part's tensors: of half precision, where there is one."""
    stems = ("diffusion_pytorch_model.fp16", "diffusion_pytorch_model", "model.fp16", "model")
    return _first(folder, *(f"{stem}.safetensors" for stem in stems))


def _first(folder: Path, *names: str) -> Path:
    return next((folder / name for name in names if (folder / name).is_file()), folder / names[-1])


def damaged(path: Path, why: str) -> FaceShotError:
    return FaceShotError(
        ErrorCode.MODEL_DAMAGED,
        f"The model file {path} is not as published: {why}.",
        hint=f"Get it again: `python -m core models fetch {FEATURES.name}` replaces files that it fetched itself.",
    )


def read_json(path: Path) -> dict[str, Any]:
    """Raises MODEL_DAMAGED."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("it holds no settings")
    except (OSError, ValueError) as error:
        raise damaged(path, f"it cannot be read ({error})") from error
    return found


def listed(names: Iterable[Any]) -> str:
    """The first of some names of tensors, and how many more there are.

    >>> listed(["d", "b", "a", "c"])
    'a, b, c and 1 more'
    """
    found = sorted(str(name[0] if isinstance(name, (tuple, list)) else name) for name in names)
    return ", ".join(found[:_NAMED]) + (f" and {len(found) - _NAMED} more" if len(found) > _NAMED else "")
