"""What the readers of formats give to the rest: records with their texts and entities, and what could not be read.

Data flows one way: a format turns bytes into these, `detect` turns these into mentions and words, `index` keeps those.
Values here are raw, as the document has them; nothing here is normalised, stored or logged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from connectors.base import GapReason

Steps = tuple[str, ...]


class IdType(StrEnum):
    """The types of identifier. The values are part of the JSON contract."""

    EMAIL = "email"
    PHONE = "phone"
    NATIONAL_ID = "national_id"  # personnummer and samordningsnummer
    ORGANISATION_NUMBER = "organisation_number"
    CUSTOMER_NUMBER = "customer_number"
    IBAN = "iban"
    NAME = "name"
    ADDRESS = "address"
    BIRTH_DATE = "birth_date"
    CITY = "city"  # asked for beside a name; nothing is indexed under it
    TEXT = "text"  # asked for as written: a number with a wrong check digit


class Role(StrEnum):
    """Where in a record something was seen."""

    FROM = "from"
    TO = "to"
    CC = "cc"
    BCC = "bcc"
    REPLY_TO = "reply-to"
    SENDER = "sender"
    TRACE = "trace"  # Received, Return-Path, Delivered-To: what mail servers wrote
    SUBJECT = "subject"
    ORGANIZER = "organizer"
    ATTENDEE = "attendee"
    OWNER = "owner"  # the person a card or a register row is about
    RELATED = "related"  # another person named in somebody's card or row
    AUTHOR = "author"
    BODY = "body"
    FILENAME = "filename"
    PATH = "path"  # the names of the folders an item lies in


class Fact(NamedTuple):
    """One raw value that a format knows the type of."""

    type: IdType
    value: str


@dataclass(slots=True)
class Entity:
    """Raw facts that belong to the same person: a card, a register row, one `Name <address>` pair, one attendee."""

    role: Role
    facts: list[Fact]


@dataclass(slots=True)
class Record:
    """One addressable thing inside an item, or (with no steps) the item itself.

    `texts` is free text by role: identifiers and words are looked for in it. Values of entities need not be repeated
    there: their words are indexed too. `kind` is a word for users: file, message, card, row, event, todo, page, part,
    member, attachment, image. `memo` is for who works on records: shared by all copies of the same content.
    """

    steps: Steps
    kind: str
    texts: list[tuple[Role, str]] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    memo: list[Any] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unread:
    """Something inside an item that could not be read: becomes a gap at these steps."""

    steps: Steps
    reason: GapReason
    detail: str = ""  # for an admin: a limit or a library's complaint; never content


class ReadError(Exception):
    """A format gives up on its bytes. The expander makes it a gap at the place it was reading."""

    def __init__(self, reason: GapReason, detail: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.detail = detail
