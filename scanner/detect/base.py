"""What detection gives to the index, and the settings it works under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from scanner.records import IdType, Role


class Mention(NamedTuple):
    """An identifier seen in a record. `value` is canonical; `entity`: 0 free text, 1.. the entities in order."""

    type: IdType
    value: str
    role: Role
    entity: int


@dataclass(frozen=True, slots=True)
class DetectSettings:
    """What an admin sets.

    `region` is the country (ISO 3166, two letters) of phone numbers written without a prefix; `customer_numbers` are
    regular expressions (RE2 syntax), each of which must match a whole customer number.
    """

    region: str = "SE"
    customer_numbers: tuple[str, ...] = ()
