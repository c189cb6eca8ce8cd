# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetching from a model hub, through huggingface_hub.

The bytes are received by ../fetch.py: huggingface_hub's own downloads begin anew after a run that was killed. A login
is used as it is found (`hf auth login`, HF_TOKEN), for gated repositories alone, and kept nowhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

from ..arrays import unwritable, write_atomically
from ..errors import ErrorCode, FaceShotError
from ..fetch import file_sha256, receive
from ..folder_lock import FolderLock
from ..hub_models import RECORD, Fetched, HubModel, PartState, Record, look, verify
from ..progress import Progress, silent
from .asking import Wanted, elsewhere, library, open_hub, plan, require_access, require_online, told, transport_errors

log = logging.getLogger(__name__)

_BLOCK = 1 << 18
_SPARE = 256 << 20  # bytes that are left free on the disk
_TRIES = 2  # of a file whose content is not what the hub announced
_LONG = 100_000_000  # bytes whose check takes long enough to be told


def fetch_model(
    model: HubModel, folder: Path, *, progress: Progress = silent, note: Callable[[str], object] = log.info
) -> None:
    """Fetch what `folder` lacks of a model, and check every byte; a later call goes on where one was broken off.

    Parts that are complete and were not fetched by us are the user's own, and left as they are. note: told what will be
    loaded, whose it is and under which licence, before it is. Raises OFFLINE, BACKEND_MISSING without huggingface_hub,
    ACCESS_DENIED (with where to accept a licence and how to log in), MODEL_MISSING, MODEL_DAMAGED, DISK_FULL,
    OUTPUT_UNWRITABLE; CANCELLED from `progress`.
    """
    states, record = look(model, folder), Record.read(folder)
    if all(state.state == "present" and _is_current(state) for state in states) and _is_whole(model, folder, progress):
        return
    require_online(model)
    hub = library()
    progress("Asking the hub", 0, None)
    parts = [state.part for state in states if state.state != "present" or state.commit]
    wanted = [file for part in parts for file in plan(hub, part, folder)]
    missing = [file for file in wanted if not _is_kept(file, folder, record)]
    note(words(model, folder, wanted))
    if missing:
        require_access(hub, missing)
        _require_space(folder, missing)
    with FolderLock(folder) as lock:
        # who came before us may have changed it
        _fetch_all(hub, model, wanted, folder, Record.read(folder), lock.watched(progress))


def _is_current(state: PartState) -> bool:
    """Whether a part is the user's own, or was fetched at the commit that is on record here."""
    return state.commit in ("", state.part.revision)


def _is_whole(model: HubModel, folder: Path, progress: Progress) -> bool:
    try:
        verify(model, folder, progress)
    except FaceShotError as error:
        if error.code is ErrorCode.CANCELLED:
            raise
        return False
    return True


def words(model: HubModel, folder: Path, wanted: list[Wanted]) -> str:
    """What will be fetched, for a person to read before it is."""
    lines = [f"{model.title} ({model.name}), into {folder}"]
    record = Record.read(folder)
    for part in model.parts:
        files = [file for file in wanted if file.part is part]
        if not files:
            lines.append(f"  {part.title}: there already, as you put it there.")
            continue
        lines.append(f"  {part.title}: {part.page}, commit {part.revision[:12]}")
        lines.append(
            f"    Licence: {part.licence}, {part.licence_url}{'; accepted on its page' if files[0].login else ''}"
        )
        for file in files:
            here = ", there already" if _is_kept(file, folder, record) else ""
            lines.append(f"    {file.path}, {_mb(file.size)}{here}")
    load = sum(file.size for file in wanted if not _is_kept(file, folder, record))
    lines.append(f"To load: {_mb(load)}. Free: {_mb(shutil.disk_usage(_existing(folder)).free)}.")
    return "\n".join(lines)


def _mb(size: int) -> str:
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size} bytes"


# Loading --------------------------------------------------------------------------------------------------------------


def _require_space(folder: Path, missing: list[Wanted]) -> None:
    needed = sum(file.size - _size(file.beside) for file in missing) + _SPARE
    free = shutil.disk_usage(_existing(folder)).free
    if needed > free:
        raise FaceShotError(
            ErrorCode.DISK_FULL,
            f"{_mb(needed)} have to be free for {folder}; {_mb(free)} are.",
            hint="Free some space, or keep the networks elsewhere (FACESHOT_MODELS).",
        )


