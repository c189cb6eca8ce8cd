# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that OpenCV runs says what PyTorch says."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs torch, which the engine does not")
pytest.importorskip("onnx", reason="exporting needs the package onnx")

from training.landmarks.export import TOLERANCE, export, fused, gap, rounded, store_half  # noqa: E402
from training.landmarks.network import LandmarkNetwork  # noqa: E402


def test_the_file_equals_the_network(tmp_path: Path) -> None:
    torch.manual_seed(3)
    network = LandmarkNetwork()
    for _ in range(3):  # give the normalisations something to fold in
        network(torch.randn(4, 3, 64, 64))
    network = rounded(fused(network.eval()))
    export(network, tmp_path / "a.onnx")
    store_half(tmp_path / "a.onnx")
    assert gap(network, tmp_path / "a.onnx", count=2) < TOLERANCE
    assert (tmp_path / "a.onnx").stat().st_size < 8_000_000
