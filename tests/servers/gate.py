"""A gate before an HTTP server: it hands requests on, and can shut, fail, refuse a path, or swallow an answer."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_HOP = ("connection", "transfer-encoding", "content-length", "keep-alive")


class Gate:
    """`port` is where clients come in. `seen` is every request that came: method and path."""

    def __init__(self, port: int) -> None:
        self.seen: list[tuple[str, str]] = []
        self.shut = False  # the line is cut before anything is asked
        self.status = 0  # what is answered to everything, in the server's place
        self.refused = ""  # paths that begin so are answered with 403
        self.swallow = ""  # the next answer to this method does not arrive; the request does
        self.adds: dict[str, str] = {}  # headers that every request is given
        self.before: Callable[[str, str], None] | None = None  # called with method and path before a request goes on
        gate = self

        class Handler(_Handler):
            to = port
            gate_side = gate

        self._http = _Http(("127.0.0.1", 0), Handler)
        self.port = int(self._http.server_address[1])
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    @contextlib.contextmanager
    def state(self, **values: Any) -> Iterator[None]:
        """The gate with other values, for the block."""
        old = {name: getattr(self, name) for name in values}
        for name, value in values.items():
            setattr(self, name, value)
        try:
            yield
        finally:
            for name, value in old.items():
                setattr(self, name, value)


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A line that was cut is nobody's fault here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    to: int
    gate_side: Gate

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._do
        raise AttributeError(name)

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def _do(self) -> None:
        gate = self.gate_side
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        gate.seen.append((self.command, self.path))
        if gate.shut:
            self._cut()
            return
        status = 403 if gate.refused and self.path.startswith(gate.refused) else gate.status
        if status:
            self._say(status, [], b"")
            return
        if gate.before is not None:
            gate.before(self.command, self.path)
        try:
            self._hand_on(body)
        except OSError:
            self._cut()  # the server is not there

    def _hand_on(self, body: bytes) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.to, timeout=60)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            headers |= self.gate_side.adds
            line.request(self.command, self.path, body or None, headers)
            answer = line.getresponse()
            content = answer.read()
        finally:
            line.close()
        if self.gate_side.swallow == self.command:
            self.gate_side.swallow = ""
            self._cut()
            return
        self._say(answer.status, [one for one in answer.getheaders() if one[0].lower() not in _HOP], content)

    def _say(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _cut(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
