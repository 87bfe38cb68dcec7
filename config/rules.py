"""The `[[hold]]` and `[[cull]]` tables: which items a law keeps and until when, and which may go after a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from config.fields import Table, tables, wrong_domain, wrong_email
from config.model import DOCUMENTS, KINDS, MOST_CULLED, STARTS, CullRule, HoldRule, Span, unknown
from config.named import Known
from config.names import folded, wrong_name
from config.problems import Problems
from connectors.files.globs import Globs

_WHICH = ("name", "sources", "match", "kinds", "folders", "senders", "documents")
_MATCHERS = ("match", "folders", "senders", "documents")
_LONGEST = {"years": 100, "months": 1200, "days": 36525}
_CULL_STARTS = ("received", "created")
_ALL = frozenset("*?/")  # a pattern of nothing but these fits everything


class Rules:
    """Gathers the rules of the file and of all that it includes: names are unique over all of them.

    `known` are the names that a rule may give: those of sources.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self._seen: dict[tuple[str, str], str] = {}
        self.holds: list[HoldRule] = []
        self.culls: list[CullRule] = []

    def read(self, document: Mapping[str, Any], problems: Problems) -> None:
        """Add every `[[hold]]` and `[[cull]]` of one file; those with a problem are noted and left out."""
        for found in tables(document, "hold", problems):
            before = len(problems)
            hold = self._hold(found)
            if hold is not None and len(problems) == before:
                self.holds.append(hold)
        for found in tables(document, "cull", problems):
            before = len(problems)
            cull = self._cull(found)
            if cull is not None and len(problems) == before:
                self.culls.append(cull)

    def _hold(self, found: Table) -> HoldRule | None:
        found.refuse_unknown((*_WHICH, "statute", "until", "unattended"))
        which = self._which(found, "hold")
        statute = needed_text(found, "statute", "the law that the answer to the person names")
        until = _until(found)
        unattended = _unattended(found)
        return None if until is None else HoldRule(**which, statute=statute, until=until, unattended=unattended)

    def _cull(self, found: Table) -> CullRule | None:
        found.refuse_unknown((*_WHICH, "after", "unattended", "max_items"))
        which = self._which(found, "cull")
        how = 'write { months = 24, from = "received" }'
        after = span(found, "after", ("years", "months", "days"), _CULL_STARTS, how)
        unattended = _unattended(found)
        limit = found.number("max_items", int)
        if after is None:
            return None
        return CullRule(**which, after=after, unattended=unattended, max_items=int(limit or MOST_CULLED))

    def _which(self, found: Table, table: str) -> dict[str, Any]:
        """The keys that say which items a rule is about."""
        name = self.name(found, table)
        if not any(found.values.get(key) for key in _MATCHERS):
            keys = ", ".join(f'"{key}"' for key in _MATCHERS)
            found.problem(f'would {table} everything: needs one of {keys}; match = ["**"] says so on purpose')
        return {"name": name, **self.which(found)}

    def which(self, found: Table) -> dict[str, Any]:
        """What is set of the keys that say which items a rule is about."""
        return {
            "sources": tuple(
                dict.fromkeys(self._known.source(one) for one in found.texts("sources", self._known.wrong_for_rule))
            ),
            "match": found.texts("match", wrong_pattern),
            "kinds": found.texts("kinds", one_of("kind", KINDS)),
            "folders": found.texts("folders", wrong_pattern),
            "senders": tuple(one.casefold() for one in found.texts("senders", _wrong_sender)),
            "documents": found.texts("documents", one_of("document", DOCUMENTS)),
        }

    def name(self, found: Table, table: str) -> str:
        """The name of a rule, noted where it is none, or that of another rule of its kind."""
        name = needed_text(found, "name", "")
        said = wrong_name(name) if name.strip() else None
        if said is not None or not name.strip():
            if said is not None:
                found.problem(said, "name")
            return name
        here = f"{found.problems.file}:{found.problems.line((*found.place, 'name'))}"
        first = self._seen.setdefault((table, folded(name)), here)
        if first != here:
            found.problem(f"the {table} in {first} has the same name (capitals do not count)", "name")
        return name


def _until(found: Table) -> Span | date | None:
    value = found.values.get("until")
    fixed = _fixed(value)
    if fixed is not None:
        return fixed
    how = 'write { years = 7, from = "financial-year-end" }, or a day, as in 2030-12-31'
    return span(found, "until", ("years", "months"), STARTS, how)


def _fixed(value: object) -> date | None:
    """The day that is written as a date or as its text."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def span(found: Table, key: str, units: Sequence[str], starts: Sequence[str], how: str) -> Span | None:
    """The span at a key; None where it is missing or wrong (which is noted). `how` says how to write it."""
    values = found.values.get(key)
    if not isinstance(values, dict):
        if key in found.values:
            found.problem(f"must say how long; {how}", key)
        else:
            found.problem(f'key "{key}" is missing; {how}')
        return None
    inner = Table(values, (*found.place, key), f"{found.label} {key}", found.problems)
    before = len(found.problems)
    inner.refuse_unknown((*units, "from"))
    start = inner.checked("from", "", lambda text: None if text in starts else unknown("start", text, starts))
    lengths = {unit: int(inner.number(unit, int, _LONGEST[unit]) or 0) for unit in units}
    if not any(unit in values for unit in units):
        inner.problem("needs one of " + ", ".join(f'"{unit}"' for unit in units))
    if start == "financial-year-end" and "months" in values:
        inner.problem('counts whole calendar years from "financial-year-end": write "years" only', "months")
    return Span(start, **lengths) if len(found.problems) == before else None


def _unattended(found: Table) -> bool:
    """Whether a rule is carried out with nobody looking: what it is about must be told apart by where it lies."""
    if not found.flag("unattended", default=False):
        return False
    if not found.values.get("sources"):
        found.problem('needs "sources": what goes unattended must be in places that are named', "unattended")
    if found.values.get("documents"):
        found.problem('cannot go with "documents": what a text looks like is for a person to confirm', "unattended")
    if any(isinstance(one, str) and set(one) <= _ALL for one in found.values.get("match") or ()):
        found.problem("cannot go with a pattern that fits everything", "unattended")
    return True


def needed_text(found: Table, name: str, help_: str) -> str:
    """The text at a key that must be there and say something; "" where it is not (which is noted)."""
    if name not in found.values:
        found.problem(f'key "{name}" is missing' + (f" ({help_})" if help_ else ""))
        return ""
    text = found.text(name, "")
    if isinstance(found.values[name], str) and not text.strip():
        found.problem("is empty", name)
    return text


def wrong_pattern(text: str) -> str | None:
    """What is wrong with a pattern of paths, or None."""
    if not text.strip("/ ") or "\0" in text:
        return "must be a pattern of paths; it is empty or holds a NUL"
    if "\\" in text:
        return 'must be written with "/", not "\\"'
    if any(part in (".", "..") for part in text.split("/")):
        return "must not hold . or .. as a folder: it starts at the source"
    try:
        Globs([folded(text)])
    except re.error:
        return "is not a pattern: what stands in its brackets is no set of characters"
    return None


def _wrong_sender(text: str) -> str | None:
    return wrong_email(text) if "@" in text else wrong_domain(text)


def one_of(what: str, known: Sequence[str]) -> Callable[[str], str | None]:
    """What is wrong with a text that is none of the known ones: the nearest of them is named."""
    return lambda text: None if text in known else unknown(what, text, known)
