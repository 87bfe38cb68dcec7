"""A small company with applications in folders and a mailbox, and documents whose own dates the tests choose."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from io import BytesIO
from pathlib import Path

import pytest
from fpdf import FPDF

from config.model import CullRule
from scanner.workspace import Workspace

CONFIG = """
{include}
[agent]
state = ".gallra"
key = "file:gallra.key"

[company]
name = "Invex AB"
domains = ["invex.example"]

[cases]
identity_check = true

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
{rules}
"""
OLD = date(2020, 3, 2)
NEW = datetime.now(UTC).date() - timedelta(days=200)
LATELY = int(datetime(NEW.year, NEW.month, NEW.day, 12, tzinfo=UTC).timestamp())
"""As a maildir's names begin."""


def mail(sent: date | None, received: date | None = None, subject: str = "Ansökan", text: str = "Hej") -> bytes:
    message = EmailMessage()
    if received is not None:
        message["Received"] = f"from a.example by mx.invex.example; {_stamp(received)}"
    message["From"], message["To"], message["Subject"] = "Ida Ek <ida@post.example>", "jobb@invex.example", subject
    if sent is not None:
        message["Date"] = _stamp(sent)
    message.set_content(text)
    return message.as_bytes()


def pdf(created: date | None, text: str = "Ansökan och CV") -> bytes:
    page = FPDF()
    day = created or OLD
    page.set_creation_date(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    page.add_page()
    page.set_font("helvetica", size=12)
    page.multi_cell(0, 8, text)
    made = bytes(page.output())
    return made if created else made.replace(b"/CreationDate", b"/XreationDate")


def docx(created: str, modified: str = "") -> bytes:
    """Just enough of Office Open XML for its properties to be read."""
    core = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
    changed = f"<dcterms:modified>{modified}</dcterms:modified>" if modified else ""
    made = f"<dcterms:created>{created}</dcterms:created>" if created else ""
    parts = {
        "[Content_Types].xml": '<?xml version="1.0"?><Types'
        ' xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": '<?xml version="1.0"?><Relationships'
        ' xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>',
        "word/document.xml": '<?xml version="1.0"?><w:document'
        ' xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>CV</w:t></w:r>'
        "</w:p></w:body></w:document>",
        "docProps/core.xml": f'<?xml version="1.0"?><cp:coreProperties xmlns:cp="{core}"'
        f' xmlns:dcterms="http://purl.org/dc/terms/">{made}{changed}</cp:coreProperties>',
    }
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return packed.getvalue()


def rule(name: str, match: str, *, months: int = 24, start: str = "created", more: str = "") -> str:
    return (
        f'\n[[cull]]\nname = "{name}"\nsources = ["kunder", "post"]\nmatch = ["{match}"]\n'
        f'after = {{ months = {months}, from = "{start}" }}\n{more}\n'
    )


class Company:
    """The company on disk. `files` is what the operating system says is there."""

    def __init__(self, root: Path, rules: str = "", include: str = "") -> None:
        self.root = root
        root.mkdir(exist_ok=True)
        for folder in ("kunder", "post/cur", "post/new", "post/tmp"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        self.configure(rules, include)

    def configure(self, rules: str, include: str = "") -> None:
        told = f'include = ["{include}"]' if include else ""
        (self.root / "gallra.toml").write_text(CONFIG.format(include=told, rules=rules), encoding="utf-8")

    def write(self, path: str, content: bytes | str) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def mailbox(self, folder: str, name: str, content: bytes) -> str:
        """A mail in a folder of the maildir; its path on disk."""
        box = f"post/.{folder}"
        for part in ("cur", "new", "tmp"):
            (self.root / box / part).mkdir(parents=True, exist_ok=True)
        self.write(f"{box}/cur/{name}", content)
        return f"{box}/cur/{name}"

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

    def open(self) -> Workspace:
        return Workspace.open(self.root / "gallra.toml")

    def scanned(self) -> Workspace:
        work = self.open()
        work.scan()
        return work


def the_rule(work: Workspace, name: str) -> CullRule:
    return next(one for one in work.config.culls if one.name == name)


Today = Callable[[date], None]


def _stamp(day: date) -> str:
    return format_datetime(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))


def shifted(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    """Let it be this day for all that culling asks. Workers run in this process, and are told."""
    for module in ("cull.rules", "cull.working", "cull.behind", "workspace"):
        monkeypatch.setattr(f"scanner.{module}.today", lambda: day)


def in_years(years: int) -> date:
    now = datetime.now(UTC).astimezone().date()
    return now + timedelta(days=366 * years)
