"""Tasks of people: who is behind gets one mail a week, and each task that is overdue is told once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.little import CONFIG, Little
from tests.scanner.agent.chores.conftest import Night
from tests.standins.smtp_sink import Sink, smtp_sink

PAPER = """
[[source]]
name = "pärmar"
kind = "paper"
owner = "eva@invex.example"
place = "arkivet"
label = "Kunder"
span = "2015-2019"
deadline_days = 10
"""
SMTP = """
[smtp]
host = "127.0.0.1"
port = {}
tls = "none"
sender = "gallra@invex.example"
"""


@pytest.fixture
def sink() -> Iterator[Sink]:
    """The company's mail server."""
    with smtp_sink() as found:
        yield found


def test_reminded_once_a_week_and_told_once_when_overdue(company: Little, night: Night, sink: Sink) -> None:
    company.desk.write(CONFIG + PAPER + SMTP.format(sink.port))
    case, _ = company.find()
    company.desk("erase", case, "--yes", code=[0, 3])
    mails = []
    for days in (2, 3, 4, 10, 11, 11, 17, 18):
        night.on(days)
        assert night("tasks").code == 0
        mails.append((days, len(sink.mails), len(night.told())))
    assert mails == [
        *((2, 0, 0), (3, 1, 0), (4, 1, 0), (10, 2, 0)),
        *((11, 2, 1), (11, 2, 1), (17, 3, 1), (18, 3, 1)),
    ]
    assert {one.recipients for one in sink.mails} == {("eva@invex.example",)}
    assert all(b"anna" not in one.data.lower() for one in sink.mails)
    (told,) = night.told()
    assert (told["event"], told["case"], told["source"]) == ("task", case, "pärmar")


@pytest.mark.prove
def test_a_mail_server_that_is_away_is_tried_again(company: Little, night: Night, sink: Sink) -> None:
    company.desk.write(CONFIG + PAPER + SMTP.format(1))
    case, _ = company.find()
    company.desk("erase", case, "--yes", code=[0, 3])
    night.on(5)
    assert night("tasks").code == 5
    company.desk.write(CONFIG + PAPER + SMTP.format(sink.port))
    assert night("tasks").code == 0
    assert len(sink.mails) == 1
