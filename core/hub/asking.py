# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hub has of a model, asked through huggingface_hub: its login, its addresses, its session, its errors."""

from __future__ import annotations

import contextlib
import fnmatch
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from .. import VERSION
from ..errors import ErrorCode, FaceShotError
from ..fetch import offline
from ..hub_models import HubModel, HubPart

_NOTICES = ("LICENSE*", "LICENCE*", "NOTICE*", "Notice*", "README.md")
_SECONDS = 30.0
# What may pass: rate limits and failures of the server.
_PASSING = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A file to fetch: where from, where to, its bytes; sha256 of a large file ("" else), blob: its git object."""

    part: HubPart
    path: str
    target: Path
    size: int
    sha256: str
    blob: str
    login: bool

    @property
    def hub(self) -> str:
        """What the hub calls its content."""
        return self.sha256 or self.blob

    @property
    def beside(self) -> Path:
        """Where it is while it is not whole."""
        return self.target.with_name(f".{self.hub[:16]}.part")


def require_online(model: HubModel) -> None:
    names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    set_ones = [name for name in names if os.environ.get(name, "").upper() in ("1", "ON", "YES", "TRUE")]
    if offline() or set_ones:
        raise FaceShotError(
            ErrorCode.OFFLINE,
            f"{'FACESHOT_OFFLINE' if offline() else set_ones[0]} is set: {model.name} is not downloaded.",
            hint=f"Unset it; or {elsewhere(model)}",
        )


def elsewhere(model: HubModel) -> str:
    return f"get the files elsewhere and name their folder with {model.variable} (docs/diffusion.md)."


def library() -> ModuleType:
    """huggingface_hub, set to report nothing, and to keep addresses out of our log. Raises BACKEND_MISSING."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        import huggingface_hub
        from huggingface_hub import constants, errors, utils  # noqa: F401 - loaded here, used as attributes
    except ModuleNotFoundError as error:
        raise FaceShotError(
            ErrorCode.BACKEND_MISSING,
            f"Fetching from the hub needs the package {error.name}, which {sys.executable} does not have.",
            hint="Make the engine with diffusion: `python3 build.py engine DIR --torch`, or With Diffusion in the "
            "add-on's preferences, then Make Anew.",
        ) from error
    # diffusers may have imported it before the variable was set
    constants.HF_HUB_DISABLE_TELEMETRY = True
    for name in ("httpx2", "httpcore2", "httpx", "httpcore"):  # they write addresses, which may be signed, into the log
        logging.getLogger(name).setLevel(logging.WARNING)
    return huggingface_hub


def plan(hub: ModuleType, part: HubPart, folder: Path) -> Iterator[Wanted]:
    """The files of a part as the hub lists them. Raises what `told` does, and MODEL_MISSING for a file it lacks."""
    info = _listing(hub, part)
    listed = {sibling.rfilename: sibling for sibling in info.siblings or ()}
    root = part.root(folder)
    places = {file.path: root / file.place for file in part.files}
    if part.with_notices:
        places |= {
            name: root / name
            for name in listed
            if "/" not in name and "\\" not in name and any(fnmatch.fnmatchcase(name, kind) for kind in _NOTICES)
        }
    for path, target in places.items():
        found = listed.get(path)
        if found is None or not found.size or not (found.lfs or found.blob_id):
            raise FaceShotError(
                ErrorCode.MODEL_MISSING,
                f"{part.repository} at {part.revision[:12]} has no file {path}.",
                hint=f"Look at {part.page}; a newer FaceShot may know where it is.",
            )
        yield Wanted(
            part=part,
            path=path,
            target=target,
            size=found.size,
            sha256=found.lfs.sha256 if found.lfs else "",
            blob=found.blob_id or "",
            login=part.gated or bool(info.gated),
        )


def _listing(hub: ModuleType, part: HubPart) -> Any:
    asked = {"revision": part.revision, "files_metadata": True, "timeout": _SECONDS, "token": _token(part.gated)}
    with told(hub, part):
        try:
            return hub.HfApi(library_name="FaceShot", library_version=VERSION).model_info(part.repository, **asked)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise FaceShotError(
                ErrorCode.OFFLINE,
                f"{hub.constants.ENDPOINT} does not answer as a model hub does.",
                hint="See whether the network asks for a login, and what HF_ENDPOINT is set to.",
            ) from None


