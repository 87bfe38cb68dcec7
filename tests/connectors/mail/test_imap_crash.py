r"""A change of a mail that is stopped between any two of its commands: by a cut line, and by kill -9.

What a run sends is counted first; then it is stopped before and after each command. The end must be the same: one mail
with the new bytes under the old one's flags and date, nothing of the old, all others as they were.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Locator, Outcome, Staged, Strength, Version
from connectors.errors import Changed, NotFound, Unreachable
from tests.connectors.mail.imap_help import SOURCE, at, imap, mail, settings
from tests.servers.dovecot import Dovecot
from tests.servers.imap_trap import Trap
from tests.servers.imap_witness import Colleague, Mail

NEW = mail("mindre än den var")
DATE = "29-Feb-2024 23:59:59 +0100"
FLAGS = ["", "\\Seen $Work", "\\Deleted", "\\Deleted \\Flagged"]  # the mail itself may have another client's mark

CHILD = """
import base64, json, sys
from connectors.base import Locator, Staged, Strength, Version
from connectors.mail.imap import Imap
asked = json.loads(sys.argv[1])
locator, expected = Locator.parse(asked["locator"]), Version(asked["version"], Strength.STRONG)
with Imap(asked["source"], asked["settings"]) as source:
    if asked["what"] == "remove":
        source.remove(locator, expected)
    else:
        staged = source.stage(locator, expected, base64.b64decode(asked["new"]))
        print(json.dumps([str(staged.locator), staged.expected.token, staged.token]), flush=True)
        source.commit(staged) if asked["what"] == "commit" else source.abandon(staged)
print("done", flush=True)
"""


@dataclass
class Scene:
    """A mail to change, UID 2, among others; UID 3 is marked by another client."""

    server: Dovecot
    user: str
    colleague: Colleague
    flags: str

    def __post_init__(self) -> None:
        twin = mail("den som ändras", 300)
        for number, flags in ((1, "\\Seen"), (2, self.flags), (3, "\\Deleted $Other"), (4, "")):
            self.colleague.append("INBOX", twin if number in (2, 3) else mail(f"{number}"), flags=flags, date=DATE)
        self.before = self.colleague.mails("INBOX")
        with imap(self.server.port, self.user) as source:
            self.version = source.version(at("INBOX", 2))

    def others(self, now: dict[int, Mail]) -> dict[int, Mail]:
        return {uid: one for uid, one in now.items() if uid in (1, 3, 4)}

    def nothing_lost(self) -> None:
        """Old, or new, or both; never neither, and never two new ones."""
        now = self.colleague.mails("INBOX")
        assert self.others(now) == self.others(self.before)
        old = [uid for uid, one in now.items() if uid == 2]
        new = [uid for uid, one in now.items() if one.data == NEW]
        assert len(old) + len(new) == len(now) - 3
        assert old or new, "neither"
        assert len(new) <= 1, "appended twice"
        if old:
            assert now[2].data == self.before[2].data

    def changed(self) -> None:
        """The new one alone, under the old one's flags and date."""
        now = self.colleague.mails("INBOX")
        assert self.others(now) == self.others(self.before)
        (new,) = (one for uid, one in now.items() if uid not in (1, 3, 4))
        assert (new.data, new.flags, new.date) == (NEW, self.before[2].flags, self.before[2].date)

    def as_it_was(self) -> None:
        assert self.colleague.mails("INBOX") == self.before


@pytest.fixture
def scene(dovecot: Dovecot, account: str, colleague: Colleague, request: pytest.FixtureRequest) -> Scene:
    return Scene(dovecot, account, colleague, getattr(request, "param", "\\Seen $Work"))


# -- the line is cut in a session that then ends; a new session goes on


