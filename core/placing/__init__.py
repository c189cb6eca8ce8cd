# SPDX-License-Identifier: GPL-3.0-or-later
"""Placing the 68 points by hand: edits, anchors, and what the rest of a face most likely looks like. NumPy only."""
