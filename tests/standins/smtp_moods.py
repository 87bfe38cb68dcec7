"""A mail server on loopback with one mood: it refuses, wants a password, speaks TLS, or cuts the line (RFC 5321)."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Moods:
    """What it does besides taking mail. `certificate`: a file with key and certificate, for `tls` or `starttls`.

    `says` replaces the answer to a verb; "" cuts the line there. `password` is the only one that is taken.
    """

    certificate: Path | None = None
    tls: bool = False
    starttls: bool = False
    password: str = ""
    says: dict[str, str] = field(default_factory=dict)
    cut_after_data: bool = False
    port: int = 0
    taken: list[bytes] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)


@contextlib.contextmanager
def smtp_with(moods: Moods) -> Iterator[Moods]:
    """The server, for as long as the block runs."""
    listener = socket.create_server(("127.0.0.1", 0))
    moods.port = listener.getsockname()[1]
    threading.Thread(target=_serve, args=(listener, moods), daemon=True).start()
    try:
        yield moods
    finally:
        listener.shutdown(socket.SHUT_RDWR)  # a waiting accept would take one more
        listener.close()


def _serve(listener: socket.socket, moods: Moods) -> None:
    while True:
        try:
            line, _ = listener.accept()
        except OSError:
            return
        with contextlib.suppress(OSError):
            _talk(_safe(line, moods) if moods.tls else line, moods)


def _safe(line: socket.socket, moods: Moods) -> socket.socket:
    assert moods.certificate is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(moods.certificate)
    return context.wrap_socket(line, server_side=True)


def _talk(line: socket.socket, moods: Moods) -> None:
    lines = line.makefile("rb")
    line.sendall(b"220 moody.example ESMTP\r\n")
    while raw := lines.readline():
        verb, _, rest = raw.decode("ascii", "replace").strip().partition(" ")
        verb = verb.upper()
        moods.verbs.append(verb)
        said = moods.says.get(verb, _usual(verb, rest, moods))
        if not said:
            break
        line.sendall(f"{said}\r\n".encode())
        if verb == "QUIT":
            break
        if verb == "STARTTLS" and said.startswith("220"):
            line = _safe(line, moods)
            lines = line.makefile("rb")
        if verb == "DATA" and said.startswith("354"):
            taken = []
            while (raw := lines.readline()) not in (b".\r\n", b""):
                taken.append(raw[1:] if raw.startswith(b".") else raw)
            moods.taken.append(b"".join(taken))
            if moods.cut_after_data:
                break
            line.sendall(b"250 ok\r\n")
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()


def _usual(verb: str, rest: str, moods: Moods) -> str:
    if verb == "EHLO":
        offers = ["STARTTLS"] * moods.starttls + ["AUTH PLAIN"] * bool(moods.password) + ["8BITMIME"]
        return "\r\n".join(["250-moody.example", *(f"250-{one}" for one in offers[:-1]), f"250 {offers[-1]}"])
    if verb == "AUTH":
        given = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")[-1]
        return "235 welcome" if given == moods.password else "535 5.7.8 who are you"
    return {"DATA": "354 go on", "QUIT": "221 bye", "STARTTLS": "220 begin"}.get(verb, "250 ok")
