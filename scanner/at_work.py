"""Whether an item is about an employee's own employment, or has the employee in it as one of the company's people.

An employee's work address stands in every mail that he or she sent for the company. Such mails are the company's and
the other side's; asking to be forgotten takes none of them along unseen. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable, Mapping

from scanner.company import Company
from scanner.index.views import RecordView
from scanner.records import IdType, Role, Steps

FOR_THE_COMPANY = "the person acts for the company in it: it is the company's, and the other side's too"
ONE_OF_US = "it may be the company's own: the person stands in it as one of its people"
IN_FOLDER = "it lies in the person's folder, and may be the company's own: the folder is no personnel file"
AT_WORK = frozenset({FOR_THE_COMPANY, ONE_OF_US, IN_FOLDER})
"""Why what an employee stands in waits for a decision; there may be thousands of it."""

EMPLOYMENT = frozenset({"payslip", "employment-contract", "sick-note", "application"})
"""The classes of papers that are about one person's own employment (`scanner.voucher_classes`)."""

_PARTIES = frozenset({Role.FROM, Role.TO, Role.CC, Role.BCC, Role.REPLY_TO, Role.SENDER})
_OWNING = _PARTIES | {Role.OWNER, Role.ORGANIZER, Role.ATTENDEE}
_SINGLE = frozenset({"row", "card", "event", "todo", "message"})
# Desks for a company's own people: a mail between one of them and an employee is about the employment.
_STAFF_DESKS = frozenset(
    {
        *("hr", "personal", "personalavdelningen", "personnel", "lon", "loner", "lön", "löner", "lonekontoret"),
        *("payroll", "salary", "salaries", "people", "rehab", "rekrytering", "recruitment"),
    }
)

# Folders and sources in which an employer keeps what is about its people.
_PERSONNEL = re.compile(
    r"(?:personal(?:akt|mapp|ärende)?(?:er|ar|en)?|personnel|staff|hr|anställd(?:a|as)?|anstalld(?:a|as)?|medarbetare"
    r"|employees?|lön(?:er)?|loner|payroll|rekrytering(?:ar)?|recruitment|ansökningar|sjukfrånvaro|rehab(?:ilitering)?)"
    r"(?:[ _-][^/]*)?",
    re.I,
)

Fact = tuple[IdType, str]


def is_at_work(
    records: Iterable[RecordView], values: Mapping[int, Fact], own: Container[Fact], company: Company
) -> bool:
    """True where the subject is one of the company's people and nothing shows that the item is about just that person.

    `own` are the subject's identifiers. A mail is about the person where nobody is in its headers but the person and a
    desk for the staff, or the person's private address and the company.
    """
    if not company.subject_on_staff:
        return False
    parties = {fact for fact in _facts(records, values, headers=True) if fact[0] is IdType.EMAIL}
    mine = {fact for fact in parties if fact in own}
    return not mine or not _is_private(mine, parties - mine, company)


def holds_staff(
    records: Iterable[RecordView], values: Mapping[int, Fact], hits: Iterable[Steps], company: Company
) -> bool:
    """True where a card, row, event or message apart from the subject's records is one of the company's people's.

    They count as no other persons, but what holds them is not the subject's alone: a phone's contacts, a list.
    """
    tops = {steps for steps in hits if steps}
    for view in records:
        steps = view.steps
        if steps and view.kind in _SINGLE and not any(steps[:depth] in tops for depth in range(1, len(steps) + 1)):
            own = [values[token] for token, role, _ in view.mentions if role in _OWNING and token in values]
            if any(company.is_ours(*fact) for fact in own):
                return True
    return False


def names_colleague(
    records: Iterable[RecordView], values: Mapping[int, Fact], own: Container[Fact], company: Company
) -> bool:
    """True where another of the company's people stands in it, other than in a mail's headers.

    A contract that an employee signed for the company is a colleague's. Desks and the switchboard are nobody.
    """
    if not company.subject_on_staff:
        return False
    seen = _facts(records, values, headers=False)
    return any(fact not in own and company.is_ours(*fact) and not company.is_company(*fact) for fact in seen)


def is_own_paper(kinds: Collection[str | None], roles: Container[Role]) -> bool:
    """True where a mail with papers of these classes (of EMPLOYMENT) goes the way that the subject's own would go.

    A person reports ill and applies, and is paid and hired; the other way round the paper is a colleague's. `roles` are
    those in which the subject was seen.
    """
    for kind in kinds:
        sends = kind in ("sick-note", "application")
        if sends != (Role.FROM in roles) or (not sends and Role.TO not in roles):
            return False
    return bool(kinds)


def is_personnel(source: str, path: str) -> bool:
    """True where the source, or a folder above, is called as a personnel file is."""
    return any(_PERSONNEL.fullmatch(part) for part in (source, *path.split("/")[:-1]))


def _facts(records: Iterable[RecordView], values: Mapping[int, Fact], *, headers: bool) -> set[Fact]:
    """What stands in the headers of mails, or outside of them."""
    return {
        values[token]
        for view in records
        for token, role, _ in view.mentions
        if (role in _PARTIES) is headers and token in values
    }


def _is_private(mine: set[Fact], others: set[Fact], company: Company) -> bool:
    if all(_is_staff_desk(value, company) for _, value in others):
        return True
    from_home = not any(company.is_domain(value) for _, value in mine)
    return from_home and all(company.is_domain(value) for _, value in others)


def _is_staff_desk(email: str, company: Company) -> bool:
    return email.partition("@")[0] in _STAFF_DESKS and company.is_domain(email)
