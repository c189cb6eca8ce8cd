# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices that are there, are not, and fail: each with its code, its words, and what to do."""

import pytest
import torch

from core.errors import ErrorCode, FaceShotError
from core.render.mofa import device as module
from core.render.mofa.device import (
    card_of,
    choose_device,
    choose_type,
    device_errors,
    is_out_of_memory,
    memory_of,
)


def nothing(words: str) -> None:
    pytest.fail(f"nothing to warn of, but: {words}")


@pytest.fixture
def bare(monkeypatch):
    """No card, no driver, no Metal; a torch for CUDA."""
    monkeypatch.delenv("FACESHOT_DEVICE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    return monkeypatch


def test_without_a_card_it_is_the_cpu(bare):
    assert choose_device("auto", nothing).type == "cpu"
    assert choose_device("cpu", nothing).type == "cpu"


def test_a_card_with_a_torch_for_the_cpu_is_told(bare):
    bare.setattr(torch.version, "cuda", None)
    bare.setattr(torch.version, "hip", None)
    bare.setattr(module.shutil, "which", lambda name: f"/usr/bin/{name}")
    words: list[str] = []
    assert choose_device("auto", words.append).type == "cpu"
    assert "built for the CPU alone" in words[0]
    with pytest.raises(FaceShotError, match="built for the CPU alone") as caught:
        choose_device("cuda", nothing)
    assert caught.value.code is ErrorCode.BACKEND_MISSING
    assert "repair the engine" in caught.value.hint


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ("Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU", "Found no NVIDIA driver"),
        ("The NVIDIA driver on your system is too old (found version 11040). Please update", "too old"),
        (None, "finds no card"),
    ],
)
def test_a_missing_or_old_driver_is_told_in_torch_s_words(bare, says, words):
    def init():
        if says:
            raise RuntimeError(says)

    bare.setattr(torch.cuda, "init", init)
    with pytest.raises(FaceShotError) as caught:
        choose_device("cuda", nothing)
    assert caught.value.code is ErrorCode.BACKEND_MISSING
    assert caught.value.code.exit_code == 5
    assert words in caught.value.message
    assert "Please" not in caught.value.message


def test_metal_is_taken_and_is_missed(bare):
    with pytest.raises(FaceShotError, match="No Metal device"):
        choose_device("mps", nothing)
    bare.setattr(torch.backends.mps, "is_available", lambda: True)
    for wanted in ("auto", "mps"):
        assert choose_device(wanted, nothing).type == "mps"
    assert choose_type("auto", torch.device("mps")) is torch.float16


def test_the_environment_decides_where_nothing_was_asked_for(bare):
    bare.setattr(torch.cuda, "is_available", lambda: True)
    bare.setenv("FACESHOT_DEVICE", "cpu")
    assert choose_device("auto", nothing).type == "cpu"
    assert choose_device("cuda", nothing).type == "cuda"
    bare.setenv("FACESHOT_DEVICE", "toaster")
    with pytest.raises(FaceShotError) as caught:
        choose_device("auto", nothing)
    assert caught.value.code is ErrorCode.USAGE


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), ErrorCode.OUT_OF_MEMORY),
        (MemoryError(), ErrorCode.OUT_OF_MEMORY),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), ErrorCode.OUT_OF_MEMORY),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"), ErrorCode.OUT_OF_MEMORY),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"), ErrorCode.OUT_OF_MEMORY),
        (RuntimeError("CUDA error: an illegal memory access was encountered\nadvice"), ErrorCode.DEVICE_LOST),
        (RuntimeError("CUDA error: device-side assert triggered"), ErrorCode.DEVICE_LOST),
        (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), ErrorCode.DEVICE_LOST),
        (RuntimeError("HIP error: unspecified launch failure"), ErrorCode.DEVICE_LOST),
    ],
)
def test_failures_of_a_device_have_a_code_and_a_hint(error, code):
    assert is_out_of_memory(error) == (code is ErrorCode.OUT_OF_MEMORY)
    with pytest.raises(FaceShotError) as caught, device_errors(torch.device("cuda")):
        raise error
    assert caught.value.code is code
    assert caught.value.code.exit_code == 6
    assert caught.value.hint
    assert "advice" not in str(caught.value)


def test_what_metal_lacks_is_told():
    error = NotImplementedError("The operator 'aten::x' is not currently implemented for the MPS device")
    with pytest.raises(FaceShotError, match="aten::x") as caught, device_errors(torch.device("mps")):
        raise error
    assert caught.value.code is ErrorCode.BACKEND_MISSING
    assert "cpu" in caught.value.hint
    with pytest.raises(NotImplementedError), device_errors(torch.device("cpu")):
        raise error


def test_other_failures_go_through():
    with pytest.raises(RuntimeError, match="shapes"), device_errors(torch.device("cuda")):
        raise RuntimeError("shapes do not fit")


def test_this_machine_s_processor_is_a_card():
    card = card_of(torch.device("cpu"), torch.float32, width=320)
    assert (card.device, card.precision, card.value, card.torch) == ("cpu", "float32", 4, torch.__version__)
    assert card.name.endswith("threads")
    assert 0 < memory_of(torch.device("cpu")) <= card.memory


def test_what_torch_keeps_unused_is_to_be_had(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (10e9, 24e9))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 9e9)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 6e9)
    assert memory_of(torch.device("cuda")) == 13e9
