# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawing looks at what is known and does nothing else, in every state; the preferences' boxes."""

from __future__ import annotations

import builtins
import io
import os
import pathlib
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

EDITORS = ("VIEW_3D", "IMAGE_EDITOR", "SEQUENCE_EDITOR")
# What the interpreter itself reports: also where a C function is called.
EVENTS = ("open", "os.listdir", "os.scandir", "os.mkdir", "os.system", "subprocess.Popen", "socket.connect", "import")
heard: list[str] = []
is_hearing = [False]


def _hear(event: str, arguments: tuple) -> None:
    if is_hearing[0] and event in EVENTS:
        heard.append(f"{event} {arguments[:1]}")


sys.addaudithook(_hear)


@pytest.fixture
def nothing_else(monkeypatch):
    """A context in which looking at files, starting processes and importing modules fails."""

    class Context:
        def __enter__(self):
            self.patch = monkeypatch.context()
            patch = self.patch.__enter__()

            def refuse(*arguments, **_):
                raise AssertionError(f"drawing looks at files or starts something: {arguments[:1]}")

            for owner, names in (
                (os, ("stat", "lstat", "access", "listdir", "scandir", "walk")),
                (os.path, ("exists", "isfile", "isdir", "getsize", "realpath")),
                (builtins, ("open",)),
                (io, ("open",)),
                (pathlib.Path, ("exists", "is_file", "is_dir", "stat", "open", "resolve")),
                (subprocess, ("Popen", "run")),
            ):
                for name in names:
                    patch.setattr(owner, name, refuse)
            heard.clear()
            is_hearing[0] = True

        def __exit__(self, *error):
            is_hearing[0] = False
            return self.patch.__exit__(*error)

    return Context()


@pytest.fixture
def states(empty, part, picture, tmp_path):
    """Each state by name, made by calling it."""
    jobs, job, facts = (part(f"faceshot_blender.{name}") for name in ("jobs", "job", "clip_facts"))
    choices = empty.context.scene.faceshot_choices

    def ready():
        empty.ops.faceshot.make_plane(filepath=str(picture))
        choices.clip, choices.folder = "/a/b.mp4", str(tmp_path)
        choices.use_range, choices.range_unit, choices.reference = True, "FRAMES", "FRAME"
        facts.KNOWN["/a/b.mp4", ""] = facts.ClipFacts(122, 29.97, (720, 720), looked=time.monotonic())

    def running():
        for number in range(3):
            jobs.QUEUE.join(f"Käte mit Hut, clip {number}", job.Job("animate", {}, lambda: None))

    def failed():
        jobs.QUEUE.end_all()
        jobs.QUEUE.failure = jobs.Failure("Käte", "There is no face in the clip. " * 4, "Try another.", "the report")

    def hundred_planes():
        image = choices.plane.material_slots[0].material
        for number in range(100):
            mesh = empty.data.meshes.new(f"Plane {number}")
            mesh.materials.append(image)
            empty.context.scene.collection.objects.link(empty.data.objects.new(f"Plane {number}", mesh))

    yield {"fresh": lambda: None, "ready": ready, "running": running, "failed": failed, "100 planes": hundred_planes}
    facts.forget()


def test_drawing_does_nothing_else_in_every_state(draw, states, nothing_else):
    for name, begin in states.items():
        begin()
        for editor in EDITORS:
            for known in ({}, {"engine": "missing", "has_network": False}, {"has_network": False}):
                draw(editor, **known)  # what is imported on the first draw of all is not counted
                started = time.perf_counter()
                with nothing_else:
                    for _ in range(10):
                        seen = draw(editor, **known)
                assert seen
                assert not heard, (name, editor, heard)
                took = 100 * (time.perf_counter() - started)
                sys.stdout.write(f"{name}, {editor}: all panels into the recorder {took:.2f} ms\n")


