# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators: thin hands on take.py and scene/. What they need is imported when they run."""
