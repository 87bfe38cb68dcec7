"""A line between a client and a server that can be cut, stalled, slowed, and listened to."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

Change = Callable[[bytes], bytes]


def _as_it_is(data: bytes) -> bytes:
    return data


class Proxy:
    """Stands between the connector and a server on loopback. `port` is where clients come in.

    `heard` is called with every piece of bytes a client sends, before the server gets it: the place to do something at
    one exact moment. `to_client` and `to_server` may change the pieces. `sent` counts bytes that clients were given.
    """

    def __init__(self, port: int, heard: Callable[[bytes], None] | None = None) -> None:
        self._to = port
        self._open: list[socket.socket] = []
        self._cut = False
        self._flowing = threading.Event()
        self._flowing.set()
        self.pause = 0.0  # seconds before every piece that goes to a client
        self.piece = 65536  # bytes at most a piece
        self.heard = heard
        self.to_client: Change = _as_it_is
        self.to_server: Change = _as_it_is
        self.sent = 0
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        """No line: those that are open break, new ones are closed at once."""
        self._cut = True
        self.drop()
        try:
            yield
        finally:
            self._cut = False

    def drop(self) -> None:
        """Break the lines that are open; new ones are taken."""
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    @contextlib.contextmanager
    def stalled(self) -> Iterator[None]:
        """Lines stay open and new ones are taken, but nothing passes in either direction."""
        self._flowing.clear()
        try:
            yield
        finally:
            self._flowing.set()

    def close(self) -> None:
        with self.cut():
            self._flowing.set()
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # else the thread in accept() would keep it open
            self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._cut:
                    client.close()
                    continue
                self.connections += 1
                try:
                    server = socket.create_connection(("127.0.0.1", self._to))
                except OSError:
                    client.close()
                    continue
                for one in (client, server):  # else small pieces wait for each other
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open += [client, server]
                for one, other, back in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._pump, args=(one, other, back), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, back: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(self.piece):
                if back and self.pause:
                    time.sleep(self.pause)
                if not back and self.heard is not None:
                    self.heard(data)
                self._flowing.wait()
                data = self.to_client(data) if back else self.to_server(data)
                target.sendall(data)
                self.sent += len(data) if back else 0
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