def _existing(folder: Path) -> Path:
    folder = folder.absolute()
    return next(place for place in (folder, *folder.parents) if place.exists())


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _is_kept(file: Wanted, folder: Path, record: Record) -> bool:
    """Whether a file was fetched before and looks as it did."""
    known = record.of(folder, file.target)
    return known is not None and known.hub == file.hub and _size(file.target) == known.size


def _fetch_all(
    hub: ModuleType, model: HubModel, wanted: list[Wanted], folder: Path, record: Record, progress: Progress
) -> None:
    total, before = sum(file.size for file in wanted), 0
    for file in wanted:

        def tick(done: int, before: int = before) -> None:
            progress(f"Fetching {model.name}", before + done, total)

        digest = _check_here(file, folder, record, progress) or _fetch_file(hub, model, file, tick, progress)
        fetched = Fetched(
            repository=file.part.repository, commit=file.part.revision, path=file.path, size=file.size, sha256=digest,
            hub=file.hub,
        )  # fmt: skip
        record = record.put(folder, file.target, fetched)
        record.write(folder)
        before += file.size
        tick(file.size, before - file.size)
        with contextlib.suppress(OSError):
            file.beside.unlink(missing_ok=True)
    write_atomically(folder / "LICENCE.txt", _notice(model).encode())


def _check_here(file: Wanted, folder: Path, record: Record, progress: Progress) -> str:
    """The SHA-256 of the file if it is there and right, "" if it is to be fetched. Raises OUTPUT_UNWRITABLE for another
    one that we did not fetch."""
    if not file.target.exists():
        return ""
    digest = _checked(file, file.target, progress)
    if not digest and record.of(folder, file.target) is None:
        raise FaceShotError(
            ErrorCode.OUTPUT_UNWRITABLE,
            f"{file.target} is in the way: it is not the file {file.path} of {file.part.repository}, and FaceShot did "
            "not fetch it.",
            hint="Move it away and run it again.",
        )
    return digest


def _checked(file: Wanted, path: Path, progress: Progress) -> str:
    """The SHA-256 of the file at `path` if it is the one that the hub announced, else ""."""
    if _size(path) != file.size:
        return ""

    def tick(done: int) -> None:
        if file.size >= _LONG:
            progress(f"Checking {Path(file.path).name}", done, file.size)

    digest = file_sha256(path, tick)
    if file.sha256:
        return digest if digest == file.sha256 else ""
    return digest if _git_object(path) == file.blob else ""


def _git_object(path: Path) -> str:
    """The name git gives to a file of some kilobytes: SHA-1 of a header and its bytes."""
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _fetch_file(
    hub: ModuleType, model: HubModel, file: Wanted, tick: Callable[[int], object], progress: Progress
) -> str:
    """Load one file to its place; returns its SHA-256."""
    cached = hub.try_to_load_from_cache(file.part.repository, file.path, revision=file.part.revision)
    readable = isinstance(cached, str) and os.access(cached, os.R_OK)
    sources = [lambda start: _open_here(Path(cached), start)] if readable else []
    sources += [lambda start: open_hub(hub, file, start)] * _TRIES
    for source in sources:
        with told(hub, file.part):
            whole = receive(source, file.beside, file.size, tick=tick, passing=transport_errors(hub))
        digest = _checked(file, file.beside, progress) if whole else ""
        if digest:
            try:
                file.beside.replace(file.target)
            except OSError as error:
                raise unwritable(file.target, error) from error
            return digest
        file.beside.unlink(missing_ok=True)
    raise FaceShotError(
        ErrorCode.MODEL_DAMAGED,
        f"{file.path} of {file.part.repository}: what was sent is not the file that the hub lists (its hash differs). "
        "It was not kept.",
        hint=f"Try again later; or {elsewhere(model)}",
    )


@contextlib.contextmanager
def _open_here(path: Path, start: int) -> Iterator[tuple[bool, Iterator[bytes]]]:
    """A file of huggingface_hub's own cache: what other programs have loaded need not be loaded again."""
    with path.open("rb") as file:
        file.seek(start)
        yield True, iter(lambda: file.read(_BLOCK), b"")


def _notice(model: HubModel) -> str:
    lines = [f"{model.title} ({model.name}). What FaceShot fetched is listed in {RECORD}; it is unchanged."]
    for part in model.parts:
        lines += [part.title, f"  From: {part.page}, commit {part.revision}"]
        lines += [f"  Licence: {part.licence}, {part.licence_url}"]
    return "\n".join(lines) + "\n"
