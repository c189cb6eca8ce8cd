# SPDX-License-Identifier: GPL-3.0-or-later
"""Large files are written under another name and renamed: a reader never sees half of one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import av

from ..arrays import unwritable
from ..errors import FaceShotError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside `path`, free to be written to; renamed to `path` when the block ends well, else removed.

    Folders are made as needed. Errors of the operating system and of FFmpeg become OUTPUT_UNWRITABLE or DISK_FULL.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except FaceShotError:
        raise
    except av.FFmpegError as error:
        raise unwritable(path, OSError(error.errno, error.strerror)) from error
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
