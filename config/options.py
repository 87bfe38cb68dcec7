"""The options of a kind: each connector says which it has, and what an admin wrote is checked against that here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

from config.fields import TYPE_NAMES, Table
from config.model import Source, unknown
from config.named import PROVIDER, WITH_PEOPLE
from config.secrets import wrong_reference
from config.sections import wrong_path
from connectors import registry
from connectors.base import Connector, Option
from connectors.errors import ConfigError

_PLACE = re.compile(r"[a-z_]+(?:\[[0-9]+\])?(?:\.[a-z_]+(?:\[[0-9]+\])?)*")  # "table[0].with[1].column"


def read(found: Table, name: str, base: Path, common: Iterable[str], by_hand: Iterable[str]) -> Source | None:
    """The place that a table describes; None, and all that is wrong noted, where it cannot be opened as it stands.

    `common` are the keys that every such table takes, `by_hand` the kinds beside those that have a connector.
    """
    backup = found.place[0] == "backup"
    before = len(found.problems)
    connector = _connector(found, by_hand, backup=backup)
    if connector is None:
        return None
    found.refuse_unknown((*common, *(option.name for option in connector.options)))
    settings = {option.name: setting(found, option, base) for option in connector.options}
    if len(found.problems) == before:
        tell(found, connector.validate(settings))
    ceiling = found.number("max_items_per_run", int, zero=True)
    if len(found.problems) != before or not name:
        return None
    return Source(name, connector.kind, settings, base, None if ceiling is None else int(ceiling), backup=backup)


def kind_of(found: Table, by_hand: Iterable[str]) -> str:
    """The kind that a table gives, noted where it is missing or no text, and then ""."""
    if "kind" not in found.values:
        known = {*_kinds(found), *by_hand}
        found.problem('key "kind" is missing; known: ' + ", ".join(sorted(known)))
        return ""
    kind = found.text("kind", "")
    return kind if isinstance(found.values["kind"], str) else ""


def _connector(found: Table, by_hand: Iterable[str], *, backup: bool) -> type[Connector] | None:
    kind = found.values.get("kind")
    if not isinstance(kind, str):
        kind_of(found, by_hand)
        return None
    known = _kinds(found)
    if kind not in (registry.BACKUPS if backup else registry.BUILT_IN) and kind not in known:
        found.problem(_elsewhere(kind, backup=backup) or unknown("kind", kind, (*known, *by_hand)), "kind")
        return None
    try:
        return registry.load(kind, backup=backup)
    except ConfigError as error:  # a client that is not installed
        tell(found, error.problems)
        return None


def _kinds(found: Table) -> tuple[str, ...]:
    return tuple(registry.kinds(backup=found.place[0] == "backup"))


def _elsewhere(kind: str, *, backup: bool) -> str | None:
    """That it is the kind of the other table, where it is."""
    if backup and (kind in WITH_PEOPLE or kind in registry.kinds()):
        return f'"{kind}" is the kind of a [[source]], not of a [[backup]]'
    if not backup and (kind == PROVIDER or kind in registry.BACKUPS):
        return f'"{kind}" is the kind of a [[backup]], not of a [[source]]'
    return None


def setting(found: Table, option: Option, base: Path) -> Any:  # noqa: ANN401 - what TOML holds
    """The value of one option, its default where it is not set; a problem with it is noted."""
    if option.name not in found.values:
        if option.required:
            found.problem(f'key "{option.name}" is missing ({option.help})')
            return None
        return _absolute(option.default, base) if option.path else option.default
    value = found.values[option.name]
    if option.tables:
        return _tables(found, option, base)
    said = _wrong_secret(value) if option.secret else _wrong_value(value, option)
    if said is not None:
        found.problem(said, option.name)
        return None
    return _absolute(value, base) if option.path else value


def _tables(found: Table, option: Option, base: Path) -> Any:  # noqa: ANN401 - what TOML holds
    """The settings of an option that is a table, or a list of tables, each checked as those of a source are."""
    value = found.values[option.name]
    if option.type is dict:
        if isinstance(value, dict):
            return _inner(_within(found, option.name), option, base)
        found.problem(f"must be settings in braces ({option.help})", option.name)
        return None
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return [_inner(_within(found, option.name, index), option, base) for index in range(len(value))]
    found.problem(f"must be written in double brackets, once for each ({option.help})", option.name)
    return None


def _inner(found: Table, option: Option, base: Path) -> dict[str, Any]:
    found.refuse_unknown(inner.name for inner in option.tables)
    return {inner.name: setting(found, inner, base) for inner in option.tables}


def _within(found: Table, key: str, index: int | None = None) -> Table:
    """The table at a key, called by its own `name` or `table` key where it stands in a list."""
    if index is None:
        return Table(found.values[key], (*found.place, key), f"{found.label} {key}", found.problems)
    values = found.values[key][index]
    called = values.get("name", values.get("table"))
    title = json.dumps(called, ensure_ascii=False) if isinstance(called, str) and called else f"number {index + 1}"
    return Table(values, (*found.place, key, index), f"{found.label} [[{key}]] {title}", found.problems)


def _wrong_secret(value: object) -> str | None:
    """What is wrong with a secret's reference. The value is never repeated: it may be the secret itself."""
    return wrong_reference(value if isinstance(value, str) else "")


def _wrong_value(value: object, option: Option) -> str | None:
    """What is wrong with a value, or None. Values are not repeated: a URL may hold a password."""
    types = get_args(option.type) or (option.type,)
    if not any(_is(value, wanted) for wanted in types):
        return "must be " + " or ".join(TYPE_NAMES.get(wanted, wanted.__name__) for wanted in types)
    texts = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    if option.choices and any(text not in option.choices for text in texts):
        return (
            "must be "
            + ("any of " if isinstance(value, list) else "one of ")
            + ", ".join(json.dumps(choice, ensure_ascii=False) for choice in option.choices)
        )
    return next((said for text in texts if option.path and (said := wrong_path(text))), None)


def _is(value: object, wanted: type) -> bool:
    if wanted is list:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if isinstance(value, bool):  # which Python takes for an int
        return wanted is bool
    return isinstance(value, (int, float) if wanted is float else wanted)


def _absolute(value: Any, base: Path) -> Any:  # noqa: ANN401 - what TOML holds
    if isinstance(value, list):
        return [_absolute(one, base) for one in value]
    if not isinstance(value, str) or not value:  # the default of one that need not be set
        return value
    return str(Path(value).expanduser() if value.startswith("~/") else base / value)


def tell(found: Table, problems: Iterable[str]) -> None:
    """Note what a connector says. A problem that begins with a key's place (`table[0].key: ...`) stands at its line."""
    for problem in problems:
        place, colon, rest = problem.partition(":")
        table, key = _at(found, place) if colon and _PLACE.fullmatch(place) else (found, "")
        if key in table.values:
            table.problem(rest.strip(), key)
        elif table is not found:
            table.problem(rest.strip())
        else:
            found.problem(problem)


def _at(found: Table, place: str) -> tuple[Table, str]:
    """The innermost table that a place leads to, and the key in it; no key where the place is a table of a list."""
    *way, last = place.split(".")
    for step in way:
        key, _, index = step.rstrip("]").partition("[")
        found = _within(found, key, int(index) if index else None)
    key, _, index = last.rstrip("]").partition("[")
    return (_within(found, key, int(index)), "") if index and key in found.values else (found, key)
