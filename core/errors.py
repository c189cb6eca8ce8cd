# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, in words for the artist and in stable codes for the farm."""

from __future__ import annotations

import enum


class ErrorCode(enum.Enum):
    """A stable name and the exit code that a farm sees. Names never change meaning; new ones may be added."""

    UNEXPECTED = ("unexpected", 1)
    USAGE = ("usage", 2)
    INPUT_MISSING = ("input-missing", 3)
    INPUT_UNREADABLE = ("input-unreadable", 3)
    OUTPUT_UNWRITABLE = ("output-unwritable", 3)
    DISK_FULL = ("disk-full", 3)
    NO_FACE = ("no-face", 4)
    CHARACTER_UNSURE = ("character-unsure", 4)
    ENGINE_MISSING = ("engine-missing", 5)
    ENGINE_OUTDATED = ("engine-outdated", 5)
    ENGINE_LOST = ("engine-lost", 1)
    BACKEND_MISSING = ("backend-missing", 5)
    MODEL_MISSING = ("model-missing", 5)
    MODEL_DAMAGED = ("model-damaged", 5)
    OFFLINE = ("offline", 5)
    ACCESS_DENIED = ("access-denied", 5)
    OUT_OF_MEMORY = ("out-of-memory", 6)
    DEVICE_LOST = ("device-lost", 6)
    BATCH_PARTLY_FAILED = ("batch-partly-failed", 7)
    CANCELLED = ("cancelled", 130)

    def __init__(self, slug: str, exit_code: int) -> None:
        self.slug = slug
        self.exit_code = exit_code

    @classmethod
    def from_slug(cls, slug: str) -> ErrorCode:
        """The code of that name; an unknown name (a newer engine's) is UNEXPECTED.

        >>> ErrorCode.from_slug("no-face").exit_code
        4
        """
        return next((code for code in cls if code.slug == slug), cls.UNEXPECTED)


class FaceShotError(Exception):
    """An expected failure: what happened and where (`message`), and what to do about it (`hint`).

    >>> print(FaceShotError(ErrorCode.INPUT_MISSING, "No clip at /a/b.mp4.", hint="Check the path."))
    No clip at /a/b.mp4. Check the path.
    """

    def __init__(self, code: ErrorCode, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()

    def as_dict(self) -> dict[str, str | int]:
        """The error as it crosses a process boundary; `from_dict` is the way back."""
        return {
            "code": self.code.slug,
            "exit_code": self.code.exit_code,
            "message": self.message,
            "hint": self.hint,
        }

    @classmethod
    def from_dict(cls, data: dict) -> FaceShotError:
        return cls(
            ErrorCode.from_slug(str(data.get("code", ""))),
            str(data.get("message", "Unknown error.")),
            hint=str(data.get("hint", "")),
        )
