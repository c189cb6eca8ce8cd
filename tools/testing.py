# SPDX-License-Identifier: GPL-3.0-or-later
"""build.py test: one pytest run for each environment (in Blender's, one for each file), counted together."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from core.errors import ErrorCode, FaceShotError

from . import debian_blender, environments, real_blender
from .environments import Environment, say
from .models import add_bundle, checkout_environment, ensure_model
from .run import ROOT

TESTS = ROOT / "tests"
APART = ("blender", "real_blender", "gpu")  # folders of tests that the engine's run leaves to the others
NO_TESTS = 5  # pytest's exit code
# Files of tests that run beside each other; those with time limits or a window of their own run alone.
WORKERS = max(1, min(os.cpu_count() or 1, 4))


@dataclass(frozen=True)
class Counts:
    """Results over any number of runs. An error of a fixture counts as failed, an expected failure as skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"

    @property
    def total(self) -> int:
        return self.passed + self.failed + self.skipped


@dataclass(frozen=True)
class Ring:
    """The tests of one environment. `places` are folders or files below the root."""

    title: str
    environment: Environment
    places: tuple[Path, ...]
    options: tuple[str, ...] = ()
    one_process_per_file: bool = False
    timeout: float = 3000
    may_be_empty: bool = False
    suite: str = ""  # the Debian release of a real Blender


def rings(*, everything: bool = False) -> list[Ring]:
    """All rings, in the order in which they run; with `everything` also those of other Blender versions."""
    of_engine = sorted(folder for folder in TESTS.iterdir() if _holds_tests(folder) and folder.name not in APART)
    blender, real = (TESTS / "blender",), (TESTS / "real_blender",)
    found = [
        # --doctest-modules: the examples of the core's docstrings.
        Ring(
            "engine",
            environments.ENGINE,
            (*of_engine, ROOT / "core"),
            ("--doctest-modules", "-n", str(WORKERS), "--dist", "loadfile"),
            timeout=3600,
        ),
        # bpy keeps state that tests cannot undo, and can hang at exit: one process each, under a time limit.
        Ring("Blender", environments.BLENDER, blender, one_process_per_file=True, timeout=900),
        Ring("real Blender", environments.ENGINE, real, timeout=2700, suite=debian_blender.chosen_suite()),
        Ring("GPU", environments.ENGINE, (TESTS / "gpu",), timeout=1800, may_be_empty=True),
    ]
    if everything:
        for other in environments.OTHER_BLENDERS:
            title = f"Blender {other.folder.rpartition('-')[2]}"
            found.append(Ring(title, other, blender, one_process_per_file=True, timeout=900))
        newest = debian_blender.NEWEST_SUITE
        found.append(Ring(f"real Blender of {newest}", environments.ENGINE, real, timeout=2700, suite=newest))
    return found


def _holds_tests(folder: Path) -> bool:
    return folder.is_dir() and any(folder.rglob("test_*.py"))


def run(options: argparse.Namespace) -> int:
    filtered = bool(options.k or options.paths)
    extra = [*(["-k", options.k] if options.k else []), *(["-x"] if options.x else [])]
    extra += [] if options.all else ["-m", "not long"]
    chosen = [(ring, targets) for ring in rings(everything=options.all) if (targets := _targets(ring, options.paths))]
    if not chosen:
        raise FaceShotError(ErrorCode.USAGE, "No tests there.", hint="Name files or folders below tests/ or core/.")
    # All environments first: the engine's tests of the zip use the builder in Blender's, and Blender's run the engine.
    python = environments.ensure(environments.ENGINE)
    ensure_model(python)
    add_bundle(python)
    obstacles = [_obstacle(ring) for ring, _ in chosen]
    total, notes = Counts(), []
    for (ring, targets), why_not in zip(chosen, obstacles, strict=True):
        if why_not:
            counts = Counts(skipped=sum(len(_files(place)) for place in targets))
            notes.append(f"{ring.title}: skipped: {why_not}")
        else:
            say(f"== {ring.title}")
            counts, faults = run_ring(ring, targets, extra, filtered=filtered)
            notes += [f"{ring.title}: {counts}", *(f"{ring.title}: {fault}" for fault in faults)]
        total += counts
    if total.total == 0:
        total += Counts(failed=1)
        notes.append("no test was run")
    print("", *notes, total, sep="\n", flush=True)
    return 1 if total.failed else 0


def _targets(ring: Ring, wanted: Sequence[str]) -> list[str]:
    targets = select(ring.places, wanted)
    return [] if ring.may_be_empty and not any(map(_files, targets)) else targets


