# SPDX-License-Identifier: GPL-3.0-or-later
import bpy

choices = bpy.context.scene.faceshot_choices

choices.jaw = 1.15
choices.mouth = 1.1
choices.eyes = 1.0
choices.brows = 1.2
choices.nose = 0.5
choices.gaze = 1.0
choices.rotation = 0.5
choices.translation = 0.25
choices.zoom = 0.0
choices.parallax = 0.4
choices.leave_picture = False
choices.smooth = 0.5
choices.hold = "2"
choices.sampling = "AUTO"
choices.background = "AUTO"
