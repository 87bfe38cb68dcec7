"""Tables in web pages: headings, captions and spanned cells. Nothing of them is dropped, and columns do not shift."""

from __future__ import annotations

from scanner.blob import Blob
from scanner.expand import expand
from scanner.limits import Limits
from scanner.records import Fact, IdType, Record, Role, Unread


def read(markup: str) -> dict[tuple[str, ...], Record]:
    records: dict[tuple[str, ...], Record] = {}
    for found in expand(Blob(f"<html><body>{markup}</body></html>".encode(), "a.html"), Limits()):
        assert not isinstance(found, Unread)
        assert found.steps not in records
        records[found.steps] = found
    return records


def text(record: Record) -> str:
    return "\n".join(text for role, text in record.texts if role is Role.BODY)


def test_what_stands_in_a_table_beside_its_rows_is_text_of_the_page() -> None:
    records = read(
        "<table title='Lista Ek'><caption>Kund Bo Ek</caption><colgroup><col title='Dalas kolumn'></colgroup>"
        "<thead>lös text</thead><tr title='Radens titel'><th>Namn<th>E-post<tr><td>Karin<td>k@a.example</table>"
    )
    whole = text(records[()])
    for words in ("Kund Bo Ek", "Lista Ek", "Dalas kolumn", "lös text", "Radens titel"):
        assert words in whole
    assert "Karin" not in whole
    assert text(records[("row 1",)]) == "Karin\nk@a.example"


def test_a_heading_that_is_no_known_word_is_row_0() -> None:
    records = read("<table><tr><th>Datum<th>Tid<th>Åsa Öberg<tr><td>1 maj<td>8<td>sjuk</table>")
    assert "Åsa Öberg" in text(records[("row 0",)])
    assert text(records[("row 1",)]) == "1 maj\n8\nsjuk"


def test_known_headings_are_no_record() -> None:
    records = read("<table><tr><th>Namn<th>E-post<tr><td>Karin Ek<td>k@a.example</table>")
    assert [steps for steps in records if steps] == [("row 1",)]


def test_a_cell_over_two_columns_shifts_nothing() -> None:
    records = read(
        "<table><tr><th>Namn<th>Ort<th>Telefon<tr><td colspan=2>Karin Ek<td>070-174 06 05"
        "<tr><td>Bo Ek<td>Boden<td>070-174 06 06</table>"
    )
    assert [one.facts for one in records[("row 1",)].entities] == [
        [Fact(IdType.NAME, "Karin Ek"), Fact(IdType.PHONE, "070-174 06 05")]
    ]


def test_a_cell_over_two_rows_shifts_nothing() -> None:
    records = read(
        "<table><tr><th>Grupp<th>Namn<th>Telefon<tr><td rowspan=2>A<td>Karin Ek<td>070-174 06 05"
        "<tr><td>Bo Ek<td>070-174 06 06<tr><td>B<td>Eva Alm<td>070-174 06 07</table>"
    )
    names = [one.facts[0].value for steps, record in records.items() if steps for one in record.entities]
    assert names == ["Karin Ek", "Bo Ek", "Eva Alm"]
    assert Fact(IdType.PHONE, "070-174 06 06") in records[("row 2",)].entities[0].facts


def test_two_rows_of_headings_are_read_as_one() -> None:
    records = read(
        "<table><tr><th rowspan=2>Namn<th colspan=2>Kontakt<tr><th>E-post<th>Telefon"
        "<tr><td>Karin Ek<td>k@a.example<td>070-174 06 05</table>"
    )
    facts = [fact for one in records[("row 1",)].entities for fact in one.facts]
    assert Fact(IdType.NAME, "Karin Ek") in facts
    assert Fact(IdType.EMAIL, "k@a.example") in facts
    assert Fact(IdType.PHONE, "070-174 06 05") in facts


def test_a_title_over_the_headings() -> None:
    records = read("<table><tr><th colspan=2>Lista Åsa Öberg<tr><th>Namn<th>E-post<tr><td>Bo<td>b@a.example</table>")
    assert "Åsa Öberg" in text(records[("row 0",)])
    assert records[("row 1",)].entities[0].facts == [Fact(IdType.NAME, "Bo"), Fact(IdType.EMAIL, "b@a.example")]


def test_absurd_spans_cost_nothing() -> None:
    records = read(
        "<table>" + "<tr>" + "<td colspan=999999999999 rowspan=65534>x" * 500 + "<tr><td>Karin<td>Ek" * 500 + "</table>"
    )
    assert text(records[("row 501",)]) == "Karin\nEk"
