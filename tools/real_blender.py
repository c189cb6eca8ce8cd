# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds a real Blender for tests and packing: BLENDER_BIN, PATH, or one unpacked from a newer Debian release.

`python3 -m tools.real_blender [--build] [--gui] [ARGUMENT ...]` runs the one it finds.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.base_python import clean_environment

from . import debian_blender
from .run import ROOT

OLDEST = (4, 2)
SCREEN = "1280x800"
HOW_TO_GET_ONE = (
    "set BLENDER_BIN to a Blender 4.2 or newer, put one on PATH, or run as root on Debian, where "
    "`python3 build.py test` unpacks one (about 430 MB)"
)
# What would make this Blender use another one's, or the user's own, settings.
_FOREIGN = ("XDG_", "BLENDER_", "WAYLAND_DISPLAY", "LD_LIBRARY_PATH", "LD_PRELOAD")


@dataclass(frozen=True)
class RealBlender:
    """A Blender that can be run. `root` is set when it lives in a directory tree of its own (see debian_blender)."""

    version: tuple[int, int, int]
    command: tuple[str, ...] = ("blender",)
    root: Path | None = None

    @property
    def has_gui(self) -> bool:
        """Whether a window can be opened on a virtual screen."""
        return self.root is not None or shutil.which("xvfb-run") is not None

    def run(
        self,
        arguments: Sequence[str | Path],
        *,
        home: Path,
        timeout: float = 120,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        show: Iterable[Path] = (),
        gui: bool = False,
        program: Sequence[str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Runs Blender to its end; on timeout ends it and all it started, and raises subprocess.TimeoutExpired.

        `home` holds its preferences and extensions; `show` are further folders it must see (it always sees the
        checkout and /tmp); `gui` opens a window on a virtual screen; `program` runs another command beside Blender.
        """
        words = [*(self.command if program is None else program), *map(str, arguments)]
        if gui:
            words = ["xvfb-run", "-a", "-s", f"-screen 0 {SCREEN}x24 -nolisten tcp", *words]
        home.mkdir(parents=True, exist_ok=True)
        environment = {k: v for k, v in clean_environment().items() if not k.startswith(_FOREIGN)}
        environment |= {"HOME": str(home), "LIBGL_ALWAYS_SOFTWARE": "1", **(env or {})}
        if self.root is not None:
            folders = [ROOT, *show, *([cwd] if cwd else [])]
            entry = ["/bin/sh", str(ROOT / "tools" / "enter_blender.sh")]
            words = [*entry, str(self.root), str(home), "\n".join(map(str, folders)), *words]
        return run_group(words, timeout=timeout, env=environment, cwd=cwd or ROOT)


def run_group(
    words: Sequence[str], *, timeout: float, env: Mapping[str, str], cwd: Path
) -> subprocess.CompletedProcess[str]:
    """subprocess.run with text captured, that on timeout ends the children's children too."""
    # Files, not pipes: a grandchild that lives on must not keep us waiting.
    with tempfile.TemporaryFile("w+", errors="replace") as out, tempfile.TemporaryFile("w+", errors="replace") as err:
        child = subprocess.Popen(
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
        )
        expired = False
        try:
            child.wait(timeout)
        except subprocess.TimeoutExpired:
            expired = True
        finally:
            end_group(child)
        out.seek(0)
        err.seek(0)
        if expired:
            raise subprocess.TimeoutExpired(list(words), timeout, out.read(), err.read())
        return subprocess.CompletedProcess(list(words), child.returncode, out.read(), err.read())


def end_group(child: subprocess.Popen) -> None:
    """Ends a child started in a session of its own, with all that it started."""
    if sys.platform == "win32":
        child.kill()
    else:
        # Nothing is left to kill in the usual case: all have ended by themselves.
        with contextlib.suppress(OSError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def parse_version(words: str) -> tuple[int, int, int] | None:
    """The version in what `blender --version` prints.

    >>> parse_version("Blender 4.5.15 LTS")
    (4, 5, 15)
    """
    found = re.search(r"^Blender (\d+)\.(\d+)(?:\.(\d+))?", words, re.MULTILINE)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def _try(blender: RealBlender) -> RealBlender | None:
    with tempfile.TemporaryDirectory(prefix="blender-home-", ignore_cleanup_errors=True) as home:
        try:
            done = blender.run(["-b", "--factory-startup", "--version"], home=Path(home), timeout=120)
        except (OSError, subprocess.TimeoutExpired):
            return None
    version = parse_version(done.stdout)
    if done.returncode != 0 or version is None or version[:2] < OLDEST:
        return None
    return RealBlender(version, blender.command, blender.root)


def on_this_machine() -> RealBlender | None:
    """BLENDER_BIN or a `blender` on PATH, of a version that we support."""
    given = os.environ.get("BLENDER_BIN", "")
    candidates = [given] if given else [shutil.which("blender") or ""]
    for candidate in candidates:
        if candidate and (found := _try(RealBlender((0, 0, 0), (candidate,)))):
            return found
    return None


def find(*, build: bool = False, suite: str | None = None) -> RealBlender | None:
    """A real Blender, or None. With `build`, and as root on Debian, unpacks one when there is none (minutes)."""
    suite = suite or debian_blender.chosen_suite()
    found = on_this_machine()
    if found is None and os.environ.get("BLENDER_BIN"):
        return None  # the user named one: another one would not be what they asked for
    if found is None:
        root = debian_blender.ready(suite) or (debian_blender.build(suite) if build else None)
        found = _try(RealBlender((0, 0, 0), root=root)) if root else None
    return found


def main(arguments: list[str]) -> int:
    flags = {"--build", "--gui"} & set(arguments)
    arguments = [word for word in arguments if word not in flags]
    found = find(build="--build" in flags)
    if found is None:
        print(f"No Blender found: {HOW_TO_GET_ONE}.", file=sys.stderr)
        return 1
    home = debian_blender.cache_folder() / "home"
    done = found.run(arguments, home=home, timeout=3600, gui="--gui" in flags, cwd=Path.cwd())
    print(done.stdout, end="")
    print(done.stderr, end="", file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
