"""The shipped example works as it stands, and neither it nor the page on it forgets a key."""

from __future__ import annotations

import dataclasses
import re
import shutil
from datetime import time
from pathlib import Path

from config import notify
from config.load import TABLES, load
from config.model import LIMIT_KEYS, Agent, Backup, Cases, Company, Detect, Erase, Hand, Ocr, Read, Smtp, Staff
from config.running import EVENTS, Health, Log, Notify, Quiet, Schedule, Schedules
from config.schedules import COMMON as RUNNING
from connectors import registry
from scanner.limits import Limits

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config" / "example.toml"


def test_the_example_loads_as_it_is(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path / "gallra.toml")
    config = load(tmp_path / "gallra.toml")
    assert [(one.name, one.settings["path"]) for one in config.sources] == [("example", str(tmp_path / "example"))]
    assert config.agent == Agent(tmp_path / ".gallra")
    assert (config.uncovered(), config.backups, config.hands, config.smtp) == ([], (), (), None)


def test_the_example_loads_with_all_its_comments_taken_off(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^# (?=\[|\w+ = )", "", EXAMPLE.read_text(encoding="utf-8"))
    (tmp_path / "gallra.toml").write_text(text, encoding="utf-8")
    config = load(tmp_path / "gallra.toml")
    kinds = ["folder", "folder", "maildir", "imap", "caldav", "carddav", "s3", "sql", "phone"]
    assert [one.kind for one in config.sources] == kinds
    assert [one.source.kind for one in config.backups] == ["restic", "borg", "mirror", "archive", "s3"]
    assert {one.source.kind for one in config.backups} == set(registry.BACKUPS)
    assert config.backups[0].at == {"kunder": "srv/share/kunder"}
    assert [one.kind for one in config.hands] == ["processor", "paper", "provider"]
    assert config.smtp == Smtp(
        *("mail.exempelbolaget.example", "dataskydd@exempelbolaget.example", 587, "starttls"),
        *("gallra", "env:GALLRA_SMTP"),
    )
    assert config.uncovered() == ["kalendrar", "kontakter", "evas-telefon"], "what the example does not say of"
    assert len(config.staff) == 1
    assert config.detect.customer_number == ("KND-[0-9]{5}",)
    assert dict(config.limits) == dataclasses.asdict(Limits())
    assert (config.erase, config.cases) == (Erase(statistics=tmp_path / "quotes.csv"), Cases())
    assert [one.name for one in config.holds][::4] == ["arkiverade-fakturor", "bokföring-räkenskaper"]
    assert [one.name for one in config.culls][:2] == ["gamla-ansökningar", "ansökningar"]
    assert config.ceiling("kunder") == 200
    assert config.read.passwords == ("file:passwords.txt",)
    assert config.ocr == Ocr(enabled=True), "what the example shows is the default"
    assert [one.name for one in config.policies] == ["ansökningar-24-månader"]


def test_the_example_shows_the_agents_defaults(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^# (?=\[|\w+ = )", "", EXAMPLE.read_text(encoding="utf-8"))
    (tmp_path / "gallra.toml").write_text(text, encoding="utf-8")
    config = load(tmp_path / "gallra.toml")
    office = Quiet(time(7), time(18), (0, 1, 2, 3, 4))
    assert config.schedules == Schedules(sources=Schedule(every=3600.0, quiet=(office,)))
    assert config.pick(["kunder"])[0].schedule == Schedule(every=900.0, quiet=(office,))
    assert config.pick(["post"])[0].schedule == Schedule(cron="*/30 6-20 * * mon,tue,wed,thu,fri", quiet=(office,))
    assert config.notify == Notify(
        ("dataskydd@exempelbolaget.example",), "https://hooks.exempelbolaget.example/gallra", "env:GALLRA_HOOK", EVENTS
    )
    assert config.log == Log(file=tmp_path / "gallra.log")
    assert config.health == Health("127.0.0.1:9618")


def test_the_limits_are_those_of_the_scanner() -> None:
    assert {one.name: type(one.default) for one in dataclasses.fields(Limits)} == LIMIT_KEYS


def test_every_key_is_in_the_example_and_in_the_docs() -> None:
    docs = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    example = EXAMPLE.read_text(encoding="utf-8")
    keys = {
        one.name
        for kind in (Agent, Company, Staff, Detect, Read, Ocr, Erase, Cases, Backup, Hand, Smtp, Schedules, Log, Health)
        for one in dataclasses.fields(kind)
        if (kind, one.name) not in ((Backup, "source"), (Schedules, "sources"))
    }
    keys |= {*LIMIT_KEYS, *RUNNING, *notify.KEYS, "unattended"}
    for key in keys:
        assert f"`{key}`" in docs, key
        assert re.search(rf"(?m)^(# )?{key} = ", example), key
    for event in EVENTS:
        assert f"`{event}`" in docs, event
    for table in TABLES:
        assert re.search(rf"(?m)^## `\[{{1,2}}{table}\]{{1,2}}`", docs), table
        assert re.search(rf"(?m)^(# )?\[{{1,2}}{table}\]{{1,2}}$", example), table
