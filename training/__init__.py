# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the expression basis that ships with the tracker. Runs in the checkout's environment only."""
