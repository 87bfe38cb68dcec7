"""What only people can look through: a `processor`, a `paper` binder, a `provider` of backups."""

from __future__ import annotations

from dataclasses import replace

from config.fields import Table, wrong_email
from config.model import Hand
from config.named import PAPER, PROCESSOR, PROVIDER, Known
from config.sections import wrong_language

_LETTER = ("contact", "language")  # who a letter goes to, and in which language
_TASK = ("owner", "what", "deadline_days")
KEYS = {
    PROCESSOR: ("name", "kind", "backup", *_LETTER, *_TASK),
    PAPER: ("name", "kind", "backup", "place", "label", "span", *_TASK),
    PROVIDER: ("name", "kind", "covers", "keeps_days", *_LETTER, *_TASK),
}
"""The keys that each kind takes."""

LONGEST_KEPT = 36525
"""Days that a backup may be said to keep what it holds: a hundred years."""

_USUAL_DEADLINE = Hand("", "").deadline_days
_LONGEST_DEADLINE = 365  # days; the law gives a month, and three where it is complex (Art. 12.3)


def with_people(found: Table, name: str) -> Hand:
    """A processor or a paper binder. What is wrong with it is noted."""
    kind = str(found.values["kind"])
    found.refuse_unknown(KEYS[kind])
    if kind == PAPER and "place" not in found.values:
        found.problem('key "place" is missing (where the binder stands)')
    place, label, span = (_filled(found, key) for key in ("place", "label", "span"))
    return replace(_asked(found, name, kind), place=place, label=label, span=span)


def provider(found: Table, name: str, known: Known) -> Hand:
    """A company that keeps backups. What is wrong with it is noted."""
    found.refuse_unknown(KEYS[PROVIDER])
    return replace(_asked(found, name, PROVIDER), covers=covers(found, known), keeps_days=keeps_days(found))


def covers(found: Table, known: Known) -> tuple[str, ...]:
    """The sources whose data a backup holds, as they write their names; at least one."""
    if "covers" not in found.values:
        found.problem('key "covers" is missing: the names of the sources whose data it holds')
        return ()
    if found.values["covers"] == []:
        found.problem("is empty: name at least one source whose data it holds", "covers")
    return tuple(dict.fromkeys(known.source(one) for one in found.texts("covers", known.wrong_to_cover)))


def keeps_days(found: Table) -> int | None:
    """How long a backup is said to keep what it holds, in days; None where nothing is said."""
    days = found.number("keeps_days", int, LONGEST_KEPT)
    return None if days is None else int(days)


def _asked(found: Table, name: str, kind: str) -> Hand:
    """What is said of all kinds: who is asked of what, by whom, and until when."""
    return Hand(
        name,
        kind,
        contact=_contact(found),
        owner=_filled(found, "owner"),
        what=_filled(found, "what"),
        deadline_days=_deadline(found),
        language=_language(found),
    )


def _contact(found: Table) -> str:
    return found.checked("contact", "", wrong_email) if "contact" in found.values else ""


def _language(found: Table) -> str:
    return found.checked("language", "", wrong_language) if "language" in found.values else ""


def _deadline(found: Table) -> int:
    return int(found.number("deadline_days", int, _LONGEST_DEADLINE) or _USUAL_DEADLINE)


def _filled(found: Table, key: str) -> str:
    """The text at the key, on one line; "" where it is not set."""
    return found.checked(key, "", _wrong_line) if key in found.values else ""


def _wrong_line(text: str) -> str | None:
    if not text.strip():
        return "is empty"
    return None if text.isprintable() else "must be one line of text, without tabs and the like"
