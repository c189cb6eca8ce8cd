# SPDX-License-Identifier: GPL-3.0-or-later
"""Either runtime runs a network, and the choice between them."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from core.errors import ErrorCode, FaceShotError
from core.models import ModelStore
from core.track import MeshTracker
from core.track.tflite import Network, default_runtime


@pytest.fixture
def content(store: ModelStore) -> bytes:
    try:
        return (store.locate("mesh-468") / "face_landmark.tflite").read_bytes()
    except FaceShotError as error:
        pytest.skip(str(error))


@pytest.fixture
def fresh_choice():
    default_runtime.cache_clear()
    yield
    default_runtime.cache_clear()


def test_both_runtimes_say_the_same(content: bytes) -> None:
    pytest.importorskip("ai_edge_litert")
    picture = np.random.default_rng(0).uniform(0, 1, (192, 192, 3)).astype(np.float32)
    outputs = [Network(content, name="mesh", runtime=runtime)(picture) for runtime in ("litert", "opencv")]
    assert outputs[0].keys() == outputs[1].keys()
    for name, values in outputs[0].items():
        assert values.ndim == 1
        assert values == pytest.approx(outputs[1][name], abs=0.01)


def test_what_a_network_gave_stays(content: bytes) -> None:
    """Runtimes reuse their buffers; ours are copies."""
    for runtime in ("litert", "opencv"):
        if runtime == "litert":
            pytest.importorskip("ai_edge_litert")
        network = Network(content, name="mesh", runtime=runtime)
        first = network(np.zeros((192, 192, 3), np.float32))
        kept = {name: values.copy() for name, values in first.items()}
        network(np.ones((192, 192, 3), np.float32))
        assert all(np.array_equal(first[name], kept[name]) for name in kept)


def test_without_litert_opencv_is_taken(
    monkeypatch: pytest.MonkeyPatch, fresh_choice: None, store: ModelStore, content: bytes, astronaut: np.ndarray
) -> None:
    for name in [name for name in sys.modules if name.startswith("ai_edge_litert")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    tracker = MeshTracker("mesh-468", store=store)
    assert tracker.runtime == "opencv"
    assert len(tracker.find(astronaut)) == 1


@pytest.mark.parametrize("runtime", ["litert", "opencv"])
def test_a_file_that_is_no_network_is_refused(runtime: str) -> None:
    with pytest.raises(FaceShotError) as caught:
        Network(b"no network at all", name="junk", runtime=runtime)
    assert caught.value.code is ErrorCode.BACKEND_MISSING
    assert "junk" in str(caught.value)


def test_an_unknown_runtime_is_refused(content: bytes) -> None:
    with pytest.raises(FaceShotError) as caught:
        Network(content, name="mesh", runtime="abacus")
    assert caught.value.code is ErrorCode.USAGE
