# SPDX-License-Identifier: GPL-3.0-or-later
"""A web server on this machine with one file, which can be told to misbehave."""

from __future__ import annotations

import hashlib
import http.server

DATA = bytes(range(256)) * 2048  # half a megabyte
SHA = hashlib.sha256(DATA).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves DATA at /file; `spoil` breaks the next answers: "cut", "wrong", "refuse", "no-range"."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.spoil: list[str] = []
        self.ranges: list[str | None] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/file"

    def handle_error(self, request, client_address) -> None:
        """A client that hangs up is part of the tests."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        how = self.server.spoil.pop(0) if self.server.spoil else ""
        if how == "refuse":
            self.send_error(503)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and how != "no-range" else 0
        body = DATA[start:]
        if how == "wrong":
            body = bytes(len(body))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if how == "cut" else body)

    def log_message(self, *_: object) -> None:
        """Quiet."""
