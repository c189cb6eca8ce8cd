# SPDX-License-Identifier: GPL-3.0-or-later
import bpy

choices = bpy.context.scene.faceshot_choices

choices.jaw = 1.0
choices.mouth = 1.0
choices.eyes = 1.0
choices.brows = 1.0
choices.nose = 1.0
choices.gaze = 1.0
choices.rotation = 0.8
choices.translation = 0.5
choices.zoom = 0.0
choices.parallax = 1.0
choices.leave_picture = False
choices.smooth = 0.4
choices.hold = "1"
choices.sampling = "AUTO"
choices.background = "AUTO"
