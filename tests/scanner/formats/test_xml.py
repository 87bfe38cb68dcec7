"""XML by hand: data, documents, drawings, backups of phones, and what is broken or hostile."""

from __future__ import annotations

import base64

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Found, Nested
from scanner.formats.data import xml_data
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import IdType, Record, Unread

N, E, P = IdType.NAME, IdType.EMAIL, IdType.PHONE


def extract(source: str | bytes) -> list[Found]:
    data = source if isinstance(source, bytes) else source.encode()
    return list(xml_data.FORMAT.extract(Blob(data, "a.xml"), Limits()))


def read(source: str | bytes) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for one in extract(source):
        if isinstance(one, Record):
            key = "/".join(one.steps)
            found.setdefault(key, Record(one.steps, one.kind)).texts.extend(one.texts)
            found[key].entities.extend(one.entities)
    return found


def text(record: Record) -> str:
    return "\n".join(one for _, one in record.texts)


def people(record: Record) -> list[tuple[str, list[tuple[IdType, str]]]]:
    return [(entity.role.value, [(fact.type, fact.value) for fact in entity.facts]) for entity in record.entities]


def test_elements_side_by_side_are_rows() -> None:
    found = read(
        "<kunder><kund nr='7'><namn>Vera Ek</namn><epost>v@a.example</epost></kund>"
        "<kund><namn>Bo</namn><kontakt><telefon>070-1</telefon></kontakt></kund></kunder>"
    )
    assert people(found["row 1"]) == [("owner", [(N, "Vera Ek"), (E, "v@a.example")])]
    assert text(found["row 1"]) == "7\tVera Ek\tv@a.example"
    assert people(found["row 2"]) == [("owner", [(N, "Bo"), (P, "070-1")])]


def test_a_list_of_one_and_lists_deeper_down() -> None:
    assert people(read("<k><kund><namn>Vera</namn><tel>070-1</tel></kund></k>")["row 1"])[0][1][0] == (N, "Vera")
    found = read(
        "<rss><channel><title>T</title><item><titel>A</titel></item><item><titel>B</titel></item></channel></rss>"
    )
    assert text(found["part channel.item/row 2"]) == "B"
    assert "T" in text(found[""])


def test_documents_are_one_text_and_inline_elements_join() -> None:
    found = read(
        "<doc><titel lang='sv' ansvarig='Bo Alm'>Brev</titel><p>Skriv till <b>vera</b><i>@ek.example</i>, "
        "tack<!-- c@a.example --></p><p><b>d</b><i>@ek.example</i></p><?pi x@a.example?></doc>"
    )
    assert list(found) == [""]
    lines = text(found[""]).split("\n")
    assert "Skriv till vera@ek.example, tack" in lines
    assert {"c@a.example", "d@ek.example", "Brev", "Bo Alm"} <= set(lines)
    assert "Vera v@a.example" in text(read("<r>x<i/><p><a>Vera</a><b>v@a.example</b></p></r>")[""])
    assert "x@a.example" not in text(found[""])


def test_authors_of_articles() -> None:
    found = read(
        "<article><contrib><name><surname>Ek</surname><given-names>Vera Lo</given-names></name></contrib>"
        "<p>Av <i>oss</i></p></article>"
    )
    assert people(found[""]) == [("author", [(N, "Vera Lo Ek")])]


def test_cdata_comments_and_html_in_data() -> None:
    found = read(
        "<!-- b@a.example --><r><brev><![CDATA[<p>ve<b>ra</b>@x.example &amp; åse</p>]]></brev><!-- c@a.example --></r>"
    )
    for wanted in ("vera@x.example", "åse", "b@a.example", "c@a.example"):
        assert wanted in text(found[""])


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_charsets(codec: str) -> None:
    found = read(f'<?xml version="1.0" encoding="{codec}"?><r><n>Åsa</n></r>'.encode(codec))
    assert "Åsa" in text(found[""])


def test_a_wrong_declaration() -> None:
    assert "Åsa" in text(read('<?xml version="1.0" encoding="utf-8"?><r><n>Åsa</n></r>'.encode("cp1252"))[""])


