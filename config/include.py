"""The rules of other files: `include = ["builtin:retention-se", "our-rules.toml"]`, before the first table.

Only `[[hold]]`, `[[cull]]` and `[[policy]]` may come from an included file: where data lies and where keys are stays in
one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from config.document import parse, read_text
from config.fields import TYPE_NAMES
from config.lines import find_lines
from config.model import unknown
from config.problems import Problems
from connectors.errors import ConfigError

INCLUDE = "include"
BUILT_IN = ("retention-se",)
"""What `builtin:` can be followed by: files of this package."""

_TABLES = ("hold", "cull", "policy")
_ONLY = "an included file holds only [[hold]], [[cull]] and [[policy]]"
_SCHEME = "builtin:"


@dataclass(frozen=True, slots=True)
class Included:
    """One included file: its tables, and where its problems are noted, by its own name and lines."""

    document: Mapping[str, Any]
    problems: Problems


def included(document: Mapping[str, Any], base: Path, problems: Problems) -> Iterator[Included]:
    """Every file that the document includes, in its order. One that cannot be read is a problem where it is named.

    `base` is the folder that relative paths start from.
    """
    wanted = document.get(INCLUDE, [])
    if not isinstance(wanted, list):
        problems.add((INCLUDE,), f"{INCLUDE}: must be {TYPE_NAMES[list]}")
        return
    for index, name in enumerate(wanted):
        try:
            yield _one(_checked(name, wanted[:index]), base)
        except ConfigError as error:
            for said in error.problems:
                problems.add((INCLUDE, index), f"{INCLUDE}: {said}")


def _checked(name: object, before: list[object]) -> str:
    if not isinstance(name, str):
        raise ConfigError([f"must hold only {TYPE_NAMES[str]}"])
    if name in before:
        raise ConfigError([f"{name}: is included twice"])
    return name


def _one(name: str, base: Path) -> Included:
    shown, text = _text(name, base)
    document = parse(shown, text)
    noted = Problems(shown, find_lines(text))
    for key in document:
        if key not in _TABLES:
            noted.add((key,), f"{unknown('table', key, _TABLES)}; {_ONLY}")
    return Included(document, noted)


def _text(name: str, base: Path) -> tuple[str, str]:
    """How the file is called in problems, and what it says."""
    if not name.startswith(_SCHEME):
        path = base / Path(name).expanduser()
        return str(path), read_text(path, main=False)
    known = name.removeprefix(_SCHEME)
    if known not in BUILT_IN:
        raise ConfigError([unknown("built-in file", known, BUILT_IN)])
    return name, resources.files("config").joinpath(f"{known}.toml").read_text(encoding="utf-8")
