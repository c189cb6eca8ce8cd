# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a face may turn from its picture."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.landmarks import ALL_PARTS, MIRROR, template
from core.retarget import pose
from core.retarget.frame import to_complex


def face(*, wide: float = 1.0, aside: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A plain face in face coordinates, (68,), and its depth (68,): eyes set `wide`, features shifted `aside`."""
    points = template() / np.ptp(template()[:17, 0])
    depth = 1.6 * points[:, 0] ** 2
    points[17:, 0] = points[17:, 0] * wide + aside
    return to_complex(points), depth


@settings(max_examples=40, deadline=None)
@given(wide=st.floats(0.7, 1.2), aside=st.floats(-0.05, 0.05))
def test_a_turn_keeps_a_part_of_the_far_cheek(wide: float, aside: float) -> None:
    character, depth = face(wide=wide, aside=aside)
    low, high = pose.yaw_reach(character, depth, ALL_PARTS)
    assert np.deg2rad(5) < -low < np.deg2rad(41)
    assert np.deg2rad(5) < high < np.deg2rad(41)
    for yaw, corner, edge in ((high, 36, 0), (low, 45, 16)):
        turned = pose.turned(character[None], depth[None], np.array([[0.0, 0.9 * yaw, 0.0]]))[0]
        # what is near moves to the side of x < 0 as yaw grows; the corner of the eye stays within the jaw line
        assert (turned[corner].real - turned[edge].real) * (1 if yaw > 0 else -1) > 0


@settings(max_examples=20, deadline=None)
@given(aside=st.floats(-0.06, 0.06))
def test_a_mirrored_face_turns_the_other_way(aside: float) -> None:
    character, depth = face(aside=aside)
    low, high = pose.yaw_reach(character, depth, ALL_PARTS)
    mirror = np.array(MIRROR)
    again = pose.yaw_reach(-character.conj()[mirror], depth[mirror], ALL_PARTS)
    assert np.allclose(again, (-high, -low), atol=np.deg2rad(0.6))


def test_a_wide_face_turns_further() -> None:
    near, far = (pose.yaw_reach(*face(wide=wide), ALL_PARTS)[1] for wide in (1.1, 0.8))
    assert far > near


def test_a_face_of_a_jaw_alone_has_no_far_cheek() -> None:
    low, high = pose.yaw_reach(*face(), frozenset({"jaw"}))
    assert -low == high > np.deg2rad(39)
