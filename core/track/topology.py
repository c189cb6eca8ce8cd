# SPDX-License-Identifier: GPL-3.0-or-later
"""Which point of MediaPipe's face mesh is what."""

from __future__ import annotations

import numpy as np

from ..expression import NAMES

MESH_COUNT = 468
IRIS_COUNT = 478

# The mesh points that stand for the 68 of iBUG. The jaw's lie on the mesh's silhouette,
# further out than annotated ones.
IBUG_68 = np.array(
    [
        127, 234, 93, 132, 58, 136, 150, 176, 152, 400, 379, 365, 288, 361, 323, 454, 356,  # jaw
        70, 63, 105, 66, 107, 336, 296, 334, 293, 300,  # brows
        168, 197, 5, 4, 75, 97, 2, 326, 305,  # nose
        33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,  # eyes
        61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,  # outer lip
        78, 82, 13, 312, 308, 317, 14, 87,  # inner lip
    ]
)  # fmt: skip

RIGHT_EYE_OUTER, LEFT_EYE_OUTER = 33, 263

# Middle of each iris, right then left; mesh of 478 only
IRISES = np.array([468, 473])

# Points that expression moves little (forehead, temples, bridge of the nose, eye corners, nostrils' wings): the pose is
# fitted to them.
RIGID = np.array(
    [
        10, 151, 9, 8, 168, 6, 197, 195,  # midline
        109, 67, 103, 54, 21, 162, 127, 234,  # right: hairline, temple, ear
        338, 297, 332, 284, 251, 389, 356, 454,  # left
        33, 133, 362, 263,  # eye corners
        69, 104, 108, 299, 333, 337,  # forehead
        122, 351, 193, 417,  # sides of the bridge
    ]
)  # fmt: skip

# What the network of the 52 scores reads, in its order
SCORE_POINTS = np.array(
    [
        0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78,
        80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152,
        153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246,
        249, 251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312,
        314, 317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381,
        382, 384, 385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472,
        473, 474, 475, 476, 477,
    ]
)  # fmt: skip

SCORE_NAMES = ("_neutral", *NAMES)
