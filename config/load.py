"""Reads the configuration file: a frozen Config, or one ConfigError with every problem and its line."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config import sections
from config.lines import find_lines
from config.model import Config, unknown
from config.problems import Problems
from config.sources import sources
from connectors.errors import ConfigError

TABLES = ("agent", "company", "staff", "source", "read", "ocr", "limits", "detect")
_LATER = {"backup": "backups", "hold": "holds", "cull": "routine culling", "policy": "policies"}
_LARGEST = 1 << 22  # bytes
_WORD = re.compile(r"[A-Za-z]+")
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def load(path: Path) -> Config:
    """The settings in the file, complete and checked; it does no I/O beyond reading it.

    Raises ConfigError whose `problems` are all problems found, each `FILE:LINE: WHERE: WHAT`, never with the value
    of a secret. Problems of reading the file or of its syntax come alone, for nothing else can be said then.
    """
    text = _text(path)
    document = _parse(path, text)
    problems = Problems(str(path), find_lines(text))
    absolute = path.absolute()
    _refuse_unknown(document, problems)
    agent = sections.agent(document, absolute.parent, problems)
    found = Config(
        path=absolute,
        agent=agent,
        company=sections.company(document, agent.region, problems),
        staff=sections.staff(document, agent.region, problems),
        sources=sources(document, absolute.parent, problems),
        limits=sections.limits(document, problems),
        detect=sections.detect(document, problems),
        read=sections.read(document, problems),
        ocr=sections.ocr(document, absolute.parent, problems),
    )
    problems.check()
    return found


def _text(path: Path) -> str:
    """The file's text, without the byte order mark that some editors write."""
    try:
        with open(path, "rb", opener=_opener) as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise ConfigError([f"{path}: is not a file"])
            data = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        raise ConfigError(
            [f"{path}: there is no such file. `gallra init` writes one; `gallra --config FILE` names another"]
        ) from None
    except IsADirectoryError:
        raise ConfigError(
            [f"{path}: is a folder; name the file in it: `gallra --config {path / 'gallra.toml'}`"]
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigError([f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'not a path'}"]) from None
    if len(data) > _LARGEST:
        raise ConfigError([f"{path}: is larger than {_LARGEST} bytes, and so no configuration"])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{path}:{line}: is not UTF-8; save the file as UTF-8 in your editor"]) from None


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe at this place is refused, not waited for


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax(path, text, str(error))]) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, lists nested thousands deep
        raise ConfigError([f"{path}: is not TOML that can be read: a value in it is too large"]) from None
    if not document:
        raise ConfigError([f"{path}: is empty: it needs at least one [[source]]. `gallra init DIR` writes an example"])
    return document


def _syntax(path: Path, text: str, said: str) -> str:
    match = _POSITION.search(said)
    line = match[1] if match and match[1] else str(text.rstrip().count("\n") + 1)
    column = f" (column {match[2]})" if match and match[2] else ""
    hint = ""
    if said.startswith("Invalid value"):
        hint = "; texts stand in quotes" if column else "; a bracket or quote is not closed"
    if match and match[1]:
        word = _WORD.match(text.split("\n")[int(match[1]) - 1], int(match[2]) - 1)
        if word and word[0].lower() in ("true", "false"):
            hint = f"; write {word[0].lower()}, in lower case"
    return f"{path}:{line}: is not TOML{column}: {_POSITION.sub('', said)}{hint}"


def _refuse_unknown(document: Mapping[str, Any], problems: Problems) -> None:
    for name, value in document.items():
        if name in TABLES:
            continue
        is_list = isinstance(value, list)
        if name in _LATER:
            shown = f"[[{name}]]" if is_list else f"[{name}]"
            text = (
                f"{shown}: this version of gallra cannot keep to {_LATER[name]} yet, and does not pass over them in "
                "silence; take it out, and see to it by other means"
            )
        else:
            text = unknown("table" if isinstance(value, dict) or is_list else "key", name, TABLES)
        problems.add((name,), text)
