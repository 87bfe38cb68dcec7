"""Which items hold identifiers that the policy says are not there: "no personnummer in mail". From the index alone.

An item counts once, however many it holds. A rule about mails is about what lies in mails, too: an attachment, a mail
in a mailbox file. The company's own addresses and numbers, and those of its staff, are nobody's to be told of.
"""

from __future__ import annotations

from collections.abc import Sequence

from scanner.company import Company
from scanner.drift.count import Check, Marks
from scanner.index.sweep import Holding, Sweep
from scanner.policy_match import kind_of
from scanner.records import IdType, Steps

_OURS = frozenset({IdType.EMAIL, IdType.PHONE, IdType.NAME})  # the types that a company or its staff may have


def id_type(name: str) -> IdType:
    """The type that a rule names as `national-id`."""
    return IdType(name.replace("-", "_"))


def count_identifiers(checks: Sequence[Check], sweep: Sweep, company: Company) -> None:
    """Count what breaks these rules, once `Check.take` has seen all items; and what nobody could read."""
    if not checks:
        return
    wanted = [{id_type(one) for one in check.rule.identifiers} for check in checks]
    hits = [Marks(sweep.last()) for _ in checks]
    known: tuple[bytes, bool] = (b"", False)
    for holding in sweep.holders(frozenset().union(*wanted)):
        if known[0] != holding.value:  # those of one value come together
            known = holding.value, holding.type in _OURS and company.is_ours(holding.type, sweep.value(holding))
        if known[1]:
            continue
        for check, types, hit in zip(checks, wanted, hits, strict=True):
            if holding.type in types and holding.id not in hit and _is_about(check, holding, sweep):
                check.looked += check.fits.add(holding.id)
                check.breaking += hit.add(holding.id)
    for item in sweep.unread():
        for check, hit in zip(checks, hits, strict=True):
            check.untold += item in check.fits and item not in hit


def _is_about(check: Check, holding: Holding, sweep: Sweep) -> bool:
    """Whether the rule is about the item, the record, or something on the way from one to the other."""
    if holding.id in check.fits:
        return True
    if not (check.rule.kinds or check.rule.match):
        return False
    steps, path = sweep.steps(holding.steps), sweep.path(holding.path)
    return any(
        check.is_about(holding.source, path, holding.kind, _kind(steps[:depth], steps, holding), _names(steps[:depth]))
        for depth in range(1, len(steps) + 1)
    )


def _kind(part: Steps, steps: Steps, holding: Holding) -> str:
    word = holding.word if part == steps else part[-1].partition(" ")[0]
    return kind_of(word, holding.kind)


def _names(steps: Steps) -> tuple[str, ...]:
    """The names of members and attachments, as `scanner.papers` has them."""
    return tuple(one.partition(" ")[2].partition(": ")[2] or one.partition(" ")[2] for one in steps)
