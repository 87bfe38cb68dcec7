"""What a `[[backup]]` becomes, which sources it covers, and how each mistake in one is told."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from config.load import load
from connectors import registry
from connectors.base import Connector, Option
from connectors.errors import ConfigError
from tests.config.conftest import Box, Write

KUNDER = '[[source]]\nname = "kunder"\nkind = "folder"\npath = "kunder"\n'  # lines 1 to 4
# The tape below begins in line 9, after these two.
POST = '[[source]]\nname = "post"\nkind = "folder"\npath = "post"\n'
TAPE = '[[backup]]\nname = "band"\nkind = "box"\ncovers = ["kunder"]\nhost = "h"\nuser = "u"\npassword = "env:X"\n'
ALL = KUNDER + POST + TAPE


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return [one.removeprefix("gallra.toml:") for one in caught.value.problems]


def test_a_whole_backup_becomes_a_place_of_its_own(write: Write, box: type[Box], tmp_path: Path) -> None:
    more = 'keeps_days = 90\nbatch = true\nmax_items_per_run = 0\nat = { KUNDER = "/srv/kunder/" }\nport = 22\n'
    config = load(write(ALL + more + "[erase]\nmax_items_per_source = 5\n"))
    (backup,) = config.backups
    assert (backup.name, backup.covers, dict(backup.at)) == ("band", ("kunder",), {"kunder": "srv/kunder"})
    assert (backup.keeps_days, backup.batch) == (90, True)
    source = backup.source
    assert (source.kind, source.backup, source.base, source.max_items_per_run) == ("box", True, tmp_path, 0)
    assert (source.settings["host"], source.settings["port"], source.settings["password"]) == ("h", 22, "env:X")
    assert source.settings["store"] == str(tmp_path / "store")
    assert [one.name for one in config.sources] == ["kunder", "post"]
    assert [one.name for one in config.places] == ["kunder", "post", "band"]
    assert config.pick(["band"]) == (source,)
    assert (config.ceiling("band"), config.ceiling("post")) == (0, 5)
    assert config.backup("band") == backup and config.backup("kunder") is None
    assert pickle.loads(pickle.dumps(config)) == config


def test_what_a_backup_does_not_say_has_its_default(write: Write, box: type[Box]) -> None:
    (backup,) = load(write(ALL)).backups
    assert (dict(backup.at), backup.keeps_days, backup.batch) == ({}, None, False)
    assert (backup.source.max_items_per_run, backup.source.no_backup) == (None, False)


def test_which_sources_nothing_covers(write: Write, box: type[Box]) -> None:
    assert load(write(ALL)).uncovered() == ["post"]
    assert load(write(KUNDER + POST + 'backup = "none"\n' + TAPE)).uncovered() == []
    assert load(write(KUNDER + POST)).uncovered() == ["kunder", "post"]
    elsewhere = '[[backup]]\nname = "moln"\nkind = "provider"\ncovers = ["post"]\n'
    assert load(write(ALL + elsewhere)).uncovered() == []


def test_a_source_is_covered_by_its_name_whatever_its_capitals(write: Write, box: type[Box]) -> None:
    config = load(write(ALL.replace('["kunder"]', '["KUNDER", "post", "kunder"]')))
    assert config.backups[0].covers == ("kunder", "post")
    assert config.uncovered() == []


def test_the_root_of_a_backup_can_be_a_sources_root(write: Write, box: type[Box]) -> None:
    assert load(write(ALL + 'at = { kunder = "/" }\n')).backups[0].at == {"kunder": ""}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('name = "band"\n', "", ['9: [[backup]] number 1: key "name" is missing']),
        (
            '"band"',
            '"ba nd"',
            [
                "10: [[backup]] \"ba nd\" name: must be 1 to 64 letters, digits, '-', '_' or '.', and begin with a "
                "letter or digit"
            ],
        ),
        (
            'name = "band"',
            'name = "KUNDER"',
            ['10: [[backup]] "KUNDER" name: the source in line 2 has the same name (capitals do not count)'],
        ),
        (
            'kind = "box"\n',
            "",
            ['9: [[backup]] "band": key "kind" is missing; known: archive, borg, box, mirror, provider, restic, s3'],
        ),
        ('kind = "box"', "kind = 7", ['11: [[backup]] "band" kind: must be a text in quotes']),
        ('kind = "box"', "kind = []", ['11: [[backup]] "band" kind: must be a text in quotes']),
        ('"box"', '"restik"', ['11: [[backup]] "band" kind: unknown kind "restik"; did you mean "restic"?']),
        ('"box"', '"provder"', ['11: [[backup]] "band" kind: unknown kind "provder"; did you mean "provider"?']),
        ('"box"', '"imap"', ['11: [[backup]] "band" kind: "imap" is the kind of a [[source]], not of a [[backup]]']),
        ('"box"', '"paper"', ['11: [[backup]] "band" kind: "paper" is the kind of a [[source]], not of a [[backup]]']),
        (
            'covers = ["kunder"]\n',
            "",
            ['9: [[backup]] "band": key "covers" is missing: the names of the sources whose data it holds'],
        ),
        (
            '["kunder"]',
            "[]",
            ['12: [[backup]] "band" covers: is empty: name at least one source whose data it holds'],
        ),
        ('["kunder"]', '"kunder"', ['12: [[backup]] "band" covers: must be a list of texts in quotes']),
        (
            '["kunder"]',
            '["kundr", 3]',
            [
                '12: [[backup]] "band" covers: unknown source "kundr"; did you mean "kunder"?',
                '12: [[backup]] "band" covers: must hold only a text in quotes',
            ],
        ),
        (
            '["kunder"]',
            '["band"]',
            [
                '12: [[backup]] "band" covers: "band" is a backup, not a source: a backup covers what gallra can read '
                "itself"
            ],
        ),
        ('host = "h"\n', "", ['9: [[backup]] "band": key "host" is missing (the server)']),
        ('user = "u"', 'user = "h"', ['9: [[backup]] "band": user and host are the same']),
        ('user = "u"', 'usr = "u"', ['14: [[backup]] "band": unknown key "usr"; did you mean "user"?']),
    ],
)
def test_a_mistake_in_a_backup(old: str, new: str, expected: list[str], write: Write, box: type[Box]) -> None:
    assert ALL.count(old) == 1 or old == '["kunder"]'
    found = problems(write(KUNDER + POST + TAPE.replace(old, new)))
    assert [one for one in found if 'key "user" is missing' not in one] == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("keeps_days = 0\n", ["keeps_days: must be above 0 and at most 36525"]),
        ("keeps_days = 1.5\n", ["keeps_days: must be a whole number"]),
        ("keeps_days = true\n", ["keeps_days: must be a whole number"]),
        ('batch = "yes"\n', ["batch: must be true or false"]),
        ("max_items_per_run = -1\n", ["max_items_per_run: must be 0 or more and at most 9007199254740992"]),
        ('at = "/srv"\n', ['at: must be a table, as in { kunder = "/srv/kunder" }']),
        ('at = { kunder = "" }\n', ['at: must be a path in the backup; "/" is the root of it']),
        ("at = { kunder = 3 }\n", ["at: must hold only a text in quotes"]),
        (
            'at = { kunder = "/srv/../x" }\n',
            ["at: must not hold . or .. as a folder: it starts at the root of the backup"],
        ),
        ('at = { post = "/x" }\n', ['at: unknown source "post"; known: kunder: it is in no covers']),
        ('at = { kundr = "/x" }\n', ['at: unknown source "kundr"; did you mean "kunder"?: it is in no covers']),
    ],
)
def test_a_mistake_in_what_all_backups_have(more: str, expected: list[str], write: Write, box: type[Box]) -> None:
    assert problems(write(ALL + more)) == [f'16: [[backup]] "band" {one}' for one in expected]


def test_each_problem_stands_at_its_own_line(write: Write, box: type[Box]) -> None:
    text = TAPE.replace('["kunder"]', '[\n  "kunder",\n  "kundr",\n]') + '[backup.at]\nkunder = "/k"\npost = "/p"\n'
    assert [one.partition(":")[0] for one in problems(write(KUNDER + POST + text))] == ["14", "21"]


def test_mistakes_in_several_tables_come_in_one_message(write: Write, box: type[Box]) -> None:
    text = KUNDER.replace("path", "pth") + TAPE.replace("env:X", "hemligt") + '[smtp]\nhost = "m"\n'
    found = problems(write(text))
    assert [one.partition(":")[0] for one in found] == ["1", "4", "11", "12"]


def test_two_places_of_one_name_on_one_line(write: Write, box: type[Box]) -> None:
    inline = '{ name = "a", kind = "folder", path = "a" }'
    (problem,) = problems(write(f"source = [{inline}, {inline}]\n"))
    assert "the source in line 1 has the same name" in problem


@pytest.mark.parametrize("value", ['"None"', '"band"', "false", "true", "[]", '["none"]'])
def test_backup_of_a_source_can_only_be_none(value: str, write: Write, box: type[Box]) -> None:
    assert problems(write(KUNDER + f"backup = {value}\n" + TAPE)) == [
        '5: [[source]] "kunder" backup: can only be "none"; a backup of it is a [[backup]] of its own, with the source '
        "in its `covers`"
    ]


def test_a_source_is_not_both_covered_and_without_backup(write: Write, box: type[Box]) -> None:
    assert problems(write(KUNDER + 'backup = "none"\n' + TAPE)) == [
        '9: [[backup]] "band" covers: "kunder" says backup = "none": one of both is wrong'
    ]


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ('[[hold]]\nname = "x"\nstatute = "y"\nuntil = 2030-12-31\nmatch = ["**"]\n', 21),
        ('[[cull]]\nname = "x"\nafter = { months = 2, from = "created" }\nmatch = ["**"]\n\n', 21),
        ('[[register]]\nname = "x"\nmatch = ["*.csv"]\nperson = { name = "N" }\n\n', 21),
    ],
)
def test_a_rule_names_sources_and_no_backup(table: str, line: int, write: Write, box: type[Box]) -> None:
    (problem,) = problems(write(ALL + table + 'sources = ["Band"]\n'))
    kind = table[2:].partition("]")[0]
    assert problem == (
        f'{line}: [[{kind}]] "x" sources: "Band" is a backup, not a source: name the source itself, and what lies in a '
        "backup is treated as what it is a copy of"
    )


@pytest.mark.parametrize("kind", ["restic", "borg", "mirror", "archive", "provider"])
def test_the_kind_of_a_backup_is_no_kind_of_source(kind: str, write: Write) -> None:
    assert problems(write(f'[[source]]\nname = "x"\nkind = "{kind}"\n')) == [
        f'3: [[source]] "x" kind: "{kind}" is the kind of a [[backup]], not of a [[source]]'
    ]


@pytest.mark.parametrize(
    "line",
    ['password = "hunter2"', 'token = "hunter2"', "password = hunter2", 'covers = "hunter2"', 'at = "hunter2"'],
)
def test_no_problem_repeats_a_secret(line: str, write: Write, box: type[Connector]) -> None:
    key = line.partition(" ")[0]
    kept = [one for one in TAPE.splitlines() if not one.startswith(key)]
    found = problems(write(KUNDER + "\n".join([*kept, line]) + "\n"))
    assert found
    assert "hunter2" not in "\n".join(found)


def test_a_kind_whose_package_is_missing_is_told_at_the_kind(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.BACKUPS, "borg", "no_such_package:Borg")
    assert problems(write(KUNDER + TAPE.replace("box", "borg"))) == [
        '7: [[backup]] "band" kind: "borg" needs no_such_package, which is not installed; add the extra it is in'
    ]


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind of backup that is a folder on this machine."""

    class Shelf(Box):
        kind = "shelf"
        options = (Option("path", str, "the folder", path=True),)

        @classmethod
        def validate(cls, settings: Mapping[str, Any]) -> list[str]:
            return []

    monkeypatch.setitem(registry.BACKUPS, "shelf", "none:None")
    real = registry.load
    monkeypatch.setattr(
        registry, "load", lambda kind, *, backup=False: Shelf if kind == "shelf" else real(kind, backup=backup)
    )


@pytest.mark.parametrize(
    ("folder", "source", "refused"),
    [
        ("band", "", False),
        ("kunder2", "", False),
        ("kunder", "", True),
        ("kunder/band", "", True),
        (".", "", True),
        ("./kunder/../kunder/djup/band", "", True),
        ("kunder/band", 'exclude = ["band"]\n', False),
        ("kunder/band", 'exclude = ["*.bak"]\n', True),
    ],
)
def test_no_source_takes_copies_for_the_thing_itself(
    folder: str, source: str, refused: bool, write: Write, shelf: None
) -> None:
    path = write(
        KUNDER + source + f'[[backup]]\nname = "band"\nkind = "shelf"\ncovers = ["kunder"]\npath = "{folder}"\n'
    )
    if not refused:
        assert load(path).backups[0].name == "band"
        return
    (problem,) = problems(path)
    line = 9 + source.count("\n")
    assert problem.startswith(f'{line}: [[backup]] "band" path: is in reach of the source "kunder", which would take')
