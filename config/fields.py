"""One table of the file: hands out checked values, and notes what is wrong with the others."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from config.lines import Place
from config.model import unknown
from config.problems import Problems

TYPE_NAMES: Mapping[type, str] = {
    str: "a text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list of texts in quotes",
}
_LARGEST = 1 << 53  # what every number in JSON and every system call can hold
_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")


class Table:
    """`label` is how the table is called in problems: `[agent]`, `[[source]] "info"`."""

    def __init__(self, values: Mapping[str, Any], place: Place, label: str, problems: Problems) -> None:
        self.values = values
        self.place = place
        self.label = label
        self.problems = problems

    def problem(self, text: str, *at: str | int) -> None:
        """Note a problem of the table, or of the key (and list index) `at`, which is then named."""
        name = f" {at[0]}" if at else ""
        self.problems.add((*self.place, *at), f"{self.label}{name}: {text}")

    def refuse_unknown(self, known: Iterable[str]) -> None:
        """A problem for every key that is not known, with the nearest known one."""
        names = set(known)
        for key in self.values:
            if key not in names:
                self.problems.add((*self.place, key), f"{self.label}: {unknown('key', key, names)}")

    def text(self, name: str, default: str) -> str:
        """The text at the key; the default where it is not set or not a text (which is noted)."""
        value = self.values.get(name, default)
        if isinstance(value, str):
            return value
        self.problem(f"must be {TYPE_NAMES[str]}", name)
        return default

    def checked(self, name: str, default: str, wrong: Callable[[str], str | None]) -> str:
        """The text at the key, after `wrong` found nothing: it answers with a problem or None."""
        value = self.text(name, default)
        said = wrong(value) if isinstance(self.values.get(name, default), str) else None
        if said is None:
            return value
        self.problem(said, name)
        return default

    def texts(self, name: str, wrong: Callable[[str], str | None]) -> tuple[str, ...]:
        """The texts of the list at the key that `wrong` finds nothing in; a problem for each other one, at its line."""
        value = self.values.get(name, [])
        if not isinstance(value, list):
            self.problem(f"must be {TYPE_NAMES[list]}", name)
            return ()
        good: list[str] = []
        for index, one in enumerate(value):
            said = wrong(one) if isinstance(one, str) else f"must hold only {TYPE_NAMES[str]}"
            if said is None:
                good.append(one)
            else:
                self.problem(said, name, index)
        return tuple(good)

    def flag(self, name: str, *, default: bool) -> bool:
        """Whether the key is true; the default where it is not set or neither true nor false (which is noted)."""
        value = self.values.get(name, default)
        if isinstance(value, bool):
            return value
        self.problem(f"must be {TYPE_NAMES[bool]}", name)
        return default

    def number(self, name: str, wanted: type, most: int = _LARGEST, *, zero: bool = False) -> int | float | None:
        """The number at the key, None where it is not set or not a good one (which is noted).

        Good is what is above 0 (with `zero`, 0 too) and at most `most`.
        """
        value = self.values.get(name)
        if value is None:
            return None
        said = _wrong_number(value, wanted, most, zero=zero)
        if said is not None:
            self.problem(said, name)
            return None
        number: int | float = wanted(value)
        return number


def table(document: Mapping[str, Any], name: str, problems: Problems) -> Table:
    """The table `[name]`; an empty one where it is not set or not a table (which is noted)."""
    values = document.get(name, {})
    if not isinstance(values, dict):
        problems.add((name,), f"[{name}]: must be one table, written [{name}] in single brackets")
        values = {}
    return Table(values, (name,), f"[{name}]", problems)


def tables(document: Mapping[str, Any], name: str, problems: Problems) -> Iterator[Table]:
    """Every `[[name]]`, called by its own `name` key where it has one."""
    found = document.get(name, [])
    if not isinstance(found, list) or not all(isinstance(values, dict) for values in found):
        problems.add((name,), f"[[{name}]]: must be written [[{name}]], in double brackets, once for each")
        return
    for index, values in enumerate(found):
        called = values.get("name")
        title = json.dumps(called, ensure_ascii=False) if isinstance(called, str) and called else f"number {index + 1}"
        yield Table(values, (name, index), f"[[{name}]] {title}", problems)


def wrong_domain(text: str) -> str | None:
    """What is wrong with a mail domain, or None."""
    labels = text.split(".")
    if len(labels) > 1 and len(text) <= 253 and not labels[-1].isdigit() and all(map(_LABEL.fullmatch, labels)):
        return None
    return 'does not look like a domain; write it as "invex.example", without "@" or "https://"'


def wrong_email(text: str) -> str | None:
    """What is wrong with an email address, or None."""
    local, at, domain = text.rpartition("@")
    if at and local and "@" not in local and not re.search(r"[\s\x00-\x1f<>,;]", local) and not wrong_domain(domain):
        return None
    return 'does not look like an email address; write it as "info@invex.example"'


def _wrong_number(value: object, wanted: type, most: int, *, zero: bool) -> str | None:
    kinds = (int, float) if wanted is float else (int,)
    if isinstance(value, bool) or not isinstance(value, kinds):
        return f"must be {TYPE_NAMES[float if wanted is float else int]}"
    if not math.isfinite(value) or not 0 <= value <= most or (value == 0 and not zero):
        return f"must be {'0 or more' if zero else 'above 0'} and at most {most}"
    return None
