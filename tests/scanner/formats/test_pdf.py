"""PDFs made by fpdf2 and reportlab, and broken ones made by hand."""

from __future__ import annotations

import datetime
import json
import re
import zlib
from contextlib import closing
from pathlib import Path

import fpdf
import pypdfium2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from PIL import Image, ImageDraw, ImageFont

from connectors.base import GapReason
from scanner.aids import NONE, Aids
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats.pdf import pdf_pictures
from scanner.formats.pdf.pdf_forms import alternative
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Unread
from tests.samples import DOCUMENTS, SAMPLES, needs_samples

LIMITS = Limits()
Found = tuple[dict[tuple[str, ...], Record], list[Unread]]


def read(data: bytes, limits: Limits = LIMITS, aids: Aids = NONE) -> Found:
    records: dict[tuple[str, ...], Record] = {}
    gaps = []
    for found in expand(Blob(data, "a.pdf", limit=limits.blob), limits, aids):
        if isinstance(found, Unread):
            gaps.append(found)
        else:
            assert found.steps not in records
            records[found.steps] = found
    return records, gaps


def body(record: Record) -> str:
    return "\n".join(text for role, text in record.texts if role is Role.BODY)


def pages(*texts: str) -> fpdf.FPDF:
    document = fpdf.FPDF()
    document.set_font("helvetica", size=12)
    for text in texts:
        document.add_page()
        if text:
            document.multi_cell(0, text=text)
    return document


def test_pages_have_their_text_with_line_breaks() -> None:
    records, gaps = read(bytes(pages("Karin Ek\nStorgatan 1\nÅmål", "070-123 45 67").output()))
    assert gaps == []
    assert body(records[("page 1",)]) == "Karin Ek\nStorgatan 1\nÅmål"
    assert body(records[("page 2",)]) == "070-123 45 67"
    assert records[("page 1",)].kind == "page"
    assert records[()].kind == "file"


def test_properties_name_the_author() -> None:
    document = pages("x")
    document.set_author("Karin Ek; Bo Lind")
    document.set_creator("Microsoft Word")
    document.set_title("Offert")
    document.set_subject("till Ada")
    document.set_keywords("bil, båt")
    record = read(bytes(document.output()))[0][("part properties",)]
    assert body(record).splitlines()[:3] == ["Offert", "till Ada", "bil, båt"]
    assert record.entities == [
        Entity(Role.AUTHOR, [Fact(IdType.NAME, "Karin Ek")]),
        Entity(Role.AUTHOR, [Fact(IdType.NAME, "Bo Lind")]),
    ]


def test_a_password_is_told_and_an_owner_password_is_no_hindrance() -> None:
    for user, expected in (("hemligt", [((), GapReason.ENCRYPTED)]), ("", [])):
        document = pages("Karin Ek")
        document.set_encryption(owner_password="ägare", user_password=user or None)
        records, gaps = read(bytes(document.output()))
        assert [(gap.steps, gap.reason) for gap in gaps] == expected
        assert (("page 1",) in records) == (not user)


def picture() -> Image.Image:
    return Image.new("RGB", (20, 20), "red")


def test_a_picture_without_text_needs_ocr() -> None:
    document = pages("text", "", "text och ikon")
    document.page = 2
    document.image(picture(), x=10, y=10, w=50)
    document.page = 3
    document.image(picture(), x=10, y=100, w=50)
    _, gaps = read(bytes(document.output()))
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("page 2",), GapReason.NEEDS_OCR)]


def test_a_document_without_any_text_is_never_passed_in_silence() -> None:
    assert [gap.reason for gap in read(bytes(pages("", "").output()))[1]] == [GapReason.UNREADABLE]
    drawn = pages("")
    drawn.line(10, 10, 100, 100)
    assert [gap.reason for gap in read(bytes(drawn.output()))[1]] == [GapReason.NEEDS_OCR]


def test_notes_links_and_form_fields_are_searched() -> None:
    document = pages("text")
    document.text_annotation(50, 50, text="Ring Karin Ek")
    document.link(10, 10, 20, 20, "mailto:bo@x.example")
    text = body(read(bytes(document.output()))[0][("page 1",)])
    assert "Ring Karin Ek" in text
    assert "mailto:bo@x.example" in text


