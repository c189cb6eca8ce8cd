# SPDX-License-Identifier: GPL-3.0-or-later
import bpy

choices = bpy.context.scene.faceshot_choices

choices.jaw = 0.75
choices.mouth = 0.75
choices.eyes = 0.9
choices.brows = 0.65
choices.nose = 0.6
choices.gaze = 0.8
choices.rotation = 0.5
choices.translation = 0.3
choices.zoom = 0.0
choices.parallax = 0.6
choices.leave_picture = False
choices.smooth = 0.6
choices.hold = "1"
choices.sampling = "AUTO"
choices.background = "AUTO"