def _token(login: bool) -> bool | None:
    """What huggingface_hub takes: its own login where one is needed, none elsewhere."""
    return None if login else False


def _headers(file: Wanted) -> dict[str, str]:
    from huggingface_hub.utils import build_hf_headers

    made = build_hf_headers(token=_token(file.login), library_name="FaceShot", library_version=VERSION)
    return {**made, "Accept-Encoding": "identity"}


def _address(hub: ModuleType, file: Wanted) -> str:
    return str(hub.hf_hub_url(file.part.repository, file.path, revision=file.part.revision))


def require_access(hub: ModuleType, missing: list[Wanted]) -> None:
    """Ask for one file of each repository, so that a refusal comes before gigabytes do."""
    for file in {file.part.repository: file for file in missing}.values():
        with told(hub, file.part):
            hub.get_hf_file_metadata(_address(hub, file), token=_token(file.login), timeout=_SECONDS)


@contextlib.contextmanager
def open_hub(hub: ModuleType, file: Wanted, start: int) -> Iterator[tuple[bool, Iterator[bytes]]]:
    """A file of the hub from a byte on. Where it is handed on to another host, the session leaves the login behind."""
    headers = _headers(file)
    if start:
        headers["Range"] = f"bytes={start}-"
    client, seconds = hub.get_session(), hub.constants.HF_HUB_DOWNLOAD_TIMEOUT
    with client.stream("GET", _address(hub, file), headers=headers, timeout=seconds, follow_redirects=True) as answer:
        if answer.status_code not in _PASSING:
            with told(hub, file.part):
                hub.utils.hf_raise_for_status(answer)
        answer.raise_for_status()
        yield answer.status_code == 206, answer.iter_bytes()


def transport_errors(hub: ModuleType) -> tuple[type[Exception], ...]:
    # huggingface_hub's errors derive from those of the library that it speaks HTTP with
    return (hub.errors.HTTPError, ConnectionError, TimeoutError)


@contextlib.contextmanager
def told(hub: ModuleType, part: HubPart) -> Iterator[None]:
    """Turn the hub's failures into ours. Their own words are left out: they may hold signed addresses."""
    errors = hub.errors
    try:
        yield
    except (errors.RevisionNotFoundError, errors.EntryNotFoundError):
        raise FaceShotError(
            ErrorCode.MODEL_MISSING,
            f"{part.repository} has not got its commit {part.revision} any more.",
            hint=f"Look at {part.page}; a newer FaceShot may know where it is.",
        ) from None
    except errors.HfHubHTTPError as error:
        raise _refused(hub, part, error) from None
    except (*transport_errors(hub), errors.OfflineModeIsEnabled, errors.FileMetadataError) as error:
        raise FaceShotError(
            ErrorCode.OFFLINE,
            f"Could not reach {hub.constants.ENDPOINT} for {part.repository} ({_kind(error)}).",
            hint="Check the network and run it again: what was loaded is kept.",
        ) from None


def _kind(error: Exception) -> str:
    answer = getattr(error, "response", None)
    return f"it answered {answer.status_code}" if answer is not None else type(error).__name__


def _refused(hub: ModuleType, part: HubPart, error: Any) -> FaceShotError:
    status = error.response.status_code
    gated = isinstance(error, hub.errors.GatedRepoError)
    if status in (401, 403) or gated:
        program = Path(sys.executable).with_name("hf.exe" if sys.platform == "win32" else "hf")
        login = f'"{program}" auth login' if " " in str(program) else f"{program} auth login"
        known = hub.get_token() is not None
        who = "the login on this machine has no access to it" if known else "nobody is logged in on this machine"
        return FaceShotError(
            ErrorCode.ACCESS_DENIED,
            f"{part.repository} is not open to everybody, and {who} (the hub answered {status}).",
            hint=f"Accept its licence at {part.page}, then log in (`{login}`) or set HF_TOKEN; run again.",
        )
    if status == 404 or isinstance(error, hub.errors.RepositoryNotFoundError):
        return FaceShotError(
            ErrorCode.MODEL_MISSING, f"{part.repository} is not on the hub any more.", hint=f"Look at {part.page}."
        )
    return FaceShotError(
        ErrorCode.OFFLINE,
        f"{hub.constants.ENDPOINT} could not give {part.repository} (it answered {status}).",
        hint="Try again later: what was loaded is kept.",
    )
