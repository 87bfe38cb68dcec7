"""One connection to a mail server: a command, and its answer as it comes.

IMAPClient connects, speaks TLS and SASL, and reads responses one by one; it keeps whole answers in memory and asks one
thing at a time. Here answers are handed on while they come, and commands may be sent before the last one is answered.
Nothing that a server says is logged or put into an error.
"""

from __future__ import annotations

import base64
import imaplib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, ProtocolError

from connectors.errors import ConnectorError, ProtocolBroken, Throttled, Unreachable
from connectors.locator import Locator
from connectors.mail.imap_errors import Dropped, farewell, refusal
from connectors.mail.imap_names import quoted, ranges

Piece = bytes | tuple[bytes, bytes]  # of one response: text, or text that ends in a literal, and the literal
Take = Callable[[list[Piece]], None]

_CODE = re.compile(rb"\[([A-Za-z0-9-]+)(?: ([^\]]*))?\]")
_CHUNK = 1 << 20
_GOODBYE = 2.0  # seconds
_DEAD = "the line to the mail server was cut"
_STALL = "the mail server has not answered in time; see `timeout`"
_BROKEN = "the mail server answered what IMAP does not allow"


class Literal(bytes):
    """A string that goes over the line as it is, after its length."""


def string(wire: bytes) -> bytes:
    """A string as it is sent."""
    found = quoted(wire)
    return Literal(wire) if found is None else found


@dataclass(slots=True)
class Answer:
    """What a command was answered. `code` is the response code's name, `told` what stands after it."""

    status: str = ""
    code: str = ""
    told: bytes = b""
    untagged: dict[str, list[list[Piece]]] = field(default_factory=dict)

    def texts(self, kind: str) -> list[bytes]:
        """The responses of a kind that hold no literals."""
        found = self.untagged.get(kind, [])
        return [one[0] for one in found if len(one) == 1 and isinstance(one[0], bytes)]

    def check(self, what: str, locator: Locator | None = None) -> Answer:
        """Itself. Raises the contract's error where it is a refusal."""
        if self.status != "OK":
            raise refusal(self.status, self.code, what, locator)
        return self


@dataclass(slots=True)
class Flight:
    """A command that was sent, and what has come of its answer."""

    tag: bytes
    take: Mapping[str, Take]
    answer: Answer = field(default_factory=Answer)
    error: ConnectorError | None = None


