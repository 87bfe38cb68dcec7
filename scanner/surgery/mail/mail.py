"""Mails without some of their attachments, with others' content changed, or with the person masked in text and lists.

An attachment leaves with its header, which holds its name; a small text part with the mark stands in its place, so that
boundaries and the order of parts hold. In multipart/alternative, where readers show the last part they know, it is
taken out whole. Signed and encrypted mails are never edited. A DKIM-Signature is no reason to refuse: it is a server's
word of the transport, which every mailing list breaks; it and the ARC headers stay as they are.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.formats.mail import mime
from scanner.limits import Limits
from scanner.records import ReadError
from scanner.surgery.base import CannotEdit, Editor, Edits, Person
from scanner.surgery.mail import amend, lengths
from scanner.surgery.mail.parts import Place, attachments, bodies, places
from scanner.surgery.mail.proof import differences
from scanner.surgery.mail.splice import Change, spliced
from scanner.surgery.mail.transfer import encoded_as


def _edit(blob: Blob, edits: Edits, person: Person, limits: Limits) -> bytes:
    raw = _data(blob)
    found = places(raw)
    numbered = attachments(found)
    if edits.amend - {()} or () in edits.remove:
        raise CannotEdit("an attachment is not amended, only taken out or changed")
    if not numbered.keys() >= edits.remove | edits.replace.keys():
        raise CannotEdit("an attachment is no part of its own: it stands in the text, or is not there")
    removed = [numbered[steps] for steps in edits.remove]
    changes = [_removal(raw, place, removed, found, person) for place in removed]
    for steps, new in edits.replace.items():
        changes.extend(_replacement(raw, numbered[steps], new))
    if () in edits.amend:
        changes.extend(amend.changes(raw, found, person, limits))
    made = lengths.adapted(raw, spliced(raw, changes))
    if () in edits.amend:
        amend.check(Blob(made, blob.name, media_type=blob.media_type, limit=blob.limit), person, limits)
    return made


def _data(blob: Blob) -> bytes:
    try:
        return blob.data()
    except ReadError as fault:
        raise CannotEdit(f"the mail cannot be held in memory: {fault.reason.value}") from None


# What is not edited

_SEALS = {
    "multipart/signed": "the mail is signed",
    "multipart/encrypted": "the mail is encrypted",
    "application/pkcs7-mime": "the mail is signed or encrypted (S/MIME)",
    "application/x-pkcs7-mime": "the mail is signed or encrypted (S/MIME)",
    "application/pkcs7-signature": "the mail is signed",
    "application/x-pkcs7-signature": "the mail is signed",
    "application/pgp-signature": "the mail is signed",
    "application/pgp-encrypted": "the mail is encrypted",
    "message/partial": "the mail is only a part of a message",
}
_PGP = re.compile(r"-----BEGIN PGP (?:SIGNED )?MESSAGE-----")


def _refuses(blob: Blob) -> str | None:
    try:
        raw = _data(blob)
        found = places(raw)
    except CannotEdit as fault:
        return fault.reason
    declared = mime.content_headers(mime.headers(raw)[0]).get("content-type", "")
    for kind in (mime.media_type(declared), *_kinds(found)):
        if kind in _SEALS:
            return _SEALS[kind]
    if any(_PGP.search(place.part.text()) for place in bodies(found)):
        return "the mail is signed or encrypted (PGP)"
    return None


def _kinds(found: list[Place]) -> Iterator[str]:
    for place in found:
        yield place.part.type
        if place.outer is not None:
            yield from place.outer.kinds()


# One attachment


def _removal(raw: bytes, place: Place, removed: list[Place], found: list[Place], person: Person) -> Change:
    if place.outer is None:
        raise CannotEdit("the mail is nothing but this attachment: it leaves whole or not at all")
    if place.outer.kind == "multipart/alternative" and place.after >= 0 and _has_others(place, removed, found):
        return Change(place.before, place.after, b"")
    if not raw.endswith(b"\n", 0, place.start):
        raise CannotEdit("a part of the mail begins in a rare way")
    return Change(place.start, place.end, neutral(person.mark, _line_end(raw, place)))


def _has_others(place: Place, removed: list[Place], found: list[Place]) -> bool:
    gone = {one.start for one in removed}
    return any(one.start not in gone and not one.part.loose and _is_inside(one, place) for one in found)


def _is_inside(one: Place, place: Place) -> bool:
    """Whether it lies in the multipart that the place lies in."""
    outer = one.outer
    while outer is not None and outer is not place.outer:
        outer = outer.outer
    return outer is not None


def _line_end(raw: bytes, place: Place) -> bytes:
    newline = raw.find(b"\n", max(place.before, 0))
    return b"\r\n" if raw[newline - 1 : newline] == b"\r" else b"\n"


def neutral(mark: str, end: bytes) -> bytes:
    """The part that stands where an attachment stood."""
    if mark.isascii():
        return b"Content-Type: text/plain; charset=us-ascii" + end * 2 + mark.encode()
    head = b"Content-Type: text/plain; charset=utf-8", b"Content-Transfer-Encoding: quoted-printable"
    return end.join((*head, b"", binascii.b2a_qp(mark.encode())))


_SIZES = re.compile(rb"(;\s*size\s*=\s*\"?)\d{1,15}", re.IGNORECASE)
_DISPOSITION = re.compile(rb"^Content-Disposition[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_DIGEST = re.compile(rb"^Content-MD5[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE)


def _replacement(raw: bytes, place: Place, data: bytes) -> list[Change]:
    """The new content, and what the header says of its size; a digest of the old one goes."""
    body = encoded_as(place.part, data)
    if place.outer is not None and any(_has_line(body, mark) for mark in place.outer.marks()):
        raise CannotEdit("the new content holds a line that ends a part of the mail")
    head = _DIGEST.sub(b"", raw[place.start : place.body])
    size = rb"\g<1>%d" % len(data)
    head = _DISPOSITION.sub(lambda match: _SIZES.sub(size, match[0]), head)
    if place.outer is None:
        return [Change(place.start, place.end, head + body)]
    return [Change(place.start, place.end, lengths.adapted(raw[place.start : place.end], head + body))]


def _has_line(body: bytes, mark: bytes) -> bool:
    return body.startswith(mark) or b"\n" + mark in body


EDITOR = Editor(_edit, differences, _refuses, records=frozenset({"attachment"}), amends=frozenset({""}))
