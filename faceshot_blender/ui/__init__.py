# SPDX-License-Identifier: GPL-3.0-or-later
"""Panels. Drawing looks at properties only: no files, no processes."""
