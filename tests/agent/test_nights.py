"""Several nights in one run of the agent: what is to go unasked goes once, and each thing is told once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.agent.the_agent import Agent, agent_of, wait_for
from tests.conftest import Desk
from tests.scanner.cull.culled_world import NEW, pdf
from tests.servers.clock import environment
from tests.servers.dav_client import Client
from tests.servers.radicale import PASSWORD, Radicale, radicale
from tests.standins.hook_sink import Hook, hook_sink

__all__ = ["radicale"]

pytest.importorskip("watchdog.observers.inotify_c")

ANNA, BO = "anna.ek@kund.example", "bo.dal@kund.example"
CONFIG = """
[agent]
state = ".gallra"

[company]
name = "Invex AB"
domains = ["invex.example"]

[schedule]
every = "4s"
night = "5s"
jitter = "0s"

[notify]
webhook = "{hook}"

[[source]]
name = "kunder"
kind = "folder"
backup = "none"
path = "kunder"

[[source]]
name = "kontakter"
kind = "carddav"
backup = "none"
url = "http://127.0.0.1:{dav}/{owner}/"
user = "{owner}"
password = "env:DAV_PASSWORD"

[[hold]]
name = "avtal"
statute = "Preskriptionslagen 2 §"
sources = ["kunder"]
match = ["**/avtal.txt"]
until = {until}
unattended = true

[[cull]]
name = "jobb"
sources = ["kunder"]
match = ["Ansökningar/**"]
after = {{ months = 24, from = "created" }}
unattended = true
max_items = 2
"""
CARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a1\r\nFN:Anna Ek\r\nN:Ek;Anna;;;\r\nEMAIL:anna.ek@kund.example\r\nEND:VCARD\r\n"
)
FILES: dict[str, str | bytes] = {
    "Anna Ek/avtal.txt": f"Avtal: {ANNA}.\n",
    "Anna Ek/brev.txt": f"Hej {ANNA}!\n",
    "Bo Dal/avtal.txt": f"Avtal: {BO}.\n",
    **{f"Ansökningar/{year}.pdf": pdf(date(year, 5, 1), str(year)) for year in (2014, 2015, 2016)},
    "Ansökningar/ny.pdf": pdf(NEW, "ny"),
}
NIGHTLY = ("resume", "holds", "culls", "backups", "tasks", "deadlines", "tidy")


@dataclass
class Firm:
    """A folder, a contact, two cases; and `clock`, the file that says which day it is for the agent."""

    desk: Desk
    agent: Agent
    hook: Hook
    dav: Client
    book: str = ""
    cases: dict[str, str] = field(default_factory=dict)

    @property
    def clock(self) -> Path:
        return self.desk.root.parent / "clock"

    def prepare(self) -> None:
        """Anna was erased, but for what a law keeps; Bo has asked today, and waits."""
        for name, content in FILES.items():
            path = self.desk.root / "kunder" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.book = self.dav.make("bok", "addressbook", "Bok")
        self.dav.write(f"{self.book}a1.vcf", CARD.encode())
        self.desk("scan", code=0)
        for person in (ANNA, BO):
            self.cases[person] = self.desk("find", "--json", person, code=(0, 3)).json["case"]
        self.desk("erase", self.cases[ANNA], "--yes", code=0)
        assert self.dav.etags(self.book) == {}
        self.desk("request", self.cases[BO], "--received", date.today().isoformat(), code=(0, 3))

    def files(self) -> set[str]:
        root = self.desk.root / "kunder"
        return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}

    def told(self) -> Counter[tuple[str, str]]:
        """What the webhook was sent: event, and case or rule."""
        return Counter((one["event"], one["source"] or one["case"]) for one in self._bodies())

    def keys(self) -> list[str]:
        return [one.headers["Idempotency-Key"] for one in self.hook.posted]

    def _bodies(self) -> list[dict[str, str]]:
        return [json.loads(one.body) for one in self.hook.posted]

    def nights(self, count: int) -> None:
        """So many whole nights from now on: each chore has begun and ended."""
        for _ in range(count):
            since = datetime.now(UTC)
            for chore in NIGHTLY:
                wait_for(partial(self.agent.done_since, f"chore:{chore}", since), self.agent.said)

    def day(self, days: int) -> None:
        """So many days from today, for all that the agent starts from now on."""
        beside = self.clock.with_name("clock.new")
        beside.write_text(str(days), encoding="ascii")
        beside.replace(self.clock)


@pytest.fixture
def firm(desk: Desk, radicale: Radicale) -> Iterator[Firm]:
    desk.env["DAV_PASSWORD"] = PASSWORD
    dav, until = radicale.user(), date.today() + timedelta(days=1)
    with hook_sink(Hook()) as hook, agent_of(desk) as agent:
        config = CONFIG.format(hook=hook.url, dav=radicale.port, owner=dav.user, until=until)
        desk.write(config + agent.tables)
        yield Firm(desk, agent, hook, dav)


@pytest.mark.prove
@pytest.mark.timeout(600)
def test_each_thing_is_done_once_and_told_once_over_many_nights(firm: Firm) -> None:
    firm.prepare()
    firm.day(0)
    anna, bo = firm.cases[ANNA], firm.cases[BO]
    firm.agent.env = environment(file=firm.clock)
    firm.agent.start()
    firm.nights(1)
    expected = Counter({("culled", "jobb"): 2})
    settled(firm, expected, {"Anna Ek/avtal.txt", "Bo Dal/avtal.txt", "Ansökningar/ny.pdf"})

    firm.dav.write(f"{firm.book}a1.vcf", CARD.encode())
    wait_for(lambda: any(event == "returned" for event, _ in firm.told()), firm.told)
    (draft,) = (case for event, case in firm.told() if event == "returned")
    expected[("returned", draft)] += 1
    settled(firm, expected, {"Anna Ek/avtal.txt", "Bo Dal/avtal.txt", "Ansökningar/ny.pdf"})
    assert len(firm.dav.etags(firm.book)) == 1

    firm.day(2)
    expected += Counter({("erased", anna): 1, ("hold-ended", bo): 1})
    settled(firm, expected, {"Bo Dal/avtal.txt", "Ansökningar/ny.pdf"})

    due = date.fromisoformat(firm.desk("request", bo, "--json", code=(0, 3)).json["due"])
    for left in (7, 1, -1):
        firm.day((due - date.today()).days - left)
        expected += Counter({("deadline", bo): 1})
        settled(firm, expected, {"Bo Dal/avtal.txt", "Ansökningar/ny.pdf"})
    told = [firm.agent.get("/health"), firm.agent.get("/metrics")]
    firm.agent.stop()
    firm.agent.check_runs()
    firm.agent.check_silence((b"kund.example", b"anna", b"avtal", b"ny.pdf", b"brev"), *told)
    assert not [one for one in firm.hook.posted if b"anna" in one.body.lower() or b"avtal" in one.body]
    assert len(set(firm.keys())) == len(firm.keys())
    firm.desk("audit", "verify", code=0)


def settled(firm: Firm, expected: Counter[tuple[str, str]], files: set[str]) -> None:
    """So it becomes, and so it stays through another night."""
    wait_for(lambda: firm.told() >= expected and firm.files() <= files, lambda: (firm.told(), firm.files()))
    firm.nights(1)
    assert firm.told() == expected
    assert firm.files() == files
