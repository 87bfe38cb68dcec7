"""A company so small that a test can write, scan and erase it in a few seconds."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from tests.conftest import Desk, Run

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
backup = "none"
path = "kunder"

[[source]]
name = "post"
kind = "maildir"
backup = "none"
path = "post"
"""
ANNA, BO = "anna.ek@kund.example", "bo.dal@kund.example"
FILES = {
    "Anna Ek/avtal.txt": f"Avtal med Anna Ek, {ANNA}, 070-174 06 05.\n",
    "Anna Ek/kvitto.txt": "Kvitto. Kund: ANNA EK\n",
    "Bo Dal/avtal.txt": f"Avtal med Bo Dal, {BO}.\n",
    "lista.csv": f"Namn;E-post;Mobil\nAnna Ek;{ANNA};070-174 06 05\nBo Dal;{BO};070-174 06 06\n",
}
MAILS = {
    "post/cur/1700000001.M1P1.x:2,S": (f"Anna Ek <{ANNA}>", "Fråga", "Hej, hur går det?"),
    "post/cur/1700000002.M2P1.x:2,S": (f"Bo Dal <{BO}>", "Annat", "Hej, jag undrar."),
    "post/new/1700000003.M3P1.x": (f"Anna Ek <{ANNA}>", "Tack", "Tack för svaret."),
}


@dataclass
class Little:
    """The company on disk, and `gallra` in it."""

    desk: Desk
    root: Path = field(init=False)

    def __post_init__(self) -> None:
        self.root = self.desk.root

    def files(self) -> dict[str, str]:
        """Every file of the sources: path -> sha256."""
        found = {}
        for source in ("kunder", "post"):
            for folder, _, names in os.walk(os.fsencode(self.root / source)):
                for name in names:
                    path = os.path.join(folder, name)
                    with open(path, "rb") as stream:
                        digest = hashlib.sha256(stream.read()).hexdigest()
                    found[os.fsdecode(os.path.relpath(path, os.fsencode(self.root)))] = digest
        return found

    def write(self, path: str, text: str | bytes) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        return target

    def find(self, *who: str) -> tuple[str, Run]:
        """A new case about Anna; its number."""
        run = self.desk("find", "--json", *(who or (ANNA,)), code=[0, 3])
        return str(run.json["case"]), run

    def planned(self, run: Run) -> set[str]:
        return {one["path"] for one in run.json["findings"] if one["action"] == "remove" and one["kind"] != "folder"}


def mail(sender: str, subject: str, text: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "info@invex.example", subject
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 +0100"
    message.set_content(text)
    return message.as_bytes()


def little(desk: Desk) -> Little:
    """Written and scanned."""
    made = Little(desk.write(CONFIG))
    for path, text in FILES.items():
        made.write(f"kunder/{path}", text)
    for folder in ("cur", "new", "tmp", ".Arkiv/cur", ".Arkiv/new", ".Arkiv/tmp"):
        (made.root / "post" / folder).mkdir(parents=True)
    for path, (sender, subject, text) in MAILS.items():
        made.write(path, mail(sender, subject, text))
    desk("scan", code=0)
    return made


HERS = {"kunder/Anna Ek/avtal.txt", "kunder/Anna Ek/kvitto.txt"} | {path for path in MAILS if "M2P1" not in path}
