"""Office files that are one XML file, made by hand; python-docx and openpyxl make what goes into packages."""

from __future__ import annotations

import base64
import io
import zipfile

import docx

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats import registry
from scanner.formats.base import Nested
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Unread
from tests.samples import SAMPLES, needs_samples

LIMITS = Limits()
SAMPLE = SAMPLES / "documents" / "tika" / "testWORD_2003ml.xml"
Found = tuple[dict[tuple[str, ...], Record], list[Unread]]


def read(text: str | bytes) -> Found:
    blob = Blob(text.encode() if isinstance(text, str) else text, "a.xml")
    assert sniff(blob) == "officexml"
    records: dict[tuple[str, ...], Record] = {}
    gaps = []
    for found in expand(blob, LIMITS):
        if isinstance(found, Unread):
            gaps.append(found)
        else:
            assert found.steps not in records
            records[found.steps] = found
    return records, gaps


def body(record: Record) -> str:
    return "\n".join(text for role, text in record.texts if role is Role.BODY)


def names(record: Record) -> list[str]:
    assert {entity.role for entity in record.entities} <= {Role.AUTHOR}
    return [fact.value for entity in record.entities for fact in entity.facts]


def word(inner: str, before: str = "") -> str:
    return (
        '<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument xmlns:w="http://schemas.'
        'microsoft.com/office/word/2003/wordml" xmlns:aml="aml" xmlns:o="o" xmlns:wx="wx" xmlns:v="v">'
        f"{before}<w:body><wx:sect>{inner}</wx:sect></w:body></w:wordDocument>"
    )


