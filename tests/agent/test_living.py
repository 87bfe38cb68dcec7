"""The agent over a company that lives: it knows within moments, and is killed at any of them without losing a thing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from statistics import median

import pytest

from tests.agent.conftest import Company
from tests.agent.living import PERSONS, SECRETS, Living
from tests.agent.the_agent import SECONDS, wait_for

pytest.importorskip("watchdog.observers.inotify_c")

Act = tuple[str, str, str, bool]  # a source, a person, a path, and whether that person is there now
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def appear(living: Living) -> Iterator[Act]:
    root = living.folder.root
    (root / "ny/djup/mapp").mkdir(parents=True)
    for name in ("1", "2", "3", "4", "5", "6"):
        path = f"ny/djup/mapp/{name}.txt" if name == "5" else f"{name}.txt"
        (root / path).write_text(f"Kontakt: fil{name}@kund.example\n")
        yield "kunder", f"fil{name}@kund.example", path, True
    for place, name in (
        (living.post, "brev"),
        (living.post, "lapp"),
        (living.calendar, "tid"),
        (living.contacts, "kort"),
    ):
        yield place.source, f"{name}@kund.example", place.add(f"{name}@kund.example"), True


def alter(living: Living) -> Iterator[Act]:
    root, box = living.folder.root, living.post.box
    (root / "1.txt").write_text("Kontakt: annan1@kund.example\n")
    yield "kunder", "annan1@kund.example", "1.txt", True
    (root / "2.txt").rename(root / "ny/flyttad.txt")
    yield "kunder", "fil2@kund.example", "ny/flyttad.txt", True
    yield "kunder", "fil2@kund.example", "2.txt", False
    (root / "3.tmp").write_text("Kontakt: annan3@kund.example\n")
    (root / "3.tmp").replace(root / "3.txt")
    yield "kunder", "annan3@kund.example", "3.txt", True
    (root / "4.txt").unlink()
    (root / "4.txt").mkdir()
    (root / "4.txt/i.txt").write_text("Kontakt: fil4@kund.example\n")
    yield "kunder", "fil4@kund.example", "4.txt/i.txt", True
    (root / "ny/djup").rename(root / "omdöpt")
    yield "kunder", "fil5@kund.example", "omdöpt/mapp/5.txt", True
    (root / "6.txt").unlink()
    yield "kunder", "fil6@kund.example", "6.txt", False
    box.move("INBOX", uid_of(living, "INBOX", b"brev@"), "Arkiv")
    yield "post", "brev@kund.example", f"Arkiv;UID={uid_of(living, 'Arkiv', b'brev@')}", True
    uid = uid_of(living, "INBOX", b"lapp@")
    box.expunge("INBOX", uid)
    yield "post", "lapp@kund.example", f"INBOX;UID={uid}", False
    (path,) = [path for _, path, address in living.calendar.truth() if address == "tid@kund.example"]
    living.calendar.dav.delete(path)
    yield "kalender", "tid@kund.example", path, False
    (path,) = [path for _, path, address in living.contacts.truth() if address == "kort@kund.example"]
    living.contacts.rewrite(path, "kort2@kund.example")
    yield "kontakter", "kort2@kund.example", path, True


def uid_of(living: Living, folder: str, text: bytes) -> str:
    (uid,) = [uid for uid, mail in living.post.box.mails(folder).items() if text in mail.data]
    return str(uid)


def test_what_happens_is_known_within_moments(company: Company) -> None:
    """A folder by its watch alone (its schedule is a month), servers by their schedule of four seconds."""
    living = company.living
    company.configure(kunder="30d")
    living.fill(2)
    company.agent.start()
    company.scanned(LONG_AGO)
    took: dict[str, list[float]] = {source: [] for source in living.places}
    for step in (appear, alter):
        waiting = [(act, time.monotonic()) for act in step(living)]
        persons = sorted({person for (_, person, _, _), _ in waiting})
        until = time.monotonic() + SECONDS
        while waiting:
            assert time.monotonic() < until, waiting
            found = company.known(*persons)
            for one in list(waiting):
                (source, _, path, there), began = one
                if ((source, path) in found) == there:
                    took[source].append(time.monotonic() - began)
                    waiting.remove(one)
            time.sleep(0.3)
    print({source: f"{median(times):.1f} s, at most {max(times):.1f} s" for source, times in took.items()})
    company.agent.stop()
    company.agent.check_runs()


def agrees(company: Company) -> None:
    """Index and truth are the same: each thing, whom it names, and how many there are."""
    truth = company.living.truth()
    index = company.index()
    assert index == truth, (sorted(index - truth), sorted(truth - index))
    for source, items in company.counts().items():
        assert items == len({path for at, path, _ in truth if at == source}), source


@pytest.mark.parametrize(
    ("kills", "things"), [(3, 6), pytest.param(20, 40, marks=[pytest.mark.prove, pytest.mark.timeout(900)])]
)
def test_killed_at_any_moment_it_loses_nothing(company: Company, kills: int, things: int) -> None:
    living, agent, rng = company.living, company.agent, Random(kills)
    company.configure()
    living.fill(things)
    for number in range(kills + 1):
        runs = agent.begun()
        agent.start()
        until = time.monotonic() + SECONDS if rng.random() < 0.9 else 0.0  # now and then while it still starts
        while agent.begun() == runs and time.monotonic() < until:
            living.act()
            time.sleep(0.1)
        until = time.monotonic() + rng.choice([1.0, 4.0]) * rng.random()
        while time.monotonic() < until:
            living.act()
            time.sleep(rng.uniform(0.0, 0.2))
        if number < kills:
            agent.kill()
            if rng.random() < 0.5:  # else the next one meets the jobs of the one before
                living.act()
                time.sleep(rng.uniform(0.0, 2.0))
    last = datetime.now(UTC)
    company.scanned(last)
    truth = {(source, path) for source, path, _ in living.truth()}
    took = wait_for(lambda: company.known(*PERSONS) == truth, lambda: company.known(*PERSONS) ^ truth, 0.5)
    told = [agent.get("/health"), agent.get("/metrics")]
    agent.stop()
    print(f"{living.done.total()} changes, {agent.check_runs()} runs, {took:.1f} s to the end; {dict(living.done)}")
    agrees(company)
    assert company.desk("audit", "verify").code == 0
    assert any(secret in "".join(map(str, living.truth())).encode() for secret in SECRETS)
    agent.check_silence(SECRETS, *told)
