"""What differs between two mails beyond the edits, as Python's own `email` package reads them.

That package shares no code with the reader or the editor. Where it sees another structure than they do, the comparison
fails and the mail is not edited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses
from typing import TypeAlias

from scanner.formats.mail import encoded
from scanner.surgery import registry
from scanner.surgery.base import Edits, Person

_POLICY = policy.compat32.clone(mangle_from_=False)
_BODIES = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/x-amp-html", "text/markdown"})
_NUMBERS = frozenset({"content-length", "lines"})
_SIZE = re.compile(r";\s*size\s*=\s*\"?\d+")
_STEP = re.compile(r"attachment (\d+): (.*)", re.DOTALL)
_LISTS = frozenset({"to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc", "apparently-to"})

_Mail: TypeAlias = "Message[str, str]"  # Message takes no types when it runs
_Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Leaf:
    message: _Mail
    parent: _Mail | None


@dataclass(frozen=True, slots=True)
class _Changed:
    """The edits by the number of the attachment."""

    removed: frozenset[int]
    replaced: dict[int, bytes]
    amend: bool
    mark: str


def differences(before: bytes, after: bytes, edits: Edits, person: Person) -> list[str]:
    """What differs, told by place; nothing where nothing does."""
    try:
        old, new = _parsed(before), _parsed(after)
        changed = _Changed(
            frozenset(_number(step) for (step,) in edits.remove),
            {_number(step): data for (step,), data in edits.replace.items()},
            () in edits.amend,
            person.mark,
        )
        found = [*_frames(old, new, changed, person), *_leaves(old, new, changed, person)]
        return found + _misnamed(old, [step for (step,) in (*edits.remove, *edits.replace)])
    except Exception as fault:  # the package breaks on some mails; those are not edited
        return [f"the mail could not be compared ({type(fault).__name__})"]


def _parsed(data: bytes) -> _Mail:
    found: _Mail = BytesParser(policy=_POLICY).parsebytes(data)
    return found


def _number(step: str) -> int:
    match = _STEP.fullmatch(step)
    if match is None:
        raise ValueError("no attachment")
    return int(match[1])


# Structure


def _tree(message: _Mail, parent: _Mail | None = None) -> Iterator[_Leaf]:
    """Multiparts and leaves, in order; a message inside is a leaf."""
    yield _Leaf(message, parent)
    if _is_multipart(message):
        for part in message.get_payload():
            yield from _tree(part, message)  # type: ignore[arg-type]


def _is_multipart(message: _Mail) -> bool:
    return message.get_content_maintype() == "multipart" and message.is_multipart()


def _frames(old: _Mail, new: _Mail, changed: _Changed, person: Person) -> Iterator[str]:
    """Headers of the whole and of multiparts, and the text that stands outside of parts."""
    yield from _headers(_fields(old), _fields(new), changed, person)
    frames = [[one.message for one in _tree(top) if _is_multipart(one.message)] for top in (old, new)]
    if len(frames[0]) != len(frames[1]):
        yield "how the mail is built"
        return
    for one, other in zip(*frames, strict=True):
        if one is not old and _fields(one) != _fields(other):
            yield "the header of a multipart"
        for text, now in ((one.preamble, other.preamble), (one.epilogue, other.epilogue)):
            if text != now and not (changed.amend and text is not None and person.masked(text) == now):
                yield "text outside of the parts"


def _fields(message: _Mail) -> _Fields:
    return [(name.lower(), str(value)) for name, value in message.raw_items()]


def _leaves(old: _Mail, new: _Mail, changed: _Changed, person: Person) -> Iterator[str]:
    waiting = [one for one in _tree(new) if not _is_multipart(one.message)]
    waiting.reverse()
    for number, leaf in _numbered(old):
        if number in changed.removed and leaf.parent is not None:
            if waiting and _is_neutral(waiting[-1].message, changed.mark):
                waiting.pop()
            elif leaf.parent.get_content_type() != "multipart/alternative":
                yield f"attachment {number}, which was taken out"
            continue
        now = waiting.pop().message if waiting else None
        if now is None:
            yield "a part is missing"
        elif number in changed.replaced:
            if not _is_replaced(leaf, now, changed.replaced[number]):
                yield f"attachment {number}, which was changed"
        elif not _is_masked(leaf, now, person) if changed.amend and not number else not _is_kept(leaf, now):
            yield f"attachment {number}" if number else "the text of the mail"
    if waiting:
        yield "a part that was not there"


def _numbered(top: _Mail) -> Iterator[tuple[int, _Leaf]]:
    """The leaves, attachments with their number; 0 for those that are the text of the mail."""
    count = 0
    for leaf in _tree(top):
        if _is_multipart(leaf.message):
            continue
        if _is_attachment(leaf.message):
            count += 1
            yield count, leaf
        else:
            yield 0, leaf


def _is_attachment(message: _Mail) -> bool:
    if message.get_content_maintype() == "multipart":
        return False  # one without parts is read as text
    named = message.get_filename() or message.get_content_disposition() == "attachment"
    return bool(named) or message.get_content_type() not in _BODIES


def _misnamed(old: _Mail, steps: list[str]) -> list[str]:
    """A step's name must be that of the part with its number, where the part has a plain one."""
    leaves = dict(_numbered(old))
    for step in steps:
        match = _STEP.fullmatch(step)
        leaf = leaves.get(int(match[1])) if match else None
        name = leaf.message.get_filename() if leaf else None
        if match is None or leaf is None or (name and name.isalnum() and name.isascii() and name != match[2]):
            return ["which attachment was meant"]
    return []


