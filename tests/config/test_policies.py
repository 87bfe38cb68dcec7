"""`[[policy]]`: what the tables become, also those of included files, and how each mistake in them is told."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.load import load
from config.model import IDENTIFIERS, Config, PolicyRule, Span
from connectors.errors import ConfigError
from scanner.drift.identifiers import id_type
from scanner.records import IdType

Write = Callable[[str], Path]
FOLDER = '[[source]]\nname = "kunder"\nkind = "folder"\npath = "kunder"\n'
BACKUPS = (
    '[[backup]]\nname = "natt"\nkind = "mirror"\ncovers = ["kunder"]\npath = "speglar"\n'
    '[[backup]]\nname = "molnet"\nkind = "provider"\ncovers = ["kunder"]\ncontact = "x@molnet.example"\n'
)
OLD = (
    '[[policy]]\nname = "a"\narea = "Ansökningar"\nsays = "Efter två år är de borta."\n'
    'match = ["A/**"]\nolder = { months = 24, from = "received" }\n'
)


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return list(caught.value.problems)


def read(write: Write, *tables: str) -> Config:
    return load(write("".join(tables)))


def test_one_of_every_check(write: Write) -> None:
    head = '[[policy]]\nname = "{0}"\narea = "A {0}"\nsays = "S {0}"\n'
    config = read(
        write,
        *(FOLDER, BACKUPS, OLD),
        head.format("mejl") + 'sources = ["Kunder"]\nkinds = ["message"]\nidentifiers = ["national-id", "iban"]\n',
        head.format("papper") + 'folders = ["Anteckningar"]\nnone = true\nat_most = 3\n',
        head.format("kopior") + 'backups = ["NATT", "natt"]\nkeeps_days = 90\n',
        head.format("läst") + 'scanned_within = "7d"\n',
        head.format("speglat") + 'backups = ["natt"]\nscanned_within = "36h"\n',
    )
    wanted: dict[str, dict[str, Any]] = {
        "mejl": {"sources": ("kunder",), "kinds": ("message",), "identifiers": ("national-id", "iban")},
        "papper": {"folders": ("Anteckningar",), "none": True, "at_most": 3},
        "kopior": {"backups": ("natt",), "keeps_days": 90},
        "läst": {"scanned_within": 7 * 86400.0},
        "speglat": {"backups": ("natt",), "scanned_within": 36 * 3600.0},
    }
    assert config.policies == (
        PolicyRule(
            name="a",
            area="Ansökningar",
            says="Efter två år är de borta.",
            match=("A/**",),
            older=Span("received", months=24),
        ),
        *(PolicyRule(name=name, area=f"A {name}", says=f"S {name}", **keys) for name, keys in wanted.items()),
    )
    assert pickle.loads(pickle.dumps(config)) == config


def test_a_policy_has_names_of_its_own(write: Write) -> None:
    cull = '[[cull]]\nname = "a"\nmatch = ["A/**"]\nafter = { months = 24, from = "received" }\n'
    config = read(write, FOLDER, cull, OLD)
    assert [one.name for one in (*config.culls, *config.policies)] == ["a", "a"]


def test_policies_of_an_included_file(write: Write, tmp_path: Path) -> None:
    kept = '[[policy]]\nname = "b"\narea = "x"\nsays = "y"\nbackups = ["natt"]\nkeeps_days = 1\n'
    (tmp_path / "our.toml").write_text(kept, encoding="utf-8")
    text = 'include = ["our.toml"]\n' + FOLDER + BACKUPS
    assert [(one.name, one.backups) for one in load(write(text + OLD)).policies] == [("a", ()), ("b", ("natt",))]
    assert problems(write(text + OLD.replace('"a"', '"B"'))) == [
        'our.toml:2: [[policy]] "b" name: the policy in gallra.toml:17 has the same name (capitals do not count)'
    ]


def test_the_identifiers_that_can_be_named_are_those_that_are_indexed() -> None:
    assert {id_type(one) for one in IDENTIFIERS} == set(IdType) - {IdType.CITY, IdType.TEXT}


OLDER = 'older = { months = 24, from = "received" }'


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (('name = "a"', ""), '1: [[policy]] number 1: key "name" is missing'),
        (('"a"', '"a b"'), "2: [[policy]] \"a b\" name: must be 1 to 64 letters, digits, '-', '_' or '.', and begin"),
        (("area", "arae"), '3: [[policy]] "a": unknown key "arae"; did you mean "area"?'),
        (("area", "# "), '1: [[policy]] "a": key "area" is missing (the part of the policy that it belongs to)'),
        (("says", "# "), '1: [[policy]] "a": key "says" is missing (what the policy promises, in its own words)'),
        (('"Ansökningar"', '" "'), '3: [[policy]] "a" area: is empty'),
        ((OLDER, ""), '1: [[policy]] "a": checks nothing: needs one of "older", "identifiers", "none", "keeps_days", '),
        ((OLDER, OLDER + "\nnone = true"), '7: [[policy]] "a" none: cannot go with "older": write a [[policy]] of its'),
        ((OLDER, "none = false"), '6: [[policy]] "a" none: checks nothing: write true, or take it out'),
        ((OLDER, "none = 1"), '6: [[policy]] "a" none: must be true or false'),
        ((OLDER, "identifiers = []"), '6: [[policy]] "a" identifiers: checks nothing: name one'),
        (
            (OLDER, 'identifiers = [\n"national_id"]'),
            '7: [[policy]] "a" identifiers: unknown identifier "national_id"; did you mean "national-id"?',
        ),
        ((OLDER, 'identifiers = ["city"]'), 'identifiers: unknown identifier "city"; known: address, birth-date, '),
        (
            ("match", "# "),
            '1: [[policy]] "a": is about everything: needs one of "sources", "match", "kinds", "folders"',
        ),
        (('["A/**"]', "[]"), '1: [[policy]] "a": is about everything: needs one of "sources", "match"'),
        (("months", "month"), '6: [[policy]] "a" older: unknown key "month"; did you mean "months"?'),
        (
            ('"received"', '"recieved"'),
            '6: [[policy]] "a" older from: unknown start "recieved"; did you mean "received"',
        ),
        ((OLDER, "older = 24"), '6: [[policy]] "a" older: must say how long; write { months = 24, from = "received" }'),
        (('["A/**"]', '["../A"]'), '5: [[policy]] "a" match: must not hold . or .. as a folder'),
        ((OLDER, OLDER + '\nsources = ["kundr"]'), 'sources: unknown source "kundr"; did you mean "kunder"?'),
        ((OLDER, OLDER + '\nsources = ["natt"]'), '7: [[policy]] "a" sources: "natt" is a backup, not a source'),
        ((OLDER, OLDER + '\nkinds = ["mail"]'), '7: [[policy]] "a" kinds: unknown kind "mail"; known: contact, event'),
        ((OLDER, OLDER + '\nsenders = ["x.example"]'), "senders: every scan would read every item for it: say it by"),
        ((OLDER, OLDER + '\ndocuments = ["quote"]'), "documents: every scan would read every item for it: say it by"),
        ((OLDER, OLDER + '\nbackups = ["natt"]'), '7: [[policy]] "a" backups: cannot go with "older"'),
        ((OLDER, OLDER + "\nat_most = -1"), '7: [[policy]] "a" at_most: must be 0 or more'),
        ((OLDER, "keeps_days = 90"), '6: [[policy]] "a" keeps_days: needs "backups": which of them keep it so long'),
        ((OLDER, 'keeps_days = 90\nbackups = ["natt"]'), '5: [[policy]] "a" match: cannot go with "keeps_days"'),
        ((OLDER, 'keeps_days = 0\nbackups = ["natt"]'), '6: [[policy]] "a" keeps_days: must be above 0'),
        ((OLDER, 'keeps_days = 9\nbackups = ["nat"]'), '7: [[policy]] "a" backups: unknown backup "nat"; did you mean'),
        (
            (OLDER, 'keeps_days = 9\nbackups = ["molnet"]'),
            '7: [[policy]] "a" backups: "molnet" lies with a company that only people can ask: gallra cannot see what',
        ),
        ((OLDER, 'scanned_within = "7d"'), '5: [[policy]] "a" match: cannot go with "scanned_within"'),
        ((OLDER, 'scanned_within = "a week"'), '6: [[policy]] "a" scanned_within: must say how long, as in "30s"'),
        (
            ('match = ["A/**"]\n' + OLDER, 'scanned_within = "7d"\nsources = ["kunder"]\nbackups = ["natt"]'),
            '6: [[policy]] "a" sources: cannot go with "scanned_within"',
        ),
        (("[[policy]]", "[policy]"), "1: [[policy]]: must be written [[policy]], in double brackets, once for each"),
    ],
)
def test_a_mistake_in_a_policy(change: tuple[str, str], expected: str, write: Write) -> None:
    found = problems(write(OLD.replace(*change) + FOLDER + BACKUPS))
    assert any(expected in one for one in found), found
    assert all(one.startswith("gallra.toml:") for one in found)


def test_all_problems_of_all_tables_come_at_once(write: Write) -> None:
    found = problems(write(OLD + OLD + '[[policy]]\nname = "c"\n' + FOLDER))
    assert [one.split(": ", 1)[0] for one in found] == ["gallra.toml:8", *["gallra.toml:13"] * 3]
    assert "the policy in gallra.toml:2 has the same name" in found[0]
