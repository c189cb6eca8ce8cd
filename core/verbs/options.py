# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of a verb, written once: the command line and the engine's JSON requests are both read from them."""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ..errors import ErrorCode, FaceShotError

Options = TypeVar("Options")
Kind = Callable[[Any], Any]


def option(
    help: str,  # noqa: A002 - argparse's own word
    *,
    kind: Kind,
    default: Any = dataclasses.MISSING,
    flags: Sequence[str] = (),
    positional: bool = False,
    choices: Sequence[str] = (),
    repeated: bool = False,
    metavar: str | None = None,
) -> Any:
    """A dataclass field that is also a command-line option and a key of a JSON request.

    `kind` turns a string, or the JSON value that stands for it, into the field's value; it raises ValueError or
    TypeError when it can't. A field without a default is required. `repeated`: the option may come several times,
    its value is the tuple of all.
    """
    metadata = {
        "help": help,
        "kind": kind,
        "flags": tuple(flags),
        "positional": positional,
        "choices": tuple(choices),
        "repeated": repeated,
        "metavar": metavar,
    }
    return dataclasses.field(default=default, metadata=metadata)


def text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("needs text")
    return value


def path(value: Any) -> Path:
    written = text(value)
    if not written:
        raise ValueError("needs a path")
    try:
        return Path(written).expanduser().absolute()
    except RuntimeError:  # "~draft.png": nobody's home
        return Path(written).absolute()


def number(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError("needs a number")
    try:
        result = float(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError("needs a number") from error
    if not math.isfinite(result):
        raise ValueError("needs a finite number")
    return result


def whole(value: Any) -> int:
    result = number(value)
    if result != int(result):
        raise ValueError("needs a whole number")
    return int(result)


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("needs true or false")
    return value


def box(value: Any) -> tuple[float, float, float, float]:
    """x,y,width,height in pixels, as text or as a list of four."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, Sequence) or len(parts) != 4:
        raise ValueError("needs four numbers: x,y,width,height")
    x, y, width, height = (number(part) for part in parts)
    return x, y, width, height


def frame_range(value: Any) -> range:
    """A-B, both included and counted from 1, or a single number; as text or as [A, B].

    >>> frame_range("3-5")
    range(3, 6)
    """
    parts = value.split("-") if isinstance(value, str) else [value] if isinstance(value, int) else value
    try:
        first, last = whole(parts[0]), whole(parts[-1])
        if len(parts) > 2 or not 1 <= first <= last:
            raise ValueError
    except (ValueError, TypeError, LookupError) as error:
        raise ValueError("needs A-B with 1 <= A <= B") from error
    return range(first, last + 1)


def named_text(value: Any) -> tuple[str, str]:
    """name=text, as text or as [name, value]."""
    parts = value.split("=", 1) if isinstance(value, str) else value
    if not isinstance(parts, Sequence) or len(parts) != 2:
        raise ValueError("needs NAME=VALUE")
    return text(parts[0]).strip(), str(parts[1])


def named_number(value: Any) -> tuple[str, float]:
    """name=number, as text or as [name, number]."""
    parts = value.split("=", 1) if isinstance(value, str) else value
    if not isinstance(parts, Sequence) or len(parts) != 2:
        raise ValueError("needs NAME=NUMBER")
    return text(parts[0]).strip(), number(parts[1])


def named_place(value: Any) -> tuple[str, tuple[float, float] | None]:
    """name=x,y, as text or as [name, [x, y]]; name=none (or null) for what is nowhere.

    >>> named_place("chin=310,420.5"), named_place("nose=none")
    (('chin', (310.0, 420.5)), ('nose', None))
    """
    parts = value.split("=", 1) if isinstance(value, str) else value
    if not isinstance(parts, Sequence) or len(parts) != 2:
        raise ValueError("needs NAME=X,Y or NAME=none")
    name, place = text(parts[0]).strip(), parts[1]
    if place is None or (isinstance(place, str) and place.strip().lower() == "none"):
        return name, None
    numbers = place.split(",") if isinstance(place, str) else place
    if not isinstance(numbers, Sequence) or len(numbers) != 2:
        raise ValueError("needs NAME=X,Y or NAME=none")
    return name, (number(numbers[0]), number(numbers[1]))


def _convert(field: dataclasses.Field, value: Any) -> Any:
    if field.metadata["repeated"]:
        items = value.items() if isinstance(value, Mapping) else value
        if not isinstance(items, Iterable) or isinstance(items, str):
            raise _wrong(field, value, "needs a list")
        return tuple(_convert_one(field, item) for item in items)
    return _convert_one(field, value)


def _convert_one(field: dataclasses.Field, value: Any) -> Any:
    try:
        converted = field.metadata["kind"](value)
    except (ValueError, TypeError, OverflowError) as error:
        raise _wrong(field, value, str(error)) from error
    choices = field.metadata["choices"]
    if choices and converted not in choices:
        raise FaceShotError(
            ErrorCode.USAGE, f"{field.name}: there is no {converted!r}.", hint=f"Choose from {', '.join(choices)}."
        )
    return converted


def _wrong(field: dataclasses.Field, value: Any, why: str) -> FaceShotError:
    return FaceShotError(
        ErrorCode.USAGE,
        f"{field.name}: {value!r} will not do, it {why}.",
        hint=f"What it is: {field.metadata['help']}.",
    )


def from_request(options: type[Options], arguments: Mapping[str, Any]) -> Options:
    """Options from a JSON object; null stands for "not given". Raises USAGE for unknown, missing or wrong ones."""
    fields = {field.name: field for field in dataclasses.fields(options)}  # type: ignore[arg-type]
    unknown = set(arguments) - set(fields)
    if unknown:
        raise FaceShotError(ErrorCode.USAGE, f"No such option: {', '.join(sorted(unknown))}.")
    values = {name: _convert(fields[name], value) for name, value in arguments.items() if value is not None}
    for name, field in fields.items():
        if name not in values and field.default is dataclasses.MISSING:
            raise FaceShotError(ErrorCode.USAGE, f"The option {name} is missing.", hint=field.metadata["help"])
    return options(**values)


def add_arguments(parser: argparse.ArgumentParser, options: type) -> None:
    """Give `parser` the options; read them back with `from_namespace`."""
    for field in dataclasses.fields(options):
        metadata = field.metadata
        settings: dict[str, Any] = {"help": metadata["help"], "metavar": metadata["metavar"], "default": None}
        if metadata["choices"]:
            settings["help"] += f" ({', '.join(metadata['choices'])})"
        if metadata["kind"] is flag:
            settings |= {"action": "store_true"}
            del settings["metavar"]
        elif metadata["repeated"]:
            settings |= {"action": "append"}
        if metadata["positional"]:
            optional = field.default is not dataclasses.MISSING
            settings["metavar"] = metadata["metavar"] or field.name.upper()
            settings.pop("action", None)
            several = "*" if metadata["repeated"] else "?" if optional else None
            parser.add_argument(field.name, nargs=several, **settings)
        else:
            names = [*metadata["flags"], f"--{field.name.replace('_', '-')}"]
            parser.add_argument(*names, dest=field.name, **settings)


def from_namespace(options: type[Options], namespace: argparse.Namespace) -> Options:
    """Options from parsed arguments. Raises USAGE."""
    names = [field.name for field in dataclasses.fields(options)]  # type: ignore[arg-type]
    return from_request(options, {name: getattr(namespace, name) for name in names})
