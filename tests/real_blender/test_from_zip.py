# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new user does, with a window and a mouse: from the zip alone to a character that plays."""

from __future__ import annotations

import json
import os
import shutil
import ssl
from pathlib import Path

import numpy as np
import pytest

from core.picture import read_picture

SCRIPT = Path(__file__).with_name("scripts") / "tour_from_zip.py"


def no_help_from_here(tmp_path: Path) -> dict[str, str]:
    """An environment that leads to no engine and no network of this machine; its certificates are needed, though."""
    env = {"FACESHOT_CACHE": str(tmp_path / "cache"), "FACESHOT_MODELS": "", "FACESHOT_ENGINE": ""}
    certificates = ssl.get_default_verify_paths().cafile
    if certificates:
        shutil.copy(certificates, tmp_path / "certificates.crt")
        env |= dict.fromkeys(("PIP_CERT", "SSL_CERT_FILE"), str(tmp_path / "certificates.crt"))
    return env


def pictures_folder(name: str, tmp_path: Path) -> Path:
    """For somebody to look at: below FACESHOT_PICTURES, where that is set."""
    folder = Path(os.environ.get("FACESHOT_PICTURES") or tmp_path, name)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    return folder


def report_of(done, folder: Path) -> dict:
    report = folder / "report.json"
    assert report.exists(), done.stdout + done.stderr
    seen = json.loads(report.read_text())
    if "offline" in seen["error"] or "engine-missing" in seen["error"]:
        pytest.skip(f"no engine can be made here: {seen['error'][-300:]}")
    assert not seen["error"], seen["error"] + done.stderr[-2000:]
    assert "Traceback" not in done.stderr, done.stderr[-2000:]
    return seen


def unlike(folder: Path, box: list[int], first: str, second: str) -> float:
    """Mean difference within a box of the screen, in 8-bit steps."""
    left, top, right, bottom = box
    a, b = (
        read_picture(next(folder.glob(f"?? {name}.png"))).rgb8()[top:bottom, left:right].astype(float)
        for name in (first, second)
    )
    return float(np.abs(a - b).mean())


@pytest.mark.parametrize("last_second", [2, pytest.param(0, marks=pytest.mark.long, id="all of the clip")])
def test_from_the_zip_alone_with_the_mouse(blender, shared_data, tmp_path, last_second):
    from demo.make import make_toon

    clip = shared_data / "clips" / "ravdess_surprised.mp4"
    if not clip.is_file():
        pytest.skip(f"no clip {clip}")
    folder = pictures_folder(f"zip-{'.'.join(map(str, blender.version))}-{last_second}", tmp_path)
    picture, card = make_toon(tmp_path)
    card.unlink()  # a user has a picture, and nothing else
    blend = tmp_path / "first.blend"
    words = ["--python-exit-code", "3", "--python", SCRIPT, "--", folder, picture, clip, blend, last_second]
    done = blender.gui(words, env=no_help_from_here(tmp_path), timeout=500)
    seen = report_of(done, folder)
    assert {"Downloading packages", "Installing packages"} <= set(seen["stages"]["making the engine"])
    assert {"Tracking", "Rendering"} & set(seen["stages"]["animating"])
    assert seen["plays"]
    assert seen["strips"]["Scene Edit"] == ["IMAGE"]
    assert blend.stat().st_size

    box = seen["plane on screen"]
    moves = [unlike(folder, box, "frame 1", f"frame {number}") for number in (12, 24, 36, 46)]
    assert min(moves) > 0.5, "the character is seen moving"
    for name, same in (("switched back", "frame 24"), ("redone", "frame 24"), ("undone", "switched to the original")):
        assert unlike(folder, box, name, same) < 0.2, (name, same)
    assert unlike(folder, box, "switched to the original", "plane made") < 0.2
    assert unlike(folder, box, "switched back", "switched to the original") > 0.5
