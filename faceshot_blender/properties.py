# SPDX-License-Identifier: GPL-3.0-or-later
"""Choices that are saved with the scene, and the state of the running job, which is not."""

from __future__ import annotations

from typing import Any

import bpy

from . import clip_facts, diffusion
from .clip_time import frame_at
from .declared import file_path, folder_path
from .jobs import QUEUE

GAINS = {
    "jaw": "Jaw",
    "mouth": "Mouth",
    "eyes": "Eyes",
    "brows": "Brows",
    "nose": "Nose",
    "gaze": "Gaze",
    "rotation": "Head Roll",
    "translation": "Head Shift",
    "zoom": "Head Size",
    "parallax": "Parallax",
}


def _carries_picture(settings: bpy.types.bpy_struct, plane: bpy.types.Object) -> bool:
    """Whether the plane is offered: a mesh of this scene, not linked, with an image on a material."""
    if plane.type != "MESH" or plane.library is not None or settings.id_data.objects.get(plane.name) != plane:
        return False
    trees = (slot.material.node_tree for slot in plane.material_slots if slot.material is not None)
    return any(node.bl_idname == "ShaderNodeTexImage" and node.image for tree in trees if tree for node in tree.nodes)


def _gain(name: str, description: str, default: float = 1.0, top: float = 2.0) -> Any:
    return bpy.props.FloatProperty(
        name=GAINS[name], description=description, subtype="FACTOR", default=default, min=0.0, max=top
    )


def _clip_changed(settings: Any, context: bpy.types.Context) -> None:
    clip_facts.look_soon(settings.clip)


def _rate(settings: Any) -> float:
    """The clip's frames a second; 0 while they are not known."""
    facts = clip_facts.known(settings.clip)
    return facts.fps if facts is not None else 0.0


def _first_frame(settings: Any) -> int:
    return frame_at(settings.range_start, _rate(settings))


def _set_first_frame(settings: Any, frame: int) -> None:
    if rate := _rate(settings):
        settings.range_start = (frame - 1) / rate


def _last_frame(settings: Any) -> int:
    """The last frame that is used, 0 for the clip's own last: the range ends with that frame, not before it."""
    return round(settings.range_end * _rate(settings))


def _set_last_frame(settings: Any, frame: int) -> None:
    if rate := _rate(settings):
        settings.range_end = frame / rate


# How much `animate` smooths when nothing is said.
STEADY = 0.4
# What a preset of Motion and Look holds.
PRESET_VALUES = (*GAINS, "leave_picture", "smooth", "hold", "sampling", "background")


class FACESHOT_PG_shot(bpy.types.PropertyGroup):
    """What the user has chosen for a scene."""

    plane: bpy.props.PointerProperty(  # type: ignore[valid-type]
        name="Plane",
        description="Image plane that carries the character's picture",
        type=bpy.types.Object,
        poll=_carries_picture,
    )
    clip: file_path(  # type: ignore[valid-type]
        "Clip", "Video of the actor", update=_clip_changed
    )
    face: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Face",
        description="Which face to follow where the clip shows several: 1 is the largest, 2 the next",
        default=1,
        min=1,
        soft_max=6,
    )
    use_range: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Range", description="Use only a part of the clip"
    )
    range_unit: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Unit",
        description="How the range is shown",
        items=(
            ("SECONDS", "Seconds", "Seconds since the clip's first frame", 0),
            ("FRAMES", "Frames", "Frames of the clip at its own rate, counted from 1", 1),
        ),
    )
    range_start: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Start",
        description="Second of the clip at which to begin",
        subtype="TIME_ABSOLUTE",
        unit="TIME_ABSOLUTE",
        precision=2,
        min=0,
        soft_max=600,
    )
    range_end: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="End",
        description="Second of the clip at which to stop; 0 goes on to its end",
        subtype="TIME_ABSOLUTE",
        unit="TIME_ABSOLUTE",
        precision=2,
        min=0,
        soft_max=600,
    )
    range_first: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Start",
        description="Frame of the clip with which to begin, counted from 1",
        min=1,
        get=_first_frame,
        set=_set_first_frame,
    )
    range_last: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="End",
        description="Last frame of the clip to use; 0 goes on to its end",
        min=0,
        get=_last_frame,
        set=_set_last_frame,
    )
    reference: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Rest Pose",
        description="Pose of the actor that stands for the character's face as drawn",
        items=(
            ("AUTO", "Automatic", "The neutral face where the tracker knows it, else the first frame", 0),
            ("NEUTRAL", "Neutral", "The actor's face at rest, seen from the front", 1),
            ("FIRST", "First Frame", "The first frame that is used", 2),
            ("FRAME", "Chosen Frame", "The frame given as Rest Frame", 3),
        ),
    )
    reference_frame: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Rest Frame",
        description="Frame that shows the rest pose, counted from 1 at the start of the range",
        default=1,
        min=1,
        soft_max=10000,
    )
    jaw: _gain("jaw", "How far the jaw moves with the actor's")  # type: ignore[valid-type]
    mouth: _gain("mouth", "How far the lips move with the actor's")  # type: ignore[valid-type]
    eyes: _gain("eyes", "How far the lids move with the actor's")  # type: ignore[valid-type]
    brows: _gain("brows", "How far the brows move with the actor's")  # type: ignore[valid-type]
    nose: _gain("nose", "How far the nose moves with the actor's")  # type: ignore[valid-type]
    gaze: _gain("gaze", "How far the irises move with the actor's")  # type: ignore[valid-type]
    rotation: _gain("rotation", "How far the head tilts with the actor's")  # type: ignore[valid-type]
    translation: _gain("translation", "How far the head moves across the picture")  # type: ignore[valid-type]
    zoom: _gain("zoom", "How much the face grows as the actor leans in", 0.0)  # type: ignore[valid-type]
    parallax: _gain("parallax", "How much of the head's turning and nodding shows", top=1.0)  # type: ignore[valid-type]
    leave_picture: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Leave Picture",
        description="Let the face go over the edge of its picture as far as the actor goes, instead of holding it back",
    )
    smooth: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Smoothing",
        description="How much the motion is steadied; 0 leaves it as tracked",
        subtype="FACTOR",
        default=STEADY,
        min=0,
        max=1,
    )
    hold: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Animate On",
        description="How many frames each drawing is held, as in hand-drawn animation",
        items=(
            ("1", "Ones", "A new drawing in each frame", 1),
            ("2", "Twos", "Each drawing is held for two frames", 2),
            ("3", "Threes", "Each drawing is held for three frames", 3),
        ),
    )
    backend: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Backend",
        description="What makes the frames",
        items=(
            ("PROXY", "Proxy", "Moves the picture itself: quick, on any computer", 0),
            ("MOFA", "Diffusion", "Draws new frames with a video model: needs its networks, and a GPU to be quick", 1),
        ),
    )
    diffusion: bpy.props.PointerProperty(type=diffusion.FACESHOT_PG_diffusion)  # type: ignore[valid-type]
    sampling: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Sampling",
        description="How the picture's pixels are read between their centres",
        items=(
            ("AUTO", "Automatic", "As suits the picture", 0),
            ("LINEAR", "Linear", "Soft: for photographs", 1),
            ("CUBIC", "Cubic", "Crisp lines: for drawings", 2),
            ("NEAREST", "Nearest", "Hard pixels: for pixel art", 3),
        ),
    )
    background: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Background",
        description="What the ground behind the head does",
        items=(
            ("AUTO", "Automatic", "Still where the head is clearly apart from it, else soft", 0),
            ("STILL", "Still", "The head is cut out and moves before it", 1),
            ("SOFT", "Soft", "It bends along with the head", 2),
        ),
    )
    folder: folder_path(  # type: ignore[valid-type]
        "Folder", "Folder for everything that is made; where none is given, a new one beside the blend file"
    )
    use_start: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Start At", description="Place the take at this frame instead of the scene's first"
    )
    start: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Frame Start", description="Scene frame that shows the take's first frame", default=1
    )
    fit_range: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Fit Scene Range", description="Let the scene last as long as the take where it is shorter"
    )


