# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture as layered meshes moved by NumPy: one definition of the motion for every renderer."""

from .anatomy import Head
from .lattice import Lattice, Window, invert, jacobian
from .model import FaceLayers, Layer, Motion, Sheets
from .openings import Opening

__all__ = ["FaceLayers", "Head", "Lattice", "Layer", "Motion", "Opening", "Sheets", "Window", "invert", "jacobian"]
