# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain face in the mesh's points: what "looking straight ahead" and "shaped like a face" mean to the tracker.

Measured with these networks on clips of nine people and made symmetric. Its up and forward are those of MediaPipe's
canonical face model. Units: 1 = distance of the eye-corner midpoints; x right, y down, z away from the viewer; the
origin lies between the eyes.
"""

from __future__ import annotations

import numpy as np

from .topology import RIGID

_POINTS = {
    10: (0.000, -0.920, -0.226), 151: (0.000, -0.659, -0.285), 9: (0.000, -0.392, -0.330),
    8: (0.000, -0.241, -0.311), 168: (0.000, -0.097, -0.306), 6: (0.000, 0.039, -0.377), 197: (0.000, 0.157, -0.459),
    195: (0.000, 0.261, -0.549), 109: (-0.308, -0.910, -0.201), 67: (-0.569, -0.861, -0.099),
    103: (-0.807, -0.756, 0.077), 54: (-0.962, -0.598, 0.279), 21: (-1.057, -0.401, 0.471),
    162: (-1.106, -0.189, 0.675), 127: (-1.122, 0.069, 0.834), 234: (-1.108, 0.311, 0.904),
    338: (0.308, -0.910, -0.201), 297: (0.569, -0.861, -0.099), 332: (0.807, -0.756, 0.077),
    284: (0.962, -0.598, 0.279), 251: (1.057, -0.401, 0.471), 389: (1.106, -0.189, 0.675),
    356: (1.122, 0.069, 0.834), 454: (1.108, 0.311, 0.904), 33: (-0.721, -0.015, 0.043),
    133: (-0.279, 0.015, -0.043), 362: (0.279, 0.015, -0.043), 263: (0.721, -0.015, 0.043),
    69: (-0.514, -0.659, -0.190), 104: (-0.744, -0.610, -0.063), 108: (-0.274, -0.664, -0.263),
    299: (0.514, -0.659, -0.190), 333: (0.744, -0.610, -0.063), 337: (0.274, -0.664, -0.263),
    122: (-0.092, 0.067, -0.339), 351: (0.092, 0.067, -0.339), 193: (-0.121, -0.078, -0.240),
    417: (0.121, -0.078, -0.240), 1: (0.000, 0.621, -0.649), 4: (0.000, 0.511, -0.681), 5: (0.000, 0.373, -0.640),
    2: (0.000, 0.738, -0.400), 98: (-0.264, 0.710, -0.272), 327: (0.264, 0.710, -0.272), 61: (-0.411, 1.130, -0.067),
    291: (0.411, 1.130, -0.067), 0: (0.000, 0.973, -0.401), 17: (0.000, 1.403, -0.267), 50: (-0.781, 0.529, -0.062),
    280: (0.781, 0.529, -0.062), 172: (-0.860, 1.310, 0.617), 397: (0.860, 1.310, 0.617),
    136: (-0.746, 1.465, 0.451), 365: (0.746, 1.465, 0.451), 152: (0.000, 1.879, 0.005), 132: (-1.043, 0.815, 0.868),
    361: (1.043, 0.815, 0.868),
}  # fmt: skip

INDICES = np.array(list(_POINTS))
POINTS = np.array(list(_POINTS.values()))
RIGID_POINTS = np.array([_POINTS[index] for index in RIGID.tolist()])


def similarity(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Least-squares scale, rotation and shift with target = scale * R source + shift.

    source (..., P, 3), target (..., P, 3), broadcast together; returns (...,), (..., 3, 3), (..., 3).
    Source: Umeyama (1991), without reflections.
    """
    source_mean, target_mean = source.mean(axis=-2), target.mean(axis=-2)
    a, b = source - source_mean[..., None, :], target - target_mean[..., None, :]
    u, values, vt = np.linalg.svd(np.swapaxes(b, -1, -2) @ a)
    flip = np.ones_like(values)
    flip[..., 2] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * flip[..., None, :]) @ vt
    scale = (values * flip).sum(axis=-1) / np.maximum((a**2).sum(axis=(-1, -2)), 1e-12)
    shift = target_mean - scale[..., None] * np.einsum("...ij,...j->...i", rotation, source_mean)
    return scale, rotation, shift


def misfit(mesh: np.ndarray) -> float:
    """How far a mesh (N, 3) is from the plain face, turned and scaled to fit; RMS, 1 = the distance of the eyes.

    Actors at work measure up to 0.12, wide-open mouths included; a mesh that fell apart measures more.
    """
    target = mesh[INDICES]
    scale, rotation, shift = similarity(POINTS, target)
    fitted = scale * POINTS @ rotation.T + shift
    return float(np.sqrt(((fitted - target) ** 2).sum(axis=1).mean()) / max(scale, 1e-9))
