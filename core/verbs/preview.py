# SPDX-License-Identifier: GPL-3.0-or-later
"""`preview`: one small frame of a character's face, quickly. Blender asks for it while points are being dragged."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..arrays import write_atomically
from ..character import Character
from ..errors import ErrorCode, FaceShotError
from ..ledger import require_writable
from ..motion import FaceMotion
from .context import Context, Verb
from .options import named_number, option, path, text, whole
from .steps import RetargetOptions, card_beside

SIZES = range(64, 1025)


@dataclass(frozen=True, kw_only=True)
class PreviewVerb(RetargetOptions):
    picture: Path = option("picture of the character", kind=path, positional=True)
    output: Path = option("the .png to write, a new one", kind=path, flags=("-o",))
    character: Path | None = option("its .character.json; default: beside the picture", kind=path, default=None)
    pose: str = option(
        "face to make: rest, blink, open, smile, pucker, surprise, angry or look", kind=text, default="open"
    )
    coefficient: tuple[tuple[str, float], ...] = option(
        "instead of a pose: ARKit coefficients, such as jawOpen=0.5", kind=named_number, default=(), repeated=True
    )
    motion: Path | None = option("instead of a pose: a .motion.npz", kind=path, default=None)
    frame: int = option("frame of that motion, counted from 1", kind=whole, default=1)
    size: int = option("pixels of the frame's longer side", kind=whole, default=384)


def _preview(options: PreviewVerb, context: Context) -> dict[str, Any]:
    from ..picture import encode_png
    from ..render.glimpse import acted, glimpse, kept_picture, posed

    if options.size not in SIZES:
        raise FaceShotError(
            ErrorCode.USAGE, f"size: {options.size} is too little or too much.", hint=f"Use {SIZES[0]} to {SIZES[-1]}."
        )
    if options.output.suffix.lower() != ".png":
        raise FaceShotError(ErrorCode.USAGE, f"{options.output.name} is no name of a PNG.", hint="End it with .png.")
    if os.path.lexists(options.output):
        raise FaceShotError(
            ErrorCode.OUTPUT_UNWRITABLE,
            f"{options.output} is there already; it would be written over.",
            hint="Choose another name, or remove it.",
        )
    require_writable(options.output.parent)
    character = Character.load(options.character or card_beside(options.picture))
    if options.motion is not None:
        moved = acted(character, FaceMotion.load(options.motion), options.frame - 1, options.settings())
    else:
        moved = posed(character, dict(options.coefficient) or options.pose)
    try:
        changed = options.picture.stat().st_mtime_ns
    except OSError as error:
        raise FaceShotError(
            ErrorCode.INPUT_MISSING, f"No picture at {options.picture} ({error.strerror}).", hint="Check the path."
        ) from error
    made = glimpse(kept_picture(options.picture, changed), character, moved, longest=options.size)
    write_atomically(options.output, encode_png(made.pixels, compression=1))
    return {"verb": "preview", "frame": str(options.output), "box": list(made.box)}


PREVIEW = Verb(
    name="preview",
    help="make one small frame of a character's face, quickly",
    options=PreviewVerb,
    run=_preview,
    summary=lambda made: f"A look at the face: {made['frame']}",
)
