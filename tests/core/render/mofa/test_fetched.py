# SPDX-License-Identifier: GPL-3.0-or-later
"""What `models fetch mofa` leaves is what the real loaders take, and what the backend looks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import ErrorCode, FaceShotError
from core.hub_models import MOFA
from core.render.mofa.settings import MofaSettings
from core.render.mofa.weights import find, load
from tests.core.hub_server import Repo, serve
from tests.core.render.mofa.published import CMP
from tests.core.verbs.processes import run


def repositories(published: Path) -> dict[str, Repo]:
    """The published folders as the repositories that hold them."""
    pytest.importorskip("huggingface_hub")
    svd, adapter, motion = MOFA.parts
    root = published / "ckpts" / "mofa" / svd.roots[0]
    plain = {file.path: b"{}" for file in svd.files if not file.needed}
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    hybrid = {file.path: (published / file.path).read_bytes() for part in (adapter, motion) for file in part.files}
    assert CMP in hybrid
    return {
        svd.repository: Repo({**plain, **files}, svd.revision, token="hf_secret"),
        adapter.repository: Repo(hybrid, adapter.revision),
    }


def test_what_is_fetched_is_loaded_strictly(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = tmp_path / "modèles"
    with serve(repositories(published)) as hub:
        variables = {
            "FACESHOT_MODELS": str(models), "FACESHOT_MOFA": "", "FACESHOT_OFFLINE": "", "HF_ENDPOINT": hub.address,
            "HF_HOME": str(tmp_path / "home"), "HF_TOKEN": "hf_secret", "HF_HUB_OFFLINE": "", "no_proxy": "127.0.0.1",
        }  # fmt: skip
        done = run("models", "fetch", "mofa", variables=variables, cwd=tmp_path)
    assert done.code == 0, done
    assert "Stability AI Community License" in done.err
    monkeypatch.setenv("FACESHOT_MODELS", str(models))
    monkeypatch.delenv("FACESHOT_MOFA", raising=False)
    files = find(MofaSettings().folder())
    assert all(path.is_relative_to(models) for path in files.all())
    fetched, wanted = load(files), load(find(published))
    for name in ("unet", "control", "vae", "encoder", "motion"):
        ours, theirs = getattr(fetched, name).state_dict(), getattr(wanted, name).state_dict()
        assert ours.keys() == theirs.keys()
        assert all((ours[key] == theirs[key]).all() for key in ours)


def test_a_backend_without_networks_says_how_to_fetch_them(tmp_path: Path) -> None:
    with pytest.raises(FaceShotError) as caught:
        find(tmp_path)
    assert caught.value.code is ErrorCode.MODEL_MISSING
    assert "models fetch mofa" in caught.value.hint
    assert "FACESHOT_MOFA" in caught.value.hint
