# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules behind build.py. Standard library only, but for the files that say in which environment they run."""
