# SPDX-License-Identifier: GPL-3.0-or-later
"""A file server, and a model that it has, for the tests of the model store."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from core import fetch as fetching
from core import models
from core.fetch import WebFile
from core.models import MODELS, Model, ModelFile
from tests.core.file_server import DATA, SHA, Server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(fetching.time, "sleep", lambda seconds: None)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("FACESHOT_OFFLINE", raising=False)
    with Server() as served:
        thread = threading.Thread(target=served.serve_forever, daemon=True)
        thread.start()
        yield served
        served.shutdown()
        thread.join()


@pytest.fixture
def source(server: Server) -> WebFile:
    return WebFile(address=server.address, sha256=SHA, size=len(DATA))


@pytest.fixture
def toy(source: WebFile, monkeypatch: pytest.MonkeyPatch) -> Model:
    """A model of one file, which the server has."""
    model = Model(
        name="toy", title="Toy", files={"toy.bin": ModelFile(sha256=SHA, size=len(DATA))},
        licence="CC0-1.0", licence_url="https://example.org", origin="a test", source=source,
    )  # fmt: skip
    monkeypatch.setattr(models, "MODELS", {**MODELS, "toy": model})
    return model
