# SPDX-License-Identifier: GPL-3.0-or-later
"""Features by small random networks, in files as the large ones are published, through the real loaders."""

import shutil
import socket

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="this environment has no torch")
pytest.importorskip("diffusers", reason="this environment has no diffusers")

from core.errors import ErrorCode, FaceShotError  # noqa: E402
from core.match.features import guidance  # noqa: E402
from core.match.features.diffusion import DiffusionExtractor, Recipe  # noqa: E402
from core.match.features.extractor import Extractor, hash_of  # noqa: E402
from core.match.features.files import find, identity  # noqa: E402
from core.match.features.weights import load  # noqa: E402
from core.progress import cancelled  # noqa: E402
from tests.core.match.features.small_networks import LOOKS, SIDE, change, write  # noqa: E402

torch.set_num_threads(1)
RECIPE = Recipe(side=SIDE)


def picture(seed, height=SIDE, width=SIDE):
    """Soft blobs of colour."""
    grid = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return np.kron(grid, np.ones((-(-height // 8), -(-width // 8), 1), np.uint8))[:height, :width]


def fresh(folder, **given):
    return DiffusionExtractor.load(folder, device="cpu", **{"recipe": RECIPE, **given})


def error_of(call, *args, **given):
    with pytest.raises(FaceShotError) as caught:
        call(*args, **given)
    return caught.value


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    return write(tmp_path_factory.mktemp("feature networks"))


@pytest.fixture(scope="session")
def guided(published):
    return fresh(published)


@pytest.fixture(scope="session")
def unguided(published):
    return fresh(published, guided=False)


def test_it_is_what_the_gallery_asks_for(guided):
    extractor: Extractor = guided
    assert {"model", "weights", "t", "up_block", "prompt", "channels", "stride", "ensemble", "guided"} <= set(
        extractor.config
    )
    assert (extractor.config["t"], extractor.config["up_block"], extractor.config["stride"]) == (301, 1, 16)
    assert extractor.config["prompt"] == "a photo of a face"
    assert extractor.config_hash == hash_of(extractor.config)


def test_a_cell_is_sixteen_pixels_and_a_unit_vector(guided):
    found = guided.map(picture(0))
    assert found.values.shape == (SIDE // 16, SIDE // 16, guided.config["channels"])
    assert found.size == (SIDE, SIDE)
    assert np.allclose(np.linalg.norm(found.values, axis=-1), 1, atol=1e-5)
    assert found.values.dtype == np.float32


@pytest.mark.parametrize(
    ("height", "width", "rows", "columns"),
    [(300, 300, 8, 8), (40, 40, 8, 8), (100, 200, 4, 8), (200, 90, 8, 4), (20, 900, 4, 8)],
)
def test_pictures_of_any_size_are_covered_whole(guided, height, width, rows, columns):
    found = guided.map(picture(1, height, width))
    assert found.values.shape[:2] == (rows, columns)
    assert found.size == (width, height)


@pytest.mark.parametrize(("block", "stride"), [(0, 32), (1, 16), (2, 8), (3, 8)])
def test_other_up_blocks_are_as_coarse_as_they_say(published, block, stride):
    extractor = fresh(published, guided=False, recipe=Recipe(side=SIDE, up_block=block, ensemble=1, t=21))
    found = extractor.map(picture(0))
    assert extractor.config["stride"] == stride
    assert found.values.shape == (SIDE // stride, SIDE // stride, extractor.config["channels"])


def test_the_same_picture_has_the_same_features_always(published, guided):
    first = guided.map(picture(0), prompt=picture(1))
    torch.manual_seed(99)  # nothing is drawn from the common dice, the VAE's latent least of all
    again = fresh(published).map(picture(0), prompt=picture(1))
    assert np.array_equal(first.values, again.values)
    assert np.array_equal(first.values, guided.map(picture(0), prompt=picture(1)).values)


def test_the_look_of_another_picture_changes_them(guided, unguided):
    none = guided.map(picture(0)).values
    one, other = (guided.map(picture(0), prompt=picture(seed)).values for seed in (1, 2))
    assert np.array_equal(none, unguided.map(picture(0)).values)
    assert np.abs(one - none).max() > 0.01
    assert np.abs(one - other).max() > 0.001
    assert np.array_equal(guided.map(picture(0)).values, none)  # it leaves nothing behind


def test_the_image_prompt_is_attended_to_as_published(guided):
    """Text attention + 1.0 x attention to the four image tokens, in a cross-attention of its own keys and values."""
    networks = guided._networks
    unet = networks.unet
    name = "mid_block.attentions.0.transformer_blocks.0.attn2"
    attention = unet.get_submodule(name)
    hidden, words = torch.randn(1, 5, attention.to_q.in_features), networks.words
    tokens = unet.encoder_hid_proj([torch.randn(1, 1, LOOKS)])[0][:, 0]
    assert tokens.shape[1] == 4
    own = attention.processor

    def attended(keys, values):
        query, key, value = (
            part.view(1, -1, attention.heads, part.shape[-1] // attention.heads).transpose(1, 2)
            for part in (attention.to_q(hidden), keys, values)
        )
        weight = torch.softmax(query @ key.transpose(2, 3) / query.shape[-1] ** 0.5, dim=-1)
        return (weight @ value).transpose(1, 2).reshape(1, hidden.shape[1], -1)

    with torch.inference_mode():
        text = attended(attention.to_k(words), attention.to_v(words))
        image = attended(own.to_k_ip[0](tokens), own.to_v_ip[0](tokens))
        for scale in (1.0, 0.0):
            guidance.set_scale(unet, scale)
            found = attention(hidden, encoder_hidden_states=(words, [tokens[:, None]]))
            assert torch.allclose(found, attention.to_out[0](text + scale * image), atol=1e-5)


def test_what_comes_after_the_up_block_is_not_computed(published):
    extractor = fresh(published, guided=False)
    unet = extractor._networks.unet
    calls = dict.fromkeys(("up_blocks.1", "up_blocks.2", "conv_out"), 0)
    for name in calls:
        unet.get_submodule(name).register_forward_hook(
            lambda *_, name=name: calls.__setitem__(name, calls[name] + 1), prepend=True
        )
    extractor.map(picture(0))
    steps = 16  # 1, 21, ..., 301
    assert calls == {"up_blocks.1": steps + RECIPE.ensemble, "up_blocks.2": steps, "conv_out": steps}
    assert extractor._networks.vae.decoder is None


def test_the_ensemble_is_the_mean_of_the_inverted_latent_s_and_of_noised_ones(published, monkeypatch):
    one, three = (
        fresh(published, guided=False, recipe=Recipe(side=SIDE, ensemble=members))._features for members in (1, 3)
    )
    taken = []
    stopped = DiffusionExtractor._stopped
    monkeypatch.setattr(
        DiffusionExtractor, "_stopped", lambda *given: taken.append((given[1], stopped(*given))) or taken[-1][1]
    )
    clean = torch.randn(1, 4, 16, 16)
    with torch.inference_mode():
        alone, mean = one(clean, None), three(clean, None)
    latents, features = zip(*taken[1:], strict=True)
    assert torch.equal(alone, features[0])
    assert torch.allclose(mean, sum(features) / 3, atol=1e-6)
    for latent in latents[1:]:
        noise = (latent - clean * 0.5888**0.5) / (1 - 0.5888) ** 0.5
        assert float(noise.std()) == pytest.approx(1, abs=0.1)
    assert not torch.allclose(latents[1], latents[2])


def test_the_hash_tells_recipes_and_weights_apart(published, guided, unguided, tmp_path):
    assert guided.config_hash != unguided.config_hash
    assert fresh(published, recipe=Recipe(side=SIDE, t=281)).config_hash != guided.config_hash
    shutil.copytree(published, tmp_path / "moved")
    assert fresh(tmp_path / "moved").config_hash == guided.config_hash
    path = tmp_path / "moved" / "stable-diffusion-v1-5" / "unet" / "diffusion_pytorch_model.safetensors"
    change(path, lambda state: {name: value * 1.001 for name, value in state.items()})
    other = fresh(tmp_path / "moved")
    assert other.config_hash != guided.config_hash
    assert other.config["weights"] != guided.config["weights"]


def test_half_precision_and_the_adapter_s_older_file_will_do(guided, tmp_path):
    folder = write(tmp_path, half=True, binary=True)
    assert (folder / "stable-diffusion-v1-5" / "unet" / "diffusion_pytorch_model.fp16.safetensors").is_file()
    found = fresh(folder).map(picture(0), prompt=picture(1)).values
    assert np.abs(found - guided.map(picture(0), prompt=picture(1)).values).max() < 0.02


def test_networks_in_half_precision_see_what_single_ones_do(published, guided):
    """As on a card; the VAE, and the steps of the inversion, stay in single precision there."""
    files = find(published, guided=True)
    networks = load(files, prompt=RECIPE.prompt, device=torch.device("cpu"), dtype=torch.float16)
    assert (networks.unet.dtype, networks.encoder.dtype, networks.words.dtype) == (torch.float16,) * 3
    assert networks.vae.dtype == torch.float32
    assert {value.dtype for value in networks.unet.state_dict().values()} == {torch.float16}
    half = DiffusionExtractor(networks, weights=identity(files), guided=True, recipe=RECIPE)
    assert half.config_hash == guided.config_hash
    for prompt in (None, picture(1)):
        cosines = (half.map(picture(0), prompt=prompt).values * guided.map(picture(0), prompt=prompt).values).sum(-1)
        assert cosines.min() > 0.999


@pytest.mark.parametrize(("base", "beside"), [("", ""), ("", "models"), ("sd15", "IP-Adapter/models")])
def test_the_parts_are_found_as_they_are_published(published, guided, tmp_path, base, beside):
    shutil.copytree(published / "stable-diffusion-v1-5", tmp_path / base, dirs_exist_ok=True)
    shutil.copytree(published / "ip-adapter", tmp_path / beside, dirs_exist_ok=True)
    assert fresh(tmp_path).config_hash == guided.config_hash


def test_nothing_is_asked_of_the_network_and_nothing_is_printed(published, monkeypatch, capfd):
    def refuse(*_, **__):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    fresh(published)
    assert capfd.readouterr() == ("", "")


# Looks ----------------------------------------------------------------------------------------------------------------


def test_a_look_is_a_unit_vector_of_the_whole_crop(guided):
    wide = picture(3, 60, 180)
    look = guided.look(wide)
    assert look.shape == (LOOKS,)
    assert look.dtype == np.float32
    assert np.linalg.norm(look) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(look, guided.look(wide.copy()))
    ends = wide.copy()
    ends[:, :50] = 255 - ends[:, :50]  # what a cut in the middle would lose
    assert np.abs(guided.look(ends) - look).max() > 1e-3


@pytest.mark.parametrize(("height", "width"), [(60, 180), (180, 60), (70, 70), (1, 500), (500, 3)])
def test_a_crop_is_padded_with_the_mean_colour_and_not_cut(height, width):
    white = guidance.squared(np.full((height, width, 3), 255, np.uint8), 56)
    assert white.shape == (1, 3, 56, 56)
    there = white[0, 0] > 0
    rows, columns = there.any(1).sum(), there.any(0).sum()
    assert max(rows, columns) == 56
    assert min(rows, columns) == max(1, round(56 * min(height, width) / max(height, width)))
    assert torch.all(white[0, 0][~there] == 0)
    first = int(torch.nonzero(there)[:, 0].min()), int(torch.nonzero(there)[:, 1].min())
    assert first == ((56 - int(rows)) // 2, (56 - int(columns)) // 2)


def test_without_an_image_encoder_there_are_features_and_no_looks(published, tmp_path):
    shutil.copytree(published / "stable-diffusion-v1-5", tmp_path / "stable-diffusion-v1-5")
    alone = fresh(tmp_path, guided=False)
    assert alone.map(picture(0)).values.shape == (8, 8, 64)
    error = error_of(alone.look, picture(0))
    assert error.code is ErrorCode.MODEL_MISSING
    assert "models fetch features" in error.hint


# What is wrong --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(side=SIDE, t=300), Recipe(side=SIDE, t=0), Recipe(side=SIDE, steps=7), Recipe(side=SIDE, up_block=4),
        Recipe(side=SIDE, ensemble=0), Recipe(side=100), Recipe(side=0), Recipe(side=SIDE, corrections=-1),
    ],
)  # fmt: skip
def test_a_recipe_that_cannot_be_followed_is_refused(published, recipe):
    error = error_of(fresh, published, guided=False, recipe=recipe)
    assert error.code is ErrorCode.USAGE
    if recipe.t == 300:
        assert "281 or 301" in error.hint


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8), np.ones((4, 4, 3))],
)
def test_what_is_no_picture_is_refused(guided, wrong):
    for call in (guided.map, guided.look):
        assert error_of(call, wrong).code is ErrorCode.USAGE
    assert error_of(guided.map, picture(0), prompt=wrong).code is ErrorCode.USAGE


def test_a_prompt_without_guidance_is_refused(unguided):
    assert error_of(unguided.map, picture(0), prompt=picture(1)).code is ErrorCode.USAGE


@pytest.mark.parametrize(
    "raised", [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_memory_that_runs_out_is_told_as_such(published, guided, monkeypatch, raised):
    def refuse(*_, **__):
        raise raised

    with monkeypatch.context() as patched:
        patched.setattr(guided._networks.unet.mid_block, "forward", refuse)
        error = error_of(guided.map, picture(0))
    assert error.code is ErrorCode.OUT_OF_MEMORY
    assert error.code.exit_code == 6
    assert guided.map(picture(0)).values.shape == (8, 8, 64)  # and it works again after
    monkeypatch.setattr("core.match.features.weights.UNet2DConditionModel.from_pretrained", refuse)
    assert error_of(fresh, published).code is ErrorCode.OUT_OF_MEMORY


def test_features_that_are_no_numbers_are_told(guided, monkeypatch):
    monkeypatch.setattr(DiffusionExtractor, "_stopped", lambda *_: torch.full((1, 64, 8, 8), float("nan")))
    assert error_of(guided.map, picture(0)).code is ErrorCode.MODEL_DAMAGED


def test_it_says_where_it_stands_and_can_be_stopped(published):
    told = []
    fresh(published, guided=False, progress=lambda *step: told.append(step)).map(picture(0))
    steps = [done for stage, done, total in told if total == 16 + RECIPE.ensemble]
    assert steps == sorted(steps)
    assert steps[-1] == 16 + RECIPE.ensemble

    def stop(stage, done, total):
        if done == 17:
            raise cancelled()

    extractor = fresh(published, guided=False, progress=stop)
    assert error_of(extractor.map, picture(0)).code is ErrorCode.CANCELLED


def test_a_device_that_is_not_there_is_told(published):
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    assert error_of(DiffusionExtractor.load, published, device="cuda").code is ErrorCode.BACKEND_MISSING


def test_what_was_seen_last_is_kept_and_no_more(published, monkeypatch):
    extractor = fresh(published, recipe=Recipe(side=SIDE, t=1, ensemble=1))
    encoded = []
    encode = extractor._encoded
    monkeypatch.setattr(extractor, "_encoded", lambda rgb: encoded.append(1) or encode(rgb))
    for _ in range(3):
        extractor.map(picture(0), prompt=picture(1))
    assert len(encoded) == 1
    for seed in range(40):
        extractor.look(picture(seed, 8, 8))
    assert len(extractor._looks) <= 16
    extractor.release()
    assert not extractor._latents
