# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger of a folder: what is ours may be written over, nothing else."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.arrays import save_npz
from core.errors import ErrorCode, FaceShotError
from core.ledger import (
    LEDGER,
    Ledger,
    remove_leftovers,
    require_apart,
    require_outside,
    require_replaceable,
    require_writable,
)


def refuses(call, *arguments) -> str:
    with pytest.raises(FaceShotError) as caught:
        call(*arguments)
    assert caught.value.code is ErrorCode.OUTPUT_UNWRITABLE
    assert caught.value.hint
    return caught.value.message


def link(path: Path, target: Path) -> None:
    try:
        path.symlink_to(target)
    except OSError as error:
        pytest.skip(f"links are not allowed here: {error}")


def made(folder: Path, name: str = "a.txt", data: bytes = b"ours") -> Ledger:
    ledger = Ledger.open(folder)
    ledger.require_free([name])
    ledger.claim([name])
    (folder / name).write_bytes(data)
    ledger.settle([name])
    return Ledger.open(folder)


def test_ours_may_be_written_over_until_it_is_changed(tmp_path):
    made(tmp_path).require_free(["a.txt", "b.txt"])
    (tmp_path / "a.txt").write_bytes(b"ours, corrected")
    assert "changed" in refuses(Ledger.open(tmp_path).require_free, ["a.txt"])


def test_of_others_is_never_ours(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"theirs")
    link(tmp_path / "broken", tmp_path / "nowhere")
    for name in ("a.txt", "broken"):
        assert "was not made" in refuses(Ledger.open(tmp_path).require_free, [name])


def test_a_claim_outlives_its_process(tmp_path):
    ledger = Ledger.open(tmp_path)
    ledger.claim(["a.txt"])
    (tmp_path / "a.txt").write_bytes(b"half-way")
    again = Ledger.open(tmp_path)
    again.require_free(["a.txt"])
    again.settle(["a.txt", "never made"])
    assert set(Ledger.open(tmp_path).files) == {"a.txt"}


def test_only_ours_is_removed(tmp_path):
    ledger = made(tmp_path)
    (tmp_path / "b.txt").write_bytes(b"theirs")
    for name in ("a.txt", "b.txt", "c.txt"):
        ledger.remove(name)
    assert {path.name for path in tmp_path.iterdir()} == {"b.txt", LEDGER}


@given(
    st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ).map(lambda data: json.dumps(data).encode()),
        st.just(b"[" * 100_000),
        st.just(json.dumps({"format": "faceshot.folder", "version": 1, "files": ["a.txt"]}).encode()),
        st.just(json.dumps({"format": "faceshot.folder", "version": 2, "files": {"a.txt": ""}}).encode()),
    )
)
def test_a_damaged_ledger_owns_nothing(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("folder")
    (folder / LEDGER).write_bytes(data)
    (folder / "a.txt").write_bytes(b"theirs")
    ledger = Ledger.open(folder)
    assert not ledger.files
    refuses(ledger.require_free, ["a.txt"])


def test_writable_or_not_is_known_without_making_anything(tmp_path):
    require_writable(tmp_path / "not" / "yet" / "there")
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_bytes(b"")
    for place in (tmp_path / "file", tmp_path / "file" / "further"):
        assert str(place) in refuses(require_writable, place)


def test_an_output_is_no_input_by_whatever_name(tmp_path, monkeypatch):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"clip")
    link(tmp_path / "link.mp4", clip)
    (tmp_path / "twin.mp4").hardlink_to(clip)
    monkeypatch.chdir(tmp_path)
    for name in (
        clip,
        Path("clip.mp4"),
        tmp_path / "link.mp4",
        tmp_path / "twin.mp4",
        tmp_path / "x" / ".." / "clip.mp4",
    ):
        assert "the clip itself" in refuses(require_apart, [name], {"clip": clip})
    require_apart([tmp_path / "clip.mov"], {"clip": clip})


def test_frames_are_not_written_over_their_source(tmp_path):
    folder = tmp_path / "proxy"
    folder.mkdir()
    for name in ("000001.png", "hero.png"):
        (folder / name).write_bytes(b"")
    for source in (folder, folder / "000001.png", folder / "######.png", folder / "%06d.png"):
        refuses(require_outside, folder, {"clip": source})
    for source in (folder / "hero.png", tmp_path / "000001.png", tmp_path / "gone" / "000001.png"):
        require_outside(folder, {"picture": source})


def test_only_a_file_of_its_kind_is_replaced(tmp_path):
    motion, card = tmp_path / "a.motion.npz", tmp_path / "a.character.json"
    for path, suffix in ((motion, ".motion.npz"), (card, ".character.json")):
        require_replaceable(path, suffix)
        path.write_bytes(b"a clip, say")
        assert f"no {suffix} file" in refuses(require_replaceable, path, suffix)
        assert path.read_bytes() == b"a clip, say"
    save_npz(motion, "faceshot.motion", 1, {"time": np.zeros(3)}, {})
    require_replaceable(motion, ".motion.npz")
    card.write_text('{"format": "faceshot.character"}')
    require_replaceable(card, ".character.json")
    assert "is a folder" in refuses(require_replaceable, tmp_path, ".motion.npz")
    np.savez(tmp_path / "own.npz", a=np.zeros(3))
    refuses(require_replaceable, tmp_path / "own.npz", ".motion.npz")


def test_leftovers_go_and_what_is_being_written_stays(tmp_path):
    now = time.time()
    names = {".a.png.x1.part": -60, ".b.png.x2.part": +5, "c.part": -60, ".d.png": -60}
    for name, age in names.items():
        (tmp_path / name).write_bytes(b"half")
        os.utime(tmp_path / name, (now + age, now + age))
    remove_leftovers(tmp_path, before=now)
    assert {path.name for path in tmp_path.iterdir()} == set(names) - {".a.png.x1.part"}
    remove_leftovers(tmp_path / "gone", before=now)
