# SPDX-License-Identifier: GPL-3.0-or-later
"""What a face most likely looks like where only some of its points are known.

The prior is one Gaussian over the 68 points and two irises, in a frame of its own: `modes` directions in which faces
differ, and what each point has beside them. `training/face_prior.py` learns it, from faces and their mirror images.
A face on a picture is such a shape moved, turned and scaled, never mirrored, so right and left cannot swap.

Where points y are known, the frame is found first: the similarity q = w y + u (complex numbers) under which they are
most likely, with a prior |w|^2 of its own: without it, faces of which little is known would come out too large. Two
unknowns remain, the size and the angle; the rest of the shape is then the Gaussian's conditional mean.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..arrays import load_npz, require_shape
from ..errors import ErrorCode, FaceShotError
from ..landmarks import COUNT, MIRROR

FILE = Path(__file__).resolve().parents[1] / "data" / "face_prior.npz"
FORMAT, VERSION = "faceshot.face_prior", 1
POINTS = COUNT + 2  # the irises, right then left, come last
MIRROR_ALL = np.concatenate([MIRROR, [COUNT + 1, COUNT]])
SIGMA = 0.03  # how inexact points are that were clicked with care, in distances between the eyes
SIZE_POWER = 2.0  # of |w|, chosen on drawings: 2 points gain by it, 5 and more do not mind
REACH = 0.25  # in the same unit: so far a doubted point takes its neighbours along
LEAST = 1e-9
_STEPS = 180


@dataclass(frozen=True, eq=False)
class Prior:
    """mean (140,) and covariance (140, 140): all x, then all y, in distances between the eyes, midway between them."""

    mean: np.ndarray
    covariance: np.ndarray


@dataclass(frozen=True, eq=False)
class Completion:
    """A face that fits what is known.

    points (70, 2) px, the irises last · spread (70,) px: how far off each point may be, one standard deviation ·
    unit px: one distance between the eyes of the prior · angle: how far the face is turned clockwise as seen, radians.
    """

    points: np.ndarray
    spread: np.ndarray
    unit: float
    angle: float


@functools.lru_cache(maxsize=1)
def shipped() -> Prior:
    """The prior in core/data. Raises INPUT_MISSING or INPUT_UNREADABLE."""
    arrays, _ = load_npz(FILE, FORMAT, VERSION)
    mean = require_shape(FILE, arrays, "mean", (2 * POINTS,)).astype(np.float64)
    modes = require_shape(FILE, arrays, "modes", (None, 2 * POINTS)).astype(np.float64)
    own = require_shape(FILE, arrays, "own", (2 * POINTS,)).astype(np.float64)
    return mirror_symmetric(Prior(mean, modes.T @ modes + np.diag(own**2)))


def mirror_symmetric(prior: Prior) -> Prior:
    """The prior and its mirror image in one."""
    order = np.concatenate([MIRROR_ALL, POINTS + MIRROR_ALL])
    sign = np.repeat([-1.0, 1.0], POINTS)
    mean = (prior.mean + sign * prior.mean[order]) / 2
    mirrored = sign[:, None] * prior.covariance[np.ix_(order, order)] * sign
    covariance = (prior.covariance + mirrored) / 2
    for array in (mean, covariance):
        array.setflags(write=False)
    return Prior(mean, covariance)


def mean_face() -> np.ndarray:
    """The mean of the prior, (70, 2), y down, its eyes near (-0.5, 0) and (0.5, 0)."""
    return shipped().mean.reshape(2, POINTS).T.copy()


def completed(points: np.ndarray, known: np.ndarray | Sequence[int], *, sigma: float = SIGMA) -> np.ndarray:
    """`points` (68 or 70, 2) px with those that are not known put where they most likely are; the known ones stay.

    known: a mask, or the indices of those that are known; 68 is the right iris, 69 the left. sigma: how inexact the
    known ones are, in distances between the eyes. Moves, turns and scales with the known points; a mirrored face is
    completed to the mirrored one, but points are never renamed for it.
    Raises USAGE where fewer than two places are known, or one is not finite.

    >>> face = mean_face()[:68] * 100 + 300
    >>> guess = completed(np.where(np.arange(68)[:, None] < 17, face, 0.0), range(17))
    >>> bool(np.abs(guess - face).max() < 1)
    True
    """
    points = np.asarray(points, np.float64)
    chosen = np.asarray(known)
    chosen = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(int)
    found = completion(single_points(chosen), points[chosen], sigma=sigma).points[: len(points)]
    found[chosen] = points[chosen]
    return found


def single_points(indices: np.ndarray) -> np.ndarray:
    """The rows (K, 70) of `completion` that are each one point."""
    return np.eye(POINTS)[indices]


def completion(rows: np.ndarray, places: np.ndarray, *, sigma: float = SIGMA, exact: bool = True) -> Completion:
    """The face whose weighted means of points, rows (K, 70), lie at places (K, 2) px; they do so exactly.

    exact: False for places that were measured, not given: the likeliest face near them, as far as sigma doubts them.

    Raises USAGE where the places do not tell where the face is: fewer than two, all on one spot, not finite.
    """
    prior = shipped()
    fit = _fit(rows, places, sigma)
    gain = np.linalg.solve(fit.doubted, fit.both @ prior.covariance).T
    shape = prior.mean + gain @ (fit.shape - fit.both @ prior.mean)
    if exact:  # what was doubted is put where it is known to be, and takes its surroundings along
        drag = _nearness() @ fit.both.T
        shape += drag @ np.linalg.lstsq(fit.both @ drag, fit.shape - fit.both @ shape, rcond=1e-10)[0]
    z = ((shape[:POINTS] + 1j * shape[POINTS:]) - fit.u) / fit.w
    variance = np.diag(prior.covariance) - np.einsum("ij,ji->i", gain, fit.both @ prior.covariance)
    unit = fit.extent / abs(fit.w)
    return Completion(
        points=np.stack([z.real, z.imag], axis=1) * fit.extent + fit.middle,
        spread=np.sqrt(np.maximum(variance, 0).reshape(2, POINTS).sum(axis=0)) * unit,
        unit=float(unit),
        angle=float(-np.angle(fit.w)),
    )


def likely(rows: np.ndarray, places: np.ndarray, *, sigma: float = SIGMA) -> tuple[float, float]:
    """The log-likelihood of `completion`'s places, and the face's angle: to compare names for the same places."""
    fit = _fit(rows, places, sigma)
    # a density of places on the picture, not in the prior's frame
    factor = (2 * len(rows) - 2 - SIZE_POWER) * float(np.log(abs(fit.w)))
    return factor - fit.cost - float(np.linalg.slogdet(fit.doubted)[1]) / 2, float(-np.angle(fit.w))


@dataclass(frozen=True, eq=False)
class _Fit:
    """Where a face lies: places less `middle`, by `extent`, times w and plus u are `shape` (2K,) in the prior's frame.

    both (2K, 140) gives the places of a shape · doubted (2K, 2K): their covariance · cost: a negative log-likelihood.
    """

    both: np.ndarray
    doubted: np.ndarray
    shape: np.ndarray
    w: complex
    u: complex
    cost: float
    middle: np.ndarray
    extent: float


def _fit(rows: np.ndarray, places: np.ndarray, sigma: float) -> _Fit:
    places = np.asarray(places, np.float64)
    if not np.isfinite(places).all():
        raise FaceShotError(ErrorCode.USAGE, "A place is not finite.", hint="Give x and y in pixels.")
    middle = places.mean(axis=0) if len(places) else np.zeros(2)
    extent = float(np.linalg.norm(places - middle, axis=1).max()) if len(places) else 0.0
    if len(places) < 2 or extent < LEAST * (1 + float(np.abs(places).max())):
        raise FaceShotError(
            ErrorCode.USAGE,
            "All that is known of the face lies on one spot.",
            hint="Two points at different places are the least.",
        )
    prior = shipped()
    both = np.kron(np.eye(2), rows)  # the same of all x and of all y
    doubted = both @ prior.covariance @ both.T + sigma**2 * np.eye(2 * len(rows))
    y = ((places - middle) / extent) @ (1, 1j)
    w, u, cost = _frame(y, both @ prior.mean, np.linalg.inv(doubted))
    q = w * y + u
    return _Fit(both, doubted, np.concatenate([q.real, q.imag]), w, u, cost, middle, extent)


def pulled_to(points: np.ndarray, rows: np.ndarray, places: np.ndarray) -> np.ndarray:
    """`points` (70, 2) px with the weighted means that rows (K, 70) take of them drawn to places (K, 2), exactly; what
    lies near goes along."""
    drag = _nearness()[:POINTS, :POINTS] @ rows.T
    return np.asarray(points + drag @ np.linalg.lstsq(rows @ drag, places - rows @ points, rcond=1e-10)[0])


@functools.lru_cache(maxsize=1)
def _nearness() -> np.ndarray:
    """(140, 140) how far points go along with each other."""
    face = mean_face()
    squared = ((face[:, None] - face) ** 2).sum(axis=-1)
    return np.kron(np.eye(2), np.exp(-squared / (2 * REACH**2)) + 0.05 * np.eye(POINTS))


def _frame(y: np.ndarray, expected: np.ndarray, precision: np.ndarray) -> tuple[complex, complex, float]:
    """The similarity w y + u under which y (K,) is most likely, and its cost, a negative log-likelihood."""
    count = len(y)
    turn = np.empty((2 * count, 2))
    turn[:count], turn[count:] = np.stack([y.real, -y.imag], axis=1), np.stack([y.imag, y.real], axis=1)
    shift = np.kron(np.eye(2), np.ones((count, 1)))
    weight = shift.T @ precision @ shift
    # what is left of the quadratic cost once the best shift is taken for each w
    free = precision - precision @ shift @ np.linalg.solve(weight, shift.T @ precision)
    a, b = turn.T @ free @ turn, turn.T @ free @ expected
    # Of all angles the best, with the best size for each: then Newton's steps
    angles = np.linspace(-np.pi, np.pi, _STEPS, endpoint=False)
    angle = float(angles[np.argmin(_cost(angles, a, b)[1])])
    for _ in range(4):
        size = float(_cost(np.array([angle]), a, b)[0][0])
        along, across = _directions(angle)
        slope = size**2 * (along @ a @ across) - size * (b @ across)
        bend = size**2 * (across @ a @ across - along @ a @ along) + size * (b @ along)
        step = slope / bend if bend > 1e-9 else np.sign(slope) * 0.01
        angle -= float(np.clip(step, -0.2, 0.2))
    best, cost = _cost(np.array([angle]), a, b)
    size, along = float(best[0]), _directions(angle)[0]
    u = np.linalg.solve(weight, shift.T @ precision @ (expected - turn @ (size * along)))
    constant = expected @ free @ expected / 2
    return complex(*(size * along)), complex(*u), float(cost[0] + constant + np.linalg.slogdet(weight)[1] / 2)


def _directions(angle: float) -> tuple[np.ndarray, np.ndarray]:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([c, s]), np.array([-s, c])


def _cost(angles: np.ndarray, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best |w| in directions (N,), and the cost of each."""
    along = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    bend, pull = np.maximum(np.einsum("ni,ij,nj->n", along, a, along), LEAST), along @ b
    size = np.maximum((pull + np.sqrt(pull**2 + 4 * bend * SIZE_POWER)) / (2 * bend), LEAST)
    return size, bend * size**2 / 2 - pull * size - SIZE_POWER * np.log(size)
