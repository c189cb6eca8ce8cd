# SPDX-License-Identifier: GPL-3.0-or-later
"""A small renderer of solids: signed distances marched along the rays of a camera, lit softly. NumPy only.

Right-handed coordinates: x to the right as seen, y up, z towards the viewer. A head is modelled looking along +z
around the origin; the camera turns it. Points are (3, N) float32, colours linear light 0..1.
"""