# Functions with names: Blender evaluates annotations where those of this module are not seen by a lambda.
def _is_running(state: Any) -> bool:
    return bool(QUEUE.entries)


def _count(state: Any) -> int:
    return len(QUEUE.entries)


def _of_first(name: str, otherwise: Any) -> Any:
    return lambda state: getattr(QUEUE.first, name, otherwise)


class FACESHOT_PG_job(bpy.types.PropertyGroup):
    """Where the running job stands, for scripts. count: jobs in the queue, the running one included.

    Read from the queue when asked: nothing is written to Blender's data at each step.
    """

    running: bpy.props.BoolProperty(get=_is_running)  # type: ignore[valid-type]
    words: bpy.props.StringProperty(get=_of_first("words", ""))  # type: ignore[valid-type]
    fraction: bpy.props.FloatProperty(  # type: ignore[valid-type]
        subtype="FACTOR", min=0, max=1, get=_of_first("fraction", 0.0)
    )
    cancel: bpy.props.BoolProperty(options={"SKIP_SAVE"})  # type: ignore[valid-type]
    count: bpy.props.IntProperty(get=_count)  # type: ignore[valid-type]


def choices_of(scene: Any) -> FACESHOT_PG_shot:
    return scene.faceshot_choices


def job_of(window_manager: Any) -> FACESHOT_PG_job:
    return window_manager.faceshot_job


def options_of(choices: Any) -> dict[str, Any]:
    """The options of `animate` that the choices of a scene stand for; those left at their defaults are not named."""
    options: dict[str, Any] = {}
    if choices.face > 1:
        options["face"] = choices.face
    if choices.use_range:
        options["start"] = choices.range_start
        if choices.range_end > 0:
            options["end"] = choices.range_end
    if choices.reference == "FRAME":
        options["reference"] = str(choices.reference_frame)
    elif choices.reference != "AUTO":
        options["reference"] = choices.reference.lower()
    defaults = choices.bl_rna.properties
    gains = {
        name: round(getattr(choices, name), 6) for name in GAINS if getattr(choices, name) != defaults[name].default
    }
    if gains:
        options["gain"] = gains
    if abs(choices.smooth - STEADY) > 1e-6:
        options["smooth"] = round(choices.smooth, 6)
    if choices.leave_picture:
        options["leave_picture"] = True
    return options | _look_of(choices)


def _look_of(choices: Any) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if choices.hold != "1":
        options["hold"] = int(choices.hold)
    if choices.backend != "PROXY":
        options["backend"] = choices.backend.lower()
        settings = diffusion.settings_of(choices.diffusion)
        if settings:
            options["setting"] = settings
        return options
    # the proxy's own
    return options | {name: choice for name in ("sampling", "background") if (choice := _chosen(choices, name))}


def _chosen(choices: Any, name: str) -> str:
    """The choice of an enum as the verbs call it; empty where it is left to them."""
    choice = getattr(choices, name)
    return "" if choice == "AUTO" else choice.lower()


CLASSES = (*diffusion.CLASSES, FACESHOT_PG_shot, FACESHOT_PG_job)

# Owner, name, group. Not named like the tag of made data: before 5.0 both would share one place.
POINTERS = (
    (bpy.types.Scene, "faceshot_choices", FACESHOT_PG_shot),
    (bpy.types.WindowManager, "faceshot_job", FACESHOT_PG_job),
)
