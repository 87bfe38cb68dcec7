"""The shipped tables are well-formed and say what others rely on."""

from __future__ import annotations

from pathlib import Path

import scanner.detect
from scanner.detect.name_words import is_given_name, short_forms

FOLDER = Path(scanner.detect.__file__).parent


def lines(name: str) -> list[str]:
    return [line for line in (FOLDER / name).read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]


def test_short_forms_table() -> None:
    table = lines("short_forms.txt")
    assert len(table) >= 150
    for line in table:
        name, colon, forms = line.partition(":")
        assert colon and name.strip() and forms.split(), line
        assert name not in forms.split(), line
        assert len(set(forms.split())) == len(forms.split()), line


def test_short_forms_go_both_ways_but_not_across() -> None:
    for name, short in [
        ("Lars", "lasse"),
        ("Karl", "kalle"),
        ("Per", "pelle"),
        ("Margareta", "greta"),
        ("Robert", "bob"),
    ]:
        assert short in short_forms(name)
        assert name.lower() in short_forms(short)
    assert "lalle" not in short_forms("lasse")
    assert short_forms("Xyzzy") == ()


def test_given_names_table() -> None:
    names = {name for line in lines("given_names.txt") for name in line.split()}
    assert len(names) >= 600
    assert all(name == name.lower() for name in names)
    assert all(map(is_given_name, ["Anna", "ÅSA", "Åsa", "Mohammed", "Khalid", "Jennifer", "Bengt"]))
    assert not any(map(is_given_name, ["Andersson", "Stockholm", "Kund", "Hej"]))
