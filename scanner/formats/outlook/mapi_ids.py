"""Ids of MAPI properties ([MS-OXPROPS]): where persons stand, and what says nothing of anybody."""

from __future__ import annotations

from typing import Final, NamedTuple

from scanner.formats.outlook.mapi_values import Key
from scanner.records import Role

CLASS: Final = 0x001A
SUBJECT: Final = 0x0037
HEADERS: Final = 0x007D
BODY: Final = 0x1000
RTF: Final = 0x1009
HTML: Final = 0x1013
NAME: Final = 0x3001
ATTACH_DATA: Final = 0x3701
ATTACH_METHOD: Final = 0x3705
REPLY_ENTRIES: Final = 0x004F
REPLY_NAMES: Final = 0x0050


class Person(NamedTuple):
    """Where one person stands: display name, type and value of the address, mail address, entry id. 0: nowhere."""

    role: Role
    name: int
    kind: int
    address: int
    mail: int
    entry: int = 0


REPRESENTED: Final = Person(Role.FROM, 0x0042, 0x0064, 0x0065, 0x5D02, 0x0041)
SENDER: Final = Person(Role.SENDER, 0x0C1A, 0x0C1E, 0x0C1F, 0x5D01, 0x0C19)
RECIPIENT: Final = Person(Role.TO, NAME, 0x3002, 0x3003, 0x39FE, 0x0FFF)
RECIPIENT_SHOWN: Final = 0x5FF6
RECIPIENT_TYPE: Final = 0x0C15
RECIPIENT_FLAGS: Final = 0x5FFD
PERSONS: Final = (
    Person(Role.AUTHOR, 0x3FF8, 0x4022, 0x4023, 0x5D0A, 0x3FF9),  # creator
    Person(Role.AUTHOR, 0x3FFA, 0x4024, 0x4025, 0x5D0B, 0x3FFB),  # last modifier
    Person(Role.AUTHOR, 0x004D, 0x0079, 0x007A, 0, 0x004C),  # original author
    Person(Role.RELATED, 0x005A, 0x0066, 0x0067, 0, 0x005B),  # original sender
    Person(Role.RELATED, 0x005D, 0x0068, 0x0069, 0, 0x005E),  # whom that one stood for
    Person(Role.RELATED, 0, 0x007B, 0x007C, 0, 0x0012),  # originally intended recipient
    Person(Role.TRACE, 0x0040, 0x0075, 0x0076, 0x5D07, 0x003F),  # received by
    Person(Role.TRACE, 0x0044, 0x0077, 0x0078, 0x5D08, 0x0043),  # and for whom
    Person(Role.REPLY_TO, 0x402B, 0x4029, 0x402A, 0x5D05, 0x0046),  # read receipts go to
    Person(Role.REPLY_TO, 0x003A, 0, 0, 0x5D06, 0x0045),  # and reports
)
SHOWN: Final = ((0x0E04, Role.TO), (0x0E03, Role.CC), (0x0E02, Role.BCC))  # who is displayed, parted by `;`
LOCATION: Final = 0x8208
SHOWN_ATTENDEES: Final = (0x8238, 0x823B, 0x823C)

# Another person's name, one or a list of them.
RELATED: Final = (
    0x3A30,  # assistant
    0x3A47,  # referred by
    0x3A48,  # spouse
    0x3A4E,  # manager
    0x3A58,  # children
    0x853A,  # contacts that an item is about
    0x8586,
    0x8121,  # who gave a task
)
TASK_OWNER: Final = 0x811F
TASK_LAST_USER: Final = 0x8122

# Strings that are no text: names of kinds, ids, links between messages. Ids may have the shape of an address.
DULL: Final[frozenset[Key]] = frozenset(
    {
        CLASS,
        0x003D,  # subject prefix
        0x0047,
        0x1035,  # Message-ID
        0x1039,  # References
        0x1042,  # In-Reply-To
        0x3002,
        0x3613,  # class of a folder
        0x3703,  # ending of an attachment
        0x370E,  # its media type
        0x3712,  # its Content-ID
        0x371A,
        0x7203,
        0x8234,  # time zone
        0x8554,  # version of Outlook
    }
)
# Binary values that only repeat an address which stands elsewhere, or are ids that may look like one.
DULL_BINARY: Final[frozenset[Key]] = frozenset(
    {
        0x003B,  # search keys
        0x0051,
        0x0052,
        0x0053,
        0x0054,
        0x005C,
        0x005F,
        0x0C1D,
        0x300B,
        0x004E,
        0x0071,  # conversation index
        0x007F,  # TNEF correlation key
        0x0FF6,
        0x0FF8,
        0x0FF9,
        0x0FFA,
        ATTACH_DATA,
        0x3702,
        0x3709,  # picture of an icon
        0x370A,
        0x65E2,
        0x65E3,
        HTML,
        RTF,
    }
)
