"""What the columns of one person in a register's row say, as an admin configured them, made into facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.formats.header import pieces
from scanner.formats.header_words import Part
from scanner.records import Fact, IdType

TYPES: Mapping[str, IdType] = {
    "name": IdType.NAME,
    "first_name": IdType.NAME,
    "last_name": IdType.NAME,
    "email": IdType.EMAIL,
    "phone": IdType.PHONE,
    "national_id": IdType.NATIONAL_ID,
    "customer_number": IdType.CUSTOMER_NUMBER,
    "organisation_number": IdType.ORGANISATION_NUMBER,
    "iban": IdType.IBAN,
    "birth_date": IdType.BIRTH_DATE,
    "address": IdType.ADDRESS,
    "postcode": IdType.ADDRESS,
    "city": IdType.ADDRESS,
}
"""What each of `connectors.registers.columns.KINDS` is, or is a part of."""

_NAME_PARTS = ("first_name", "last_name")
_ADDRESS_PARTS = ("address", "postcode", "city")
_SEVERAL = {"name": Part.FULL, "email": Part.EMAIL, "phone": Part.PHONE}  # cells that hold more than one, or less


def facts_of(values: Iterable[tuple[str, str]]) -> list[Fact]:
    """The facts of one person from (kind, value) in the order of the columns, each once; empty values are none.

    First and last name become one name, whatever their order. Street, postcode and city become one address; without
    a street they are none, for half a town shares them. A second street begins a second address.
    """
    given = [(kind, value.strip()) for kind, value in values if value.strip()]
    facts = [fact for kind, value in given if kind not in (*_NAME_PARTS, *_ADDRESS_PARTS) for fact in _one(kind, value)]
    name = " ".join(value for part in _NAME_PARTS for kind, value in given if kind == part)
    if name:
        facts.insert(0, Fact(IdType.NAME, name))
    facts += [Fact(IdType.ADDRESS, one) for one in _addresses(given)]
    return list(dict.fromkeys(facts))


def _one(kind: str, value: str) -> Iterable[Fact]:
    part = _SEVERAL.get(kind)
    if part is None:
        return [Fact(TYPES[kind], value)]
    return [Fact(TYPES[kind], piece) for piece in pieces(value, part)]


def _addresses(given: Iterable[tuple[str, str]]) -> Iterable[str]:
    """Each street with the postcode and city of its place: the first with the first, the second with the second."""
    parts: dict[str, list[str]] = {part: [value for kind, value in given if kind == part] for part in _ADDRESS_PARTS}
    for number, street in enumerate(parts["address"]):
        yield " ".join([street, *(parts[part][number] for part in _ADDRESS_PARTS[1:] if number < len(parts[part]))])
