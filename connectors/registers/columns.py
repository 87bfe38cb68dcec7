"""Which columns of a table hold what about a person, as an admin says it of a register in a database or a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KINDS = (
    "name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "national_id",
    "customer_number",
    "organisation_number",
    "iban",
    "birth_date",
    "address",
    "postcode",
    "city",
)
"""What a column may hold: the types of identifier, and the parts that names and addresses are written in."""


@dataclass(frozen=True, slots=True)
class PersonColumns:
    """One person in a row: the columns of each of KINDS, in the order they are written, e.g. (("email", ("epost",)),).

    `related`: the row is about somebody else, and names this person beside (a guardian, a contact).
    """

    columns: tuple[tuple[str, tuple[str, ...]], ...]
    related: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All columns of the person, each once."""
        return tuple(dict.fromkeys(name for _, names in self.columns for name in names))


def person_columns(raw: object, *, related: bool = False) -> tuple[PersonColumns, list[str]]:
    """What `person = { email = "epost", phone = ["tel", "mobil"] }` says, and what is wrong with it."""
    if not isinstance(raw, Mapping) or not raw:
        return PersonColumns((), related), ['person: must say which columns hold what, as in { email = "epost" }']
    problems: list[str] = []
    found: list[tuple[str, tuple[str, ...]]] = []
    for kind, value in raw.items():
        names = _names(value)
        if kind not in KINDS:
            problems.append(f'person: "{kind}" is not known; known: {", ".join(KINDS)}')
        elif not names:
            problems.append(f"person: {kind} must be the name of a column, or a list of them")
        else:
            found.append((kind, names))
    return PersonColumns(tuple(found), related), problems


def _names(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - what TOML holds
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, Sequence) or not all(isinstance(one, str) and one for one in names):
        return ()
    return tuple(names)
