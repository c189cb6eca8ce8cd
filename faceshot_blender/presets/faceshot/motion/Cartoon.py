# SPDX-License-Identifier: GPL-3.0-or-later
import bpy

choices = bpy.context.scene.faceshot_choices

choices.jaw = 1.3
choices.mouth = 1.3
choices.eyes = 1.15
choices.brows = 1.6
choices.nose = 1.2
choices.gaze = 1.2
choices.rotation = 1.25
choices.translation = 1.0
choices.zoom = 0.5
choices.parallax = 1.0
choices.leave_picture = False
choices.smooth = 0.3
choices.hold = "1"
choices.sampling = "AUTO"
choices.background = "AUTO"
