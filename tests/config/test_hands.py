"""What only people can look through, and the server that letters go by: what they become, and each mistake."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from config.load import load
from config.model import Hand, Smtp
from connectors.errors import ConfigError
from tests.config.conftest import Write

KUNDER = '[[source]]\nname = "kunder"\nkind = "folder"\npath = "kunder"\n'  # lines 1 to 4
SMTP = '[smtp]\nhost = "mail.invex.example"\nsender = "dpo@invex.example"\n'
HOW = 'write "env:NAME", "file:PATH" or "keyring:SERVICE/USER" and keep the secret itself there'


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return [one.removeprefix("gallra.toml:") for one in caught.value.problems]


def test_whole_tables_become_hands_and_no_sources(write: Write) -> None:
    config = load(
        write(
            '[[source]]\nname = "lön"\nkind = "processor"\ncontact = "dpo@lon.example"\nowner = "Eva"\n'
            'what = "Löner"\ndeadline_days = 14\nlanguage = "en"\nbackup = "none"\n'
            + KUNDER
            + '[[source]]\nname = "pärmar"\nkind = "paper"\nplace = "Rum 3"\nlabel = "A-Ö"\nspan = "2019-2024"\n'
            'owner = "Ivar"\nwhat = "Avtal"\ndeadline_days = 5\n'
            '[[backup]]\nname = "moln"\nkind = "provider"\ncovers = ["KUNDER"]\nkeeps_days = 35\n'
            'contact = "abuse@moln.example"\nowner = "It"\nwhat = "Natten"\ndeadline_days = 20\nlanguage = "sv"\n'
        )
    )
    assert config.hands == (
        Hand("lön", "processor", "dpo@lon.example", "Eva", "Löner", 14, "en"),
        Hand("pärmar", "paper", "", "Ivar", "Avtal", 5, "", "Rum 3", "A-Ö", "2019-2024"),
        Hand("moln", "provider", "abuse@moln.example", "It", "Natten", 20, "sv", "", "", "", ("kunder",), 35),
    )
    assert [one.name for one in config.places] == ["kunder"]
    assert config.uncovered() == []
    assert pickle.loads(pickle.dumps(config)) == config


def test_what_is_not_said_has_its_default(write: Write) -> None:
    config = load(
        write(
            KUNDER
            + '[[source]]\nname = "a"\nkind = "processor"\n'
            + '[[source]]\nname = "b"\nkind = "paper"\nplace = "Rum 3"\n'
            + '[[backup]]\nname = "c"\nkind = "provider"\ncovers = ["kunder"]\n'
        )
    )
    assert config.hands == (
        Hand("a", "processor"),
        Hand("b", "paper", place="Rum 3"),
        Hand("c", "provider", covers=("kunder",)),
    )
    assert {one.deadline_days for one in config.hands} == {30}
    assert config.smtp is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[[source]]\nname = "KUNDER"\nkind = "paper"\nplace = "x"\n',
            '6: [[source]] "KUNDER" name: the source in line 2',
        ),
        ('[[source]]\nkind = "paper"\nplace = "x"\n', '5: [[source]] number 2: key "name" is missing'),
        (
            '[[source]]\nname = "x"\nkind = "paper"\n',
            '5: [[source]] "x": key "place" is missing (where the binder stands)',
        ),
        ('[[source]]\nname = "x"\nkind = "paper"\nplace = " "\n', '8: [[source]] "x" place: is empty'),
        (
            '[[source]]\nname = "x"\nkind = "paper"\nplace = """a\nb"""\n',
            '8: [[source]] "x" place: must be one line of text, without tabs and the like',
        ),
        (
            '[[source]]\nname = "x"\nkind = "processor"\nplace = "y"\n',
            '8: [[source]] "x": unknown key "place"',
        ),
        (
            '[[source]]\nname = "x"\nkind = "processor"\ncontact = "Eva"\n',
            '8: [[source]] "x" contact: does not look like an email address; write it as "info@invex.example"',
        ),
        (
            '[[source]]\nname = "x"\nkind = "processor"\ndeadline_days = 0\n',
            '8: [[source]] "x" deadline_days: must be above 0 and at most 365',
        ),
        (
            '[[source]]\nname = "x"\nkind = "processor"\nlanguage = "SV"\n',
            '8: [[source]] "x" language: unknown language "SV"; did you mean "sv"?',
        ),
        (
            '[[source]]\nname = "x"\nkind = "processor"\nbackup = "tape"\n',
            '8: [[source]] "x" backup: can only be "none"; ',
        ),
        (
            '[[source]]\nname = "x"\nkind = "papr"\n',
            '7: [[source]] "x" kind: unknown kind "papr"; did you mean "paper"?',
        ),
        (
            '[[backup]]\nname = "x"\nkind = "provider"\n',
            '5: [[backup]] "x": key "covers" is missing: the names of the sources whose data it holds',
        ),
        (
            '[[backup]]\nname = "x"\nkind = "provider"\ncovers = ["kunder"]\nbatch = true\n',
            '9: [[backup]] "x": unknown key "batch"',
        ),
        (
            '[[backup]]\nname = "x"\nkind = "provider"\ncovers = ["kunder"]\nkeeps_days = -3\n',
            '9: [[backup]] "x" keeps_days: must be above 0 and at most 36525',
        ),
    ],
)
def test_a_mistake(text: str, expected: str, write: Write) -> None:
    (problem,) = problems(write(KUNDER + text))
    assert problem.startswith(expected)


@pytest.mark.parametrize(("kind", "called"), [("processor", "a processor"), ("paper", "a paper binder")])
def test_a_backup_or_rule_cannot_name_what_only_people_look_through(kind: str, called: str, write: Write) -> None:
    place = 'place = "Rum 3"\n' if kind == "paper" else 'owner = "Eva"\n'
    hand = f'[[source]]\nname = "x"\nkind = "{kind}"\n{place}'
    copy = '[[backup]]\nname = "c"\nkind = "provider"\ncovers = ["x"]\n'
    rule = '[[hold]]\nname = "h"\nstatute = "y"\nuntil = 2030-12-31\nmatch = ["**"]\nsources = ["x"]\n'
    cover, hold = problems(write(KUNDER + hand + copy + rule))
    assert cover.startswith(f'12: [[backup]] "c" covers: "x" is {called}, not a source: ')
    assert hold.startswith(f'18: [[hold]] "h" sources: "x" is {called}, not a source: ')


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", Smtp("mail.invex.example", "dpo@invex.example")),
        ('tls = "tls"\n', Smtp("mail.invex.example", "dpo@invex.example", 465, "tls")),
        ("port = 2525\n", Smtp("mail.invex.example", "dpo@invex.example", 2525)),
        (
            'user = "u"\npassword = "env:P"\n',
            Smtp("mail.invex.example", "dpo@invex.example", user="u", password="env:P"),
        ),
    ],
)
def test_the_server_that_letters_go_by(more: str, expected: Smtp, write: Write) -> None:
    assert load(write(KUNDER + SMTP + more)).smtp == expected


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_letters_need_no_encryption_on_this_machine(host: str, write: Write) -> None:
    smtp = load(write(KUNDER + SMTP.replace("mail.invex.example", host) + 'tls = "none"\n')).smtp
    assert smtp == Smtp(host, "dpo@invex.example", 25, "none")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (SMTP, "[smtp]\n", ['host" is missing', 'sender" is missing']),
        (SMTP, "[[smtp]]\n", ["[smtp]: must be one table", 'host" is missing', 'sender" is missing']),
        ("mail.invex", "mail invex", ["6: [smtp] host: must not hold blanks"]),
        ("mail.invex.example", "", ["6: [smtp] host: is empty"]),
        ("dpo@invex", "DPO <dpo@invex", ["7: [smtp] sender: does not look like an email address"]),
        ("dpo@invex.example", "", ["7: [smtp] sender: does not look like an email address"]),
        ("[smtp]\n", '[smtp]\ntls = "ssl"\n', ['6: [smtp] tls: unknown kind of tls "ssl"; known: none, starttls, tls']),
        ("[smtp]\n", "[smtp]\ntls = true\n", ["6: [smtp] tls: must be a text in quotes"]),
        ("[smtp]\n", '[smtp]\ntls = "none"\n', ['6: [smtp] tls: "none" is for a server on this machine']),
        ("[smtp]\n", "[smtp]\nport = 65536\n", ["6: [smtp] port: must be above 0 and at most 65535"]),
        ("[smtp]\n", '[smtp]\nuser = "u"\n', ["6: [smtp] user: goes with a password"]),
        ("[smtp]\n", '[smtp]\npassword = "env:P"\n', ["6: [smtp] password: goes with a user"]),
        (
            "[smtp]\n",
            '[smtp]\nuser = "u"\npassword = "hunter2"\n',
            [f"7: [smtp] password: a secret is not written into this file; {HOW}"],
        ),
        (
            "[smtp]\n",
            "[smtp]\nuser = 'u'\npassword = ['hunter2']\n",
            [f"7: [smtp] password: a secret is not written into this file; {HOW}"],
        ),
        ("[smtp]\n", '[smtp]\nfrom = "x"\n', ['6: [smtp]: unknown key "from"']),
    ],
)
def test_a_mistake_in_smtp(old: str, new: str, expected: list[str], write: Write) -> None:
    found = problems(write(KUNDER + SMTP.replace(old, new)))
    assert len(found) == len(expected)
    assert all(part in one for part, one in zip(expected, found, strict=True))
    assert "hunter2" not in "\n".join(found)
