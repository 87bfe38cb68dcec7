"""What an admin writes of a database, and what is told where it is wrong: with the line, or with the table."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from config.build import connect
from config.load import load
from connectors.base import Item
from connectors.errors import ConfigError, Unreachable

GOOD = """
[[source]]
name = "crm"
kind = "sql"
path = "crm.db"

[[source.table]]
name = "kunder"
person = { name = "namn", email = ["epost", "epost2"] }
related = [{ name = "kontakt" }]
text = ["anteckning"]

[[source.table.with]]
table = "adresser"
column = "kund_id"
text = ["gata"]
"""


def problems(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "gallra.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as told:
        load(file)
    return list(told.value.problems)


def database(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "crm.db") as connection:
        connection.execute("CREATE TABLE kunder (id INTEGER PRIMARY KEY, namn, epost, epost2, kontakt, anteckning)")
        connection.execute("CREATE TABLE adresser (id INTEGER PRIMARY KEY, kund_id, gata)")
        connection.execute("INSERT INTO kunder (id, epost2) VALUES (1, 'maja@blomqvist.example')")
    connection.close()


def test_what_is_written_well_opens(tmp_path: Path) -> None:
    database(tmp_path)
    (tmp_path / "gallra.toml").write_text(GOOD)
    (source,) = load(tmp_path / "gallra.toml").sources
    with connect(source) as opened:
        events = [event for scope in opened.scopes() for event in opened.walk(scope)]
    assert [event.locator.path for event in events if isinstance(event, Item)] == ["kunder/1"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("text = [\"anteckning\"]", "texts = []", '11: CRM TABLE: unknown key "texts"; did you mean "text"?'),
        ("column =", "colum =", '15: CRM TABLE [[with]] "adresser": unknown key "colum"; did you mean "column"?'),
        ("email =", "emial =", '9: CRM TABLE person: unknown key "emial"; did you mean "email"?'),
        ('{ name = "namn",', '{ name = 3,', '9: CRM TABLE person name: must be a text'),
        ('text = ["gata"]', 'text = ["gata"]\non_erase = "remove"',
         '17: CRM TABLE [[with]] "adresser" on_erase: must be one of'),
        ('table = "adresser"', 'table = "kunder"', '14: CRM TABLE [[with]] "kunder" table: stands twice'),
        ('text = ["anteckning"]', 'key = ["namn"]\non_erase = "blank"',
         '12: CRM TABLE on_erase: "namn" is in the key'),
        ('path = "crm.db"', 'url = "postgresql://gallra:hemligt-ord@db.example/crm"',
         '5: CRM url: must hold no password'),
        ('path = "crm.db"', 'url = "postgresql://gallra@db.example/crm?password=hemligt-ord"',
         '5: CRM url: must hold no password'),
        ('path = "crm.db"', 'url = "oracle://gallra@db.example/crm"', '5: CRM url: must begin with one of'),
        ('path = "crm.db"', 'url = "sqlite:///crm.db"', '5: CRM url: must be sqlite:////full/path'),
        ('path = "crm.db"', 'url = "postgresql://gallra@db.example"', '5: CRM url: names no database'),
        ('path = "crm.db"', 'path = "crm.db"\npassword = "hemligt-ord"', '6: CRM password: '),
        ('[[source.table]]\n', '[source.table]\n', '7: CRM table: must be written in double brackets'),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new)
    if new.startswith("[source.table]"):
        text = text[: text.index("[[source.table.with]]")]
    found = problems(tmp_path, text)
    told = told.replace("CRM", '[[source]] "crm"').replace("TABLE", '[[table]] "kunder"')
    assert any(f"gallra.toml:{told}" in one for one in found), found
    assert "hemligt-ord" not in "".join(found)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name = "kunder"', 'name = "kundr"',
         '[[table]] "kundr" name: the database has no such table; did you mean "kunder"?'),
        ('"epost2"', '"epast2"', 'TABLE: the table has no column "epast2"; did you mean "epost2"?'),
        ('column = "kund_id"', 'column = "kundid"',
         'TABLE [[with]] "adresser" column: the table has no column "kundid"; did you mean "kund_id"?'),
        ('text = ["anteckning"]', 'key = ["namn"]',
         'TABLE key: nothing in the database says that these columns tell its rows apart'),
    ],
)  # fmt: skip
def test_what_the_database_does_not_have_is_told_with_the_nearest(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    database(tmp_path)
    assert old in GOOD
    (tmp_path / "gallra.toml").write_text(GOOD.replace(old, new))
    (source,) = load(tmp_path / "gallra.toml").sources
    with pytest.raises(ConfigError) as refused:
        connect(source).open()
    told = told.replace("TABLE", '[[table]] "kunder"')
    assert any(one.startswith(told) for one in refused.value.problems), refused.value.problems


def test_the_clients_are_imported_when_a_source_is_opened() -> None:
    code = (
        "import sys; from connectors import registry; registry.load('sql').validate({'path': 'x'}); "
        "assert not {'sqlalchemy', 'psycopg', 'pymysql'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_source_without_tables_is_read_for_proposing_and_never_opened(tmp_path: Path) -> None:
    database(tmp_path)
    (tmp_path / "gallra.toml").write_text(GOOD[: GOOD.index("[[source.table]]")])
    (source,) = load(tmp_path / "gallra.toml").sources
    with pytest.raises(Unreachable, match="no table of it is configured"):
        connect(source).open()