def line(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_word_2003_text_tables_headers_comments_changes_and_properties() -> None:
    row = f"<w:tr><w:tc>{line('Karin Ek')}</w:tc><w:tc>{line('k@x.example')}</w:tc></w:tr>"
    change = (
        '<w:p><aml:annotation w:type="Word.Insertion" aml:author="Siv Berg"><aml:content><w:r><w:t>nya</w:t></w:r>'
        '</aml:content></aml:annotation><aml:annotation w:type="Word.Deletion" aml:author="Ulf Ek"><aml:content><w:r>'
        "<w:delText>gamla</w:delText></w:r></aml:content></aml:annotation><w:r><w:t> ord</w:t></w:r></w:p>"
    )
    comment = (
        f'<w:p><w:r><aml:annotation w:type="Word.Comment" aml:author="Lena Skog"><aml:content>{line("Ring Bo")}'
        "</aml:content></aml:annotation></w:r><w:r><w:t>med</w:t></w:r></w:p>"
    )
    section = f"<w:sectPr><w:hdr>{line('Huvud')}</w:hdr><w:ftr>{line('Fot')}</w:ftr></w:sectPr>"
    properties = "<o:DocumentProperties><o:Author>Ada Alm</o:Author><o:Title>Offert</o:Title></o:DocumentProperties>"
    records, gaps = read(word(f"{change}{comment}<w:tbl>{row}</w:tbl>{section}", properties))
    assert gaps == []
    assert body(records[()]).split("\n") == ["nya ord", "gamla ord", "med"]
    assert body(records[("row 1",)]) == "Karin Ek\tk@x.example"
    assert (body(records[("part header",)]), body(records[("part footer",)])) == ("Huvud", "Fot")
    assert (body(records[("part comments",)]), names(records[("part comments",)])) == ("Ring Bo", ["Lena Skog"])
    assert body(records[("part properties",)]) == "Offert"
    assert set(names(records[("part properties",)])) == {"Ada Alm", "Siv Berg", "Ulf Ek"}


def test_word_2003_pictures() -> None:
    one = base64.b64encode(b"ett").decode()
    picture = f'<w:p><w:pict><w:binData w:name="wordml://1.png">{one}</w:binData></w:pict></w:p>'
    broken = '<w:p><w:pict><w:binData w:name="wordml://2.png">AAAAA</w:binData></w:pict></w:p>'
    data = word(picture + broken).encode()
    found = list(registry.load("officexml").extract(Blob(data, "a"), LIMITS))
    nested = [one for one in found if isinstance(one, Nested)]
    assert [(one.steps, one.kind, one.blob.data()) for one in nested] == [(("part 1.png",), "image", b"ett")]
    assert [one.steps for one in found if isinstance(one, Unread)] == [("part 2.png",)]


SHEET = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:x="x" xmlns:o="o" xmlns:html="h"><o:DocumentProperties><o:LastAuthor>Lena Skog</o:LastAuthor>
</o:DocumentProperties><Worksheet ss:Name="Kunder"><Table><Row><Cell><Data ss:Type="String">Namn</Data></Cell>
<Cell ss:Index="3"><Data ss:Type="String">Personnummer</Data></Cell></Row><Row ss:Index="4">
<Cell ss:HRef="mailto:k@x.example">
<Data ss:Type="String">Karin <html:B>Ek</html:B></Data><Comment ss:Author="Siv Berg"><ss:Data>Ring <html:B>Bo</html:B>
</ss:Data></Comment></Cell><Cell ss:Index="3"><Data ss:Type="Number">1.98112189876E11</Data></Cell>
<Cell ss:Formula="=IF(RC1=&quot;Ada Alm&quot;,1,2)"><Data ss:Type="DateTime">1981-12-18T00:00:00.000</Data></Cell></Row>
</Table><x:WorksheetOptions><x:PageSetup><x:Header x:Data="&amp;LAv Eva Sund"/></x:PageSetup></x:WorksheetOptions>
<x:DataValidation><x:Value>&quot;Per Dal,Ina Ros&quot;</x:Value></x:DataValidation></Worksheet></Workbook>"""


def test_excel_2003() -> None:
    records, gaps = read(SHEET)
    assert gaps == []
    assert body(records[("sheet Kunder", "row 3")]) == "Karin Ek\t198112189876\t1981-12-18"
    facts = records[("sheet Kunder", "row 3")].entities[0].facts
    assert set(facts) == {Fact(IdType.NAME, "Karin Ek"), Fact(IdType.NATIONAL_ID, "198112189876")}
    comments = records[("sheet Kunder", "part comments")]
    assert (body(comments), names(comments)) == ("Ring Bo", ["Siv Berg"])
    assert body(records[("sheet Kunder", "part links")]) == "mailto:k@x.example\nAda Alm"
    assert body(records[("sheet Kunder", "part header")]) == "Av Eva Sund"
    assert "Per Dal,Ina Ros" in body(records[("sheet Kunder", "part rules")])
    assert names(records[("part properties",)]) == ["Lena Skog"]


def test_flat_packages_are_read_as_what_they_hold() -> None:
    document, buffer = docx.Document(), io.BytesIO()
    document.add_paragraph("Karin Ek")
    document.core_properties.author = "Bo Lind"
    document.save(buffer)
    parts = ""
    with zipfile.ZipFile(buffer) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")) and not name.startswith("["):
                text = archive.read(name).decode().partition("?>")[2]
                parts += f'<pkg:part pkg:name="/{name}"><pkg:xmlData>{text}</pkg:xmlData></pkg:part>'
    binary = base64.b64encode(b"Siv Berg i en fil").decode()
    parts += f'<pkg:part pkg:name="/word/embeddings/a.txt"><pkg:binaryData>{binary}</pkg:binaryData></pkg:part>'
    head = '<?xml version="1.0"?><pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">'
    records, gaps = read(f"{head}{parts}</pkg:package>")
    assert gaps == []
    assert body(records[()]) == "Karin Ek"
    assert Entity(Role.AUTHOR, [Fact(IdType.NAME, "Bo Lind")]) in records[("part properties",)].entities
    assert body(records[("attachment 1: a.txt",)]) == "Siv Berg i en fil"


def test_flat_open_document() -> None:
    urn = "urn:oasis:names:tc:opendocument:xmlns:"
    spaces = " ".join(f'xmlns:{one}="{urn}{one}:1.0"' for one in ("office", "text", "table", "draw", "style", "meta"))
    inner = (
        f'<office:document {spaces} office:mimetype="application/vnd.oasis.opendocument.{{}}">{{}}</office:document>'
    )
    cell = "<table:table-cell><text:p>Per Dal</text:p></table:table-cell>"
    sheet = (
        f'<office:body><office:spreadsheet><table:table table:name="B"><table:table-row>{cell}</table:table-row>'
        "</table:table></office:spreadsheet></office:body>"
    )
    image = f"<draw:image><office:binary-data>{base64.b64encode(b'Eva Sund, ren text').decode()}</office:binary-data>"
    text = (
        "<office:meta><meta:initial-creator>Lena Skog</meta:initial-creator></office:meta><office:master-styles>"
        "<style:master-page><style:header><text:p>Huvud Bo</text:p></style:header></style:master-page>"
        f"</office:master-styles><office:body><office:text><text:p>Karin<draw:frame>{image}</draw:image></draw:frame>"
        f"</text:p><text:p><draw:object>{inner.format('spreadsheet', sheet)}</draw:object></text:p></office:text>"
        "</office:body>"
    )
    records, gaps = read('<?xml version="1.0"?>' + inner.format("text", text))
    assert gaps == []
    assert body(records[()]) == "Karin"
    assert names(records[("part properties",)]) == ["Lena Skog"]
    assert body(records[("part header",)]) == "Huvud Bo"
    assert body(records[("attachment 1: Object 1", "sheet B", "row 1")]) == "Per Dal"
    assert body(records[("attachment 2: 1.bin",)]) == "Eva Sund, ren text"


def test_other_programs_damage_and_entities() -> None:
    other = '<?xml version="1.0"?><?mso-application progid="InfoPath.Document"?>'
    other += '<my:a xmlns:my="my"><my:b>Karin</my:b></my:a>'
    records, gaps = read(other)
    assert (body(records[()]), gaps) == ("Karin", [])
    whole = word(line("Karin") + line("Bo"))
    records, gaps = read(whole[: whole.index(">Bo<") + 3])
    assert body(records[()]) == "Karin\nBo"
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]
    bomb = word(line("&b;")).replace("<?mso", "<!DOCTYPE a [<!ENTITY b 'c'>]><?mso")
    _, gaps = read(bomb)
    assert [(gap.reason, gap.detail) for gap in gaps] == [(GapReason.UNREADABLE, "XML entities")]


@needs_samples
def test_a_real_one() -> None:
    records, _ = read(SAMPLE.read_bytes())
    assert "Allison, Timothy B." in names(records[("part properties",)])
    assert body(records[("part comments",)]) == "This is a comment"
    assert body(records[("part header",)]).split("\n") == ["Even page header", "Odd page header", "First page header"]