def select(places: Sequence[Path], wanted: Sequence[str]) -> list[str]:
    """What of a ring's places the command line asks for: all of them, or what lies below (or above) its paths."""
    if not wanted:
        return [str(place) for place in places]
    found: list[str] = []
    for word in wanted:
        name, _, node = word.partition("::")
        path = Path(name).absolute()
        if not path.exists():
            raise FaceShotError(ErrorCode.USAGE, f"No tests at {name}.", hint="Check the path.")
        for place in places:
            if path.is_relative_to(place):
                found.append(f"{path}::{node}" if node else str(path))
            elif place.is_relative_to(path):
                found.append(str(place))
    return list(dict.fromkeys(found))


def _files(target: str) -> list[str]:
    path = Path(target.partition("::")[0])
    return [target] if path.is_file() else sorted(str(file) for file in path.rglob("test_*.py"))


def run_ring(ring: Ring, targets: Sequence[str], extra: Sequence[str], *, filtered: bool) -> tuple[Counts, list[str]]:
    """Runs one ring: (its counts, what went wrong beside failed tests)."""
    python = environments.ensure(ring.environment)
    calls = [list(targets)]
    if ring.one_process_per_file:
        calls = [[file] for target in targets for file in _files(target)]
    total, faults = Counts(), []
    for number, call in enumerate(calls):
        report = ROOT / "build" / "tests" / f"{ring.title.replace(' ', '-').lower()}-{number}.xml"
        command = [str(python), "-m", "pytest", "-q", *ring.options, *extra, f"--junitxml={report}", *call]
        code = _pytest(command, report, timeout=ring.timeout, suite=ring.suite)
        counts, fault = judge(code, report)
        total += counts
        if fault:
            faults.append(f"{', '.join(Path(word).name for word in call)}: {fault}")
    if total.total == 0 and not filtered and not faults:
        total, faults = Counts(failed=1), [f"no tests in {', '.join(targets)}"]
    return total, faults


def _pytest(command: list[str], report: Path, *, timeout: float, suite: str) -> int | None:
    """The exit code of a run whose words go straight to the terminal; None when it took too long."""
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    sys.stdout.flush()
    variables = {**checkout_environment(), **({"REAL_BLENDER_SUITE": suite} if suite else {})}
    child = subprocess.Popen(command, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        return child.wait(timeout)
    except subprocess.TimeoutExpired:
        return None
    finally:
        real_blender.end_group(child)


def judge(code: int | None, report: Path) -> tuple[Counts, str]:
    """The counts of a finished run, and what its exit code says beyond them; a crash is one more failure."""
    try:
        counts = read_report(report)
    except (OSError, ElementTree.ParseError):
        counts = None
    if code == NO_TESTS:
        return Counts(), ""
    if counts is None:
        return Counts(failed=1), f"ended without a report ({_describe(code)})"
    if code == 0 or (code == 1 and counts.failed):
        return counts, ""
    return counts + Counts(failed=1), f"did not end well ({_describe(code)})"


def _describe(code: int | None) -> str:
    if code is None:
        return "out of time"
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def read_report(report: Path) -> Counts:
    """Adds up the suites of a JUnit file."""
    total = Counts()
    for suite in ElementTree.parse(report).iter("testsuite"):
        tests, failures, errors, skipped = (int(suite.get(n, "0")) for n in ("tests", "failures", "errors", "skipped"))
        failed = failures + errors
        total += Counts(max(0, tests - failed - skipped), failed, skipped)
    return total


def _obstacle(ring: Ring) -> str:
    """Why a ring cannot run here, or nothing; prepares what it needs."""
    if ring.title == "GPU":
        return _no_gpu(environments.ensure(ring.environment))
    if ring.suite:
        if not any(_files(str(place)) for place in ring.places):
            return ""
        return (
            "" if real_blender.find(build=True, suite=ring.suite) else f"no real Blender: {real_blender.HOW_TO_GET_ONE}"
        )
    try:
        environments.ensure(ring.environment)
    except FaceShotError as error:
        # Only Blender's own ring may be left out: many a machine has no Python of its version.
        if ring.environment is not environments.ENGINE and error.code is ErrorCode.ENGINE_MISSING:
            return str(error)
        raise
    return ""


def _no_gpu(python: Path) -> str:
    code = "import importlib.util as u, sys; sys.exit(3) if not u.find_spec('torch') else None\n"
    code += "import torch; sys.exit(0 if torch.cuda.is_available() else 4)"
    done = subprocess.run([str(python), "-c", code], check=False, capture_output=True, timeout=300)
    return {0: "", 3: "torch is not installed in .venv"}.get(done.returncode, "no CUDA device")
