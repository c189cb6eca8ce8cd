# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed, wherever it is, and run again gives the frames of one that was not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.cache import FrameStore
from core.character import Character
from core.landmarks import LandmarkSequence
from core.picture import encode_png, read_picture
from core.render.frames import render_frames
from tests.core.render.mofa.scenes import frames_of, scene

ROOT = Path(__file__).resolve().parents[4]

# The real command line, but it kills itself: before the third group of items, after the second step's latents were
# written and before they have their name, after the first frame.
KILLED = """
import os, signal, sys
from pathlib import Path
from core.cli import main
from core.render.mofa.motion import MotionNetwork
from core.render.mofa.sampling import Sampler
from core.render.record import Record
from tests.core.render.mofa.conftest import spread_evenly

MotionNetwork.forward = spread_evenly
places = {"sampling": (Sampler, "_run", 3), "writing": (Path, "replace", 1), "decoding": (Record, "note", 2)}
kind, name, left = places[os.environ["KILLED_AT"]]
plain = getattr(kind, name)

def deadly(self, *given, **more):
    global left
    if kind is not Path or "step-0002" in self.name:
        left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return plain(self, *given, **more)

setattr(kind, name, deadly)
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name != "posix", reason="nothing else is killed like that")
def test_killed_in_sampling_in_writing_and_in_decoding_it_equals_an_uninterrupted_run(small, tmp_path):
    picture, character, landmarks = scene(count=4)
    names = [tmp_path / name for name in ("p.png", "p.character.json", "p.landmarks.npz")]
    names[0].write_bytes(encode_png(picture.pixels))
    character.save(names[1])
    landmarks.save(names[2])
    settings = {**small, "together": 2}
    command = [sys.executable, "-c", KILLED, "render", names[0], names[2], "-o", tmp_path / "out", "--backend", "mofa"]
    command += [part for item in settings.items() for part in ("--setting", "{}={}".format(*item))]
    environment = {**os.environ, "FACESHOT_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}

    def killed(place: str) -> list[str]:
        """Killed there; the latents and frames that it left."""
        done = subprocess.run(
            list(map(str, command)),
            cwd=ROOT, env={**environment, "KILLED_AT": place}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == -signal.SIGKILL, done.stderr
        latents = [path.name for path in (tmp_path / "cache").glob("mofa/*/step-*")]
        return sorted(latents) + sorted(path.name for path in (tmp_path / "out").glob("*.png"))

    assert killed("sampling") == []
    assert killed("writing") == ["step-0001.npz"]
    left = killed("decoding")
    assert left[:2] == ["step-0001.npz", "step-0002.npz"]
    assert 1 <= len(left[2:]) < 4

    job = read_picture(names[0]), Character.load(names[1]), LandmarkSequence.load(names[2])
    begun: list[tuple] = []
    again = render_frames(
        *job, tmp_path / "out", backend="mofa", settings=settings, store=FrameStore(tmp_path / "cache"),
        progress=lambda stage, *items: begun.append(items) if stage == "Diffusing" else None,
    )  # fmt: skip
    assert begun == []
    assert again.from_cache >= 1
    render_frames(*job, tmp_path / "plain", backend="mofa", settings=settings)
    made, wanted = frames_of(tmp_path / "out"), frames_of(tmp_path / "plain")
    assert len(made) == 4
    assert all(np.array_equal(one, other) for one, other in zip(made, wanted, strict=True))
