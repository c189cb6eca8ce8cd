# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the hub's models, where their parts may lie, and what is on record of them; without the hub."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from core.errors import ErrorCode, FaceShotError
from core.hub_models import (
    CONTROL,
    FEATURES,
    MOFA,
    MOTION,
    RECORD,
    SVD,
    Fetched,
    HubModel,
    Record,
    look,
    state_of,
    verify,
)
from core.models import ModelStore
from core.progress import cancelled

SVD_PART, ADAPTER, MOTION_PART = MOFA.parts
CMP = f"models/cmp/experiments/semiauto_annot/resnet50_vip+mpii_liteflow/checkpoints/{MOTION}"


def put(path: Path, data: bytes = b"data") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def put_part(part, folder: Path) -> None:
    for file in part.files:
        put(folder / file.place, file.path.encode())


def recorded(folder: Path, path: Path) -> Record:
    data = path.read_bytes()
    fetched = Fetched(
        repository="a/b", commit="1" * 40, path="x", size=len(data), sha256=hashlib.sha256(data).hexdigest(), hub="h"
    )
    record = Record.read(folder).put(folder, path, fetched)
    record.write(folder)
    return record


@pytest.mark.parametrize("model", [MOFA, FEATURES], ids=lambda model: model.name)
def test_every_part_says_whose_it_is_and_what_it_takes(model: HubModel) -> None:
    for part in model.parts:
        assert part.page == f"https://huggingface.co/{part.repository}"
        assert part.licence
        assert part.licence_url.startswith("https://")
        assert part.size == sum(file.size for file in part.files) > 1e8
        assert re.fullmatch("[0-9a-f]{40}", part.revision)


def test_what_the_models_of_the_diffusion_look_and_of_features_take() -> None:
    assert SVD_PART.gated
    assert ADAPTER.revision == MOTION_PART.revision  # of one repository
    assert 7e9 < MOFA.size < 8e9
    assert 4.6e9 < FEATURES.size < 4.8e9
    assert not any(part.gated for part in FEATURES.parts)


@pytest.mark.parametrize(
    "places", [("stable-diffusion-v1-5", "ip-adapter"), ("", ""), ("", "models"), ("sd15", "IP-Adapter/models")]
)
def test_the_features_networks_are_found_side_by_side_and_as_they_are_published(tmp_path: Path, places: tuple) -> None:
    base, adapter = FEATURES.parts
    put_part(base, tmp_path / places[0])
    assert [part.state for part in look(FEATURES, tmp_path)] == ["present", "missing"]
    put_part(adapter, tmp_path / places[1])
    assert [part.root for part in look(FEATURES, tmp_path)] == [tmp_path / place for place in places]
    assert state_of(look(FEATURES, tmp_path)) == "present"
    (tmp_path / places[1] / "ip-adapter_sd15.safetensors").rename(tmp_path / places[1] / "ip-adapter_sd15.bin")
    assert state_of(look(FEATURES, tmp_path)) == "present"


def test_only_half_precision_is_fetched_of_stable_video_diffusion() -> None:
    tensors = [file for file in SVD_PART.files if file.path.endswith(".safetensors")]
    assert len(tensors) == 3
    assert all(".fp16." in file.path for file in tensors)


@pytest.mark.parametrize(
    "places",
    [
        (SVD, CONTROL, MOTION),
        (f"mofa/{SVD}", f"mofa/{CONTROL}", f"cmp/{MOTION}"),
        (f"ckpts/mofa/{SVD}", f"ckpts/mofa/{CONTROL}", CMP),
        (SVD, f"ckpts/mofa/{CONTROL}", f"../{CMP}"),
    ],
)
def test_parts_are_found_side_by_side_and_as_they_are_published(tmp_path: Path, places: tuple[str, ...]) -> None:
    folder = tmp_path / "mofa"
    assert state_of(look(MOFA, folder)) == "missing"
    put_part(SVD_PART, folder / places[0])
    assert [part.state for part in look(MOFA, folder)] == ["present", "missing", "missing"]
    assert state_of(look(MOFA, folder)) == "incomplete"
    put_part(ADAPTER, folder / places[1])
    put(folder / places[2])
    states = look(MOFA, folder)
    assert state_of(states) == "present"
    assert states[0].size == sum(len(file.path) for file in SVD_PART.files)


