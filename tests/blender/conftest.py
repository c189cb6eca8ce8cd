# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests inside the `bpy` module: the checkout is linked as an extension into throw-away user folders and enabled."""

from __future__ import annotations

import atexit
import colorsys
import importlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import wave
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

REPO_ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "bl_ext.user_default.faceshot"
HAS_BPY = importlib.util.find_spec("bpy") is not None

if HAS_BPY and "bpy" not in sys.modules:
    # Read once, when bpy is imported: so it stands here and not in a fixture.
    HOME = Path(tempfile.mkdtemp(prefix="faceshot-blender-home-"))
    atexit.register(shutil.rmtree, HOME, ignore_errors=True)
    os.environ["BLENDER_USER_RESOURCES"] = str(HOME)
    extensions = HOME / "extensions" / "user_default"
    extensions.mkdir(parents=True)
    (extensions / "faceshot").symlink_to(REPO_ROOT, target_is_directory=True)

_status = [0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not HAS_BPY:
        skip = pytest.mark.skip(reason="needs the bpy module: run in .venv-blender (build.py test does)")
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(skip)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    _status[0] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave at once: a bpy that has loaded movies or sounds may wait for ever at the interpreter's exit."""
    if "bpy" in sys.modules:
        shutil.rmtree(os.environ["BLENDER_USER_RESOURCES"], ignore_errors=True)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_status[0])


@pytest.fixture(scope="session")
def extension() -> ModuleType:
    """The enabled extension's root module."""
    import bpy  # noqa: F401 - gives the path to addon_utils
    import addon_utils  # isort: skip

    module = addon_utils.enable(PACKAGE, default_set=True)
    assert module is not None
    return module


