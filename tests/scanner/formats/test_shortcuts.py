"""The short ways that reading takes where nothing is odd, against the long ways that know everything odd."""

from __future__ import annotations

import io
import re
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats import charset
from scanner.formats.data import sheet_csv
from scanner.formats.mail import addresses, mail, mime
from scanner.formats.office import package
from scanner.formats.web import html, html_files
from scanner.limits import Limits

settings.register_profile("short", max_examples=400, deadline=None)
settings.load_profile("short")

LINES = st.sampled_from(
    ["To: a@b.example", "Subject:x", "X-Y : z", "From: Åsa", " folded", "\tfolded", "", " ", "\r", "no field", "a:\rb",
     ">From x", "From x", ":", "Ämne: x", "Cc:", "é"]
)  # fmt: skip
ENDS = st.sampled_from(["\n", "\r\n", "\n", "\r\r\n"])


@given(st.lists(st.tuples(LINES, ENDS), max_size=12), st.sampled_from(["utf-8", "latin-1"]))
def test_headers_read_at_once_are_those_read_line_by_line(lines: list[tuple[str, str]], codec: str) -> None:
    raw = "".join(line + end for line, end in lines).encode(codec) + b"body: no field"
    short = mime._clean_headers(raw, 0)
    assert short is None or short == mime._any_headers(raw, 0)


def test_usual_headers_are_read_at_once() -> None:
    raw = b"From: a@b.example\r\nTo: c@d.example,\r\n\te@f.example\r\nSubject: \xe5\r\n\r\nhej"
    expected = [("from", "a@b.example"), ("to", "c@d.example,\te@f.example"), ("subject", "å")]
    assert mime._clean_headers(raw, 0) == (expected, len(raw) - 3)


MAILBOXES = st.lists(
    st.sampled_from(
        ["Vera Ek <v@a.example>", '"Ek, Vera" <v@a.example>', '"Vera" <v@a.example>', "v@a.example", "<v@a.example>",
         " ", '"', "(x)", "Åsa <å@a.example>", "=?utf-8?q?=C3=85sa?= <a@a.example>", "v@a.example (Vera)", "Vera",
         "grupp: a@a.example;", "'Vera' <v@a.example>", '"v@a.example" <v@a.example>', "Vera  \t Ek <v@a.example>",
         '"Vera  Ek" <v@a.example>', "a.b+c@d.example", "mailto:v@a.example", '" " <v@a.example>']
    ),
    min_size=1,
    max_size=5,
)  # fmt: skip


@given(MAILBOXES, st.sampled_from([",", ", ", " ", ";", ",\t"]))
def test_plain_mailboxes_are_those_that_the_grammar_finds(boxes: list[str], between: str) -> None:
    value = between.join(boxes)
    short = addresses._plain(value)
    assert short is None or short == addresses.pairs(value)


def test_usual_mailboxes_are_plain() -> None:
    for value in ("Vera Ek <v@a.example>", '"Vera Ek" <v@a.example>, bo@a.example', "<v@a.example>"):
        assert addresses._plain(value) is not None


@given(st.lists(st.sampled_from(["with ESMTP id AB12;", " ID x", "\tid <y>", "rapid z", "kid", "id", "ID id q"])))
def test_ids_of_received_lines_are_left_out_alike(pieces: list[str]) -> None:
    value = " ".join(pieces)
    trace = mail.header_record([("received", value)]).texts[0][1]
    assert trace == re.sub(r"\b(?:id|ID)\s+<?[^\s;>]+>?", " ", value)


@given(st.text(alphabet="ab \t\r\n\f\v\xa0\u200b\u00adå"))
def test_white_space_is_made_one(text: str) -> None:
    seen = re.sub("[\u200b\u00ad]", "", text)
    assert html._tidy(text) == re.sub(r" ?\n[ \n]*", "\n", re.sub(r"[ \t\r\f\v\xa0]+", " ", seen)).strip()


@given(st.lists(st.sampled_from([b"a", b"\xe5", "å".encode(), b"\xc3", b"\xa5", b"\xf0\x9f", "€".encode(), b"\x81"])))
def test_stray_bytes_are_read_alike_at_once_and_one_by_one(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    assert charset._utf8_or_windows(data) == data.decode("utf-8", charset.FALLBACK)


def test_pictures_in_a_page_are_not_parsed_and_hide_nothing() -> None:
    picture = "data:image/png;base64," + "QUJD" * 5000
    text = html.render(f'<p>före<img src="{picture}" alt="Vera"><a href=mailto:v@a.example> x</a><p>efter v@b.example')
    assert text.split() == ["före", "x", "efter", "v@b.example", "v@a.example", "Vera"]
    assert html.render(f"<p>Så här: {picture} och sen").split() == ["Så", "här:", "data:,", "och", "sen"]
    twice = f'<img src="{picture}"><b style="background:url({picture})">'
    assert list(html_files.images(twice)) == [("image1.png", b"ABC" * 5000), ("image2.png", b"ABC" * 5000)]


@pytest.mark.parametrize("codec", ["utf-8", "cp1252", "utf-16"])
def test_small_tables_read_as_large_ones(monkeypatch: pytest.MonkeyPatch, codec: str) -> None:
    data = 'Namn;E-post\r\nÅsa Ek;å@a.example\r\n\r\n"Bo\nAlm";b@a.example\r\n'.encode(codec)
    small = list(expand(Blob(data, "a.csv"), Limits()))
    monkeypatch.setattr(sheet_csv, "_SMALL", 0)
    assert small == list(expand(Blob(data, "a.csv"), Limits()))
    assert len(small) == 3


def test_small_parts_of_a_document_read_as_large_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Hej\tVera").add_run().add_break()
    table = document.add_table(2, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Namn", "E-post"
    table.cell(1, 0).text, table.cell(1, 1).text = "Vera Ek", "v@a.example"
    document.sections[0].header.paragraphs[0].text = "Huvud"
    document.add_paragraph("Slut")
    out = io.BytesIO()
    document.save(out)
    small = list(expand(Blob(out.getvalue(), "a.docx"), Limits()))
    monkeypatch.setattr(package, "_AT_ONCE", -1)
    assert small == list(expand(Blob(out.getvalue(), "a.docx"), Limits()))
    assert any("Vera" in text for one in small for _, text in getattr(one, "texts", ()))
