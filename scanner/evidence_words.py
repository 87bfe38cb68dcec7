"""What was seen of the person, and where, in plain English for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.evidence import by_role, listed
from scanner.model import Action, Evidence
from scanner.records import IdType, Role

TYPES = {
    IdType.EMAIL: "e-mail",
    IdType.PHONE: "phone",
    IdType.NATIONAL_ID: "national id",
    IdType.ORGANISATION_NUMBER: "organisation number",
    IdType.CUSTOMER_NUMBER: "customer number",
    IdType.IBAN: "IBAN",
    IdType.NAME: "name",
    IdType.ADDRESS: "address",
    IdType.BIRTH_DATE: "birth date",
    IdType.CITY: "city",
    IdType.TEXT: "number as written",
}
WHERE = {
    Role.FROM: "in the From header",
    Role.TO: "in the To header",
    Role.CC: "in the Cc header",
    Role.BCC: "in the Bcc header",
    Role.REPLY_TO: "in the Reply-To header",
    Role.SENDER: "in the Sender header",
    Role.TRACE: "in what mail servers wrote",
    Role.SUBJECT: "in the subject",
    Role.ORGANIZER: "as organizer",
    Role.ATTENDEE: "as attendee",
    Role.OWNER: "in the person's own card or row",
    Role.RELATED: "in another's card or row",
    Role.AUTHOR: "as author",
    Role.BODY: "in the text",
    Role.FILENAME: "in the file name",
    Role.PATH: "in a folder's name",
}
LABELS = {
    Role.FROM: "From",
    Role.TO: "To",
    Role.CC: "Cc",
    Role.BCC: "Bcc",
    Role.REPLY_TO: "Reply-To",
    Role.SENDER: "Sender",
    Role.TRACE: "mail servers",
    Role.SUBJECT: "subject",
    Role.ORGANIZER: "organizer",
    Role.ATTENDEE: "attendee",
    Role.OWNER: "own entry",
    Role.RELATED: "another's entry",
    Role.AUTHOR: "author",
    Role.BODY: "text",
    Role.FILENAME: "file name",
    Role.PATH: "folder",
}
"""What stands before a line that is shown."""

ON_ERASE = {
    Action.REMOVE: "decided erase, all of it goes",
    Action.REMOVE_RECORD: "decided erase, it leaves its item and the rest stays",
    Action.AMEND: "decided erase, it stays without what names the person",
    Action.TASK: "decided erase, it becomes a task for who has it",
    Action.NONE: "gallra cannot take it out: keep it, or take it out by hand",
}


def seen(evidence: Sequence[Evidence]) -> str:
    """What was seen of the person, by where: `e-mail and name in the From header; phone in the text`.

    The text of a record repeats what its fields say, so a type is told of the body only where it stands nowhere else.
    """
    return "; ".join(f"{listed(map(_named, told))} {WHERE[role]}" for role, told in by_role(evidence))


def _named(one: Evidence) -> str:
    return f"{TYPES[one.type]} ({one.how})" if one.how else TYPES[one.type]
