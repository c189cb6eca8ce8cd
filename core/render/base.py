# SPDX-License-Identifier: GPL-3.0-or-later
"""What a renderer is, and the table of those there are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..errors import ErrorCode, FaceShotError
from ..progress import Progress, silent

if TYPE_CHECKING:
    from ..character import Character
    from ..landmarks import LandmarkSequence
    from ..picture import Picture


def unheard(words: str) -> None:
    """Where nobody listens."""


@dataclass(frozen=True)
class Work:
    """What a backend may use while it works.

    progress: told of stages before the first frame comes; it may raise to stop · note: words for the user to read
    meanwhile · warn: words on what is not as asked for · scratch: a folder for what a later run can go on from, or
    None; a backend keeps to a folder of its own name in it · part: the frames (0-based) that are asked for where the
    rest is to stay as an earlier run has left it; None: all are.
    """

    progress: Progress = silent
    note: Callable[[str], object] = unheard
    warn: Callable[[str], object] = unheard
    scratch: Path | None = None
    part: range | None = None


# Nobody listens, nothing is kept.
IDLE = Work()


class Backend(Protocol):
    """Makes frames from a picture and moving landmarks.

    name: its key in BACKENDS · version: changes whenever the same input may give other pixels · licence: of the code
    and of the weights it uses, as shown to the user · capabilities: any of "alpha", "16-bit", "grey" (what of a
    picture survives), "exact-rest" (landmarks at rest give the picture bit for bit), "iris" (it follows the gaze),
    "deterministic".

    Where only some frames are wanted, a backend that has a further method `joined(picture, character, landmarks,
    settings, work)` is asked for the settings before it renders: they may say which earlier run those frames join.
    """

    name: str
    version: str
    licence: str
    capabilities: frozenset[str]

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """`given` with the defaults filled in, JSON-able. Raises USAGE for what it does not know."""
        ...

    def context(self, frame: int, count: int) -> range:
        """The frames (0-based, of `count`) whose landmarks decide the pixels of `frame`."""
        ...

    def render(
        self,
        picture: Picture,
        character: Character,
        landmarks: LandmarkSequence,
        frames: Sequence[int],
        settings: Mapping[str, Any],
        work: Work = IDLE,
    ) -> Iterator[np.ndarray]:
        """The pixels of each of `frames` (0-based, rising), in their order; shape (H, W, C) and depth are the
        picture's as far as its capabilities go."""
        ...


# Other people's backends are found here: installed beside the engine's packages, they need nothing of ours.
ENTRY_POINTS = "faceshot.backends"

# Name -> "module:class", imported when it is asked for.
BACKENDS: Mapping[str, str] = {"proxy": ".proxy:ProxyBackend", "mofa": ".mofa.backend:MofaBackend"}


def load_backend(name: str) -> Backend:
    """The backend of that name: one of ours, else one that is installed. Raises BACKEND_MISSING."""
    if name not in BACKENDS:
        return _installed_backend(name)
    module, _, kind = BACKENDS[name].partition(":")
    try:
        return getattr(import_module(module, __package__), kind)()
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith(__package__.partition(".")[0]):
            raise
        raise FaceShotError(
            ErrorCode.BACKEND_MISSING,
            f"The renderer {name} needs the package {error.name}, which this engine's Python does not have.",
            hint="Make the engine with torch: `python3 build.py engine DIR --torch`, or Repair in the preferences.",
        ) from error


def _installed_backend(name: str) -> Backend:
    found = entry_points(group=ENTRY_POINTS)
    if name not in found.names:
        known = ", ".join((*BACKENDS, *sorted(found.names)))
        raise FaceShotError(ErrorCode.BACKEND_MISSING, f"No renderer is called {name!r}.", hint=f"There is {known}.")
    try:
        return found[name].load()()
    except Exception as error:  # somebody else's code: whatever it raises is told, not ours to know
        raise FaceShotError(
            ErrorCode.BACKEND_MISSING,
            f"The renderer {name} ({found[name].value}) could not be loaded: {error}.",
            hint="Reinstall it, or choose another.",
        ) from error


def release_backends() -> None:
    """Have every backend that was used let go of what it keeps warm."""
    for module in BACKENDS.values():
        used = sys.modules.get(f"{__package__}{module.partition(':')[0]}")
        let_go = getattr(used, "release", None)
        if let_go is not None:
            let_go()
