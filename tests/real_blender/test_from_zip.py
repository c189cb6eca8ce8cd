# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new user does, with a window and a mouse: from the zip alone to a character that plays."""

from __future__ import annotations

import shutil
import ssl
import sys
from pathlib import Path

import pytest


def no_help_from_here(tmp_path: Path) -> dict[str, str]:
    """An environment that leads to no engine and no network of this machine; its certificates are needed, though."""
    env = {"FACESHOT_CACHE": str(tmp_path / "cache"), "FACESHOT_MODELS": "", "FACESHOT_ENGINE": ""}
    env["FURTHER_PATH"] = str(Path(sys.base_prefix, "bin").resolve())
    certificates = ssl.get_default_verify_paths().cafile
    if certificates:
        shutil.copy(certificates, tmp_path / "certificates.crt")
        env |= dict.fromkeys(("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(tmp_path / "certificates.crt"))
    return env


@pytest.mark.parametrize("last_second", [2, pytest.param(0, marks=pytest.mark.long, id="all of the clip")])
def test_from_the_zip_alone_with_the_mouse(tour, shared_data, tmp_path, last_second):
    from demo.make import make_toon

    clip = shared_data / "clips" / "ravdess_surprised.mp4"
    if not clip.is_file():
        pytest.skip(f"no clip {clip}")
    picture, card = make_toon(tmp_path)
    card.unlink()  # a user has a picture, and nothing else
    blend = tmp_path / "first.blend"
    words = [picture, clip, blend, last_second]
    seen = tour("tour_from_zip.py", *words, env=no_help_from_here(tmp_path), timeout=500)
    assert {"Downloading packages", "Installing packages"} <= set(seen["stages"]["making the engine"])
    assert {"Tracking", "Rendering"} & set(seen["stages"]["animating"])
    assert seen["plays"]
    assert seen["strips"]["Scene Edit"] == ["IMAGE"]
    assert blend.stat().st_size

    box = seen["plane on screen"]
    moves = [tour.unlike("frame 1", f"frame {number}", box=box) for number in (12, 24, 36, 46)]
    assert min(moves) > 0.5, "the character is seen moving"
    for name, same in (("switched back", "frame 24"), ("redone", "frame 24"), ("undone", "switched to the original")):
        assert tour.unlike(name, same, box=box) < 0.2, (name, same)
    assert tour.unlike("switched to the original", "plane made", box=box) < 0.2
    assert tour.unlike("switched back", "switched to the original", box=box) > 0.5
