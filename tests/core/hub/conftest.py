# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub with small files under the published names, and a user with folders of his own."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.hub_models import MOFA
from tests.core.hub_server import Hub, Repo, serve
from tests.core.verbs.processes import Run, Running, command_line, run

TOKEN = "hf_the_users_own"
SVD_PART, ADAPTER, MOTION_PART = MOFA.parts
UNET = "unet/diffusion_pytorch_model.fp16.safetensors"


def content(path: str) -> bytes:
    """Bytes for a path, always the same: some hundred kilobytes for tensors, a few for the rest."""
    size = 400_000 if path.endswith((".safetensors", ".tar")) else 700
    return random.Random(path).randbytes(size)


def published() -> dict[str, Repo]:
    """Both repositories with all that is fetched, and files beside it that are not."""
    svd = {file.path: content(file.path) for file in SVD_PART.files}
    more = ("svd_xt_1_1.safetensors", "unet/diffusion_pytorch_model.safetensors", "LICENSE.md", "README.md")
    svd |= {path: content(path) for path in more}
    hybrid = {file.path: content(file.path) for part in (ADAPTER, MOTION_PART) for file in part.files}
    hybrid |= {path: content(path) for path in ("ckpts/mofa/traj_controlnet/config.json", "README.md")}
    return {
        SVD_PART.repository: Repo(svd, SVD_PART.revision, token=TOKEN, refused="hf_of_somebody_else"),
        ADAPTER.repository: Repo(hybrid, ADAPTER.revision),
    }


@dataclass
class User:
    """Runs the command line against the hub. variables: the environment beside the machine's."""

    folder: Path
    variables: dict[str, str]

    @property
    def models(self) -> Path:
        return self.folder / "models of mine"

    @property
    def mofa(self) -> Path:
        return self.models / "mofa"

    def run(self, *arguments: str, **changes: str) -> Run:
        return run(*arguments, variables={**self.variables, **changes}, cwd=self.folder)

    def fetch(self, **changes: str) -> Run:
        return self.run("models", "fetch", "mofa", "--json", **changes)

    def start(self, **changes: str) -> Running:
        words = command_line("models", "fetch", "mofa", "--json")
        return Running(words, variables={**self.variables, **changes}, cwd=self.folder)

    def parts(self) -> list[Path]:
        return sorted(self.mofa.rglob(".*.part")) if self.mofa.exists() else []


@pytest.fixture
def hub() -> Iterator[Hub]:
    pytest.importorskip("huggingface_hub", reason="this engine has no diffusion packages")
    with serve(published()) as served:
        yield served


@pytest.fixture
def user(hub: Hub, tmp_path: Path) -> User:
    home = tmp_path / "home"
    return User(
        tmp_path,
        {
            "FACESHOT_MODELS": str(tmp_path / "models of mine"),
            "FACESHOT_MOFA": "",
            "FACESHOT_OFFLINE": "",
            "HF_ENDPOINT": hub.address,
            "HF_HOME": str(home),
            "HF_TOKEN": TOKEN,
            "HF_HUB_OFFLINE": "",
            "HF_HUB_DISABLE_TELEMETRY": "",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        },
    )