def test_the_full_precision_will_do_and_what_lacks_is_named(tmp_path: Path) -> None:
    for file in SVD_PART.files:
        put(tmp_path / SVD / file.place.replace(".fp16", ""))
    (tmp_path / SVD / "model_index.json").unlink()  # nobody reads it
    assert look(MOFA, tmp_path)[0].state == "present"
    (tmp_path / SVD / "vae" / "config.json").unlink()
    state = look(MOFA, tmp_path)[0]
    assert state.state == "incomplete"
    assert state.missing == (tmp_path / SVD / "vae" / "config.json",)


def test_a_file_of_another_length_than_recorded_is_damaged(tmp_path: Path) -> None:
    put_part(ADAPTER, tmp_path / CONTROL)
    file = tmp_path / CONTROL / "config.json"
    recorded(tmp_path, file)
    assert [part.state for part in look(MOFA, tmp_path)][1] == "present"
    assert look(MOFA, tmp_path)[1].commit == "1" * 40
    file.write_bytes(b"")
    assert state_of(look(MOFA, tmp_path)) == "damaged"


def test_every_recorded_file_is_read_and_compared(tmp_path: Path) -> None:
    files = [put(tmp_path / name, name.encode() * 100) for name in ("a", "b/c", MOTION)]
    for file in files:
        recorded(tmp_path, file)
    told: list[tuple] = []
    assert verify(MOFA, tmp_path, lambda *step: told.append(step)) == 3
    assert told[-1][1] == told[-1][2] == sum(file.stat().st_size for file in files)
    data = files[1].read_bytes()
    files[1].write_bytes(data[:-1] + b"?")
    with pytest.raises(FaceShotError) as caught:
        verify(MOFA, tmp_path)
    assert caught.value.code is ErrorCode.MODEL_DAMAGED
    assert str(files[1]) in caught.value.message
    files[1].unlink()
    with pytest.raises(FaceShotError) as caught:
        verify(MOFA, tmp_path)
    assert caught.value.code is ErrorCode.MODEL_MISSING


def test_a_check_can_be_stopped(tmp_path: Path) -> None:
    recorded(tmp_path, put(tmp_path / MOTION))

    def stop(stage: str, done: int, total: int | None) -> None:
        raise cancelled()

    with pytest.raises(FaceShotError) as caught:
        verify(MOFA, tmp_path, stop)
    assert caught.value.code is ErrorCode.CANCELLED


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format": "faceshot.fetched", "files": 3}', b"\xff"])
def test_a_record_that_cannot_be_read_is_an_empty_one(tmp_path: Path, content: bytes) -> None:
    put(tmp_path / RECORD, content)
    assert Record.read(tmp_path) == Record()
    assert verify(MOFA, tmp_path) == 0


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = recorded(tmp_path, put(tmp_path / "deep" / "er" / "file"))
    assert Record.read(tmp_path) == written
    assert list(json.loads((tmp_path / RECORD).read_text())["files"]) == ["deep/er/file"]


def test_the_store_shows_parts_and_honours_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACESHOT_MOFA", str(tmp_path / "mine"))
    put(tmp_path / "mine" / MOTION)
    shown = next(status.as_dict() for status in ModelStore(tmp_path).status() if status.model is MOFA)
    assert (shown["state"], shown["path"], shown["used"]) == ("incomplete", str(tmp_path / "mine"), False)
    assert [part["state"] for part in shown["parts"]] == ["missing", "missing", "present"]
    assert shown["parts"][0]["gated"]
    assert [part["exact"] for part in shown["parts"]] == [True, False, True]
    json.dumps(shown)
