# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks by the features of a diffusion model: the same place of two faces has like features, whatever they look
like (FaceShot, arXiv 2503.00740, section 3.1)."""
