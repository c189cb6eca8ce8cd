# SPDX-License-Identifier: GPL-3.0-or-later
"""Character: a picture and where its face is. The "character card", `*.character.json`."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from .arrays import write_atomically
from .errors import ErrorCode, FaceShotError
from .landmarks import ALL_PARTS, COUNT, check_parts

PLACED = ("detected", "matched", "template", "hand")
MAX_CARD_BYTES = 1 << 20
LEAST_FACE = 0.5  # px
UNSURE = 0.3  # no point of a face that is doubted has more confidence
HALF_AT = 0.06  # a point that may be off by this share of the face's width has half the confidence
MOST_CARDS = 500  # that are looked through in a folder
CARD_SUFFIX = ".character.json"
_NO_CARD_HINT = "Choose a .character.json that `match` has made."


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal. Raises INPUT_MISSING."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FaceShotError(
            ErrorCode.INPUT_MISSING, f"Cannot open {path} ({error.strerror}).", hint="Check the path."
        ) from error


def card_beside(picture: Path) -> Path:
    """Where the card of a picture lies: beside it, by its name."""
    return picture.with_name(f"{picture.stem}{CARD_SUFFIX}")


def find_card(picture: Path, digest: str) -> Path | None:
    """The card that lies with the picture and was made of these very bytes, SHA-256 `digest`: that beside it, else that
    of a copy under another name in the same folder; None without one. Cards that cannot be read are passed over.
    """
    beside = card_beside(picture)
    if _is_of(beside, digest):
        return beside
    try:
        cards = sorted(picture.parent.glob(f"*{CARD_SUFFIX}"))[:MOST_CARDS]
    except OSError:
        return None
    return next((card for card in cards if card != beside and _is_of(card, digest)), None)


def _is_of(card: Path, digest: str) -> bool:
    try:
        if not digest or card.stat().st_size > MAX_CARD_BYTES or digest.encode() not in card.read_bytes():
            return False
        return Character.load(card).picture_hash == digest
    except (OSError, FaceShotError):
        return False


@dataclass(frozen=True, kw_only=True, eq=False)
class Character:
    """A face on a picture.

    points: (68, 2) px, see `landmarks` for the convention · size: the picture's (width, height) px as stored (EXIF
    rotation not applied, as in Blender) · present: the parts it has · iris: (2, 2) px, right then left, or None ·
    confidence: (68,) 0..1 · placed: how each point was placed, one of PLACED · picture: path, as given ·
    picture_hash: SHA-256 of the file · limits: named limits on its motion, free for its user.
    Raises USAGE when something does not fit.
    """

    points: np.ndarray
    size: tuple[int, int]
    present: frozenset[str] = ALL_PARTS
    iris: np.ndarray | None = None
    confidence: np.ndarray = field(default_factory=lambda: np.ones(COUNT))
    placed: tuple[str, ...] = ("hand",) * COUNT
    picture: str = ""
    picture_hash: str = ""
    limits: dict[str, float] = field(default_factory=dict)

    FORMAT = "faceshot.character"
    VERSION = 1

    def __post_init__(self) -> None:
        if self.points.shape != (COUNT, 2) or not np.isfinite(self.points).all():
            raise FaceShotError(ErrorCode.USAGE, f"A character needs 68 finite points, not {self.points.shape}.")
        if self.confidence.shape != (COUNT,) or not np.isfinite(self.confidence).all() or len(self.placed) != COUNT:
            raise FaceShotError(ErrorCode.USAGE, "A character needs a confidence and an origin for each point.")
        if self.iris is not None and (self.iris.shape != (2, 2) or not np.isfinite(self.iris).all()):
            raise FaceShotError(ErrorCode.USAGE, f"Irises are two points, not {self.iris.shape}.")
        if not (self.size[0] > 0 and self.size[1] > 0):
            raise FaceShotError(ErrorCode.USAGE, f"The picture's size {self.size} is empty.")
        if set(self.placed) - set(PLACED):
            raise FaceShotError(ErrorCode.USAGE, f"Points are placed by one of {', '.join(PLACED)}.")
        check_parts(self.present)

    @property
    def is_guess(self) -> bool:
        """Whether no point is sure and none was placed by hand: see `match --guess`."""
        return bool((self.confidence <= UNSURE).all()) and "hand" not in self.placed

    def require_on_picture(self) -> None:
        """Raise CHARACTER_UNSURE unless the points may be those of a face that the picture shows.

        At least half of them lie on it, none is further away from it than it is large, and they are not all one point
        or one level line.
        """
        size = np.array(self.size, np.float64)
        off = ((self.points < 0) | (self.points > size)).any(axis=1)
        far = ((self.points < -size) | (self.points > 2 * size)).any()
        if off.sum() > COUNT // 2 or far:
            picture = f"picture of {self.size[0]} x {self.size[1]} px"
            why = f"{off.sum()} of the character's {COUNT} points lie outside its {picture}"
        elif (self.points.max(axis=0) - self.points.min(axis=0)).min() < LEAST_FACE:
            why = "The character's points leave no room for a face between them"
        else:
            return
        raise FaceShotError(ErrorCode.CHARACTER_UNSURE, f"{why}.", hint="Correct its card, or match the picture again.")

    def has_shape(self, size: Sequence[int]) -> bool:
        """Whether a picture of that (width, height) is this one made larger or smaller, but for a pixel's rounding."""
        if not min(size) > 0:
            return False
        low, high = ([(there + by) / own for there, own in zip(size, self.size, strict=True)] for by in (-1, 1))
        return max(low) <= min(high)

    def resized(self, size: Sequence[int]) -> Character:
        """The same on the picture at another (width, height) px; of another shape: stretched as it is."""
        if tuple(size) == tuple(self.size):
            return self
        factors = np.array(size, np.float64) / self.size
        return replace(
            self,
            points=self.points * factors,
            iris=None if self.iris is None else self.iris * factors,
            size=(int(size[0]), int(size[1])),
        )

    def to_json(self) -> str:
        """The card as text; floats are written so that they come back exactly."""
        card = {
            "format": self.FORMAT,
            "version": self.VERSION,
            "picture": self.picture,
            "picture_hash": self.picture_hash,
            "size": list(self.size),
            "present": sorted(self.present),
            "points": self.points.tolist(),
            "iris": None if self.iris is None else self.iris.tolist(),
            "confidence": self.confidence.tolist(),
            "placed": list(self.placed),
            "limits": self.limits,
        }
        return json.dumps(card, indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str, *, source: str = "the card") -> Character:
        """Raises INPUT_UNREADABLE with what is wrong with `source`."""
        try:
            card = json.loads(text)
            if not isinstance(card, dict) or card.get("format") != cls.FORMAT:
                raise ValueError("it is no character card")
            if card["version"] != cls.VERSION:
                raise ValueError(f"its version is {card['version']}; this FaceShot reads {cls.VERSION}")
            width, height = card["size"]
            limits = {str(name): float(value) for name, value in card.get("limits", {}).items()}
            if not all(math.isfinite(value) for value in limits.values()):
                raise ValueError("a limit is not finite")
            iris = card.get("iris")
            return cls(
                points=np.array(card["points"], np.float64),
                size=(int(width), int(height)),
                present=frozenset(str(part) for part in card["present"]),
                iris=None if iris is None else np.array(iris, np.float64),
                confidence=np.array(card["confidence"], np.float64),
                placed=tuple(str(how) for how in card["placed"]),
                picture=str(card.get("picture", "")),
                picture_hash=str(card.get("picture_hash", "")),
                limits=limits,
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, FaceShotError) as error:
            raise FaceShotError(
                ErrorCode.INPUT_UNREADABLE,
                f"Cannot read {source}: {error}.".replace("..", "."),
                hint="Match the picture again to make a new one.",
            ) from error

    def save(self, path: Path) -> None:
        write_atomically(Path(path), self.to_json().encode())

    @classmethod
    def load(cls, path: Path) -> Character:
        """Raises INPUT_MISSING or INPUT_UNREADABLE."""
        path = Path(path)
        try:
            if path.stat().st_size > MAX_CARD_BYTES:
                raise FaceShotError(
                    ErrorCode.INPUT_UNREADABLE, f"{path} is too large for a character card.", hint=_NO_CARD_HINT
                )
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise FaceShotError(
                ErrorCode.INPUT_UNREADABLE, f"{path} is no character card.", hint=_NO_CARD_HINT
            ) from error
        except OSError as error:
            raise FaceShotError(
                ErrorCode.INPUT_MISSING,
                f"No character card at {path} ({error.strerror}).",
                hint="Run `match` on the picture first.",
            ) from error
        return cls.from_json(text, source=str(path))
