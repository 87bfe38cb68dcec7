"""What differs between a file and its rewriting, told by rows of bytes: a second look that shares no code with `edit`.

A file is cut into blocks by looking at its BEGIN and END rows alone. What was not to change must be there byte for byte
and in order; in what was amended, each row that changed or went must have named the person.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from scanner.surgery.base import Person

Concerns = Callable[[bytes], bool]

_FIELD = re.compile(rb"[ \t]*((?:[\w-]+\.)?[\w-]+)((?:;(?:[^:\";\r\n]|\"[^\"]*\")*)*):")
_QP = re.compile(rb"QUOTED-PRINTABLE", re.IGNORECASE)
_FOLD = re.compile(rb"(?:\r\r\n|\r\n|\r|\n)[ \t]")
_SOFT = re.compile(rb"=(?:\r\r\n|\r\n|\r|\n)")
_ROW = re.compile(rb"[^\r\n]*(?:\r\r\n|\r\n|\r|\n)|[^\r\n]+\Z")


_OF_ONE = frozenset({"ATTENDEE", "ORGANIZER", "CALENDAR-ADDRESS", "REQUEST-STATUS", "X-ANDROID-CUSTOM", "AGENT"})


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a file: a card or event by its label, or ("") what lies between."""

    label: str
    data: bytes


def plain(data: bytes) -> bytes:
    """UTF-16 as UTF-8, for there no row can be told from another; no byte order mark, which hides the first BEGIN."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").encode()
    if data[:3] == b"\xef\xbb\xbf":
        return data[3:]
    if b"\0" in data[:64]:
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", "replace").encode()
    return data


def differences(
    before: Sequence[Block],
    after: Sequence[Block],
    gone: frozenset[str],
    changed: frozenset[str],
    person: Person,
    linked: Concerns | None = None,
) -> list[str]:
    """What is not as it should be when the blocks labelled `gone` leave and the person leaves those `changed`.

    `linked` says which rows may go from all others, too.
    """
    expected = joined([block for block in before if not block.label or block.label not in gone])
    found = joined(after)
    labels = {block.label for block in before}
    problems = [f"a {word} that was to leave or change is not there" for word in _missing(gone | changed, labels)]
    if len(expected) != len(found):
        return [*problems, "a part of the file is missing or new"]
    for old, new in zip(expected, found, strict=True):
        if old.data == new.data:
            if old.label in changed:
                problems.append("a part that was to change is as it was")
        elif old.label and old.label in changed:
            problems += _rows_differ(old.data, new.data, _may_go(person, linked), person)
        elif not old.label or linked is None:
            problems.append("a part of the file that was to stay changed")
        else:
            problems += _rows_differ(old.data, new.data, linked, None)
    return list(dict.fromkeys(problems))


def joined(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, with what lies between two of them in one."""
    out: list[Block] = []
    for block in blocks:
        if not block.label and out and not out[-1].label:
            out[-1] = Block("", out[-1].data + block.data)
        elif block.label or block.data:
            out.append(block)
    return out


def _missing(wanted: frozenset[str], labels: set[str]) -> list[str]:
    return [label.split(" ")[0] for label in sorted(wanted - labels)]


def _rows_differ(before: bytes, after: bytes, may_go: Concerns, person: Person | None) -> list[str]:
    old, new = fields(before), fields(after)
    lost: set[bytes] = set()
    labels: list[bytes] = []
    j = i = 0
    while i < len(old):
        if j < len(new) and (old[i] == new[j] or (person and _is_masked(old[i], new[j], person))):
            i, j = i + 1, j + 1
        else:
            group, label = _group(old[i])
            stop = _inner(old, i)
            if label:
                labels.append(group)
            elif may_go(b"".join(old[i:stop])):
                lost.add(group)
            else:
                return ["a row that names nobody who leaves changed"]
            i = stop
    if j < len(new):
        return ["a row is new"]
    return [] if lost.issuperset(labels) else ["a label of somebody else's is missing"]


def rows(data: bytes) -> list[bytes]:
    """The physical lines with their line ends."""
    return _ROW.findall(data)


def fields(data: bytes) -> list[bytes]:
    """The rows of a block, each with the rows that go on with it."""
    out: list[list[bytes]] = []
    quoted = open_ended = False
    for row in rows(data):
        if out and (open_ended or (row[:1] in (b" ", b"\t") and row.strip())):
            out[-1].append(row)
        else:
            out.append([row])
            quoted = _QP.search(row.split(b":", 1)[0]) is not None
        open_ended = quoted and row.rstrip(b"\r\n").endswith(b"=")
    return [b"".join(one) for one in out]


