"""Word files by chance: paragraphs with names split over runs, tables, headers, comments, tracked changes, links."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

PERSON = ("Ulrika Testsson", "ulrika.testsson@kund.example")
OTHERS = ("Bertil Grannlund", "Cecilia Högberg", "Anna Kvist", "David Öst", "Erik Provsten")
WORDS = [
    *[
        "offert",
        "taket",
        "väggen",
        "målning",
        "faktura",
        "möte",
        "måndag",
        "klart",
        "besiktning",
        "<b>",
        "&",
        "å",
        "ä",
        "ö",
    ],
    '"citat"',
]
MAILTO = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"


@dataclass(slots=True)
class Made:
    """A document, and what its maker knows of it."""

    data: bytes
    table_rows: list[list[str]] = field(default_factory=list)
    mentions: int = 0


def make(random: Random, count: int, *, mentions: int = 20) -> Made:
    """A document of `count` paragraphs; the person stands in about `mentions` places, whole or in pieces."""
    document = docx.Document()
    _properties(document)
    made = Made(b"")
    named = set(random.sample(range(count), min(mentions, count)))
    for number in range(count):
        paragraph = document.add_paragraph(style=random.choice(("Normal", "List Bullet", "Heading 2")))
        _say(random, paragraph, sentence(random))
        if number in named:
            made.mentions += 1
            _mention(random, document, paragraph, made)
        _say(random, paragraph, " " + sentence(random))
    _table(random, document, made)
    section = document.sections[0]
    section.header.paragraphs[0].text = f"Till {PERSON[0]}, {PERSON[1]}"
    section.footer.paragraphs[0].text = f"Från {random.choice(OTHERS)}"
    out = io.BytesIO()
    document.save(out)
    made.data = out.getvalue()
    return made


def _properties(document: docx.document.Document) -> None:
    core = document.core_properties
    core.author, core.last_modified_by = PERSON[0], OTHERS[0]
    core.title, core.keywords = f"Offert till {PERSON[0]}", "tak, vägg"
    core.created = core.modified = datetime(2024, 1, 2)


def sentence(random: Random) -> str:
    """A few words, perhaps with another person's name."""
    words = random.choices(WORDS, k=random.randint(1, 8))
    if random.random() < 0.3:
        words.insert(random.randrange(len(words)), f"med {random.choice(OTHERS)} ang.")
    return " ".join(words) + " och "


def _say(random: Random, paragraph: Paragraph, text: str, *, cut: float = 0.2) -> None:
    """The text in runs that begin and end anywhere, each with looks of its own."""
    while text:
        size = random.randint(1, len(text)) if random.random() < cut else len(text)
        run = paragraph.add_run(text[:size])
        run.bold, run.italic = random.choice((None, True)), random.choice((None, True))
        text = text[size:]


def _mention(random: Random, document: docx.document.Document, paragraph: Paragraph, made: Made) -> None:
    value = random.choice(PERSON)
    kind = random.randrange(6)
    if kind == 0:
        _link(document, paragraph)
    elif kind == 1:
        _tracked(random, paragraph, value)
    elif kind == 2:
        run = paragraph.add_run("se ")
        document.add_comment(run, text=f"Ring {value} i dag", author=PERSON[0], initials="UT")
    elif kind == 3:
        document.add_comment(paragraph.add_run("se "), text="Klart", author=OTHERS[1], initials="CH")
        _say(random, paragraph, value, cut=0.9)
    else:
        _say(random, paragraph, value, cut=0.9)


def _link(document: docx.document.Document, paragraph: Paragraph) -> None:
    key = document.part.relate_to(f"mailto:{PERSON[1]}?subject=Offert", MAILTO, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), key)
    link.append(paragraph.add_run(PERSON[0])._r)
    paragraph._p.append(link)


def _tracked(random: Random, paragraph: Paragraph, value: str) -> None:
    place = random.randrange(1, len(value))
    for tag, text_tag, text in (
        ("w:ins", "w:t", value[:place]),
        ("w:ins", "w:t", value[place:]),
        ("w:del", "w:delText", value),
    ):
        change = OxmlElement(tag)
        change.set(qn("w:id"), str(random.randrange(1 << 20)))
        change.set(qn("w:author"), random.choice((PERSON[0], OTHERS[2])))
        run, said = OxmlElement("w:r"), OxmlElement(text_tag)
        said.text = text
        said.set(qn("xml:space"), "preserve")
        run.append(said)
        change.append(run)
        paragraph._p.append(change)


def _table(random: Random, document: docx.document.Document, made: Made) -> None:
    rows = [["Namn", "E-post", "Belopp"]]
    for number in range(random.randint(3, 40)):
        name = PERSON[0] if number % 3 == 0 else random.choice(OTHERS)
        mail = PERSON[1] if name == PERSON[0] else f"{name.split()[0].lower()}{number}@annan.example"
        rows.append([name, mail, str(100 + number)])
    table = document.add_table(rows=0, cols=3)
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            _say(random, cell.paragraphs[0], text)
    made.table_rows = rows
