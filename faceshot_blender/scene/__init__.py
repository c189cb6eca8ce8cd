# SPDX-License-Identifier: GPL-3.0-or-later
"""What FaceShot reads from and makes in a scene. Data in, data out: no operators, no panels, no context kept."""