# One part


def _content(message: _Mail) -> object:
    payload = message.get_payload()
    return payload if isinstance(payload, str) else message.as_bytes(policy=_POLICY)


def _is_kept(leaf: _Leaf, now: _Mail) -> bool:
    same = _content(leaf.message) == _content(now)
    return same and (leaf.parent is None or _fields(leaf.message) == _fields(now))


def _is_neutral(message: _Mail, mark: str) -> bool:
    told = {name for name, _ in _fields(message)}
    content = message.get_payload(decode=True)
    return (
        message.get_content_type() == "text/plain"
        and told <= {"content-type", "content-transfer-encoding"}
        and isinstance(content, bytes)
        and content.decode("utf-8", "replace").rstrip("\r\n") == mark
    )


def _is_replaced(leaf: _Leaf, now: _Mail, data: bytes) -> bool:
    if leaf.parent is not None and _sizeless(leaf.message) != _sizeless(now):
        return False
    payload = now.get_payload()
    if isinstance(payload, list):
        return [one.as_bytes(policy=_POLICY) for one in payload] == [_parsed(data).as_bytes(policy=_POLICY)]  # type: ignore[union-attr]
    return now.get_payload(decode=True) == data


def _sizeless(message: _Mail) -> _Fields:
    left = [(name, value) for name, value in _fields(message) if name not in ("content-md5", *_NUMBERS)]
    return [(name, _SIZE.sub("", value) if name == "content-disposition" else value) for name, value in left]


# Amended


def _headers(old: _Fields, new: _Fields, changed: _Changed, person: Person) -> Iterator[str]:
    """The header of the whole: numbers of its length may differ; the person may have left it, where asked to."""
    waiting = list(reversed(new))
    for name, value in old:
        now = waiting[-1] if waiting else ("", "")
        if name == "content-md5" and changed.replaced and now != (name, value):
            continue
        if changed.amend and name in _LISTS and not _left(value, person) and now[0] != name:
            continue
        may_stay = not (changed.amend and name in _LISTS and _left(value, person) != getaddresses([value]))
        same = may_stay and now == (name, value)
        same = same or (now[0] == name and _may_be(name, value, now[1], changed, person))
        if not same:
            yield "the header"
            return
        waiting.pop()
    if waiting:
        yield "the header"


def _may_be(name: str, value: str, now: str, changed: _Changed, person: Person) -> bool:
    if name in _NUMBERS:
        return value.strip().isdigit() and now.strip().isdigit()
    if name == "content-disposition" and changed.replaced:
        return _SIZE.sub("", value) == _SIZE.sub("", now)
    if not changed.amend:
        return False
    if name in _LISTS:
        return _left(value, person) == getaddresses([now])
    plain = encoded.words(now) if "=?" in now else now
    words = encoded.words(value) if "=?" in value else value
    return person.masked(words).split() == plain.split()


def _left(value: str, person: Person) -> list[tuple[str, str]]:
    """The mailboxes of a list that are not the person's."""
    boxes = getaddresses([value])
    return [
        (name, box)
        for name, box in boxes
        if not person.has_email(box) and (("@" in box) or not person.is_named(name or box))
    ]


def _is_masked(leaf: _Leaf, now: _Mail, person: Person) -> bool:
    """Whether a text is the old one, masked."""
    if leaf.parent is not None and _fields(leaf.message) != _fields(now):
        return False
    old, new = leaf.message.get_payload(decode=True), now.get_payload(decode=True)
    if old == new and not _named(leaf.message, person):
        return _is_kept(leaf, now)
    if not isinstance(old, bytes) or not isinstance(new, bytes):
        return False
    if leaf.message.get_content_type() in ("text/html", "text/x-amp-html"):
        editor = registry.load("html")
        return editor is not None and not editor.differences(old, new, Edits(amend=frozenset({()})), person)
    for codec in _codecs(leaf.message):
        try:
            return person.masked(old.decode(codec)) == new.decode(codec)
        except (LookupError, UnicodeError):
            continue
    return False


def _named(message: _Mail, person: Person) -> bool:
    """Whether the person surely stands in a text."""
    data = message.get_payload(decode=True)
    if not isinstance(data, bytes):
        return False
    for codec in _codecs(message):
        try:
            return bool(person.spans(data.decode(codec)))
        except (LookupError, UnicodeError):
            continue
    return False


def _codecs(message: _Mail) -> tuple[str, ...]:
    return message.get_content_charset() or "utf-8", "utf-8", "cp1252"
