"""A mail server on loopback that takes every message, keeps it, and sends nothing on (RFC 5321, the little of it)."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

GREETING = b"220 sink.example ESMTP\r\n"


@dataclass(frozen=True)
class Mail:
    """One message as it was handed over."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes

    @property
    def message(self) -> EmailMessage:
        found = message_from_bytes(self.data, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def method(self) -> str:
        """The iTIP method of the text/calendar part."""
        for part in self.message.walk():
            if part.get_content_type() == "text/calendar":
                return str(part.get_param("method", "")).upper()
        return ""


class Sink:
    """`port` on loopback; what was taken is in `mails`."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self._lock = threading.Lock()
        sink = self

        class Talk(_Talk):
            def keep(self, mail: Mail) -> None:
                with sink._lock:
                    sink.mails.append(mail)

        self._server = _Server(("127.0.0.1", 0), Talk)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def told(self) -> list[tuple[str, str]]:
        """Who was sent what: (recipient, method), sorted."""
        with self._lock:
            return sorted((one, mail.method) for mail in self.mails for one in mail.recipients)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def smtp_sink() -> Iterator[Sink]:
    sink = Sink()
    try:
        yield sink
    finally:
        sink.close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Talk(socketserver.StreamRequestHandler):
    """One session."""

    def keep(self, mail: Mail) -> None:
        raise NotImplementedError

    def handle(self) -> None:
        self._sender, self._recipients = "", list[str]()
        self.wfile.write(GREETING)
        while line := self.rfile.readline():
            verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            answer = self._answer(verb.upper(), rest)
            self.wfile.write(answer)
            if verb.upper() == "QUIT":
                return

    def _answer(self, verb: str, rest: str) -> bytes:
        if verb in ("HELO", "EHLO"):
            return b"250-sink.example\r\n250 8BITMIME\r\n" if verb == "EHLO" else b"250 sink.example\r\n"
        if verb == "MAIL":
            self._sender, self._recipients = _address(rest), []
        elif verb == "RCPT":
            self._recipients.append(_address(rest))
        elif verb == "DATA":
            self._data()
        elif verb == "QUIT":
            return b"221 bye\r\n"
        elif verb not in ("RSET", "NOOP"):
            return b"502 not here\r\n"
        return b"250 ok\r\n"

    def _data(self) -> None:
        self.wfile.write(b"354 go on\r\n")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        self.keep(Mail(self._sender, tuple(self._recipients), b"".join(lines)))


def _address(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0].lower()
