"""A company with a folder and a mirror of it: generations as rsnapshot keeps them, linked where nothing is new."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import Desk, Run

ANNA, BO = "anna.ek@kund.example", "bo.dal@kund.example"
CONFIG = """
[agent]
state = ".gallra"
key = "file:gallra.key"

[company]
name = "Invex AB"
domains = ["invex.example"]

[[source]]
name = "kunder"
kind = "folder"
path = "kunder"

[[backup]]
name = "nas"
kind = "mirror"
path = "nas"
covers = ["kunder"]
keeps_days = 90

[[hold]]
name = "bokföring"
statute = "Bokföringslagen 7 kap. 2 §"
sources = ["kunder"]
match = ["Fakturor/**"]
until = 2099-12-31
"""


@dataclass
class Shop:
    """The company on disk, `gallra` in it, and a backup that runs when the test says so."""

    desk: Desk
    runs: int = 0

    @property
    def root(self) -> Path:
        return self.desk.root

    def write(self, path: str, text: str) -> None:
        target = self.root / "kunder" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def remove(self, path: str) -> None:
        (self.root / "kunder" / path).unlink()

    def back_up(self) -> None:
        """One run of the backup: the generations move up, what has not changed is linked."""
        nas = self.root / "nas"
        nas.mkdir(exist_ok=True)
        for number in range(self.runs - 1, -1, -1):
            (nas / f"daily.{number}").rename(nas / f"daily.{number + 1}")
        self.runs += 1
        last = nas / "daily.1" / "localhost" / str(self.root / "kunder").lstrip("/")
        into = nas / "daily.0" / "localhost" / str(self.root / "kunder").lstrip("/")
        for path in sorted((self.root / "kunder").rglob("*")):
            to, before = into / path.relative_to(self.root / "kunder"), last / path.relative_to(self.root / "kunder")
            if path.is_dir():
                to.mkdir(parents=True, exist_ok=True)
                continue
            to.parent.mkdir(parents=True, exist_ok=True)
            if before.is_file() and before.read_bytes() == path.read_bytes():
                os.link(before, to)
            else:
                shutil.copy2(path, to)

    def scan(self) -> dict[str, Any]:
        """A scan of all; what it did with each source, by name."""
        return {one["source"]: one for one in self.desk("scan", "--json", code=[0, 3]).json["sources"]}

    def find(self, *who: str) -> dict[str, Any]:
        """A new case."""
        return dict(self.desk("find", "--json", *(who or (ANNA,)), code=[0, 3]).json)

    def show(self, number: str) -> dict[str, Any]:
        return dict(self.desk("show", number, "--json", code=[0, 3]).json)

    def text(self, number: str) -> Run:
        return self.desk("show", number, code=[0, 3])


def at(answer: dict[str, Any], source: str, ending: str) -> list[dict[str, Any]]:
    """The findings of a source whose path, without the id of a content, ends so."""
    return [
        one
        for one in answer["findings"]
        if one["source"] == source and one["path"].partition(";version=")[0].endswith(ending)
    ]
