# SPDX-License-Identifier: GPL-3.0-or-later
"""Latents to frames: no seam where calls of the decoder meet, fewer where memory runs short, in order to disk."""

import numpy as np
import pytest
import torch

from core.errors import ErrorCode, FaceShotError
from core.render.frames import render_frames
from core.render.mofa import rendering, shot
from core.render.mofa.encoding import decoded
from core.render.mofa.noise import draw, start_noise
from core.render.mofa.shelf import Shelf
from tests.core.render.mofa.scenes import frames_of, scene


def steps_between(vae, latents, **how) -> np.ndarray:
    """The RMS of the change from each frame to the next."""
    frames = torch.stack([frame for _, frame in decoded(vae, latents, **how)])
    assert len(frames) == len(latents)
    return frames.diff(dim=0).square().mean(dim=(1, 2, 3)).sqrt().numpy()


@pytest.mark.parametrize("chunk", [1, 2, 3, 4, 5, 8])
def test_there_is_no_seam_at_any_chunk(golden, chunk):
    """Of latents that stand still every change is the decoder's own: at the ends of its calls, where frames have no
    neighbours on one side. Faded, no step between two frames is as large as where calls simply end."""
    vae = golden.network("vae")
    latents = start_noise(1, [0], (4, 4, 4)).expand(24, -1, -1, -1)
    plain = steps_between(vae, latents, chunk=chunk)
    faded = steps_between(vae, latents, chunk=chunk, overlap=2)
    if chunk == 1:
        assert max(plain.max(), faded.max()) < 1e-6
        return
    at_joins = plain[chunk - 1 :: chunk]
    # as much as one frame moves anyway, within a call, is no seam
    within = np.delete(plain, np.arange(chunk - 1, len(plain), chunk))
    assert faded.max() <= max(0.75 * at_joins.max(), 1.05 * within.max())


def test_less_at_once_goes_on_where_it_was(golden):
    vae, asked = golden.network("vae"), []
    latents = start_noise(1, range(13), (4, 4, 4))
    plain, most = vae.decode, 8

    def hungry(part, **options):
        if len(part) > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 GiB")
        return plain(part, **options)

    def less():
        asked.append(most)
        return (most, 0) if most else None

    vae.decode = hungry
    try:
        found = decoded(vae, latents, chunk=8, overlap=2, less=less)
        numbers = [next(found)[0] for _ in range(6)]
        most = 3
        numbers += [number for number, _ in found]
        assert numbers == list(range(13))
        assert asked == [3]
        most = 0
        with pytest.raises(torch.OutOfMemoryError):
            list(decoded(vae, latents, chunk=8, less=less))
    finally:
        del vae.decode


def test_frames_reach_the_disk_as_they_are_decoded(small, tmp_path, monkeypatch):
    picture, character, landmarks = scene(count=9)
    events: list[str] = []
    plain = rendering.decoded

    def told(vae, latents, **how):
        call = vae.decode

        def decode(*part, **options):
            events.append("call")
            return call(*part, **options)

        monkeypatch.setattr(vae, "decode", decode)
        assert (how["chunk"], how["overlap"]) == (8, 2)
        return plain(vae, latents, **{**how, "chunk": 4})

    monkeypatch.setattr(rendering, "decoded", told)
    render_frames(
        picture, character, landmarks, tmp_path / "out", backend="mofa", settings={**small, "steps": 1, "window": 10},
        saved=lambda path: events.append(path.stem),
    )  # fmt: skip
    assert [event for event in events if event != "call"] == [f"{number:06d}" for number in range(1, 10)]
    # the first frames are there before the last call of the decoder
    assert events.index("000001") < len(events) - 1 - events[::-1].index("call")


def test_published_noise_is_drawn_in_the_published_order():
    shape = (5, 4, 3, 2)
    found = draw("published", 41, (16, 24), shape)
    generator = torch.Generator().manual_seed(41)
    assert torch.equal(found.picture, torch.randn((1, 3, 24, 16), generator=generator))
    assert torch.equal(found.frames, torch.randn((1, 5, 4, 3, 2), generator=generator)[0])
    own = draw("own", 41, (16, 24), shape)
    assert own.picture.shape == found.picture.shape
    assert torch.equal(own.frames[:3], draw("own", 41, (16, 24), (3, 4, 3, 2)).frames)
    with pytest.raises(ValueError, match="published"):
        draw("other", 1, (16, 24), shape)


def test_parity_mode_draws_and_decodes_as_published(small, tmp_path, monkeypatch):
    drawn, decoding = [], []
    draw_plain, decoded_plain = rendering.draw, rendering.decoded
    monkeypatch.setattr(rendering, "draw", lambda *asked: drawn.append(asked) or draw_plain(*asked))
    monkeypatch.setattr(
        rendering, "decoded", lambda *given, **how: decoding.append(how) or decoded_plain(*given, **how)
    )
    settings = {**small, "steps": 1, "noise": "published", "seed": 41}
    render_frames(*scene(), tmp_path / "out", backend="mofa", settings=settings)
    assert [asked[:2] for asked in drawn] == [("published", 41)]
    assert [(how["chunk"], how["overlap"], how["tile"]) for how in decoding] == [(8, 0, 0)]
    assert len(frames_of(tmp_path / "out")) == 3


def test_a_disk_too_full_for_the_motion_says_so(small, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shot, "_offset", full)
    with pytest.raises(FaceShotError) as caught:
        render_frames(*scene(), tmp_path / "out", backend="mofa", settings=small)
    assert caught.value.code is ErrorCode.DISK_FULL


def test_a_disk_too_full_for_frames_loses_no_latents(small, tmp_path, monkeypatch):
    from core.cache import FrameStore
    from core.render import record

    store, settings = FrameStore(tmp_path / "cache"), {**small, "steps": 1}
    plain = record.write_atomically

    def full(path, data):
        if path.suffix == ".png":
            raise FaceShotError(ErrorCode.DISK_FULL, f"The disk is full; could not write {path}.")
        plain(path, data)

    monkeypatch.setattr(record, "write_atomically", full)
    with pytest.raises(FaceShotError) as caught:
        render_frames(*scene(), tmp_path / "out", backend="mofa", settings=settings, store=store)
    assert caught.value.code is ErrorCode.DISK_FULL
    monkeypatch.undo()
    monkeypatch.setenv("FACESHOT_DEVICE", "cpu")
    (stored,) = Shelf(tmp_path / "cache" / "mofa").runs()
    assert stored.whole
