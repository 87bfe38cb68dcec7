"""A webhook's server on loopback that takes what is posted and keeps it, or misbehaves as it is told to.

`answers` are used up one a request: a status, with headers or without, or one of HANG (silent until the end), DRIP (a
byte of an answer every now and then, for ever) and CUT (the line is closed without an answer). Then it is 200.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HANG, DRIP, CUT = -1, -2, -3


@dataclass(frozen=True)
class Posted:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Hook:
    """What it answers, and what it was sent. `certificate`: a file with key and certificate; None: plain HTTP."""

    answers: list[int | tuple[int, dict[str, str]]] = field(default_factory=list)
    certificate: Path | None = None
    posted: list[Posted] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}/in?key=secret-path"


@contextlib.contextmanager
def hook_sink(hook: Hook) -> Iterator[Hook]:
    """The server, for as long as the block runs."""

    class Talk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            hook.posted.append(Posted(self.command, self.path, dict(self.headers), body))
            answer = hook.answers.pop(0) if hook.answers else 200
            if isinstance(answer, int) and answer < 0:
                self._misbehave(answer)
                return
            status, headers = (answer, {}) if isinstance(answer, int) else answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        do_GET = do_POST  # noqa: N815 - the library's names: who follows a redirect may come with this

        def _misbehave(self, how: int) -> None:
            self.close_connection = True
            if how == HANG:
                hook.over.wait(60)
            elif how == DRIP:
                with contextlib.suppress(OSError):
                    self.wfile.write(b"HTTP/1.1 ")
                    while not hook.over.wait(0.1):
                        self.wfile.write(b"2")
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Talk)
    server.daemon_threads, server.block_on_close = True, False
    hook.port = int(server.server_address[1])
    if hook.certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(hook.certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that does not trust us
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield hook
    finally:
        hook.over.set()
        server.shutdown()
        server.server_close()
