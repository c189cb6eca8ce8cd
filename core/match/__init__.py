# SPDX-License-Identifier: GPL-3.0-or-later
"""Picture to Character: where the face is."""

from .picture import MATCHERS, match_picture

__all__ = ["MATCHERS", "match_picture"]
