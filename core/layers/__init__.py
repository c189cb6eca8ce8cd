# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture as layered meshes moved by NumPy: one definition of the motion for every renderer."""

from .anatomy import Head
from .edges import Edges
from .eye_shape import EyeShape, Lash
from .inverse import Inverse, invert, invert_all
from .lattice import Lattice, Window, jacobian
from .mesh import Layer
from .model import FaceLayers, Motion, Sheets
from .moment import Moment
from .openings import Opening, find_openings

__all__ = [
    "Edges",
    "EyeShape",
    "FaceLayers",
    "Head",
    "Inverse",
    "Lash",
    "Lattice",
    "Layer",
    "Moment",
    "Motion",
    "Opening",
    "Sheets",
    "Window",
    "find_openings",
    "invert",
    "invert_all",
    "jacobian",
]
