# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new user does, with a window and a mouse: from the zip alone to a character that plays."""

from __future__ import annotations

import itertools
import shutil
import ssl
import sys
from pathlib import Path

import numpy as np
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
    seen = tour("tour_from_zip.py", *words, env=no_help_from_here(tmp_path), timeout=560)
    assert {"Downloading packages", "Installing packages"} <= set(seen["stages"]["making the engine"])
    assert {"Tracking", "Rendering"} & set(seen["stages"]["animating"])
    assert seen["plays"]
    assert seen["strips"]["Scene Edit"] == ["IMAGE"]
    assert blend.stat().st_size

    box = seen["plane on screen"]
    moves = [tour.unlike("frame 1", f"frame {number}", box=box) for number in (12, 24, 36, 46)]
    assert min(moves) > 0.5, "the character is seen moving"
    # The viewport goes on smoothing edges after it was drawn: two pictures of one frame are not quite the same.
    other = tour.unlike("switched back", "switched to the original", box=box)
    assert other > 0.5
    for name, same in (
        ("switched back", "frame 24"),
        ("redone", "frame 24"),
        ("undone", "switched to the original"),
        ("switched to the original", "plane made"),
    ):
        assert tour.unlike(name, same, box=box) < 0.4 * other, (name, same)


@pytest.mark.long
def test_a_phones_portrait_through_the_panel(tour, engine, shared_data, tmp_path):
    """4K, stored lying down with a rotation flag, in a folder whose name is not plain."""
    import cv2

    from core.video import open_clip
    from demo.make import make_toon
    from tests.core.clip_maker import make_clip

    folder = tmp_path / "Aufnahmen für Käte"
    folder.mkdir()
    picture, _ = make_toon(folder)
    clip = folder / "Schau spiel ö.mp4"
    stored = []
    with open_clip(shared_data / "clips" / "lp_d11.mp4") as reader:
        for frame in itertools.islice(reader.frames(), 12):
            high = cv2.resize(frame.rgb, (2160, 3840), interpolation=cv2.INTER_LINEAR)
            stored.append(np.ascontiguousarray(np.rot90(high)))
    make_clip(clip, pictures=stored, rotate=-90, options={"preset": "ultrafast"})
    with open_clip(clip) as reader:
        assert reader.info.size == (2160, 3840)
        assert reader.info.rotation == 90
    blend = folder / "Szene 1.blend"
    seen = tour("tour_portrait.py", picture, clip, blend, env=engine)
    assert seen["look"] == "proxy"
    assert len(list((folder / "faceshot").rglob("proxy/*.png"))) >= 6
