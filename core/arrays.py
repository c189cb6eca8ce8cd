# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing `.npz` files of ours: no pickles, versioned, every size known before a byte of data is read."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .errors import ErrorCode, FaceShotError

MAX_BYTES = 4 << 30
_KINDS = "biufU"


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to a temporary file beside `path`, then rename: a reader sees the old file or the whole new one.

    Raises OUTPUT_UNWRITABLE or DISK_FULL.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        Path(temporary).unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> FaceShotError:
    """The error to raise when `path` could not be written because of `error`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FaceShotError(
            ErrorCode.DISK_FULL, f"The disk is full; could not write {path}.", hint="Free some space and run it again."
        )
    return FaceShotError(
        ErrorCode.OUTPUT_UNWRITABLE,
        f"Cannot write {path} ({error.strerror or error}).",
        hint="Choose another output folder, or make this one writable.",
    )


def save_npz(path: Path, format_name: str, version: int, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
    """Write `arrays` (no object dtypes) and the JSON-able `meta` as format `format_name`, atomically."""
    buffer = io.BytesIO()
    header = {"format": np.array(format_name), "version": np.array(version), "meta": np.array(json.dumps(dict(meta)))}
    for name, array in arrays.items():
        if array.dtype.kind not in _KINDS:
            raise TypeError(f"{name}: dtype {array.dtype} is not storable")
    members: dict[str, Any] = {**header, **arrays}
    np.savez_compressed(buffer, **members)
    write_atomically(Path(path), buffer.getvalue())


def load_npz(path: Path, format_name: str, newest_version: int) -> tuple[dict[str, np.ndarray], dict]:
    """Read a file of `save_npz`; returns (arrays, meta).

    Headers are checked before data is read: no object arrays, no more than MAX_BYTES in all, nothing that
    claims to be larger than it is. Raises INPUT_MISSING or INPUT_UNREADABLE.
    """
    path = Path(path)
    if not path.is_file():
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"No file at {path}.", hint="Check the path.")
    try:
        arrays = _read_members(path)
        found = str(arrays.pop("format"))
        version = int(arrays.pop("version"))
        meta = json.loads(str(arrays.pop("meta")))
    except (
        OSError,
        zipfile.BadZipFile,
        ValueError,
        KeyError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        TypeError,
    ) as error:
        raise _unreadable(path, f"it is damaged or no {format_name} file ({error})") from error
    except Exception as error:  # zlib.error and lzma.LZMAError have no common base
        raise _unreadable(path, f"it is damaged ({error})") from error
    if found != format_name:
        raise _unreadable(path, f"it holds {found!r}, not {format_name!r}")
    if not 1 <= version <= newest_version:
        raise _unreadable(path, f"its version is {version}; this FaceShot reads up to {newest_version}")
    if not isinstance(meta, dict):
        raise _unreadable(path, "its meta is not an object")
    return arrays, meta


def require_shape(
    path: Path, arrays: Mapping[str, np.ndarray], name: str, shape: tuple[int | None, ...], *, text: bool = False
) -> np.ndarray:
    """`arrays[name]`: its shape must equal `shape` (None: any length), its values be finite numbers, or `text`.

    Raises INPUT_UNREADABLE.
    """
    if name not in arrays:
        raise _unreadable(path, f"the array {name!r} is missing")
    array = arrays[name]
    if array.ndim != len(shape) or any(
        want is not None and want != have for want, have in zip(shape, array.shape, strict=True)
    ):
        raise _unreadable(path, f"the array {name!r} has shape {array.shape}, not {shape}")
    if (array.dtype.kind == "U") != text:
        raise _unreadable(path, f"the array {name!r} holds {array.dtype}, not {'text' if text else 'numbers'}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise _unreadable(path, f"the array {name!r} holds values that are not finite")
    return array


def require_rate(path: Path, arrays: Mapping[str, np.ndarray]) -> float:
    """The array "fps", a number above 0. Raises INPUT_UNREADABLE."""
    fps = float(require_shape(path, arrays, "fps", ()))
    if not fps > 0:
        raise _unreadable(path, f"its rate is {fps:g} frames a second")
    return fps


def require_size(path: Path, arrays: Mapping[str, np.ndarray]) -> tuple[int, int]:
    """The array "size", (width, height) above 0. Raises INPUT_UNREADABLE."""
    width, height = (int(length) for length in require_shape(path, arrays, "size", (2,)))
    if not (width > 0 and height > 0):
        raise _unreadable(path, f"its canvas is {width} x {height}")
    return width, height


def _read_members(path: Path) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        if sum(info.file_size for info in infos) > MAX_BYTES:
            raise ValueError("it claims to be larger than 4 GB")
        for info in infos:
            with archive.open(info) as member:
                version = np.lib.format.read_magic(member)
                if version not in ((1, 0), (2, 0)):
                    raise ValueError("unknown array header")
                read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
                shape, fortran, dtype = read(member)
                if dtype.kind not in _KINDS:
                    raise ValueError(f"{info.filename} holds objects")
                # Python integers: np.prod of a hostile shape would wrap around
                size = dtype.itemsize
                for length in shape:
                    size *= length
                if size > info.file_size:
                    raise ValueError(f"{info.filename} is shorter than it claims")
                data = member.read(size)
                if len(data) != size:
                    raise ValueError(f"{info.filename} is cut short")
            if dtype.kind == "U":
                _check_text(info.filename, data, dtype)
            array = np.frombuffer(data, dtype=dtype).reshape(shape, order="F" if fortran else "C").copy()
            arrays[info.filename.removesuffix(".npy")] = array
    return arrays


def _check_text(name: str, data: bytes, dtype: np.dtype) -> None:
    # NumPy makes strings of whatever is there, and fails later, elsewhere
    codes = np.frombuffer(data, dtype=np.dtype(np.uint32).newbyteorder(dtype.byteorder))
    if codes.size and codes.max() > sys.maxunicode:
        raise ValueError(f"{name} holds no text")


def _unreadable(path: Path, why: str) -> FaceShotError:
    return FaceShotError(
        ErrorCode.INPUT_UNREADABLE,
        f"Cannot read {path}: {why}.",
        hint="Make the file again with this version of FaceShot.",
    )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
