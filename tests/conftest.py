# SPDX-License-Identifier: GPL-3.0-or-later
"""What every ring of tests shares."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

# Some environments have no hypothesis: Blender's own Python, for one.
with contextlib.suppress(ImportError):
    from hypothesis import HealthCheck, settings

    # Machines are busy: how long an example takes says nothing.
    settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("busy")

REPO_ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def repo_root() -> Path:
    return REPO_ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Clips, pictures and networks that are not ours; they lie beside a developer's checkout, never in it."""
    folder = REPO_ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder}: clips and pictures that are not ours are not in the repository")
    return folder
