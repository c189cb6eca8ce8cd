# SPDX-License-Identifier: GPL-3.0-or-later
"""The scene in Blender that photographs characters: one object, one orthographic camera, meshes in pixels.

Perspective is applied to the meshes beforehand, so several characters can share one picture; a render has a fixed cost
that is then paid once for all of them.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import cv2
import numpy as np

from .dice import Dice
from .rendered_mesh import Mesh

MATCAPS: tuple[str, ...] = ("basic_1", "basic_2", "basic_dark", "basic_side", "ceramic_dark", "ceramic_lightbulb")
MATCAPS += ("clay_brown", "clay_muddy", "clay_studio", "jade", "pearl", "resin", "skin", "toon")
LINEAR = np.where(np.arange(256) < 10.3, np.arange(256) / 3294.6, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4)
LIGHTS = ("basic.sl", "outdoor.sl", "paint.sl", "rim.sl", "studio.sl")


@contextmanager
def _quiet() -> Any:
    """Blender writes a line about each render to the standard output."""
    kept = os.dup(1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)


class Stage:
    """Tiles of `size` px in rows of `across`."""

    def __init__(self, size: int) -> None:
        self.size = size
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        scene: Any = bpy.context.scene
        self.scene = scene
        scene.render.engine = "BLENDER_WORKBENCH"
        scene.render.resolution_percentage = 100
        scene.render.film_transparent = True
        scene.render.use_compositing = scene.render.use_sequencer = False
        scene.display.render_aa = "FXAA"  # a third of the time of eight samples
        scene.view_settings.view_transform = "Standard"
        scene.render.threads_mode, scene.render.threads = "FIXED", 1
        scene.render.image_settings.file_format = "PNG"
        scene.render.image_settings.color_mode = "RGBA"
        scene.render.image_settings.compression = 0
        folder = "/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir()
        self._file = Path(folder, f"faceshot-{os.getpid()}.png")
        scene.render.filepath = str(self._file)
        camera = bpy.data.cameras.new("camera")
        camera.type, camera.clip_end = "ORTHO", 20_000.0
        self._camera: Any = bpy.data.objects.new("camera", camera)
        self._camera.location = (0, 0, 10_000)
        scene.collection.objects.link(self._camera)
        scene.camera = self._camera
        self._object: Any = None
        self._lamp, self._surface = self._for_cycles()
        scene.display.shading.color_type = "VERTEX"

    def _for_cycles(self) -> tuple[Any, Any]:
        """The sun, and a surface of the mesh's own colours; Workbench asks for neither."""
        self.scene.cycles.device = "CPU"
        self.scene.cycles.samples, self.scene.cycles.max_bounces = 6, 2
        self.scene.cycles.use_denoising = self.scene.cycles.use_adaptive_sampling = False
        self.scene.world = bpy.data.worlds.new("world")
        lamp: Any = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
        self.scene.collection.objects.link(lamp)
        material: Any = bpy.data.materials.new("surface")
        material.use_nodes = True
        nodes, links = material.node_tree.nodes, material.node_tree.links
        surface, tone = nodes["Principled BSDF"], nodes.new("ShaderNodeVertexColor")
        tone.layer_name = "tone"
        links.new(tone.outputs["Color"], surface.inputs["Base Color"])
        return lamp, material

    def _trace(self, dice: Dice) -> None:
        """Sun and sky for Cycles."""
        self.scene.render.engine = "CYCLES"
        sun = self._lamp.data
        sun.energy, sun.angle = dice.between(1.0, 4.5), dice.between(0.02, 1.2)
        sun.color = np.array(dice.colour((0, 360), (0, 0.25), (0.8, 1))) / 255
        self._lamp.rotation_euler = (dice.between(-0.3, 1.1), dice.between(-1.0, 1.0), 0.0)
        self.scene.world.color = np.array(dice.colour((0, 360), (0, 0.35), (0.15, 0.8))) / 255
        surface = self._surface.node_tree.nodes["Principled BSDF"].inputs
        surface["Roughness"].default_value = dice.between(0.15, 0.95)
        surface["Metallic"].default_value = dice.between(0.3, 1) if dice.chance(0.06) else 0.0
        surface["Coat Weight"].default_value = dice.between(0, 1) if dice.chance(0.25) else 0.0
        surface["Sheen Weight"].default_value = dice.between(0, 0.7) if dice.chance(0.25) else 0.0

    def _fill(self, meshes: Sequence[Mesh], across: int) -> None:
        """meshes: points in px of their tile, y down, z towards the viewer."""
        points, faces, colours, count = [], [], [], 0
        rows = -(-len(meshes) // across)
        for k, mesh in enumerate(meshes):
            row, column = divmod(k, across)
            inside = mesh.points.copy()
            if len(meshes) > 1:  # never into the neighbour's tile
                inside[:, :2] = np.clip(inside[:, :2], 0, self.size)
            inside = inside + (column * self.size - across * self.size / 2, row * self.size - rows * self.size / 2, 0)
            points.append(inside * (1, -1, 1))
            faces.append(mesh.faces + count)
            colours.append(mesh.colours)
            count += len(inside)
        corners = np.concatenate(faces).astype(np.int32)
        tones = np.ones((count, 4), np.float32)
        tones[:, :3] = LINEAR[np.clip(np.concatenate(colours), 0, 255).astype(np.uint8)]
        made: Any = bpy.data.meshes.new("character")
        made.vertices.add(count)
        made.vertices.foreach_set("co", np.concatenate(points).astype(np.float32).ravel())
        made.loops.add(corners.size)
        made.loops.foreach_set("vertex_index", corners.ravel())
        made.polygons.add(len(corners))
        made.polygons.foreach_set("loop_start", np.arange(0, corners.size, 3, dtype=np.int32))
        made.color_attributes.new("tone", "FLOAT_COLOR", "POINT").data.foreach_set("color", tones.ravel())
        made.materials.append(self._surface)
        made.update()
        if self._object is None:
            self._object = bpy.data.objects.new("character", made)
            self.scene.collection.objects.link(self._object)
        else:
            old, self._object.data = self._object.data, made
            bpy.data.meshes.remove(old)

    def light(self, dice: Dice) -> None:
        """Another light, another surface."""
        shading = self.scene.display.shading
        preferences: Any = bpy.context.preferences
        system = preferences.system
        shading.light = dice.weighed({"STUDIO": 6, "MATCAP": 3, "FLAT": 0.25})
        if shading.light == "MATCAP":
            shading.studio_light = f"{dice.pick(MATCAPS)}.exr"
        elif shading.light == "STUDIO":
            own = dice.chance(0.65)
            shading.studio_light = "Default" if own else dice.pick(LIGHTS)
            main = True
            for lamp in system.solid_lights:
                lamp.use = main or dice.chance(0.6)
                way = np.array([dice.rng.normal(0, 0.8), dice.rng.normal(0.5, 0.7), dice.between(0.2, 1.2)])
                lamp.direction = way / np.linalg.norm(way)
                tint = np.array(dice.colour((0, 360), (0, 0.35), (0.6, 1))) / 255
                lamp.diffuse_color = tint * (dice.between(0.8, 1.5) if main else dice.between(0.05, 0.4))
                lamp.specular_color = tint * dice.between(0, 0.5)
                lamp.smooth = dice.between(0, 0.6)
                main = False
            system.light_ambient = (dice.between(0.1, 0.6),) * 3
        shading.show_specular_highlight = dice.chance(0.5)
        shading.show_cavity = dice.chance(0.4)
        shading.cavity_type = "SCREEN"
        shading.curvature_ridge_factor, shading.curvature_valley_factor = dice.between(0, 1.2), dice.between(0.2, 1.6)
        shading.show_object_outline = dice.chance(0.2)
        shading.object_outline_color = np.array(dice.colour(saturation=(0, 0.6), value=(0, 0.25))) / 255
        shading.show_shadows = False

    def render(
        self, meshes: Sequence[Mesh], *, shadow: Dice | None = None, traced: Dice | None = None
    ) -> list[np.ndarray]:
        """The characters (size, size, 4) uint8 RGBA, straight alpha.

        shadow: a light that casts shadows · traced: sun and sky of a picture by Cycles. Both for single characters:
        shadows do not stay in a tile.
        """
        across = int(np.ceil(np.sqrt(len(meshes))))
        rows = -(-len(meshes) // across)
        self._fill(meshes, across)
        self.scene.render.resolution_x, self.scene.render.resolution_y = across * self.size, rows * self.size
        self._camera.data.ortho_scale = max(across, rows) * self.size
        shading = self.scene.display.shading
        if shadow is not None:
            shading.show_shadows, shading.shadow_intensity = True, shadow.between(0.3, 0.8)
            way = np.array([shadow.between(-0.7, 0.7), shadow.between(-0.9, 0.1), shadow.between(0.6, 1)])
            self.scene.display.light_direction = way / np.linalg.norm(way)
        if traced is not None:
            self._trace(traced)
        with _quiet():
            bpy.ops.render.render(write_still=True)
        picture = cv2.cvtColor(cv2.imread(str(self._file), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
        self._file.unlink()
        shading.show_shadows, self.scene.render.engine = False, "BLENDER_WORKBENCH"
        s = self.size
        return [
            picture[r * s : (r + 1) * s, c * s : (c + 1) * s]
            for r, c in (divmod(k, across) for k in range(len(meshes)))
        ]
