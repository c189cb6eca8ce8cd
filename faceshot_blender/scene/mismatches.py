# SPDX-License-Identifier: GPL-3.0-or-later
"""What does not fit between a take and the scene that it goes into: told, never changed behind the user's back."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from .. import compat
from .made import kind_of
from .notes import PLANE
from .strips import SHOT


def scene_fps(scene: bpy.types.Scene) -> float:
    """Frames per second of `scene`: 24 / 1.001 for 23.976."""
    return scene.render.fps / scene.render.fps_base


def fit_range(scene: bpy.types.Scene, first: int, end: int) -> None:
    """Let `scene` last from the take's first frame to its last one at least; Blender begins no scene before frame 0."""
    scene.frame_start = max(0, min(scene.frame_start, first))
    scene.frame_end = max(scene.frame_end, end)


def mismatches(
    scene: bpy.types.Scene, plane: bpy.types.Object, *, fps: float, first: int, end: int, fit: bool
) -> Iterator[str]:
    """In words, each with its remedy.

    fps: of the frames · first, end: the take's first and last scene frame · fit: the scene's range will be fit to it.
    """
    rate = scene_fps(scene)
    if abs(rate - fps) > 1e-4 * rate:
        yield (
            f"The frames were made for {fps:.5g} frames/s and the scene {scene.name!r} plays {rate:.5g}: each "
            "scene frame shows the nearest one. For motion as smooth as can be animate again with the scene's rate."
        )
    if scene.render.frame_map_old != scene.render.frame_map_new:
        yield (
            f"The scene {scene.name!r} stretches time ({scene.render.frame_map_old} to {scene.render.frame_map_new}): "
            "its renders will not be in time with the sound. Set Time Stretching to 100 and 100."
        )
    if end > scene.frame_end and not fit:
        yield (
            f"The take ends at frame {end}, the scene {scene.name!r} at frame {scene.frame_end}. To see all of it set "
            f"the scene's End to {end}, or turn on Fit Scene Range and import it again."
        )
    if first < (0 if fit else scene.frame_start):
        yield (
            f"The take begins at frame {first}, before the scene {scene.name!r}, which begins at frame "
            f"{max(0, min(first, scene.frame_start)) if fit else scene.frame_start}: start it later to see all of it."
        )
    for edit in bpy.data.scenes:
        if kind_of(edit) == "edit" and edit.get(SHOT) == scene and abs(scene_fps(edit) - rate) > 1e-4 * rate:
            stale = {strip.get(PLANE) for strip in compat.all_strips_of(edit) if kind_of(strip) == "frames"}
            names = ", ".join(sorted(repr(name) for name in stale - {plane.name, None}))
            if names:
                yield (
                    f"The scene {scene.name!r} now plays {rate:.5g} frames/s, its strips were made for "
                    f"{scene_fps(edit):.5g}: import the results of {names} again."
                )
    others = [other for other in plane.users_scene if other != scene and not kind_of(other)]
    for other in others:
        if abs(scene_fps(other) - rate) > 1e-4 * rate:
            yield (
                f"The plane {plane.name!r} is in the scene {other.name!r}, too, which plays {scene_fps(other):.5g} "
                f"frames/s: there it shows the same frames at that rate, out of time with the sound. "
                "Use a copy of the plane there."
            )
