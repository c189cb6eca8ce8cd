# SPDX-License-Identifier: GPL-3.0-or-later
"""What the training is fed with, and what learns when the errors are learned once more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.landmarks import store
from training.landmarks.scene import draw

torch = pytest.importorskip("torch", reason="training needs torch, which the engine does not")

from training.landmarks.calibrate import readers  # noqa: E402
from training.landmarks.network import LandmarkNetwork  # noqa: E402
from training.landmarks.train import Feed, loss_of  # noqa: E402

SMALL = 96


def shard(colour: int, count: int = 12) -> store.Shard:
    """Drawings over one colour each, so that one can tell where a crop came from."""
    sample = draw((1, 0), "toon", size=SMALL)
    points = np.concatenate([sample.points, sample.iris]).astype(np.float32)
    return store.Shard(
        images=np.full((count, SMALL, SMALL, 3), colour, np.uint8),
        points=np.repeat(points[None], count, axis=0),
        flags=np.ones((count, 6), bool),
        face=np.ones(count, bool),
    )


def test_batches_mix_the_folders_by_their_shares(tmp_path: Path) -> None:
    for name, colour in (("flat", 0), ("modelled", 255)):
        (tmp_path / name).mkdir()
        for number in range(3):
            store.save(tmp_path / name, number, shard(colour))
    feed = Feed([tmp_path / "flat", tmp_path / "modelled"], 3, shares=[0.75, 0.25])
    seen = np.concatenate([feed.next(8, out=32).images[:, 0, 16, 16] for _ in range(40)])
    assert set(np.round(seen)) == {-1.0, 1.0}
    assert 0.15 < float((seen > 0).mean()) < 0.35


def test_a_folder_without_shards_leaves_its_share_to_the_others(tmp_path: Path) -> None:
    (tmp_path / "flat").mkdir()
    store.save(tmp_path / "flat", 0, shard(0))
    feed = Feed([tmp_path / "flat", tmp_path / "none"], 3, shares=[0.5, 0.5])
    assert len(feed.next(8, out=32).images) == 8


def test_only_what_reads_the_maps_learns_the_errors_again(tmp_path: Path) -> None:
    torch.manual_seed(2)
    network = LandmarkNetwork().eval()
    learning = readers(network)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    store.save(tmp_path, 0, store.make(5, 0, 8))
    data = Feed([tmp_path], 1).next(4, out=64)
    total, figures = loss_of(network, data, half=False, error_weight=1.0)
    total.backward()
    torch.optim.Adam(learning, lr=1e-2).step()
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert "error" in changed
    assert "face.weight" in changed
    assert not any(name.startswith(("stem", "fine", "maps", "merge")) for name in changed)
    assert np.isfinite(list(figures.values())).all()
