# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Blender for each test: with a fresh home, so that nothing installed by one test is there in the next."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools import extension as packing
from tools import real_blender as finder

Words = Sequence[str | Path]


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
