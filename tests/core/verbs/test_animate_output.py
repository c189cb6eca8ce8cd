# SPDX-License-Identifier: GPL-3.0-or-later
"""Where results go: folders that cannot be written, that are full, and that hold somebody's own work."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from core.character import Character
from core.video import probe
from tests.core.verbs.conftest import FRAMES, hashes, leftovers, load_result, results
from tests.core.verbs.processes import command_line, environment


def refused(error: dict, *words: str, code: str = "output-unwritable") -> None:
    assert (error["exit_code"], error["code"]) == (3, code), error
    for word in words:
        assert word in error["message"], error
    assert error["hint"]


# ---- nothing can be written ----------------------------------------------------------------------------------------


def test_a_file_in_the_place_of_the_folder(user, material, tmp_path):
    (tmp_path / "out").write_text("mine")
    for place in ("out", "out/further"):
        done = user("animate", material.picture, material.clip, "-o", place, "--json")
        assert done.code == 3
        done.assert_plain_words()
        refused(done.error, str(tmp_path / place))
    assert (tmp_path / "out").read_text() == "mine"


def mounted(folder: Path, options: str, command: list[str], variables: dict[str, str], cwd: Path, after: str = "true"):
    """Run a command that alone sees a small file system at `folder`; skips where that is not allowed."""
    folder.mkdir(exist_ok=True)
    if shutil.which("unshare") is None:
        pytest.skip("no unshare here: a full or read-only disk cannot be made")
    probe_ = subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "-o", options, "none", str(folder)], check=False, capture_output=True
    )
    if probe_.returncode:
        pytest.skip(f"mounting is not allowed here: {probe_.stderr.decode().strip()}")
    script = f'mount -t tmpfs -o {options} none "$1" && shift && "$@"; code=$?; {after}; exit $code'
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", str(folder), *command],
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(**variables),
        timeout=240,
    )


def test_a_read_only_folder(material, variables, tmp_path):
    out = tmp_path / "out"
    command = command_line("animate", material.picture, material.clip, "-o", out / "take 1")
    done = mounted(out, "ro", command, variables, tmp_path)
    assert done.returncode == 3, done.stderr
    assert "Tracking" not in done.stderr, "it is said before the long work"
    assert f"Cannot write {out / 'take 1'}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("room", ["40k", "320k", "900k"])
def test_a_full_disk(material, variables, tmp_path, room):
    """Full at the first files, in the midst of the frames, at the movie: what is there is whole."""
    out, kept = tmp_path / "out", tmp_path / "kept"
    kept.mkdir()
    command = command_line("animate", material.picture, material.clip, "-o", out, "--json", "--no-cache")
    done = mounted(out, f"size={room}", command, variables, tmp_path, after=f'cp -a "{out}/." "{kept}"')
    assert done.returncode == 3, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["error"]["code"] == "disk-full"
    assert "The disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    assert not leftovers(kept)
    assert not (kept / "result.json").exists()
    frames = [name for name in hashes(kept) if name.endswith(".png")]
    assert (len(frames) > 0) == (room != "40k")
    assert len(frames) <= FRAMES
    for name in frames:
        data = (kept / name).read_bytes()
        assert data.endswith(b"IEND\xaeB`\x82")


def test_a_full_cache_is_left_aside(material, variables, undisturbed, tmp_path):
    cache, out = tmp_path / "cache", tmp_path / "out"
    command = command_line("animate", material.picture, material.clip, "-o", out)
    done = mounted(cache, "size=100k", command, {**variables, "FACESHOT_CACHE": str(cache)}, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "cache is left aside" in done.stderr
    assert results(out) == undisturbed


# ---- the folder holds other things ---------------------------------------------------------------------------------


def test_other_files_stay(animate, undisturbed, tmp_path):
    out = tmp_path / "out"
    (out / "proxy").mkdir(parents=True)
    own = {"notes.txt": b"mine", "proxy/cover.png": b"mine", "proxy/999999.png": b"mine", "sound.mp3": b"mine"}
    for name, data in own.items():
        (out / name).write_bytes(data)
    assert animate()["frame_count"] == FRAMES
    assert {name: (out / name).read_bytes() for name in own} == own
    made = results(out)
    assert {name: made[name] for name in undisturbed} == undisturbed


@pytest.mark.parametrize(
    "name",
    ["toon.mp4", "sound.wav", "result.json", "toon.character.json", "small.motion.npz", "proxy/000001.png",
     "proxy/render.json", "proxy"],
)  # fmt: skip
def test_a_file_of_somebody_else_is_not_written_over(animate, tmp_path, name):
    path = tmp_path / "out" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    before = hashes(tmp_path / "out")
    refused(animate(), "proxy" if name.startswith("proxy") else name)
    assert hashes(tmp_path / "out") == before


def test_a_later_frame_of_somebody_else_is_not_written_over(animate, tmp_path):
    path = tmp_path / "out" / "proxy" / "000007.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    refused(animate(), "000007.png")
    assert path.read_bytes() == b"mine"
    assert not (tmp_path / "out" / "result.json").exists()
    assert not leftovers(tmp_path)


def test_a_result_that_was_changed_is_not_written_over(animate, material, tmp_path):
    out = tmp_path / "out"
    animate(end=0.2)
    card = out / "toon.character.json"
    card.write_text(card.read_text().replace("hand", "matched", 1))
    before = hashes(out)
    refused(animate(), "toon.character.json", "changed")
    assert hashes(out) == before
    # with this very card it goes on, and the card stays
    assert animate(character=card)["matcher"] == "card"
    assert hashes(out)["toon.character.json"] == before["toon.character.json"]


def test_results_of_an_earlier_run_are_replaced(animate, undisturbed, tmp_path):
    out = tmp_path / "out"
    assert animate(fps=30, smooth=0.5)["frame_count"] == 14
    assert animate()["frame_count"] == FRAMES
    assert results(out) == undisturbed
    assert load_result(out)["fps"] == 25


def test_a_run_that_fails_later_leaves_no_old_record(animate, tmp_path):
    """The record of the old result would describe frames that are no longer there."""
    out = tmp_path / "out"
    animate()
    (out / "proxy" / "000004.png").write_bytes(b"painted over")
    refused(animate(smooth=0.5), "000004.png")
    assert not (out / "result.json").exists()
    assert (out / "proxy" / "000004.png").read_bytes() == b"painted over"


def test_a_clip_without_sound_after_one_with(animate, material, tmp_path):
    from tests.core.clip_maker import make_clip

    assert animate(end=0.2)["sound"] == "sound.wav"
    silent = make_clip(tmp_path / "small.mp4", pictures=material.frames[:5])
    assert animate(clip=silent)["sound"] is None
    assert not (tmp_path / "out" / "sound.wav").exists()


# ---- the folder of the picture and of the clip ---------------------------------------------------------------------


@pytest.fixture
def desk(material, tmp_path) -> Path:
    """A folder with everything in it, the clip named as the picture."""
    folder = tmp_path / "desk"
    folder.mkdir()
    shutil.copy(material.picture, folder / "hero.png")
    shutil.copy(material.card, folder / "hero.character.json")
    shutil.copy(material.clip, folder / "hero.mp4")
    return folder


def test_the_clip_is_not_the_place_for_the_movie(animate, desk):
    before = hashes(desk)
    refused(animate(picture=desk / "hero.png", clip=desk / "hero.mp4", output=desk), "hero.mp4", "the clip itself")
    (desk.parent / "way").symlink_to(desk)
    refused(animate(picture=desk / "hero.png", clip=desk / "hero.mp4", output=desk.parent / "way"), "the clip itself")
    assert hashes(desk) == before


def test_the_folder_of_the_picture(animate, desk):
    (desk / "hero.mp4").rename(desk / "take.mp4")
    before = hashes(desk)
    for _ in range(2):
        made = animate(picture=desk / "hero.png", clip=desk / "take.mp4", output=desk, end=0.2)
        assert made["matcher"] == "card", made
        assert made["character"] == "hero.character.json"
        after = hashes(desk)
        assert {name: after[name] for name in before} == before
    assert probe(desk / "hero.mp4").frame_count == 5


def test_a_card_beside_the_picture_is_not_written_over(animate, desk):
    before = hashes(desk)
    asked = {"picture": desk / "hero.png", "clip": desk / "hero.mp4", "output": desk, "no_movie": True}
    refused(animate(**asked, box=[40, 40, 170, 190]), "hero.character.json")
    Character.load(desk / "hero.character.json")
    assert hashes(desk) == before


def test_own_frames_are_not_their_own_clip_or_picture(animate, tmp_path):
    out = tmp_path / "out"
    animate(end=0.2)
    before = hashes(out)
    refused(animate(clip=out / "proxy"), "where the frames are to be written")
    refused(animate(clip=out / "proxy" / "000001.png"), "where the frames are to be written")
    refused(animate(picture=out / "proxy" / "000002.png", box=[40, 40, 170, 190]), "where the frames are to be written")
    refused(animate(clip=out / "toon.mp4"), "the clip itself")
    assert hashes(out) == before


# ---- the same again ------------------------------------------------------------------------------------------------


def test_the_same_again_comes_from_the_cache(user, tmp_path, material, undisturbed):
    more = {"FACESHOT_CACHE": str(tmp_path / "cache")}
    taken = []
    for name in ("first", "first", "second"):
        done = user("animate", material.picture, material.clip, "-o", name, "--json", more=more)
        assert done.code == 0, done.err
        taken.append(done.result["from_cache"])
        assert results(tmp_path / name) == undisturbed
    assert taken == [0, FRAMES, FRAMES]
