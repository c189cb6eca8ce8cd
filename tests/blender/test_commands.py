# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands, called as Blender calls them, with a made-up engine: what is asked, made, refused and saved."""

from __future__ import annotations

import json
import os
import signal
import stat
from pathlib import Path

import pytest


@pytest.fixture
def engine_mode(part, fake_engine, make_take, monkeypatch, tmp_path):
    """engine_mode("animate") has the commands use a made-up engine that behaves so."""
    take = make_take("prepared")

    def use(mode):
        setup = fake_engine(mode, FAKE_TAKE=str(take))
        monkeypatch.setattr(part("faceshot_blender.host"), "engine_setup", lambda: setup)

    use("animate")
    return use


@pytest.fixture
def clip(tmp_path) -> Path:
    path = tmp_path / "somebody.mp4"
    path.write_bytes(b"a clip")
    return path


@pytest.fixture
def shot(empty, part, picture, tmp_path) -> Path:
    """A saved and loaded blend with the plane "Held" in it, at 24 / 1.001 frames a second from frame 101 on."""
    scene = empty.context.scene
    part("faceshot_blender.scene.plane").make_plane(scene, picture, name="Held")
    for block in part("faceshot_blender.scene.made").made_blocks():
        del block["faceshot"]  # the user's own from here on
    scene.frame_start, scene.frame_end = 101, 200
    scene.render.fps, scene.render.fps_base = 24, 1.001
    path = tmp_path / "shot 010.blend"
    empty.ops.wm.save_as_mainfile(filepath=str(path))
    return path


@pytest.fixture
def call(part, capfd, tmp_path):
    """call(words) -> exit code, JSON objects, stderr."""

    def call(*words):
        handlers = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
        report = tmp_path / "report.jsonl"
        report.unlink(missing_ok=True)
        try:
            code = part("faceshot_blender.commands").main(["--", *map(str, words), "--json-file", str(report)])
        finally:
            for name, handler in handlers.items():
                signal.signal(name, handler)
        lines = report.read_text().splitlines() if report.exists() else []
        return code, [json.loads(line) for line in lines], capfd.readouterr().err

    return call


def bytes_of(path: Path) -> bytes:
    return path.read_bytes()


def test_plane_to_new_blend(empty, call, engine_mode, shot, clip, tmp_path, picture):
    before = bytes_of(shot)
    target = tmp_path / "neu" / "shot 010 ä.blend"
    code, lines, said = call("animate", "--plane", "Held", "--clip", clip, "--save", target)
    assert code == 0, said
    result = lines[-1]
    assert (result["type"], result["status"], result["verb"]) == ("result", "done", "animate")
    assert (result["frame_start"], result["frame_end"], result["plane"]) == (101, 112, "Held")
    assert result["asked"]["fps"] == pytest.approx(24 / 1.001)
    assert result["asked"]["picture"] == str(picture)
    folder = tmp_path / "faceshot" / "Held" / "somebody"
    assert result["asked"]["output"] == str(folder)
    assert {"progress", "warning"} <= {line["type"] for line in lines}
    assert bytes_of(shot) == before
    empty.ops.wm.open_mainfile(filepath=str(target))
    plane = empty.data.objects["Held"]
    node = next(n for n in plane.material_slots[0].material.node_tree.nodes if n.bl_idname == "ShaderNodeTexImage")
    assert node.image.filepath == "//../faceshot/Held/somebody/proxy/000001.png"
    assert node.image_user.frame_start == 101
    for image in empty.data.images:
        if image.source in ("FILE", "SEQUENCE"):
            assert image.filepath.startswith("//")
            assert Path(empty.path.abspath(image.filepath)).is_file()


def test_options_reach_the_engine(call, engine_mode, shot, clip, tmp_path):
    words = ["--gain", "mouth=1.2", "--gain", "brows=0", "--start", "0.5", "--fps", "12", "--no-movie"]
    code, lines, _ = call(
        "animate", "--plane", "Held", "--clip", clip, "--save", tmp_path / "o.blend", "-o", tmp_path / "x", *words,
        "--character", "card.json", "--at", "7",
    )  # fmt: skip
    assert code == 0
    asked = lines[-1]["asked"]
    assert asked["gain"] == ["mouth=1.2", "brows=0"]
    assert (asked["start"], asked["fps"], asked["no_movie"]) == ("0.5", "12", True)
    assert asked["character"] == str(Path.cwd() / "card.json")
    assert asked["output"] == str(tmp_path / "x")
    assert lines[-1]["frame_start"] == 7


