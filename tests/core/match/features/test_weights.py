# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the feature networks that lack, are cut or others, or hold no numbers: named, and nothing in them is run."""

import shutil

import pytest

torch = pytest.importorskip("torch", reason="this environment has no torch")
pytest.importorskip("diffusers", reason="this environment has no diffusers")

from core.errors import ErrorCode, FaceShotError  # noqa: E402
from core.match.features.diffusion import DiffusionExtractor  # noqa: E402
from tests.core.match.features.small_networks import change, write  # noqa: E402

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return write(tmp_path_factory.mktemp("feature networks"))


def error_of(folder, **given):
    with pytest.raises(FaceShotError) as caught:
        DiffusionExtractor.load(folder, device="cpu", **given)
    return caught.value


def copied(published, tmp_path):
    return shutil.copytree(published, tmp_path / "networks")


def test_an_empty_folder_says_what_to_fetch_how_large_it_is_and_under_which_licence(tmp_path):
    error = error_of(tmp_path / "nowhere")
    assert error.code is ErrorCode.MODEL_MISSING
    for words in ("models fetch features", "2.1 GB", "2.6 GB", "Open RAIL-M", "Apache-2.0", "FACESHOT_FEATURES"):
        assert words in error.hint
    assert "and 10 more" in error.message
    assert "Apache" not in error_of(tmp_path / "nowhere", guided=False).hint


@pytest.mark.parametrize(
    "place",
    [
        "stable-diffusion-v1-5/unet/config.json",
        "stable-diffusion-v1-5/vae/diffusion_pytorch_model.safetensors",
        "stable-diffusion-v1-5/tokenizer/merges.txt",
        "stable-diffusion-v1-5/scheduler/scheduler_config.json",
        "ip-adapter/ip-adapter_sd15.safetensors",
        "ip-adapter/image_encoder/model.safetensors",
    ],
)
def test_a_file_that_lacks_is_named(published, tmp_path, place):
    folder = copied(published, tmp_path)
    (folder / place).unlink()
    error = error_of(folder)
    assert error.code is ErrorCode.MODEL_MISSING
    assert place.removesuffix(".safetensors") in error.message.replace(".fp16", "")


TENSORS = {
    "stable-diffusion-v1-5/unet/diffusion_pytorch_model.safetensors": "up_blocks.1.resnets.0.conv1.weight",
    "stable-diffusion-v1-5/vae/diffusion_pytorch_model.safetensors": "encoder.mid_block.attentions.0.query.weight",
    "stable-diffusion-v1-5/text_encoder/model.safetensors": "text_model.final_layer_norm.bias",
    "ip-adapter/image_encoder/model.safetensors": "visual_projection.weight",
    "ip-adapter/ip-adapter_sd15.safetensors": "ip_adapter.31.to_v_ip.weight",
}


def damaged(folder, place, *words):
    error = error_of(folder)
    assert error.code is ErrorCode.MODEL_DAMAGED, error
    assert str(folder / place) in error.message
    for word in words:
        assert word in error.message
    assert "models fetch features" in error.hint


@pytest.mark.parametrize("place", TENSORS)
def test_a_tensor_that_is_missing_is_named(published, tmp_path, place):
    folder = copied(published, tmp_path)
    change(folder / place, lambda state: {name: value for name, value in state.items() if name != TENSORS[place]})
    name = TENSORS[place].removeprefix("text_model.").replace("query", "to_q")
    damaged(folder, place, "missing", name)


@pytest.mark.parametrize("place", TENSORS)
def test_a_tensor_of_another_shape_is_refused(published, tmp_path, place):
    folder = copied(published, tmp_path)
    change(folder / place, lambda state: {**state, TENSORS[place]: torch.zeros(3, 5)})
    damaged(folder, place)


@pytest.mark.parametrize("place", TENSORS)
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_named(published, tmp_path, place, value):
    folder = copied(published, tmp_path)

    def spoil(state):
        state[TENSORS[place]].view(-1)[-1] = value
        return state

    change(folder / place, spoil)
    damaged(folder, place, "no number")


@pytest.mark.parametrize("place", TENSORS)
@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\n", None])
def test_a_file_that_is_no_file_of_tensors_is_refused(published, tmp_path, place, content):
    folder = copied(published, tmp_path)
    whole = (folder / place).read_bytes()
    (folder / place).write_bytes(whole[: len(whole) // 2] if content is None else content)
    damaged(folder, place)


@pytest.mark.parametrize("place", ["unet/config.json", "vae/config.json", "tokenizer/vocab.json"])
@pytest.mark.parametrize("content", ["", "[]", "{", '{"block_out_channels": 3}'])
def test_settings_that_are_none_are_refused(published, tmp_path, place, content):
    folder = copied(published, tmp_path)
    (folder / "stable-diffusion-v1-5" / place).write_text(content)
    assert error_of(folder).code is ErrorCode.MODEL_DAMAGED


def test_another_kind_of_adapter_is_refused(published, tmp_path):
    folder = copied(published, tmp_path)
    place = "ip-adapter/ip-adapter_sd15.safetensors"
    change(
        folder / place, lambda state: {"image_proj.latents": torch.zeros(1, 16, 32), "ip_adapter.1.x": torch.ones(1)}
    )
    damaged(folder, place, "missing", "image_proj.proj.bias")


class _Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_nothing_in_an_adapter_s_older_file_is_run(published, tmp_path):
    folder = copied(published, tmp_path)
    (folder / "ip-adapter" / "ip-adapter_sd15.safetensors").unlink()
    torch.save(
        {"image_proj": {}, "ip_adapter": _Payload(tmp_path / "ran")}, folder / "ip-adapter" / "ip-adapter_sd15.bin"
    )
    damaged(folder, "ip-adapter/ip-adapter_sd15.bin")
    assert not (tmp_path / "ran").exists()
