"""What to do about a rule of the policy that is broken, or that nothing can be told of. Pure."""

from __future__ import annotations

from config.model import Config, CullRule, PolicyRule
from scanner.agent.book import Drift
from scanner.drift.days import IN_TEXT


def cull_of(config: Config, rule: PolicyRule) -> str:
    """The name of the cull that picks just what a rule about age, or about what may not be there, picks; or ""."""
    if not (rule.older or rule.none):
        return ""
    return next((one.name for one in config.culls if _picks(one) == _picks(rule)), "")


def next_step(config: Config, rule: PolicyRule, look: Drift | None) -> str:
    """One sentence; "" where there is nothing to do."""
    if look is None:
        return "run the agent (gallra run): it counts after each scan that changed something"
    if look.breaking > rule.at_most:
        return _mend(config, rule)
    if not look.looked and not look.undated and not rule.none:
        return "nothing fits this rule: look whether it says where the data is, and whether that was scanned"
    return _tell(rule) if look.undated else ""


def _mend(config: Config, rule: PolicyRule) -> str:
    if rule.keeps_days is not None:
        return f"have the backup forget what is older than {rule.keeps_days} days: gallra check shows its oldest"
    if rule.scanned_within:
        return "gallra scan; gallra status tells why a source is not scanned by itself"
    if rule.identifiers:
        return "take them out where they lie: the next scan counts again"
    cull = cull_of(config, rule)
    if cull:
        return f"gallra cull {cull}"
    if rule.older:
        return "write a [[cull]] that picks the same, then: gallra cull; or see to them by hand"
    return "see to them by hand: the next scan counts again"


def _tell(rule: PolicyRule) -> str:
    """What to do where some could not be told of."""
    if rule.older:
        where = "date in its text" if rule.older.start in IN_TEXT else "day of its own"
        return f"look through what has no {where}: no rule can say how old it is"
    if rule.keeps_days is not None:
        return "no snapshot of it is known: scan the backup"
    return "see why some could not be read: gallra scan names the gaps"


def _picks(rule: CullRule | PolicyRule) -> tuple[object, ...]:
    lists = (rule.sources, rule.match, rule.kinds, rule.folders, rule.senders, rule.documents)
    return tuple(frozenset(one) for one in lists)
