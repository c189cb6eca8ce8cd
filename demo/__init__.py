# SPDX-License-Identifier: GPL-3.0-or-later
"""What `build.py demo` shows: a cast of our own drawing, and a clip made from a public-domain photograph."""