@pytest.fixture
def empty(extension: ModuleType) -> ModuleType:
    """`bpy` with an empty, unsaved file and the extension enabled."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return bpy


@pytest.fixture(scope="session")
def part(extension: ModuleType):
    """A module of the extension by its name below the root: part("faceshot_blender.scene.plane")."""
    return lambda name: importlib.import_module(f"{PACKAGE}.{name}")


def colour(number: int) -> tuple[float, float, float]:
    """What frame `number` of a made-up take is filled with: told from its neighbours at a glance."""
    return colorsys.hsv_to_rgb(number * 0.381966 % 1, 0.8, 0.4 + 0.5 * (number % 2))


@pytest.fixture
def frame_colour() -> Callable[[int], tuple[float, float, float]]:
    return colour


@pytest.fixture
def render(empty: ModuleType, tmp_path: Path) -> Callable[..., Any]:
    """render(scene, frame) -> (H, W, 3) display colours 0..1, by Workbench: flat, textured, as stored."""

    def render(scene, frame: int):
        import numpy as np

        scene.render.engine = "BLENDER_WORKBENCH"
        scene.display.shading.light = "FLAT"
        scene.display.shading.color_type = "TEXTURE"
        scene.display.render_aa = "OFF"
        scene.view_settings.view_transform = "Standard"
        scene.render.resolution_x, scene.render.resolution_y = 64, 48
        scene.render.resolution_percentage = 100
        scene.render.image_settings.file_format = "PNG"
        scene.render.image_settings.color_mode = "RGB"
        scene.render.filepath = str(tmp_path / "render.png")
        empty.context.window.scene = scene  # the sequencer of another scene than the window's renders black
        scene.frame_set(frame)
        empty.ops.render.render(write_still=True, scene=scene.name)
        image = empty.data.images.load(scene.render.filepath)
        values = np.empty(64 * 48 * 4, np.float32)
        image.pixels.foreach_get(values)
        empty.data.images.remove(image)
        return np.flipud(values.reshape(48, 64, 4)[..., :3])

    return render


@pytest.fixture
def picture(part, tmp_path: Path) -> Path:
    """A grey picture of 64 x 48 pixels, half of it see-through."""
    import numpy as np

    pixels = np.full((48, 64, 4), 128, np.uint8)
    pixels[:, :32, 3] = 0
    path = tmp_path / "Käte mit Hut.png"
    path.write_bytes(part("faceshot_blender.scene.pixels").png_bytes(pixels))
    return path


@pytest.fixture
def card(part, picture: Path) -> Path:
    """The card of the picture, beside it."""
    import numpy as np

    character = part("core.character")
    path = picture.with_name("Käte mit Hut.character.json")
    points = np.stack([10 + 0.5 * np.arange(68), 20 + np.arange(68) % 9], axis=-1)
    character.Character(
        points=points, size=(64, 48), picture=picture.name, picture_hash=character.file_hash(picture)
    ).save(path)
    return path


@pytest.fixture
def face(part):
    """A character of the picture; face(5) has its first point at (5, 5)."""
    character, landmarks = part("core.character"), part("core.landmarks")

    def make(first=5.0, **more):
        places = landmarks.template_in_box((8, 6, 40, 36))
        places[0] = first
        return character.Character(points=places, size=(64, 48), **more)

    return make


@pytest.fixture
def make_take(part, picture: Path, tmp_path: Path) -> Callable[..., Path]:
    """Writes a result folder as `animate` leaves it: flat coloured frames, a sound, a card."""

    def make(name: str = "Auftritt 1", *, count: int = 12, fps: float = 24.0, sound: bool = True) -> Path:
        import numpy as np

        folder = tmp_path / name
        (folder / "proxy").mkdir(parents=True)
        for number in range(1, count + 1):
            pixels = np.empty((48, 64, 3), np.uint8)
            pixels[:] = np.rint(np.array(colour(number)) * 255)
            data = part("faceshot_blender.scene.pixels").png_bytes(pixels)
            (folder / "proxy" / f"{number:06d}.png").write_bytes(data)
        if sound:
            with wave.open(str(folder / "sound.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(8000)
                file.writeframes(bytes(2 * round(8000 * count / fps)))
        (folder / "card.character.json").write_text("{}", encoding="utf-8")
        record = {
            "verb": "animate",
            "picture": str(picture),
            "clip": "/clips/somebody.mp4",
            "fps": fps,
            "frame_count": count,
            "size": [64, 48],
            "frames": "proxy",
            "movie": None,
            "sound": "sound.wav" if sound else None,
            "character": "card.character.json",
        }
        (folder / "result.json").write_text(json.dumps(record), encoding="utf-8")
        return folder

    return make


@pytest.fixture
def dump(empty: ModuleType) -> Callable[[], dict]:
    """Everything of the file that has a name, and what the objects show: to compare before with after."""

    def take() -> dict:
        data = empty.data
        names = {
            kind: sorted(block.name for block in getattr(data, kind))
            for kind in dir(data)
            if isinstance(getattr(data, kind), empty.types.bpy_prop_collection)
        }
        looks = {
            plane.name: [(slot.link, slot.material and slot.material.name) for slot in plane.material_slots]
            for plane in data.objects
        }
        notes = {block.name: sorted(block.keys()) for blocks in (data.objects, data.scenes) for block in blocks}
        editors = {scene.name: scene.sequence_editor is not None for scene in data.scenes}
        markers = {
            scene.name: sorted((marker.name, marker.frame) for marker in scene.timeline_markers)
            for scene in data.scenes
        }
        return {"names": names, "looks": looks, "notes": notes, "editors": editors, "markers": markers}

    return take


@pytest.fixture
def window(part, empty: ModuleType, monkeypatch: pytest.MonkeyPatch):
    """Presses buttons whose work goes on with a timer (pressing.py); nothing runs before and after."""
    from tests.blender.pressing import Window

    jobs = part("faceshot_blender.jobs")

    def end() -> None:
        jobs.QUEUE.end_all()
        jobs.QUEUE.failure, jobs.QUEUE.lets_finish = None, False
        jobs.release_engine()
        part("faceshot_blender.driving").forget()  # timers never fire here

    end()
    monkeypatch.setattr(part("faceshot_blender.ops.stepping"), "_timer", lambda context: lambda: None)
    yield Window(part, empty)
    end()


@pytest.fixture
def let_finish(empty: ModuleType):
    """let_finish() has jobs finished when their file is left, as the preference says."""

    def choose(what: str) -> None:  # looked up each time: a test may register the extension anew
        empty.context.preferences.addons[PACKAGE].preferences.leaving = what

    yield lambda: choose("FINISH")
    choose("END")


@pytest.fixture
def shot(empty: ModuleType, part, picture: Path, fake_engine, make_take, monkeypatch, tmp_path: Path) -> Path:
    """A saved blend with the plane "Held" chosen for its scene, and a made-up engine that animates.

    It pauses in the midst of each job while there is a file `wait` beside the blend.
    """
    scene = empty.context.scene
    plane = part("faceshot_blender.scene.plane").make_plane(scene, picture, name="Held")
    path = tmp_path / "shot.blend"
    (tmp_path / "somebody.mp4").write_bytes(b"a clip")
    scene.faceshot_choices.plane = plane
    scene.faceshot_choices.clip = "//somebody.mp4"
    empty.ops.wm.save_as_mainfile(filepath=str(path))
    setup = fake_engine("animate", FAKE_TAKE=str(make_take("prepared")), FAKE_WAIT=str(tmp_path / "wait"))
    monkeypatch.setattr(part("faceshot_blender.host"), "engine_setup", lambda: setup)
    return path


@pytest.fixture
def fake_engine(part, tmp_path: Path):
    """fake_engine(mode) gives the EngineSetup of a made-up engine in a folder whose name is not plain."""

    def make(mode="good", **variables):
        root = tmp_path / "Wurzel ä ö"
        (root / "core").mkdir(parents=True, exist_ok=True)
        (root / "requirements").mkdir(exist_ok=True)
        (root / "requirements" / "engine.lock").write_text("numpy==2\n")
        (root / "core" / "__init__.py").touch()
        shutil.copy(Path(__file__).with_name("fake_engine.py"), root / "core" / "__main__.py")
        folder = tmp_path / "user"
        folder.mkdir(exist_ok=True)
        said = {"FAKE_MODE": mode, "FAKE_VERSION": part("core").VERSION, **variables}
        return part("faceshot_blender.engine_place").EngineSetup(
            Path(sys.executable), root, folder, tuple(said.items())
        )

    return make


class Recorder:
    """Stands for a layout: takes down labels, properties and buttons, and refuses what Blender would."""

    def __init__(self, bpy, seen=None):
        self.__dict__.update(bpy=bpy, seen=[] if seen is None else seen, enabled=True)

    def _child(self, **_):
        return Recorder(self.bpy, self.seen)

    row = column = box = split = grid_flow = _child

    def panel(self, name, *, default_closed=False):
        """Drawn open: all is seen."""
        return self._child(), self._child()

    def separator(self, **_):
        pass

    def menu(self, name, **_):
        assert hasattr(self.bpy.types, name)

    def _check_icon(self, icon):
        items = self.bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items
        assert icon in items, icon

    def label(self, *, text="", icon="NONE"):
        self._check_icon(icon)
        self.seen.append(("label", text))

    def prop(self, owner, name, *, text=None, **_):
        assert name in owner.bl_rna.properties
        self.seen.append(("prop", name))

    def prop_enum(self, owner, name, value):
        assert value in owner.bl_rna.properties[name].enum_items
        self.seen.append(("prop", value))

    def operator(self, name, *, text=None, icon="NONE", emboss=True, depress=False):
        self._check_icon(icon)
        kind = getattr(self.bpy.ops, name.partition(".")[0])
        title = getattr(kind, name.partition(".")[2]).get_rna_type().name
        self.seen.append(("button" if self.enabled else "greyed", title if text is None else text or name))
        return SimpleNamespace()

    def progress(self, *, factor, text):
        self.seen.append(("progress", text))


READY = {
    "engine": "ready",
    "words": "/engine/bin/python",
    "can_make": True,
    "download_mb": 140,
    "has_network": True,
    "network_mb": 36,
    "network_licence": "Apache-2.0",
}


@pytest.fixture
def recorder(empty):
    """A layout that takes down what is drawn into it: `.seen`, pairs of kind and words."""
    return lambda: Recorder(empty)


@pytest.fixture
def draw(empty, part):
    """draw(editor, **readiness) is what all panels of that editor's sidebar show, in order."""
    panel, readiness, jobs = (part(f"faceshot_blender.{name}") for name in ("ui.panel", "readiness", "jobs"))
    jobs.QUEUE.end_all()
    jobs.QUEUE.failure = None

    def make(editor="VIEW_3D", **changes):
        readiness.KNOWN[:] = [readiness.Readiness(**(READY | changes))]
        context = SimpleNamespace(
            scene=empty.context.scene,
            region=SimpleNamespace(width=320),
            area=SimpleNamespace(type=editor),
            preferences=empty.context.preferences,
            window_manager=empty.context.window_manager,
            view_layer=empty.context.view_layer,
        )
        layout = Recorder(empty)
        for cls in panel.CLASSES:
            if cls.bl_space_type != editor or cls.bl_region_type != "UI":
                continue
            if not hasattr(cls, "poll") or cls.poll(context):
                layout.seen.append(("panel", cls.bl_label))
                cls.draw(SimpleNamespace(layout=layout), context)
        return layout.seen

    yield make
    readiness.forget()
    jobs.QUEUE.end_all()
    jobs.QUEUE.failure = None