def test_second_take_gets_a_folder_of_its_own(call, engine_mode, shot, clip, tmp_path):
    for number, name in ((1, "somebody"), (2, "somebody-2"), (3, "somebody-3")):
        code, lines, _ = call("animate", "--plane", "Held", "--clip", clip, "--save", tmp_path / f"o{number}.blend")
        assert code == 0
        assert Path(lines[-1]["asked"]["output"]).name == name


def test_without_a_scene(empty, call, engine_mode, clip, picture, tmp_path):
    target = tmp_path / "new.blend"
    code, lines, said = call("animate", picture, clip, "-o", tmp_path / "out", "--save", target)
    assert code == 0, said
    assert "fps" not in lines[-1]["asked"], "the clip's own"
    empty.ops.wm.open_mainfile(filepath=str(target))
    scene = empty.data.scenes[lines[-1]["scene"]]
    assert (scene.frame_start, scene.frame_end, scene.render.fps) == (1, 12, 24)
    assert scene.camera is not None
    paths = [image.filepath for image in empty.data.images if image.source in ("FILE", "SEQUENCE")]
    paths += [sound.filepath for sound in empty.data.sounds]
    assert len(paths) >= 2
    for path in paths:
        assert path.startswith("//"), paths
        assert Path(empty.path.abspath(path)).is_file()


def test_without_a_scene_and_a_blend(call, engine_mode, empty, clip, picture, tmp_path):
    code, lines, _ = call("animate", picture, clip, "-o", tmp_path / "out")
    assert code == 0
    assert "blend" not in lines[-1]
    assert (tmp_path / "out" / "proxy" / "000012.png").exists()


@pytest.mark.parametrize("plane", [True, False])
def test_assemble_needs_no_engine(empty, part, call, shot, make_take, tmp_path, monkeypatch, plane):
    monkeypatch.setattr(part("faceshot_blender.host"), "engine_setup", lambda: 1 / 0)
    target = tmp_path / "o.blend"
    words = ["--plane", "Held"] if plane else []
    code, lines, said = call("assemble", make_take(fps=24 / 1.001), "--save", target, *words)
    assert code == 0, said
    assert lines[-1]["plane"] == "Held"
    assert target.exists()


def test_loaded_and_existing_files_are_safe(call, engine_mode, shot, make_take, tmp_path):
    take = make_take()
    other = tmp_path / "other.blend"
    other.write_bytes(b"precious")
    before = bytes_of(shot)
    for target, words in ((shot, []), (shot, ["--force"]), (other, [])):
        code, lines, said = call("assemble", take, "--save", target, *words)
        assert code == 3
        assert lines[-1]["error"]["code"] == "output-unwritable"
        assert "another name" in said
    assert (bytes_of(shot), bytes_of(other)) == (before, b"precious")
    link = tmp_path / "link.blend"
    link.symlink_to(shot)
    assert call("assemble", take, "--save", link, "--force")[0] == 3
    assert call("assemble", take, "--save", other, "--force")[0] == 0
    assert bytes_of(shot) == before
    assert bytes_of(other) != b"precious"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "VERB"),
        (["animate"], 2, "animate needs"),
        (["animate", "p.png"], 2, "animate needs"),
        (["animate", "--plane", "Held", "--clip", "c.mp4"], 2, "needs --save"),
        (["animate", "--plane", "Held", "--save", "x.blend"], 2, "one clip"),
        (["animate", "p.png", "--plane", "Held", "--clip", "c.mp4", "--save", "x.blend"], 2, "one clip"),
        (["animate", "--plane", "Held", "--clip", "gone.mp4", "--save", "x.blend"], 3, "No clip at"),
        (["animate", "--plane", "Nobody", "--clip", "c.mp4", "--save", "x.blend"], 3, "'Held'"),
        (["animate", "no.png", "no.mp4", "-o", "out"], 3, "No picture at"),
        (["animate", "--plane", "Held", "--clip", "c.mp4", "--save", "x.blend", "--fps", "fast"], 2, "fps"),
        (["animate", "--plane", "Held", "--clip", "c.mp4", "--save", "x.blend", "--at", "x"], 2, "--at"),
        (["assemble", "nowhere", "--save", "x.blend"], 3, "no finished result"),
        (["assemble", "nowhere"], 2, "needs --save"),
        (["assemble", "nowhere", "--save", "/proc/x.blend"], 3, "Cannot write"),
    ],
)
def test_wrong_words(call, engine_mode, shot, tmp_path, monkeypatch, words, code, said):
    monkeypatch.chdir(tmp_path)
    got, _, heard = call(*words)
    assert got == code, heard
    assert said in heard
    assert "Traceback" not in heard
    assert not (tmp_path / "x.blend").exists()


