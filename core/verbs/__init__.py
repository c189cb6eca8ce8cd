# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs: one set of names for the command line, the engine and Blender (docs/architecture.md)."""

from __future__ import annotations

from ..errors import ErrorCode, FaceShotError
from .animate import ANIMATE
from .context import Context, Verb
from .doctor import DOCTOR
from .gallery import GALLERY
from .models import MODELS
from .preview import PREVIEW
from .steps import MATCH, RENDER, RETARGET, TRACK
from .store import CACHE

VERBS: dict[str, Verb] = {
    verb.name: verb for verb in (ANIMATE, TRACK, MATCH, RETARGET, RENDER, PREVIEW, GALLERY, MODELS, CACHE, DOCTOR)
}


def verb_named(name: str) -> Verb:
    """Raises USAGE for a name that is none."""
    if name not in VERBS:
        raise FaceShotError(ErrorCode.USAGE, f"No such verb: {name}.", hint=f"Verbs are {', '.join(VERBS)}.")
    return VERBS[name]


__all__ = ["VERBS", "Context", "Verb", "verb_named"]
