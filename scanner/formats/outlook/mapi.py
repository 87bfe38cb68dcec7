"""A MAPI message as records: what Outlook's own formats (msg, winmail.dat, pst) have in common.

All bodies are read, since they may differ. A string property that nothing here knows is text of the message; so are
words inside binary ones. What is left out stands in `mapi_ids`: names of kinds, and ids that look like addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from connectors.base import GapReason
from scanner.formats import charset
from scanner.formats.base import Found
from scanner.formats.mail import mail, mime
from scanner.formats.outlook import mapi_contact, mapi_ids, mapi_lzfu, mapi_people
from scanner.formats.outlook.mapi_named import HEADER
from scanner.formats.outlook.mapi_people import People
from scanner.formats.outlook.mapi_values import BINARY, MANY, Properties, Raw
from scanner.formats.web import html
from scanner.records import Record, Role, Steps, Unread

_KINDS = (
    ("ipm.contact", "card"),
    ("ipm.distlist", "card"),
    ("ipm.abperson", "card"),
    ("ipm.appointment", "event"),
    ("ipm.task", "todo"),
)
_HEADERS_FIRST = re.compile(r"\s*Microsoft Mail Internet Headers[^\n]*\n")
_PREFIX = re.compile(r"\A\x01.", re.DOTALL)  # [MS-PST] 2.5.3.1.1.1: the length of `RE: `
_WIDE_RUN = re.compile(rb"(?:[\x20-\x7e\xa0-\xff]\0|[\0-\xff][\x01\x03\x04]){4,}")
_NARROW_RUN = re.compile(rb"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{3,255}")
_LEAST_TEXT = 24  # bytes: fewer may be text by chance
_GUID = re.compile(r"\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?")
_SPACE = re.compile(r"\s+")


def kind_of(found: Properties) -> str:
    """The record's kind, by the message class: card, event, todo or message."""
    name = found.text(mapi_ids.CLASS).lower()
    return next((kind for start, kind in _KINDS if name.startswith(start)), "message")


def message(
    found: Properties, recipients: Sequence[Properties], steps: Steps = (), extra: Sequence[tuple[Role, str]] = ()
) -> Iterator[Found]:
    """The record of one message, and gaps for bodies that cannot be read. `extra` are texts of its place."""
    record = Record(steps, kind_of(found), list(dict.fromkeys(extra)))
    people = People()
    attends = record.kind == "event"
    mapi_people.senders(people, found, organizes=attends)
    mapi_people.recipients(people, recipients, attends=attends)
    mapi_people.shown(people, found, attends=attends)
    mapi_people.others(people, found)
    if record.kind == "card":
        mapi_contact.contact(people, found)
        mapi_contact.members(people, found)
    texts = _Texts(record)
    _subject(texts, found)
    problems = list(_bodies(texts, found, steps))
    _headers(texts, people, found)
    _rest(texts, people, found, recipients)
    for trace in dict.fromkeys(people.traces):
        texts.add(Role.TRACE, trace)
    record.entities = people.settled()
    yield record
    yield from problems


class _Texts:
    """The texts of a record, each once."""

    def __init__(self, record: Record) -> None:
        self._texts = record.texts
        self._seen: set[str] = set()

    def add(self, role: Role, text: str) -> None:
        """A text, if it was not added yet, whatever its white space."""
        key = _SPACE.sub(" ", text).strip()
        if key and key not in self._seen:
            self._seen.add(key)
            self._texts.append((role, text))

    def know(self, text: str) -> None:
        """A value that stands elsewhere in the record."""
        self._seen.add(_SPACE.sub(" ", text).strip())


def _subject(texts: _Texts, found: Properties) -> None:
    subject = _PREFIX.sub("", found.text(mapi_ids.SUBJECT))
    texts.add(Role.SUBJECT, subject)
    for key in (0x0E1D, 0x0070, 0x0049):  # normalized, of the conversation, original
        other = _PREFIX.sub("", found.text(key))
        if other and other not in subject:
            texts.add(Role.SUBJECT, other)
        texts.know(other)


# Bodies


