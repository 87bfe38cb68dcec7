"""The shipped tables are well-formed and say what others rely on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import scanner.detect
from scanner.detect.name_words import is_given_name, own_names_for, short_forms

FOLDER = Path(scanner.detect.__file__).parent


def lines(name: str) -> list[str]:
    return [line for line in (FOLDER / name).read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]


LETTERS = re.compile(r"[A-ZÅÄÖÉØÆŁ][a-zåäöéèøæł]+(-[A-ZÅÄÖ][a-zåäöéèøæł]*)?|[A-Z]-[A-Z]")


def test_short_forms_table() -> None:
    """Every line is a star of names in plain letters; nothing stands for itself, nothing stands twice."""
    table = lines("short_forms.txt")
    assert len(table) >= 200
    heads = []
    for line in table:
        head, colon, tail = line.partition(":")
        spellings, forms = head.split(), [form.removeprefix("~") for form in tail.split()]
        assert colon and spellings and len(spellings) + len(forms) > 1, line
        words = [*spellings, *forms]
        assert all(LETTERS.fullmatch(word) for word in words), line
        assert len({word.lower() for word in words}) == len(words), line
        heads += spellings
    twice = {name for name in heads if heads.count(name) > 1}
    assert not twice - {"Nicholas", "Michael", "Margaret"}, "Swedish and English short forms on two lines"


def test_the_head_of_the_table_says_what_it_is() -> None:
    text = (FOLDER / "short_forms.txt").read_text(encoding="utf-8")
    head = text[: text.index("Agneta")]
    assert all(line.startswith("#") for line in head.splitlines())
    assert "How it was made" in head


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Lars", "lasse"),
        ("Karl", "kalle"),
        ("Carl", "kalle"),
        ("Per", "pelle"),
        ("Pär", "pelle"),
        ("Margareta", "greta"),
        ("Robert", "bob"),
        ("William", "bill"),
        ("Elizabeth", "liz"),
        ("Elisabeth", "bettan"),
        ("Margaret", "peggy"),
        ("Christina", "kicki"),
        ("Kristina", "christina"),
        ("Thomas", "tompa"),
        ("Michael", "micke"),
        ("Viktor", "wiktor"),
        ("Sofia", "sophia"),
    ],
)
def test_short_forms_go_both_ways(name: str, short: str) -> None:
    assert short in short_forms(name)
    assert name.lower() in short_forms(short)


def test_short_forms_do_not_go_across() -> None:
    assert "lalle" not in short_forms("lasse")
    assert short_forms("Xyzzy") == own_names_for("Xyzzy") == ()


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Albert", "bert"),
        ("Bertil", "bert"),
        ("Anna-Karin", "annika"),
        ("Johanna", "hanna"),
        ("Jan", "johan"),
        ("Elisabeth", "lisa"),
        ("Carolina", "lina"),
        ("Tomas", "tommy"),
        ("Maria", "mia"),
        ("Kenneth", "kent"),
    ],
)
def test_a_form_that_is_a_name_of_its_own_is_kept_apart(name: str, other: str) -> None:
    assert other in own_names_for(name)
    assert name.lower() in own_names_for(other)
    assert other not in short_forms(name)


def test_given_names_table() -> None:
    names = {name for line in lines("given_names.txt") for name in line.split()}
    assert len(names) >= 600
    assert all(name == name.lower() for name in names)
    assert all(map(is_given_name, ["Anna", "ÅSA", "Åsa", "Mohammed", "Khalid", "Jennifer", "Bengt"]))
    assert not any(map(is_given_name, ["Andersson", "Stockholm", "Kund", "Hej"]))