def test_even_the_first_draw_imports_nothing(extension, repo_root):
    """In a fresh process, right after enabling: panels and preferences of an empty scene."""
    script = """
import sys, types, bpy, addon_utils
addon_utils.enable("bl_ext.user_default.faceshot", default_set=True)
name = "bl_ext.user_default.faceshot.faceshot_blender."
class Any:
    def __getattr__(self, name): return Any()
    def __call__(self, *a, **k): return Any()
    def __iter__(self): return iter((Any(), Any()))
before = set(sys.modules)
for cls in sys.modules[name + "ui.panel"].CLASSES:
    area = types.SimpleNamespace(type=cls.bl_space_type)
    context = types.SimpleNamespace(area=area, region=None, scene=bpy.context.scene,
                                    preferences=bpy.context.preferences, view_layer=bpy.context.view_layer,
                                    window_manager=bpy.context.window_manager)
    if cls.bl_region_type == "UI":
        cls.draw(types.SimpleNamespace(layout=Any()), context)
context.area.type = "PREFERENCES"
settings = sys.modules[name + "host"].preferences()
sys.modules[name + "preferences"].draw_preferences(settings, Any(), context)
print("NEW", sorted(set(sys.modules) - before), flush=True)
import os; os._exit(0)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, env=dict(os.environ), check=False
    )
    assert "NEW []" in done.stdout, done.stdout + done.stderr


@pytest.fixture
def draw_preferences(empty, part, recorder, draw):
    def make(**changes):
        draw(**changes)
        layout = recorder()
        context = SimpleNamespace(
            preferences=empty.context.preferences, region=None, area=SimpleNamespace(type="PREFERENCES")
        )
        settings = part("faceshot_blender.host").preferences()
        part("faceshot_blender.ui.machine").draw_preferences(settings, layout, context)
        return layout.seen

    yield make
    part("faceshot_blender.readiness").CHECKED.clear()
    part("faceshot_blender.folder_sizes").forget()


def words(seen):
    return " ".join(text for _, text in seen)


def test_preferences_say_what_is_missing_with_one_button(draw_preferences):
    for changes, said, mends in (
        ({}, "Ready", "Make Anew"),
        ({"engine": "missing"}, "beside Blender", "Make Engine (140 MB)"),
        ({"engine": "broken", "words": "The engine no longer starts."}, "no longer starts", "Repair Engine (140 MB)"),
        ({"engine": "outdated", "words": "It is of an older FaceShot."}, "older", "Update Engine (140 MB)"),
        ({"engine": "misplaced", "words": "There is no engine at /x."}, "at /x", "Use FaceShot's Own Engine"),
        ({"has_network": False}, "finds faces", "Fetch Face Network (36 MB)"),
    ):
        seen = draw_preferences(**changes)
        assert said in words(seen)
        assert mends in words(seen)
        others = {"Make Engine (140 MB)", "Repair Engine (140 MB)", "Use FaceShot's Own Engine"} - {mends}
        assert not others & {text for _, text in seen}
        props = {text for kind, text in seen if kind == "prop"}
        assert {"engine", "device", "threads", "models", "cache", "offline"} <= props
        assert words(seen).count("Online Access is off") == 1


def test_preferences_draw_nothing_else(draw_preferences, part, nothing_else, tmp_path):
    sizes = part("faceshot_blender.folder_sizes")
    for changes in ({}, {"engine": "missing"}, {"has_network": False}):
        draw_preferences(**changes)
        with nothing_else:
            draw_preferences(**changes)
        assert not heard
    sizes.KNOWN[sizes.CACHE] = sizes.FolderSize("/c", 2100, 3_400_000_000, time.monotonic())
    assert "3.4 GB, 2100 files" in words(draw_preferences())


def test_check_is_shown_and_dismissed(draw_preferences, empty, part):
    checked = part("faceshot_blender.readiness").CHECKED
    said = {
        "faceshot": "0.1.0", "python": "3.11.7", "executable": "/p", "advice": [], "models_folder": "/m",
        "packages": [{"name": "numpy", "version": ""}], "models": [{"name": "mesh-468", "state": "present"}],
        "cache_folder": "/c", "environment": {"FACESHOT_DEVICE": "cpu", "FACESHOT_LOG": ""},
    }  # fmt: skip
    checked[:] = [said]
    shown = words(draw_preferences())
    assert "All is well" in shown
    assert "numpy missing" in shown
    assert "FACESHOT_DEVICE cpu" in shown
    assert "FACESHOT_LOG" not in shown
    checked[:] = [said | {"advice": ["numpy missing: repair the engine."]}]
    shown = words(draw_preferences())
    assert "repair the engine" in shown
    assert "All is well" not in shown
    assert empty.ops.faceshot.dismiss_check() == {"FINISHED"}
    assert "numpy" not in words(draw_preferences())


def test_settings_reach_the_engine(part, extension):
    host = part("faceshot_blender.host")
    settings = host.preferences()
    assert not {"FACESHOT_DEVICE", "FACESHOT_THREADS"} & set(host._variables())
    settings.device, settings.threads = "CUDA", 3
    try:
        told = host._variables()
        assert (told["FACESHOT_DEVICE"], told["FACESHOT_THREADS"]) == ("cuda", "3")
        settings.engine = "/nowhere"
        part("faceshot_blender.ops.machine")
        import bpy

        assert bpy.ops.faceshot.use_own_engine() == {"FINISHED"}
        assert settings.engine == ""
    finally:
        settings.device, settings.threads, settings.engine = "AUTO", 0, ""


def test_cache_is_counted_and_cleared(empty, part, tmp_path):
    sizes, cache = part("faceshot_blender.folder_sizes"), part("core.cache")
    settings = part("faceshot_blender.host").preferences()
    settings.cache = str(tmp_path)
    try:
        store = cache.FrameStore(tmp_path)
        for number in range(5):
            store.put(cache.content_key(frame=number), bytes(1000))
        mine = store.folder / "ab" / "note.txt"
        mine.parent.mkdir(exist_ok=True)
        mine.write_text("mine")
        size = sizes.look(sizes.CACHE)
        assert (size.files, size.path) == (6, str(store.folder))
        assert size.bytes > 5000
        assert empty.ops.faceshot.clear_cache() == {"FINISHED"}
        assert [path for path in store.folder.rglob("*") if path.is_file()] == [mine]
        assert sizes.KNOWN.get(sizes.CACHE) is None
        assert sizes.look(sizes.CACHE).words() == "0.0 MB, 1 file"
    finally:
        settings.cache = ""
        sizes.forget()
