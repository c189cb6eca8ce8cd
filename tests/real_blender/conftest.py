# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Blender for each test: with a fresh home, so that nothing installed by one test is there in the next."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.character import Character
from core.errors import FaceShotError
from core.models import ModelStore
from core.picture import encode_png, read_picture
from core.video import open_clip, write_movie
from demo.cast import CAST
from tools import extension as packing
from tools import real_blender as finder
from tools.models import checkout_environment

Words = Sequence[str | Path]
SCRIPTS = Path(__file__).with_name("scripts")
PLANE = "Käte mit Hut"


@dataclass(frozen=True)
class HomedBlender:
    """A Blender and the home folder it lives in. Commands raise subprocess.TimeoutExpired, and leave no process."""

    found: finder.RealBlender
    home: Path
    show: tuple[Path, ...]

    @property
    def version(self) -> tuple[int, int, int]:
        return self.found.version

    def run(
        self,
        arguments: Words,
        *,
        timeout: float = 120,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        show: Iterable[Path] = (),
    ) -> subprocess.CompletedProcess[str]:
        """`blender ARGUMENTS`, without a window unless Blender opens one: say `-b` or `--command`."""
        return self._run(arguments, timeout=timeout, env=env, cwd=cwd, show=show)

    def gui(
        self,
        arguments: Words,
        *,
        timeout: float = 120,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        show: Iterable[Path] = (),
    ) -> subprocess.CompletedProcess[str]:
        """`blender ARGUMENTS` with a window on a virtual screen of its own."""
        if not self.found.has_gui:
            pytest.skip("no virtual screen here (package xvfb)")
        return self._run(arguments, timeout=timeout, env=env, cwd=cwd, show=show, gui=True)

    def program(self, words: Words, *, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Another program, run where Blender runs: `python3`, `ffmpeg`."""
        return self._run(words, timeout=timeout, program=())

    def _run(self, arguments: Words, *, show: Iterable[Path] = (), **options) -> subprocess.CompletedProcess[str]:
        return self.found.run(arguments, home=self.home, show=(*self.show, *show), **options)


@pytest.fixture(scope="session")
def found_blender() -> finder.RealBlender:
    found = finder.find()
    if found is None:
        pytest.skip(f"no real Blender: {finder.HOW_TO_GET_ONE}")
    return found


@pytest.fixture
def real_blender(found_blender: finder.RealBlender, tmp_path: Path, repo_root: Path) -> HomedBlender:
    """Sees the checkout, /tmp, this Python (for the engine) and, where it lies beside the checkout, the test data."""
    shared = repo_root.parent / "shared"
    show = [Path(sys.base_prefix).resolve(), Path(sys.prefix), *([shared] if shared.is_dir() else [])]
    return HomedBlender(found_blender, tmp_path / "home", tuple(show))


@pytest.fixture(scope="session")
def extension_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension as users get it, built from this checkout's tracked files."""
    return packing.build(tmp_path_factory.mktemp("zip"))


@pytest.fixture(scope="session")
def material(tmp_path_factory, repo_root) -> tuple[Path, Path]:
    """A picture, and a clip of an actor with sound, each in a folder whose name is not plain."""
    shared = repo_root.parent / "shared" / "data"
    folder = tmp_path_factory.mktemp("Müller und Söhne")
    if shared.is_dir():
        picture, clip = folder / "Bild ä 1.jpg", folder / "Schau spielerin ö.mp4"
        picture.write_bytes((shared / "pictures" / "portrait_000001.jpg").read_bytes())
        clip.write_bytes((shared / "clips" / "lp_d11.mp4").read_bytes())
        return picture, clip
    pytest.importorskip("skimage")
    from demo.make import make_demo

    made = make_demo(folder)
    return made.picture, made.clip


@pytest.fixture
def engine(tmp_path) -> dict[str, str]:
    """The environment that leads Blender to this Python as its engine; the cache is the test's own."""
    said = checkout_environment()
    try:
        ModelStore(Path(said["FACESHOT_MODELS"])).locate("mesh-468")
    except FaceShotError as error:
        pytest.skip(f"no face network: {error}")
    return {
        "FACESHOT_ENGINE": sys.executable,
        "FACESHOT_MODELS": said["FACESHOT_MODELS"],
        "FACESHOT_CACHE": str(tmp_path / "cache"),
    }


@pytest.fixture
def blender(real_blender, extension_zip):
    """A Blender in a fresh home with the built zip installed and enabled."""
    done = real_blender.run(["--command", "extension", "install-file", "-r", "user_default", "--enable", extension_zip])
    assert done.returncode == 0, done.stdout + done.stderr
    return real_blender


@pytest.fixture
def shot(blender, material, tmp_path) -> Path:
    """A user's blend, 24 frames a second from frame 101 on, in a folder of its own."""
    path = tmp_path / "Ein Projekt ß" / "shot 010.blend"
    path.parent.mkdir()
    words = ["--", material[0], path, PLANE, 24, 1.0, 101]
    done = blender.run(["-b", "--python-exit-code", "3", "--python", SCRIPTS / "make_scene.py", *words])
    assert done.returncode == 0, done.stdout + done.stderr
    return path


@dataclass(frozen=True)
class Tour:
    """Runs a script of `scripts/` with a window. Its pictures stay in FACESHOT_PICTURES, where that is set."""

    blender: HomedBlender
    folder: Path
    plane: str = PLANE  # of the blend `shot`

    def __call__(
        self, script: str, *words: object, env: Mapping[str, str], blend: Path | None = None, timeout: float = 400
    ) -> dict:
        """The script's report, with `blend` open. Words for it follow the folder for pictures. Skips where no engine
        can be made."""
        opened = [blend] if blend is not None else []
        arguments = ["--python-exit-code", "3", "--python", SCRIPTS / script, "--", self.folder, *map(str, words)]
        done = self.blender.gui([*opened, *arguments], env=env, timeout=timeout)
        report = self.folder / "report.json"
        assert report.exists(), done.stdout + done.stderr
        seen = json.loads(report.read_text())
        if any(f": {code}\n" in seen["error"] for code in ("offline", "engine-missing")):
            pytest.skip(f"no engine can be made here: {seen['error'][-300:]}")
        assert not seen["error"], seen["error"] + done.stderr[-2000:]
        said = done.stdout + done.stderr
        assert "Traceback" not in said, said[-2000:]
        assert "crash" not in said.lower(), said[-2000:]
        assert done.returncode == 0, said[-2000:]
        return seen

    def unlike(self, first: str, second: str, *, box: Sequence[int]) -> float:
        """Mean difference of two of the tour's pictures within a box of the screen, in 8-bit steps."""
        left, top, right, bottom = box
        a, b = (
            read_picture(next(self.folder.glob(f"?? {name}.png"))).rgb8()[top:bottom, left:right].astype(float)
            for name in (first, second)
        )
        return float(np.abs(a - b).mean())


@pytest.fixture
def short(material, tmp_path) -> Callable[[float], Path]:
    """short(seconds) is the beginning of the clip."""

    def short(seconds: float) -> Path:
        path = tmp_path / f"{seconds:g} s.mp4"
        with open_clip(material[1]) as reader:
            write_movie(path, (frame.rgb for frame in reader.frames(end=seconds)), fps=reader.info.fps)
        return path

    return short


@pytest.fixture
def cast_cards(tmp_path: Path) -> Callable[..., list[Path]]:
    """cast_cards("toon", ...) writes characters of the demo's cast, 512 px, with cards of their exact points.

    facts: of all cards, in place of a character's own.
    """

    def write(*names: str, **facts: Any) -> list[Path]:
        paths = []
        for name in names:
            drawn = CAST[name](512)
            (tmp_path / f"{name} ü.png").write_bytes(encode_png(drawn.pixels))
            paths.append(tmp_path / f"{name} ü.character.json")
            own = {"points": drawn.points, "present": drawn.present, "iris": drawn.iris}
            Character(size=(512, 512), picture=f"{name} ü.png", **(own | facts)).save(paths[-1])
        return paths

    return write


@pytest.fixture
def tour(request, blender, tmp_path) -> Tour:
    version = ".".join(map(str, blender.version[:2]))
    folder = Path(os.environ.get("FACESHOT_PICTURES") or tmp_path, f"{request.node.originalname} {version}")
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("*.png"), *folder.glob("report.json")):
        old.unlink()
    return Tour(blender, folder)
