"""What keeps a file from being read at all is one problem, with its line where there is one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from config.load import load
from connectors.errors import ConfigError

Write = Callable[[str], Path]
FOLDER = '[[source]]\nname = "kunder"\nkind = "folder"\npath = "kunder"\n'


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\nb = \n", "gallra.toml:2: is not TOML (column 5): Invalid value; texts stand in quotes"),
        ("a = True\n", "gallra.toml:1: is not TOML (column 5): Invalid value; write true, in lower case"),
        ("x = 1\na = FALSE # no\n", "gallra.toml:2: is not TOML (column 5): Invalid value; write false, in lower case"),
        ("a = Trueish\n", "gallra.toml:1: is not TOML (column 5): Invalid value; texts stand in quotes"),
        ("a = 1\n\nb = [1,\n", "gallra.toml:3: is not TOML: Invalid value; a bracket or quote is not closed"),
        ("", "gallra.toml: is empty: it needs at least one [[source]]. `gallra init DIR` writes an example"),
        ("# only\n", "gallra.toml: is empty: it needs at least one [[source]]. `gallra init DIR` writes an example"),
        ("a = " + "9" * 5000, "gallra.toml: is not TOML that can be read: a value in it is too large"),
        ("a = " + "[" * 100_000, "gallra.toml: is not TOML that can be read: a value in it is too large"),
    ],
)
def test_what_is_no_toml_is_one_problem(text: str, expected: str, write: Write) -> None:
    assert problems(write(text)) == [expected]


def test_a_byte_order_mark_is_passed_over(write: Write, tmp_path: Path) -> None:
    write("x")
    (tmp_path / "gallra.toml").write_bytes(b"\xef\xbb\xbf" + FOLDER.replace("\n", "\r\n").encode())
    assert load(Path("gallra.toml")).sources[0].name == "kunder"


def test_text_that_is_not_utf8_is_told_with_its_line(write: Write, tmp_path: Path) -> None:
    path = write("x")
    path.write_bytes("[company]\nname = 'Åkeri'\n".encode("latin-1"))
    assert problems(path) == ["gallra.toml:2: is not UTF-8; save the file as UTF-8 in your editor"]


def test_files_that_are_none(write: Write, tmp_path: Path) -> None:
    path = write("x")
    assert "there is no such file" in problems(Path("other.toml"))[0]
    assert "is a folder" in problems(tmp_path)[0]
    os.mkfifo("pipe")
    assert problems(Path("pipe")) == ["pipe: is not a file"]
    assert problems(path / "x") == ["gallra.toml/x: cannot be read: Not a directory"]
    with path.open("wb") as stream:
        stream.truncate(1 << 30)
    assert "is larger than" in problems(path)[0]
