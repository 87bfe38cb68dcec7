"""The person out of a mail that others wrote: masked in its text, subject and trace, and no longer in its lists.

A mail that the person wrote is theirs and leaves whole or stays: it is not amended. Seals of servers (DKIM, ARC) and
ids stay as they are. What cannot be masked is found by a last reading, and refuses the whole.
"""

from __future__ import annotations

import re
from email.header import Header

from scanner.blob import Blob
from scanner.formats.mail import encoded, inline_files, mail, mime
from scanner.formats.web import html
from scanner.limits import Limits
from scanner.records import Record, Role
from scanner.surgery import registry
from scanner.surgery.base import CannotEdit, Edits, Person
from scanner.surgery.mail.lists import without
from scanner.surgery.mail.parts import Place, bodies
from scanner.surgery.mail.splice import Change
from scanner.surgery.mail.transfer import encoded_as
from scanner.surgery.text.passages import bare

_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)\n?", re.MULTILINE)
_LISTS = frozenset({"to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc", "apparently-to"})
_SEALS = ("arc-", "dkim-")
_HTML = ("text/html", "text/x-amp-html")


def changes(raw: bytes, found: list[Place], person: Person, limits: Limits) -> list[Change]:
    """What is to change so that the person is in neither header nor text. Raises CannotEdit."""
    return [*_header(raw, person), *_bodies(found, person, limits)]


def check(blob: Blob, person: Person, limits: Limits) -> None:
    """Reads the mail as a scan does. Raises CannotEdit where it still names the person."""
    for found in mail.FORMAT.extract(blob, limits):
        if not isinstance(found, Record) or found.steps:
            continue
        if any(person.holds(fact.value) for entity in found.entities for fact in entity.facts):
            raise CannotEdit("an address list of the mail still names the person")
        for role, text in found.texts:
            if any(map(person.holds, {text, bare(text)})):
                where = "the text" if role is Role.BODY else "a header"
                raise CannotEdit(f"{where} of the mail names the person in a way that cannot be masked")


# The header


def _header(raw: bytes, person: Person) -> list[Change]:
    fields, start = mime.headers(raw)
    matches = list(_FIELD.finditer(raw, 0, start))
    if [match[1].decode("ascii").lower() for match in matches] != [name for name, _ in fields]:
        raise CannotEdit("the header of the mail is not built as it should be")
    made = []
    for match, (name, value) in zip(matches, fields, strict=True):
        if _names(mail.header_record([(name, value)]), person):
            made.append(_field(match, name, value, person))
    return made


def _names(record: Record, person: Person) -> bool:
    facts = (fact.value for entity in record.entities for fact in entity.facts)
    return any(map(person.holds, facts)) or any(person.holds(text) for _, text in record.texts)


def _field(match: re.Match[bytes], name: str, value: str, person: Person) -> Change:
    written = match[2].removesuffix(b"\r")
    end = match.start(2) + len(written)
    if name in _LISTS:
        left = without(written, person)
        return Change(match.start(), match.end(), b"") if left is None else Change(match.start(2), end, left)
    record = mail.header_record([(name, value)])
    if record.entities or name == "return-path":
        raise CannotEdit("the person sent the mail, or answers go to the person")
    if name.startswith(_SEALS):
        raise CannotEdit("a seal of a mail server names the person")
    if name == "subject" and "=?" in value:
        line_end = "\r\n" if b"\r\n" in match[0] else "\n"
        return Change(match.start(2), end, _encoded(person.masked(encoded.words(value)), line_end))
    text, codec = _text(written, None)
    return Change(match.start(2), end, _bytes(person.masked(text), codec))


def _encoded(text: str, line_end: str) -> bytes:
    made = Header(text, "us-ascii" if text.isascii() else "utf-8", header_name="Subject")
    return b" " + made.encode(linesep=line_end).encode("ascii")


# The text


def _bodies(found: list[Place], person: Person, limits: Limits) -> list[Change]:
    made = []
    for place in bodies(found):
        part = place.part
        text = part.text()
        seen = [text, html.render(text)] if part.type in _HTML else [text, mail.plain(part)]
        if any(map(person.holds, seen)):
            made.append(Change(place.body, place.end, _body(place, person, limits)))
    return made


def _body(place: Place, person: Person, limits: Limits) -> bytes:
    part = place.part
    data, clean = part.decoded()
    if not clean or inline_files.found(data)[0]:
        raise CannotEdit("a text of the mail is encoded in a broken way, or holds a file")
    new = _page(place, data, person, limits) if part.type in _HTML else masked(data, part.charset, person)
    body = encoded_as(part, new)
    if place.outer is not None and any(b"\n" + mark in b"\n" + body for mark in place.outer.marks()) and not part.loose:
        raise CannotEdit("the masked text holds a line that ends a part of the mail")
    return body


def _page(place: Place, data: bytes, person: Person, limits: Limits) -> bytes:
    if place.part.charset and html.decode(data) != place.part.text():
        raise CannotEdit("the charset of a page in the mail is told by the mail alone")
    editor = registry.load("html")
    if editor is None:
        raise CannotEdit("a page in the mail names the person")
    blob = Blob(data, "part.html", media_type="text/html")
    reason = editor.refuses(blob)
    if reason is not None:
        raise CannotEdit(reason)
    return editor.edit(blob, Edits(amend=frozenset({()})), person, limits)


def masked(data: bytes, charset: str | None, person: Person) -> bytes:
    """The text masked, in the charset that it has. Raises CannotEdit where that is not sure."""
    text, codec = _text(data, charset)
    return _bytes(person.masked(text), codec)


def _text(data: bytes, charset: str | None) -> tuple[str, str]:
    """The text and its codec: one that gives the same bytes back."""
    for codec in (charset or "utf-8", "utf-8", "cp1252"):
        try:
            text = data.decode(codec)
            if text.encode(codec) == data:
                return text, codec
        except (LookupError, UnicodeError, ValueError):
            continue
    raise CannotEdit("a text of the mail is not in the charset that it declares")


def _bytes(text: str, codec: str) -> bytes:
    try:
        return text.encode(codec)
    except UnicodeError:
        raise CannotEdit("the mark cannot be written in the charset of the mail") from None
