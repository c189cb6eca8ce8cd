# SPDX-License-Identifier: GPL-3.0-or-later
"""For tours in Blender's window: a hand on the mouse, an eye on the screen, patience. Needs xdotool and imagemagick.

A tour is a generator that is stepped by a timer. It yields a number of seconds, or a `Wait`; the helpers here that are
generators themselves are called with `yield from`. What a button is, Blender tells: the mouse is moved over it, and the
button under the mouse is asked for its operator or property.
"""

from __future__ import annotations

import contextlib
import faulthandler
import functools
import importlib
import json
import re
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

TICK = 0.05
LONGEST = 480  # seconds for a whole tour
ROW = 14  # between two looks for a button: less than a button's height at a scale of 1


@dataclass(frozen=True)
class Wait:
    """Until `ready()` is true; after `seconds` the tour has failed."""

    ready: Callable[[], Any]
    what: str
    seconds: float = 60


@dataclass(frozen=True)
class Place:
    """A region of a window's area, and its corners on the screen."""

    window: Any
    area: Any
    region: Any

    def override(self) -> Any:
        return bpy.context.temp_override(window=self.window, area=self.area, region=self.region)

    def on_screen(self, x: float, y: float) -> tuple[int, int]:
        """Where a point of the region is on the screen; y counts from the region's top."""
        across, up = self.window.x + self.region.x + x, self.window.y + self.region.y + self.region.height - y
        return round(across), round(screen_size()[1] - up)


def xdotool(*words: object) -> None:
    subprocess.run(["xdotool", *map(str, words)], check=True, timeout=30)


@functools.cache
def screen_size() -> tuple[int, int]:
    done = subprocess.run(["xdotool", "getdisplaygeometry"], check=True, timeout=30, capture_output=True, text=True)
    width, height = map(int, done.stdout.split())
    return width, height


def place(area_type: str, region_type: str, *, window: int = 0) -> Place:
    """The largest area of that type in the window of that number."""
    window = bpy.context.window_manager.windows[window]
    areas = [area for area in window.screen.areas if area.type == area_type]
    area = max(areas, key=lambda area: area.width * area.height)
    return Place(window, area, next(region for region in area.regions if region.type == region_type))


def under_mouse(where: Place) -> str:
    """The operator call or the property that the button under the mouse stands for; empty where there is none."""
    manager = bpy.context.window_manager
    with where.override():
        for copy, options in ((bpy.ops.ui.copy_python_command_button, {}), (bpy.ops.ui.copy_data_path_button, {})):
            if copy.poll():
                manager.clipboard = ""
                copy(**options)
                if manager.clipboard:
                    return manager.clipboard
    return ""


def hover(where: Place, x: float, y: float) -> Iterator[Any]:
    """Move the mouse, and let Blender see it."""
    column, row = where.on_screen(x, y)
    xdotool("mousemove", column - 1, row, "mousemove", column, row)
    yield TICK
    yield TICK


def find_button(where: Place, wanted: str, *, columns: tuple[float, ...] = (0.3, 0.7), rounds: int = 3) -> Any:
    """Look for a button by its operator or property, top to bottom, scrolling down; returns where it is.

    Raises LookupError with all that was found instead.
    """
    seen: list[str] = []
    for number in range(rounds):
        for column in columns:
            for y in range(ROW, where.region.height - 4, ROW):
                yield from hover(where, where.region.width * column, y)
                found = under_mouse(where)
                if found and found not in seen:
                    seen.append(found)
                if wanted in found:
                    return where.region.width * column, y + 3
        if number < rounds - 1:
            xdotool("click", "--repeat", 5, 5)
            yield 0.5
    raise LookupError(f"no button {wanted}: {seen}")


def press(where: Place, wanted: str, **options: Any) -> Iterator[Any]:
    """Click on the button with the real mouse."""
    x, y = yield from find_button(where, wanted, **options)
    yield from click(where, x, y)


def click(where: Place, x: float, y: float) -> Iterator[Any]:
    yield from hover(where, x, y)
    yield 0.3
    xdotool("mousedown", 1)
    yield 0.2
    xdotool("mouseup", 1)
    yield 0.3


def open_tab() -> Iterator[Any]:
    """The FaceShot tab in the sidebar of the 3D viewport."""
    area = place("VIEW_3D", "WINDOW").area
    area.spaces.active.show_region_ui = True
    yield Wait(lambda: place("VIEW_3D", "UI").region.width > 50, "the sidebar")
    yield 0.5
    place("VIEW_3D", "UI").region.active_panel_category = "FaceShot"
    area.tag_redraw()
    yield Wait(lambda: place("VIEW_3D", "UI").region.active_panel_category == "FaceShot", "the tab")
    yield Wait(lambda: module("readiness").known() is not None, "a look at what is there")
    yield 0.7


def choose_file(path: Path, ready: Callable[[], Any], *, shoot: Callable[[], Any] = lambda: None) -> Iterator[Any]:
    """In the file browser's window that has just opened: the path typed in, and its button pressed."""
    yield Wait(lambda: len(bpy.context.window_manager.windows) == 2, "the file browser")
    yield Wait(lambda: place("FILE_BROWSER", "WINDOW", window=1).area.spaces.active.params, "the list of files")
    browser = place("FILE_BROWSER", "EXECUTE", window=1)
    params = browser.area.spaces.active.params
    params.directory = str(path.parent).encode()
    yield 0.7
    params.filename = path.name
    browser.area.tag_redraw()
    yield 0.7
    shoot()
    yield from press(browser, "file.execute", columns=(0.95, 0.9, 0.85))
    yield Wait(ready, f"what becomes of {path.name}")
    yield 0.7


