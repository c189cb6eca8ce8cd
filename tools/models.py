# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the checkout keeps face networks and scratch, and the face network that tests and demo need."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from core.base_python import clean_environment

from .environments import say
from .run import ROOT

DEFAULT = "mesh-468"
# Test material that is not ours lies beside a developer's checkout, never in it; a bundle there is tested, too.
BUNDLE = ROOT.parent / "shared" / "data" / "face_landmarker_v2_with_blendshapes.task"


def checkout_environment() -> dict[str, str]:
    """The variables of all that build.py runs: networks and cache stay in the checkout, unless the user chose."""
    kept = clean_environment()
    kept.setdefault("FACESHOT_MODELS", str(ROOT / "build" / "models"))
    kept.setdefault("FACESHOT_CACHE", str(ROOT / "build" / "cache"))
    return kept


def ensure_model(python: Path, name: str = DEFAULT) -> bool:
    """Fetches the network unless it is there; without it, what needs it says so itself."""
    return _models(python, "fetch", name)


def add_bundle(python: Path) -> bool:
    """Adds the bundle that lies beside the checkout, if one does."""
    return BUNDLE.is_file() and _models(python, "add", str(BUNDLE))


def _models(python: Path, action: str, what: str) -> bool:
    done = subprocess.run(
        [str(python), "-m", "core", "models", action, what],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=checkout_environment(),
        timeout=float(os.environ.get("FACESHOT_FETCH_TIMEOUT", "900")),
    )
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        say(f"build.py: no face network {what}: {words[-1] if words else 'no word of why'}")
    return done.returncode == 0
