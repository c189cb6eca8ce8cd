# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ErrorCode, FaceShotError
from core.retarget import GAINS, PART_GAINS, POSE_GAINS, RetargetSettings, parse_gains

NUMBER = st.floats(-1e6, 1e6)
SETTINGS = st.builds(
    RetargetSettings,
    reference=st.one_of(st.sampled_from(["auto", "neutral", "first"]), st.integers(0, 10**6)),
    calibration=st.sampled_from(["reference", "clip"]),
    shut=st.one_of(st.just("auto"), st.floats(0, 0.8)),
    rest=st.one_of(st.none(), st.tuples(NUMBER, NUMBER, st.floats(1e-3, 1e4))),
    gaze_rest=st.one_of(st.none(), st.tuples(NUMBER, NUMBER, NUMBER, NUMBER)),
    **dict.fromkeys(GAINS, st.floats(0, 1)),
)


@given(SETTINGS)
def test_json_and_back_is_the_same(settings: RetargetSettings) -> None:
    text = json.dumps(settings.as_dict(), allow_nan=False)
    assert RetargetSettings.from_dict(json.loads(text)) == settings


def test_equal_settings_have_one_form() -> None:
    """The form goes into cache keys: 1 and 1.0 must not differ there."""
    assert json.dumps(RetargetSettings(zoom=1).as_dict()) == json.dumps(RetargetSettings(zoom=1.0).as_dict())


def test_absent_names_take_their_defaults() -> None:
    assert RetargetSettings.from_dict({}) == RetargetSettings()
    assert RetargetSettings.from_dict({"mouth": 0.5}) == RetargetSettings(mouth=0.5)


@pytest.mark.parametrize(
    "values",
    [
        {"reference": "last"},
        {"reference": -1},
        {"reference": True},
        {"reference": 1.5},
        {"reference": None},
        {"mouth": 2.1},
        {"mouth": -0.1},
        {"mouth": float("nan")},
        {"mouth": "1"},
        {"mouth": True},
        {"parallax": 1.1},
        {"calibration": "none"},
        {"calibration": None},
        {"shut": 0.9},
        {"shut": "never"},
        {"shut": None},
        {"rest": (1.0, 2.0)},
        {"rest": (1.0, 2.0, 0.0)},
        {"rest": (1.0, 2.0, float("inf"))},
        {"rest": "abc"},
        {"gaze_rest": 5},
        {"nose_gain": 1.0},
        {1: 2},
    ],
)
def test_what_is_out_of_bounds_is_refused_in_words(values: dict) -> None:
    with pytest.raises(FaceShotError) as caught:
        RetargetSettings.from_dict(values)
    assert caught.value.code is ErrorCode.USAGE
    assert caught.value.message


def test_gains_by_name() -> None:
    assert set(PART_GAINS) | set(POSE_GAINS) == set(GAINS)
    assert RetargetSettings().with_gains({"mouth": 1.2, "zoom": 1}).as_dict()["mouth"] == 1.2
    with pytest.raises(FaceShotError, match="ears"):
        RetargetSettings().with_gains({"ears": 1.0})
    with pytest.raises(FaceShotError, match="reference"):
        RetargetSettings().with_gains({"reference": 1.0})


def test_gains_as_written() -> None:
    assert parse_gains(["mouth=1.2", " brows =0"]) == {"mouth": 1.2, "brows": 0.0}
    for wrong in ("mouth", "mouth=", "mouth=x", "=1", "ears=1", ""):
        with pytest.raises(FaceShotError) as caught:
            parse_gains([wrong])
        assert caught.value.code is ErrorCode.USAGE


def test_options_as_written() -> None:
    assert RetargetSettings.from_options() == RetargetSettings(stay=True)
    assert RetargetSettings.from_options(stay=False) == RetargetSettings()
    assert RetargetSettings.from_options(reference="neutral").reference == "neutral"
    assert RetargetSettings.from_options(reference="12").reference == 11
    for wrong in ("0", "-1", "1.5", "", "last", "²"):
        with pytest.raises(FaceShotError):
            RetargetSettings.from_options(reference=wrong)
