# SPDX-License-Identifier: GPL-3.0-or-later
"""What a renderer is, and the table of those there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..errors import ErrorCode, FaceShotError

if TYPE_CHECKING:
    from ..character import Character
    from ..landmarks import LandmarkSequence
    from ..picture import Picture


class Backend(Protocol):
    """Makes frames from a picture and moving landmarks.

    name: its key in BACKENDS · version: changes whenever the same input may give other pixels · licence: of the code
    and of the weights it uses, as shown to the user · capabilities: any of "alpha", "16-bit", "grey" (what of a
    picture survives), "exact-rest" (landmarks at rest give the picture bit for bit), "iris" (it follows the gaze),
    "deterministic".
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
    ) -> Iterator[np.ndarray]:
        """The pixels of each of `frames` (0-based), in their order; shape (H, W, C) and depth are the picture's
        as far as its capabilities go."""
        ...


# Name -> "module:class", imported when it is asked for.
BACKENDS: Mapping[str, str] = {"proxy": ".proxy:ProxyBackend"}


def load_backend(name: str) -> Backend:
    """Raises BACKEND_MISSING for a name that is not in the table."""
    if name not in BACKENDS:
        raise FaceShotError(
            ErrorCode.BACKEND_MISSING, f"No renderer is called {name!r}.", hint=f"There is {', '.join(BACKENDS)}."
        )
    module, _, kind = BACKENDS[name].partition(":")
    return getattr(import_module(module, __package__), kind)()
