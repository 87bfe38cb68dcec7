"""The `[[policy]]` tables: sentences of the company's published policy, each as one check that every scan makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from config.fields import Table, tables
from config.model import IDENTIFIERS, STARTS, PolicyRule, unknown
from config.named import PROVIDER
from config.names import folded
from config.problems import Problems
from config.rules import Rules, needed_text, one_of, span
from config.times import seconds, wrong

WHICH: Final = ("name", "sources", "match", "kinds", "folders")
CHECKS: Final = ("older", "identifiers", "none", "keeps_days", "scanned_within")
"""What can be checked; a rule says just one of them."""

KEYS: Final = (*WHICH, "area", "says", *CHECKS, "backups", "at_most")

_PICKS: Final = WHICH[1:]  # what makes a rule be about something
_IN_CONTENT: Final = ("senders", "documents")  # what a hold or cull may ask for, and the index cannot tell
_UNITS: Final = ("years", "months", "days")
_LONGEST_KEPT: Final = 36525  # days, a hundred years
_HOW_OLD: Final = 'write { months = 24, from = "received" }'


class Policies:
    """Gathers the rules of the file and of all that it includes: names are unique over all of them.

    `rules` reads the keys that all rules share; `document` is the main file's, which names the backups.
    """

    def __init__(self, rules: Rules, document: Mapping[str, Any]) -> None:
        self._rules = rules
        self._backups: dict[str, tuple[str, object]] = {
            folded(one["name"]): (one["name"], one.get("kind")) for one in _named(document)
        }
        self.policies: list[PolicyRule] = []

    def read(self, document: Mapping[str, Any], problems: Problems) -> None:
        """Add every `[[policy]]` of one file; those with a problem are noted and left out."""
        for found in tables(document, "policy", problems):
            before = len(problems)
            policy = self._policy(found)
            if len(problems) == before:
                self.policies.append(policy)

    def _policy(self, found: Table) -> PolicyRule:
        found.refuse_unknown((*KEYS, *_IN_CONTENT))
        for key in _IN_CONTENT:
            if key in found.values:
                found.problem("every scan would read every item for it: say it by match, folders or kinds", key)
        name = self._rules.name(found, "policy")
        check = _check_of(found)
        _check_company(found, check)
        older = span(found, "older", _UNITS, STARTS, _HOW_OLD) if "older" in found.values else None
        keeps = found.number("keeps_days", int, _LONGEST_KEPT)
        within = found.checked("scanned_within", "1d", wrong(seconds))
        return PolicyRule(
            name=name,
            **self._rules.which(found),
            area=needed_text(found, "area", "the part of the policy that it belongs to"),
            says=needed_text(found, "says", "what the policy promises, in its own words"),
            older=older,
            identifiers=found.texts("identifiers", one_of("identifier", IDENTIFIERS)),
            none=found.flag("none", default=False),
            backups=tuple(dict.fromkeys(self._backup(one) for one in found.texts("backups", self._wrong_backup))),
            keeps_days=None if keeps is None else int(keeps),
            scanned_within=seconds(within) if "scanned_within" in found.values else 0.0,
            at_most=int(found.number("at_most", int, zero=True) or 0),
        )

    def _backup(self, name: str) -> str:
        return self._backups[folded(name)][0]

    def _wrong_backup(self, name: str) -> str | None:
        if folded(name) not in self._backups:
            return unknown("backup", name, (one for one, _ in self._backups.values()))
        if self._backups[folded(name)][1] == PROVIDER:
            return f'"{name}" lies with a company that only people can ask: gallra cannot see what it keeps'
        return None


def _check_of(found: Table) -> str:
    """The one check that the rule makes; "" where there is none, or more than one (which is noted)."""
    told = [one for one in CHECKS if one in found.values]
    if not told:
        found.problem("checks nothing: needs one of " + ", ".join(f'"{one}"' for one in CHECKS))
    for one in told[1:]:
        found.problem(f'cannot go with "{told[0]}": write a [[policy]] of its own for it', one)
    if len(told) != 1:
        return ""
    if found.values[told[0]] in (False, []):
        found.problem(f"checks nothing: {'write true, or take it out' if told[0] == 'none' else 'name one'}", told[0])
    return told[0]


def _check_company(found: Table, check: str) -> None:
    """Note the keys that do not go with the check, and those that it lacks."""
    if not check:
        return
    backups, picks = bool(found.values.get("backups")), [one for one in _PICKS if found.values.get(one)]
    for key in _strange(check, backups=backups):
        if key in found.values:
            found.problem(f'cannot go with "{check}"', key)
    if check == "keeps_days":
        if not backups:
            found.problem('needs "backups": which of them keep it so long', check)
    elif check != "scanned_within" and not picks:
        keys = ", ".join(f'"{one}"' for one in _PICKS if one not in _strange(check, backups=False))
        found.problem(f'is about everything: needs one of {keys}; match = ["**"] says so on purpose')


def _strange(check: str, *, backups: bool) -> tuple[str, ...]:
    """The keys that say nothing beside a check."""
    if check == "keeps_days":
        return _PICKS
    if check == "scanned_within":
        return _PICKS if backups else _PICKS[1:]
    return ("backups",)


def _named(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    found = document.get("backup", [])
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, dict) and isinstance(one.get("name"), str))
