"""Cards out of an address book, or a person out of somebody else's card.

A card goes from its BEGIN to its END, whole lines, and nothing else of the file changes but links to it by UID
(RFC 6350, 6.6.5 and 6.6.6). Where a card's borders are a guess of the tolerant reader, nothing is edited: a border in
the wrong place is somebody else's data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from scanner.blob import Blob
from scanner.formats.contacts.content_lines import Line, components, unescape
from scanner.formats.contacts.vcard import cards
from scanner.formats.several import same
from scanner.limits import Limits
from scanner.records import Steps
from scanner.surgery.base import CannotEdit, Editor, Edits, Person
from scanner.surgery.contacts import vcard_proof
from scanner.surgery.contacts.card_amend import LINKS, amended, links_gone
from scanner.surgery.contacts.content_lines import Piece, Working, opened, pieces, replaced

_MESSAGES = {"VMSG": "message {}", "VNOTE": "part note {}"}


@dataclass(slots=True)
class Place:
    """A card or message: its lines, and why its borders are not sure (nothing where they are)."""

    found: list[Piece]
    doubt: str = ""

    @property
    def start(self) -> int:
        """Its first byte."""
        return self.found[0].start

    @property
    def end(self) -> int:
        """The byte after its last line end."""
        return self.found[-1].end

    def uids(self) -> list[str]:
        """What links to it may say."""
        return [uid for one in self.found if one.line.name == "UID" and (uid := bare_uid(one.line.value))]


@dataclass(slots=True)
class _Layout:
    """What stands where in a file, numbered as the reader does."""

    working: Working
    places: dict[Steps, Place] = field(default_factory=dict)

    def bytes_of(self, place: Place) -> bytes:
        return self.working.data[place.start : place.end]

    def outside(self) -> bytes:
        """What is in no card."""
        return replaced(self.working.data, [(one.start, one.end, b"") for one in self.places.values()])


def bare_uid(value: str) -> str:
    """A UID as links and cards both have it, without its scheme."""
    return value.strip().lower().removeprefix("urn:").removeprefix("uuid:")


def _edit(blob: Blob, edits: Edits, person: Person, limits: Limits) -> bytes:
    del limits
    if edits.replace:
        raise CannotEdit("a file inside a card would have to be rewritten")
    layout = _layout(blob.data())
    for steps in edits.remove | edits.amend:
        if steps not in layout.places:
            raise CannotEdit("a card that was to leave is not there, or is only a part of one")
        if layout.places[steps].doubt:
            raise CannotEdit(layout.places[steps].doubt)
    changes = [(one.start, one.end, b"") for steps, one in layout.places.items() if steps in edits.remove]
    for steps, place in layout.places.items():
        if steps in edits.amend - edits.remove:
            if not steps[0].startswith("card "):
                raise CannotEdit("a saved message leaves whole or not at all")
            changes += amended(layout.working, place.found, person)
    changes = _with_links(layout, edits, changes)
    after = layout.working.closed(replaced(layout.working.data, changes))
    _prove(layout, _layout(after), edits)
    return after


def _with_links(layout: _Layout, edits: Edits, changes: list[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
    """The changes, and what points by UID at cards that leave, unless a card that stays has the UID too."""
    kept = [place for steps, place in layout.places.items() if steps not in edits.remove]
    stays = {uid for place in kept for uid in place.uids()}
    gone = {uid for steps in edits.remove for uid in layout.places[steps].uids()} - stays
    if not gone:
        return changes
    touched = {start for start, _, _ in changes}
    links = [one for place in kept for one in links_gone(place.found, lambda value: bare_uid(value) in gone)]
    return changes + [one for one in links if one[0] not in touched]


def _prove(before: _Layout, after: _Layout, edits: Edits) -> None:
    """Every other card has the same bytes, in the same order, with borders where they were; so has what is in none."""
    kept = [(steps, place) for steps, place in before.places.items() if steps not in edits.remove]
    if len(kept) != len(after.places):
        raise CannotEdit("the borders of the cards beside it are not sure")
    for (steps, place), new in zip(kept, after.places.values(), strict=True):
        linked = any(one.line.name in LINKS for one in place.found)
        if steps not in edits.amend and not linked and before.bytes_of(place) != after.bytes_of(new):
            raise CannotEdit("the borders of the cards beside it are not sure")
    if before.outside() != after.outside():
        raise CannotEdit("the borders of the cards beside it are not sure")


# What stands where


def _layout(data: bytes) -> _Layout:
    working = opened(data)
    layout = _Layout(working)
    rest: list[Piece] = []
    found = pieces(working, keep_folds=b"VERSION:2.1" in data[:2048].upper())
    numbers = dict.fromkeys(_MESSAGES, 0)
    for name, run in _messages(found):
        if name:
            numbers[name] += 1
            layout.places[(_MESSAGES[name].format(numbers[name]),)] = Place(run, _message_doubt(name, run))
        else:
            rest += run
    order = {id(piece): place for place, piece in enumerate(found)}
    for number, (start, end) in enumerate(cards([piece.line for piece in rest]), 1):
        run = rest[start:end]
        torn = order[id(run[-1])] - order[id(run[0])] != len(run) - 1
        layout.places[(f"card {number}",)] = Place(run, _TORN if torn else _card_doubt(run))
    return layout


def _messages(found: Sequence[Piece]) -> Iterable[tuple[str, list[Piece]]]:
    """Runs of lines: saved messages and notes by their name, and what lies between by none."""
    place = 0
    while place < len(found):
        name = _edge(found[place].line, "BEGIN")
        stop = place + 1
        if name in _MESSAGES:
            while stop < len(found) and name not in (_edge(found[stop].line, "BEGIN"), _edge(found[stop].line, "END")):
                stop += 1
            stop += stop < len(found) and found[stop].line.name == "END"
            yield name, list(found[place:stop])
        else:
            while stop < len(found) and _edge(found[stop].line, "BEGIN") not in _MESSAGES:
                stop += 1
            yield "", list(found[place:stop])
        place = stop


def _edge(line: Line, which: str) -> str:
    return line.value.strip().upper() if line.name == which else ""


_TORN = "the borders of the card are not sure"


def _message_doubt(name: str, run: Sequence[Piece]) -> str:
    return "" if _edge(run[-1].line, "END") == name else "the borders of the message are not sure"


def _card_doubt(run: Sequence[Piece]) -> str:
    """Why this may be less or more than one card."""
    if len(run) < 2 or _edge(run[-1].line, "END") != "VCARD":
        return _TORN
    depth = 0
    own: list[Line] = []
    for before, one in zip([run[0], *run], run, strict=False):
        begins, ends = _edge(one.line, "BEGIN") == "VCARD", _edge(one.line, "END") == "VCARD"
        if begins and depth and before.line.name != "AGENT":
            return "a card lies inside the card, or its end is missing"
        if one.line.name == "AGENT" and one.line.value.strip().upper() == "BEGIN:VCARD":
            return _TORN
        depth += begins - ends
        if depth < 1 and one is not run[-1]:
            return _TORN
        if depth == 1:
            own.append(one.line)
    return "the card names two persons: the border between two cards may be missing" if _of_two(own) else ""


def _of_two(own: Sequence[Line]) -> bool:
    said = [line for line in own if "ALTID" not in line.parameters]
    full = [unescape(line.value).strip() for line in said if line.name == "FN"]
    parts = [" ".join(part for part in components(line.value) if part) for line in said if line.name == "N"]
    return any(not same(names[0], name) for names in (list(filter(None, full)), parts) for name in names[1:] if name)


def _refuses(blob: Blob) -> str | None:
    try:
        opened(blob.data())
    except CannotEdit as error:
        return error.reason
    return None


EDITOR = Editor(
    _edit,
    vcard_proof.differences,
    _refuses,
    records=frozenset({"card", "message", "part"}),
    amends=frozenset({"card"}),
)
