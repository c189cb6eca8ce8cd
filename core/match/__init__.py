# SPDX-License-Identifier: GPL-3.0-or-later
"""Picture to Character: where the face is."""

from .picture import MATCHERS, Matched, match_face, match_picture

__all__ = ["MATCHERS", "Matched", "match_face", "match_picture"]
