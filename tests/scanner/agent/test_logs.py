"""What may stand in the log and what never does; that it turns over, and that a full disk harms nothing."""

from __future__ import annotations

import json
import logging
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.stdlib import BoundLogger

from config.running import Log
from connectors.errors import ConfigError, Unreachable
from scanner.agent.logs import close_log, open_log

PERSON = ("Anna Testsson", "anna@kund.example", "811218-9876", "/srv/kunder/Anna Testsson/offert.docx")


@contextmanager
def opened(path: Path, **more: Any) -> Iterator[BoundLogger]:
    log = open_log(Log(path, **({"format": "json"} | more)))
    yield log
    close_log(log)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def fail(text: str) -> None:
    raise ValueError(text)


def test_an_event_has_its_time_its_level_and_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with opened(path) as log:
        log.bind(job="scan:kunder").warning(
            "job ended",
            run=7,
            outcome="done",
            seconds=1.23456,
            counts={"items": 3},
            case="2026-0001",
            next=datetime(2026, 11, 23, 12, tzinfo=UTC),
        )
    (line,) = lines(path)
    assert datetime.fromisoformat(line.pop("time")).tzinfo is not None
    assert line == {
        "level": "warning",
        "event": "job ended",
        "job": "scan:kunder",
        "case": "2026-0001",
        "outcome": "done",
        "run": 7,
        "seconds": 1.235,
        "next": "2026-11-23T12:00:00+00:00",
        "counts": {"items": 3},
    }
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("form", ["json", "text"])
def test_personal_data_does_not_slip_in(tmp_path: Path, form: str, capfd: pytest.CaptureFixture[str]) -> None:
    name, email, number, place = PERSON
    path = tmp_path / "log"
    with opened(path, format=form) as log:
        log.info("item read", path=place, name=name, item=email)
        log.info(f"found {email}")
        log.info("found %s", name)
        log.info("job failed", error=f"cannot read {place}: {email}, {number}, 070-123 45 67", case=name, outcome=email)
        log.info("job failed", error=OSError(2, "gone", place), run=number, counts={email: 1, "items": name, "read": 2})
        log.info("chore ended", seconds=name, next=number, kind=place, fault=name)
        try:
            fail(place)
        except ValueError as error:
            log.exception("job failed", error=error)
            log.warning("job failed", exc_info=error)
            log.warning("job failed", exc_info=True, stack_info=True)
    said = path.read_text("utf-8") + "".join(capfd.readouterr())
    for one in (*PERSON, "Anna", "Testsson", "anna", "kund.example", "811218", "070", "45 67", "offert", "Traceback"):
        assert one not in said
    assert said.count("ValueError") == 4
    assert "FileNotFoundError" in said


def test_a_sentence_of_our_own_is_told_in_its_words(tmp_path: Path) -> None:
    path = tmp_path / "log"
    said = "the server does not answer (HTTP code 503): is host of [[source]] right?"
    with opened(path) as log:
        log.info("job failed", job="scan:kunder", error=said)
        log.info("job failed", job="scan:kunder", error=Unreachable("anna@kund.example"))
    assert [line["error"] for line in lines(path)] == [said, "Unreachable"]


def test_text_is_one_line_an_event_whatever_stands_in_it(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with opened(path, format="text") as log:
        log.info("job begun", job='scan:a\nlevel=error event="b" \x1b[31m\u202e', run=1)
        log.info("job ended", job="scan:a", counts={"items": 3})
    first, second = path.read_text("utf-8").splitlines()
    assert "\x1b" not in first
    assert "\u202e" not in first
    assert first.split()[1:4] == ["level=info", 'event="job', 'begun"']
    assert second.endswith('event="job ended" job=scan:a count_items=3')


def test_only_the_level_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with opened(path, level="warning") as log:
        log.debug("one")
        log.info("two")
        log.warning("three")
        log.error("four")
    assert [line["event"] for line in lines(path)] == ["three", "four"]


def test_it_turns_over_and_keeps_as_many_as_asked(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with opened(path, max_bytes=2000, keep=2) as log:
        for number in range(200):
            log.info("job begun", run=number)
    names = sorted(one.name for one in tmp_path.iterdir())
    assert names == ["log", "log.1", "log.2"]
    assert all((tmp_path / one).stat().st_size <= 2000 for one in names)
    assert all((tmp_path / one).stat().st_mode & 0o777 == 0o600 for one in names)
    kept = [line["run"] for one in ("log.2", "log.1", "log") for line in lines(tmp_path / one)]
    assert kept == list(range(200))[-len(kept) :]


def test_where_none_is_kept_the_file_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with opened(path, max_bytes=2000, keep=0) as log:
        for number in range(200):
            log.info("job begun", run=number)
    assert [one.name for one in tmp_path.iterdir()] == ["log"]
    assert path.stat().st_size <= 2000
    assert lines(path)[-1]["run"] == 199


def test_what_cannot_be_turned_over_grows_on(tmp_path: Path) -> None:
    path = tmp_path / "log"
    (tmp_path / "log.1").mkdir()
    (tmp_path / "log.1" / "in the way").touch()
    with opened(path, max_bytes=2000, keep=1) as log:
        for number in range(50):
            log.info("job begun", run=number)
    assert [line["run"] for line in lines(path)] == list(range(50))


def test_a_full_disk_loses_lines_and_nothing_else(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log"
    with opened(path) as log:
        log.info("before")
        size = path.stat().st_size
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            for _ in range(1000):
                log.info("lost")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        log.info("after")
    assert [line["event"] for line in lines(path)] == ["before", "after"]
    assert "".join(capfd.readouterr()) == ""


def test_a_file_that_cannot_be_made_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[log\] file: cannot be written") as told:
        open_log(Log(tmp_path / "not there" / "log"))
    assert str(tmp_path) not in str(told.value)


def test_without_a_file_it_goes_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    open_log(Log(format="json")).info("agent begun", pid=os.getpid())
    out, err = capfd.readouterr()
    assert out == ""
    assert json.loads(err)["pid"] == os.getpid()


def test_what_libraries_would_log_goes_nowhere(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with opened(tmp_path / "log"):
        try:
            fail(PERSON[0])
        except ValueError:
            logging.getLogger("apscheduler.executors.default").exception("job of %s", PERSON[1])
    assert "".join(capfd.readouterr()) == ""
    assert lines(tmp_path / "log") == []