class Line:
    """A connection, signed in or about to be."""

    def __init__(self, client: IMAPClient) -> None:
        self.client = client
        self._imap: Any = client._imap
        self._imap.debug = 0  # IMAPClient has every line logged
        self._flight: Flight | None = None  # what was sent and is not yet answered
        self.capabilities: frozenset[str] = frozenset()
        self.expunged = 0  # messages that the server said left the selected folder
        self.dead = False

    def learn(self) -> None:
        """Ask what the server can do, as it says by now."""
        with self.wired():
            self._imap.untagged_responses.clear()
        words = b" ".join(self.ask(b"CAPABILITY").check("telling what it can do").texts("CAPABILITY"))
        self.capabilities = frozenset(words.decode("ascii", "replace").upper().split())

    def has(self, *names: str) -> bool:
        """True where the server offers all of it."""
        return self.capabilities.issuperset(names)

    def ask(self, *parts: bytes, take: Mapping[str, Take] | None = None) -> Answer:
        """Send a command and wait for its end; `take` gets the responses of its kinds as they come."""
        return self.finish(self.start(*parts, take=take))

    def start(self, *parts: bytes, take: Mapping[str, Take] | None = None) -> Flight:
        """Send a command. What was sent before is waited for, so that a folder stays the selected one till then."""
        if self._flight is not None:
            with suppress(ConnectorError):  # told where that answer is asked for
                self.finish(self._flight)
        if self.dead:
            raise Dropped(_DEAD)
        with self.wired():
            flight = Flight(self._imap._new_tag(), take or {})
            self._send(flight, parts)
        self._flight = flight
        return flight

    def finish(self, flight: Flight) -> Answer:
        """The answer of a command that was sent. Raises Unreachable, Throttled, ProtocolBroken."""
        if flight is self._flight:
            self._flight = None
            try:
                with self.wired():
                    while self._imap.tagged_commands[flight.tag] is None:
                        self._next(flight)
                    self._end(flight)
            except ConnectorError as error:
                flight.error = error
        if flight.error is not None:
            raise flight.error
        return flight.answer

    def authenticate(self, mechanism: str, secret: bytes) -> Answer:
        """Sign in by SASL, with an initial response of the client's and nothing more (RFC 3501, 6.2.2)."""
        replies = [base64.b64encode(secret), b"", b""]  # a refusal of XOAUTH2 wants an empty answer before it is told
        with self.wired():
            flight = Flight(self._imap._new_tag(), {})
            self._imap.send(flight.tag + b" AUTHENTICATE " + mechanism.encode() + b"\r\n")
            while self._imap.tagged_commands[flight.tag] is None:
                if self._imap._get_response() is not None:
                    self._hand_on(flight)
                elif replies:
                    self._imap.send(replies.pop(0) + b"\r\n")
                else:
                    raise ProtocolBroken(_BROKEN)
            self._end(flight)
        return flight.answer

    def close(self) -> None:
        """Say goodbye and hang up. Neither expunges anything (CLOSE would). Safe to call twice."""
        if not self.dead and self._flight is None:
            with suppress(ConnectorError, OSError):
                self.client.socket().settimeout(_GOODBYE)
                self.ask(b"LOGOUT", take={"BYE": lambda _: None})
        self.hang_up()

    def hang_up(self) -> None:
        """Let go of the socket."""
        self.dead = True
        with suppress(Exception):
            self.client.shutdown()

    @contextmanager
    def wired(self) -> Iterator[None]:
        """The client's and the system's errors as the contract's. After most of them the line is of no more use."""
        try:
            yield
        except (Dropped, Throttled, ProtocolBroken):
            self.hang_up()
            raise
        except TimeoutError:
            self.hang_up()
            raise Unreachable(_STALL) from None  # not at once again: who did not answer then will not now
        except OSError:
            self.hang_up()
            raise Dropped(_DEAD) from None
        except imaplib.IMAP4.abort as error:
            self.hang_up()
            raise ProtocolBroken(_BROKEN) if "unexpected" in str(error) else Dropped(_DEAD) from None
        except (imaplib.IMAP4.error, IMAPClientError, ProtocolError, ValueError, OverflowError):
            self.hang_up()
            raise ProtocolBroken(_BROKEN) from None

    # -- details

    def _send(self, flight: Flight, parts: tuple[bytes, ...]) -> None:
        waiting = flight.tag
        for part in parts:
            if isinstance(part, Literal):
                self._imap.send(waiting + b" {%d}\r\n" % len(part))
                if not self._may_go_on(flight):
                    return
                for start in range(0, len(part), _CHUNK):
                    self._imap.send(part[start : start + _CHUNK])
                waiting = b""
            else:
                waiting += b" " + part
        self._imap.send(waiting + b"\r\n")

    def _may_go_on(self, flight: Flight) -> bool:
        """True when the server takes the literal; False when it has ended the command."""
        while self._imap.tagged_commands[flight.tag] is None:
            if self._imap._get_response() is None:
                return True
            self._hand_on(flight)
        return False

    def _next(self, flight: Flight) -> None:
        if self._imap._get_response() is None:
            raise ProtocolBroken(_BROKEN)
        self._hand_on(flight)

    def _hand_on(self, flight: Flight) -> None:
        fresh, self._imap.untagged_responses = self._imap.untagged_responses, {}
        for kind, pieces in fresh.items():
            if kind == "BYE" and flight.take.get("BYE") is None:
                match = _CODE.match(pieces[0])
                raise farewell(pieces[0], match[1].decode().upper() if match else "")
            self._count(kind, pieces)
            if kind in flight.take:
                flight.take[kind](pieces)
            else:
                flight.answer.untagged.setdefault(kind, []).append(pieces)

    def _count(self, kind: str, pieces: list[Piece]) -> None:
        if kind == "EXPUNGE":
            self.expunged += 1
        elif kind == "VANISHED" and isinstance(pieces[0], bytes) and not pieces[0].upper().startswith(b"(EARLIER)"):
            self.expunged += sum(high - low + 1 for low, high in ranges(pieces[0]))

    def _end(self, flight: Flight) -> None:
        status, data = self._imap.tagged_commands.pop(flight.tag)
        self._hand_on(flight)
        flight.answer.status = status
        match = _CODE.match(data[0])
        if match:
            flight.answer.code, flight.answer.told = match[1].decode("ascii").upper(), match[2] or b""
