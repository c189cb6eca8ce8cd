# SPDX-License-Identifier: GPL-3.0-or-later
"""What build.py test counts: every run's tests, and every run that did not end well."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FaceShotError
from tools import testing
from tools.environments import Environment
from tools.testing import Counts, Ring, judge, read_report, run_ring, select

counts = st.builds(Counts, *[st.integers(0, 10**6)] * 3)


@given(st.lists(counts))
def test_adding_loses_nothing(several: list[Counts]) -> None:
    total = sum(several, Counts())
    assert total.total == sum(each.total for each in several)
    assert str(total) == f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped"


def report(folder: Path, suites: str) -> Path:
    path = folder / "report.xml"
    path.write_text(f"<testsuites>{suites}</testsuites>")
    return path


def test_errors_count_as_failed(tmp_path: Path) -> None:
    path = report(tmp_path, '<testsuite tests="10" failures="2" errors="1" skipped="3"/><testsuite tests="1"/>')
    assert read_report(path) == Counts(5, 3, 3)


@pytest.mark.parametrize("code", [2, 3, 4, -11, None])
def test_a_bad_end_after_a_good_report_is_a_failure(tmp_path: Path, code: int | None) -> None:
    found, fault = judge(code, report(tmp_path, '<testsuite tests="4"/>'))
    assert found == Counts(4, 1, 0)
    assert fault


def test_exit_code_one_without_a_failed_test_is_a_failure(tmp_path: Path) -> None:
    assert judge(1, report(tmp_path, '<testsuite tests="4"/>'))[0].failed == 1


@pytest.mark.parametrize("text", [None, "", "<testsuites>"])
def test_no_whole_report_is_a_failure(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "report.xml"
    if text is not None:
        path.write_text(text)
    assert judge(0, path)[0] == Counts(failed=1)


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ring:
    """A ring of its own folder, run by this very interpreter."""
    monkeypatch.setattr(testing.environments, "ensure", lambda environment: Path(sys.executable))
    monkeypatch.setattr(testing, "ROOT", tmp_path)
    environment = Environment(".venv", "checkout.lock", ((3, 11), (3, 13)), 0, 0)
    return Ring("trial", environment, (tmp_path,), timeout=60)


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"import os, pytest\n{text}\n")


def test_a_run_is_counted_by_kind(ring: Ring, tmp_path: Path) -> None:
    write(
        tmp_path, "test_a.py", "def test_a(): pass\ndef test_b(): assert False\n@pytest.mark.skip\ndef test_c(): pass"
    )
    write(tmp_path, "test_b.py", "@pytest.fixture\ndef broken(): raise OSError\ndef test_a(broken): pass")
    assert run_ring(ring, [str(tmp_path)], [], filtered=False) == (Counts(1, 2, 1), [])


def test_a_crash_in_one_process_spares_the_other_files(ring: Ring, tmp_path: Path) -> None:
    ring = Ring("trial", ring.environment, ring.places, one_process_per_file=True, timeout=60)
    write(tmp_path, "test_a.py", "def test_a(): os._exit(0)")
    write(tmp_path, "test_b.py", "def test_a(): pass")
    found, faults = run_ring(ring, [str(tmp_path)], [], filtered=False)
    assert found == Counts(1, 1, 0)
    assert "test_a.py" in faults[0]


def test_a_run_out_of_time_is_a_failure(ring: Ring, tmp_path: Path) -> None:
    ring = Ring("trial", ring.environment, ring.places, timeout=2)
    write(tmp_path, "test_a.py", "import time\ndef test_a(): time.sleep(100)")
    found, faults = run_ring(ring, [str(tmp_path)], [], filtered=False)
    assert found == Counts(failed=1)
    assert "out of time" in faults[0]


def test_no_tests_is_a_failure_unless_a_filter_chose_them(ring: Ring, tmp_path: Path) -> None:
    assert run_ring(ring, [str(tmp_path)], [], filtered=False)[0] == Counts(failed=1)
    assert run_ring(ring, [str(tmp_path)], [], filtered=True) == (Counts(), [])


def test_the_last_line_adds_all_rings(
    ring: Ring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "test_a.py", "def test_a(): pass")
    other = tmp_path / "other"
    other.mkdir()
    write(other, "test_b.py", "def test_b(): assert False")
    rings = [Ring("one", ring.environment, (tmp_path / "test_a.py",)), Ring("two", ring.environment, (other,))]
    monkeypatch.setattr(testing, "rings", lambda **options: rings)
    monkeypatch.setattr(testing, "_obstacle", lambda ring: "")
    assert testing.run(Namespace(k=None, x=False, all=False, paths=[])) == 1
    assert capfd.readouterr().out.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"
    assert testing.run(Namespace(k=None, x=False, all=False, paths=[str(tmp_path / "test_a.py")])) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "1 passed, 0 failed, 0 skipped"


def test_paths_go_to_the_ring_they_belong_to(tmp_path: Path) -> None:
    for name in ("core", "blender"):
        (tmp_path / name).mkdir()
    (tmp_path / "core" / "test_x.py").touch()
    core, blender = (tmp_path / "core",), (tmp_path / "blender",)
    assert select(core, []) == [str(tmp_path / "core")]
    assert select(core, [str(tmp_path)]) == [str(tmp_path / "core")]
    one = f"{tmp_path / 'core' / 'test_x.py'}::test_one"
    assert select(core, [one]) == [one]
    assert select(blender, [one]) == []
    with pytest.raises(FaceShotError, match="No tests at"):
        select(core, [str(tmp_path / "nothing")])
