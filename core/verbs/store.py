# SPDX-License-Identifier: GPL-3.0-or-later
"""`cache`: the frames that need not be made again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..cache import FrameStore
from .context import Context, Verb
from .options import option, text


@dataclass(frozen=True, kw_only=True)
class CacheVerb:
    action: str = option("what to do", kind=text, default="verify", positional=True, choices=("verify",))


def _cache(options: CacheVerb, context: Context) -> dict[str, Any]:
    store = FrameStore()
    return {"verb": "cache", "folder": str(store.folder), **asdict(store.verify())}


def _summary(made: dict[str, Any]) -> str:
    return (
        f"{made['entries']} frames, {made['bytes'] / 1e6:.1f} MB in {made['folder']}; "
        f"removed {made['damaged']} damaged and {made['leftovers']} half-written."
    )


CACHE = Verb(
    name="cache",
    help="read the whole frame cache and drop what is damaged",
    options=CacheVerb,
    run=_cache,
    summary=_summary,
)