def drag(source: Place, start: tuple, target: Place, end: tuple, stage: Any) -> Iterator[Any]:
    """Mouse down at a point of one region, moved to a point of another in steps, and let go there."""
    yield from hover(source, *start)
    yield 0.3
    xdotool("mousedown", 1)
    yield 0.2
    (x, y), (to_x, to_y) = source.on_screen(*start), target.on_screen(*end)
    for step in range(1, 13):
        xdotool("mousemove", round(x + (to_x - x) * step / 12), round(y + (to_y - y) * step / 12))
        yield TICK
    yield 0.4
    stage.shoot("dragging")
    xdotool("mouseup", 1)
    yield 0.4


def key(where: Place, name: str) -> Iterator[Any]:
    """Press a key with the mouse in the middle of the region."""
    yield from hover(where, where.region.width / 2, where.region.height / 2)
    yield 0.2
    xdotool("key", name)
    yield 0.3


def module(name: str) -> Any:
    """A module of the extension's, wherever it is installed."""
    root = next((path for path in sys.modules if path.endswith(".faceshot_blender")), None)
    if root is None:
        raise LookupError("the extension is not enabled")
    return importlib.import_module(f"{root}.{name}")


def jobs_done() -> bool:
    return not module("jobs").QUEUE.entries


def choose(plane: str, clip: str) -> Any:
    """The scene's choices, with that plane and clip."""
    choices = bpy.context.scene.faceshot_choices
    choices.plane, choices.clip = bpy.data.objects[plane], clip
    return choices


def animate() -> list[str]:
    """Start the job as the button does; what the operator says."""
    with place("VIEW_3D", "WINDOW").override():
        return sorted(bpy.ops.faceshot.animate("INVOKE_DEFAULT"))


def begun(stage: str, seconds: float = 100) -> Wait:
    """Until the job that runs is in that stage of its work, or has ended."""
    return Wait(lambda: jobs_done() or module("jobs").QUEUE.first.words.startswith(stage), stage, seconds)


def undo() -> None:
    with place("VIEW_3D", "WINDOW").override():
        bpy.ops.ed.undo()


def redo() -> None:
    with place("VIEW_3D", "WINDOW").override():
        bpy.ops.ed.redo()


def sequences() -> list[str]:
    """Images that stand for frames."""
    return sorted(image.name for image in bpy.data.images if image.source == "SEQUENCE")


class Stage:
    """Runs a tour, takes pictures, and writes what was seen into `folder/report.json`; then Blender quits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: dict[str, Any] = {"error": "", "pictures": []}
        faulthandler.dump_traceback_later(LONGEST, exit=True)  # a window that hangs says where
        bpy.context.preferences.view.show_splash = False
        bpy.context.preferences.use_preferences_save = False

    def shoot(self, name: str) -> None:
        """A picture of the whole screen."""
        path = self.folder / f"{len(self.seen['pictures']) + 1:02d} {name}.png"
        subprocess.run(["import", "-window", "root", str(path)], check=False, timeout=30)
        self.seen["pictures"].append(path.name)

    def watch(self, what: str, seconds: float) -> Iterator[Any]:
        """Until all jobs are done: the names of their stages, and a picture half-way. A failure ends the tour."""
        yield Wait(lambda: not jobs_done() or module("jobs").QUEUE.failure, f"the start of {what}", 30)
        names: list[str] = self.seen.setdefault("stages", {}).setdefault(what, [])
        queue, shot, begun = module("jobs").QUEUE, False, time.monotonic()
        while not jobs_done():
            name = re.match(r"[^\d,]*", queue.first.words)[0].strip()
            if name not in names:
                names.append(name)
            if not shot and queue.first.fraction > 0.3:
                shot = True
                self.shoot(f"{what}, at work")
            if time.monotonic() - begun > seconds:
                raise TimeoutError(f"{what} takes too long: {queue.first.words}")
            yield TICK
        self.seen.setdefault("seconds", {})[what] = round(time.monotonic() - begun, 1)
        if queue.failure is not None:
            report = queue.failure.report
            raise RuntimeError(f"{what}: {report[:400]}\n...\n{report[400:][-2000:]}")
        yield 0.7

    def run(self, tour: Iterator[Any]) -> None:
        waiting: list[tuple[Wait, float]] = []

        def step() -> float | None:
            try:
                if waiting:
                    wait, end = waiting[0]
                    if not wait.ready():
                        if time.monotonic() > end:
                            raise TimeoutError(f"in vain: {wait.what}")
                        return TICK
                    waiting.clear()
                found = next(tour)
                if isinstance(found, Wait):
                    waiting.append((found, time.monotonic() + found.seconds))
                    return TICK
                return found
            except StopIteration:
                pass
            except BaseException:
                self.seen["error"] = traceback.format_exc()
                with contextlib.suppress(Exception):
                    self.shoot("failed")
            (self.folder / "report.json").write_text(json.dumps(self.seen, indent=1))
            bpy.ops.wm.quit_blender()
            return None

        bpy.app.timers.register(step, first_interval=0.5, persistent=True)
