# SPDX-License-Identifier: GPL-3.0-or-later
"""The rings do not leak: who may import whom, read from the sources and tried at run time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools.import_rules import HEAVY_PACKAGES, checked_files, faults, ring1_modules

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("place", checked_files(ROOT))
def test_file_keeps_to_its_ring(place: str) -> None:
    assert faults((ROOT / place).read_text("utf-8"), place) == []


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("core/motion.py", "import cv2"),
        ("core/motion.py", "def f():\n    import torch"),
        ("core/motion.py", "from .track import mesh"),
        ("core/motion.py", "from . import video"),
        ("core/motion.py", "import bpy"),
        ("core/motion.py", "from core.errors import ErrorCode"),
        ("core/motion.py", "import importlib\nimportlib.import_module('core.errors')"),
        ("core/motion.py", "from ..faceshot_blender import compat"),
        ("core/motion.py", "import sys\nsys.path.insert(0, 'x')"),
        ("core/track/mesh.py", "import bpy"),
        ("core/track/mesh.py", "import mediapipe"),
        ("core/errors.py", "import numpy"),
        ("core/engine_maker.py", "from .motion import FaceMotion"),
        ("faceshot_blender/ops/animate.py", "import numpy as np"),
        ("faceshot_blender/ops/animate.py", "from ...core.track import track_clip"),
        ("faceshot_blender/ops/animate.py", "import requests"),
        ("faceshot_blender/scene/plane.py", "from ..ops import animate"),
        ("faceshot_blender/scene/plane.py", "from .. import engine_client"),
        ("tools/run.py", "import numpy"),
        ("tools/run.py", "from core.motion import FaceMotion"),
        ("build.py", "import pytest"),
    ],
)
def test_leak_is_found(place: str, source: str) -> None:
    assert len(faults(source, place)) == 1


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("core/motion.py", "import numpy as np\nfrom .errors import ErrorCode"),
        ("core/verbs/steps.py", "def track():\n    from ..track import track_clip"),
        ("core/verbs/steps.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..video import Clip"),
        ("core/track/mesh.py", "import cv2\nfrom ..video import open_clip"),
        ("faceshot_blender/scene/plane.py", "import bpy\nimport numpy as np\nfrom ...core.landmarks import PARTS"),
        ("faceshot_blender/ops/animate.py", "import bpy\nfrom ..scene import plane"),
        ("core/engine_maker.py", "from .errors import ErrorCode"),
        ("tools/run.py", "from core.engine_maker import make_engine\nfrom . import zip"),
    ],
)
def test_allowed_import_passes(place: str, source: str) -> None:
    assert faults(source, place) == []


def test_light_core_loads_no_heavy_package() -> None:
    """Also not through a package that a light module imports: this is what enabling the extension costs."""
    names = ring1_modules(ROOT)
    assert "core.landmarks" in names
    code = f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)\n"
    code += f"print(sorted({set(HEAVY_PACKAGES) | {'bpy'}!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], check=False, capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