def stopped(scene: Scene, number: int, when: str, what: str) -> tuple[Staged | None, bool]:
    """What was noted, and whether the line was cut before it was done."""
    trap = Trap(scene.server.port, number, when)
    staged = None
    try:
        with imap(trap.port, scene.user) as source:
            staged = source.stage(at("INBOX", 2), scene.version, NEW)
            if what == "commit":
                source.commit(staged)
            else:
                source.abandon(staged)
    except Unreachable:
        pass
    finally:
        trap.close()
    return staged, trap.sprung


def commands(scene: Scene) -> int:
    """How many commands of a stage and its commit change something: what is marked already is not marked again."""
    return 4 if "\\Deleted" in scene.flags else 5


def finished(scene: Scene, staged: Staged | None) -> None:
    """As the executor goes on after a crash (scanner.rewrite): from the note, or anew. Then once more."""
    with imap(scene.server.port, scene.user) as source:
        if staged is None:
            staged = source.stage(at("INBOX", 2), scene.version, NEW)
        scene.nothing_lost()
        answer = source.commit(staged)
    scene.changed()
    with imap(scene.server.port, scene.user) as source:
        assert source.commit(staged) == answer
        assert source.version(answer[0]) == answer[1]
    scene.changed()


@pytest.mark.parametrize("scene", FLAGS, indirect=True)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 7))
def test_a_commit_that_is_cut_off_comes_to_the_same_end(scene: Scene, number: int, when: str) -> None:
    staged, cut = stopped(scene, number, when, "commit")
    scene.nothing_lost()
    assert cut or number > commands(scene)
    finished(scene, staged)


@pytest.mark.parametrize("scene", FLAGS[1:3], indirect=True)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(2, 6))
def test_a_commit_that_is_cut_off_and_given_up_leaves_one(scene: Scene, number: int, when: str) -> None:
    """Abandoned when the old one is gone already: it says so, and takes nothing away."""
    staged, _ = stopped(scene, number, when, "commit")
    assert staged is not None
    gone = 2 not in scene.colleague.mails("INBOX")
    with imap(scene.server.port, scene.user) as source:
        if gone:
            with pytest.raises(Changed):
                source.abandon(staged)
            scene.nothing_lost()
            source.commit(staged)
        else:
            source.abandon(staged)
    now = scene.colleague.mails("INBOX")
    if gone:
        scene.changed()
    else:
        assert now == scene.before, "also without a mark of ours"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 5))
def test_an_abandon_that_is_cut_off_comes_to_the_same_end(scene: Scene, number: int, when: str) -> None:
    staged, _ = stopped(scene, number, when, "abandon")
    scene.nothing_lost()
    with imap(scene.server.port, scene.user) as source:
        if staged is None:
            staged = source.stage(at("INBOX", 2), scene.version, NEW)
        source.abandon(staged)
        scene.as_it_was()
        source.abandon(staged)
        with pytest.raises((Changed, NotFound)):
            source.commit(staged)
    scene.as_it_was()


def test_a_stage_that_is_cut_off_appends_once(scene: Scene) -> None:
    for attempt in range(3):
        trap = Trap(scene.server.port, 1, "after")
        try:
            with imap(trap.port, scene.user) as source:
                source.stage(at("INBOX", 2), scene.version, NEW)
        except Unreachable:
            assert attempt == 0, "only the first has anything to send"
        trap.close()
        assert trap.names() == (["APPEND"] if attempt == 0 else [])
        assert sum(one.data == NEW for one in scene.colleague.mails("INBOX").values()) == 1
    finished(scene, None)


