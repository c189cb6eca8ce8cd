# SPDX-License-Identifier: GPL-3.0-or-later
"""A part of a shot sampled anew between frames that stay: which run it joins, and how well the joins hold."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from .shelf import Run, Shelf, Stored
from .windows import touching, windows

# Landmarks of a held frame that are nearer than this, px of the crop, count as the same: the published code rounds its
# landmarks to as much.
_SAME = 0.25
_NAMED = 4
# The share of a latent that rounding changes.
_NOTHING = 1e-4
_WORDS = {"weights": "other networks", "code": "another version of FaceShot", "numbers": "another precision"}


@dataclass(frozen=True, eq=False)
class Basis:
    """The run that frames come from, what is to be said of it, and what of it is not as asked for."""

    run: Run
    words: str = ""
    caveat: str = ""


def basis(shelf: Shelf, whole: Run, part: range) -> Basis:
    """What the frames `part` of a shot come from: a stored run of all of it, or `part` sampled anew within one that
    differs nowhere else, or hardly; else `whole`, and the words say why.

    part: frames as they are sampled, the picture being 0, so that they are counted from 1.
    """
    stored = shelf.runs()
    for one in stored:
        if one.done and _encloses(one.run, part) and _equal(one.run, whole):
            return Basis(one.run, _there(part))
    judged = [(_obstacle(one, whole, part), one) for one in stored]
    fitting = [one for obstacle, one in judged if obstacle is None]
    if not fitting:
        reasons = [obstacle for obstacle, _ in judged if obstacle is not None]
        why = min(reasons)[1] if reasons else "nothing of this shot is stored"
        return Basis(whole, f"{_frames(part)}: the whole clip is sampled, since {why}.")
    base = min(fitting, key=lambda one: int(_differing(one.run, whole).sum()))  # of equal ones the last used
    points = base.run.points.copy()
    points[part.start : part.stop] = whole.points[part.start : part.stop]
    if _encloses(base.run, part) and np.array_equal(points, base.run.points):
        return Basis(base.run, _there(part), _caveat(base.run, whole, part))
    run = Run(base.run.facts, points, base.run.crop, base.run.key, part)
    return Basis(run, _words(base, whole, part), _caveat(base.run, whole, part))


def seen(run: Run, part: range | None) -> list[int]:
    """The frames that the windows see that touch `part`, the picture left out; all where there is no part."""
    found = windows_of(run)
    chosen = range(len(found)) if part is None else touching(found, part)
    return sorted({frame for k in chosen for frame in found[k][0]} - {0})


def beside(run: Run, part: range) -> list[int]:
    """Those of them that are not in it."""
    return [frame for frame in seen(run, part) if frame not in part]


def windows_of(run: Run) -> list[tuple[tuple[int, ...], int]]:
    return windows(run.count, size=int(run.facts["window"]), stride=int(run.facts["stride"]))


def spans(frames: Sequence[int]) -> str:
    """Rising numbers in words.

    >>> spans([3, 4, 5, 9]), spans([7])
    ('frames 3-5, 9', 'frame 7')
    """
    groups = [list(group) for _, group in itertools.groupby(enumerate(frames), lambda pair: pair[1] - pair[0])]
    named = [f"{group[0][1]}-{group[-1][1]}" if len(group) > 1 else str(group[0][1]) for group in groups]
    more = " and more" if len(named) > _NAMED else ""
    return f"{'frame' if len(frames) == 1 else 'frames'} {', '.join(named[:_NAMED])}{more}"


def _frames(part: range) -> str:
    named = spans(part)
    return named[0].upper() + named[1:]


def _there(part: range) -> str:
    return f"{_frames(part)}: the latents are stored, nothing is sampled."


def _encloses(run: Run, part: range) -> bool:
    """Were all frames of `part` sampled together, when this run was made?"""
    return run.free is None or (run.free.start <= part.start and part.stop <= run.free.stop)


def _equal(run: Run, other: Run) -> bool:
    return dict(run.facts) == dict(other.facts) and np.array_equal(run.points, other.points)


def _differing(run: Run, other: Run) -> np.ndarray:
    """(N,): whose landmarks are not the same."""
    away = np.abs(run.points - other.points).max(axis=(1, 2)) * run.crop.scale
    return away > _SAME


def _obstacle(stored: Stored, whole: Run, part: range) -> tuple[int, str] | None:
    """Why `part` cannot be sampled within a stored run; the nearer it comes, the higher the reason sorts."""
    run = stored.run
    if run.facts["picture"] != whole.facts["picture"]:
        return 9, "nothing of this picture is stored"
    if run.count != whole.count:
        return 8, f"the stored run has {run.count - 1} frames, not {whole.count - 1}"
    differ = [name for name in whole.facts if run.facts.get(name) != whole.facts[name]]
    if differ:
        facts = [_WORDS.get(name, f"{name} {run.facts.get(name)}, not {whole.facts[name]}") for name in differ]
        return 7, f"the stored run has {', '.join(facts[:_NAMED])}"
    if not stored.whole:
        return 6, "not all steps of the stored run are kept"
    differing = _differing(run, whole)
    if differing[0]:
        return 5, "the picture's own points are not those of the stored run"
    near = beside(run, part)
    others = int(differing[near].sum())
    if 2 * others > len(near):
        return 4, f"landmarks of {others} of the {len(near)} frames beside it are not those of the stored run"
    return None


def _words(base: Stored, whole: Run, part: range) -> str:
    found = windows_of(base.run)
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(base.made))
    inside = [frame for frame in np.flatnonzero(_differing(base.run, whole)).tolist() if frame in part]
    other = f"Landmarks differ in {spans(inside)}" if inside else "Landmarks are the same"
    return (
        f"{_frames(part)}: sampled in {len(touching(found, part))} of {len(found)} windows, all others held as in "
        f"the stored run of {day}. {other}."
    )


def _caveat(run: Run, whole: Run, part: range) -> str:
    outside = [frame for frame in np.flatnonzero(_differing(run, whole)).tolist() if frame not in part]
    return f"Landmarks of {spans(outside)} differ from the stored run as well; they stay as stored." if outside else ""


@dataclass(eq=False)
class Joins:
    """How far the held frames beside a part would move if they were sampled, too.

    Where networks see the held latents after some step beside the new ones, they make of them other frames than before;
    the largest difference in any step comes near to what a full run would change there.

    edges: the held frames next to the part all of whose windows are run · others: next to it, but seen by windows as
    well that are not run · sigmas: noise levels · moved: frame -> difference (4, h, w) of its latent without noise.
    """

    edges: tuple[int, ...]
    others: tuple[int, ...]
    sigmas: Sequence[float]
    moved: dict[int, torch.Tensor] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run, part: range, sigmas: Sequence[float]) -> Joins:
        found = windows_of(run)
        sampled = set(touching(found, part))
        both = [frame for frame in (part.start - 1, part.stop) if 0 < frame < run.count]
        edges = [frame for frame in both if sampled.issuperset(touching(found, range(frame, frame + 1)))]
        return cls(tuple(edges), tuple(frame for frame in both if frame not in edges), sigmas)

    def told(self, step: int, made: torch.Tensor, kept: torch.Tensor) -> None:
        """See sampling.Held: a step takes only a share of the way to the frame without noise."""
        share = 1 - self.sigmas[step] / self.sigmas[step - 1]
        for frame in self.edges:
            away = (made[frame] - kept[frame]).cpu() / share
            if frame not in self.moved or away.square().mean() > self.moved[frame].square().mean():
                self.moved[frame] = away

    def words(self, latents: torch.Tensor, levels: Mapping[int, float]) -> str:
        """What was seen, for an artist. latents (N, 4, h, w) of the run, levels: change of a frame's pixels, of 255."""
        shares = {
            frame: float((away.square().mean() / latents[frame].square().mean()).sqrt())
            for frame, away in sorted(self.moved.items())
        }
        parts = [
            f"{share:.2%} of the latents of frame {frame} ({levels[frame]:.2f} of 255 in its pixels)"
            for frame, share in shares.items()
        ]
        unseen = f" Not measured, since other windows see it, too: {spans(self.others)}." if self.others else ""
        if not parts:
            return unseen.strip()
        if max(shares.values()) < _NOTHING:
            return f"At the joins a full run would change nothing in {spans(list(shares))}.{unseen}"
        return f"At the joins a full run would change about {' and '.join(parts)}.{unseen}"

    def arrays(self) -> dict[str, np.ndarray]:
        """For the latents' file."""
        return {f"moved-{frame}": away.numpy() for frame, away in self.moved.items()}

    def take(self, arrays: dict[str, np.ndarray]) -> None:
        """What an interrupted run has kept."""
        for frame in self.edges:
            if f"moved-{frame}" in arrays:
                self.moved[frame] = torch.from_numpy(arrays[f"moved-{frame}"])
