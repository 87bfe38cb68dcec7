"""What the agent is told: schedules, quiet hours, notices, the log, the health endpoint, and each mistake in them."""

from __future__ import annotations

import pickle
from datetime import datetime, time
from pathlib import Path

import pytest

from config.load import load
from config.running import EVENTS, HOURLY, Health, Log, Notify, Quiet, Schedule, Schedules
from config.times import is_quiet, quiet, seconds
from connectors.errors import ConfigError
from tests.config.conftest import Write

FOLDER = '[[source]]\nname = "kunder"\nkind = "folder"\npath = "kunder"\nbackup = "none"\n'
SMTP = '[smtp]\nhost = "localhost"\nsender = "a@invex.example"\n'
MIRROR = '[[backup]]\nname = "natt"\nkind = "mirror"\npath = "natt"\ncovers = ["kunder"]\n'


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return list(caught.value.problems)


def test_what_is_not_set_has_its_default(write: Write) -> None:
    config = load(write(FOLDER))
    assert (config.schedules, config.notify, config.log, config.health) == (Schedules(), Notify(), Log(), Health())
    assert config.schedules.sources == HOURLY
    (source,) = config.sources
    assert (source.schedule, source.watch, source.bytes_per_second) == (None, None, 0)


def test_the_schedule_and_what_sources_have_of_their_own(write: Write) -> None:
    config = load(
        write(
            '[schedule]\nevery = "2h"\nquiet = ["07:00-18:00"]\nnight = "02:45"\nat_once = 3\nper_server = 1\n'
            'jitter = "0s"\nlongest_wait = "1d"\n'
            + FOLDER
            + 'every = "15m"\nwatch = true\nbytes_per_second = 1000000\n'
            + FOLDER.replace("kunder", "b")
            + 'cron = "*/30 * * * 1-5"\nquiet = ["sat,sun 00:00-24:00", "mon-fri 22:00-06:00"]\nwatch = false\n'
            + FOLDER.replace("kunder", "c")
            + 'every = "never"\nquiet = []\n'
            + FOLDER.replace("kunder", "d")
            + 'quiet = ["01:00-02:00"]\n'
        )
    )
    day = Quiet(time(7), time(18))
    assert config.schedules == Schedules(
        Schedule(every=7200.0, quiet=(day,)), Schedule(cron="45 2 * * *"), 3, 1, 0.0, 86400.0
    )
    first, second, third, fourth = config.sources
    assert (first.schedule, first.watch, first.bytes_per_second) == (Schedule(900.0, "", (day,)), True, 1000000)
    assert second.schedule == Schedule(
        cron="*/30 * * * mon,tue,wed,thu,fri",
        quiet=(Quiet(time(), time(), (5, 6)), Quiet(time(22), time(6), (0, 1, 2, 3, 4))),
    )
    assert second.watch is False
    assert third.schedule == Schedule()
    assert fourth.schedule == Schedule(every=7200.0, quiet=(Quiet(time(1), time(2)),))
    assert pickle.loads(pickle.dumps(config)) == config


@pytest.mark.parametrize(
    ("night", "expected"),
    [
        ("5s", Schedule(every=5.0)),
        ("00:00", Schedule(cron="0 0 * * *")),
        ("0 3 * * sat", Schedule(cron="0 3 * * sat")),
    ],
)
def test_the_night(night: str, expected: Schedule, write: Write) -> None:
    assert load(write(f'[schedule]\nnight = "{night}"\n{FOLDER}')).schedules.night == expected


def test_a_backup_has_a_schedule_too(write: Write) -> None:
    text = FOLDER.replace('backup = "none"\n', "") + MIRROR + 'every = "1d"\nbytes_per_second = 5\nwatch = false\n'
    source = load(write(text)).backups[0].source
    assert (source.schedule, source.watch, source.bytes_per_second) == (Schedule(every=86400.0), False, 5)


def test_who_is_told(write: Write, tmp_path: Path) -> None:
    config = load(
        write(
            SMTP + '[notify]\nmail = ["dpo@invex.example"]\nwebhook = "https://hooks.example/x"\nsecret = "env:S"\n'
            '[log]\nfile = "loggar/gallra.log"\nformat = "json"\nlevel = "debug"\nmax_bytes = 20000\nkeep = 0\n'
            '[health]\nlisten = "unix:run/h"\n' + FOLDER
        )
    )
    assert config.notify == Notify(("dpo@invex.example",), "https://hooks.example/x", "env:S", EVENTS)
    assert config.log == Log(tmp_path / "loggar/gallra.log", "json", "debug", 20000, 0)
    assert config.health == Health(f"unix:{tmp_path}/run/h")
    chosen = load(write('[notify]\nwebhook = "http://127.0.0.1:8/x"\non = ["culled", "drift"]\n' + FOLDER))
    assert chosen.notify == Notify(webhook="http://127.0.0.1:8/x", events=("culled", "drift"))


