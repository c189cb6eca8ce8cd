# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ErrorCode, FaceShotError

# What farms rely on: a code never changes its meaning. New ones may be added here.
PUBLISHED = {
    "unexpected": 1,
    "usage": 2,
    "input-missing": 3,
    "input-unreadable": 3,
    "output-unwritable": 3,
    "disk-full": 3,
    "no-face": 4,
    "character-unsure": 4,
    "engine-missing": 5,
    "engine-outdated": 5,
    "engine-lost": 1,
    "backend-missing": 5,
    "model-missing": 5,
    "model-damaged": 5,
    "offline": 5,
    "access-denied": 5,
    "out-of-memory": 6,
    "device-lost": 6,
    "batch-partly-failed": 7,
    "cancelled": 130,
}


def test_codes_keep_their_names_and_numbers() -> None:
    have = {code.slug: code.exit_code for code in ErrorCode}
    assert {slug: have.get(slug) for slug in PUBLISHED} == PUBLISHED


def test_names_are_unique() -> None:
    assert len({code.slug for code in ErrorCode}) == len(list(ErrorCode))


@pytest.mark.parametrize("code", list(ErrorCode))
def test_a_name_finds_its_code(code: ErrorCode) -> None:
    assert ErrorCode.from_slug(code.slug) is code


def test_an_unknown_name_is_unexpected() -> None:
    assert ErrorCode.from_slug("from-the-future") is ErrorCode.UNEXPECTED


@given(st.sampled_from(list(ErrorCode)), st.text(), st.text())
def test_an_error_crosses_a_process_boundary_whole(code: ErrorCode, message: str, hint: str) -> None:
    error = FaceShotError(code, message, hint=hint)
    again = FaceShotError.from_dict(json.loads(json.dumps(error.as_dict())))
    assert (again.code, again.message, again.hint) == (code, message, hint)
    assert str(again) == str(error)


@pytest.mark.parametrize("data", [{}, {"code": None}, {"code": 5, "message": 7}])
def test_a_broken_report_is_still_an_error(data: dict) -> None:
    error = FaceShotError.from_dict(data)
    assert error.code is ErrorCode.UNEXPECTED
    assert str(error)


def test_an_error_says_what_and_what_to_do() -> None:
    assert str(FaceShotError(ErrorCode.USAGE, "No such part.", hint="Parts are jaw.")) == "No such part. Parts are jaw."
    assert str(FaceShotError(ErrorCode.USAGE, "No such part.")) == "No such part."
