"""What is printed: nothing that misleads a terminal, JSON that survives, progress only where somebody looks."""

from __future__ import annotations

import itertools
import json
import os
import pty
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.cli.output import clean, complain, exit_code, print_json, table

ROOT = Path(__file__).parents[3]


def test_the_first_exit_code_that_applies() -> None:
    order = [1, 2, 5, 4, 3, 0]
    for count in range(1, 4):
        for codes in itertools.product(order, repeat=count):
            assert exit_code(codes) == min(codes, key=order.index)
    assert exit_code([]) == 0
    assert exit_code([0, 77]) == 1
    assert exit_code(code for code in (0, 3)) == 3


@given(st.text() | st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Co"])))
def test_nothing_hidden_is_left(text: str) -> None:
    assert not any(unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co") for one in clean(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Åsa Öberg – 日本 é", "Åsa Öberg – 日本 é"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb\tc\r\x7f\x85", "a\\x0ab\\x09c\\x0d\\x7f\\x85"),
        ("faktura\u202efdp.exe", "faktura\\u202efdp.exe"),
        ("\u2066x\u2069\u200b\ufeff\u2028", "\\u2066x\\u2069\\u200b\\ufeff\\u2028"),
        ("caf\udce9", "caf\\xe9"),
        ("\ud800\U000e0041", "\\ud800\\U000e0041"),
    ],
)
def test_what_hostile_names_look_like(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_table() -> None:
    rows = [("Åsa\n", 1), ("日本", 22), ("e\u0301",)]
    assert table(("who", "n"), rows) == "who      n\nÅsa\\x0a  1\n日本     22\ne\u0301"
    assert table(("who", "n"), []) == "who  n"


def test_json_is_ascii_and_keeps_names_that_are_not_utf8(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"path": "caf\udce9/å\u202e\n", "n": [1, None, True]}
    print_json(value)
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert printed.endswith("}\n")
    assert json.loads(printed) == value


def test_complaints_go_to_stderr_cleaned_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    complain("one\x1b\ntwo")
    assert capsys.readouterr() == ("", "one\\x1b\ntwo\n")


PROGRAM = """
from scanner.cli.output import Progress
with Progress() as progress:
    progress.scan("kunder", 1, 0)
    for number in range(1000):
        progress.show("x" * 300 + "\\x1b[31m")
"""


def test_no_progress_in_a_pipe() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_progress_on_a_terminal_is_one_line_that_goes_away() -> None:
    main, other = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, stderr=other, check=True, env={**os.environ, "COLUMNS": "80"}
    )
    os.close(other)
    shown = os.read(main, 1 << 16)
    os.close(main)
    assert shown.startswith(b"\r\x1b[Kkunder: 1 items, 0 read")
    assert shown.endswith(b"\r\x1b[K")
    assert b"\n" not in shown
    assert b"\x1b[31m" not in shown
    assert shown.count(b"\r") < 10
