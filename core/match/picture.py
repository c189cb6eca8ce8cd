# SPDX-License-Identifier: GPL-3.0-or-later
"""The matchers, and which of them is used for a picture."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

from ..character import Character, file_hash
from ..errors import ErrorCode, FaceShotError
from ..landmarks import COUNT, template_in_box
from ..models import ModelStore

if TYPE_CHECKING:
    from ..picture import Picture

log = logging.getLogger(__name__)

MATCHERS = ("auto", "detector", "network", "template")
TEMPLATE_CONFIDENCE = 0.2  # a guess that wants a hand
Box = tuple[float, float, float, float]
# With these the next matcher has its try
_NEXT = (ErrorCode.CHARACTER_UNSURE, ErrorCode.MODEL_MISSING, ErrorCode.BACKEND_MISSING)


def match_picture(
    picture: Picture, *, matcher: str = "auto", box: Box | None = None, store: ModelStore | None = None
) -> Character:
    """Find the 68 points of the face in a picture. box: (x, y, width, height) px, where its face is.

    "detector": the face tracker's networks; accepted only when they are sure, so for human-like faces. "network": our
    own landmark network, for drawn characters and animals too; it says which parts there are. "template": a plain face
    fills the box. "auto": the detector; where it is not sure, the network; where that is not sure either and a box is
    given, the template.

    Raises CHARACTER_UNSURE when no way is good enough, USAGE for an unknown matcher or a bad box, and what
    MeshTracker raises.
    """
    if matcher not in MATCHERS:
        raise FaceShotError(
            ErrorCode.USAGE, f"No matcher is called {matcher!r}.", hint=f"Matchers are {', '.join(MATCHERS)}."
        )
    if box is not None:
        _check_box(picture, box)
    if matcher == "template":
        return _from_template(picture, box)
    if matcher == "network":
        return _from_network(picture, box)
    try:
        return _from_detector(picture, box, store)
    except FaceShotError as error:
        if matcher != "auto" or error.code not in _NEXT:
            raise
        return _without_detector(picture, box, error)


def _without_detector(picture: Picture, box: Box | None, error: FaceShotError) -> Character:
    """The next best, where the detector ended with this error."""
    try:
        found = _from_network(picture, box)
        log.info("%s The landmark network has found it.", error.message)
        return found
    except FaceShotError as unsure:
        log.info("%s", unsure.message)
        if box is None or unsure.code not in _NEXT:
            raise error from None
    log.info("%s A plain face is placed in the box instead.", error.message)
    return _from_template(picture, box)


def _from_network(picture: Picture, box: Box | None) -> Character:
    from .network import place

    found = place(picture.rgb8(), box=box)
    eyes = {"right_eye", "left_eye"} <= found.present
    return Character(
        points=found.points,
        iris=found.iris if eyes else None,
        confidence=found.confidence,
        present=found.present,
        placed=("matched",) * COUNT,
        size=picture.size,
        picture=_path(picture),
        picture_hash=_hash(picture),
    )


def _from_detector(picture: Picture, box: Box | None, store: ModelStore | None) -> Character:
    from .detector import detect

    found = detect(picture.rgb8(), box=box, store=store)
    return Character(
        points=found.points,
        iris=found.iris,
        confidence=found.confidence,
        placed=("detected",) * COUNT,
        size=picture.size,
        picture=_path(picture),
        picture_hash=_hash(picture),
    )


def _from_template(picture: Picture, box: Box | None) -> Character:
    if box is None:
        raise FaceShotError(
            ErrorCode.USAGE,
            "The template matcher cannot know where the face is.",
            hint="Give the face's place: --box x,y,width,height, from the brows to the chin and from ear to ear.",
        )
    return Character(
        points=template_in_box(box),
        confidence=np.full(COUNT, TEMPLATE_CONFIDENCE),
        placed=("template",) * COUNT,
        size=picture.size,
        picture=_path(picture),
        picture_hash=_hash(picture),
    )


def _check_box(picture: Picture, box: Box) -> None:
    x, y, width, height = box
    inside_x = min(x + width, picture.size[0]) - max(x, 0.0)
    inside_y = min(y + height, picture.size[1]) - max(y, 0.0)
    if not (np.isfinite(box).all() and width > 0 and height > 0):
        what = "is empty"
    elif inside_x <= 0 or inside_y <= 0:
        what = f"lies outside the picture, which is {picture.size[0]} x {picture.size[1]} px"
    else:
        return
    raise FaceShotError(
        ErrorCode.USAGE,
        f"The face box {x:g},{y:g},{width:g},{height:g} {what}.",
        hint="Give it as x,y,width,height in pixels, y down from the top.",
    )


def _path(picture: Picture) -> str:
    return "" if picture.path is None else str(picture.path)


def _hash(picture: Picture) -> str:
    return "" if picture.path is None else file_hash(picture.path)
