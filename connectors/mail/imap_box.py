"""A folder that is open on a line, and looks at single messages in it."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from imapclient.response_parser import parse_fetch_response

from connectors.errors import ProtocolBroken, Unreachable
from connectors.locator import Locator
from connectors.mail.imap_line import Answer, Line, Piece, string
from connectors.mail.imap_names import token

_SIZE = re.compile(rb"\d+ \(UID (\d+) RFC822\.SIZE (\d+)\)")
_UID = re.compile(rb"[( ]UID (\d+)", re.I)
_LENGTH = re.compile(rb"[( ]RFC822\.SIZE (\d+)", re.I)
_FLAGS = re.compile(rb"[( ]FLAGS \(([^)]*)\)", re.I)
_DATE = re.compile(rb'[( ]INTERNALDATE ("[^"]+")', re.I)
_BROKEN = "the mail server answered a FETCH in a way that IMAP does not allow"


@dataclass(slots=True)
class Box:
    """What the server said when the folder was opened."""

    folder: str
    wire: bytes
    uidvalidity: int
    exists: int
    uidnext: int | None = None
    modseq: int | None = None  # None where the folder keeps none
    writable: bool = False
    keeps: frozenset[bytes] | None = (
        None  # PERMANENTFLAGS in lower case; None: the server does not say, which means all
    )
    sticky: bool = True  # UIDs outlive the session
    vanished: tuple[bytes, ...] = ()  # sets of UIDs gone since the modseq that QRESYNC was given

    def may_keep(self, flag: bytes) -> bool:
        """True where a flag that is set stays set; the flag in lower case."""
        return self.keeps is None or flag in self.keeps


@dataclass(frozen=True, slots=True)
class Seen:
    """One message, without its bytes."""

    uid: int
    size: int
    flags: tuple[bytes, ...]
    date: bytes  # as the server writes it, between its quotes

    def token(self, box: Box) -> str:
        """Its version."""
        return token(box.uidvalidity, self.uid, self.size)

    def has(self, flag: bytes) -> bool:
        """True where the flag, in lower case, is set."""
        return any(one.lower() == flag for one in self.flags)


def open_box(line: Line, folder: str, wire: bytes, *, write: bool, since: bytes = b"") -> Box | Answer:
    """The folder, opened anew, so that nothing of an older look is left; or the refusal.

    `since` are parameters of QRESYNC. To open a folder closes the one before without expunging anything (CLOSE would).
    """
    parts = [b"SELECT" if write else b"EXAMINE", string(wire), *([since] if since else [])]
    answer = line.ask(*parts, take={"FETCH": lambda _: None})
    line.expunged = 0
    if answer.status != "OK":
        return answer
    validity, exists = _number(answer, "UIDVALIDITY"), _number(answer, "EXISTS")
    if validity is None or exists is None:
        raise ProtocolBroken("the mail server opens a folder without its UIDVALIDITY, or without counting it")
    kept = answer.texts("PERMANENTFLAGS")
    return Box(
        folder,
        wire,
        validity,
        exists,
        _number(answer, "UIDNEXT"),
        _number(answer, "HIGHESTMODSEQ"),
        write and answer.code != "READ-ONLY" and "READ-ONLY" not in answer.untagged,
        frozenset(kept[-1].strip(b"()").lower().split()) if kept else None,
        "UIDNOTSTICKY" not in answer.untagged,
        tuple(answer.texts("VANISHED")),
    )


def sizes(line: Line, which: bytes) -> tuple[Answer, array[int], array[int]]:
    """UIDs and sizes of a set of messages, in ascending order, each once, however the server answers."""
    uids, lengths = array("L"), array("L")

    def take(pieces: list[Piece]) -> None:
        text = pieces[0]
        match = _SIZE.fullmatch(text) if len(pieces) == 1 and isinstance(text, bytes) else None
        if match:
            uids.append(int(match[1]))
            lengths.append(int(match[2]))
        else:
            uid, size = _number_in(_UID, pieces), _number_in(_LENGTH, pieces)
            if uid is not None and size is not None:
                uids.append(uid)
                lengths.append(size)

    answer = line.ask(b"UID FETCH", which, b"(UID RFC822.SIZE)", take={"FETCH": take})
    if any(uids[number] >= uids[number + 1] for number in range(len(uids) - 1)):
        pairs = sorted(dict(zip(uids, lengths, strict=True)).items())
        uids, lengths = array("L", [uid for uid, _ in pairs]), array("L", [size for _, size in pairs])
    return answer, uids, lengths


def look(line: Line, uid: int, locator: Locator | None = None) -> Seen | None:
    """The message, None where the server says that there is none. Raises on every other answer."""
    found: list[Seen] = []

    def take(pieces: list[Piece]) -> None:
        text = b"".join(piece[0] if isinstance(piece, tuple) else piece for piece in pieces)
        size, flags, date = _LENGTH.search(text), _FLAGS.search(text), _DATE.search(text)
        if _number_in(_UID, pieces) == uid and size and flags and date:
            found.append(Seen(uid, int(size[1]), tuple(flags[1].split()), date[1]))

    ask = (b"UID FETCH", b"%d" % uid, b"(UID FLAGS INTERNALDATE RFC822.SIZE)")
    line.ask(*ask, take={"FETCH": take}).check("a look at the message", locator)
    if not found and has(line, uid, locator):
        raise Unreachable("the mail server has the message and does not tell of it", locator)
    return found[-1] if found else None


def has(line: Line, uid: int, locator: Locator | None = None) -> bool:
    """True where the folder has the message: two different questions must both be answered, and both with no."""
    found: list[int | None] = []
    fetched = line.ask(
        b"UID FETCH", b"%d" % uid, b"(UID)", take={"FETCH": lambda pieces: found.append(_number_in(_UID, pieces))}
    )
    fetched.check("a look at the message", locator)
    if uid in found:
        return True
    return uid in search(line, b"UID %d" % uid, locator=locator)


def search(line: Line, criteria: bytes, locator: Locator | None = None) -> list[int]:
    """The UIDs that a search finds, ascending."""
    answer = line.ask(b"UID SEARCH", criteria).check("searching the folder", locator)
    if "SEARCH" not in answer.untagged:
        raise ProtocolBroken(_BROKEN, locator)
    words = b" ".join(answer.texts("SEARCH")).split()
    return sorted({int(word) for word in words if word.isdigit()})


def bodies(give: Callable[[int, int | None, bytes], None]) -> Callable[[list[Piece]], None]:
    """What takes FETCH responses and gives UID, size and bytes of each message that is whole in one."""

    def take(pieces: list[Piece]) -> None:
        literals = [piece for piece in pieces if isinstance(piece, tuple)]
        uid, size = _number_in(_UID, pieces), _number_in(_LENGTH, pieces)
        if len(literals) == 1 and uid is not None:
            give(uid, size, literals[0][1])
        elif not literals and isinstance(pieces[0], bytes) and b"BODY[" in pieces[0].upper():
            for number, told in parse_fetch_response(list(pieces)).items():  # a short one between quotes, or NIL
                body = next((value for key, value in told.items() if key.startswith(b"BODY[")), None)
                size = told.get(b"RFC822.SIZE")
                if isinstance(body, bytes) and isinstance(size, int):
                    give(number, size, body)

    return take


def _number(answer: Answer, kind: str) -> int | None:
    texts = answer.texts(kind)
    return int(texts[-1]) if texts and texts[-1].isdigit() else None


def _number_in(pattern: re.Pattern[bytes], pieces: Iterable[Piece]) -> int | None:
    text = b" ".join(piece[0] if isinstance(piece, tuple) else piece for piece in pieces)
    match = pattern.search(text)
    return int(match[1]) if match else None
