# SPDX-License-Identifier: GPL-3.0-or-later
"""Driving video to FaceMotion."""

from .clip import TRACKERS, track_clip
from .mesh import Face, MeshTracker

__all__ = ["TRACKERS", "Face", "MeshTracker", "track_clip"]
