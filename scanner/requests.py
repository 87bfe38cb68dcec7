"""What was asked, when it must be answered, and whether the requester's identity was checked. Pure.

Identity is asked for on reasonable doubt only, and no copy or number of an identity document is kept (GDPR Art.
12(6), 5(1)(c)): what is noted is how somebody made sure, in a few words, and who did.
"""

from __future__ import annotations

import unicodedata
from datetime import date, datetime

from scanner.deadlines import answer_due, extended_due
from scanner.model import Case, Request
from scanner.refusal import Refusal

LONGEST = 80  # characters of how, and by whom
_DIGITS = 3  # of a text about how somebody was identified; more may be part of a number
_NUMBER = "looks like a number of a person or a document; say how, as in 'BankID' or 'known customer, called back'"


class BadRequest(Refusal):
    """What is to be noted of a request cannot be right, or may not be kept. `exit_code` is that of a refusal."""


def identity_missing(case: Case, required: bool) -> str | None:
    """Why no step of the case may run yet, with the next command; None where one may.

    `required` is `[cases] identity_check` of the configuration.
    """
    if not required or is_identified(case.request):
        return None
    return (
        "the requester's identity is not noted as checked, and [cases] identity_check asks for it. "
        f"Next: gallra request {case.number} --identified HOW --by WHO"
    )


def is_identified(request: Request) -> bool:
    """True where it is noted how, by whom and when the requester was identified."""
    return bool(request.identified and request.identified_by and request.identified_at)


def note_received(request: Request, received: date, today: date, region: str = "SE") -> None:
    """Note the day on which the request came, and when the answer is due. Raises BadRequest."""
    if received > today:
        raise BadRequest("--received lies in the future")
    if request.extended_at is not None:
        _check_extension(received, request.extended_at, today, region)
    request.received = received
    request.due = _due(request, region)


def note_extension(request: Request, told: date, today: date, region: str = "SE") -> None:
    """Note that the person was told, on `told`, that the answer takes up to two months longer. Raises BadRequest."""
    if request.received is None:
        raise BadRequest("an extension counts from the day of receipt; name that too, with --received DATE")
    _check_extension(request.received, told, today, region)
    request.extended_at = told
    request.due = _due(request, region)


def note_identity(request: Request, how: str, by: str, now: datetime) -> None:
    """Note how the requester was identified, and who made sure. Raises BadRequest."""
    how, by = how.strip(), by.strip()
    _check_words("--identified", how)
    if too_many_digits(how) or "<" in how or "@" in how:
        raise BadRequest(f"--identified: that {_NUMBER}")
    check_person("--by", by)
    request.identified, request.identified_by, request.identified_at = how, by, now


def check_person(option: str, name: str) -> None:
    """Raise BadRequest unless the words can be a colleague's name, initials or role."""
    _check_words(option, name)
    if not any(one.isalpha() for one in name):
        raise BadRequest(f"{option}: name who it was: a name, initials or a role")
    if too_many_digits(name):
        raise BadRequest(f"{option}: a name, initials or a role, without numbers")


def too_many_digits(text: str) -> bool:
    """True where the text may hold a number of a person or a document: four digits or more, in whatever script."""
    return sum(one.isdigit() for one in text) > _DIGITS


def days_left(request: Request, today: date) -> int | None:
    """Days from today to the last day for the answer, negative after it; None where the receipt is not noted."""
    return (request.due - today).days if request.due else None


def _due(request: Request, region: str) -> date | None:
    if request.received is None:
        return None
    return (extended_due if request.extended_at else answer_due)(request.received, region)


def _check_extension(received: date, told: date, today: date, region: str) -> None:
    first = answer_due(received, region)
    if told > today:
        raise BadRequest("--extended lies in the future; note it when the person was told")
    if not received <= told <= first:
        raise BadRequest(
            f"--extended: the person must be told within the first month, from {received} to {first} "
            "(GDPR Art. 12(3)); told later, the answer stays due by then"
        )


def _check_words(option: str, text: str) -> None:
    if not text:
        raise BadRequest(f"{option}: is empty")
    if len(text) > LONGEST:
        raise BadRequest(f"{option}: at most {LONGEST} characters")
    if any(unicodedata.category(one)[0] == "C" or one in "\u2028\u2029" for one in text):
        raise BadRequest(f"{option}: one line of plain words")
