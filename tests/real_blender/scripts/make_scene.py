# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender: a scene with a picture plane made by Blender's own import, a camera that just holds it, saved.

Arguments: the picture, the blend to save, the plane's name, frames per second, base of it, first frame.
"""

import sys

import bpy

picture, blend, name, fps, base, first = sys.argv[sys.argv.index("--") + 1 :]
bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
scene = bpy.context.scene
folder, _, file = picture.rpartition("/")
bpy.ops.image.import_as_mesh_planes(files=[{"name": file}], directory=folder)
plane = bpy.data.objects[-1]
plane.name = name
# upright in front of a camera, wherever the import has put it
plane.rotation_euler = (1.5707963, 0, 0)
plane.location = (0, 0, 0)
width, height = plane.material_slots[0].material.node_tree.nodes["Image Texture"].image.size
camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
camera.data.type = "ORTHO"
camera.data.ortho_scale = max(plane.dimensions[:2])
camera.location, camera.rotation_euler = (0, -3, 0), (1.5707963, 0, 0)
scene.collection.objects.link(camera)
scene.camera = camera
scene.render.resolution_x, scene.render.resolution_y = width, height
scene.render.fps, scene.render.fps_base = int(fps), float(base)
scene.frame_start, scene.frame_end = int(first), int(first) + 100
bpy.ops.wm.save_as_mainfile(filepath=blend)
