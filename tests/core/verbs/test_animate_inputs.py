# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures and clips that are odd or bad, as a user gives them to `animate`: each works or is refused in words."""

from __future__ import annotations

import os
import shutil
import struct
import sys
import time
import wave
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.motion import FaceMotion
from core.picture import encode_png, read_picture
from core.retarget.settings import GAINS
from core.video import probe
from tests.core.clip_maker import make_clip
from tests.core.verbs.conftest import SIDE, hashes, load_result

BOX = [40, 40, 176, 190]  # of the toon's face, px


@pytest.fixture(scope="module")
def toon(material) -> np.ndarray:
    return read_picture(material.picture).pixels


def frame(folder: Path, number: int = 1) -> np.ndarray:
    return read_picture(folder / "proxy" / f"{number:06d}.png").pixels


# ---- inputs that are refused ---------------------------------------------------------------------------------------


def text_file(path: Path) -> Path:
    path.write_text("This is no movie.\n" * 200)
    return path


def empty_file(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def exr_file(path: Path) -> Path:
    path.write_bytes(b"\x76\x2f\x31\x01" + bytes(300))
    return path


def cut_clip(path: Path, clip: Path) -> Path:
    path.write_bytes(clip.read_bytes()[:700])
    return path


def sound_only(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(8000))
    return path


REFUSED = {
    "no picture": (lambda m, t: {"picture": t / "gone.png"}, 3, "input-missing", "gone.png"),
    "no clip": (lambda m, t: {"clip": t / "gone.mp4"}, 3, "input-missing", "gone.mp4"),
    "text as clip": (lambda m, t: {"clip": text_file(t / "text.mp4")}, 3, "input-unreadable", "no video"),
    "empty clip": (lambda m, t: {"clip": empty_file(t / "empty.mp4")}, 3, "input-unreadable", "is empty"),
    "cut clip": (lambda m, t: {"clip": cut_clip(t / "cut.mp4", m.clip)}, 3, "input-unreadable", "cut.mp4"),
    "sound as clip": (lambda m, t: {"clip": sound_only(t / "a.wav")}, 3, "input-unreadable", "no picture track"),
    "empty folder as clip": (lambda m, t: {"clip": t}, 3, "input-unreadable", "No pictures in the folder"),
    "text as picture": (lambda m, t: {"picture": text_file(t / "a.png")}, 3, "input-unreadable", "not a picture"),
    "empty picture": (lambda m, t: {"picture": empty_file(t / "a.png")}, 3, "input-unreadable", "is empty"),
    "clip as picture": (lambda m, t: {"picture": m.clip}, 3, "input-unreadable", "not supported as pictures"),
    "folder as picture": (lambda m, t: {"picture": t}, 3, "input-unreadable", "not a file"),
    "EXR": (lambda m, t: {"picture": exr_file(t / "a.exr")}, 3, "input-unreadable", "OpenEXR"),
    "a picture of nobody": (
        lambda m, t: {"picture": m.folder / "nobody.png"},
        4,
        "character-unsure",
        "no face",
    ),
    "frames a second: none": (lambda m, t: {"fps": 0}, 2, "usage", "fps"),
    "frames a second: too many": (lambda m, t: {"fps": 1e9}, 2, "usage", "fps"),
    "frames a second: no number": (lambda m, t: {"fps": "NaN"}, 2, "usage", "finite"),
    "start after the clip": (lambda m, t: {"start": 5}, 2, "usage", "after the end"),
    "start before the clip": (lambda m, t: {"start": -1}, 2, "usage", "before the clip"),
    "end before start": (lambda m, t: {"start": 0.3, "end": 0.1}, 2, "usage", "is empty"),
    "end at start": (lambda m, t: {"end": 0}, 2, "usage", "is empty"),
    "start is no number": (lambda m, t: {"start": "NaN"}, 2, "usage", "finite"),
    "end is no number": (lambda m, t: {"end": "soon"}, 2, "usage", "a number"),
    "face 9 of one": (lambda m, t: {"face": 9, "end": 0.1}, 4, "no-face", "more than one face"),
    "face 0": (lambda m, t: {"face": 0}, 2, "usage", "count from 1"),
    "reference beyond the clip": (lambda m, t: {"reference": "99", "end": 0.1}, 2, "usage", "has 3"),
    "an unknown gain": (lambda m, t: {"gain": {"moth": 1}}, 2, "usage", "moth"),
    "a box beside the picture": (lambda m, t: {"box": [900, 900, 9, 9]}, 2, "usage", "outside the picture"),
    "a box of three": (lambda m, t: {"box": "1,2,3"}, 2, "usage", "four numbers"),
    "an unknown network": (lambda m, t: {"model": "mesh-1"}, 2, "usage", "mesh-1"),
    "smoother than smooth": (lambda m, t: {"smooth": 7}, 2, "usage", "smooth"),
}


@pytest.fixture(scope="module", autouse=True)
def nobody(material, toon) -> None:
    path = material.folder / "nobody.png"
    path.write_bytes(encode_png(np.ascontiguousarray(toon[:48, :48])))


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_leaves_nothing(animate, material, tmp_path, case):
    arguments, exit_code, code, words = REFUSED[case]
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    given = arguments(material, inputs)
    before = hashes(inputs)
    error = animate(**given)
    assert (error["exit_code"], error["code"]) == (exit_code, code), error
    assert words in error["message"] + error["hint"]
    assert error["hint"], "it says what to do"
    assert not (tmp_path / "out").exists()
    assert hashes(inputs) == before


def test_a_clip_of_nobody_says_what_was_tried(animate, tmp_path):
    error = animate(clip=make_clip(tmp_path / "nobody.mp4", pictures=4))
    assert (error["exit_code"], error["code"]) == (4, "no-face")
    assert "nobody.mp4" in error["message"]
    assert "4 frames of 128x64 px" in error["message"]
    assert "tiles" in error["message"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("animate", "{picture}", "{text}", "-o", "out"), 3, "no video"),
        (("animate", "{picture}", "{clip}", "-o", "out", "--fps", "0"), 2, "fps"),
        (("animate", "{picture}", "{clip}", "-o", "out", "--start", "nan"), 2, "finite"),
        (("track", "{text}", "-o", "a.motion.npz"), 3, "no video"),
        (("track", "{nobody}", "-o", "a.motion.npz"), 4, "No face was found"),
        (("track", "{clip}", "-o", "{clip}"), 3, "is the clip itself"),
        (("track", "{clip}", "-o", "{picture}"), 3, "no .motion.npz file"),
        (("match", "{text}", "-o", "a.character.json"), 3, "not a picture"),
        (("match", "{picture}", "-o", "{picture}"), 3, "is the picture itself"),
        (("match", "{picture}", "-o", "{card}"), 3, "placed by hand"),
        (("render", "{picture}", "{text}", "-o", "out"), 3, "text.mp4"),
    ],
)
def test_the_command_line_says_it_in_one_line(user, material, tmp_path, arguments, code, words):
    places = {
        "picture": material.picture,
        "clip": material.clip,
        "card": material.card,
        "text": text_file(tmp_path / "text.mp4"),
    }
    if "{nobody}" in arguments:
        places["nobody"] = make_clip(tmp_path / "nobody.mp4", pictures=2)
    before = hashes(tmp_path)
    done = user(*(word.format(**places) for word in arguments))
    assert done.code == code, done.err
    done.assert_plain_words()
    assert words in done.err
    assert not done.out
    assert hashes(tmp_path) == before


