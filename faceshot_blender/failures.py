# SPDX-License-Identifier: GPL-3.0-or-later
"""A failure in the words of the window: one line with the remedy, and the whole report for whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

from ..core import VERSION
from ..core.errors import ErrorCode, FaceShotError
from ..core.failures import as_faceshot_error, report
from .host import ONLINE_HINT
from .jobs import Failure

if TYPE_CHECKING:
    from .take import Take


def failure_of(error: FaceShotError, title: str, job: Any = None, *, take: Take | None = None) -> Failure:
    """What the panel shows of `error`; `job` gives the engine's part of the report, `take` is what it was to make.

    A job that is done all the same, but could not be put into the scene, can be imported from there.
    """
    remedy = _remedy(error)
    lines = [
        f"FaceShot {VERSION}, Blender {bpy.app.version_string}, {bpy.app.build_platform.decode(errors='replace')}",
        f"{title}: {error.code.slug}",
        error.message,
        remedy,
    ]
    arguments = getattr(job, "arguments", None)
    if arguments:
        lines += ["", f"Asked for: {job.verb}", *(f"  {name}: {value}" for name, value in sorted(arguments.items()))]
    for head, text in (("Report", getattr(job, "report", "")), ("The engine's log", getattr(job, "log_tail", ""))):
        if text:
            lines += ["", f"{head}:", text.rstrip()]
    can_import = take is not None and getattr(job, "result", None) is not None
    return Failure(
        title,
        error.message,
        remedy,
        "\n".join(lines) + "\n",
        folder=take.folder if take is not None and can_import else None,
        edit=take.plane.name if take is not None and error.code is ErrorCode.CHARACTER_UNSURE else "",
    )


def as_told(error: Exception, job: Any) -> FaceShotError:
    """The error in words; one that should not have happened leaves its traceback in the job's report."""
    job.report = job.report or report(error)
    return as_faceshot_error(error)


def _remedy(error: FaceShotError) -> str:
    """The hint, with what is done by a button here in place of what is typed elsewhere."""
    if error.code is ErrorCode.OFFLINE and not bpy.app.online_access:
        return ONLINE_HINT
    if error.code in (ErrorCode.MODEL_MISSING, ErrorCode.MODEL_DAMAGED):
        if "huggingface.co" in error.hint or "fetch features" in error.hint:  # there is no button for these
            return error.hint
        if "mofa" in error.hint or "FACESHOT_MOFA" in error.hint:
            return "Press Fetch Diffusion Networks in Look, or point to a folder that has them with FACESHOT_MOFA."
        return "Press Fetch Face Network in the sidebar's FaceShot tab, or point to a folder that has it."
    if error.code is ErrorCode.CHARACTER_UNSURE:
        return "Press Find Points, put right what is wrong with Edit Points, then animate again."
    if error.code is ErrorCode.UNEXPECTED:
        return "Try again; Show Report says all that is known."  # not: run with --debug
    return error.hint
