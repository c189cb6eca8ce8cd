# SPDX-License-Identifier: GPL-3.0-or-later
"""`models`: which networks are here, whose they are, and how to get the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ErrorCode, FaceShotError
from ..models import ModelStore, known
from .context import Context, Verb
from .options import option, path, text

ACTIONS = ("list", "show", "fetch", "add", "verify")


@dataclass(frozen=True, kw_only=True)
class ModelsVerb:
    action: str = option("what to do", kind=text, default="list", positional=True, choices=ACTIONS)
    what: str | None = option("name to show or fetch, or file to add", kind=text, default=None, positional=True)


def _models(options: ModelsVerb, context: Context) -> dict[str, Any]:
    store = ModelStore()
    if options.action in ("show", "fetch", "add") and not options.what:
        raise FaceShotError(
            ErrorCode.USAGE, f"models {options.action} needs to be told what.", hint="See `models list`."
        )
    if options.action == "fetch":
        store.fetch(str(options.what), context.progress, context.note)
    elif options.action == "add":
        store.add(path(options.what))
    elif options.action == "verify":
        store.verify(context.progress)
    shown = store.status()
    if options.action == "show":
        known(str(options.what))
        shown = [status for status in shown if status.model.name == options.what]
    return {"verb": "models", "folder": str(store.folder), "models": [status.as_dict() for status in shown]}


def _summary(made: dict[str, Any]) -> str:
    rows = [f"Models in {made['folder']}:"]
    for model in made["models"]:
        rows.append(
            f"{model['name']:<10} {model['state']:<10} {'in use' if model['used'] else '':<7} "
            f"{model['licence'] if 'parts' not in model else '':<12} {megabytes(model['size'])}  {model['title']}"
        )
        rows += [_part(part) for part in model.get("parts", ())]
    return "\n".join(rows)


def _part(part: dict[str, Any]) -> str:
    lacks = f" (lacks {', '.join(part['missing'])})" if part["state"] in ("incomplete", "damaged") else ""
    about = "" if part["exact"] else "about "
    gate = "; gated: accepted on its page" if part["gated"] else ""
    return (
        f"  {part['title']}: {part['state']}{lacks}, {about}{megabytes(part['size']).strip()}\n"
        f"    {part['page']}, commit {part['commit'] or part['revision']}\n"
        f"    {part['licence']}, {part['licence_url']}{gate}"
    )


def megabytes(size: int) -> str:
    return f"{size / 1e6:7.1f} MB"


MODELS = Verb(
    name="models", help="list, show, fetch, add or verify networks", options=ModelsVerb, run=_models, summary=_summary
)
