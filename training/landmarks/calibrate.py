# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m training.landmarks.calibrate SHARDS STATE OUT`: learns once more how far off the points may be.

The trunk and the maps stay as they are, and normalise as they will in use; only what reads them learns: the expected
errors, the parts, whether there is a face. While the points still moved, all that could only follow them.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from .network import LandmarkNetwork
from .train import Feed, loss_of

READERS = ("read.", "context.", "error", "flag", "face.")  # names of the parameters that learn
ERROR_WEIGHT = 0.5


def readers(network: LandmarkNetwork) -> list[torch.nn.Parameter]:
    """The parameters that learn; the others are fixed."""
    found = []
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name.startswith(READERS))
        if parameter.requires_grad:
            found.append(parameter)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shards", type=Path)
    parser.add_argument("state", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--weights", choices=("network", "average"), default="network")
    parser.add_argument("--also", type=Path, action="append", default=[], help="another folder of shards")
    parser.add_argument("--also-share", type=float, default=0.15)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    network = LandmarkNetwork()
    network.load_state_dict(torch.load(options.state, weights_only=True)[options.weights])
    network.eval()
    learning = readers(network)
    optimiser = torch.optim.Adam(learning, lr=options.rate)
    folders = [options.shards, *options.also]
    shares = [1 - options.also_share * len(options.also)] + [options.also_share] * len(options.also)
    feed = Feed(folders, options.seed, shares=shares)
    start = told = time.monotonic()
    steps, sums = 0, []
    while (spent := (time.monotonic() - start) / (60 * options.minutes)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = options.rate * max(0.02, 0.5 * (1 + math.cos(math.pi * spent)))
        total, figures = loss_of(network, feed.next(options.batch), half=False, error_weight=ERROR_WEIGHT)
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        optimiser.step()
        steps += 1
        sums.append(figures)
        if time.monotonic() - told > 20:
            means = {name: round(float(np.mean([one[name] for one in sums])), 4) for name in figures}
            print(json.dumps({"steps": steps, **means}), flush=True)
            sums, told = [], time.monotonic()
    torch.save({options.weights: network.state_dict(), "calibration_steps": steps}, options.output)


if __name__ == "__main__":
    main()
