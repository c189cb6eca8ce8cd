# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender, on a loaded blend: writes what is in it as JSON, and renders frames of its scene and edit scene.

Arguments: the folder to write to, then frame numbers.
"""

import json
import sys
from pathlib import Path

import bpy

folder, *frames = sys.argv[sys.argv.index("--") + 1 :]
folder = Path(folder)


def strips_of(scene):
    editor = scene.sequence_editor
    if editor is None:
        return []
    strips = getattr(editor, "strips_all", None)
    return editor.sequences_all if strips is None else strips


def path(words):
    return {"stored": words, "there": Path(bpy.path.abspath(words)).exists()}


facts = {
    "images": {i.name: path(i.filepath) | {"source": i.source} for i in bpy.data.images if i.filepath},
    "sounds": {sound.name: path(sound.filepath) for sound in bpy.data.sounds},
    "scenes": {
        scene.name: {
            "fps": scene.render.fps / scene.render.fps_base,
            "strips": [
                {"type": s.type, "start": s.frame_final_start, "end": s.frame_final_end, "mute": s.mute}
                | ({"directory": path(s.directory)} if hasattr(s, "directory") else {})
                for s in strips_of(scene)
            ],
        }
        for scene in bpy.data.scenes
    },
}
(folder / "facts.json").write_text(json.dumps(facts))
for scene in list(bpy.data.scenes):
    bpy.context.window.scene = scene
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.display.shading.light, scene.display.shading.color_type = "FLAT", "TEXTURE"
    scene.display.render_aa = "OFF"
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    for frame in frames:
        scene.frame_set(int(frame))
        scene.render.filepath = str(folder / f"{'edit' if scene.name.endswith('Edit') else 'shot'}-{frame}.png")
        bpy.ops.render.render(write_still=True)
