# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import argparse
import json
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ErrorCode, FaceShotError
from core.verbs import VERBS
from core.verbs.animate import AnimateVerb
from core.verbs.options import add_arguments, frame_range, from_namespace, from_request

ARGUMENTS = [
    "a.png",
    "b.mp4",
    "-o",
    "out",
    "--fps",
    "24",
    "--gain",
    "mouth=1.2",
    "--gain",
    "eyes=0.5",
    "--box",
    "1,2,3,4",
]
REQUEST = {
    "picture": "a.png",
    "clip": "b.mp4",
    "output": "out",
    "fps": 24,
    "gain": {"mouth": 1.2, "eyes": 0.5},
    "box": [1, 2, 3, 4],
}


def parse(options: type, arguments: list[str]):
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_arguments(parser, options)
    return from_namespace(options, parser.parse_args(arguments))


def test_a_command_line_and_a_request_give_the_same_options():
    assert parse(AnimateVerb, ARGUMENTS) == from_request(AnimateVerb, REQUEST)


def test_a_request_survives_json_and_null_means_not_given():
    request = json.loads(json.dumps(REQUEST | {"face": None}))
    options = from_request(AnimateVerb, request)
    assert options.face is None
    assert options.gain == (("mouth", 1.2), ("eyes", 0.5))
    assert options.picture == Path("a.png").absolute()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fps": "fast"}, "fps"),
        ({"fps": float("nan")}, "finite"),
        ({"fps": True}, "number"),
        ({"face": 1.5}, "whole"),
        ({"box": "1,2,3"}, "box"),
        ({"matcher": "magic"}, "magic"),
        ({"gain": ["mouth"]}, "gain"),
        ({"colour": 1}, "colour"),
        ({"picture": ""}, "path"),
        ({"picture": "a\0b"}, "text"),
        ({"no_movie": "yes"}, "true or false"),
    ],
)
def test_a_wrong_option_is_named(change, words):
    with pytest.raises(FaceShotError, match=words) as caught:
        from_request(AnimateVerb, REQUEST | change)
    assert caught.value.code is ErrorCode.USAGE


def test_a_missing_option_is_named():
    with pytest.raises(FaceShotError, match="clip is missing"):
        from_request(AnimateVerb, {"picture": "a.png", "output": "o"})


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_frame_ranges_include_both_ends(first, more):
    frames = frame_range(f"{first}-{first + more}")
    assert (frames[0], frames[-1], len(frames)) == (first, first + more, more + 1)
    assert frame_range([first, first + more]) == frames


@pytest.mark.parametrize("text", ["0-3", "5-4", "a-b", "1-2-3", ""])
def test_senseless_frame_ranges_are_refused(text):
    with pytest.raises(ValueError):
        frame_range(text)


@given(
    st.dictionaries(
        st.text(max_size=8),
        st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), st.lists, max_leaves=4),
    )
)
def test_any_json_gives_options_or_a_usage_error(request_data):
    outcome: object = None
    try:
        outcome = from_request(AnimateVerb, request_data)
    except FaceShotError as error:
        outcome = error.code
    assert isinstance(outcome, AnimateVerb) or outcome is ErrorCode.USAGE


@pytest.mark.parametrize("verb", VERBS.values(), ids=lambda verb: verb.name)
def test_every_option_explains_itself(verb):
    for field in fields(verb.options):
        assert field.metadata["help"], f"{verb.name} {field.name}"
