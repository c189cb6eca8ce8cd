# SPDX-License-Identifier: GPL-3.0-or-later
"""A network that places the 68 points, learned from drawings that these scripts make. See docs/matcher.md."""
