"""The only words the audit log takes. Nothing here can hold free text, and so no personal data can slip in."""

from __future__ import annotations

import re
from collections.abc import Mapping

_HASH = re.compile(r"[0-9a-f]{16,128}")
_DATE = re.compile(
    r"20\d{2}-(?:0[1-9]|1[0-2])-(?:[0-2]\d|3[01])", re.ASCII
)  # of this century: no birth date of an adult

# The keys of `details`, and the whole form of their values.
DETAILS: Mapping[str, re.Pattern[str]] = {
    "plan": _HASH,
    "head": _HASH,
    "torn": _HASH,  # sha256 of a line that a crash cut off
    "certificate": _HASH,
    "verdict": re.compile("erase|keep|unsure|yes|no|drop|ledger"),
    "refused": re.compile("approval missing|plan stale|hold|ceiling|identity unchecked"),
    "status": re.compile("complete|complete except what is retained|incomplete"),
    "format": re.compile("json|html|pdf"),
    "until": _DATE,
    "received": _DATE,  # when a request came
    "due": _DATE,  # when it must be answered
    "extended": _DATE,  # when the person was told that it takes longer
    "version": re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){0,3}"),
    "task": re.compile("erased|absent|recoverable"),  # what a person said of it
    "by": _HASH,  # keyed: who said so
    "confirmation": _HASH,  # sha256 of the file that speaks for it
    "letter": re.compile("txt|html|pdf|mail"),
    "cull": re.compile(r"[\w.-]{1,64}"),  # the name of a rule, as an admin has written it
    "actor": re.compile("agent"),  # who runs it unasked; nothing where a person does
    "chore": re.compile("resume|holds|culls|backups"),  # of the agent
}

EVENTS = frozenset(
    {
        "init",
        "scan",
        "searched",
        "case-opened",
        "case-expired",
        "shown",
        "request-noted",  # what was asked for, when it came, when the answer is due
        "identity-checked",
        "identity-withdrawn",  # it was noted by mistake
        "decided",
        "cull-looked",  # what is due by a rule of culling
        "gap-accepted",
        "gap-withdrawn",
        "hold-noted",  # a ground to keep one item, given by hand (GDPR Art. 17(3))
        "hold-lifted",
        "hold-ended",
        "approved",
        "refused",
        "erase-begun",
        "erase-resumed",
        "erase-ended",
        "verified",
        "certified",
        "closed",  # the person's traces have left what gallra keeps
        "returned",  # what was erased is there again
        "after-restore",
        "ledger-expired",
        "task-done",
        "letter-written",
        "letter-sent",
        "reminded",
        "audit-torn",  # a crash cut a line off; the next one says what it was
        "audit-break",  # the file was not as it had been left
    }
)

COUNTS = frozenset(
    {
        *("sources", "items", "records", "read", "retired", "gaps", "new", "seconds"),
        *("identifiers", "findings", "certain", "probable", "possible", "steps", "decisions"),
        *("open", "erased", "absent", "recoverable", "held", "kept", "task", "blocked", "failed"),
        *("accepted", "backups", "snapshots", "bytes", "expected", "found"),
    }
)

_CASE = re.compile(r"\d{4}-\d{4,9}", re.ASCII)
_LARGEST = 1 << 53


def check_words(event: str, case: str | None, counts: Mapping[str, int], details: Mapping[str, str]) -> None:
    """Raise ValueError where anything is not of the vocabulary. The text repeats nothing of what was given."""
    if event not in EVENTS:
        raise ValueError("an event that the audit log does not know")
    if case is not None and not _CASE.fullmatch(case):
        raise ValueError("a case number that is none")
    if not counts.keys() <= COUNTS:
        raise ValueError(f"a count that the audit log does not know, in {event}")
    if any(type(count) is not int or not 0 <= count <= _LARGEST for count in counts.values()):
        raise ValueError(f"a count that is no whole number, in {event}")
    for key, value in details.items():
        if key not in DETAILS or not DETAILS[key].fullmatch(value):
            raise ValueError(f"a detail that the audit log does not know, in {event}")
