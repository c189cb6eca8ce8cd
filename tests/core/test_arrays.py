# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of arrays: exact, atomic, and nothing that a stranger can put in one runs or fills the memory."""

from __future__ import annotations

import io
import json
import os
import pickle
import stat
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core import arrays as files
from core.errors import ErrorCode, FaceShotError

FORMAT = "faceshot.test"
ARRAYS = hnp.arrays(
    dtype=st.sampled_from([np.dtype(kind) for kind in ("?", "u1", "i4", "i8", "f4", "f8", "U5")]),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5),
    elements=None,
)
# Text from a file is cut at its trailing zeros by NumPy itself
META = st.dictionaries(st.text(max_size=8), st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9)))


def member(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def crafted(path: Path, members: dict[str, bytes], *, format_name: str = FORMAT, version: object = 1) -> Path:
    """A file made by hand, as a stranger would."""
    whole = {
        "format.npy": member(np.array(format_name)),
        "version.npy": member(np.array(version)),
        "meta.npy": member(np.array("{}")),
        **members,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in whole.items():
            archive.writestr(name, data)
    return path


def header(descr: str, shape: str) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode("latin1")


def outcome(path: Path) -> tuple[dict[str, np.ndarray], dict] | ErrorCode:
    try:
        return files.load_npz(path, FORMAT, 1)
    except FaceShotError as error:
        return error.code


def refusal(path: Path) -> FaceShotError:
    with pytest.raises(FaceShotError) as caught:
        files.load_npz(path, FORMAT, 1)
    assert caught.value.code is ErrorCode.INPUT_UNREADABLE
    assert path.name in caught.value.message
    assert caught.value.hint
    return caught.value


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b", "points", "ä"]), ARRAYS, max_size=3), META)
def test_what_is_written_is_read_bit_by_bit(
    tmp_path_factory: pytest.TempPathFactory, given_arrays: dict[str, np.ndarray], meta: dict
) -> None:
    path = tmp_path_factory.mktemp("arrays") / "a file with ümläuts.npz"
    files.save_npz(path, FORMAT, 1, given_arrays, meta)
    arrays, read = files.load_npz(path, FORMAT, 1)
    assert read == meta
    assert set(arrays) == set(given_arrays)
    for name, array in given_arrays.items():
        assert arrays[name].dtype == array.dtype
        assert arrays[name].shape == array.shape
        assert arrays[name].tobytes() == array.tobytes()
        assert arrays[name].flags.writeable


def test_fortran_order_keeps_its_places(tmp_path: Path) -> None:
    array = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    files.save_npz(tmp_path / "f.npz", FORMAT, 1, {"a": array}, {})
    assert (files.load_npz(tmp_path / "f.npz", FORMAT, 1)[0]["a"] == array).all()


def test_objects_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="storable"):
        files.save_npz(tmp_path / "o.npz", FORMAT, 1, {"a": np.array([object()])}, {})
    assert list(tmp_path.iterdir()) == []


class Intruder:
    """When unpickled, makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("name", ["points.npy", "format.npy", "version.npy", "meta.npy", "other.txt"])
def test_a_pickle_inside_is_refused_and_not_run(tmp_path: Path, name: str) -> None:
    trace = tmp_path / "ran"
    evil = np.array([Intruder(trace)], dtype=object)
    # the same bytes do run where pickles are allowed
    np.lib.format.read_array(io.BytesIO(member(evil)), allow_pickle=True)
    assert trace.exists()
    trace.unlink()
    assert "objects" in refusal(crafted(tmp_path / "evil.npz", {name: member(evil)})).message
    assert not trace.exists()


def test_a_bare_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    path = tmp_path / "evil.npz"
    path.write_bytes(pickle.dumps(Intruder(trace)))
    refusal(path)
    refusal(crafted(path, {"points.npy": pickle.dumps(Intruder(trace))}))
    assert not trace.exists()


@pytest.mark.parametrize(
    "descr", ["'|O'", "'O'", "[('a', '<f8')]", "'|S5'", "'<M8[s]'", "'|V8'", "'<c16'", "'nonsense'"]
)
def test_other_kinds_of_values_are_refused(tmp_path: Path, descr: str) -> None:
    refusal(crafted(tmp_path / "kinds.npz", {"a.npy": header(descr, "(1,)") + b"\0" * 16}))


@pytest.mark.parametrize(
    "shape",
    ["(1000000000000,)", "(4294967296, 4294967296)", "(9223372036854775807, 2)", "(2,)", "(-1,)", "(1.5,)", "'x'", "8"],
)
def test_claims_beyond_the_data_are_refused_unread(tmp_path: Path, shape: str) -> None:
    refusal(crafted(tmp_path / "claims.npz", {"a.npy": header("'<f8'", shape) + b"\0" * 8}))


def test_an_archive_that_would_unpack_to_more_than_memory_is_refused_unread(tmp_path: Path) -> None:
    """The directory of a zip says how large its members are; this one says 5 GB."""
    path = crafted(tmp_path / "bomb.npz", {"a.npy": member(np.zeros(4))})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 0xFFFFFFF0)
    second = data.index(b"PK\x01\x02", at + 4)
    struct.pack_into("<I", data, second + 24, 0xFFFFFFF0)
    path.write_bytes(data)
    assert "4 GB" in refusal(path).message


def test_an_archive_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    """A member that unpacks to 64 MB and claims 100 bytes gives no more than it claims."""
    path = crafted(tmp_path / "liar.npz", {"a.npy": member(np.zeros(8_000_000))})
    data = bytearray(path.read_bytes())
    at = data.index(b"a.npy", data.index(b"PK\x01\x02")) - 46
    struct.pack_into("<I", data, at + 24, 100)
    path.write_bytes(data)
    refusal(path)


def test_text_that_is_none_is_refused(tmp_path: Path) -> None:
    wrong = header("'<U2'", "()") + struct.pack("<II", 0x41, 0x110000)
    refusal(crafted(tmp_path / "text.npz", {"names.npy": wrong}))
    refusal(crafted(tmp_path / "text.npz", {"meta.npy": wrong}))


@pytest.mark.parametrize("size", [0, 1, 4, 22, 100])
def test_a_file_cut_short_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "cut.npz"
    files.save_npz(path, FORMAT, 1, {"a": np.arange(100.0)}, {"from": "here"})
    data = path.read_bytes()
    path.write_bytes(data[:size])
    refusal(path)
    path.write_bytes(data[:-size] if size else b"")
    refusal(path)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_right_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("arrays") / "damaged.npz"
    array = np.linspace(0, 1, 50)
    files.save_npz(path, FORMAT, 1, {"a": array}, {"k": 1})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    read = outcome(path)
    if isinstance(read, ErrorCode):
        assert read is ErrorCode.INPUT_UNREADABLE
    else:
        assert read[1] == {"k": 1}
        # a member's name is not covered by its checksum
        assert all((found == array).all() for found in read[0].values())


def test_other_formats_and_versions_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "v.npz"
    assert "faceshot.other" in refusal(crafted(path, {}, format_name="faceshot.other")).message
    assert "2" in refusal(crafted(path, {}, version=2)).message
    for version in (0, -1, "one", np.nan, np.inf, [1, 2]):
        refusal(crafted(path, {}, version=version))


def test_what_lacks_its_head_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plain.npz"
    np.savez(path, points=np.zeros(3))
    refusal(path)
    path.write_text("This is a text.")
    refusal(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    refusal(path)
    for meta in ("[]", "5", "{", "", "[" * 10000):
        refusal(crafted(path, {"meta.npy": member(np.array(meta))}))


def test_no_file_is_said_to_be_missing(tmp_path: Path) -> None:
    for path in (tmp_path / "none.npz", tmp_path):
        with pytest.raises(FaceShotError) as caught:
            files.load_npz(path, FORMAT, 1)
        assert caught.value.code is ErrorCode.INPUT_MISSING


def test_arrays_are_required_by_shape_and_kind(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    arrays = {"a": np.zeros((2, 3)), "bad": np.array([1.0, np.nan]), "words": np.array(["a", "b"])}
    assert files.require_shape(path, arrays, "a", (None, 3)) is arrays["a"]
    assert files.require_shape(path, arrays, "words", (2,), text=True) is arrays["words"]
    wrong: list[tuple[str, tuple, bool]] = [
        ("a", (3, 3), False),
        ("a", (6,), False),
        ("a", (), False),
        ("none", (None,), False),
        ("bad", (2,), False),
        ("words", (2,), False),
        ("a", (2, 3), True),
    ]
    for name, shape, text in wrong:
        with pytest.raises(FaceShotError) as caught:
            files.require_shape(path, arrays, name, shape, text=text)
        assert caught.value.code is ErrorCode.INPUT_UNREADABLE
        assert repr(name) in caught.value.message


@pytest.mark.parametrize("fps", [0.0, -1.0, "fast"])
def test_rates_and_sizes_are_required_to_be_some(tmp_path: Path, fps: object) -> None:
    with pytest.raises(FaceShotError):
        files.require_rate(tmp_path, {"fps": np.array(fps)})
    with pytest.raises(FaceShotError):
        files.require_size(tmp_path, {"size": np.array([640, 0])})
    assert files.require_rate(tmp_path, {"fps": np.array(25)}) == 25.0
    assert files.require_size(tmp_path, {"size": np.array([640, 480])}) == (640, 480)


# Writing


def test_writing_replaces_whole_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "file.json"
    files.write_atomically(path, b"one")
    files.write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
def test_files_have_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        files.write_atomically(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_a_failure_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    files.write_atomically(path, b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(FaceShotError) as caught:
        files.write_atomically(path, b"new")
    assert caught.value.code is ErrorCode.DISK_FULL
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FaceShotError) as caught:
        files.write_atomically(tmp_path / "file" / "below", b"")
    assert caught.value.code is ErrorCode.OUTPUT_UNWRITABLE
    assert "below" in caught.value.message


def test_meta_is_plain_json(tmp_path: Path) -> None:
    files.save_npz(tmp_path / "m.npz", FORMAT, 1, {}, {"a": [1, {"b": None}]})
    with zipfile.ZipFile(tmp_path / "m.npz") as archive:
        text = str(np.lib.format.read_array(io.BytesIO(archive.read("meta.npy"))))
    assert json.loads(text) == {"a": [1, {"b": None}]}
