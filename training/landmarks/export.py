# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m training.landmarks.export STATE FILE.onnx`: the weights as OpenCV reads them, and the check."""

from __future__ import annotations

import argparse
import warnings
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from core.match.landmark_net import INPUT

from .network import LandmarkNetwork

LEAST_HALF = 256  # smaller arrays stay as they are
TOLERANCE = 1e-4  # of the input's width; of a log error; of a logit


def learned(state: Path, weights: str) -> LandmarkNetwork:
    """weights: "network", the last ones, or "average", their running mean."""
    network = LandmarkNetwork()
    network.load_state_dict(torch.load(state, weights_only=True)[weights])
    return network.eval()


def fused(network: LandmarkNetwork) -> LandmarkNetwork:
    """With each normalisation folded into the convolution before it."""
    for module in network.modules():
        names = [name for name, _ in module.named_children()]
        if isinstance(module, nn.Sequential):
            pairs = list(pairwise(names))
        else:
            pairs = [(name, f"{name}_norm") for name in names if f"{name}_norm" in names]
        for first, second in pairs:
            conv, norm = getattr(module, first), getattr(module, second)
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(module, first, torch.nn.utils.fuse_conv_bn_eval(conv, norm))
                setattr(module, second, nn.Identity())
    return network


def export(network: LandmarkNetwork, path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.zeros(2, 3, INPUT, INPUT),),
            str(path),
            input_names=["images"],
            output_names=["points", "error", "logits"],
            dynamic_axes={name: {0: "n"} for name in ("images", "points", "error", "logits")},
            opset_version=13,
            dynamo=False,
        )


def rounded(network: LandmarkNetwork) -> LandmarkNetwork:
    """With the large arrays rounded to half precision, as the file stores them."""
    with torch.no_grad():
        for value in [*network.parameters(), *network.buffers()]:
            if value.numel() >= LEAST_HALF:
                value.copy_(value.half().float())
    return network


def store_half(path: Path) -> None:
    """Stores the large arrays in half precision; they are cast back as the network is loaded."""
    model = onnx.load(str(path))
    kept, casts = [], []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size >= LEAST_HALF:
            kept.append(numpy_helper.from_array(values.astype(np.float16), f"{tensor.name}.half"))
            casts.append(helper.make_node("Cast", [f"{tensor.name}.half"], [tensor.name], to=TensorProto.FLOAT))
        else:
            kept.append(tensor)
    nodes = [*casts, *model.graph.node]
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def gap(network: LandmarkNetwork, path: Path, *, count: int = 5, seed: int = 3) -> float:
    """The largest difference between PyTorch and the file as OpenCV runs it, on drawings and noise."""
    from .scene import draw

    crops = [cv2.resize(draw((seed, k)).image, (INPUT, INPUT)) for k in range(count)]
    crops.append(np.random.default_rng(seed).integers(0, 256, (INPUT, INPUT, 3), dtype=np.uint8))
    images = np.stack(crops).transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1
    with torch.no_grad():
        ours = [output.numpy() for output in network(torch.from_numpy(images))]
    net = cv2.dnn.readNetFromONNX(str(path))
    net.setInput(np.ascontiguousarray(images))
    theirs = net.forward(["points", "error", "logits"])
    return max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("state", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--weights", choices=("network", "average"), default="network")
    options = parser.parse_args()
    network = rounded(fused(learned(options.state, options.weights)))
    export(network, options.output)
    store_half(options.output)
    worst = gap(network, options.output)
    print(f"{options.output}: {options.output.stat().st_size / 1e6:.2f} MB, largest difference {worst:.2e}")
    if worst > TOLERANCE:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
