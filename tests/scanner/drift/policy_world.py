"""A made-up company on disk for checks of its policy, a look at them as the agent makes it, and what its files hold."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import docx
import pytest

from scanner.agent.book import FILE, Book
from scanner.agent.chores import policies
from scanner.agent.done import Done
from scanner.workspace import Workspace

DAY = date(2026, 6, 15)
PERSON, OTHER = "19811218-9876", "19640823-3234"  # numbers of the kind that authorities print in examples


@dataclass
class PolicyWorld:
    """`day` is what the calendar on the wall says; `now` the moment of the next look."""

    root: Path
    monkeypatch: pytest.MonkeyPatch
    day: date
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def configure(self, text: str) -> None:
        (self.root / "gallra.toml").write_text(text, encoding="utf-8")

    def write(self, path: str, data: str | bytes = "x") -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data.encode() if isinstance(data, str) else data)
        return target

    def letter(self, path: str, made: date, text: str = "Hej!") -> Path:
        """A Word document that says when it was made."""
        document = docx.Document()
        document.add_paragraph(text)
        document.core_properties.created = document.core_properties.modified = datetime(made.year, made.month, made.day)
        target = self.write(path)
        document.save(str(target))
        return target

    def mail(self, path: str, sent: date, text: str = "Hej!", attached: str = "") -> Path:
        """A mail in a maildir: `path` is the maildir, and the folder in it where there is one."""
        moment = datetime(sent.year, sent.month, sent.day, 12, tzinfo=UTC)
        message = EmailMessage()
        message["From"], message["To"] = "bo.dal@kund.example", "info@invex.example"
        message["Date"], message["Subject"] = format_datetime(moment), "En fråga"
        message.set_content(text)
        if attached:
            message.add_attachment(attached.encode(), maintype="text", subtype="plain", filename="bilaga.txt")
        for name in ("cur", "new", "tmp"):
            (self.root / path / name).mkdir(parents=True, exist_ok=True)
        count = sum(len(files) for _, _, files in os.walk(self.root / path))
        return self.write(f"{path}/cur/{int(moment.timestamp())}.M{count}P1.x:2,S", message.as_bytes())

    @contextmanager
    def work(self) -> Iterator[Workspace]:
        with Workspace.open(self.root / "gallra.toml") as work:
            yield work

    def scan(self, *sources: str) -> None:
        with self.work() as work:
            failed = [one.error for one in work.scan(sources) if one.error]
        assert failed == []

    def look(self) -> Done:
        """The chore, as the agent runs it after a scan: its answer is noted as the agent's job does."""
        self.monkeypatch.setattr("scanner.drift.look.today", lambda: self.day)
        with self.work() as work, Book(self.root / ".gallra" / FILE) as book:
            number = book.begin("chore:policies", self.now)
            done = policies.run(work, book, self.now)
            book.end(number, self.now, "done", done)
        return done

    def rows(self, table: str = "drift", order: str = "at") -> list[tuple[object, ...]]:
        """What the agent's file holds, read by another client."""
        with closing(sqlite3.connect(self.root / ".gallra" / FILE)) as db:
            return db.execute(f"SELECT * FROM {table} ORDER BY {order}").fetchall()

    def counts(self) -> dict[str, tuple[int, int, int]]:
        """Of each rule the newest row: breaking, undated, looked."""
        return {str(rule): (int(a), int(b), int(c)) for rule, _, a, b, c in self.rows()}  # type: ignore[call-overload]

    def told(self) -> set[str]:
        """The keys of the notices."""
        return {str(row[0]) for row in self.rows("notice", "key")}


def months_before(day: date, months: int) -> date:
    """The first of a month, so many months ago."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def swapped(text: str, name: str, instead: str) -> str:
    """The configuration with the table of a source or backup replaced, comments and all."""
    pattern = rf'(?ms)^\[\[(source|backup)\]\]\nname = "{re.escape(name)}"\n.*?(?=^\[|^# ---|\Z)'
    made, count = re.subn(pattern, lambda found: f'[[{found[1]}]]\nname = "{name}"\n{instead}\n\n', text)
    assert count == 1
    return made
