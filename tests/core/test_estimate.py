# SPDX-License-Identifier: GPL-3.0-or-later
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calibration import Calibration, Card, Pace
from core.costs import Task, choose, step_flop
from core.estimate import UNKNOWN, Estimate, duration, estimate, gigabytes, on_card, seconds

ROOT = Path(__file__).resolve().parents[2]
CARD = Card(device="cuda", name="Card 24", torch="2.13.0", precision="bfloat16", memory=24e9)
PACE = Pace(
    card=CARD, size=(512, 512), seconds={"load": 9, "motion": 0.01, "conditions": 0.1, "step": 0.2, "frame": 0.05}
)


def known(*paces: Pace) -> Calibration:
    calibration = Calibration()
    for pace in paces:
        calibration = calibration.noted(pace)
    return calibration


def test_at_the_measured_size_the_time_is_what_was_measured():
    found = estimate(124, {}, known(PACE))
    # 125 frames with the picture: 10 windows, and what two of them look at is made anew in each step
    windows, steps = 10, 25
    again = (windows - 8) * (steps - 1)
    wanted = 9 + 124 * 0.01 + (windows + again) * 0.1 + 2 * windows * steps * 0.2 + 125 * 0.05
    assert found.seconds == pytest.approx(wanted)
    assert not found.scaled
    assert found.fits
    assert found.words() == "about 2 min, 20 GB"
    twice = estimate(124, {}, known(PACE), characters=2)
    assert twice.seconds == pytest.approx(9 + 2 * (wanted - 9))


def test_another_size_is_in_proportion_to_the_arithmetic():
    found = estimate(124, {"size": "768", "steps": "10"}, known(PACE))
    assert found.scaled
    task = Task(frames=124, size=(768, 768), steps=10)
    only_steps = Pace(card=CARD, size=(512, 512), seconds={"step": 0.2})
    ratio = step_flop(25, 96 * 96) / step_flop(25, 64 * 64)
    assert seconds(task, choose(task, 24e9), only_steps) == pytest.approx(2 * 10 * 10 * 0.2 * ratio)


def test_what_was_never_measured_is_said():
    assert estimate(24, {}, Calibration()).words() == UNKNOWN
    untimed = known(Pace(card=CARD, size=(512, 512)))
    assert estimate(24, {}, untimed).words() == f"11 GB; time {UNKNOWN}"
    assert estimate(24, {"device": "cpu"}, known(PACE)).words() == UNKNOWN
    assert estimate(24, {"precision": "float16"}, known(PACE)).words() == UNKNOWN


def test_a_card_that_is_too_small_is_told():
    small = Card(device="cuda", name="Card 4", torch="2.13.0", precision="float16", memory=4e9)
    found = estimate(24, {}, known(Pace(card=small, size=(512, 512), seconds={"step": 1.0})))
    assert not found.fits
    assert found.words().endswith("more than the card has")


def test_memory_that_was_measured_above_the_computed_counts():
    grown = known(Pace(card=CARD, size=(512, 512), seconds={"step": 1.0}, grown=1.5))
    plain, more = on_card(Task(frames=24), CARD, known(PACE)), on_card(Task(frames=24), CARD, grown)
    assert plain.plan == more.plan
    assert more.memory == pytest.approx(1.5 * plain.memory)
    assert (
        on_card(Task(frames=124), CARD, grown).plan.together
        < on_card(Task(frames=124), CARD, known(PACE)).plan.together
    )


def test_runs_are_mixed_and_the_newest_card_is_asked():
    again = Pace(card=CARD, size=(512, 512), seconds={"step": 0.4}, grown=1.1)
    calibration = known(PACE, again)
    pace = calibration.exact(CARD, (512, 512), 25)
    assert pace.seconds == pytest.approx({**PACE.seconds, "step": 0.3})
    assert (pace.runs, pace.grown) == (2, 1.1)
    other = Card(device="cpu", name="Processor", torch="2.13.0", precision="float32", memory=32e9)
    calibration = calibration.noted(Pace(card=other, size=(256, 256), seconds={"step": 60.0}))
    assert calibration.card() == other
    assert calibration.card("cuda") == CARD
    assert calibration.card("auto", "bfloat16") == CARD
    # networks of other widths are for tests alone
    tiny = Card(device="cpu", name="Processor", torch="2.13.0", precision="float32", memory=32e9, width=32)
    assert calibration.noted(Pace(card=tiny, size=(256, 256))).card() == other


def test_the_file_comes_back_and_damage_is_passed_over(tmp_path):
    file = tmp_path / "mofa" / "calibration.json"
    calibration = known(PACE, Pace(card=CARD, size=(768, 512), window=9, seconds={"step": 0.5}))
    calibration.save(file)
    assert Calibration.load(file) == calibration
    data = json.loads(file.read_text())
    data["paces"][0]["seconds"]["step"] = "soon"
    data["paces"].append({"card": 3})
    file.write_text(json.dumps(data))
    assert Calibration.load(file).paces == calibration.paces[1:]
    for words in ("", "[]", "{}", '{"version": 2, "paces": []}', "[" * 100, "\x00"):
        file.write_text(words)
        assert Calibration.load(file) == Calibration()
    assert Calibration.load(tmp_path / "none.json") == Calibration()
    (tmp_path / "file").write_text("")
    calibration.save(tmp_path / "file" / "calibration.json")  # nowhere to write: no matter


def test_it_is_in_the_cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FACESHOT_CACHE", str(tmp_path))
    known(PACE).save()
    assert Calibration.load() == known(PACE)
    assert (tmp_path / "mofa" / "calibration.json").is_file()


@given(
    st.integers(-3, 3000),
    st.dictionaries(
        st.sampled_from(["size", "steps", "window", "stride", "together", "device"]),
        st.one_of(st.text(max_size=4), st.integers(-5, 2000), st.none()),
    ),
)
def test_no_setting_breaks_the_panel(frames, settings):
    assert estimate(frames, settings, known(PACE)).words()


@given(st.integers(1, 2000), st.integers(1, 500), st.integers(1, 60))
def test_more_frames_and_steps_never_take_less(frames, more, steps):
    def time(frames: int, steps: int) -> float:
        task = Task(frames=frames, steps=steps)
        return seconds(task, choose(task, 24e9), PACE)

    assert time(frames, steps) <= time(frames + more, steps) <= time(frames + more, steps + 1)


@given(st.floats(0, 1e6))
def test_durations_are_near_what_they_stand_for(time):
    scale = {"s": 1, "min": 60, "h": 3600}
    parts = duration(time).split()
    said = sum(int(count) * scale[unit] for count, unit in zip(parts[::2], parts[1::2], strict=True))
    assert abs(said - time) <= max(1, 0.05 * time)


def test_words_and_result():
    assert gigabytes(1.0) == "1 GB"
    assert Estimate().as_dict()["words"] == UNKNOWN
    told = estimate(124, {}, known(PACE)).as_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["card"] == "Card 24"
    assert told["plan"].startswith("8 window halves")


def test_asking_needs_nothing_but_the_standard_library_and_numpy():
    code = (
        "import sys; from core.estimate import estimate, Calibration; estimate(9, {}, Calibration()); "
        "print(sorted({'torch', 'cv2', 'core.render'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
