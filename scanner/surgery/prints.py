"""What a record is known by: its content, not its number. `row 12` is row 11 once row 3 has left."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable

from scanner.records import Record, Steps

_NUMBERED = re.compile(
    r"^(row|card|message|attachment|page|table|slide|part [a-z ]*?) ?#?\d+(?=$|:)"
    r"|^(event|todo|journal|freebusy|poll) #\d+$"
)
_TWIN = re.compile(r"^(member .*?)(?: \(\d+\))+$", re.DOTALL)  # members of one name are numbered too


def shape(steps: Steps) -> Steps:
    """The steps without the numbers that move when a neighbour leaves."""
    return tuple(_NUMBERED.sub(_word, _TWIN.sub(r"\1", step)) for step in steps)


def _word(match: re.Match[str]) -> str:
    return match[1] or match[2]


def canonical(record: Record) -> bytes:
    """All that the record says, with where it lies but for its number: equal bytes are equal records."""
    parts = ["\x1e".join(shape(record.steps)), record.kind]
    parts += [f"{role}\x1f{text}" for role, text in record.texts]
    for entity in record.entities:
        parts.append("\x1f".join((entity.role, *(f"{fact.type}={fact.value}" for fact in entity.facts))))
    return "\x1d".join(parts).encode("utf-8", "surrogatepass")


class Prints:
    """Fingerprints of the records of one item, in the order in which a reader gives them."""

    def __init__(self, hasher: Callable[[bytes], bytes]) -> None:
        self._hasher = hasher
        self._seen: Counter[bytes] = Counter()

    def of(self, record: Record) -> tuple[str, int]:
        """The fingerprint in hex, and which of the item's records with it this one is, from 1."""
        digest = self._hasher(canonical(record))
        self._seen[digest] += 1
        return digest.hex(), self._seen[digest]


def below(steps: Steps, tops: Iterable[Steps]) -> bool:
    """Whether the steps are one of these, or lead into one of them."""
    return any(steps[: len(top)] == top for top in tops)
