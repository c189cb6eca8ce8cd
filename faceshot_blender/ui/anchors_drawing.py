# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen of a face while its anchors are being clicked: the places so far, and the face that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..scene import points_shaders as shaders
from ..scene.points_drawing import draw_character, draw_hint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...core.character import Character
    from ..scene.in_view import PictureInView

_PLACED, _NOW = (1.0, 0.72, 0.25, 1.0), (1.0, 1.0, 1.0, 1.0)
_RADIUS, _RING = 4.5, 8.0  # px at a scale of 1


def draw_placing(
    view: PictureInView,
    *,
    room: tuple[int, int],
    perspective: Any,
    region: int,
    scale: float,
    character: Character | None,
    placed: Sequence[tuple[float, float]],
    now: tuple[float, float] | None,
    words: str,
) -> None:
    """In a callback of a region's pixels. placed, now: px of the picture · words: what to do, in the
    middle of the room."""
    import gpu

    if character is not None:
        draw_character(view, character, perspective=perspective, region=region, scale=scale, faint=True)
    places = [*placed, now] if now is not None else list(placed)
    colours = [_PLACED] * len(placed) + [_NOW] * (now is not None)
    forms = [(_RADIUS * scale, 1.2 * scale, shaders.DISC)] * len(placed)
    forms += [(_RING * scale, 1.2 * scale, shaders.RING)] * (now is not None)
    gpu.state.blend_set("ALPHA")
    gpu.state.depth_test_set("NONE")
    matrix: Any = gpu.matrix
    with matrix.push_pop(), matrix.push_pop_projection():
        matrix.load_identity()
        matrix.load_projection_matrix(perspective)
        if places:
            shaders.draw_discs(shaders.discs(view.surface.world(places), colours, forms), view.size)
    gpu.state.blend_set("NONE")
    draw_hint(words, size=room, scale=scale)
