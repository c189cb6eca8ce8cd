# SPDX-License-Identifier: GPL-3.0-or-later
"""`doctor`: what is installed, what is missing, what to do."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from typing import Any

from .. import VERSION
from ..cache import FrameStore
from ..models import MESHES, ModelStatus, ModelStore
from .context import Context, Verb

ENVIRONMENT = {
    "FACESHOT_ENGINE": "the engine's Python, for Blender",
    "FACESHOT_CACHE": "folder of the frame cache",
    "FACESHOT_MODELS": "folder of the networks",
    "FACESHOT_DEVICE": "device of the GPU backend",
    "FACESHOT_MOFA": "folder of the diffusion look's networks",
    "FACESHOT_FEATURES": "folder of the networks whose features find landmarks",
    "FACESHOT_THREADS": "threads that the CPU stages may use",
    "FACESHOT_OFFLINE": "1: fetch nothing",
    "FACESHOT_LOG": "log level: debug, info, warning, error",
}

# module, package, needed?, what for
PACKAGES = (
    ("numpy", "numpy", True, "everything"),
    ("cv2", "opencv-python-headless", True, "tracking and rendering"),
    ("av", "av", True, "reading and writing clips"),
    ("ai_edge_litert", "ai-edge-litert", False, "running the face networks (else OpenCV does, slower)"),
    ("torch", "torch", False, "the diffusion look"),
    ("huggingface_hub", "huggingface-hub", False, "fetching the diffusion look's networks"),
)


@dataclass(frozen=True, kw_only=True)
class DoctorVerb:
    pass


def _package(module: str, package: str, needed: bool, purpose: str) -> dict[str, Any]:
    present = importlib.util.find_spec(module) is not None
    version = ""
    if present:
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            version = "?"
    return {"name": package, "version": version, "ok": present or not needed, "purpose": purpose}


def _diffusion_advice(models: list[ModelStatus]) -> list[str]:
    """What is to be done for the diffusion look, where the engine was made for it."""
    if importlib.util.find_spec("torch") is None:
        return []
    return [
        f"The networks of {status.model.name} are {status.state}: run `models fetch {status.model.name}` "
        f"({status.as_dict()['size'] / 1e9:.1f} GB; whose they are: `models show {status.model.name}`)."
        for status in models
        if status.parts and status.state != "present"
    ]


def _doctor(options: DoctorVerb, context: Context) -> dict[str, Any]:
    store, frames = ModelStore(), FrameStore()
    advice = []
    packages = [_package(*row) for row in PACKAGES]
    missing = [row["name"] for row in packages if not row["ok"]]
    if missing:
        advice.append(f"{', '.join(missing)} missing in {sys.executable}: make or repair the engine.")
    found = store.status()
    models = [status.as_dict() for status in found]
    states = {model["name"]: model["state"] for model in models}
    if not any(states.get(name) == "present" for name in MESHES):
        advice.append("No face network yet: run `models fetch mesh-468` (35 MB, Apache-2.0).")
    advice += _diffusion_advice(found)
    for folder, what in ((store.folder, "models"), (frames.folder, "cache")):
        existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
        if not os.access(existing, os.W_OK):
            advice.append(f"The {what} folder {folder} can't be written.")
        elif shutil.disk_usage(existing).free < 1 << 30:
            advice.append(f"Under 1 GB is free for the {what} folder {folder}.")
    return {
        "verb": "doctor",
        "faceshot": VERSION,
        "python": platform.python_version(),
        "executable": sys.executable,
        "system": platform.platform(),
        "packages": packages,
        "models": models,
        "models_folder": str(store.folder),
        "cache_folder": str(frames.folder),
        "environment": {name: os.environ.get(name, "") for name in ENVIRONMENT},
        "advice": advice,
    }


def _summary(made: dict[str, Any]) -> str:
    lines = [f"FaceShot {made['faceshot']}, Python {made['python']} ({made['executable']}), {made['system']}"]
    lines += [f"  {row['name']:<24} {row['version'] or 'missing':<12} {row['purpose']}" for row in made["packages"]]
    lines += [f"Models in {made['models_folder']}"]
    lines += [f"  {model['name']:<24} {model['state']}" for model in made["models"]]
    lines += [f"Cache in {made['cache_folder']}"]
    lines += [f"  {name:<24} {made['environment'][name] or '-':<12} {ENVIRONMENT[name]}" for name in ENVIRONMENT]
    return "\n".join([*lines, *(made["advice"] or ["All is well."])])


DOCTOR = Verb(
    name="doctor", help="show what is installed and what is missing", options=DoctorVerb, run=_doctor, summary=_summary
)
