# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators that take long, driven as a window's timer does it: the `bpy` module has no windows."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any


class Window:
    """press(...) starts Animate as its button does; `pump` gives timer events to all that run."""

    def __init__(self, part: Callable[[str], Any], bpy: ModuleType) -> None:
        self.bpy = bpy
        self.stepping = part("faceshot_blender.ops.stepping")
        self.driving = part("faceshot_blender.driving")
        self.queue = part("faceshot_blender.jobs").QUEUE
        self.running: list[Any] = []
        animate = part("faceshot_blender.ops.animate").FACESHOT_OT_animate

        class Pressed(self.stepping.Stepping):
            bl_label = "Animate"
            plan = animate.plan

        self._pressed = Pressed

    @property
    def context(self) -> Any:
        manager = self.bpy.context.window_manager
        stand_in = SimpleNamespace(modal_handler_add=self.running.append, windows=(), faceshot_job=manager.faceshot_job)
        return SimpleNamespace(scene=self.bpy.context.scene, area=None, window=None, window_manager=stand_in)

    def press(self, *, plane: str = "", clip: str = "", folder: str = "") -> Any:
        operator = self._pressed()
        operator.plane, operator.clip, operator.folder = plane, clip, folder
        operator.said, operator.outcome = [], set()
        operator.report = lambda level, words: operator.said.append((*level, words))
        operator.outcome = operator.invoke(self.context, SimpleNamespace(type="LEFTMOUSE"))
        return operator

    def pump(self, until: Callable[[], bool] = lambda: False, *, seconds: float = 60.0) -> None:
        """Until all have ended, those without an operator, too; or until that is true."""
        end = time.monotonic() + seconds
        while (self.running or self.queue.entries) and not until():
            assert time.monotonic() < end, [entry.words for entry in self.queue.entries]
            for operator in list(self.running):
                operator.outcome = operator.modal(self.context, SimpleNamespace(type="TIMER"))
                if operator.outcome != {"PASS_THROUGH"}:
                    self.running.remove(operator)
            self.driving._step()
            time.sleep(0.01)

    def leave(self) -> None:
        """What Blender does to modal operators as it loads a file or closes."""
        for operator in list(self.running):
            operator.cancel(self.context)
        self.running.clear()
