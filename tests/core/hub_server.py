# SPDX-License-Identifier: GPL-3.0-or-later
"""A model hub on this machine: what huggingface_hub asks for, a second host for large files, and misbehaviour."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

LARGE = 1000  # bytes from which a file is kept as a large one
SIGNATURE = "Signature=not-for-logs"


@dataclass
class Repo:
    """files: path -> bytes · token: what opens a gated one, "" for all · refused: a token that is known, not let in."""

    files: dict[str, bytes]
    commit: str
    token: str = ""
    refused: str = ""


@dataclass(frozen=True)
class Asked:
    """One request as it came in. host: "hub" or "store"."""

    host: str
    method: str
    path: str
    range: str | None
    authorization: str | None
    agent: str


@dataclass
class Hub:
    """spoil: path -> what is done to the next answers with its bytes: "cut", "wrong", "503", "no-range", "slow",
    "hold" (half of it, the rest once `go_on` is set) · portal: a page for people is answered instead."""

    repos: dict[str, Repo]
    asked: list[Asked] = field(default_factory=list)
    spoil: dict[str, list[str]] = field(default_factory=dict)
    go_on: threading.Event = field(default_factory=threading.Event)
    portal: bool = False
    address: str = ""
    store: str = ""

    def ranges(self, path: str) -> list[str | None]:
        """The ranges that were asked for of a large file."""
        digest = next(_sha256(repo.files[path]) for repo in self.repos.values() if path in repo.files)
        return [item.range for item in self.asked if item.host == "store" and digest in item.path]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@contextlib.contextmanager
def serve(repos: dict[str, Repo]) -> Iterator[Hub]:
    """The hub and its store, each at a port of its own, while the context lasts."""
    hub = Hub(repos)
    servers = [_Server(hub, name) for name in ("hub", "store")]
    hub.address, hub.store = (f"http://127.0.0.1:{server.server_address[1]}" for server in servers)
    threads = [threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield hub
    finally:
        hub.go_on.set()
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, hub: Hub, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hub, self.name = hub, name

    def handle_error(self, request, client_address) -> None:
        """A client that hangs up is part of the tests."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        headers = self.headers
        self.server.hub.asked.append(
            Asked(self.server.name, self.command, self.path, headers["Range"], headers["Authorization"],
                  headers["User-Agent"] or "")
        )  # fmt: skip
        if self.server.name == "store":
            self._bytes_of(PurePosixPath(path).name)
        elif path.startswith("/api/models/"):
            self._info(path.removeprefix("/api/models/"))
        else:
            self._file(path.removeprefix("/"))

    def _info(self, path: str) -> None:
        name, _, revision = path.partition("/revision/")
        repo = self.server.hub.repos.get(name)
        if self.server.hub.portal:
            self._send(200, b"<html>Log in to this network</html>", {"Content-Type": "text/html"})
        elif repo is None:
            self._refuse(404, "RepoNotFound")
        elif revision not in ("", "main", repo.commit):
            self._refuse(404, "RevisionNotFound")
        elif self.headers["Authorization"] == "Bearer hf_expired":
            self._refuse(401, "", "Invalid credentials in Authorization header")
        else:
            siblings = [
                {"rfilename": file, "size": len(data), "blobId": _blob(data)}
                | ({"lfs": {"sha256": _sha256(data), "size": len(data), "pointerSize": 130}} if len(data) >= LARGE
                   else {})
                for file, data in repo.files.items()
            ]  # fmt: skip
            self._json({"id": name, "modelId": name, "sha": repo.commit, "private": False, "tags": [], "downloads": 0,
                        "gated": "auto" if repo.token else False, "siblings": siblings})  # fmt: skip

    def _file(self, path: str) -> None:
        name, _, rest = path.partition("/resolve/")
        revision, _, file = rest.partition("/")
        repo = self.server.hub.repos.get(name)
        if repo is None or revision != repo.commit or file not in repo.files:
            self._refuse(404, "EntryNotFound" if repo else "RepoNotFound")
            return
        given = (self.headers["Authorization"] or "").removeprefix("Bearer ")
        if repo.token and given != repo.token:
            self._refuse(403 if given and given == repo.refused else 401, "GatedRepo")
            return
        data = repo.files[file]
        facts = {"X-Repo-Commit": repo.commit, "ETag": f'"{_blob(data)}"'}
        if len(data) >= LARGE:
            facts |= {"X-Linked-Etag": f'"{_sha256(data)}"', "X-Linked-Size": str(len(data))}
            facts["Location"] = f"{self.server.hub.store}/{_sha256(data)}?{SIGNATURE}"
            self._send(302, b"", facts)
        else:
            self._send(200, data, facts)

    def _bytes_of(self, digest: str) -> None:
        hub = self.server.hub
        path, data = next((path, data) for repo in hub.repos.values() for path, data in repo.files.items()
                          if _sha256(data) == digest)  # fmt: skip
        how = hub.spoil[path].pop(0) if hub.spoil.get(path) else ""
        if how == "503":
            self._send(503, b"busy", {})
            return
        asked = self.headers["Range"]
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and how != "no-range" else 0
        body = bytes(len(data) - start) if how == "wrong" else data[start:]
        facts = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if start else {}
        self._send(206 if start else 200, body, facts, how)

    def _refuse(self, code: int, error: str, message: str = "") -> None:
        self._send(code, b"{}", {"X-Error-Code": error, "X-Error-Message": message or error})

    def _json(self, facts: dict) -> None:
        self._send(200, json.dumps(facts).encode(), {"Content-Type": "application/json"})

    def _send(self, code: int, body: bytes, facts: dict[str, str], how: str = "") -> None:
        self.send_response(code)
        for name, value in {**facts, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if how == "slow":
            for start in range(0, len(body), 1 << 14):
                self.wfile.write(body[start : start + (1 << 14)])
                time.sleep(0.05)
        else:
            half = len(body) // 2 if how in ("cut", "hold") else len(body)
            self.wfile.write(body[:half])
            if how == "hold":
                self.server.hub.go_on.wait(60)
                self.wfile.write(body[half:])
            self.close_connection = how == "cut"

    def log_message(self, *_: object) -> None:
        """Quiet."""
