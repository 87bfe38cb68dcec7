"""Each thing is told once, by mail and by a webhook; what fails is tried again, later and later.

The witnesses are what servers on loopback took, and the record's own file, read with sqlite3.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.model import Agent
from config.running import Log
from scanner.agent import notices as sending
from scanner.agent import webhook
from scanner.agent.done import Notice
from scanner.agent.logs import close_log, open_log
from scanner.agent.notices import BACK_OFF, Notices
from tests.scanner.agent.told_world import FIRST, NOW, SECOND, THIRD, book, config, notify, put, smtp
from tests.standins.hook_sink import CUT, DRIP, HANG, Hook, Posted, hook_sink
from tests.standins.smtp_moods import Moods, smtp_with
from tests.standins.smtp_sink import smtp_sink

SECRET = "made-up-for-tests"


def row(path: Path, notice: Notice = FIRST) -> dict[str, Any]:
    """What the file says of it."""
    with sqlite3.connect(path) as db:
        db.row_factory = sqlite3.Row
        (found,) = db.execute("SELECT mailed, posted, tries, next FROM notice WHERE key = ?", (notice.key,))
    return dict(found)


def hooked(tmp_path: Path, hook: Hook, **more: Any) -> Notices:
    return Notices(config(tmp_path, notify=notify(webhook=hook.url, **more)), book(tmp_path))


def after(row_: dict[str, Any], now: datetime = NOW) -> float:
    """Seconds until the next try."""
    return (datetime.fromisoformat(row_["next"]) - now).total_seconds()


def test_what_is_due_goes_in_one_mail_to_all_and_never_again(tmp_path: Path) -> None:
    path = book(tmp_path)
    put(path, FIRST, SECOND)
    with smtp_sink() as sink:
        settings = config(tmp_path, smtp=smtp(sink.port), notify=notify(mail=("it@invex.example", "dpo@invex.example")))
        notices = Notices(settings, path)
        assert notices.send_due(NOW) == 2
        assert notices.send_due(NOW + timedelta(days=400)) == 0
        put(path, THIRD)
        notices.send_due(NOW + timedelta(days=401))
    first, second = sink.mails
    assert first.recipients == ("it@invex.example", "dpo@invex.example")
    assert str(first.message["Subject"]) == "gallra: 2 meddelanden"
    assert first.message["Auto-Submitted"] == "auto-generated"
    body = first.message.get_content()
    for word in (
        "En begäran ska besvaras",
        "2026-0001",
        "2026-12-23",
        "dagar kvar 7",
        "gallra show 2026-0001",
        "kunder",
    ):
        assert word in body
    assert "gallra status" in body
    assert "2026-0002" not in body
    assert str(second.message["Subject"]) == "gallra: Gallring (2026-0002)"
    assert all(row(path, one)["mailed"] for one in (FIRST, SECOND, THIRD))


def test_in_english_too(tmp_path: Path) -> None:
    path = book(tmp_path)
    put(path, FIRST)
    with smtp_sink() as sink:
        agent = Agent(tmp_path / "state", language="en")
        settings = config(tmp_path, agent=agent, smtp=smtp(sink.port), notify=notify(mail=("it@invex.example",)))
        Notices(settings, path).send_due(NOW)
    (mail,) = sink.mails
    assert str(mail.message["Subject"]) == "gallra: A request must be answered (2026-0001)"
    assert "Next: gallra show 2026-0001" in mail.message.get_content()


def test_events_that_are_not_asked_for_are_not_told(tmp_path: Path) -> None:
    path = book(tmp_path)
    put(path, FIRST, SECOND)
    with smtp_sink() as sink:
        told = notify(mail=("it@invex.example",), events=("failing",))
        assert Notices(config(tmp_path, smtp=smtp(sink.port), notify=told), path).send_due(NOW) == 1
    (mail,) = sink.mails
    assert "2026-0001" not in mail.message.get_content()
    assert row(path, FIRST)["mailed"] is None


def test_where_nobody_is_to_be_told_nothing_happens(tmp_path: Path) -> None:
    path = book(tmp_path)
    put(path, FIRST)
    notices = Notices(config(tmp_path), path)
    notices.start()
    assert notices.send_due(NOW) == 0
    notices.stop()
    assert row(path) == {"mailed": None, "posted": None, "tries": 0, "next": None}


def test_a_mail_that_is_not_taken_is_tried_later_and_later_then_told_once(tmp_path: Path) -> None:
    path = book(tmp_path)
    put(path, FIRST)
    moods = Moods(says={"DATA": "451 not now"})
    with smtp_with(moods) as server:
        notices = Notices(config(tmp_path, smtp=smtp(server.port), notify=notify(mail=("it@invex.example",))), path)
        now = NOW
        for number, seconds in enumerate([*BACK_OFF, BACK_OFF[-1]], 1):
            assert notices.send_due(now) == 0
            assert notices.send_due(now + timedelta(seconds=seconds - 1)) == 0
            assert server.verbs.count("DATA") == number
            assert after(row(path), now) == seconds
            now += timedelta(seconds=seconds)
        assert row(path)["mailed"] is None
        moods.says.clear()
        assert notices.send_due(now) == 1
        assert notices.send_due(now + timedelta(days=9)) == 0
    assert len(moods.taken) == 1
    assert row(path)["mailed"] is not None


def test_where_the_line_is_cut_while_a_mail_is_handed_over_it_is_not_sent_twice(tmp_path: Path) -> None:
    path = book(tmp_path)
    put(path, FIRST)
    log = open_log(Log(tmp_path / "log", format="json"))
    with smtp_with(Moods(cut_after_data=True)) as server:
        settings = config(tmp_path, smtp=smtp(server.port), notify=notify(mail=("it@invex.example",)))
        notices = Notices(settings, path, log)
        assert notices.send_due(NOW) == 1
        assert notices.send_due(NOW + timedelta(days=9)) == 0
    assert len(server.taken) == 1
    (line,) = (tmp_path / "log").read_text("utf-8").splitlines()
    assert json.loads(line)["event"] == "notice perhaps told"
    close_log(log)


def test_a_try_is_noted_before_it_is_made_so_that_a_fault_in_it_leads_to_no_flood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book(tmp_path)
    put(path, FIRST)
    tries = []

    def broken(*_: object) -> None:
        tries.append(row(path))
        raise RuntimeError

    monkeypatch.setattr(sending, "send", broken)
    notices = Notices(config(tmp_path, smtp=smtp(1), notify=notify(mail=("it@invex.example",))), path)
    with pytest.raises(RuntimeError):
        notices.send_due(NOW)
    assert [(one["tries"], after(one)) for one in tries] == [(1, BACK_OFF[0])]
    assert notices.send_due(NOW + timedelta(seconds=59)) == 0
    assert len(tries) == 1


def test_a_webhook_gets_signed_json_that_names_nobody(tmp_path: Path) -> None:
    path = book(tmp_path)
    put(path, THIRD)
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "secret").chmod(0o600)
    with hook_sink(Hook()) as hook:
        assert hooked(tmp_path, hook, secret="file:secret").send_due(NOW) == 1
        assert hooked(tmp_path, hook, secret="file:secret").send_due(NOW + timedelta(days=9)) == 0
    (posted,) = hook.posted
    assert (posted.method, posted.path) == ("POST", "/in?key=secret-path")
    expected = hmac.new(SECRET.encode(), posted.body, hashlib.sha256).hexdigest()
    assert posted.headers["X-Gallra-Signature"] == f"sha256={expected}"
    told = json.loads(posted.body)
    assert told == {
        "version": 1,
        "id": posted.headers["Idempotency-Key"],
        "event": "culled",
        "title": "Gallring",
        "text": told["text"],
        "case": "2026-0002",
        "source": "ansökningar",
        "due": None,
        "counts": {"items": 12},
        "noted": "2026-11-23T12:00:00+00:00",
        "next": "gallra show 2026-0002",
    }
    assert "ansökningar" in told["text"]


@pytest.mark.parametrize(
    "answer", [500, 503, 404, 401, 301, (429, {"Retry-After": "soon"}), (307, {"Location": "/there"}), CUT]
)
def test_what_a_webhook_does_not_take_is_tried_again_with_the_same_key(tmp_path: Path, answer: Any) -> None:
    path = book(tmp_path)
    put(path, FIRST)
    with hook_sink(Hook([answer])) as hook:
        notices = hooked(tmp_path, hook)
        assert notices.send_due(NOW) == 0
        assert row(path)["posted"] is None
        assert after(row(path)) == BACK_OFF[0]
        assert notices.send_due(NOW + timedelta(seconds=59)) == 0
        assert len(hook.posted) == 1
        assert notices.send_due(NOW + timedelta(seconds=60)) == 1
    first, second = hook.posted
    assert keys([first]) == keys([second])
    assert "X-Gallra-Signature" not in first.headers
    assert row(path)["posted"] is not None


def keys(posted: list[Posted]) -> list[str]:
    return [one.headers["Idempotency-Key"] for one in posted]


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(tmp_path: Path, code: int) -> None:
    path = book(tmp_path)
    put(path, FIRST)
    with (
        hook_sink(Hook()) as elsewhere,
        hook_sink(Hook([(code, {"Location": elsewhere.url})])) as hook,
    ):
        assert hooked(tmp_path, hook).send_due(NOW) == 0
        assert len(hook.posted) == 1
        assert elsewhere.posted == []


def test_a_server_that_asks_for_patience_gets_it_for_all_notices(tmp_path: Path) -> None:
    path = book(tmp_path)
    put(path, FIRST, SECOND, THIRD)
    with hook_sink(Hook([(429, {"Retry-After": "3600"})])) as hook:
        notices = hooked(tmp_path, hook)
        assert notices.send_due(NOW) == 0
        assert len(hook.posted) == 1
        assert [after(row(path, one)) for one in (FIRST, SECOND, THIRD)] == [3600.0] * 3
        assert notices.send_due(NOW + timedelta(seconds=3599)) == 0
        assert notices.send_due(NOW + timedelta(seconds=3600)) == 3
    assert len(hook.posted) == 4
    assert len(set(keys(hook.posted))) == 3


def test_one_notice_that_is_refused_holds_no_other_up(tmp_path: Path) -> None:
    path = book(tmp_path)
    put(path, FIRST, SECOND)
    with hook_sink(Hook([400])) as hook:
        assert hooked(tmp_path, hook).send_due(NOW) == 1
    assert len(hook.posted) == 2


@pytest.mark.parametrize("mood", [HANG, DRIP])
def test_a_server_that_is_silent_or_drips_is_left(tmp_path: Path, mood: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path)
    put(path, FIRST)
    with hook_sink(Hook([mood])) as hook:
        notices = hooked(tmp_path, hook)
        with monkeypatch.context() as hurried:
            hurried.setattr(webhook, "SECONDS", 0.3)
            assert notices.send_due(NOW) == 0  # hangs for a minute or for ever, if it waits
        assert not hook.over.is_set()
        assert notices.send_due(NOW + timedelta(seconds=60)) == 1


def test_a_certificate_that_nobody_vouches_for_gets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.servers.certificates import Authority

    authority = Authority(tmp_path)
    path = book(tmp_path)
    put(path, FIRST)
    with hook_sink(Hook(certificate=authority.sign("good"))) as hook:
        notices = hooked(tmp_path, hook)
        assert notices.send_due(NOW) == 0
        assert hook.posted == []
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))
        assert notices.send_due(NOW + timedelta(seconds=60)) == 1
        assert len(hook.posted) == 1


def test_mail_and_webhook_fail_each_for_itself(tmp_path: Path) -> None:
    path = book(tmp_path)
    put(path, FIRST)
    with smtp_sink() as sink, hook_sink(Hook([500])) as hook:
        told = notify(mail=("it@invex.example",), webhook=hook.url)
        notices = Notices(config(tmp_path, smtp=smtp(sink.port), notify=told), path)
        assert notices.send_due(NOW) == 0
        assert row(path)["mailed"] is not None
        assert row(path)["posted"] is None
        assert notices.send_due(NOW + timedelta(seconds=60)) == 1
    assert (len(sink.mails), len(hook.posted)) == (1, 2)


def test_a_secret_that_is_not_there_sends_nothing_unsigned(tmp_path: Path) -> None:
    path = book(tmp_path)
    put(path, FIRST)
    log = open_log(Log(tmp_path / "log", format="json"))
    with hook_sink(Hook()) as hook:
        settings = config(tmp_path, notify=notify(webhook=hook.url, secret="env:GALLRA_NOT_SET_IN_TESTS"))
        assert Notices(settings, path, log).send_due(NOW) == 0
        assert hook.posted == []
    said = (tmp_path / "log").read_text("utf-8")
    assert "GALLRA_NOT_SET_IN_TESTS: is not set" in said
    assert "secret-path" not in said
    close_log(log)


def test_a_thread_tells_what_is_noted_meanwhile(tmp_path: Path) -> None:
    path = book(tmp_path)
    put(path, FIRST, now=datetime.now(UTC))
    with hook_sink(Hook()) as hook:
        notices = hooked(tmp_path, hook)
        notices.start()
        until = time.monotonic() + 30
        while not hook.posted and time.monotonic() < until:
            time.sleep(0.02)
        notices.stop()
    assert len(hook.posted) == 1