# ---- inputs that work ----------------------------------------------------------------------------------------------


def test_one_frame(animate, material, tmp_path):
    made = animate(clip=make_clip(tmp_path / "one.mp4", pictures=material.frames[:1]))
    assert made["frame_count"] == 1, made
    assert probe(tmp_path / "out" / "toon.mp4").frame_count == 1


def test_one_picture_as_clip(animate, material, tmp_path):
    still = tmp_path / "still.png"
    still.write_bytes(encode_png(material.frames[0]))
    made = animate(clip=still, fps=12)
    assert (made["frame_count"], made["fps"]) == (1, 12)
    assert made["sound"] is None


def test_16_bit_grey_in_16_bit_grey_out(animate, toon, tmp_path):
    # more than 256 levels: what 8 bits would lose
    grey = cv2.cvtColor(toon, cv2.COLOR_RGB2GRAY).astype(np.uint16) * 257
    grey += (np.arange(SIDE, dtype=np.uint16) // 2)[None, :]
    grey = np.clip(grey, 0, 65535).astype(np.uint16)
    picture = tmp_path / "grey.png"
    picture.write_bytes(encode_png(grey))
    made = animate(picture=picture, box=BOX, matcher="template", end=0.2)
    assert made["frame_count"] == 5, made
    pixels = frame(tmp_path / "out", 3)
    assert (pixels.shape, pixels.dtype) == ((SIDE, SIDE, 1), np.uint16)
    assert not np.array_equal(pixels[:, :, 0], grey)
    assert len(np.unique(pixels)) > 1000
    still = dict.fromkeys(GAINS, 0)
    animate(picture=picture, box=BOX, matcher="template", end=0.2, gain=still, output=tmp_path / "still")
    assert np.array_equal(frame(tmp_path / "still", 3)[:, :, 0], grey)


def cmyk_jpeg(path: Path, rgb: np.ndarray) -> Path:
    """A JPEG of four inks. OpenCV writes none; the libraries that do are asked in turn."""
    image = pytest.importorskip("PIL.Image", reason="no library here writes CMYK")
    image.fromarray(rgb).convert("CMYK").save(path, quality=95)
    return path


def test_four_inks(animate, toon, tmp_path):
    made = animate(picture=cmyk_jpeg(tmp_path / "print.jpg", toon), box=BOX, matcher="template", end=0.1)
    assert made["size"] == [SIDE, SIDE], made
    pixels = frame(tmp_path / "out", 1)
    assert pixels.shape[2] == 3
    assert np.abs(pixels[:20].astype(float) - toon[:20]).mean() < 12, "the colours are those of the picture"


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """A JPEG that a camera would have written turned."""
    tags = struct.pack("<2sHIHHHII", b"II", 42, 8, 1, 0x0112, 3, 1, orientation) + bytes(4)
    segment = b"Exif\0\0" + tags
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + jpeg[2:]


def test_a_turned_jpeg_stays_as_it_is_stored(animate, toon, tmp_path):
    stored = cv2.imencode(".jpg", toon[:200, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    picture = tmp_path / "phone.jpg"
    picture.write_bytes(with_orientation(stored, 6))
    assert cv2.imread(str(picture)).shape == (SIDE, 200, 3), "others would turn it"
    made = animate(picture=picture, box=BOX, matcher="template", end=0.1)
    assert made["size"] == [SIDE, 200], made
    assert frame(tmp_path / "out").shape == (200, SIDE, 3)


@pytest.mark.parametrize("side", [1, 8])
def test_very_small_pictures(animate, toon, tmp_path, side):
    picture = tmp_path / "tiny.png"
    picture.write_bytes(encode_png(np.ascontiguousarray(toon[100 : 100 + side, 100 : 100 + side])))
    error = animate(picture=picture)
    assert (error["exit_code"], error["code"]) == (4, "character-unsure")
    made = animate(picture=picture, box=[0, 0, side, side], end=0.2)
    assert made["size"] == [side, side], made
    assert frame(tmp_path / "out", 5).shape == (side, side, 3)
    assert probe(tmp_path / "out" / "tiny.mp4").frame_count == 5


def test_spaces_umlauts_and_signs_everywhere(user, material, tmp_path):
    folder = tmp_path / "Käse & Größe" / "100 % #1"
    folder.mkdir(parents=True)
    picture, clip, card = (
        folder / "Süße Katze.png",
        folder / "Aufnahme %04d é ☺.mp4",
        folder / "Süße Katze.character.json",
    )
    shutil.copy(material.picture, picture)
    shutil.copy(material.clip, clip)
    shutil.copy(material.card, card)
    out, lines = folder / "aus gabe ü", folder / "zeilen ö.jsonl"
    done = user("animate", picture, clip, "-o", out, "--end", 0.2, "--json-file", lines)
    assert done.code == 0, done.err
    assert str(out) in done.out
    assert done.err.splitlines() == ["Matching 1/1", "Tracking 5/5", "Rendering 5/5", "Writing the movie 5/5"]
    made = load_result(out)
    assert made["picture"] == str(picture)
    for name in ("movie", "sound", "motion", "landmarks", "character"):
        assert (out / made[name]).is_file()
    assert len(lines.read_text(encoding="utf-8").splitlines()) > 5


def test_a_terminal_that_knows_no_umlauts(user, material, tmp_path):
    out = tmp_path / "Gesicht ü ☺"
    done = user(
        "animate", material.picture, material.clip, "-o", out, "--end", 0.1, "--no-movie",
        more={"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "Gesicht \\xfc" in done.out


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text exist on Linux only")
def test_a_name_that_is_no_text(user, material, tmp_path):
    picture = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.png"))
    shutil.copy(material.picture, picture)
    done = user("animate", picture, material.clip, "-o", tmp_path / "out", "--end", 0.1, "--character", material.card)
    assert done.code == 0, done.err
    assert (tmp_path / "out" / f"{picture.stem}.mp4").is_file()


def test_a_home_that_nobody_has(user, material, tmp_path):
    shutil.copy(material.picture, tmp_path / "~draft.png")
    done = user("match", "~draft.png", "-o", "~draft.character.json", "--matcher", "template", "--box", "40,40,170,190")
    assert done.code == 0, done.err
    assert (tmp_path / "~draft.character.json").is_file()


def test_a_tall_phone_clip(animate, material, tmp_path):
    """Stored lying, 3840 x 2160, with the flag that turns it upright."""
    lying = []
    for small in material.frames[:3]:
        upright = np.full((3840, 2160, 3), 90, np.uint8)
        upright[600:2760] = cv2.resize(small, (2160, 2160), interpolation=cv2.INTER_CUBIC)
        lying.append(np.ascontiguousarray(np.rot90(upright)))
    clip = make_clip(tmp_path / "phone.mp4", pictures=lying, rotate=-90, options={"preset": "ultrafast"})
    assert probe(clip).size == (2160, 3840)
    made = animate(clip=clip)
    assert made["frame_count"] == 3, made
    motion = FaceMotion.load(tmp_path / "out" / made["motion"])
    assert motion.valid.all()
    points = motion.landmarks()[0]
    assert points[8, 1] > points[27, 1], "the chin is below the nose"
    assert 600 < points[:, 1].mean() < 2760


@pytest.mark.long
def test_a_picture_of_24_megapixels(user, material, toon, tmp_path, capsys):
    resource = pytest.importorskip("resource")
    picture = tmp_path / "poster.png"
    picture.write_bytes(encode_png(cv2.resize(toon, (6000, 4000), interpolation=cv2.INTER_CUBIC), compression=1))
    box = ",".join(f"{number:g}" for number in np.array(BOX) * ([6000 / SIDE, 4000 / SIDE] * 2))
    before = time.monotonic()
    done = user(
        "animate", picture, material.clip, "-o", tmp_path / "out", "--matcher", "template", "--box", box, "--end", 0.1
    )
    assert done.code == 0, done.err
    assert frame(tmp_path / "out", 3).shape == (4000, 6000, 3)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    with capsys.disabled():
        sys.stdout.write(f"\n6000 x 4000, 3 frames: {time.monotonic() - before:.1f} s, at most {memory:.0f} MB\n")