@pytest.mark.parametrize("listen", ["127.0.0.1:9618", "[::1]:9618", "127.8.8.8:1", "unix:/run/gallra/health"])
def test_where_the_agent_tells_how_it_is(listen: str, write: Write) -> None:
    assert load(write(f'[health]\nlisten = "{listen}"\n{FOLDER}')).health.listen == listen


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[schedule]\nevery = "1h"\ncron = "0 * * * *"\n', '3: [schedule] cron: cannot go with "every"'),
        ("[schedule]\nevery = 60\n", "2: [schedule] every: must be a text in quotes"),
        ('[schedule]\nevery = "0s"\n', '2: [schedule] every: must say how long, as in "30s", "15m", "2h" or "1d"'),
        ('[schedule]\nevery = "1.5h"\n', "2: [schedule] every: must say how long"),
        ('[schedule]\nevery = "900d"\n', "1s at least, and 366d at most"),
        ('[schedule]\ncron = "0 25 * * *"\n', '2: [schedule] cron: "25" is no hour'),
        ('[schedule]\nquiet = "07:00-18:00"\n', "2: [schedule] quiet: must be a list"),
        ('[schedule]\nquiet = [\n"07:00-18:00",\n"7-18"]\n', "4: [schedule] quiet: must be hours to be quiet in"),
        ('[schedule]\nquiet = ["07:00-25:00"]\n', '2: [schedule] quiet: "25:00" is no time of the day'),
        ('[schedule]\nquiet = ["07:00-07:00"]\n', "2: [schedule] quiet: ends where it begins"),
        ('[schedule]\nquiet = ["mån 07:00-09:00"]\n', '2: [schedule] quiet: "mån" is no day of the week'),
        ('[schedule]\nnight = "25:00"\n', '2: [schedule] night: must be a time, as in "02:30", a cron text, or'),
        ("[schedule]\nat_once = 0\n", "2: [schedule] at_once: must be above 0"),
        ("[schedule]\nper_server = 1.5\n", "2: [schedule] per_server: must be a whole number"),
        ('[schedule]\njitter = "soon"\n', "2: [schedule] jitter: must say how long"),
        ('[schedule]\nlongest_wait = "0s"\n', "2: [schedule] longest_wait: must say how long"),
        ('[schedule]\nnigth = "02:00"\n', '2: [schedule]: unknown key "nigth"; did you mean "night"?'),
        ('[notify]\non = ["culled"]\n', '1: [notify]: tells nobody: add "mail" or "webhook"'),
        ('[notify]\nmail = ["a@invex.example"]\n', "2: [notify] mail: needs [smtp]"),
        ('[notify]\nmail = ["a"]\n' + SMTP, "2: [notify] mail: does not look like an email address"),
        ('[notify]\nwebhook = "http://hooks.example/x"\n', "2: [notify] webhook: must begin with https://"),
        ('[notify]\nwebhook = "hooks"\n', "2: [notify] webhook: must be an address"),
        ('[notify]\nwebhook = "https://h.example:x/"\n', "2: [notify] webhook: must be an address"),
        ('[notify]\nwebhook = "https://u:pw@h.example/"\n', "2: [notify] webhook: must not hold a user or password"),
        ('[notify]\nwebhook = "https://h.example/"\nsecret = "hemligt"\n', "3: [notify] secret: a secret is not"),
        ('[notify]\nmail = ["a@b.example"]\nsecret = "env:X"\n' + SMTP, "3: [notify] secret: goes with a webhook"),
        ('[notify]\nwebhook = "https://h.example/"\non = []\n', "3: [notify] on: is empty"),
        ('[notify]\nwebhook = "https://h.example/"\non = ["cull"]\n', 'unknown event "cull"; did you mean "culled"?'),
        ('[log]\nfile = ""\n', "2: [log] file: must be a path"),
        ('[log]\nformat = "xml"\n', '2: [log] format: unknown format "xml"'),
        ('[log]\nlevel = "INFO"\n', '2: [log] level: unknown level "INFO"; did you mean "info"?'),
        ("[log]\nmax_bytes = 100\n", "2: [log] max_bytes: must be 10000 at least"),
        ("[log]\nkeep = -1\n", "2: [log] keep: must be 0 or more"),
        ('[log]\nfile = "kunder/a/gallra.log"\n', '2: [log] file: lies in the source "kunder"'),
        ('[health]\nlisten = "0.0.0.0:9618"\n', "2: [health] listen: would be open to other machines"),
        ('[health]\nlisten = "[::]:9618"\n', "2: [health] listen: would be open to other machines"),
        ('[health]\nlisten = "localhost:9618"\n', "2: [health] listen: must be an address of this machine"),
        ('[health]\nlisten = "127.0.0.1"\n', "2: [health] listen: must be an address"),
        ('[health]\nlisten = "127.0.0.1:0"\n', "2: [health] listen: must be an address"),
        ('[health]\nlisten = "::1:9618"\n', "2: [health] listen: must be an address"),
        ('[health]\nlisten = "unix:"\n', "2: [health] listen: must be an address"),
        (f'[health]\nlisten = "unix:/{"x" * 200}"\n', "has a path of 201 bytes; a socket's may have 107"),
        ("health = 3\n", "1: [health]: must be one table"),
    ],
)
def test_a_mistake_in_a_table(text: str, said: str, write: Write) -> None:
    found = problems(write(text + FOLDER))
    assert len(found) == 1, found
    assert said in found[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FOLDER + 'every = "1h"\ncron = "0 * * * *"\n', '7: [[source]] "kunder" cron: cannot go with "every"'),
        (FOLDER + 'watch = "yes"\n', '6: [[source]] "kunder" watch: must be true or false'),
        (FOLDER + "bytes_per_second = -1\n", '6: [[source]] "kunder" bytes_per_second: must be 0 or more'),
        (FOLDER + 'night = "02:00"\n', 'unknown key "night"'),
        (
            FOLDER + '[[source]]\nname = "a"\nkind = "phone"\nholder = "E"\nexports = "x"\nwatch = true\n',
            '11: [[source]] "a" watch: kind "phone" cannot be watched, only sources of kind folder and maildir',
        ),
        (
            FOLDER.replace('backup = "none"\n', "") + MIRROR + "watch = true\n",
            '10: [[backup]] "natt" watch: a backup cannot be watched',
        ),
        (
            FOLDER + '[[source]]\nname = "a"\nkind = "paper"\nplace = "x"\nevery = "1h"\n',
            '10: [[source]] "a": unknown key "every"',
        ),
    ],
)
def test_a_mistake_in_a_place(text: str, said: str, write: Write) -> None:
    found = problems(write(text))
    assert len(found) == 1, found
    assert said in found[0]


