# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking for anchors one after the other: what was placed and skipped so far, and what is asked for now."""

from __future__ import annotations

from dataclasses import dataclass

from ..character import Character
from ..errors import FaceShotError
from .anchors import EDGES, KINDS, MOST, Place, Reading, expects, is_outside, next_anchor, put_right, read_anchors

_EDGE_OF = {eye: edge for edge, eye in EDGES.items()}


@dataclass(frozen=True)
class Step:
    """place: px, None where the character lacks it · edge: a place on the edge of an eye."""

    name: str
    place: Place | None
    edge: Place | None = None


@dataclass(frozen=True)
class Asking:
    """size: the picture's, px · steps: what was answered so far.

    >>> asking = Asking((800, 600)).with_place((300, 200)).with_place((400, 200)).skipped()
    >>> asking.current, asking.back().current
    ('mouth_right', 'nose')
    """

    size: tuple[int, int]
    steps: tuple[Step, ...] = ()

    @property
    def current(self) -> str | None:
        """The anchor that is asked for; None when enough is known."""
        return next_anchor(self.placed, self.lacking)

    @property
    def placed(self) -> dict[str, Place]:
        """Places by name, without edges."""
        return {step.name: step.place for step in self.steps if step.place is not None}

    @property
    def lacking(self) -> tuple[str, ...]:
        return tuple(step.name for step in self.steps if step.place is None)

    @property
    def anchors(self) -> dict[str, Place]:
        """Places by name, as `read_anchors` takes them."""
        edges = {_EDGE_OF[step.name]: step.edge for step in self.steps if step.edge is not None}
        return self.placed | edges

    @property
    def has_size(self) -> bool:
        """Whether what is asked for has an edge that may be given with it."""
        return self.current in _EDGE_OF

    @property
    def words(self) -> str:
        """What to do now, for the header."""
        name = self.current
        if name is None:
            return "Enter: done"
        side = next((word for word in name.split("_") if word in ("right", "left")), "")
        seen = {"right": " (on the left as you see it)", "left": " (on the right as you see it)"}.get(side, "")
        size = "; drag to its edge to say how large it is" if self.has_size else ""
        return f"{len(self.placed) + 1} of {MOST}: click {KINDS[name].words}{seen}{size}"

    def with_place(self, place: Place, edge: Place | None = None) -> Asking:
        """What is asked for is there."""
        name = self.current
        assert name is not None
        return Asking(self.size, (*self.steps, Step(name, place, edge if self.has_size else None)))

    def skipped(self) -> Asking:
        """The character lacks what is asked for."""
        name = self.current
        assert name is not None
        return Asking(self.size, (*self.steps, Step(name, None)))

    def back(self) -> Asking:
        return Asking(self.size, self.steps[:-1])

    def why_not(self, place: Place) -> str:
        """Why what is asked for cannot be there; empty when it can."""
        name = self.current
        if name is None:
            return "All is placed"
        if is_outside(name, place, self.size):
            return "That is outside the picture"
        try:
            self.with_place(place).reading()
        except FaceShotError as error:
            return error.message.rstrip(".")
        return ""

    def preview(self, place: Place | None, edge: Place | None = None) -> Character | None:
        """The face as it would be, were `place` clicked; where that is far from what is asked for, the face so far.
        None while too little is known."""
        name, asking = self.current, self
        if place is not None and name is not None and not is_outside(name, place, self.size):
            placed, _ = put_right(self.placed)
            if expects(placed, name, place):
                asking = self.with_place(place, edge)
        try:
            return asking.reading().character if len(asking.placed) >= 2 else None
        except FaceShotError:  # on one spot with another one
            return self.preview(None) if asking is not self else None

    def reading(self) -> Reading:
        """The face so far. Raises USAGE where too little is known."""
        return read_anchors(self.anchors, self.size, skipped=self.lacking)

    def as_text(self) -> str:
        """As the command line and the operator take it: name=x,y and name=none."""
        places = {
            **{name: f"{x:.2f},{y:.2f}" for name, (x, y) in self.anchors.items()},
            **dict.fromkeys(self.lacking, "none"),
        }
        return " ".join(f"{name}={place}" for name, place in places.items())
