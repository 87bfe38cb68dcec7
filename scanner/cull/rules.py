"""The rules of culling in a configuration, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.model import Config, CullRule
from scanner.model import Case
from scanner.today import today

if TYPE_CHECKING:  # it needs every reader, which `find` needs not
    from scanner.cull.look import Judge


def rule_of(config: Config, name: str) -> CullRule | None:
    """The rule of this name; None where it is configured no more."""
    return next((one for one in config.culls if one.name == name), None)


def sources_of(config: Config, rule: CullRule) -> list[str]:
    """The sources that a rule is about. Backups are none of them: what is in those leaves when they expire."""
    return [one.name for one in config.sources if not rule.sources or one.name in rule.sources]


def judge_of(config: Config, case: Case) -> Judge:
    """The last word on each item of a case of culling, by the rule as it is now."""
    from scanner.cull.look import Judge  # noqa: PLC0415 - see above

    return Judge(rule_of(config, case.cull), today())


def cull_of(case: Case) -> dict[str, str]:
    """What the audit log says of a case of culling: its rule."""
    return {"cull": case.cull} if case.cull else {}