def test_a_log_that_its_source_leaves_out_is_taken(write: Write, tmp_path: Path) -> None:
    text = '[log]\nfile = "kunder/gallra.log"\n' + FOLDER
    assert problems(write(text + 'exclude = ["gallra.log"]\n')), "gallra.log.1 would be in it"
    assert load(write(text + 'exclude = ["gallra.log*"]\n')).log.file == tmp_path / "kunder/gallra.log"


def test_a_secret_is_never_repeated(write: Write) -> None:
    found = problems(write('[notify]\nwebhook = "http://u:hemligt@h.example/"\nsecret = "hemligt"\n' + FOLDER))
    assert len(found) == 2
    assert "hemligt" not in "".join(found)


def test_durations() -> None:
    assert [seconds(one) for one in ("1s", "30s", "15m", "2h", "1d", "366d")] == [1, 30, 900, 7200, 86400, 31622400]
    assert seconds("0s", zero=True) == 0


@pytest.mark.parametrize(
    ("window", "day", "hour", "expected"),
    [  # 2026-11-23 is a Monday
        ("07:00-18:00", 23, "06:59", False),
        ("07:00-18:00", 23, "07:00", True),
        ("07:00-18:00", 23, "18:00", False),
        ("22:00-06:00", 23, "23:59", True),
        ("22:00-06:00", 23, "05:59", True),
        ("22:00-06:00", 23, "06:00", False),
        ("mon-fri 22:00-06:00", 23, "05:00", False),
        ("mon-fri 22:00-06:00", 28, "05:00", True),
        ("mon-fri 22:00-06:00", 28, "22:00", False),
        ("sun-mon 22:00-06:00", 23, "05:00", True),
        ("sat,sun 00:00-24:00", 27, "23:59", False),
        ("sat,sun 00:00-24:00", 28, "00:00", True),
        ("sat,sun 00:00-24:00", 29, "23:59", True),
        ("sat,sun 00:00-24:00", 23, "00:00", False),
        ("sun 18:00-24:00", 29, "18:00", True),
        ("sun 18:00-24:00", 30, "00:00", False),
        ("mon-sun 00:00-24:00", 25, "12:00", True),
    ],
)
def test_quiet_hours(window: str, day: int, hour: str, expected: bool) -> None:
    moment = datetime.fromisoformat(f"2026-11-{day}T{hour}")
    assert is_quiet((quiet(window),), moment) is expected
    assert is_quiet((), moment) is False


def test_a_hold_that_ends_unattended(write: Write) -> None:
    hold = '[[hold]]\nname = "a"\nstatute = "x"\nuntil = 2030-12-31\nmatch = ["A/**"]\nunattended = true\n'
    config = load(write(hold + 'sources = ["kunder"]\n' + FOLDER))
    assert config.holds[0].unattended
    assert not load(write(hold.replace("unattended = true\n", "") + FOLDER)).holds[0].unattended
    for more, said in (
        ("", '6: [[hold]] "a" unattended: needs "sources"'),
        ('sources = ["kunder"]\ndocuments = ["invoice"]\n', 'cannot go with "documents"'),
    ):
        (told,) = problems(write(hold + more + FOLDER))
        assert said in told
    (told,) = problems(write(hold.replace('"A/**"', '"**"') + 'sources = ["kunder"]\n' + FOLDER))
    assert "cannot go with a pattern that fits everything" in told