def test_of_two_that_are_alike_none_is_lost(scene: Scene) -> None:
    """UID 2 and 3 have the same bytes, size and date: what waits for one may be taken for what waits for the other."""
    with imap(scene.server.port, scene.user) as source:
        third = source.version(at("INBOX", 3))
        first = source.stage(at("INBOX", 2), scene.version, NEW)
        second = source.stage(at("INBOX", 3), third, NEW)
        source.commit(first)
        try:
            source.commit(second)
        except Changed:  # then it is given up and done anew (scanner.rewrite), and nothing was erased
            assert scene.colleague.mails("INBOX")[3] == scene.before[3]
            with suppress(Changed):
                source.abandon(second)
            source.commit(source.stage(at("INBOX", 3), third, NEW))
    now = scene.colleague.mails("INBOX")
    assert [now[uid] for uid in (1, 4)] == [scene.before[uid] for uid in (1, 4)]
    new = [(one.data, one.date, one.flags) for uid, one in now.items() if uid not in (1, 4)]
    assert new == [(NEW, scene.before[uid].date, scene.before[uid].flags) for uid in (2, 3)]


# -- removing


@pytest.mark.parametrize("scene", FLAGS[1:3], indirect=True)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_remove_that_is_cut_off_comes_to_the_same_end(scene: Scene, number: int, when: str) -> None:
    trap = Trap(scene.server.port, number, when)
    with imap(trap.port, scene.user) as source:
        try:
            source.remove(at("INBOX", 2), scene.version)
        except Unreachable:
            assert trap.sprung
    trap.close()
    left = 2 in scene.colleague.mails("INBOX")
    assert scene.others(scene.colleague.mails("INBOX")) == scene.others(scene.before)
    with imap(scene.server.port, scene.user) as source:
        outcome = source.remove(at("INBOX", 2), scene.version).outcome
    assert outcome is (Outcome.ERASED if left else Outcome.ABSENT)
    assert scene.colleague.mails("INBOX") == scene.others(scene.before)


# -- kill -9 of the process itself


def killed(scene: Scene, number: int, when: str, what: str) -> tuple[Staged | None, bool]:
    """Run it in a process of its own and kill that at a command; what it had noted, and whether it was killed."""
    child: list[subprocess.Popen[str]] = []
    trap = Trap(scene.server.port, number, when, lambda: os.kill(child[0].pid, signal.SIGKILL))
    asked: dict[str, Any] = {
        "what": what, "source": SOURCE, "settings": settings(trap.port, scene.user),
        "locator": str(at("INBOX", 2)), "version": scene.version.token, "new": base64.b64encode(NEW).decode(),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, json.dumps(asked)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    child.append(process)
    out, _ = process.communicate(timeout=60)
    trap.close()
    assert trap.sprung == (process.returncode == -signal.SIGKILL), process.returncode
    assert trap.sprung or out.endswith("done\n")
    note = next((json.loads(line) for line in out.splitlines() if line.startswith("[")), None)
    if note is None:
        return None, trap.sprung
    return Staged(Locator.parse(note[0]), Version(note[1], Strength.STRONG), note[2]), trap.sprung


@pytest.mark.parametrize(("number", "when"), [(1, "after"), (2, "before"), (3, "after")])
def test_kill_9_at_a_command_comes_to_the_same_end(scene: Scene, number: int, when: str) -> None:
    """After APPEND and before the note; after the note; after the mark on the old one."""
    staged, was_killed = killed(scene, number, when, "commit")
    assert was_killed
    assert (staged is None) == (number == 1)
    scene.nothing_lost()
    finished(scene, staged)


@pytest.mark.prove
@pytest.mark.parametrize("scene", FLAGS, indirect=True)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 7))
def test_kill_9_at_any_command(scene: Scene, number: int, when: str) -> None:
    staged, was_killed = killed(scene, number, when, "commit")
    assert was_killed or number > commands(scene)
    scene.nothing_lost()
    finished(scene, staged)


@pytest.mark.parametrize("when", ["before", "after"])
def test_kill_9_between_mark_and_expunge(scene: Scene, when: str) -> None:
    _, was_killed = killed(scene, 2, when, "remove")
    assert was_killed
    with imap(scene.server.port, scene.user) as source:
        source.remove(at("INBOX", 2), scene.version)
    assert scene.colleague.mails("INBOX") == scene.others(scene.before)
