"""`[[register]]`: what it means, and what is said of each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.load import load
from config.model import Register
from connectors.errors import ConfigError
from connectors.registers.columns import PersonColumns

SOURCE = '[[source]]\nname = "Kunder"\nkind = "folder"\npath = "x"\n'
PERSON = 'person = { email = "E-post" }\n'


def read(tmp_path: Path, text: str) -> tuple[Register, ...]:
    path = tmp_path / "gallra.toml"
    path.write_text(SOURCE + text, encoding="utf-8")
    return load(path).registers


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, text)
    return [one.partition("gallra.toml:")[2] for one in error.value.problems]


def test_all_keys(tmp_path: Path) -> None:
    (found,) = read(
        tmp_path,
        '[[register]]\nname = "medlemmar"\nsources = ["kunder"]\nmatch = ["R/*.csv"]\nsheet = "2026"\nheader = 0\n'
        'person = { first_name = "A", phone = ["B", "C"] }\n'
        'related = [{ name = "D" }, { email = "E" }]\ntext = ["F"]\n',
    )
    assert found == Register(
        name="medlemmar",
        sources=("Kunder",),
        match=("R/*.csv",),
        sheet="2026",
        header=0,
        persons=(
            PersonColumns((("first_name", ("A",)), ("phone", ("B", "C")))),
            PersonColumns((("name", ("D",)),), related=True),
            PersonColumns((("email", ("E",)),), related=True),
        ),
        text=("F",),
    )


def test_it_is_called_by_its_files_and_about_every_source(tmp_path: Path) -> None:
    (found,) = read(tmp_path, '[[register]]\nmatch = ["a.csv", "b.csv"]\n' + PERSON)
    assert (found.name, found.sources, found.header, found.sheet) == ("a.csv", (), None, "")


def test_a_row_may_be_about_two(tmp_path: Path) -> None:
    (found,) = read(tmp_path, '[[register]]\nmatch = ["a.csv"]\nperson = [{ name = "A" }, { name = "B" }]\n')
    assert [one.related for one in found.persons] == [False, False]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PERSON, 'key "match" is missing: which files it is about, as in ["Register/*.csv"]'),
        ('match = ["a.csv"]\n', 'names no columns: needs "person", as in { email = "E-post" }'),
        (
            PERSON + 'match = ["a.csv"]\nsources = ["kundr"]\n',
            'sources: unknown source "kundr"; did you mean "Kunder"?',
        ),
        (PERSON + 'match = ["a.csv"]\nheader = 101\n', "header: must be 0 or more and at most 100"),
        (PERSON + 'match = ["../a.csv"]\n', "match: must not hold . or .. as a folder: it starts at the source"),
        (PERSON + 'match = ["a.csv"]\nsheets = "x"\n', 'unknown key "sheets"; did you mean "sheet"?'),
        (PERSON + 'match = ["a.csv"]\ntext = [" "]\n', "text: must be the name of a column"),
        ('match = ["a.csv"]\nperson = "x"\n', 'person: must say which columns hold what, as in { email = "epost" }'),
        (
            'match = ["a.csv"]\nperson = { email = 1 }\n',
            "person: email must be the name of a column, or a list of them",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (problem,) = problems(tmp_path, "[[register]]\n" + text)
    line, _, rest = problem.partition(": ")
    assert 5 <= int(line) <= 8
    assert rest.startswith("[[register]] number 1")
    assert rest.endswith(said)


def test_an_unknown_kind_of_column_tells_those_that_are(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, '[[register]]\nmatch = ["a.csv"]\nperson = { mail = "x" }\n')
    assert '"mail" is not known; known: name, first_name' in problem


def test_single_brackets_are_told(tmp_path: Path) -> None:
    assert "[[register]], in double brackets" in problems(tmp_path, '[register]\nmatch = ["a.csv"]\n')[0]
