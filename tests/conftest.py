# SPDX-License-Identifier: GPL-3.0-or-later
"""What every ring of tests shares."""

from __future__ import annotations

from pathlib import Path

import pytest

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
