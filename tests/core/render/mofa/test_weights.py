# SPDX-License-Identifier: GPL-3.0-or-later
"""The real loaders on files of the published layout: whole, and damaged in every way that was thought of."""

import json
import pickle
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import ErrorCode, FaceShotError
from core.render.mofa.backend import fingerprint
from core.render.mofa.control import ControlConfig
from core.render.mofa.weights import control_config, find, load
from tests.core.render.mofa.golden_arrays import Golden


@pytest.fixture
def copy(published, tmp_path):
    return shutil.copytree(published, tmp_path / "wéights of mine", copy_function=shutil.copyfile)


def test_everything_is_loaded_as_it_was_saved(golden: Golden, published):
    networks = load(find(published))
    for name, network in (("unet", networks.unet), ("controlnet", networks.control), ("vae", networks.vae)):
        wanted = golden.network(name).state_dict()
        assert all(torch.equal(value, wanted[key]) for key, value in network.state_dict().items())
        assert not network.training
        assert not any(parameter.requires_grad for parameter in network.parameters())
    assert not any(value.is_meta for network in vars(networks).values() if isinstance(network, torch.nn.Module)
                   for value in (*network.parameters(), *network.buffers()))  # fmt: skip
    image = torch.rand(1, 3, 224, 224)
    assert torch.equal(networks.encoder(image).image_embeds, golden.network("image_encoder")(image).image_embeds)
    assert networks.motion.centres.abs().max() == pytest.approx(49 * 100 / 99)


def test_half_precision_keeps_the_motion_network_whole(published):
    networks = load(find(published), dtype=torch.bfloat16)
    assert networks.unet.dtype is torch.bfloat16
    assert next(networks.motion.parameters()).dtype is torch.float32


def test_files_that_are_not_there_are_named(published, copy):
    files = find(copy)
    (files.svd / "vae" / "diffusion_pytorch_model.fp16.safetensors").unlink()
    files.motion.unlink()
    with pytest.raises(FaceShotError) as caught:
        find(copy)
    assert caught.value.code is ErrorCode.MODEL_MISSING
    assert caught.value.code.exit_code == 5
    assert "vae/diffusion_pytorch_model.safetensors" in caught.value.message
    assert "ckpt_iter_42000.pth.tar" in caught.value.message


def refused(folder) -> str:
    with pytest.raises(FaceShotError) as caught:
        load(find(folder))
    assert caught.value.code is ErrorCode.MODEL_DAMAGED
    assert caught.value.code.exit_code == 5
    return caught.value.message


def test_a_tensor_missing_one_too_many_one_of_another_shape(copy):
    path = find(copy).control / "diffusion_pytorch_model.safetensors"
    whole = load_file(path)
    names = ("zero_outs.8.weight", "conv_in.bias")
    save_file({name: value for name, value in whole.items() if name not in names}, path)
    assert "missing: conv_in.bias, zero_outs.8.weight" in refused(copy)
    save_file({**whole, "ghost.weight": torch.zeros(1)}, path)
    assert "not known: ghost.weight" in refused(copy)
    save_file({**whole, "conv_in.bias": torch.zeros(7)}, path)
    assert "of another shape: conv_in.bias (7,) instead of (32,)" in refused(copy)


def test_a_file_cut_short(copy):
    path = find(copy).svd / "unet" / "diffusion_pytorch_model.fp16.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    assert str(path) in refused(copy)
    path.write_bytes(b"\xff" * 64)
    assert str(path) in refused(copy)


class Bomb:
    def __reduce__(self):
        from pathlib import Path

        return Path.write_text, (Path(self.target), "boom")  # type: ignore[attr-defined]


def test_a_pickle_with_code_is_refused_and_nothing_of_it_runs(copy, tmp_path):
    path = find(copy).motion
    bomb = Bomb()
    bomb.target = str(tmp_path / "boom.txt")
    torch.save({"state_dict": {"module.x": bomb}}, path)
    assert "nothing of it was run" in refused(copy)
    path.write_bytes(pickle.dumps({"state_dict": bomb}))
    assert "nothing of it was run" in refused(copy)
    assert not (tmp_path / "boom.txt").exists()


def test_a_config_that_describes_no_network(copy):
    path = find(copy).svd / "unet" / "config.json"
    path.write_text("[1, 2")
    assert str(path) in refused(copy)
    path.write_text(json.dumps({"block_out_channels": "wide"}))
    assert "describes no network" in refused(copy)


def test_published_heads_are_not_read():
    assert control_config({"num_attention_heads": [5, 10, 20, 20]}) == ControlConfig()


def test_other_weights_have_another_fingerprint(copy):
    before = fingerprint(find(copy))
    assert fingerprint(find(copy)) == before
    path = find(copy).motion
    data = bytearray(path.read_bytes())
    data[70_000] ^= 1
    path.write_bytes(data)
    assert fingerprint(find(copy)) != before or len(data) > 64 << 16
