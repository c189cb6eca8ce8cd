# SPDX-License-Identifier: GPL-3.0-or-later
"""One small network in memory, run on one thread by LiteRT, or by OpenCV's DNN where LiteRT does not exist."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import ErrorCode, FaceShotError

log = logging.getLogger(__name__)

RUNTIMES = ("litert", "opencv")


@functools.cache
def default_runtime() -> str:
    """ "litert" where it can be imported (it has no wheel for Intel Macs), else "opencv"."""
    try:
        import ai_edge_litert.interpreter  # noqa: F401
    except Exception as error:  # a broken native library raises what it likes
        log.info("LiteRT is not usable here (%s); OpenCV's DNN runs the networks", error)
        return "opencv"
    return "litert"


class Network:
    """A `.tflite` network: one float32 input, outputs by name, flat.

    content: the file's bytes · runtime: one of RUNTIMES, or "auto".
    Raises BACKEND_MISSING when the runtime cannot load it.
    """

    def __init__(self, content: bytes, *, name: str, runtime: str = "auto") -> None:
        self.name = name
        self.runtime = default_runtime() if runtime == "auto" else runtime
        if self.runtime not in RUNTIMES:
            raise FaceShotError(ErrorCode.USAGE, f"No such runtime: {runtime}.", hint=f"Use {' or '.join(RUNTIMES)}.")
        try:
            self._run = _litert(content) if self.runtime == "litert" else _opencv(content)
        except Exception as error:  # each runtime has errors of its own, and all mean the same
            raise FaceShotError(
                ErrorCode.BACKEND_MISSING,
                f"The runtime {self.runtime} cannot load the network {name} ({error}).",
                hint="Make the engine again (`python3 build.py engine DIR`), or choose another tracker model.",
            ) from error

    def __call__(self, values: np.ndarray) -> dict[str, np.ndarray]:
        """values: (H, W, C) picture or (N, C) points, float32; returns each output as a flat float32 array."""
        return self._run(np.ascontiguousarray(values, np.float32))


def _litert(content: bytes) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    with _silent_libraries():
        interpreter = Interpreter(model_content=content, num_threads=1)
        interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    outputs = {detail["name"]: detail["index"] for detail in interpreter.get_output_details()}

    def run(values: np.ndarray) -> dict[str, np.ndarray]:
        interpreter.set_tensor(source, values[None])
        interpreter.invoke()
        return {name: interpreter.get_tensor(index).reshape(-1) for name, index in outputs.items()}

    return run


@contextlib.contextmanager
def _silent_libraries() -> Iterator[None]:
    """What native code writes to descriptor 2 goes to our log: LiteRT announces its delegate there and cannot be told
    not to."""
    try:
        heard, kept = tempfile.TemporaryFile(), os.dup(2)  # noqa: SIM115 - closed below
    except OSError:  # no such descriptor, or no room: then it is heard
        yield
        return
    with heard:
        os.dup2(heard.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            heard.seek(0)
            for line in heard.read().decode(errors="replace").splitlines():
                log.debug("LiteRT: %s", line)


def _opencv(content: bytes) -> Any:
    import cv2

    buffer = np.frombuffer(content, np.uint8)
    # OpenCV 5's new engine hands out one of several outputs of these networks; the classic one hands out all
    classic = getattr(cv2.dnn, "ENGINE_CLASSIC", None)
    net = cv2.dnn.readNetFromTFLite(buffer) if classic is None else cv2.dnn.readNetFromTFLite(buffer, classic)
    names = list(net.getUnconnectedOutLayersNames())

    def run(values: np.ndarray) -> dict[str, np.ndarray]:
        # the importer turns pictures to channels-first
        batch = values.transpose(2, 0, 1)[None] if values.ndim == 3 else values[None]
        net.setInput(np.ascontiguousarray(batch))
        return {name: output.reshape(-1) for name, output in zip(names, net.forward(names), strict=True)}

    return run
