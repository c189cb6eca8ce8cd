# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of frames: 000001.png ... and render.json, made by a backend or taken from the frame store."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..cache import FrameStore, content_key
from ..character import Character
from ..errors import ErrorCode, FaceShotError
from ..landmarks import LandmarkSequence
from ..picture import Picture, encode_png
from ..progress import Progress, silent
from ..timing import check_hold
from .base import Backend, Work, load_backend, unheard
from .record import Record, frame_name
from .sampling import suited_sampling

log = logging.getLogger(__name__)

STAGE = "Rendering"
_ENCODERS = 2
_LARGE = 12_000_000  # values in a frame: four megapixels in colour
_WAITING = 4  # frames held in memory while they wait for an encoder


@dataclass(frozen=True, kw_only=True)
class RenderResult:
    """folder with the frames · count of frames asked for · from_cache: how many of them were not made anew ·
    seconds it took · sampling that was used, where the backend has one."""

    folder: Path
    count: int
    from_cache: int
    seconds: float
    sampling: str | None = None


def render_frames(
    picture: Picture,
    character: Character,
    landmarks: LandmarkSequence,
    folder: Path,
    *,
    backend: str = "proxy",
    frames: range | None = None,
    settings: Mapping[str, Any] | None = None,
    hold: int = 1,
    store: FrameStore | None = None,
    progress: Progress = silent,
    saved: Callable[[Path], object] | None = None,
    note: Callable[[str], object] = unheard,
    warn: Callable[[str], object] = unheard,
) -> RenderResult:
    """Write `folder`/000001.png ... and render.json.

    frames: the numbers wanted, counted from 1 (default: all). hold: for how many frames a drawing is held, counted
    from the first: with 2, frame 2 shows what frame 1 does. Equal frames are made once. Frames that `store` holds are
    copied out of it, new ones are added to it. A frame in the folder is replaced only when an earlier render wrote it
    and nobody has changed it since; frames of an earlier, longer render are removed. Of a part of the frames the record
    keeps what it said of the others. `progress` may stop it: whole
    frames stay. `saved` is called with the path of each frame as it is there.
    Raises OUTPUT_UNWRITABLE for a folder with files of somebody else under these names, DISK_FULL, USAGE,
    BACKEND_MISSING, and what the backend raises.
    """
    started = time.monotonic()
    folder = Path(folder)
    maker = load_backend(backend)
    chosen = maker.settings(settings or {})
    numbers = range(1, len(landmarks) + 1) if frames is None else frames
    _check(picture, character, landmarks, numbers)
    shown = held(numbers, hold)
    part = None if len(numbers) == len(landmarks) else range(min(shown.values()), max(shown.values()) + 1)
    work = Work(progress, note, warn, None if store is None else store.folder.parent, part)
    if chosen.get("sampling") == "auto":
        chosen["sampling"] = suited_sampling(picture)
    if part is not None and hasattr(maker, "joined"):
        chosen = maker.joined(picture, character, landmarks, chosen, work)
    keys = _keys(maker, picture, character, landmarks, chosen, shown)

    record = Record.open(folder)
    record.begin(numbers, part=part is not None)
    job = _Job(folder, record, store, saved, progress, total=len(numbers))
    try:
        missing = job.from_store(numbers, keys)
        alike = _alike(missing, keys)
        pixels = maker.render(picture, character, landmarks, [shown[first] for first in alike], chosen, work)
        job.make(alike, keys, pixels)
    except BaseException:
        # What was written is written; say so, whatever stopped it.
        with contextlib.suppress(FaceShotError):
            record.write(complete=False)
        raise
    seconds = time.monotonic() - started
    record.remove_beyond(len(landmarks))
    facts = {
        "backend": {"name": maker.name, "version": maker.version, "licence": maker.licence},
        "settings": chosen,
        "hold": hold,
        "picture": {"path": str(picture.path or character.picture), "sha256": _picture_hash(picture)},
        "landmarks": {"frames": len(landmarks), "fps": float(landmarks.fps)},
        "size": list(picture.size),
        "count": len(numbers),
        "from_cache": job.from_cache,
        "seconds": round(seconds, 3),
    }
    record.end(numbers, facts, part=part is not None)
    sampling = chosen.get("sampling")
    return RenderResult(
        folder=folder, count=len(numbers), from_cache=job.from_cache, seconds=seconds, sampling=sampling
    )