def test_unsaved_blend_asks_for_a_folder(empty, part, call, engine_mode, picture, clip, tmp_path):
    part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    code, _, said = call("animate", "--plane", "Held", "--clip", clip, "--save", tmp_path / "x.blend")
    assert code == 2
    assert "-o DIR" in said


@pytest.mark.parametrize(("mode", "code"), [("dies", 1), ("refuses", 4), ("incomplete", 5), ("other lock", 5)])
def test_failures_of_the_engine(call, engine_mode, shot, clip, tmp_path, dump, mode, code):
    engine_mode(mode)
    before = dump()
    got, lines, said = call("animate", "--plane", "Held", "--clip", clip, "--save", tmp_path / "x.blend")
    assert got == code, said
    assert lines[-1]["status"] == "failed"
    assert lines[-1]["error"]["hint"]
    assert not (tmp_path / "x.blend").exists()
    assert dump() == before


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_signal_cancels(call, part, engine_mode, shot, clip, tmp_path, monkeypatch, name):
    engine_mode("slow")
    job = part("faceshot_blender.job")
    step = job.Job.step

    def step_and_kill(self):
        status = step(self)
        if status.done == 2:
            os.kill(os.getpid(), getattr(signal, name))
        return status

    monkeypatch.setattr(job.Job, "step", step_and_kill)
    code, lines, said = call("animate", "--plane", "Held", "--clip", clip, "--save", tmp_path / "x.blend")
    assert code == 130
    assert "Cancelled" in said
    assert lines[-1]["error"]["exit_code"] == 130
    assert not (tmp_path / "x.blend").exists()


def test_no_engine_at_all(call, part, shot, clip, tmp_path, monkeypatch):
    monkeypatch.setenv("FACESHOT_ENGINE", "/nowhere/python")
    code, lines, said = call("animate", "--plane", "Held", "--clip", clip, "--save", tmp_path / "x.blend")
    assert code == 5
    assert lines[-1]["error"]["code"] == "engine-missing"
    assert "build.py engine" in said
    code, lines, _ = call("doctor")
    assert code == 5
    assert lines[-1]["error"]["code"] == "engine-missing"


def test_packed_picture_is_written_to_the_output(empty, call, engine_mode, shot, clip, tmp_path, picture):
    image = next(image for image in empty.data.images if image.source == "FILE")
    data = picture.read_bytes()
    image.pack()
    picture.unlink()
    code, lines, said = call("animate", "--plane", "Held", "--clip", clip, "--save", tmp_path / "x.blend")
    assert code == 0, said
    written = Path(lines[-1]["asked"]["picture"])
    assert written.parent == tmp_path / "faceshot" / "Held" / "somebody"
    assert written.read_bytes() == data


@pytest.mark.skipif(os.name == "nt", reason="modes of files")
def test_made_files_are_readable_by_others(call, shot, make_take, tmp_path):
    target = tmp_path / "o.blend"
    assert call("assemble", make_take(), "--save", target)[0] == 0
    assert stat.S_IMODE(target.stat().st_mode) & 0o444 == 0o444