def test_saved_text_messages_and_calls() -> None:
    """SMS Backup & Restore: characters in two halves, which XML forbids; the number is called `address`."""
    found = read(
        "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?><smses count='2' backup_set='x'>"
        "<sms protocol='0' address='+46701740605' body='Hej &#55357;&#56842;&#10;v@a.example' contact_name='Vera Ek'/>"
        "<mms address='070~071' contact_name='(Unknown)'><parts><part ct='text/plain' text='kom'/></parts>"
        "<addrs><addr address='073-9'/></addrs></mms></smses>"
    )
    assert people(found["row 1"]) == [("owner", [(P, "+46701740605"), (N, "Vera Ek")])]
    assert "Hej 😊\nv@a.example" in text(found["row 1"])
    assert "kom" in text(found["row 2"])
    assert "070~071" in text(found["row 2"])
    assert "073-9" in text(found["row 2"])
    assert people(found["row 2"]) == [("owner", [(IdType.ADDRESS, "070~071")])]
    calls = read("<calls count='1'><call number='070-1' duration='3' contact_name='Bo Alm'/></calls>")
    assert people(calls["row 1"]) == [("owner", [(P, "070-1"), (N, "Bo Alm")])]


def test_drawings() -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(300)
    found = extract(
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'><title>Karta</title>"
        "<path d='M 0701740605 12'/><text><tspan>vera</tspan><tspan>@ek.example</tspan></text>"
        f"<image xlink:href='data:image/png;base64,{base64.b64encode(png).decode()}'/></svg>"
    )
    (record,) = [one for one in found if isinstance(one, Record)]
    assert text(record).split("\n") == ["Karta", "vera@ek.example"]
    (picture,) = [one for one in found if isinstance(one, Nested)]
    assert (picture.steps, picture.kind, picture.blob.data()) == (("part image1.png",), "image", png)


def test_a_document_type_elsewhere_is_harmless() -> None:
    found = extract(
        "<!DOCTYPE n PUBLIC '-//X' 'http://a.example/x.dtd'><n><till>Tove&nbsp;Ek &aring;</till><m>1</m></n>"
    )
    assert not [one for one in found if isinstance(one, Unread)]
    assert "Ek å" in "\n".join(text(one) for one in found if isinstance(one, Record))


@pytest.mark.parametrize(
    "source",
    [
        "<!DOCTYPE x [<!ENTITY e 'v@a.example'>]><x>&e;</x>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e; v@a.example</x>",
        "<!DOCTYPE x [<!ENTITY a 'v@a.example'>"
        + "".join(f"<!ENTITY a{n} '&a{n - 1};&a{n - 1};'>" for n in range(1, 60))
        + "]><x>&a59;</x>",
    ],
)
def test_entities_are_a_gap_and_never_expanded(source: str) -> None:
    found = extract(source)
    assert [one.reason for one in found if isinstance(one, Unread)] == [GapReason.UNREADABLE]
    said = "\n".join(text(one) for one in found if isinstance(one, Record))
    assert "v@a.example" in said
    assert "root:" not in said


@pytest.mark.parametrize(
    "source",
    [
        "<a><b>v&#64;a.example &Aring;sa</a>",
        "<a>v@a.example Åsa",
        "<a>v@a.example Åsa & co</a>",
        "<a>" * 3000 + "v@a.example Åsa" + "</a>" * 3000,
        "<a>v@a.example \x01&#1; Åsa" + " x" * 50 + "</a>",
        "<a " + " ".join(f"n{number}='1'" for number in range(50_000)) + " m='v@a.example'>Åsa</a>",
        "<a>" + "&#55357;" * 50_000 + " v@a.example Åsa</a>",
        "<a x=1>v@<b>a</b>.example Åsa</a>",
    ],
)
def test_what_is_broken_is_still_read(source: str) -> None:
    said = text(read(source)[""])
    assert "v@a.example" in said
    assert "Åsa" in said


def test_it_is_told_by_its_content() -> None:
    assert sniff(Blob(b"<?xml version='1.0'?><smses count='0'></smses>", "a.txt")) == "xml"
