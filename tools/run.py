# SPDX-License-Identifier: GPL-3.0-or-later
"""From build.py's command line to the module that does the work; expected failures become one line and a code."""

from __future__ import annotations

import argparse
import errno
import importlib
import sys
from pathlib import Path

from core.errors import ErrorCode, FaceShotError

ROOT = Path(__file__).resolve().parents[1]

# verb -> module of this package; each has run(options) -> exit code
MODULES = {
    "demo": "demo",
    "test": "testing",
    "zip": "extension",
    "engine": "environments",
    "lint": "lint",
    "bench": "bench",
    "samples": "samples",
    "clean": "clean",
}

# What a full disk or a missing right says, wherever it strikes; other OSErrors are faults of ours.
WORDS = {
    errno.ENOSPC: (ErrorCode.DISK_FULL, "Make room on that disk and try again."),
    errno.EDQUOT: (ErrorCode.DISK_FULL, "Make room on that disk and try again."),
    errno.EROFS: (ErrorCode.OUTPUT_UNWRITABLE, "Choose a folder that can be written to."),
    errno.EACCES: (ErrorCode.OUTPUT_UNWRITABLE, "Choose a folder that you may write to."),
    errno.EPERM: (ErrorCode.OUTPUT_UNWRITABLE, "Choose a folder that you may write to."),
}


def verb(options: argparse.Namespace) -> int:
    """Runs one verb; returns the exit code."""
    try:
        return importlib.import_module(f"tools.{MODULES[options.verb]}").run(options)
    except FaceShotError as error:
        return _fail(error)
    except KeyboardInterrupt:
        return _fail(FaceShotError(ErrorCode.CANCELLED, "Cancelled."))
    except OSError as error:
        if error.errno in WORDS:
            code, hint = WORDS[error.errno]
            return _fail(FaceShotError(code, f"{error.filename or 'A file'}: {error.strerror}.", hint=hint))
        raise


def _fail(error: FaceShotError) -> int:
    sys.stdout.flush()
    print(f"build.py: {error}", file=sys.stderr)
    return error.code.exit_code
