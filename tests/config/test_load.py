"""What a configuration file becomes, and how each mistake in it is told."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from config.load import load
from config.model import Agent, Cases, Company, Erase, Ocr, Read
from connectors import registry
from connectors.base import Connector
from connectors.errors import ConfigError

HOW = 'write "env:NAME", "file:PATH" or "keyring:SERVICE/USER" and keep the secret itself there'
PLAIN = f"a secret is not written into this file; {HOW}"
NOT_WHOLE = f"is not a whole reference; {HOW}"
Write = Callable[[str], Path]
SOURCE = '[[source]]\nname = "info"\nkind = "box"\nhost = "h"\nuser = "u"\npassword = "env:X"\n'
FOLDER = '[[source]]\nname = "kunder"\nkind = "folder"\npath = "kunder"\n'


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return list(caught.value.problems)


def test_five_mistakes_are_five_problems_with_their_lines(write: Write, box: type[Connector]) -> None:
    text = """\
# the office
[agent]
region = "XX"
langage = "sv"

[[source]]
name = "info"
kind = "box"
host = "mail.example.se"
user = "info@example.se"
password = "env:GALLRA_INFO"
port = "993"

[[source]]
name = "post"
kind = "maildri"

[limits]
depth = 0
"""
    assert problems(write(text)) == [
        'gallra.toml:3: [agent] region: unknown country "XX"',
        'gallra.toml:4: [agent]: unknown key "langage"; did you mean "language"?',
        'gallra.toml:12: [[source]] "info" port: must be a whole number',
        'gallra.toml:16: [[source]] "post" kind: unknown kind "maildri"; did you mean "maildir"?',
        "gallra.toml:19: [limits] depth: must be above 0 and at most 9007199254740992",
    ]


def test_a_whole_file_becomes_a_frozen_config(write: Write, box: type[Connector], tmp_path: Path) -> None:
    config = load(
        write(
            '[agent]\nstate = "../st"\nkey = "env:K"\nledger_key = "env:L"\nregion = "NO"\nlanguage = "en"\n'
            '[company]\nname = "Invex AB"\ndomains = ["Invex.example", "å-ö.example"]\nfinancial_year_end = "02-29"\n'
            'phones = ["22 22 55 55"]\nshared = ["info@invex.example", "+46 8 465 004 20"]\n'
            '[[staff]]\nname = "Eva Å"\nemails = ["eva@invex.example"]\nphones = ["+46701740605"]\n'
            '[[staff]]\nname = "B"\n'
            + SOURCE
            + 'max_items_per_run = 7\ntls = "starttls"\nwait = 2\nfolders = ["INBOX"]\nstore = "data/x"\n'
            '[limits]\nseconds = 2\nblob = 5\n[detect]\ncustomer_number = ["KND-[0-9]{5}"]\n'
            '[read]\npasswords = ["env:P", "file:p.txt"]\n'
            '[ocr]\nenabled = true\nlanguages = ["eng", "chi_sim", "eng"]\npages = 7\nseconds = 9\ndata = "../td"\n'
            '[erase]\nmax_items_per_run = 50\nmax_items_per_source = 20\nstatistics = "offerter.csv"\n'
            "[cases]\nidentity_check = true\nkeep_days = 0\n"
        )
    )
    assert config.path == tmp_path / "gallra.toml"
    assert config.base == tmp_path
    assert config.agent == Agent(tmp_path / "../st", "env:K", "NO", "en", "env:L")
    assert config.company == Company(
        "Invex AB",
        ("invex.example", "å-ö.example"),
        "02-29",
        ("22 22 55 55",),
        ("info@invex.example", "+46 8 465 004 20"),
    )
    assert [(one.name, one.emails, one.phones) for one in config.staff] == [
        ("Eva Å", ("eva@invex.example",), ("+46701740605",)),
        ("B", (), ()),
    ]
    assert dict(config.sources[0].settings) == {
        "host": "h",
        "user": "u",
        "password": "env:X",
        "token": None,
        "port": 993,
        "tls": "starttls",
        "wait": 2,
        "folders": ["INBOX"],
        "store": str(tmp_path / "data/x"),
    }
    assert dict(config.limits) == {"seconds": 2.0, "blob": 5}
    assert config.detect.customer_number == ("KND-[0-9]{5}",)
    assert config.read == Read(("env:P", "file:p.txt"))
    assert config.ocr == Ocr(True, ("eng", "chi_sim"), 7, 9.0, str(tmp_path / "../td"))
    assert config.erase == Erase(50, 20, tmp_path / "offerter.csv")
    assert config.cases == Cases(identity_check=True, keep_days=0)
    assert (config.ceiling("info"), config.ceiling("other")) == (7, 20)
    assert pickle.loads(pickle.dumps(config)) == config


def test_what_is_not_set_has_its_default(write: Write, box: type[Connector], tmp_path: Path) -> None:
    config = load(write(SOURCE))
    assert config.agent == Agent(tmp_path / ".gallra", "file:gallra.key", "SE", "sv", "file:gallra-ledger.key")
    assert config.company == Company("", (), "12-31", (), ())
    assert (config.staff, dict(config.limits), config.detect.customer_number) == ((), {}, ())
    assert (config.read.passwords, config.ocr.enabled) == ((), False)
    assert (config.erase, config.cases) == (Erase(1000, 0, None), Cases(False, 30))
    assert (config.holds, config.culls, config.ceiling("info")) == ((), (), 0)
    settings = config.sources[0].settings
    assert (settings["port"], settings["folders"], settings["store"]) == (993, [], str(tmp_path / "store"))


def test_real_kinds_load(write: Write, tmp_path: Path) -> None:
    config = load(write(FOLDER + '[[source]]\nname = "post"\nkind = "maildir"\npath = "/var/mail/x"\n'))
    assert config.sources[0].settings["path"] == str(tmp_path / "kunder")
    assert config.sources[0].settings["follow_symlinks"] is False
    assert config.sources[1].settings["path"] == "/var/mail/x"


def test_a_path_in_the_home_folder(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/eva")
    config = load(write(FOLDER.replace('"kunder"\n', '"~/kunder"\n').replace('name = "~/kunder"', 'name = "k"')))
    assert config.sources[0].settings["path"] == "/home/eva/kunder"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[agent]\nstate = 3\n", ["2: [agent] state: must be a text in quotes"]),
        ('[agent]\nstate = ""\n', ["2: [agent] state: must be a path; it is empty or holds a NUL"]),
        ('[agent]\nlanguage = "SV"\n', ['2: [agent] language: unknown language "SV"; did you mean "sv"?']),
        ('[agent]\nregion = "se"\n', ['2: [agent] region: unknown country "se" (write "SE")']),
        (
            '[agent]\nkey = "file:.gallra/key"\n',
            ["2: [agent] key: must lie outside the state folder: whoever copies that folder would have the key too"],
        ),
        (
            '[agent]\nledger_key = "file:./gallra.key"\n',
            ['2: [agent] ledger_key: must be another key than "key": it outlives the index that "key" opens'],
        ),
        (
            '[agent]\nledger_key = "file:.gallra/l"\n',
            [
                "2: [agent] ledger_key: must lie outside the state folder: whoever copies that folder would have the "
                "key too"
            ],
        ),
        ('[agent]\nledger_key = "x"\n', [f"2: [agent] ledger_key: {PLAIN}"]),
        (
            "[erase]\nmax_items_per_run = 0\n",
            ["2: [erase] max_items_per_run: must be above 0 and at most 9007199254740992"],
        ),
        (
            "[erase]\nmax_items_per_source = -1\n",
            ["2: [erase] max_items_per_source: must be 0 or more and at most 9007199254740992"],
        ),
        ('[erase]\nstatistics = "x.db"\n', ['2: [erase] statistics: must be the path of a ".csv" file']),
        ('[erase]\nstatistics = ""\n', ["2: [erase] statistics: must be a path; it is empty or holds a NUL"]),
        (
            "[erase]\nmax_item = 1\n",
            ['2: [erase]: unknown key "max_item"; did you mean "max_items_per_run"?'],
        ),
        ('[cases]\nidentity_check = "yes"\n', ["2: [cases] identity_check: must be true or false"]),
        ("[cases]\nkeep_days = 3651\n", ["2: [cases] keep_days: must be 0 or more and at most 3650"]),
        ("agent = 1\n", ["1: [agent]: must be one table, written [agent] in single brackets"]),
        ("[[agent]]\n", ["1: [agent]: must be one table, written [agent] in single brackets"]),
        ('[source]\nname = "x"\n', ["1: [[source]]: must be written [[source]], in double brackets, once for each"]),
        ("[sorce]\n", ['1: unknown table "sorce"; did you mean "source"?']),
        (
            'region = "SE"\n',
            [
                '1: unknown key "region"; known: agent, backup, cases, company, cull, detect, '
                "erase, health, hold, include, limits, log, notify, ocr, policy, read, register, schedule, smtp, "
                "source, staff"
            ],
        ),
        ('[company]\ndomains = "x.example"\n', ["2: [company] domains: must be a list of texts in quotes"]),
        (
            '[company]\ndomains = [\n  "a.example",\n  "@b.example",\n  7\n]\n',
            [
                '4: [company] domains: does not look like a domain; write it as "invex.example", without "@" or '
                '"https://"',
                "5: [company] domains: must hold only a text in quotes",
            ],
        ),
        (
            '[company]\nfinancial_year_end = "02-30"\n',
            ['2: [company] financial_year_end: must be a month and a day that exists, as in "12-31"'],
        ),
        (
            '[company]\nshared = ["info@x", "12"]\n',
            [
                '2: [company] shared: does not look like an email address; write it as "info@invex.example"',
                "2: [company] shared: does not look like a phone number (one without a prefix is read as from SE)",
            ],
        ),
        (
            '[[staff]]\nname = "Eva"\nemail = "e@x.example"\nphones = ["call me"]\n',
            [
                '3: [[staff]] "Eva": unknown key "email"; did you mean "emails"?',
                '4: [[staff]] "Eva" phones: does not look like a phone number (one without a prefix is read as from '
                "SE)",
            ],
        ),
        ("[[staff]]\n", ['1: [[staff]] number 1: key "name" is missing']),
        ('[[staff]]\nname = " "\n', ['2: [[staff]] " " name: is empty']),
        ("[limits]\nmemory = 1.5\n", ["2: [limits] memory: must be a whole number"]),
        ("[limits]\nratio = true\n", ["2: [limits] ratio: must be a whole number"]),
        ("[limits]\nseconds = nan\n", ["2: [limits] seconds: must be above 0 and at most 9007199254740992"]),
        (
            '[read]\npasswords = [\n  "env:A",\n  "hemligt",\n  "env:"\n]\n',
            [f"4: [read] passwords: {PLAIN}", f"5: [read] passwords: {NOT_WHOLE}"],
        ),
        ('[read]\npassword = "env:A"\n', ['2: [read]: unknown key "password"; did you mean "passwords"?']),
        ("[ocr]\nenabled = 1\n", ["2: [ocr] enabled: must be true or false"]),
        ("[ocr]\npages = 0\n", ["2: [ocr] pages: must be above 0 and at most 9007199254740992"]),
        (
            "[ocr]\npages = 2.5\nseconds = -1\n",
            [
                "2: [ocr] pages: must be a whole number",
                "3: [ocr] seconds: must be above 0 and at most 9007199254740992",
            ],
        ),
        ("[ocr]\nlanguages = []\n", ['2: [ocr] languages: is empty: name at least one, as in ["swe", "eng"]']),
        (
            '[ocr]\nlanguages = ["swe", "../swe"]\n',
            ['2: [ocr] languages: must be the name of a Tesseract data file, as in "swe"'],
        ),
        ("[ocr]\ndata = 3\n", ["2: [ocr] data: must be a text in quotes"]),
        ("[limits]\nsecond = 1\n", ['2: [limits]: unknown key "second"; did you mean "seconds"?']),
        (
            '[detect]\ncustomer_number = ["(", "^$", "\\\\bx?"]\n',
            [
                "2: [detect] customer_number: is not a regular expression that re2 knows (no look-around, no "
                "back-references)",
                "2: [detect] customer_number: matches the empty text, and so would be found everywhere",
                "2: [detect] customer_number: matches the empty text, and so would be found everywhere",
            ],
        ),
    ],
)
def test_a_mistake_outside_sources(text: str, expected: list[str], write: Write) -> None:
    assert problems(write(text)) == [f"gallra.toml:{one}" for one in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('kind = "box"\n', '1: [[source]] number 1: key "name" is missing'),
        ('name = "x"\n', 'key "kind" is missing; known: box, caldav, carddav, folder'),
        ("name = 4\n", "2: [[source]] number 1 name: must be a text in quotes"),
        ("name = 'x'\nkind = 4\n", '3: [[source]] "x" kind: must be a text in quotes'),
        ("name = '-x'\n", "2: [[source]] \"-x\" name: must be 1 to 64 letters, digits, '-', '_' or '.'"),
        ("name = 'a b'\n", '2: [[source]] "a b" name: must be 1 to 64'),
        ("name = 'a:b'\n", '2: [[source]] "a:b" name: must be 1 to 64'),
        ("name = ''\n", "2: [[source]] number 1 name: must be 1 to 64"),
    ],
)
def test_a_mistake_in_what_all_sources_have(text: str, expected: str, write: Write, box: type[Connector]) -> None:
    assert any(expected in one for one in problems(write("[[source]]\n" + text)))


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ('pasword = "x"\n', ['7: [[source]] "info": unknown key "pasword"; did you mean "password"?']),
        (
            "max_items_per_run = -1\n",
            ['7: [[source]] "info" max_items_per_run: must be 0 or more and at most 9007199254740992'],
        ),
        ("port = true\n", ['7: [[source]] "info" port: must be a whole number']),
        ("port = 70000\n", ['7: [[source]] "info" port: there is no such port']),
        ("tls = 3\n", ['7: [[source]] "info" tls: must be true or false or a text in quotes']),
        ('tls = "yes"\n', ['7: [[source]] "info" tls: must be one of "starttls"']),
        ("folders = [1]\n", ['7: [[source]] "info" folders: must be a list of texts in quotes']),
        ('store = ""\n', ['7: [[source]] "info" store: must be a path; it is empty or holds a NUL']),
        ('wait = "2"\n', ['7: [[source]] "info" wait: must be a number']),
    ],
)
def test_a_mistake_in_the_options_of_a_kind(
    extra: str, expected: list[str], write: Write, box: type[Connector]
) -> None:
    assert problems(write(SOURCE + extra)) == [f"gallra.toml:{one}" for one in expected]


def test_an_option_that_is_missing_stands_at_the_source(write: Write, box: type[Connector]) -> None:
    assert problems(write("\n" + SOURCE.replace('host = "h"\n', ""))) == [
        'gallra.toml:2: [[source]] "info": key "host" is missing (the server)'
    ]


def test_what_the_connector_finds_in_no_single_option(write: Write, box: type[Connector]) -> None:
    assert problems(write(SOURCE.replace('"u"', '"h"'))) == [
        'gallra.toml:1: [[source]] "info": user and host are the same'
    ]


def test_two_sources_of_one_name(write: Write, box: type[Connector]) -> None:
    assert problems(write(SOURCE + FOLDER.replace('"kunder"\nkind', '"INFO"\nkind'))) == [
        'gallra.toml:8: [[source]] "INFO" name: the source in line 2 has the same name (capitals do not count)'
    ]


@pytest.mark.parametrize("name", ["kunder", "bokföring", "a.b_c-1", "2026"])
def test_names_that_are_fine(name: str, write: Write) -> None:
    assert load(write(FOLDER.replace('name = "kunder"', f'name = "{name}"'))).sources[0].name == name


@pytest.mark.parametrize(
    "line",
    [
        'password = "hunter2"',
        'password = "plain:hunter2"',
        'password = "env:hunter2=x"',
        'password = ["hunter2"]',
        'password = { hunter = "hunter2" }',
        'password = "keyring:hunter2"',
        'token = "hunter2"',
        'password = "hunter2',
        "password = hunter2",
        'password "hunter2"',
        'password = "hunter2" "hunter2"',
        'password = "hunter2"\npassword = "hunter2"',
        'password = "\\hunter2"',
        'pasword = "hunter2"',
        'password.x = "hunter2"',
        'user = "u"\npassword = """hunter2',
        'host = ["hunter2"]',
        'tls = "hunter2"',
    ],
)
def test_no_problem_repeats_a_secret(line: str, write: Write, box: type[Connector]) -> None:
    text = SOURCE.replace('password = "env:X"\n', line + "\n")
    found = problems(write(text))
    assert found
    assert "hunter2" not in "\n".join(found)