FORM = b"""%PDF-1.7
1 0 obj <</Type/Catalog /Pages 2 0 R /AcroForm <</Fields [4 0 R]>> >> endobj
2 0 obj <</Type/Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type/Page /Parent 2 0 R /MediaBox [0 0 200 200] /Annots [5 0 R]>> endobj
4 0 obj <</FT/Tx /T (namn) /V (Ada Berg) /Kids [5 0 R]>> endobj
5 0 obj <</Type/Annot /Subtype/Widget /Rect [0 0 99 20] /Parent 4 0 R>> endobj
trailer <</Root 1 0 R>>
"""


def test_the_value_of_a_form_field_is_searched_though_it_stands_on_no_page() -> None:
    records, gaps = read(FORM)
    assert gaps == []
    assert "Ada Berg" in body(records[("page 1",)])


def test_a_file_pinned_to_a_page_is_read(tmp_path: Path) -> None:
    file = tmp_path / "pinned.txt"
    file.write_text("Karin i nålen")
    document = pages("text")
    document.file_attachment_annotation(str(file), 50, 50)
    records, gaps = read(bytes(document.output()))
    assert gaps == []
    assert "Karin i nålen" in [body(record) for record in records.values()]


def test_attached_files_are_read() -> None:
    document = pages("text")
    document.embed_file(basename="a.txt", bytes=b"Karin i bilagan")
    records, gaps = read(bytes(document.output()))
    assert gaps == []
    record = records[("attachment 1: a.txt",)]
    assert body(record) == "Karin i bilagan"
    assert record.kind == "attachment"
    assert (Role.FILENAME, "a.txt") in record.texts


def test_bookmarks_are_searched() -> None:
    document = pages("text")
    document.start_section("Kapitel om Karin")
    assert "Kapitel om Karin" in body(read(bytes(document.output()))[0][("part properties",)])


def test_many_pages_end_in_one_gap() -> None:
    data = bytes(pages(*[f"sida {n}" for n in range(60)]).output())
    records, gaps = read(data, Limits(members=20))
    assert [gap.reason for gap in gaps] == [GapReason.TOO_LARGE]
    assert ("page 10",) in records
    assert () in records


def test_a_page_count_that_lies_does_not_loop() -> None:
    data = re.sub(rb"/Count \d+", b"/Count 999999999", bytes(pages("Karin", "Bo").output()))
    records, gaps = read(data, Limits(members=200))
    assert len(gaps) + len(records) <= 202
    assert gaps or {body(records[("page 1",)]), body(records[("page 2",)])} == {"Karin", "Bo"}


def test_a_page_tree_that_loops_ends() -> None:
    data = bytes(pages("Karin").output())
    kid = re.search(rb"/Kids \[(\d+) 0 R\]", data)
    assert kid
    root = re.search(rb"/Pages (\d+) 0 R", data)
    assert root
    looped = data.replace(kid[0], b"/Kids [" + root[1] + b" 0 R" + b" " * (len(kid[1]) - len(root[1])) + b"]")
    _, gaps = read(looped, Limits(members=200))
    assert gaps


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.6, 0.9, 0.99])
def test_a_cut_file_is_a_gap_or_was_repaired(share: float) -> None:
    texts = [f"Sida {n} " + "ord " * 300 for n in range(5)]
    data = bytes(pages(*texts).output())
    cut = b"%PDF-1.7\n" + data[9 : int(len(data) * share)]
    records, gaps = read(cut)
    whole = all("Sida" in body(records.get((f"page {n}",), Record((), ""))) for n in range(1, 6))
    assert whole or gaps
    assert () in records


def test_no_pdfium_objects_stay() -> None:
    data = bytes(pages("Karin", "Bo").output())
    opened: list[object] = []
    original = pypdfium2.PdfDocument.__init__

    def counted(self: object, *args: object, **options: object) -> None:
        opened.append(self)
        original(self, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pypdfium2.PdfDocument, "__init__", counted)
        read(data)
    assert len(opened) == 1
    assert all(getattr(document, "raw", None) is None for document in opened)


class Eye:
    """Stands in for OCR: keeps what it is shown."""

    def __init__(self) -> None:
        self.left = 99
        self.seen: list[Image.Image] = []

    def text(self, image: Image.Image) -> str:
        self.seen.append(image.copy())
        return f"picture {len(self.seen)}"


