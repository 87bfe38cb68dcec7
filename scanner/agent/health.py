"""How the agent is, over HTTP: /health (JSON) and /metrics (Prometheus), for this machine alone.

On a loopback address only requests that name it so are answered, so that no page in a browser can ask under a name of
its own (DNS rebinding). A client has SECONDS for everything, and only so many are heard at once; none can make the
agent wait, or gather memory.
"""

from __future__ import annotations

import errno
import ipaddress
import json
import os
import socket
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from connectors.errors import ConfigError
from scanner.agent.metrics import CONTENT_TYPE, metrics
from scanner.agent.status import Snapshot
from scanner.agent.status_json import as_json

SECONDS: Final = 5.0  # for a client to ask and to take the answer
AT_ONCE: Final = 8  # clients
UNIX: Final = "unix:"

_KEPT: Final = 1.0  # seconds that an answer is good for
_JSON: Final = "application/json"


class Health:
    """The endpoint of `[health] listen`: `127.0.0.1:9618`, `[::1]:9618` or `unix:/path`; "": none.

    `snapshot` is called from threads of its own, one at a time.
    """

    def __init__(self, listen: str, snapshot: Callable[[], Snapshot]) -> None:
        self._listen = listen
        self._answers = _Answers(snapshot)
        self._server: _Server | None = None

    @property
    def address(self) -> tuple[str, int] | str | None:
        """Where it listens: host and port, or the path of a socket; None while it does not."""
        if self._server is None:
            return None
        found = self._server.server_address
        return found if isinstance(found, str) else (str(found[0]), int(found[1]))

    def start(self) -> None:
        """Listen. Raises ConfigError where that cannot be: the address is taken, or is not this machine's own."""
        if not self._listen or self._server is not None:
            return
        try:
            server = _listening(self._listen, self._answers)
        except OSError as error:
            raise ConfigError([f"[health] listen: {_why(error)}"]) from None
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.2,), name="health", daemon=True).start()

    def stop(self) -> None:
        """Listen no more, and take the socket away. Safe to call twice."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()


class _Answers:
    """What is asked for, made anew after a second, and never twice at the same time."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot
        self._lock = threading.Lock()
        self._made: tuple[int, bytes, bytes] | None = None
        self._until = 0.0

    def get(self) -> tuple[int, bytes, bytes]:
        """The status of /health, its body, and that of /metrics."""
        with self._lock:
            if self._made is None or time.monotonic() >= self._until:
                self._made = self._make()
                self._until = time.monotonic() + _KEPT
            return self._made

    def _make(self) -> tuple[int, bytes, bytes]:
        try:
            one = self._snapshot()
            status = HTTPStatus.OK if one.code == 0 else HTTPStatus.SERVICE_UNAVAILABLE
            return status, json.dumps(as_json(one)).encode(), metrics(one)
        except Exception as error:  # a full disk, a locked record: told by its kind alone
            said = {"ok": False, "problems": [f"the agent cannot tell how it is ({type(error).__name__})"]}
            return HTTPStatus.SERVICE_UNAVAILABLE, json.dumps(said).encode(), b""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "gallra"
    sys_version = ""
    timeout = SECONDS

    def do_GET(self) -> None:
        """What was asked for, if it may be."""
        if not self.server.is_named(self.headers.get_all("Host", [])):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        path = self.path.partition("?")[0]
        if path not in ("/health", "/metrics"):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        status, health, told = self.server.answers.get()
        if path == "/health":
            self._answer(status, _JSON, health)
        else:
            self._answer(HTTPStatus.OK if told else HTTPStatus.SERVICE_UNAVAILABLE, CONTENT_TYPE, told)

    def do_HEAD(self) -> None:
        """The same without its body."""
        self.do_GET()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """The code's own words: nothing that was asked is repeated. Unknown methods are not allowed ones."""
        del message, explain
        if code == HTTPStatus.NOT_IMPLEMENTED:
            code = HTTPStatus.METHOD_NOT_ALLOWED
        self._answer(code, "text/plain; charset=utf-8", f"{HTTPStatus(code).phrase}\n".encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.close_connection = True
        self.send_response(status)
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the library's names
        """Nothing: what a client sends is not for the log."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = AT_ONCE

    def __init__(self, address: Any, answers: _Answers) -> None:  # noqa: ANN401 - a path or a pair
        self.answers = answers
        self._free = threading.BoundedSemaphore(AT_ONCE)
        super().__init__(address, _Handler, bind_and_activate=False)

    def is_named(self, hosts: list[str]) -> bool:
        """True where a request is for this server by its own address, or says no name at all."""
        raise NotImplementedError

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the library's
        """A thread for the client, unless too many are heard already."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:  # the system gives no more threads
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the library's
        """Hear the client, and cut the line when its time is over: a limit on each read alone can be dripped past."""
        cut = threading.Timer(SECONDS, _cut, (request,))
        cut.daemon = True
        cut.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            cut.cancel()
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the library's
        """Nothing: a client that leaves in the middle is no news, and tracebacks are for nobody."""


class _Loopback(_Server):
    def __init__(self, host: str, port: int, answers: _Answers) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), answers)

    def server_bind(self) -> None:
        """Without the library's look-up of the machine's name."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def is_named(self, hosts: list[str]) -> bool:
        """By its address or as localhost, with its port or none."""
        shown = f"[{self.server_name}]" if ":" in self.server_name else self.server_name
        good = {name + end for name in (shown, "localhost") for end in ("", f":{self.server_port}")}
        return len(hosts) <= 1 and all(one.strip().lower() in good for one in hosts)


class _Unix(_Server):
    address_family = socket.AF_UNIX

    def __init__(self, path: Path, answers: _Answers) -> None:
        self._path = path
        self._made: tuple[int, int] | None = None
        super().__init__(str(path), answers)

    def server_bind(self) -> None:
        """At its path, for the owner alone before anybody can connect."""
        _make_way(self._path)
        self.socket.bind(str(self._path))
        self._path.chmod(0o600)
        self._made = _which(self._path)
        self.server_name, self.server_port = "localhost", 0

    def server_close(self) -> None:
        """Close, and take the socket away if it is still ours."""
        super().server_close()
        with suppress(OSError):
            if self._made is not None and _which(self._path) == self._made:
                self._path.unlink()

    def is_named(self, hosts: list[str]) -> bool:
        """No browser reaches a socket in a folder."""
        del hosts
        return True


def _listening(listen: str, answers: _Answers) -> _Server:
    server = _Unix(Path(listen.removeprefix(UNIX)), answers) if listen.startswith(UNIX) else _loopback(listen, answers)
    try:
        server.server_bind()
        server.server_activate()
    except BaseException:
        server.server_close()
        raise
    return server


def _why(error: OSError) -> str:
    """What the system said, and what helps."""
    hints = {
        errno.EADDRINUSE: "another program listens there; name another port",
        errno.ENOENT: "the folder of the socket is not there; make it, or name another",
        errno.EACCES: "this user may not listen there; name another port above 1023, or a folder of its own",
    }
    said = os.strerror(error.errno) if error.errno else "cannot be"
    return f"{said}: {hints[error.errno]}" if error.errno in hints else said


def _loopback(listen: str, answers: _Answers) -> _Server:
    host, _, port = listen.rpartition(":")
    try:
        host = host.removeprefix("[").removesuffix("]")
        if ipaddress.ip_address(host).is_loopback:
            return _Loopback(host, int(port), answers)
    except ValueError:
        pass
    raise ConfigError(["[health] listen: must be an address of this machine alone, as in 127.0.0.1:9618"])


def _make_way(path: Path) -> None:
    """Take a socket away that nobody listens at any more. Raises ConfigError for anything else at its place."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise ConfigError(["[health] listen: something else than a socket stands at that path; name another"])
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1.0)
        try:
            line.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except OSError:
            pass
    raise ConfigError(["[health] listen: another process listens at that path; name another"])


def _which(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_dev, found.st_ino


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
