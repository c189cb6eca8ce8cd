# SPDX-License-Identifier: GPL-3.0-or-later
"""The matchers, and which of them is used for a picture."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ..character import Character, file_hash
from ..errors import ErrorCode, FaceShotError
from ..landmarks import COUNT, template_in_box
from ..models import ModelStore
from ..placing.anchors import Reading, read_anchors
from ..progress import Progress, silent
from .candidate import PLACED, Answer, Candidate, points_of
from .choice import chosen, doubts
from .view import Box, View

if TYPE_CHECKING:
    from ..picture import Picture

log = logging.getLogger(__name__)

MATCHERS = ("auto", "detector", "network", "features", "template")
TEMPLATE_CONFIDENCE = 0.2  # a guess that wants a hand
MIDDLE = 0.6  # the side of a plain face in the middle of a picture, in shorter sides of it
LEAST_SIDE = 3  # px: on fewer no face can be told from a dot
HINT = (
    "Say where the face is with --box x,y,width,height, or by --anchor NAME=x,y (eyes, nose, mouth), or give a "
    "character card whose points were placed by hand; `match --guess` writes one to begin with."
)
# A matcher that ends with these leaves the choice to the others
_LACKING = (ErrorCode.MODEL_MISSING, ErrorCode.BACKEND_MISSING)
# "auto" does without features whose gallery or networks are not as they should be
_IN_THE_WAY = (
    ErrorCode.MODEL_DAMAGED,
    ErrorCode.OUT_OF_MEMORY,
    ErrorCode.DEVICE_LOST,
    ErrorCode.INPUT_MISSING,
    ErrorCode.INPUT_UNREADABLE,
)


@dataclass(frozen=True, eq=False)
class Matched:
    """A picture's face, and how it came about.

    matcher: one of MATCHERS but "auto" · sure: the face may be used unseen · why: one plain sentence · by_user: the
    user has said where it is, so it is used although nobody is sure.
    """

    character: Character
    matcher: str
    sure: bool
    why: str
    by_user: bool = False

    @property
    def confidence(self) -> float:
        """Mean over the points of the parts that the face has."""
        return float(self.character.confidence[points_of(self.character.present)].mean())


def match_picture(
    picture: Picture, *, matcher: str = "auto", box: Box | None = None, store: ModelStore | None = None
) -> Character:
    """The character of `match_face`."""
    return match_face(picture, matcher=matcher, box=box, store=store).character


def match_face(
    picture: Picture,
    *,
    matcher: str = "auto",
    box: Box | None = None,
    anchors: Mapping[str, tuple[float, float] | None] | None = None,
    guess: bool = False,
    store: ModelStore | None = None,
    progress: Progress = silent,
) -> Matched:
    """Find the 68 points of the face in a picture. box: (x, y, width, height) px, where its face is · anchors: places
    of the face by name, px, None for what it lacks (`placing.anchors`): the template goes by them · progress: told by
    the features, which take their time; it may raise to stop.

    "detector": the face tracker's networks, for human-like faces. "network": our own landmark network, for drawn
    characters and animals too; it says which parts there are. "features": the annotated faces of a gallery, by what a
    diffusion model sees. "template": a plain face fills the box. "auto" asks the detector and the network, and the
    features where all that they need is here, and takes the one that expects the smallest error, if it is sure; see
    `choice`. Where none is sure and a box is given, it is the template. guess: where none is sure, the best guess with
    low confidence.

    Raises CHARACTER_UNSURE when no way is good enough (with `guess` only for a picture of next to no pixels), USAGE for
    an unknown matcher or a bad box, MODEL_MISSING or BACKEND_MISSING where that is why nobody is sure, and what
    MeshTracker raises.
    """
    if matcher not in MATCHERS:
        raise FaceShotError(
            ErrorCode.USAGE, f"No matcher is called {matcher!r}.", hint=f"Matchers are {', '.join(MATCHERS)}."
        )
    if box is not None:
        _check_box(picture, box)
    if anchors:
        return _by_anchors(picture, anchors, matcher)
    if matcher == "template":
        return _template(picture, box, guess)
    view = View.of(picture, box)
    ask: dict[str, Callable[[], Answer]] = {
        "detector": partial(_ask_detector, view, store),
        "network": partial(_ask_network, view),
        "features": partial(_ask_features, view, store, progress),
    }
    answers: list[Answer] = []
    lacking = None
    for name in ask if matcher == "auto" else (matcher,):
        if name == "features" and matcher == "auto" and not _are_features_worth_it(answers, store):
            continue
        try:
            answers.append(view.on_picture(ask[name]()))
        except FaceShotError as error:
            blocked = name == "features" and matcher == "auto" and error.code in _IN_THE_WAY
            if not (blocked or error.code in _LACKING) or not (guess or matcher == "auto"):
                raise
            lacking = error
            answers.append(Answer(name, "cannot be asked" if blocked else "is not installed"))
    why = ""
    if any(answer.sure for answer in answers):
        best, why = chosen(answers)
        answers = [best]  # hearing the other may have made it unsure
    if answers[0].sure and answers[0].face is not None:
        character = _character(picture, answers[0].face, answers[0].matcher)
        matched = Matched(character, answers[0].matcher, sure=True, why=why)
    else:
        matched = _unsure(picture, answers, box, guess=guess, auto=matcher == "auto", lacking=lacking)
    log.info("%s", matched.why)
    return matched


def _unsure(
    picture: Picture, answers: list[Answer], box: Box | None, *, guess: bool, auto: bool, lacking: FaceShotError | None
) -> Matched:
    """What is left where nobody is sure. Raises `lacking`, the reason why a matcher could not be asked, or
    CHARACTER_UNSURE."""
    why = doubts(answers)
    if auto and box is not None:
        words = f"A plain face is placed in the box, since {why}."
        return Matched(_plain(picture, box), "template", sure=False, why=words, by_user=True)
    if not guess:
        raise lacking or FaceShotError(ErrorCode.CHARACTER_UNSURE, f"Cannot find the picture's face: {why}.", hint=HINT)
    best = _best_guess(picture, answers)
    if best is not None:
        return Matched(best[0], best[1], sure=False, why=f"A guess: {why}.")
    if min(picture.size) < LEAST_SIDE:
        raise FaceShotError(
            ErrorCode.CHARACTER_UNSURE,
            f"{picture.size[0]} x {picture.size[1]} px are too few for a face.",
            hint="Use a larger picture.",
        )
    words = f"A plain face in the {'box' if box is not None else 'middle'} to begin with: {why}."
    return Matched(_plain(picture, box or _middle(picture)), "template", sure=False, why=words)


def _best_guess(picture: Picture, answers: list[Answer]) -> tuple[Character, str] | None:
    """The likeliest of the faces that somebody sees, with its matcher; None where a plain face is a better start."""
    seen = [(answer, answer.face) for answer in answers if answer.face is not None]
    # A detector in doubt has mostly seen a face in what is none; the network's expected error holds there, too
    for answer, face in sorted(seen, key=lambda one: (one[0].matcher == "detector", one[1].error)):
        character = _character(picture, face.doubted(), answer.matcher)
        try:
            character.require_on_picture()
        except FaceShotError:
            continue
        return character, answer.matcher
    return None


def _ask_detector(view: View, store: ModelStore | None) -> Answer:
    from .detector import detect

    return detect(view.rgb, box=view.box, store=store)


def _ask_network(view: View) -> Answer:
    from .network import SHORTEST_SIDE, SURE_FACE, place

    rgb = view.rgb
    if min(rgb.shape[:2]) < SHORTEST_SIDE:
        return Answer("network", f"needs more than {rgb.shape[1]} x {rgb.shape[0]} px")
    found = place(rgb, box=view.box, refuse=False)
    if found.face < SURE_FACE:
        return Answer("network", "sees no face")
    eyes = {"right_eye", "left_eye"} <= found.present
    face = Candidate(
        points=found.points,
        expected=found.expected,
        confidence=found.confidence,
        iris=found.iris if eyes else None,
        present=found.present,
    )
    doubt = "" if found.sure else f"may be {100 * face.error:.0f} % of the face's width off"
    if doubt and not eyes:
        doubt += " and misses an eye"
    return Answer("network", doubt, face)


def _ask_features(view: View, store: ModelStore | None, progress: Progress) -> Answer:
    from .features.by_features import match_by_features
    from .features.installed import load_extractor, open_gallery, require_installed

    require_installed(store)  # what is to be fetched comes before what is to be built
    gallery = open_gallery()
    extractor = load_extractor(store=store, progress=progress)
    return match_by_features(view.rgb, gallery, extractor, box=view.box, progress=progress)


def _are_features_worth_it(answers: list[Answer], store: ModelStore | None) -> bool:
    """Whether "auto" asks for them: all is here; on a CPU, which takes minutes, only where nobody else is sure."""
    from .features.installed import has_accelerator, is_ready

    return is_ready(store) and (not any(answer.sure for answer in answers) or has_accelerator())


def _template(picture: Picture, box: Box | None, guess: bool) -> Matched:
    if box is None and not guess:
        raise FaceShotError(
            ErrorCode.USAGE,
            "The template matcher cannot know where the face is.",
            hint="Give the face's place: --box x,y,width,height, from the brows to the chin and from ear to ear.",
        )
    if box is None:
        return _unsure(picture, [Answer("template", "knows no place")], None, guess=True, auto=False, lacking=None)
    return Matched(_plain(picture, box), "template", sure=False, why="A plain face fills the box.", by_user=True)


def _by_anchors(picture: Picture, anchors: Mapping[str, tuple[float, float] | None], matcher: str) -> Matched:
    if matcher not in ("auto", "template"):
        raise FaceShotError(
            ErrorCode.USAGE, f"The {matcher} does not go by anchors.", hint="Use --matcher template with --anchor."
        )
    places = {name: place for name, place in anchors.items() if place is not None}
    skipped = [name for name, place in anchors.items() if place is None]
    reading = read_anchors(places, picture.size, skipped=skipped)
    one = "one anchor" if len(places) == 1 else f"{len(places)} anchors"
    character, closer = reading.character, ""
    if matcher == "auto":
        character = _closer(picture, reading)
        closer = "" if character is reading.character else ", its parts as they are drawn there"
    words = f"The likeliest face by {one}{closer}. {reading.words}".strip().removesuffix(".") + "."
    return Matched(_named(picture, character), "template", sure=False, why=words, by_user=True)


def _closer(picture: Picture, reading: Reading) -> Character:
    """The face by anchors with its parts as they are seen; as it is where there is too little to see or no network."""
    from .closer import look_closer
    from .network import SHORTEST_SIDE

    view = View.of(picture)
    if min(view.rgb.shape[:2]) < SHORTEST_SIDE:
        return reading.character
    try:
        return look_closer(view, reading.character, reading.anchors)
    except FaceShotError as error:
        if error.code not in _LACKING:
            raise
        return reading.character


def _plain(picture: Picture, box: Box) -> Character:
    confidence = np.full(COUNT, TEMPLATE_CONFIDENCE)
    return _character(picture, Candidate(template_in_box(box), np.full(COUNT, np.inf), confidence), "template")


def _middle(picture: Picture) -> Box:
    side = MIDDLE * min(picture.size)
    return ((picture.size[0] - side) / 2, (picture.size[1] - side) / 2, side, side)


def _character(picture: Picture, face: Candidate, matcher: str) -> Character:
    return _named(
        picture,
        Character(
            points=face.points,
            iris=face.iris,
            confidence=face.confidence,
            present=face.present,
            placed=(PLACED[matcher],) * COUNT,
            size=picture.size,
        ),
    )


def _named(picture: Picture, character: Character) -> Character:
    """With the picture that it is of."""
    if picture.path is None:
        return character
    return dataclasses.replace(character, picture=str(picture.path), picture_hash=file_hash(picture.path))


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
