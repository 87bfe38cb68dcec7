"""OpenDocument texts by chance: names split over spans, tables, headers, notes, comments, links, properties."""

from __future__ import annotations

import io
import zipfile
from random import Random
from typing import Any

from odf import dc, meta, office, style, table, text
from odf.opendocument import OpenDocumentText

from tests.scanner.surgery.make_docx import OTHERS, PERSON, Made, sentence


def make(random: Random, count: int, *, mentions: int = 20) -> Made:
    """A document of `count` paragraphs; the person stands in about `mentions` places, whole or in pieces."""
    document = OpenDocumentText()
    made = Made(b"")
    bold = style.Style(name="Fet", family="text")
    bold.addElement(style.TextProperties(fontweight="bold"))
    document.automaticstyles.addElement(bold)
    _properties(document)
    named = set(random.sample(range(count), min(mentions, count)))
    for number in range(count):
        paragraph = text.H(outlinelevel=2) if random.random() < 0.1 else text.P()
        _say(random, paragraph, sentence(random))
        if number in named:
            made.mentions += 1
            _mention(random, paragraph)
        _say(random, paragraph, " " + sentence(random))
        document.text.addElement(paragraph)
    _table(random, document, made)
    _header(document)
    out = io.BytesIO()
    document.write(out)
    made.data = _with_preview(out.getvalue())
    return made


def _properties(document: Any) -> None:
    document.meta.addElement(dc.Creator(text=PERSON[0]))
    document.meta.addElement(meta.InitialCreator(text=OTHERS[0]))
    document.meta.addElement(dc.Title(text=f"Offert till {PERSON[0]}"))
    document.meta.addElement(meta.Keyword(text="tak"))
    document.meta.addElement(meta.UserDefined(name="Kund", valuetype="string", text=PERSON[1]))


def _header(document: Any) -> None:
    layout = style.PageLayout(name="Sida")
    document.automaticstyles.addElement(layout)
    page = style.MasterPage(name="Standard", pagelayoutname=layout)
    header, footer = style.Header(), style.Footer()
    header.addElement(text.P(text=f"Till {PERSON[0]}, {PERSON[1]}"))
    footer.addElement(text.P(text=f"Från {OTHERS[1]}"))
    page.addElement(header)
    page.addElement(footer)
    document.masterstyles.addElement(page)


def _say(random: Random, paragraph: Any, said: str, *, cut: float = 0.2) -> None:
    """The text in spans that begin and end anywhere."""
    while said:
        size = random.randint(1, len(said)) if random.random() < cut else len(said)
        if random.random() < 0.5:
            paragraph.addElement(text.Span(stylename="Fet", text=said[:size]))
        else:
            paragraph.addText(said[:size])
        said = said[size:]


def _mention(random: Random, paragraph: Any) -> None:
    value = random.choice(PERSON)
    kind = random.randrange(6)
    if kind == 0:
        paragraph.addElement(text.A(href=f"mailto:{PERSON[1]}?subject=Offert", text=PERSON[0]))
    elif kind == 1:
        note = text.Note(noteclass="footnote")
        note.addElement(text.NoteCitation(text="1"))
        body = text.NoteBody()
        body.addElement(text.P(text=f"Ring {value} i dag"))
        note.addElement(body)
        paragraph.addElement(note)
    elif kind == 2:
        paragraph.addElement(_comment(PERSON[0], f"Ring {value} i dag"))
    elif kind == 3:
        place = random.randrange(1, len(value))
        paragraph.addText(value[:place])
        paragraph.addElement(_comment(OTHERS[1], "Klart"))
        paragraph.addText(value[place:])
    elif kind == 4:
        first, _, last = PERSON[0].partition(" ")
        paragraph.addText(first)
        paragraph.addElement(text.S(c=1))
        paragraph.addText(last)
    else:
        _say(random, paragraph, value, cut=0.9)


def _comment(author: str, said: str) -> Any:
    note = office.Annotation()
    note.addElement(dc.Creator(text=author))
    note.addElement(dc.Date(text="2024-01-02T10:00:00"))
    note.addElement(text.P(text=said))
    return note


def _table(random: Random, document: Any, made: Made) -> None:
    rows = [["Namn", "E-post", "Belopp"]]
    for number in range(random.randint(3, 40)):
        name = PERSON[0] if number % 3 == 0 else random.choice(OTHERS)
        mail = PERSON[1] if name == PERSON[0] else f"{name.split()[0].lower()}{number}@annan.example"
        rows.append([name, mail, str(100 + number)])
    whole = table.Table(name="Tabell1")
    whole.addElement(table.TableColumn(numbercolumnsrepeated=3))
    for row in rows:
        line = table.TableRow()
        for said in row:
            cell = table.TableCell(valuetype="string")
            paragraph = text.P()
            _say(random, paragraph, said)
            cell.addElement(paragraph)
            line.addElement(cell)
        whole.addElement(line)
    document.text.addElement(whole)
    made.table_rows = rows


def _with_preview(data: bytes) -> bytes:
    """odfpy writes no preview of the first page; office programs do."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "META-INF/manifest.xml":
                entry = b'<manifest:file-entry manifest:full-path="Thumbnails/thumbnail.png" manifest:media-type=""/>'
                content = content.replace(b"</manifest:manifest>", entry + b"</manifest:manifest>")
            info.date_time = (2024, 1, 2, 3, 4, 6)
            new.writestr(info, content)
        new.writestr(zipfile.ZipInfo("Thumbnails/thumbnail.png"), b"\x89PNG\r\n\x1a\npreview")
    return out.getvalue()
