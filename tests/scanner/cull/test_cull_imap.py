"""Culling in a mailbox on a real server: by the mail folder, the mail's own dates and the server's, held by folder."""

from __future__ import annotations

import imaplib
from datetime import UTC, date, datetime

import pytest

from scanner import casework
from scanner.cull.cases import look
from scanner.model import State
from scanner.workspace import Workspace
from tests.scanner.cull.culled_world import NEW, OLD, mail, the_rule
from tests.servers.dovecot import PASSWORD, Dovecot, account, dovecot

__all__ = ["account", "dovecot"]

CONFIG = """
[agent]
state = ".gallra"
key = "file:gallra.key"

[[source]]
name = "post"
kind = "imap"
backup = "none"
host = "localhost"
port = {port}
tls = false
user = "{user}"
password = "env:GALLRA_TEST_PASSWORD"

[[hold]]
name = "bokföring"
statute = "Bokföringslagen 7 kap. 2 §"
kinds = ["message"]
folders = ["Bokf*"]
until = 2099-12-31

[[cull]]
name = "mappar"
sources = ["post"]
kinds = ["message"]
folders = ["Ansok*", "Bokf*"]
after = {{ months = 24, from = "received" }}
"""


def test_mails_go_by_what_they_and_their_server_say(
    desk: object, dovecot: Dovecot, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.workspace.workers", lambda: 0)
    monkeypatch.setenv("GALLRA_TEST_PASSWORD", PASSWORD)
    root = desk.root  # type: ignore[attr-defined]
    (root / "gallra.toml").write_text(CONFIG.format(port=dovecot.port, user=account), encoding="utf-8")
    with imaplib.IMAP4("localhost", dovecot.port) as witness:
        witness.login(account, PASSWORD)

        def put(folder: str, subject: str, sent: date | None, stored: date) -> None:
            witness.create(folder)
            when = datetime(stored.year, stored.month, stored.day, 12, tzinfo=UTC)
            witness.append(folder, None, when, mail(sent, subject=subject))

        put("Ansok", "gammal", OLD, OLD)
        put("Ansok", "odaterad", None, OLD)  # the server's word alone
        put("Ansok", "nyss", OLD, NEW)  # an old date, and no word of any other server
        put("Ansok", "trasig", date(2039, 1, 1), OLD)
        put("Kunder", "annan", OLD, OLD)
        put("Bokf", "faktura", OLD, OLD)

        def subjects(folder: str) -> set[str]:
            witness.select(folder, readonly=True)
            _, found = witness.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
            return {one[1].decode().partition(":")[2].strip() for one in found if isinstance(one, tuple)}

        with Workspace.open(root / "gallra.toml") as work:
            work.scan()
            found = look(work, the_rule(work, "mappar"), datetime.now(UTC))
            assert found.case is not None
            assert (found.found.due, found.found.held, found.found.undated) == (2, 1, 1)
            with work.cases.lock(found.case.number):
                case = work.cases.load(found.case.number)
                casework.carry_out(work, case, casework.plan_of(work, case))
                casework.look_and_search_again(work, case)
            assert sorted(one.state for one in case.findings) == [State.ERASED, State.ERASED, State.HELD]
        assert subjects("Ansok") == {"nyss", "trasig"}
        assert (subjects("Kunder"), subjects("Bokf")) == ({"annan"}, {"faktura"})