def made(*objects: bytes, trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A PDF of numbered objects by hand; without a table of them, which a reader then makes."""
    body = b"".join(b"%d 0 obj %b endobj\n" % (number, one) for number, one in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer <<" + trailer + b">>\n%%EOF\n"


def stream(content: bytes, words: bytes = b"") -> bytes:
    return b"<<%b /Length %d>> stream\n%b\nendstream" % (words, len(content), content)


CATALOG = b"<</Type/Catalog /Pages 2 0 R%b>>"
PAGES = b"<</Type/Pages /Kids [3 0 R] /Count 1>>"
FONT = b"<</Type/Font /Subtype/Type1 /BaseFont/Helvetica>>"


def page(content: bytes, words: bytes = b"", catalog: bytes = b"", *others: bytes) -> bytes:
    """One page with a content stream; further objects are 6, 7 and so on."""
    own = b"<</Type/Page /Parent 2 0 R /MediaBox [0 0 400 400] /Contents 4 0 R /Resources <</Font <</F 5 0 R>> >> %b>>"
    return made(CATALOG % catalog, PAGES, own % words, stream(content), FONT, *others)


def text(words: str, y: int = 300) -> bytes:
    return b"BT /F 12 Tf 20 %d Td (%b) Tj ET " % (y, words.encode("latin-1"))


def others(found: dict[tuple[str, ...], Record]) -> list[str]:
    return body(found.get(("part other texts",), Record((), ""))).splitlines()


# Passwords


@pytest.mark.parametrize("key", ["hemligt", "lösenord"])
def test_a_password_that_is_given_opens_it(key: str) -> None:
    for user, owner in ((key, "annat"), ("annat", key)):
        document = pages("Karin Ek")
        document.set_encryption(owner_password=owner, user_password=user)
        data = bytes(document.output())
        records, gaps = read(data, aids=Aids(keys=("fel", "med\0nul", key)))
        assert gaps == []
        assert body(records[("page 1",)]) == "Karin Ek"
        assert [gap.reason for gap in read(data, aids=Aids(keys=("fel",)))[1]] == [GapReason.ENCRYPTED]


# Notes


def test_notes_of_every_kind_name_their_writer_and_rich_text_is_read() -> None:
    rich = rb"<?xml version=\"1.0\"?><body><p>Ring An<b>na</b> &amp; Bo</p></body>"
    notes = [
        b"<</Type/Annot /Subtype/%b /Rect [0 0 9 9] /T (Karin Ek) /Contents (om %b) /RC (%b) /Subj (sak %d)>>"
        % (kind, kind, rich, number)
        for number, kind in enumerate((b"Text", b"Highlight", b"FreeText", b"Stamp", b"Popup", b"Caret", b"Redact"))
    ]
    hidden = b"<</Type/Annot /Subtype/Text /F 2 /Rect [0 0 9 9] /T (Bo Lind) /Contents (dolt)>>"
    refs = b" ".join(b"%d 0 R" % (6 + number) for number in range(8))
    records, gaps = read(page(text("sida"), b"/Annots [%b]" % refs, b"", *notes, hidden))
    assert gaps == []
    record = records[("page 1",)]
    for kind in ("Text", "Highlight", "FreeText", "Stamp", "Popup", "Caret", "Redact"):
        assert f"om {kind}" in body(record)
    assert "Ring Anna & Bo" in body(record)
    assert "dolt" in body(record)
    assert record.entities == [Entity(Role.AUTHOR, [Fact(IdType.NAME, name)]) for name in ("Karin Ek", "Bo Lind")]
    assert others(records) == []


def test_what_a_stamp_shows_is_read_though_no_word_of_it_says_so() -> None:
    shown = stream(
        text("Attesterat av Ada Berg", 5),
        b"/Type/XObject /Subtype/Form /BBox [0 0 200 20] /Resources <</Font <</F 5 0 R>> >>",
    )
    stamp = b"<</Type/Annot /Subtype/Stamp /F 4 /Rect [10 10 210 30] /AP <</N 7 0 R>> >>"
    records, _ = read(page(text("sida"), b"/Annots [6 0 R]", b"", stamp, shown))
    assert body(records[("page 1", "part notes")]) == "Attesterat av Ada Berg"


# Forms


def test_fields_give_names_hints_defaults_and_options_and_hidden_ones_too() -> None:
    choice = (
        b"<</Type/Annot /Subtype/Widget /Rect [0 0 99 20] /FT/Ch /T (val) /TU (Vem?) /V (Ada Berg) /DV (Bo Lind)"
        b" /Opt [(Ada Berg) (Per Gran)]>>"
    )
    lonely = b"<</FT/Tx /T (utan plats) /V (Eva Holm)>>"
    form = b" /AcroForm <</Fields [6 0 R 7 0 R]>>"
    records, gaps = read(page(text("sida"), b"/Annots [6 0 R]", form, choice, lonely))
    assert gaps == []
    assert {"val", "Vem?", "Ada Berg", "Bo Lind", "Per Gran"} <= set(body(records[("page 1",)]).splitlines())
    assert {"utan plats", "Eva Holm"} <= set(others(records))


def test_the_data_of_an_xfa_form_is_read() -> None:
    data = b"<x:datasets xmlns:x='http://x.example/'><x:data><namn>Karin Ek</namn></x:data></x:datasets>"
    form = b" /AcroForm <</Fields [] /XFA [(datasets) 6 0 R (config) 7 0 R]>>"
    records, _ = read(page(text("sida"), b"", form, stream(data), stream(b"<config>tyst</config>")))
    assert body(records[("part form",)]) == "Karin Ek"


def test_a_signature_names_its_holder_and_no_authority() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)

    def certificate(name: str, number: str, *, authority: bool) -> x509.Certificate:
        subject = x509.Name(
            [x509.NameAttribute(x509.NameOID.COMMON_NAME, name), x509.NameAttribute(x509.NameOID.SERIAL_NUMBER, number)]
        )
        issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Root CA")])
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=9))
        return builder.add_extension(x509.BasicConstraints(authority, None), True).sign(key, hashes.SHA256())

    packed = pkcs7.serialize_certificates(
        [certificate("Åsa Öberg", "198503129804", authority=False), certificate("Root CA", "1", authority=True)],
        Encoding.DER,
    )
    signature = b"<</Type/Sig /Filter/Adobe.PPKLite /Contents <%b0000> /Reason (Attest)>>" % packed.hex().encode()
    field = b"<</FT/Sig /T (underskrift) /V 7 0 R>>"
    records, _ = read(page(text("sida"), b"", b" /AcroForm <</Fields [6 0 R]>>", field, signature))
    record = records[("part properties",)]
    assert record.entities == [Entity(Role.AUTHOR, [Fact(IdType.NAME, "Åsa Öberg")])]
    assert "198503129804" in body(record)
    assert "Attest" in body(record)
    assert "Root CA" not in body(record)


# Objects


XMP = (
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    "<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:pdf='http://ns.adobe.com/pdf/1.3/'"
    " pdf:Author='Ada Berg'>"
    "<dc:creator><rdf:Seq><rdf:li>Åsa Öberg</rdf:li></rdf:Seq></dc:creator>"
    "<dc:title><rdf:Alt><rdf:li>Avtal</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"
).encode()


@pytest.mark.parametrize("packed", [False, True])
def test_xmp_names_authors_packed_or_not(packed: bool) -> None:
    words = b"/Type/Metadata /Subtype/XML" + (b" /Filter/FlateDecode" if packed else b"")
    record = read(page(text("sida"), b"", b" /Metadata 6 0 R", stream(zlib.compress(XMP) if packed else XMP, words)))[
        0
    ][("part properties",)]
    assert sorted(entity.facts[0].value for entity in record.entities) == ["Ada Berg", "Åsa Öberg"]
    assert "Avtal" in body(record)


def test_alternative_texts_and_properties_of_other_programs_are_read() -> None:
    tree = (
        b"<</Type/StructElem /S/Figure /Alt (Portr\\344tt av Karin) /ActualText <FEFF00C500730061> /E (f\303rkortat)>>"
    )
    info = b"<</Kund (Ada \\(Berg\\) \\\\ Co) /CreationDate (D:20240101) /Title (med) /X <00ff17a0b3c4d5e6f7>>>"
    own = b"<</Type/Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R>>"
    data = made(CATALOG % b"", PAGES, own, stream(b""), tree, info, trailer=b"/Root 1 0 R /Info 6 0 R")
    found = others(read(data)[0])
    assert found == ["Porträtt av Karin", "Åsa", "fÃrkortat", "Ada (Berg) \\ Co"]


def test_strings_in_packed_objects_are_read_and_damaged_ones_told() -> None:
    inner = b"7 0 8 20 <</Kund (Karin Ek)>> <</X 1>>"
    packed = stream(zlib.compress(inner), b"/Type/ObjStm /N 2 /First 9 /Filter/FlateDecode")
    records, gaps = read(page(text("sida"), b"", b"", packed))
    assert others(records) == ["Karin Ek"]
    assert gaps == []
    broken = stream(b"no zlib at all", b"/Type/ObjStm /N 2 /First 9 /Filter/FlateDecode")
    assert [gap.steps for gap in read(page(text("sida"), b"", b"", broken))[1]] == [("part other texts",)]


def test_packed_objects_that_unpack_without_end_are_told() -> None:
    packed = stream(zlib.compress(bytes(4 << 20)), b"/Type/ObjStm /N 2 /First 9 /Filter/FlateDecode")
    gaps = read(page(text("sida"), b"", b"", packed), Limits(expanded=1 << 20))[1]
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("part other texts",), GapReason.TOO_LARGE)]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "hostile", [b"(" * 400_000, b"(a" * 200_000, b"(()" * 130_000, b"stream\n" * 60_000, b"<4" * 200_000]
)
def test_strings_without_end_take_no_time(hostile: bytes) -> None:
    assert () in read(page(text("sida"), b"", b"", hostile))[0]


def test_pdfium_gives_alternative_texts_where_objects_are_protected() -> None:
    document = pages("sida")
    document.image(picture(), x=10, y=50, w=20, alt_text="Porträtt av Karin")
    with closing(pypdfium2.PdfDocument(bytes(document.output()))) as opened, closing(opened[0]) as first:
        assert list(alternative(first)) == ["Porträtt av Karin"]


def test_a_title_or_a_name_that_is_no_text_does_not_hide_the_rest() -> None:
    halves = b"<FEFFD800004B0061D800>"
    info = b"<</Title %b /Author (Karin Ek)>>" % halves
    file = b"<</Type/Filespec /UF %b /EF <</UF 8 0 R>> >>" % halves
    data = page(
        text("sida"), b"", b" /Names <</EmbeddedFiles <</Names [(a) 7 0 R]>> >>", info, file, stream(b"Bo Lind")
    )
    records, gaps = read(data.replace(b"trailer <<", b"trailer <</Info 6 0 R "))
    assert gaps == []
    assert body(records[("page 1",)]) == "sida"
    assert records[("part properties",)].entities == [Entity(Role.AUTHOR, [Fact(IdType.NAME, "Karin Ek")])]
    assert "Bo Lind" in [body(record) for record in records.values()]


def test_other_programs_names_of_persons_are_authors() -> None:
    data = page(text("sida"), b"", b"", b"<</Company (Ek AB) /Manager (Bo Lind) /Author (Karin Ek)>>")
    record = read(data.replace(b"trailer <<", b"trailer <</Info 6 0 R "))[0][("part properties",)]
    assert sorted(entity.facts[0].value for entity in record.entities) == ["Bo Lind", "Ek AB", "Karin Ek"]


def test_a_thousand_pages_come_one_by_one() -> None:
    data = bytes(pages(*[f"sida {number}" for number in range(1, 1001)]).output())
    first = next(iter(expand(Blob(data, "a.pdf"), LIMITS)))
    assert first.steps == ("page 1",)
    assert body(read(data)[0][("page 1000",)]) == "sida 1000"


# What is hidden


def test_text_that_nobody_sees_is_read() -> None:
    content = (
        text("under lock")
        + b"0 0 0 rg 0 290 400 40 re f "  # a black box over it
        + b"3 Tr " + text("utan färg", 200) + b"0 Tr "
        + b"/OC /Dold BDC " + text("dolt lager", 150) + b"EMC "
        + text("utanför sidan", 5000)
    )  # fmt: skip
    layers = b" /OCProperties <</OCGs [6 0 R] /D <</OFF [6 0 R]>> >>"
    own = b"/Resources <</Font <</F 5 0 R>> /Properties <</Dold 6 0 R>> >>"
    records, _ = read(page(content, own, layers, b"<</Type/OCG /Name (Kladd)>>"))
    for words in ("under lock", "utan färg", "dolt lager", "utanför sidan"):
        assert words in body(records[("page 1",)])


def updated(data: bytes, *objects: tuple[int, bytes]) -> bytes:
    """An addition to a file, as programs save: new objects, their table, and where it stands."""
    table = data.rindex(b"\nxref") + 1
    root = re.search(rb"/Root \d+ 0 R", data)
    size = re.search(rb"/Size (\d+)", data)
    assert root
    assert size
    added, entries = data, b""
    for number, one in objects:
        entries += b"%d 1\n%010d 00000 n \n" % (number, len(added))
        added += b"%d 0 obj %b endobj\n" % (number, one)
    trailer = b"trailer <</Size %b %b /Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (size[1], root[0], table, len(added))
    return added + b"xref\n" + entries + trailer


def test_what_an_earlier_version_says_is_read_once() -> None:
    first = bytes(pages("Karin Ek", "Bo Lind").output())
    contents = [int(number) for number in re.findall(rb"/Contents (\d+) 0 R", first)]
    second = updated(first, (contents[0], stream(b"")))
    third = updated(second, (contents[1], stream(b"")))
    records, gaps = read(third)
    assert ("page 1",) not in records
    assert body(records[("part earlier version 1", "page 1")]) == "Karin Ek"
    assert body(records[("part earlier version 1", "page 2")]) == "Bo Lind"
    assert not any(steps[:1] == ("part earlier version 2",) for steps in records)
    assert [gap.steps for gap in gaps] in ([], [()])


def test_an_earlier_version_with_the_same_pages_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = bytes(pages("Karin Ek").output())
    info = re.search(rb"/Info (\d+) 0 R", first)
    assert info
    second = updated(first, (int(info[1]), b"<</Producer (annat)>>"))
    monkeypatch.setattr("scanner.formats.pdf.pdf_versions._version", lambda *_: pytest.fail("read again"))
    assert body(read(second)[0][("page 1",)]) == "Karin Ek"


def test_very_many_versions_end_in_a_gap() -> None:
    data = bytes(pages("Karin Ek").output())
    contents = re.search(rb"/Contents (\d+) 0 R", data)
    assert contents
    for _ in range(10):
        data = updated(data, (int(contents[1]), stream(b"")))
    records, gaps = read(data)
    assert (("part earlier versions",), GapReason.TOO_LARGE) in [(gap.steps, gap.reason) for gap in gaps]
    assert () in records


# Pictures


def scan(width: int = 400, height: int = 300, colour: str = "white") -> Image.Image:
    image = Image.new("RGB", (width, height), colour)
    ImageDraw.Draw(image).text((20, 20), "Karin", fill="black", font=ImageFont.load_default(size=60))
    return image


def test_a_scanned_page_is_drawn_as_fine_as_its_picture() -> None:
    document = pages("")
    document.image(scan(1654, 1170), x=0, y=0, w=210)
    eye = Eye()
    records, gaps = read(bytes(document.output()), aids=Aids(ocr=eye))
    assert gaps == []
    assert body(records[("page 1",)]).strip() == "picture 1"
    assert eye.seen[0].mode == "L"
    assert abs(eye.seen[0].width - 1654) < 5  # A4 is 8.27 inches wide: 200 dots an inch


def test_a_picture_behind_more_objects_than_are_looked_at_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    document = pages("En karta")
    for number in range(60):
        document.line(10, 40 + number, 90, 40 + number)
    document.image(scan(), x=60, y=150, w=80)
    monkeypatch.setattr(pdf_pictures, "_MOST", 50)
    _, gaps = read(bytes(document.output()))
    assert [gap.reason for gap in gaps] == [GapReason.NEEDS_OCR]


def test_a_large_picture_beside_text_is_shown_alone() -> None:
    document = pages("text och bild")
    document.image(scan(), x=60, y=100, w=80)
    eye = Eye()
    records, gaps = read(bytes(document.output()), aids=Aids(ocr=eye))
    assert gaps == []
    assert body(records[("page 1", "part picture")]) == "picture 1"
    assert body(records[("page 1",)]) == "text och bild"
    assert 80 / 25.4 * 200 * 0.95 < eye.seen[0].width < 80 / 25.4 * 200 * 1.15


def test_a_picture_that_comes_on_every_page_is_looked_at_once() -> None:
    document = pages("ett", "två", "tre")
    for number in (1, 2, 3):
        document.page = number
        document.image(scan(), x=60, y=100, w=80)
    document.image(scan(colour="yellow"), x=60, y=200, w=80)
    gaps = read(bytes(document.output()))[1]
    assert [gap.steps for gap in gaps] == [("page 1", "part picture"), ("page 3", "part picture")]


def test_a_scan_under_its_own_layer_of_text_is_read_by_that() -> None:
    document = pages("")
    document.image(scan(), x=0, y=0, w=210)
    document.text_mode = fpdf.enums.TextMode.INVISIBLE
    document.set_xy(10, 10)
    document.multi_cell(0, text="Karin Ek bor på Storgatan 12 i Åmål och har ringt om sin faktura.")
    records, gaps = read(bytes(document.output()))
    assert gaps == []
    assert body(records[("page 1",)]).startswith("Karin Ek bor")


def test_letters_drawn_as_outlines_are_a_picture_but_a_rule_is_not() -> None:
    outlines = b"".join(b"%d 50 m %d 60 %d 70 %d 80 c h f " % (x, x + 1, x + 2, x + 3) for x in range(0, 390, 3))
    rule = b"0 10 400 1 re f "
    eye = Eye()
    assert body(read(page(outlines), aids=Aids(ocr=eye))[0][("page 1",)]).strip() == "picture 1"
    records, gaps = read(page(text("sida 1") + outlines * 3))
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("page 1", "part picture"), GapReason.NEEDS_OCR)]
    assert body(records[("page 1",)]) == "sida 1"
    assert read(page(text("sida 1") + rule))[1] == []


def test_text_whose_font_hides_its_letters_is_a_picture() -> None:
    table = b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange\n"
    table += b"1 beginbfrange <20> <7e> <e020> endbfrange endcmap end"
    own = b"/Resources <</Font <</F 6 0 R>> >>"
    font = b"<</Type/Font /Subtype/Type1 /BaseFont/Helvetica /ToUnicode 7 0 R>>"
    gaps = read(page(text("Karin Ek bor i stan"), own, b"", font, stream(table)))[1]
    assert [gap.reason for gap in gaps] == [GapReason.NEEDS_OCR]


# Samples


def truth(*kinds: str) -> list[str]:
    path = SAMPLES / "truth" / "documents_unreadable.json"
    known = json.loads(path.read_text()) if path.is_file() else {}
    return sorted({name for kind in kinds for name in known.get(kind, ()) if name.endswith(".pdf")})


@needs_samples
def test_known_passwords_open_the_samples() -> None:
    known = json.loads((SAMPLES / "truth" / "documents_unreadable.json").read_text())["known_passwords"]
    for name in [one for one in known if one.endswith(".pdf")]:
        records, gaps = read((DOCUMENTS / name).read_bytes(), aids=Aids(keys=(known[name],)))
        assert GapReason.ENCRYPTED not in [gap.reason for gap in gaps]
        assert body(records[("page 1",)])


@needs_samples
def test_damaged_samples_are_gaps_or_have_their_text() -> None:
    kinds = ("corrupt_pdf", "error_FzErrorFormat", "error_RuntimeError", "pdf_poppler_cannot_open")
    for name in truth(*kinds):
        records, gaps = read((DOCUMENTS / name).read_bytes())
        told = any(gap.reason is GapReason.UNREADABLE for gap in gaps)
        assert told or any(body(record) for steps, record in records.items() if steps[:1] == ("page 1",)), name


@needs_samples
def test_samples_that_are_pictures_need_ocr() -> None:
    for name in truth("image_only_pdf"):
        gaps = read((DOCUMENTS / name).read_bytes())[1]
        assert GapReason.NEEDS_OCR in [gap.reason for gap in gaps], name
