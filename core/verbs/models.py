# SPDX-License-Identifier: GPL-3.0-or-later
"""`models`: which networks are here, and how to get the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ErrorCode, FaceShotError
from ..models import ModelStore
from .context import Context, Verb
from .options import option, path, text

ACTIONS = ("list", "fetch", "add", "verify")


@dataclass(frozen=True, kw_only=True)
class ModelsVerb:
    action: str = option("what to do", kind=text, default="list", positional=True, choices=ACTIONS)
    what: str | None = option("name to fetch, or file to add", kind=text, default=None, positional=True)


def _models(options: ModelsVerb, context: Context) -> dict[str, Any]:
    store = ModelStore()
    if options.action in ("fetch", "add") and not options.what:
        raise FaceShotError(
            ErrorCode.USAGE, f"models {options.action} needs to be told what.", hint="See `models list`."
        )
    if options.action == "fetch":
        store.fetch(str(options.what), context.progress)
    elif options.action == "add":
        store.add(path(options.what))
    elif options.action == "verify":
        store.verify()
    return {"verb": "models", "folder": str(store.folder), "models": [status.as_dict() for status in store.status()]}


def _summary(made: dict[str, Any]) -> str:
    rows = [
        f"{model['name']:<10} {model['state']:<8} {'in use' if model['used'] else '':<7} {model['licence']:<12} "
        f"{model['size'] / 1e6:5.1f} MB  {model['title']}"
        for model in made["models"]
    ]
    return "\n".join([f"Models in {made['folder']}:", *rows])


MODELS = Verb(
    name="models", help="list, fetch, add or verify networks", options=ModelsVerb, run=_models, summary=_summary
)
