# SPDX-License-Identifier: GPL-3.0-or-later
"""`animate --backend mofa` by the real command line and the real engine, with small networks in published folders."""

from __future__ import annotations

import pytest

from core.landmarks import LandmarkSequence
from core.picture import read_picture
from tests.core.verbs.conftest import hashes, load_result
from tests.core.verbs.processes import Engine

SMALL = {"steps": 2, "size": 256, "window": 3, "stride": 2, "device": "cpu"}
SECONDS = 0.12  # three frames


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    pytest.importorskip("torch", reason="this engine has no torch")
    from tests.core.render.mofa.golden_arrays import FOLDER, Golden
    from tests.core.render.mofa.published import write

    if not (FOLDER / "recipe.py").is_file():
        pytest.skip(f"the golden arrays are not at {FOLDER}")
    return write(Golden(FOLDER), tmp_path_factory.mktemp("weights"))


# The networks are small: more threads only get in each other's way.
ONE_THREAD = {"FACESHOT_THREADS": "1", "OMP_NUM_THREADS": "1"}


@pytest.fixture
def engine(variables, tmp_path):
    engine = Engine(variables={**variables, **ONE_THREAD}, cwd=tmp_path)
    yield engine
    engine.close()


@pytest.fixture
def settings(weights):
    return {**SMALL, "weights": str(weights)}


def test_by_the_command_line(user, material, settings, tmp_path):
    words = [part for name, value in settings.items() for part in ("--setting", f"{name}={value}")]
    done = user(
        "animate",
        material.picture,
        material.clip,
        "-o",
        tmp_path / "out",
        "--end",
        SECONDS,
        "--backend",
        "mofa",
        *words,
    )
    assert done.code == 0, done
    result = load_result(tmp_path / "out")
    assert (result["frames"], result["frame_count"]) == ("mofa", 3)
    picture = read_picture(material.picture).pixels
    frames = [read_picture(path).pixels for path in sorted((tmp_path / "out" / "mofa").glob("0*.png"))]
    assert [frame.shape for frame in frames] == [picture.shape] * 3
    assert all((frame != picture).any() for frame in frames)

    # a mouth is mended in frame 2, which alone is made anew and joins the others
    file = tmp_path / "out" / result["landmarks"]
    landmarks = LandmarkSequence.load(file)
    landmarks.points[1, 48:68] += (2, 9)
    mended = tmp_path / "mended.landmarks.npz"
    landmarks.save(mended)
    before = hashes(tmp_path / "out" / "mofa")
    done = user(
        "render", material.picture, mended, "-o", tmp_path / "out" / "mofa", "--frames", "2-2", "--backend", "mofa",
        *words,
    )  # fmt: skip
    assert done.code == 0, done
    said = done.out + done.err
    assert "Frame 2: sampled in 2 of 2 windows, all others held" in said
    assert "At the joins a full run would change about" in said
    after = hashes(tmp_path / "out" / "mofa")
    assert sorted(name for name in after if after[name] != before[name]) == ["000002.png", "render.json"]


def test_by_the_engine_cancelled_run_again_and_in_part(engine, material, settings, tmp_path):
    settings["seed"] = 5  # nothing of it is in the cache
    request = {
        "picture": material.picture, "clip": material.clip, "end": SECONDS, "backend": "mofa", "setting": settings
    }  # fmt: skip
    asked = engine.ask("animate", output=tmp_path / "out", **request)
    while True:
        message = engine.next()
        assert message["type"] not in ("result", "error"), message
        if message.get("id") == asked and message["type"] == "progress" and message["stage"] == "Diffusing":
            break
    engine.send(cancel=asked)
    while message.get("id") != asked or message["type"] not in ("error", "result"):
        message = engine.next()
    assert message["type"] == "error"
    assert message["error"]["code"] == "cancelled"
    assert not (tmp_path / "out" / "result.json").exists()
    again = engine.answer("animate", output=tmp_path / "out", **request)
    assert again["frame_count"] == 3, again
    # a range of the same landmarks gives the same frames
    part = engine.answer(
        "render", picture=material.picture, landmarks=tmp_path / "out" / again["landmarks"], output=tmp_path / "part",
        frames="2-2", backend="mofa", setting=settings, character=material.card, no_cache=True,
    )  # fmt: skip
    assert part["frame_count"] == 1, part
    whole, one = hashes(tmp_path / "out" / "mofa"), hashes(tmp_path / "part")
    assert one["000002.png"] == whole["000002.png"]


def test_without_networks_nothing_is_begun(animate, tmp_path):
    answer = animate(backend="mofa", setting={"weights": str(tmp_path / "none")})
    assert answer["code"] == "model-missing"
    assert answer["exit_code"] == 5
    assert not (tmp_path / "out").exists()


def test_a_setting_that_is_not_known_is_named(animate, weights, tmp_path):
    answer = animate(backend="mofa", setting={"stepps": "3", "weights": str(weights)})
    assert answer["code"] == "usage"
    assert "stepps" in answer["message"]
