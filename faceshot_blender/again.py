# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenes and planes found again after a while, whatever they are called by then.

In one session Blender's own id of a data-block is sure: it outlasts renaming, undo and saving under another name. After
the file was loaded anew it is another one, and a mark takes its place that is saved with the data-block; it is given as
the file is saved, so that a file that is not saved stays as it was.
"""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass
from typing import Any

import bpy

MARK = "faceshot_id"
# How many files were loaded in this session: ids of data-blocks hold between two of them.
_loads = [0]


@dataclass(frozen=True)
class Ticket:
    """What a data-block is found again by. kind: of collection in bpy.data · loads: of which file of the session."""

    kind: str
    name: str
    uid: int
    mark: str
    loads: int


def ticket_of(block: Any, kind: str) -> Ticket:
    """A ticket for `block`, which lies in bpy.data's collection `kind`."""
    mark = _mark(block)
    if not mark or any(_mark(other) == mark for other in getattr(bpy.data, kind) if other != block):  # a copy has it
        mark = uuid.uuid4().hex
    return Ticket(kind, block.name, block.session_uid, mark, _loads[0])


def write_mark(ticket: Ticket) -> None:
    """Mark the data-block, so that it is found when the file was saved and loaded again."""
    block = find_again(ticket, getattr(bpy.data, ticket.kind)) if is_loaded(ticket.loads) else None
    if block is not None and _mark(block) != ticket.mark:
        with contextlib.suppress(TypeError, AttributeError, RuntimeError):  # linked data is not ours to change
            block[MARK] = ticket.mark


def find_again(ticket: Ticket, blocks: Any) -> Any | None:
    """The data-block of the ticket in `blocks`, a collection of Blender's; None when it is gone."""
    if is_loaded(ticket.loads):
        return next((block for block in blocks if block.session_uid == ticket.uid), None)
    marked = [block for block in blocks if _mark(block) == ticket.mark]
    if marked:
        return next((block for block in marked if block.name == ticket.name), marked[0])
    named = blocks.get(ticket.name)
    return named if named is not None and not _mark(named) else None


def count_load() -> None:
    """Another file was loaded."""
    _loads[0] += 1


def loads() -> int:
    """The number of the file that is loaded, counted in this session."""
    return _loads[0]


def is_loaded(number: int) -> bool:
    return number == _loads[0]


def _mark(block: Any) -> str:
    mark = block.get(MARK, "")
    return mark if isinstance(mark, str) else ""
