# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

pytest.importorskip("torch", reason="this environment has no torch")

from benchmarks import _small_networks, diffusion
from core import costs
from core.render.mofa.weights import find, load


def test_small_networks_load_as_published_ones_do(tmp_path):
    networks = load(find(_small_networks.write(tmp_path, diffusion._CONFIG)))
    assert networks.control.config == _small_networks.CONFIG
    assert tuple(networks.unet.config.block_out_channels) == _small_networks.CONFIG.widths


@pytest.mark.long
def test_what_is_counted_adds_up():
    found = {figure["name"]: figure for figure in diffusion.counted()}
    shot = found["25 frames"]
    assert shot["ratio"] == pytest.approx(shot["baseline"] / shot["value"], rel=1e-3)
    # the decoder and the motion are not in it
    task = costs.Task(frames=24)
    assert shot["value"] * 1e12 == pytest.approx(
        2 * diffusion.STEPS * costs.step_flop(25, task.latent) + costs.conditions_flop(25, task.latent), rel=1e-3
    )
    parts = [
        value["value"] for name, value in found.items() if name.startswith("25 frames, saved") and "motion" not in name
    ]
    assert sum(parts) == pytest.approx(shot["baseline"] - shot["value"], rel=0.02)
