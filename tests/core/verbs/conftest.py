# SPDX-License-Identifier: GPL-3.0-or-later
"""A character, a clip and the engine, for tests that play the user."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.core.verbs.processes import Engine, Run, run

FRAMES = 12
FPS = 25
SIDE = 256  # of the toon, px


@dataclass(frozen=True)
class Material:
    """picture and card: a small toon, its card beside it · clip: 12 frames of the stand-in actor, with sound ·
    frames: the same, (240, 240, 3) uint8 each."""

    folder: Path
    picture: Path
    card: Path
    clip: Path
    frames: list


@pytest.fixture(scope="session")
def variables(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The networks that build.py fetched, and a frame cache of its own."""
    models = Path(os.environ.get("FACESHOT_MODELS") or repo_root / "build" / "models")
    if not any((models / name).is_dir() for name in ("mesh-468", "mesh-478")):
        pytest.skip(
            f"no face network in {models}: `python -m core models fetch mesh-468` with FACESHOT_MODELS={models}"
        )
    return {"FACESHOT_MODELS": str(models), "FACESHOT_CACHE": str(tmp_path_factory.mktemp("cache"))}


@pytest.fixture(scope="session")
def material(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Made once on a machine as far as it takes long, and once in a session for the rest."""
    cv2 = pytest.importorskip("cv2")
    pytest.importorskip("skimage.data")
    from core.character import Character, file_hash
    from core.picture import encode_png
    from core.video import open_clip
    from demo.actor import make_actor
    from demo.toon import draw_toon
    from tests.core.clip_maker import make_clip

    actor = make_actor(repo_root / "build" / "test-material", fps=FPS, seconds=FRAMES / FPS)
    with open_clip(actor.path) as clip:
        frames = [cv2.resize(frame.rgb, (240, 240), interpolation=cv2.INTER_AREA) for frame in clip.frames()]
    assert len(frames) == FRAMES
    folder = tmp_path_factory.mktemp("material")
    toon = draw_toon(size=SIDE)
    picture, card, small = folder / "toon.png", folder / "toon.character.json", folder / "small.mp4"
    picture.write_bytes(encode_png(toon.pixels))
    Character(
        points=toon.points,
        size=(SIDE, SIDE),
        iris=toon.iris,
        picture=picture.name,
        picture_hash=file_hash(picture),
    ).save(card)
    make_clip(small, pictures=frames, rate=FPS, sound=(0, FRAMES / FPS))
    return Material(folder, picture, card, small, frames)


@pytest.fixture(autouse=True)
def _material_stays(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test does, picture, card and clip are the same bytes after it."""
    if not {"material", "user"} & set(request.fixturenames):
        yield
        return
    material = request.getfixturevalue("material")
    before = hashes(material.folder)
    yield
    assert hashes(material.folder) == before


@pytest.fixture
def user(variables: dict[str, str], material: Material, tmp_path: Path) -> Callable[..., Run]:
    """Runs `python -m core ARGUMENTS` in a folder of the user's. more: further environment variables."""

    def ran(*arguments: Any, more: dict[str, str] | None = None, **settings: Any) -> Run:
        return run(*arguments, variables={**variables, **(more or {})}, cwd=tmp_path, **settings)

    return ran


@pytest.fixture(scope="session")
def _engine(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(variables=variables, cwd=tmp_path_factory.mktemp("user"))
    yield engine
    engine.close()


@pytest.fixture
def animate(_engine: Engine, material: Material, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """`animate` of the material by the real engine process into tmp_path/out; arguments replace the material's."""

    def ask(**changes: Any) -> dict[str, Any]:
        given = {"picture": material.picture, "clip": material.clip, "output": tmp_path / "out", **changes}
        answer = _engine.answer("animate", **given)
        assert not answer.get("report"), answer["report"]
        return answer

    return ask


@pytest.fixture
def engine(_engine: Engine) -> Engine:
    return _engine


@pytest.fixture(scope="session")
def undisturbed(_engine: Engine, material: Material, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The hashes of what an undisturbed run leaves, made without the cache."""
    folder = tmp_path_factory.mktemp("undisturbed") / "out"
    answer = _engine.answer("animate", picture=material.picture, clip=material.clip, output=folder, no_cache=True)
    assert answer.get("frame_count") == FRAMES, answer
    return results(folder)


def hashes(folder: Path) -> dict[str, str]:
    """Every file below a folder: name -> SHA-256."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def results(folder: Path) -> dict[str, str]:
    """The same for what a run is for: no records of when and how it was made."""
    records = {"result.json", ".faceshot.json", "proxy/render.json"}
    return {name: digest for name, digest in hashes(folder).items() if name not in records}


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*.part")] if folder.exists() else []


def load_result(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))
