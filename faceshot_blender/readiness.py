# SPDX-License-Identifier: GPL-3.0-or-later
"""What is still missing before anything can be made: looked up on events, so that drawing only reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy

from . import estimates

# What `doctor` said when it was asked last, until it is dismissed: none or one.
CHECKED: list[dict[str, Any]] = []
DELAY = 0.3
NETWORK = "mesh-468"


@dataclass(frozen=True)
class Readiness:
    """engine: "ready", "missing", "misplaced" (none where the user points), "outdated" or "broken", with words for it.

    can_make: this FaceShot can make an engine · download_mb: of the engine · has_network: a face network is there ·
    network_mb, network_licence: of the one that would be fetched · diffusion_gb: of the diffusion look's networks, 0
    when they are there; diffusion_licence, diffusion_page: of the one whose licence has to be accepted.
    """

    engine: str
    words: str
    can_make: bool
    download_mb: int
    has_network: bool
    network_mb: int
    network_licence: str
    diffusion_gb: float = 0.0
    diffusion_licence: str = ""
    diffusion_page: str = ""

    @property
    def complete(self) -> bool:
        return self.engine == "ready" and self.has_network


# The last look: none until somebody has looked.
KNOWN: list[Readiness] = []


def known() -> Readiness | None:
    return KNOWN[0] if KNOWN else None


def look() -> Readiness:
    """Look at engine and networks: reads files and starts the engine's Python for a moment."""
    from ..core.hub_models import MOFA
    from ..core.models import MESHES, MODELS, ModelStore
    from .host import engine_extras, engine_state, models_folder

    try:
        from ..core.engine_maker import download_mb

        megabytes = download_mb(torch=bool(engine_extras()))
    except ImportError:  # the extension platform's zip has no maker
        megabytes = 0
    engine, words = engine_state()
    model = MODELS[NETWORK]
    gated = next(part for part in MOFA.parts if part.gated)
    here = {status.model.name for status in ModelStore(models_folder()).status() if status.state == "present"}
    seen = Readiness(
        engine=engine,
        words=words,
        can_make=megabytes > 0,
        download_mb=megabytes,
        has_network=bool(here & set(MESHES)),
        network_mb=round(model.source.size / 1e6),
        network_licence=model.licence,
        diffusion_gb=0.0 if MOFA.name in here else MOFA.size / 1e9,
        diffusion_licence=gated.licence,
        diffusion_page=gated.page,
    )
    KNOWN[:] = [seen]
    return seen


def look_soon(*_: object) -> None:
    """Look again when Blender is idle. Without a window nobody draws, and nothing is done."""
    if not bpy.app.background and not bpy.app.timers.is_registered(_look_and_redraw):
        bpy.app.timers.register(_look_and_redraw, first_interval=DELAY, persistent=True)


def forget() -> None:
    """For the end: no timer is left."""
    KNOWN.clear()
    CHECKED.clear()
    estimates.forget()
    if bpy.app.timers.is_registered(_look_and_redraw):
        bpy.app.timers.unregister(_look_and_redraw)


def _look_and_redraw() -> None:
    from .ops.stepping import redraw

    look()
    estimates.look()
    redraw(bpy.context.window_manager)
