# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns whatever was raised into the error that a person and a farm can use."""

from __future__ import annotations

import errno
import traceback

from .errors import ErrorCode, FaceShotError
from .progress import cancelled


def as_faceshot_error(error: BaseException) -> FaceShotError:
    """The FaceShotError for `error`: itself, or a translation with a stable code."""
    if isinstance(error, FaceShotError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return cancelled()
    if isinstance(error, MemoryError):
        return FaceShotError(
            ErrorCode.OUT_OF_MEMORY, "Memory ran out.", hint="Use a smaller picture or clip, or close other programs."
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FaceShotError(ErrorCode.DISK_FULL, "The disk is full.", hint="Free some space and run it again.")
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return FaceShotError(
        ErrorCode.UNEXPECTED,
        f"Something went wrong that should not ({what}).",
        hint="Run with --debug for the whole report.",
    )


def report(error: BaseException) -> str:
    """The traceback for an unexpected error, nothing for an expected one."""
    if isinstance(error, FaceShotError | KeyboardInterrupt):
        return ""
    return "".join(traceback.format_exception(error))
