"""Holds, culls and includes: what they become, and how each mistake in them is told."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from config.load import load
from config.model import CullRule, HoldRule, Span
from connectors.errors import ConfigError

Write = Callable[[str], Path]
FOLDER = '[[source]]\nname = "kunder"\nkind = "folder"\npath = "kunder"\n'
HOLD = '[[hold]]\nname = "a"\nstatute = "s"\nmatch = ["**"]\nuntil = 2030-12-31\n'
CULL = '[[cull]]\nname = "a"\nsources = ["kunder"]\nmatch = ["A/**"]\nafter = { months = 24, from = "received" }\n'


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return list(caught.value.problems)


def test_rules_as_the_design_writes_them(write: Write) -> None:
    config = load(
        write(
            FOLDER + '[[hold]]\nname = "bokföring"\nstatute = "Bokföringslagen 7 kap. 2 §"\nsources = ["Kunder"]\n'
            'match = ["**/Fakturor/**", "**/Kvitton/**"]\nuntil = { years = 7, from = "financial-year-end" }\n'
            '[[cull]]\nname = "ansökningar"\nsources = ["kunder"]\nmatch = ["Ansökningar/**"]\n'
            'after = { months = 24, from = "received" }\nunattended = false\n'
        )
    )
    assert config.holds == (
        HoldRule(
            name="bokföring",
            statute="Bokföringslagen 7 kap. 2 §",
            sources=("kunder",),
            match=("**/Fakturor/**", "**/Kvitton/**"),
            until=Span("financial-year-end", years=7),
        ),
    )
    assert config.culls == (
        CullRule(name="ansökningar", sources=("kunder",), match=("Ansökningar/**",), after=Span("received", months=24)),
    )
    assert pickle.loads(pickle.dumps(config)) == config


def test_every_key_of_a_rule(write: Write) -> None:
    config = load(
        write(
            FOLDER + '[[hold]]\nname = "a"\nstatute = "s"\nkinds = ["message", "file"]\nfolders = ["Bok*"]\n'
            'senders = ["Eva@x.example", "X.example"]\ndocuments = ["invoice"]\n'
            'until = { years = 1, months = 6, from = "document-date" }\n'
            '[[hold]]\nname = "b"\nstatute = "s"\nmatch = ["x"]\nuntil = "2031-01-02"\n'
            '[[cull]]\nname = "a"\nsources = ["kunder"]\nmatch = ["A"]\nafter = { days = 3, from = "created" }\n'
            "unattended = true\nmax_items = 5\n"
        )
    )
    first, second = config.holds
    assert (first.kinds, first.folders) == (("message", "file"), ("Bok*",))
    assert (first.senders, first.documents) == (("eva@x.example", "x.example"), ("invoice",))
    assert first.until == Span("document-date", years=1, months=6)
    assert second.until == date(2031, 1, 2)
    (cull,) = config.culls
    assert (cull.after, cull.unattended, cull.max_items) == (Span("created", days=3), True, 5)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("match = ", "# "), '1: [[hold]] "a": would hold everything: needs one of "match", "folders", "senders", '),
        (('["**"]', "[]"), '1: [[hold]] "a": would hold everything: needs one of "match", "folders", "senders", '),
        (
            ('statute = "s"', ""),
            '1: [[hold]] "a": key "statute" is missing (the law that the answer to the person names)',
        ),
        (('"s"', '" "'), '3: [[hold]] "a" statute: is empty'),
        (('name = "a"', ""), '1: [[hold]] number 1: key "name" is missing'),
        (('"a"', '"a b"'), "2: [[hold]] \"a b\" name: must be 1 to 64 letters, digits, '-', '_' or '.', and begin"),
        (
            ("2030-12-31", "7"),
            '5: [[hold]] "a" until: must say how long; write { years = 7, from = "financial-year-end" }',
        ),
        (("2030-12-31", '"2030"'), '5: [[hold]] "a" until: must say how long; write'),
        (("2030-12-31", "2030-12-31T10:00:00"), '5: [[hold]] "a" until: must say how long; write'),
        (("until", "till"), '1: [[hold]] "a": key "until" is missing; write { years = 7'),
        (
            ("2030-12-31", "{ years = 7 }"),
            '5: [[hold]] "a" until from: unknown start ""; known: created, document-date, ',
        ),
        (("2030-12-31", '{ years = 7, from = "recieved" }'), 'unknown start "recieved"; did you mean "received"?'),
        (("2030-12-31", '{ from = "received" }'), '5: [[hold]] "a" until: needs one of "years", "months"'),
        (
            ("2030-12-31", '{ years = 0, from = "received" }'),
            '5: [[hold]] "a" until years: must be above 0 and at most 100',
        ),
        (
            ("2030-12-31", '{ year = 7, from = "received" }'),
            '5: [[hold]] "a" until: unknown key "year"; did you mean "years"?',
        ),
        (("2030-12-31", '{ years = 7, months = 1, from = "financial-year-end" }'), "counts whole calendar years"),
        (('["**"]', '["a\\\\b"]'), '4: [[hold]] "a" match: must be written with "/", not "\\"'),
        (('["**"]', '["[z-a]"]'), '4: [[hold]] "a" match: is not a pattern: what stands in its brackets'),
        (('["**"]', '["../x"]'), '4: [[hold]] "a" match: must not hold . or .. as a folder'),
        (('["**"]', '["/"]'), '4: [[hold]] "a" match: must be a pattern of paths; it is empty'),
        (
            ("until", 'sources = ["kundr"]\nuntil'),
            '5: [[hold]] "a" sources: unknown source "kundr"; did you mean "kunder"?',
        ),
        (
            ("until", 'kinds = ["mail"]\nuntil'),
            '5: [[hold]] "a" kinds: unknown kind "mail"; known: contact, event, file, ',
        ),
        (("until", 'documents = ["invoices"]\nuntil'), 'unknown document "invoices"; did you mean "invoice"?'),
        (("until", 'senders = ["@x.example"]\nuntil'), '5: [[hold]] "a" senders: does not look like an email address'),
        (("until", "years = 7\nuntil"), '5: [[hold]] "a": unknown key "years"'),
    ],
)
def test_a_mistake_in_a_hold(change: tuple[str, str], expected: str, write: Write) -> None:
    found = problems(write(HOLD.replace(*change) + FOLDER))
    assert any(expected in one for one in found), found
    assert all(one.startswith("gallra.toml:") for one in found)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("match", "# "), "would cull everything"),
        (('from = "received"', 'from = "document-date"'), 'unknown start "document-date"; known: created, received'),
        (("after", "efter"), '[[cull]] "a": key "after" is missing; write { months = 24, from = "received" }'),
        (("after", "max_items = 0\nafter"), '[[cull]] "a" max_items: must be above 0'),
        (("after", 'unattended = "no"\nafter'), '[[cull]] "a" unattended: must be true or false'),
        (("after", 'unattended = true\ndocuments = ["application"]\nafter'), 'cannot go with "documents"'),
        (('"A/**"]', '"A/**", "**/*"]\nunattended = true'), "cannot go with a pattern that fits everything"),
        (('sources = ["kunder"]', "unattended = true"), 'needs "sources": what goes unattended'),
        (("after", 'statute = "x"\nafter'), '[[cull]] "a": unknown key "statute"'),
    ],
)
def test_a_mistake_in_a_cull(change: tuple[str, str], expected: str, write: Write) -> None:
    found = problems(write(CULL.replace(*change) + FOLDER))
    assert any(expected in one for one in found), found


def test_names_are_unique_among_holds_and_among_culls(write: Write) -> None:
    assert load(write(FOLDER + HOLD + CULL)).holds[0].name == "a"
    assert problems(write(FOLDER + HOLD + HOLD.replace('"a"', '"A"'))) == [
        'gallra.toml:11: [[hold]] "A" name: the hold in gallra.toml:6 has the same name (capitals do not count)'
    ]


def test_rules_may_refer_to_a_source_that_has_a_mistake_of_its_own(write: Write) -> None:
    text = FOLDER.replace("path", "paht") + HOLD + 'sources = ["kunder"]\n'
    assert all("[[source]]" in one for one in problems(write(text)))


def test_included_rules_come_after_the_files_own(write: Write, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "our.toml").write_text(HOLD.replace('"a"', '"b"') + CULL, encoding="utf-8")
    config = load(write('include = ["rules/our.toml", "builtin:retention-se"]\n' + FOLDER + HOLD))
    assert [one.name for one in config.holds][:3] == ["a", "b", "bokföring-mappar"]
    assert [one.name for one in config.culls][:2] == ["a", "ansökningar"]


def test_a_mistake_in_an_included_file_is_told_with_its_name_and_line(write: Write, tmp_path: Path) -> None:
    (tmp_path / "our.toml").write_text(HOLD + 'statut = "x"\n[agent]\nkey = "env:X"\n', encoding="utf-8")
    text = 'include = ["our.toml"]\n[agent]\nregion = "XX"\n' + FOLDER + HOLD
    assert problems(write(text)) == [
        'gallra.toml:3: [agent] region: unknown country "XX"',
        'our.toml:2: [[hold]] "a" name: the hold in gallra.toml:9 has the same name (capitals do not count)',
        'our.toml:6: [[hold]] "a": unknown key "statut"; did you mean "statute"?',
        'our.toml:7: unknown table "agent"; known: cull, hold, policy; an included file holds only [[hold]], [[cull]] '
        "and [[policy]]",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"our.toml"', "gallra.toml:1: include: must be a list of texts in quotes"),
        ("[3]", "gallra.toml:1: include: must hold only a text in quotes"),
        ('["our.toml"]', "gallra.toml:1: include: our.toml: there is no such file"),
        ('["empty"]', "gallra.toml:1: include: empty: is a folder; name the file in it"),
        (
            '["bad.toml"]',
            "gallra.toml:1: include: bad.toml:1: is not TOML (column 5): Invalid value; texts stand in quotes",
        ),
        ('["builtin:x"]', 'gallra.toml:1: include: unknown built-in file "x"; known: retention-se'),
        (
            '["builtin:retention-se", "builtin:retention-se"]',
            "gallra.toml:1: include: builtin:retention-se: is included twice",
        ),
    ],
)
def test_a_file_that_cannot_be_included(value: str, expected: str, write: Write, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.toml").write_text("a = ?\n", encoding="utf-8")
    assert expected in problems(write(f"include = {value}\n" + FOLDER))
