# SPDX-License-Identifier: GPL-3.0-or-later
"""Making the engine as a job: a thread works, a timer or a loop steps. No Blender in it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.errors import ErrorCode, FaceShotError
from ..core.progress import TimeLeft, cancelled
from .job import State, Status


class EngineMaking:
    """Makes the environment in `directory`; is driven like a `Job`. Its result is {"engine": interpreter}.

    begin: called when it starts. Raises ENGINE_MISSING at once where this FaceShot has no maker, as the extension
    platform's.
    """

    def __init__(
        self, directory: Path, lock: Path, *, extras: Sequence[Path] = (), begin: Callable[[], object] = lambda: None
    ) -> None:
        try:
            from ..core import engine_maker
        except ImportError as error:
            raise FaceShotError(
                ErrorCode.ENGINE_MISSING,
                "This FaceShot, from the extension platform, makes no engine itself.",
                hint="Make one with `python3 build.py engine DIR` of its sources, and point to it in the preferences.",
            ) from error
        self.result: dict[str, Any] | None = None
        self.error: FaceShotError | None = None
        self.report = ""
        self.download_mb = engine_maker.download_mb(torch=bool(extras))
        self._begin = begin
        self._stop = threading.Event()
        self._status = Status(State.WAITING)
        self._left = TimeLeft()

        def work() -> None:
            try:
                python = engine_maker.make_engine(
                    directory, lock=lock, extras=extras, progress=self._note, cancelled=self._stop.is_set
                )
                self.result = {"engine": str(python)}
            except FaceShotError as error:
                self.error = error
            except Exception as error:
                self.error = FaceShotError(ErrorCode.UNEXPECTED, f"The engine could not be made ({error}).")

        self._thread = threading.Thread(target=work, name="FaceShot engine maker", daemon=True)

    @property
    def status(self) -> Status:
        return self._status

    def start(self) -> None:
        if self._status.state is State.WAITING:
            self._status = Status(State.RUNNING, "Looking for a Python")
            self._begin()
            self._thread.start()

    def step(self) -> Status:
        if not self._status.state.ended and self._status.state is not State.WAITING and not self._thread.is_alive():
            state = State.DONE
            if self.error is not None:
                state = State.CANCELLED if self.error.code is ErrorCode.CANCELLED else State.FAILED
            self._status = replace(self._status, state=state)
        return self._status

    def cancel(self) -> None:
        self._stop.set()
        if self._status.state is State.WAITING:
            self.error = cancelled()
            self._status = Status(State.CANCELLED)
        elif not self._status.state.ended:
            self._status = replace(self._status, state=State.CANCELLING)

    def leave_to_engine(self) -> None:
        """Nobody makes the engine once Blender is gone."""

    def close(self) -> None:
        """Stop, and wait until nothing half-made is left."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _note(self, stage: str, done: int, total: int | None) -> None:
        left = self._left.seconds(stage, done, total)
        self._status = replace(self._status, stage=stage, done=done, total=total, seconds_left=left)
