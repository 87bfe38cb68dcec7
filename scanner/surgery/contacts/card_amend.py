"""A person out of somebody else's card: lines that are only about the person go, in others the values are masked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import unquote

from scanner.formats.contacts.content_lines import Line, components, lines, unescape
from scanner.formats.contacts.vcard import record_of
from scanner.formats.inline import Inline
from scanner.records import Record
from scanner.surgery.base import CannotEdit, Person
from scanner.surgery.contacts.content_lines import Piece, Working
from scanner.surgery.contacts.rewrite import masked, masked_parameter, with_parameters, written

Change = tuple[int, int, bytes]

# What a card is known by, and dates and numbers of programs: never masked.
_FIXED = frozenset({"BEGIN", "END", "VERSION", "PRODID", "REV", "UID", "KIND", "X-ABUID", "TZ", "GEO", "CLIENTPIDMAP"})
_NAMES = frozenset({"FN", "N"})  # a card must have them (RFC 6350, 6.2.1): masked, never gone
LINKS = frozenset({"MEMBER", "X-ADDRESSBOOKSERVER-MEMBER", "RELATED", "AGENT"})
_LABELS = frozenset({"X-ABLABEL", "X-ABADR"})
_SCHEME = re.compile(r"\s*(?:mailto|tel|xmpp|sip|sips|im|skype|smtp|urn:uuid):", re.IGNORECASE)


def amended(working: Working, card: Sequence[Piece], person: Person) -> list[Change]:
    """What changes in the card. Raises CannotEdit where it is the person's own, or names the person past our reach."""
    _not_own(_record([piece.line for piece in card]), person)
    gone: list[Piece] = []
    changes: list[Change] = []
    for piece, agents in _agents(card):
        if agents and _is_persons([one.line for one in agents], person):
            gone += [piece, *agents]
            continue
        for one in (piece, *agents):
            new = _line(working, one, person)
            if new is None:
                gone.append(one)
            elif new != working.data[one.start : one.end]:
                changes.append((one.start, one.end, new))
    changes = _without(card, gone, changes)
    if not changes:
        raise CannotEdit("where the card names the person was not found")
    _clean(working, card, changes, person)
    return changes


def links_gone(card: Sequence[Piece], points: Callable[[str], bool]) -> list[Change]:
    """The lines of a card that are links to one that leaves."""
    gone = [one for one in card if one.line.name in LINKS and not one.line.binary and points(one.line.value)]
    return _without(card, gone, [])


def _without(card: Sequence[Piece], gone: Sequence[Piece], changes: list[Change]) -> list[Change]:
    """The changes, with the lines that go, and with the labels that speak of nothing else (`item1.X-ABLabel`)."""
    lost = {id(one) for one in gone}
    groups = {one.line.group for one in gone if one.line.group}
    still = {one.line.group for one in card if id(one) not in lost and one.line.name not in _LABELS}
    labels = [one for one in card if one.line.name in _LABELS and one.line.group in groups - still]
    out = {(one.start, one.end): b"" for one in (*gone, *labels)}
    return [one for one in changes if one[:2] not in out] + [(*place, new) for place, new in out.items()]


def _agents(card: Sequence[Piece]) -> Iterator[tuple[Piece, list[Piece]]]:
    """Each line with the card inside the card that it introduces, mostly none."""
    place = 0
    while place < len(card):
        piece = card[place]
        inner: list[Piece] = []
        place += 1
        if piece.line.name == "AGENT" and not piece.line.value.strip() and place < len(card):
            depth = 0
            while place < len(card):
                depth += (card[place].line.name == "BEGIN") - (card[place].line.name == "END")
                inner.append(card[place])
                place += 1
                if depth <= 0:
                    break
        yield piece, inner


def _record(card: Sequence[Line]) -> Record:
    return record_of(list(card), 1, Inline(1 << 20))


def _is_persons(card: Sequence[Line], person: Person) -> bool:
    """Whether this card is the person's own: its name, or one of its addresses with no other name beside."""
    names = [" ".join(unescape(line.value).split()) for line in card if line.name == "FN"]
    names += [" ".join(reversed(components(line.value)[:2])).strip() for line in card if line.name == "N"]
    names = [name for name in names if name]
    if names:
        return all(person.is_named(name) for name in names)
    return any(line.name == "EMAIL" and person.has_email(unescape(line.value).strip()) for line in card)


def _not_own(record: Record, person: Person) -> None:
    owner = next((one for one in record.entities if one.role.value == "owner"), None)
    names = [fact.value for fact in owner.facts if fact.type.value == "name"] if owner else []
    if names and all(person.is_named(name) for name in names):
        raise CannotEdit("the card itself has the person's name")


def _line(working: Working, piece: Piece, person: Person) -> bytes | None:
    """The line as it is to be; None where it is about nobody else."""
    line = piece.line
    old = working.data[piece.start : piece.end]
    if line.binary or line.name in _FIXED or line.value[:5].lower() == "data:":
        if any(person.holds(value) for values in line.parameters.values() for value in values):
            raise CannotEdit("a file in the card is named after the person")
        return old
    if line.name not in _NAMES | _LABELS and _only(line, person):
        return None
    head, _ = piece.split()
    text = line.value if line.name else line.raw
    new_head = with_parameters(head, lambda _, value: masked_parameter(value, person)) if ";" in head else head
    new = masked(text, person)
    if (new_head, new) == (head, text):
        return old
    return written(working, piece, new_head, new)


def _only(line: Line, person: Person) -> bool:
    """Whether all that the line says is who or how to reach the person."""
    text = " ".join(unescape(line.value or line.raw).split())
    if not text:
        return False
    if line.name == "AGENT" and "BEGIN:VCARD" in text.upper():
        return _is_persons(list(lines(unescape(line.value).encode())), person)
    if line.name == "X-ANDROID-CUSTOM":
        kind, *rest = components(line.value)
        return kind.endswith("/relation") and bool(rest) and person.is_named(rest[0])
    if _SCHEME.match(text) and _record([line, line]).texts:  # text to the reader, who reads `mailto` as a word of it
        return False
    address = unquote(_SCHEME.sub("", text, count=1))
    return person.has_email(address.partition("?")[0]) or person.is_named(address)


def _clean(working: Working, card: Sequence[Piece], changes: Sequence[Change], person: Person) -> None:
    """Raises CannotEdit where the card as it will be still names the person, in another spelling or in two lines."""
    by_start = {start: new for start, _, new in changes}
    data = b"".join(by_start.get(one.start, working.data[one.start : one.end]) for one in card)
    record = _record(list(lines(data, keep_folds=card[0].keeps_folds)))
    texts = [text for _, text in record.texts] + [fact.value for one in record.entities for fact in one.facts]
    if any(person.holds(text) or person.holds(unquote(text)) for text in texts):
        raise CannotEdit("the card names the person in a way that cannot be taken out")
