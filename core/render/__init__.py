# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks to frames: the backends and what runs them."""