def test_a_client_that_is_not_installed_is_told_at_the_kind(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.BUILT_IN, "folder", "no_such_client:Folder")
    registry._known.cache_clear()
    found = problems(write(FOLDER))
    monkeypatch.undo()
    registry._known.cache_clear()
    assert found == [
        'gallra.toml:3: [[source]] "kunder" kind: "folder" needs no_such_client, which is not installed; add the extra '
        "it is in"
    ]


def test_a_plain_secret_says_how_to_refer_to_one(write: Write, box: type[Connector]) -> None:
    (problem,) = problems(write(SOURCE.replace("env:X", "s3cret")))
    assert problem == (
        'gallra.toml:6: [[source]] "info" password: a secret is not written into this file; write "env:NAME", '
        '"file:PATH" or "keyring:SERVICE/USER" and keep the secret itself there'
    )


def test_pick(write: Write, box: type[Connector]) -> None:
    config = load(write(SOURCE + FOLDER))
    assert [one.name for one in config.pick([])] == ["info", "kunder"]
    assert [one.name for one in config.pick(["kunder", "info", "kunder"])] == ["info", "kunder"]
    with pytest.raises(ConfigError) as caught:
        config.pick(["kundr", "info"])
    assert caught.value.problems == ('unknown source "kundr"; did you mean "kunder"?',)


def test_a_source_without_a_ceiling_says_so(write: Write, box: type[Connector]) -> None:
    config = load(write(SOURCE + "max_items_per_run = 0\n" + FOLDER + "[erase]\nmax_items_per_source = 9\n"))
    assert (config.ceiling("info"), config.ceiling("kunder")) == (0, 9)