def _bodies(texts: _Texts, found: Properties, steps: Steps) -> Iterator[Unread]:
    plain = found.text(mapi_ids.BODY)
    texts.add(Role.BODY, plain)
    if "-----BEGIN PGP MESSAGE-----" in plain:
        yield Unread(steps, GapReason.ENCRYPTED, "PGP in the text")
    markup = _markup(found)
    if markup:
        texts.add(Role.BODY, html.render(markup))
    compressed = found.data(mapi_ids.RTF)
    if compressed:
        try:
            texts.add(Role.BODY, _rich(compressed))
        except Exception as fault:  # whatever its reader meets; the rest of the message is fine
            yield Unread(steps, GapReason.UNREADABLE, f"RTF body ({type(fault).__name__})")


def _markup(found: Properties) -> str:
    """PidTagHtml is bytes in the code page of the message; older stores keep a string (PidTagBodyHtml)."""
    text = found.text(mapi_ids.HTML)
    data = found.data(mapi_ids.HTML)
    return text or (html.decode(data, found.charset) if data else "")


def _rich(compressed: bytes) -> str:
    from scanner.formats.rtf import rtf  # noqa: PLC0415 - few messages have only this, and it is a large reader

    data = mapi_lzfu.decompress(compressed)
    if not data and compressed.strip(b"\0"):
        raise ValueError
    return rtf.text(data) if data else ""


# Everything else


def _headers(texts: _Texts, people: People, found: Properties) -> None:
    """PidTagTransportMessageHeaders, and header fields that are kept as named properties."""
    text = _HEADERS_FIRST.sub("", found.text(mapi_ids.HEADERS))
    fields, end = mime.headers(text.encode()) if text else ([], 0)
    named = [key for key, _, _ in found.entries if isinstance(key, str) and key.startswith(HEADER)]
    fields = fields + [(key.removeprefix(HEADER), found.text(key)) for key in named]
    record = mail.header_record(fields)
    people.add_all(record.entities)
    for role, value in record.texts:
        texts.add(role, value)
    texts.add(Role.TRACE, text.encode()[end:].decode("utf-8", "replace"))


_READ = frozenset(
    {
        mapi_ids.HEADERS, mapi_ids.BODY, mapi_ids.HTML, mapi_ids.RTF, mapi_ids.SUBJECT, mapi_ids.REPLY_NAMES,
        mapi_ids.TASK_OWNER, mapi_ids.TASK_LAST_USER, *mapi_ids.RELATED, *mapi_ids.SHOWN_ATTENDEES,
        *(key for key, _ in mapi_ids.SHOWN),
    }
)  # fmt: skip


def _rest(texts: _Texts, people: People, found: Properties, recipients: Sequence[Properties]) -> None:
    known = {_folded(fact.value) for entity in people.entities for fact in entity.facts}
    known.update(map(_folded, people.traces))
    for row in (found, *recipients):
        for key, kind, raw in row.entries:
            if key in mapi_ids.DULL or key in _READ or (isinstance(key, str) and key.startswith(HEADER)):
                continue
            if kind & ~MANY == BINARY:
                if key not in mapi_ids.DULL_BINARY:
                    _words(texts, raw, known)
                continue
            for text in row.strings(kind, raw):
                if _folded(text) not in known and text not in _ADDRESS_TYPES:
                    texts.add(Role.TRACE if "/o=" in text.lower() else Role.BODY, text)


def _folded(text: str) -> str:
    return _SPACE.sub(" ", text).strip(" '").casefold()


_ADDRESS_TYPES = frozenset({"SMTP", "EX", "FAX", "MAPIPDL", "X400", "ZERO", "UNKNOWN"})


def _words(texts: _Texts, raw: Raw, known: set[str]) -> None:
    """Bytes that nothing here knows: text in disguise, or runs of letters in recurrences and lists of names."""
    for data in [raw] if isinstance(raw, bytes) else raw:
        if len(data) >= _LEAST_TEXT and not charset.is_binary(data):
            text = html.decode(data)
            texts.add(Role.BODY, html.render(text) if "<" in text else text)
            continue
        found = [run[0].decode("utf-16-le", "replace") for run in _WIDE_RUN.finditer(data)]
        found += [run[0].decode("ascii") for run in _NARROW_RUN.finditer(data)]
        for text in found:
            if _folded(text) not in known and text not in _ADDRESS_TYPES and not _GUID.fullmatch(text):
                texts.add(Role.TRACE, text)
