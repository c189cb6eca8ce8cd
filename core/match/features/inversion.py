# SPDX-License-Identifier: GPL-3.0-or-later
"""DDIM inversion (Song et al., arXiv 2010.02502, section 4.3): from a picture's latent to the noise it would come from.

The steps are those of diffusers' DDIMInverseScheduler, with the noise levels of the model's own scheduler, whichever
that is. A step asks the network at its start about its end, so it is exact only where the predicted noise is the same
at both; `corrections` asks again at the end that was found, and the way back becomes the way there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import DDIMInverseScheduler

from ...errors import ErrorCode, FaceShotError
from ...progress import Progress, silent

STAGE = "Looking at the picture"
# What a latent (1, C, h, w) at a time predicts: noise or velocity, as the model was trained.
Predict = Callable[[torch.Tensor, int], torch.Tensor]
_PREDICTIONS = ("epsilon", "v_prediction")


@dataclass(frozen=True, eq=False)
class Inversion:
    """The way from a clean latent into noise, in even steps.

    scheduler: with its times set, moved by noise · times: ascending, 1, 21, ... 981 for 50 steps of 1,000 · velocity:
    what the model predicts is not the noise but the velocity (Salimans and Ho, arXiv 2202.00512).
    """

    scheduler: DDIMInverseScheduler
    times: tuple[int, ...]
    velocity: bool

    @classmethod
    def of(cls, config: Mapping[str, Any], *, steps: int = 50) -> Inversion:
        """From a scheduler's config.json. Raises USAGE for steps that do not fit, or a prediction of another kind.

        Whatever the config says of them, the times lead (Lin et al., arXiv 2305.08891, table 2), one after the first,
        and nothing is clipped: the published models are run so.
        """
        trained = int(config.get("num_train_timesteps", 1000))
        if not 1 <= steps <= trained:
            raise FaceShotError(ErrorCode.USAGE, f"{steps} steps are not within 1 and {trained}.")
        prediction = config.get("prediction_type", "epsilon")
        if prediction not in _PREDICTIONS:
            raise FaceShotError(
                ErrorCode.USAGE,
                f"The model predicts {prediction!r}; inversion knows {' and '.join(_PREDICTIONS)}.",
                hint="Use the scheduler's config as it is published with the model.",
            )
        scheduler = DDIMInverseScheduler.from_config(
            dict(config), timestep_spacing="leading", steps_offset=1, clip_sample=False, prediction_type="epsilon"
        )
        scheduler.set_timesteps(steps)
        return cls(scheduler, tuple(int(t) for t in scheduler.timesteps), prediction == "v_prediction")

    def require(self, t: int) -> None:
        """Raises USAGE, naming the nearest, for a time that no step ends at."""
        if t not in self.times:
            near = sorted(sorted(self.times, key=lambda time: abs(time - t))[:2])
            raise FaceShotError(
                ErrorCode.USAGE,
                f"t = {t} is not among the times of {len(self.times)} steps.",
                hint=f"Take {' or '.join(map(str, near))}.",
            )

    def alpha(self, t: int) -> float:
        """How much of the picture is left at a time, squared (alpha-bar)."""
        return float(self.scheduler.alphas_cumprod[t])

    def invert(
        self, latent: torch.Tensor, t: int, predict: Predict, *, corrections: int = 0, progress: Progress = silent
    ) -> torch.Tensor:
        """The latent (1, C, h, w) float32 at time t of a clean one; one prediction a step, and one more a correction.

        Raises USAGE for a time off the grid; CANCELLED from `progress`.
        """
        self.require(t)
        wanted = self.times[: self.times.index(t) + 1]
        for done, time in enumerate(wanted):
            progress(STAGE, done, len(wanted))
            found = latent
            for _ in range(1 + corrections):
                found = self._step(self._noise(predict(found, time), time, found), time, latent)
            latent = found
        progress(STAGE, len(wanted), len(wanted))
        return latent

    def noised(self, latent: torch.Tensor, t: int, noise: torch.Tensor) -> torch.Tensor:
        """A clean latent with noise of the level of time t, as it is done in training."""
        alpha = self.alpha(t)
        return latent * alpha**0.5 + noise * (1 - alpha) ** 0.5

    def _noise(self, prediction: torch.Tensor, t: int, latent: torch.Tensor) -> torch.Tensor:
        """The noise that a prediction means. The scheduler would take a velocity for one of the step's start, though it
        was asked for at the end: the way back would not be the same even with any number of corrections."""
        prediction = prediction.to(latent.dtype)
        alpha = self.alpha(t)
        return alpha**0.5 * prediction + (1 - alpha) ** 0.5 * latent if self.velocity else prediction

    def _step(self, noise: torch.Tensor, t: int, latent: torch.Tensor) -> torch.Tensor:
        moved: torch.Tensor = self.scheduler.step(noise, t, latent, return_dict=False)[0]
        return moved
