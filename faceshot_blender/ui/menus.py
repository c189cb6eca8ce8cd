# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of Blender's own menus, few and where one looks for them. The menu search (F3) finds what is in menus."""

from __future__ import annotations

from typing import Any

import bpy

from ..ops.character import is_picture_plane


class FACESHOT_MT_object(bpy.types.Menu):
    bl_label = "FaceShot"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator("faceshot.animate", icon="PLAY")
        layout.operator("faceshot.animate_with", text="Animate with Clip…")
        layout.separator()
        layout.operator("faceshot.use_active", text="Use as Character")
        layout.operator("faceshot.look_at_plane")
        layout.operator("faceshot.switch_frames")
        layout.operator("faceshot.restore_original")
        layout.separator()
        layout.operator("faceshot.use_timeline_range")
        layout.operator("faceshot.use_rest_frame")
        layout.separator()
        layout.operator("faceshot.import_result", text="Import Result…")
        layout.operator("faceshot.mark_asset")
        layout.operator("faceshot.remove_data")
        layout.separator()
        layout.operator("faceshot.check_setup")
        layout.operator("faceshot.release_engine")


def _in_object(menu: Any, context: Any) -> None:
    menu.layout.separator()
    menu.layout.menu("FACESHOT_MT_object")


def _in_context(menu: Any, context: Any) -> None:
    if is_picture_plane(context.view_layer.objects.active):
        menu.layout.separator()
        menu.layout.operator("faceshot.animate_with", text="Animate with FaceShot…")


def _in_add_image(menu: Any, context: Any) -> None:
    menu.layout.operator("faceshot.make_plane", text="FaceShot Character…", icon="IMAGE_PLANE")


def _in_image(menu: Any, context: Any) -> None:
    menu.layout.separator()
    menu.layout.operator("faceshot.use_image", text="Use as FaceShot Character")


def _in_strip(menu: Any, context: Any) -> None:
    menu.layout.separator()
    menu.layout.operator("faceshot.use_strip", text="Use as FaceShot Driver")


_ENTRIES = (
    ("VIEW3D_MT_object", _in_object),
    ("VIEW3D_MT_object_context_menu", _in_context),
    ("VIEW3D_MT_image_add", _in_add_image),
    ("IMAGE_MT_image", _in_image),
    ("SEQUENCER_MT_strip", _in_strip),
)


def register() -> None:
    for menu, draw in _ENTRIES:
        if hasattr(bpy.types, menu):
            getattr(bpy.types, menu).append(draw)


def unregister() -> None:
    for menu, draw in _ENTRIES:
        if hasattr(bpy.types, menu):
            getattr(bpy.types, menu).remove(draw)


CLASSES = (FACESHOT_MT_object,)
