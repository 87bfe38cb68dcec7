"""What must be so before any step of a plan runs; the executor asks itself, whatever a command has let through."""

from __future__ import annotations

from collections import Counter

from config.model import Config
from scanner.cull.rules import rule_of
from scanner.model import Case, Plan
from scanner.refusal import Refusal
from scanner.requests import identity_missing


class NotAllowed(Refusal):
    """The plan may not run now; nothing was tried. `why` is a word of the audit log."""

    def __init__(self, why: str, text: str) -> None:
        super().__init__(text)
        self.why = why


class MayRun:
    """The rules of one configuration: the requester is identified, the plan not larger than an admin expects."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def check(self, case: Case, plan: Plan) -> None:
        """Raise NotAllowed with what is in the way and the next step."""
        if case.cull:
            self._check_cull(case.cull, len(plan.steps))
        elif (missing := identity_missing(case, self._config.cases.identity_check)) is not None:
            raise NotAllowed("identity unchecked", missing)
        most = self._config.erase.max_items_per_run
        if len(plan.steps) > most:
            raise NotAllowed("ceiling", _grown(len(plan.steps), most, "one run"))
        for source, count in sorted(Counter(step.locator.source for step in plan.steps).items()):
            ceiling = self._config.ceiling(source)
            if ceiling and count > ceiling:
                raise NotAllowed("ceiling", _grown(count, ceiling, f'the source "{source}"'))

    def _check_cull(self, name: str, steps: int) -> None:
        """Nobody asked for a cull; its rule says how much one run may take."""
        rule = rule_of(self._config, name)
        if rule is None and steps:
            raise NotAllowed("plan stale", f'no [[cull]] is named "{name}" any more, and nothing was erased')
        if rule is not None and steps > rule.max_items:
            raise NotAllowed(
                "ceiling",
                f'the plan is about {steps} items, and the rule "{name}" may cull at most {rule.max_items} in one run; '
                f"nothing was erased. Next: gallra cull {name}",
            )


def _grown(count: int, most: int, what: str) -> str:
    return (
        f"the plan is about {count} items, and {what} may erase at most {most}; nothing was erased. "
        "Next: look whether the plan grew by mistake; if it is right, raise that ceiling in gallra.toml "
        "(max_items_per_run, max_items_per_source)"
    )
