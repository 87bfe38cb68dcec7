"""One mailbox out of an address list (RFC 5322, 3.4), the others as they are written."""

from __future__ import annotations

import re
from itertools import pairwise

from scanner.formats.mail import addresses
from scanner.records import IdType, Role
from scanner.surgery.base import CannotEdit, Person

# A quote or comment may have 400 characters, as the reader has it: quotes that are never closed cost no square of time.
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.){0,400}"|\((?:[^()\\]|\\.){0,400}\)|<[^<>]*>|(,)|([;:])|[^"(<,;:]+|.',
    re.DOTALL,
)


def without(value: bytes, person: Person) -> bytes | None:
    """The list without the person's mailboxes; None where nobody is left. Raises CannotEdit where it is not plain.

    `value` is what stands behind the colon, folds and all.
    """
    pieces = _pieces(value.decode("utf-8", "surrogateescape"))
    kept = [piece for piece in pieces if not _is_persons(piece, person)]
    if not any(piece.strip() for piece in kept):
        return None
    if kept[0] is not pieces[0]:  # the first one has the place of the first
        lead = pieces[0][: len(pieces[0]) - len(pieces[0].lstrip())]
        kept[0] = lead + kept[0].lstrip()
    return ",".join(kept).encode("utf-8", "surrogateescape")


def _pieces(value: str) -> list[str]:
    places = [0]
    for match in _TOKEN.finditer(value):
        if match[2]:
            raise CannotEdit("an address list of the mail has groups, or is parted in a rare way")
        if match[1]:
            places.append(match.end())
    return [value[start : end - 1] for start, end in pairwise([*places, len(value) + 1])]


def _is_persons(piece: str, person: Person) -> bool:
    facts = [fact for entity in addresses.entities(piece, Role.TO) for fact in entity.facts]
    emails = [fact.value for fact in facts if fact.type is IdType.EMAIL]
    mine = [person.has_email(email) for email in emails]
    if any(mine):
        if not all(mine):
            raise CannotEdit("two mailboxes of the mail stand in one place of a list")
        return True
    return not emails and any(person.is_named(fact.value) for fact in facts)
