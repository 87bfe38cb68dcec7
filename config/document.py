"""Reads one TOML file, or raises one ConfigError that says why nothing can be read from it."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from connectors.errors import ConfigError

_LARGEST = 1 << 22  # bytes
_NAME_IT = "`gallra init` writes one; `gallra --config FILE` names another"
_WORD = re.compile(r"[A-Za-z]+")
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def read_text(path: Path, *, main: bool = True) -> str:
    """The file's text, without the byte order mark that some editors write. Raises ConfigError.

    `main` is the file that the command line names: then the problem says how.
    """
    try:
        with open(path, "rb", opener=_opener) as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise ConfigError([f"{path}: is not a file"])
            data = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        raise ConfigError([f"{path}: there is no such file" + (f". {_NAME_IT}" if main else "")]) from None
    except IsADirectoryError:
        how = f"`gallra --config {path / 'gallra.toml'}`"
        raise ConfigError([f"{path}: is a folder; name the file in it" + (f": {how}" if main else "")]) from None
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


def parse(name: str, text: str) -> dict[str, Any]:
    """The tables in the text; `name` is how the file is called in problems. Raises ConfigError."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax(name, text, str(error))]) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, lists nested thousands deep
        raise ConfigError([f"{name}: is not TOML that can be read: a value in it is too large"]) from None


def _syntax(name: str, text: str, said: str) -> str:
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
    return f"{name}:{line}: is not TOML{column}: {_POSITION.sub('', said)}{hint}"
