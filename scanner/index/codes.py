"""Small numbers that stand for words in the index file. A number once given is never given to another word.

Every table is written out, so that a new member of an enum gets a new number at the end and none moves. A test fails
when an enum has a member that its table lacks.
"""

from __future__ import annotations

from typing import Final

from connectors.base import GapReason, ItemKind, Strength
from scanner.records import IdType, Role

ID_TYPES: Final[dict[IdType, int]] = {
    IdType.EMAIL: 1,
    IdType.PHONE: 2,
    IdType.NATIONAL_ID: 3,
    IdType.ORGANISATION_NUMBER: 4,
    IdType.CUSTOMER_NUMBER: 5,
    IdType.IBAN: 6,
    IdType.NAME: 7,
    IdType.ADDRESS: 8,
    IdType.BIRTH_DATE: 9,
    IdType.CITY: 10,
    IdType.TEXT: 11,
}

ROLES: Final[dict[Role, int]] = {
    Role.FROM: 1,
    Role.TO: 2,
    Role.CC: 3,
    Role.BCC: 4,
    Role.REPLY_TO: 5,
    Role.SENDER: 6,
    Role.TRACE: 7,
    Role.SUBJECT: 8,
    Role.ORGANIZER: 9,
    Role.ATTENDEE: 10,
    Role.OWNER: 11,
    Role.RELATED: 12,
    Role.AUTHOR: 13,
    Role.BODY: 14,
    Role.FILENAME: 15,
    Role.PATH: 16,
}

GAP_REASONS: Final[dict[GapReason, int]] = {
    GapReason.ENCRYPTED: 1,
    GapReason.UNREADABLE: 2,
    GapReason.TOO_LARGE: 3,
    GapReason.TOO_DEEP: 4,
    GapReason.DENIED: 5,
    GapReason.TIMED_OUT: 6,
    GapReason.OUT_OF_MEMORY: 7,
    GapReason.CRASHED: 8,
    GapReason.UNKNOWN_FORMAT: 9,
    GapReason.SPECIAL_FILE: 10,
    GapReason.LINK: 11,
    GapReason.CHANGED: 12,
    GapReason.NEEDS_OCR: 13,
    GapReason.STALE: 14,
    GapReason.NEVER_SCANNED: 15,
    GapReason.UNREACHABLE: 16,
    GapReason.NO_BACKUP: 17,
}

STRENGTHS: Final[dict[Strength, int]] = {Strength.NONE: 1, Strength.WEAK: 2, Strength.STRONG: 3}

ITEM_KINDS: Final[dict[ItemKind, int]] = {
    ItemKind.FILE: 1,
    ItemKind.MESSAGE: 2,
    ItemKind.EVENT: 3,
    ItemKind.CONTACT: 4,
    ItemKind.ROW: 5,
    ItemKind.FOLDER: 6,
}

# The kinds of record that formats give today. The table may grow; a kind it lacks is kept as `other`.
OTHER_KIND: Final = 0
RECORD_KINDS: Final[dict[str, int]] = {
    "other": OTHER_KIND,
    "file": 1,
    "message": 2,
    "card": 3,
    "row": 4,
    "event": 5,
    "todo": 6,
    "page": 7,
    "part": 8,
    "member": 9,
    "attachment": 10,
    "sheet": 11,
    "folder": 12,
    "contact": 13,
    "journal": 14,
    "image": 15,
}

ID_TYPE_OF: Final = {code: member for member, code in ID_TYPES.items()}
ROLE_OF: Final = {code: member for member, code in ROLES.items()}
GAP_REASON_OF: Final = {code: member for member, code in GAP_REASONS.items()}
STRENGTH_OF: Final = {code: member for member, code in STRENGTHS.items()}
ITEM_KIND_OF: Final = {code: member for member, code in ITEM_KINDS.items()}
RECORD_KIND_OF: Final = {code: word for word, code in RECORD_KINDS.items()}