def said(field: bytes) -> tuple[str, list[str], str]:
    """A field's name, its parameters, and its value without folds, encoding and escapes."""
    head = _FIELD.match(_FOLD.sub(b"", field))
    quoted = head is not None and _QP.search(head[2]) is not None
    flat = (_SOFT.sub(b"", field) if quoted else _FOLD.sub(b"", field)).rstrip(b"\r\n")
    match = _FIELD.match(flat)
    name, parameters, value = (match[1], match[2], flat[match.end() :]) if match else (b"", b"", flat)
    if quoted:
        value = binascii.a2b_qp(value)
    text = re.sub(r"\\(.)", lambda one: "\n" if one[1] in "nN" else one[1], _text(value), flags=re.DOTALL)
    return _text(name).upper(), re.findall(r";((?:[^;\"]|\"[^\"]*\"?)*)", _text(parameters)), text


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _group(field: bytes) -> tuple[bytes, bool]:
    """What ties it to its neighbours (`item1`), and whether it is only a label of theirs."""
    name = field.split(b":", 1)[0].split(b";", 1)[0].strip().upper()
    group, dot, rest = name.rpartition(b".")
    return group, bool(dot) and rest in (b"X-ABLABEL", b"X-ABADR")


def _inner(found: Sequence[bytes], place: int) -> int:
    """Where the row ends: after the whole card that it introduces."""
    if not re.match(rb"(?i)[ \t]*(?:[\w-]+\.)?AGENT[^:]*:\s*$", found[place]):
        return place + 1
    depth, stop = 0, place + 1
    while stop < len(found):
        word = found[stop].strip().upper()
        depth += word.startswith(b"BEGIN:") - word.startswith(b"END:")
        stop += 1
        if depth <= 0:
            break
    return stop


def _may_go(person: Person, linked: Concerns | None) -> Concerns:
    """Which rows may go: those that say nothing but the person, or are of a kind that is about one person."""

    def told(row: bytes) -> bool:
        if linked is not None and linked(row):
            return True
        name, parameters, value = said(row)
        if name.rpartition(".")[2] in _OF_ONE:
            return any(_holds(person, text) for text in (_flat(row), value, *parameters))
        return _is(person, value)

    return told


def _flat(row: bytes) -> str:
    return _text(_FOLD.sub(b"", row))


def _holds(person: Person, text: str) -> bool:
    return person.holds(text) or person.holds(unquote(text)) or _is(person, text.partition("=")[2].strip('"') or text)


def _is(person: Person, text: str) -> bool:
    """Whether the text is the person's name, address or number, and no more."""
    scheme = r"(?i)^(?:mailto|tel|xmpp|sips?|im|skype|smtp|urn:uuid):"
    bare = re.sub(scheme, "", unquote(text).strip()).partition("?")[0]
    return person.has_email(bare) or person.is_named(bare)


def _is_masked(before: bytes, after: bytes, person: Person) -> bool:
    """Whether one field is the other with the mark in place of what concerns the person, and nothing else."""
    name, parameters, text = said(before)
    new_name, new_parameters, new_text = said(after)
    if name != new_name or (parameters, text) == (new_parameters, new_text):
        return False
    return _cut_out(text, new_text, person) and _parameters_cut(parameters, new_parameters, person)


def _parameters_cut(before: list[str], after: list[str], person: Person) -> bool:
    rest = list(after)
    for one in before:
        key = one.partition("=")[0]
        if rest and (rest[0] == one or (rest[0].partition("=")[0] == key and _fewer(one, rest[0], person))):
            del rest[0]
        elif not _holds(person, one):
            return False
    return not rest


def _fewer(before: str, after: str, person: Person) -> bool:
    """A parameter that was masked, or lost some of its values."""
    if person.mark in after:
        return _cut_out(before, after, person)
    old, new = (re.findall(r'"[^"]*"|[^,"]+', one.partition("=")[2]) for one in (before, after))
    lost = [one for one in old if one not in new]
    return [one for one in old if one in new] == new and all(_holds(person, one.strip('" ')) for one in lost)


def _cut_out(before: str, after: str, person: Person) -> bool:
    """Whether `after` is `before` with the person's values replaced by the mark, and nothing else."""
    if after in (before, person.masked(before)):
        return True
    kept = after.split(person.mark)
    if len(kept) < 2 or not before.startswith(kept[0]) or not before.endswith(kept[-1]):
        return False
    place, last = len(kept[0]), len(before) - len(kept[-1])
    for piece in kept[1:-1]:
        start = before.find(piece, place + 1, last)
        if start < 0 or not person.is_named(before[place:start]):
            return False
        place = start + len(piece)
    return place < last and person.is_named(before[place:last])
