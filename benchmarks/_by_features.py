# SPDX-License-Identifier: GPL-3.0-or-later
"""The feature matcher on the cast: each character by a gallery of all the others, never by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks._scenes import Scene, kind_of
from core.errors import ErrorCode, FaceShotError
from core.match.candidate import Candidate
from core.match.features import annotate
from core.match.features.by_features import match_by_features
from core.match.features.extractor import Extractor
from core.match.features.installed import load_extractor
from demo.cast import CAST
from demo.make import make_character

_ABSENT = (ErrorCode.MODEL_MISSING, ErrorCode.BACKEND_MISSING)


def extractor_here() -> Extractor | None:
    """The extractor, None where its networks or torch are absent."""
    try:
        return load_extractor()
    except FaceShotError as error:
        if error.code not in _ABSENT:
            raise
        return None


def feature_matcher(
    extractor: Extractor, folder: Path, *, names: Iterable[str] = CAST, size: int = 512
) -> Callable[[Scene], tuple[Candidate, bool]]:
    """Makes the gallery of these characters in `folder`, a domain for each kind; the matcher says the face it found and
    whether it is sure."""
    sources = []
    for name in names:
        picture, card = make_character(name, folder / "cast", size=size)
        sources.append(annotate.Source(picture=picture, card=card, domain=kind_of(name), licence="CC0-1.0"))
    gallery = annotate.see(annotate.build(folder / "gallery", sources), extractor)

    def match(scene: Scene) -> tuple[Candidate, bool]:
        others = tuple(item for item in gallery.items if item.id != scene.character)
        answer = match_by_features(scene.picture.rgb8(), dataclasses.replace(gallery, items=others), extractor)
        assert answer.face is not None
        return answer.face, answer.sure

    return match