class _Job:
    """The frames of one call on their way to the folder."""

    def __init__(
        self,
        folder: Path,
        record: Record,
        store: FrameStore | None,
        saved: Callable[[Path], object] | None,
        progress: Progress,
        *,
        total: int,
    ) -> None:
        self.folder, self.record, self.store, self.saved = folder, record, store, saved
        self.progress, self.total = progress, total
        self.done = self.from_cache = 0
        progress(STAGE, 0, total)

    def from_store(self, numbers: range, keys: Mapping[int, str]) -> list[int]:
        """Copy out what the store has; the numbers of the rest."""
        missing = []
        for number in numbers:
            data = None if self.store is None else self.store.get(keys[number])
            if data is None:
                missing.append(number)
                continue
            self.from_cache += 1
            self._finish(number, self.record.place(number, data))
        return missing

    def make(self, alike: Mapping[int, list[int]], keys: Mapping[int, str], pixels: Iterator[np.ndarray]) -> None:
        """Encode and write what the backend makes, for all the numbers that show it, while it makes the next ones."""
        waiting: deque[tuple[int, Future[str]]] = deque()
        with ThreadPoolExecutor(_ENCODERS, thread_name_prefix="encode") as pool:
            try:
                for (first, numbers), image in zip(alike.items(), pixels, strict=True):
                    waiting.append((first, pool.submit(self._write, numbers, keys[first], image)))
                    while waiting and (len(waiting) >= _WAITING or waiting[0][1].done()):
                        self._finish_all(alike, *waiting.popleft())
                while waiting:
                    self._finish_all(alike, *waiting.popleft())
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                for first, future in waiting:
                    if not future.cancelled() and future.exception() is None:
                        for number in alike[first]:
                            self.record.note(number, future.result())
                raise

    def _write(self, numbers: list[int], key: str, image: np.ndarray) -> str:
        # Packing tightly takes longer than drawing where frames are large.
        data = encode_png(image, compression=1) if image.size > _LARGE else encode_png(image)
        # Copies, not links: whoever paints on one frame must not change the others.
        digest = ""
        for number in numbers:
            digest = self.record.place(number, data)
        if self.store is not None:
            try:
                self.store.put(key, data)
            except FaceShotError as error:
                log.warning("The frame cache is left aside: %s", error)
                self.store = None
        return digest

    def _finish_all(self, alike: Mapping[int, list[int]], first: int, future: Future[str]) -> None:
        digest = future.result()
        for number in alike[first]:
            self._finish(number, digest)

    def _finish(self, number: int, digest: str) -> None:
        self.record.note(number, digest)
        self.done += 1
        if self.saved is not None:
            self.saved(self.folder / frame_name(number))
        self.progress(STAGE, self.done, self.total)


def _check(picture: Picture, character: Character, landmarks: LandmarkSequence, numbers: range) -> None:
    for what, size in (("character", character.size), ("landmarks", landmarks.size)):
        if tuple(size) != tuple(picture.size):
            raise FaceShotError(
                ErrorCode.USAGE,
                f"The {what}: made for a picture of {size[0]} x {size[1]} px; this one has "
                f"{picture.size[0]} x {picture.size[1]}.",
                hint="Match and retarget with this picture.",
            )
    if not len(landmarks):
        raise FaceShotError(ErrorCode.USAGE, "The landmarks have no frames.", hint="Track a clip with a face in it.")
    if not len(numbers) or numbers.step != 1 or numbers.start < 1 or numbers.stop > len(landmarks) + 1:
        raise FaceShotError(
            ErrorCode.USAGE,
            f"Frames {numbers.start}-{numbers.stop - 1} were asked for; there are 1-{len(landmarks)}.",
            hint="Choose frames within them.",
        )


def held(numbers: range, hold: int) -> dict[int, int]:
    """The frame (0-based) that each of the numbers (from 1) shows when drawings are held. Raises USAGE.

    >>> held(range(1, 6), 2)
    {1: 0, 2: 0, 3: 2, 4: 2, 5: 4}
    """
    check_hold(hold)
    return {number: number - 1 - (number - 1) % hold for number in numbers}


def _alike(numbers: list[int], keys: Mapping[int, str]) -> dict[int, list[int]]:
    """The numbers in groups that have the same key, by the first of each."""
    groups: dict[str, list[int]] = {}
    for number in numbers:
        groups.setdefault(keys[number], []).append(number)
    return {group[0]: group for group in groups.values()}


def _picture_hash(picture: Picture) -> str:
    return content_key(pixels=picture.pixels)


def _code_version() -> str:
    """A hash of the code that decides what a frame looks like: an edited renderer never finds stale frames."""
    root = Path(__file__).resolve().parent
    sources = [path for folder in (root, root / "mofa", root.parent / "layers") for path in sorted(folder.glob("*.py"))]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()


def _keys(
    maker: Backend,
    picture: Picture,
    character: Character,
    landmarks: LandmarkSequence,
    settings: Mapping[str, Any],
    shown: Mapping[int, int],
) -> dict[int, str]:
    common = content_key(
        code=_code_version(),
        backend=[maker.name, maker.version],
        settings=dict(settings),
        picture=_picture_hash(picture),
        points=np.asarray(character.points, np.float64),
        iris=[] if character.iris is None else np.asarray(character.iris, np.float64),
        present=sorted(character.present),
    )
    keys = {}
    for number, frame in shown.items():
        seen = maker.context(frame, len(landmarks))
        window = slice(seen.start, seen.stop)
        keys[number] = content_key(
            common=common,
            place=frame - seen.start,
            points=np.asarray(landmarks.points[window], np.float64),
            iris=[] if landmarks.iris is None else np.asarray(landmarks.iris[window], np.float64),
        )
    return keys
