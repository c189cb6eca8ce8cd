# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmark-driven video diffusion: the landmark adapter of MOFA-Video over Stable Video Diffusion (arXiv 2405.20222).

Torch and diffusers are imported by the modules of this package, never by the package itself.
"""
