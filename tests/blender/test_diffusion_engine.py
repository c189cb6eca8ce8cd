# SPDX-License-Identifier: GPL-3.0-or-later
"""The diffusion look through Blender with the real engine: small networks in folders of the published layout."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

NEEDED = "import torch, diffusers, transformers, cv2, av, ai_edge_litert"
WRITE = """
import sys
from pathlib import Path
from tests.core.render.mofa.golden_arrays import FOLDER, Golden
from tests.core.render.mofa.published import write
write(Golden(FOLDER), Path(sys.argv[1]))
"""
# A few frames of the clip, in its midst.
BEGIN, END = 0.5, 0.6
PATIENCE = 300.0  # seconds: machines are busy


@pytest.fixture(scope="session")
def engine_python(repo_root) -> Path:
    """The engine's Python, one with torch."""
    place = Path(os.environ.get("FACESHOT_ENGINE") or repo_root / ".venv")
    python = place if place.is_file() else place / "bin" / "python"
    if not python.is_file() or subprocess.run([python, "-c", NEEDED], check=False, capture_output=True).returncode:
        pytest.skip(f"needs an engine with torch; {python} is none: FACESHOT_ENGINE may name one")
    return python


@pytest.fixture(scope="session")
def weights(engine_python, shared_data, repo_root, tmp_path_factory) -> Path:
    """A folder of networks as they are published, but small."""
    if not (shared_data.parent / "golden" / "recipe.py").is_file():
        pytest.skip(f"the recipe for weights is not at {shared_data.parent / 'golden'}")
    folder = tmp_path_factory.mktemp("published weights")
    subprocess.run([engine_python, "-c", WRITE, folder], check=True, cwd=repo_root, capture_output=True, text=True)
    return folder


@pytest.fixture
def studio(empty, part, window, engine_python, weights, shared_data, repo_root, monkeypatch, tmp_path):
    """A saved blend with a portrait, a clip, and the diffusion look chosen at its least.

    fresh() forgets what earlier runs have kept; frames(folder) are the files that were made.
    """
    models = Path(os.environ.get("FACESHOT_MODELS") or repo_root / "build" / "models")
    if part("core.models").ModelStore(models).status()[0].state != "present":
        pytest.skip(f"no face network in {models}")
    said = {"ENGINE": engine_python, "MOFA": weights, "MODELS": models, "DEVICE": "cpu", "THREADS": "1"}
    for name, value in said.items():
        monkeypatch.setenv(f"FACESHOT_{name}", str(value))

    def fresh(name: str) -> None:
        part("faceshot_blender.jobs").release_engine()
        monkeypatch.setenv("FACESHOT_CACHE", str(tmp_path / name))

    fresh("cache")
    plane = part("faceshot_blender.scene.plane").make_plane(
        empty.context.scene, shared_data / "pictures" / "portrait_000001.jpg", name="Held"
    )
    choices = empty.context.scene.faceshot_choices
    choices.plane, choices.clip = plane, str(shared_data / "clips" / "ravdess_surprised.mp4")
    choices.use_range, choices.range_start, choices.range_end = True, BEGIN, END
    choices.backend = "MOFA"
    choices.diffusion.size = 256
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    return SimpleNamespace(
        choices=choices,
        plane=plane,
        folder=tmp_path / "faceshot" / "Held" / "ravdess_surprised",
        fresh=fresh,
        frames=lambda folder: {path.name: path.read_bytes() for path in sorted((folder / "mofa").glob("*.png"))},
    )


def stage(window, name: str, done: int) -> bool:
    status = window.queue.first.job.status if window.queue.entries else None
    return status is not None and status.stage == name and status.done >= done


def test_killed_in_its_midst_and_asked_again_it_ends_as_without(empty, part, window, studio, dump, tmp_path):
    studio.choices.diffusion.steps = 6
    before = dump()
    window.press()
    window.pump(lambda: stage(window, "Diffusing", 5), seconds=PATIENCE)
    os.kill(part("faceshot_blender.jobs").SHARED[0].pid, 9)
    window.pump(seconds=PATIENCE)
    assert "The engine ended in the middle of its work" in window.queue.failure.message
    assert dump() == before
    assert not (studio.folder / "result.json").exists()

    again, told = window.press(), []
    window.pump(
        lambda: told.append(window.queue.first.job.status) if stage(window, "Diffusing", 0) else None, seconds=PATIENCE
    )
    assert again.outcome == {"FINISHED"}, again.said
    assert told[0].done >= 4, "the steps that were done are not done again"
    assert part("faceshot_blender.scene.switch").shown_look(studio.plane) == "mofa"
    resumed = studio.frames(studio.folder)

    studio.fresh("another cache")
    assert empty.ops.faceshot.animate("EXEC_DEFAULT", folder=str(tmp_path / "blocking")) == {"FINISHED"}
    assert studio.frames(tmp_path / "blocking") == resumed
    result = part("faceshot_blender.results").AnimateResult.load(tmp_path / "blocking")
    assert (result.backend, [file.name for file in result.files]) == ("mofa", list(resumed))


def test_cancel_is_heard_within_a_step(part, window, studio, dump):
    studio.choices.diffusion.steps = 100
    before = dump()
    operator = window.press()
    window.pump(lambda: stage(window, "Diffusing", 2), seconds=PATIENCE)
    job = window.queue.first.job
    at, of_a_step = job.status.done, job.status.total // 100
    window.queue.cancel()
    window.pump(seconds=PATIENCE)
    assert operator.outcome == {"CANCELLED"}
    assert operator.said == [("INFO", "Cancelled")]
    assert at <= job.status.done <= at + of_a_step
    assert dump() == before
    assert window.queue.failure is None
    assert part("faceshot_blender.jobs").SHARED[0].alive, "the engine stays warm"
