"""The html editor: bytes outside of her values stay; the witness is the source written beside it, and lxml."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from lxml import html as lxml_html

from scanner.blob import Blob
from scanner.limits import Limits
from scanner.model import Cut
from scanner.surgery.base import CannotEdit, Edits
from scanner.surgery.operate import operate
from scanner.surgery.text.html import EDITOR
from scanner.surgery.text.html_page import tokens
from tests.scanner.growth import is_steep
from tests.scanner.surgery.people import anna

WHOLE = Edits(amend=frozenset({()}))


def _amended(text: str, codec: str = "utf-8", edits: Edits = WHOLE) -> str:
    data = text.encode(codec)
    after = EDITOR.edit(Blob(data, "x.html"), edits, anna(), Limits())
    assert EDITOR.differences(data, after, edits, anna()) == []
    return after.decode(codec)


def _page(body: str) -> str:
    head = "<!DOCTYPE html>\r\n<html><head><meta charset=utf-8><title>Möte</title></head>\n"
    return f"{head}<body class='a'>{body}</body></html>"


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("<p>Hej Anna Andersson &amp; Bengt Ek", "<p>Hej [raderad] &amp; Bengt Ek"),
        ("<p><b>Anna</b> <i>Andersson</i>s bil", "<p><b>[raderad]</b> <i></i> bil"),
        ("<p>an<b>na@ku</b>nd.example, x", "<p>[raderad]<b></b>, x"),
        ("<p>anna&#64;kund.example &#x61;nna@kund.example", "<p>[raderad] [raderad]"),
        ("<p>Anna&nbsp;\n   Andersson<br>x", "<p>[raderad]<br>x"),
        ("<p>Anna\n   Andersson<br>x", "<p>[raderad]<br>x"),
        ("<p>&Aring;sa, A&#110;na Andersson", "<p>&Aring;sa, [raderad]"),
        (
            '<a href="mailto:anna@kund.example?cc=bo@ek.example">skriv</a>',
            '<a href="mailto:[raderad]?cc=bo@ek.example">skriv</a>',
        ),
        (
            "<img alt='Anna Andersson' title=anna@kund.example src=a.png>",
            "<img alt='[raderad]' title=[raderad] src=a.png>",
        ),
        ('<meta name="description" content="Om Anna Andersson">', '<meta name="description" content="Om [raderad]">'),
        ("<!-- ring Anna Andersson --><p>Bo Ek", "<!-- ring [raderad] --><p>Bo Ek"),
        ("<div>Anna</div><div>Andersson</div>", "<div>[raderad]</div><div>[raderad]</div>"),
        ("<P CLASS=x>Anna Andersson<Br/><unknown-tag>é</P>", "<P CLASS=x>[raderad]<Br/><unknown-tag>é</P>"),
        ("<p>1 < 2, Johanna Andersson och Anna Andersson", "<p>1 < 2, Johanna Andersson och [raderad]"),
        ("<textarea>Anna Andersson <b></textarea>", "<textarea>[raderad] <b></textarea>"),
    ],
)  # fmt: skip
def test_her_values_get_the_mark_and_the_rest_of_the_source_stays(body: str, after: str) -> None:
    assert _amended(_page(body)) == _page(after)
    data = _page(body).encode()
    assert operate(Blob(data, "x.html"), [Cut((), amend=True)], anna(), Limits()) == _page(after).encode()


@pytest.mark.parametrize("codec", ["utf-16", "cp1252"])
def test_the_encoding_stays(codec: str) -> None:
    source = "<html><body><p>Åsa Öberg, Anna Andersson – mötet</p></body></html>\r\n"
    data = source.encode(codec)
    after = EDITOR.edit(Blob(data, "x.html"), WHOLE, anna(), Limits())
    assert after == source.replace("Anna Andersson", "[raderad]").encode(codec)
    assert EDITOR.differences(data, after, WHOLE, anna()) == []


@pytest.mark.parametrize(
    "body",
    [
        "<p>Anna Andersson<script>var x = 'anna@kund.example'</script>",
        "<p>Anna Andersson<script>var x = 'anna\\u0040kund.example'</script>",
        '<p>Anna Andersson<img src="anna-andersson.png">',
        "<p>Anna Andersson<a onclick=\"mail('anna@kund.example')\">x</a>",
        "<p>Anna Andersson<?php mail('anna@kund.example') ?>",
        "<p>Anna Andersson och Anna Maria Andersson",
        "<p>Bengt Ek",
    ],
)
def test_what_programs_read_and_what_is_unsure_is_refused(body: str) -> None:
    with pytest.raises(CannotEdit):
        _amended(_page(body))


ROWS = ["<tr><td>Bo Ek</td><td>b@ek.example</td></tr>", "<tr><td>Anna Andersson<td>anna@kund.example</tr >"]
TABLE = "<h1>Lista</h1><table border=1><tr><th>Namn</th><th>E-post</th></tr>\n{}\n</table><p>Slut"


def _removed(source: str, *steps: tuple[str, ...]) -> str:
    edits = Edits(remove=frozenset(steps))
    after = _amended(source, edits=edits)
    whole = operate(Blob(source.encode(), "x.html"), [Cut(one) for one in steps], anna(), Limits())
    assert whole.decode() == after
    return after


def test_a_row_of_a_table_leaves_with_its_bytes() -> None:
    rows = [ROWS[0], ROWS[1], ROWS[0]]
    assert _removed(_page(TABLE.format("\n".join(rows))), ("row 2",)) == _page(TABLE.format(f"{ROWS[0]}\n\n{ROWS[0]}"))


def test_of_two_tables_the_right_one_loses_its_row() -> None:
    two = TABLE.format(ROWS[0] + ROWS[1] + ROWS[0])
    source = _page(two + two)
    assert _removed(source, ("table 2", "row 2")) == _page(two + TABLE.format(ROWS[0] + ROWS[0]))


def test_a_row_is_amended_and_its_neighbours_stay() -> None:
    rows = ["<tr><td>Bo Ek<td>ring Anna Andersson</tr>", "<tr><td>Anna Andersson<td>x</tr>"]
    edits = Edits(amend=frozenset({("row 1",)}))
    expected = _page(TABLE.format("\n".join(["<tr><td>Bo Ek<td>ring [raderad]</tr>", rows[1]])))
    assert _amended(_page(TABLE.format("\n".join(rows))), edits=edits) == expected


def test_the_page_is_amended_and_its_rows_stay() -> None:
    source = _page("<p>Anna Andersson" + TABLE.format(ROWS[0] + ROWS[1]))
    assert _amended(source) == _page("<p>[raderad]" + TABLE.format(ROWS[0] + ROWS[1]))


@pytest.mark.parametrize(
    "table",
    [
        "<table><tr><th>Namn<th>E-post<tr><td>Anna Andersson<td>a@x.example<tr><td>Bo Ek<td>b@x.example</table>",
        "<table><tr><th>Namn</th><th>E-post</th></tr><tr><td rowspan=2>Anna Andersson</td><td>1</td></tr>"
        "<tr><td>2</td><td>3</td></tr></table>",
    ],
)
def test_rows_whose_end_is_not_sure_are_refused(table: str) -> None:
    with pytest.raises(CannotEdit, match="table"):
        _removed(_page(table), ("row 1",))


def test_the_author_is_taken_out_of_the_properties() -> None:
    head = (
        "<html><head><meta name=author content='{}'><meta name=keywords content='Bo Ek'></head><body>Hej Bo Ek</body>"
    )
    cuts = [Cut(("part properties",), amend=True)]
    after = operate(Blob(head.format("Anna Andersson").encode(), "x.html"), cuts, anna(), Limits())
    assert after.decode() == head.format("[raderad]")


def test_a_row_that_is_not_there_is_refused() -> None:
    for steps in (("row 0",), ("row 7",), ("table 3", "row 1"), ()):
        with pytest.raises(CannotEdit):
            EDITOR.edit(
                Blob(_page(TABLE.format(ROWS[0])).encode(), "x"), Edits(remove=frozenset({steps})), anna(), Limits()
            )


@pytest.mark.parametrize("seed", range(20))
def test_twenty_rows_leave_a_generated_table(seed: int) -> None:
    rng = random.Random(seed)
    rows = [
        f"<tr><td>Bo{n} Ek</td><td>b{n}@ek.example</td></tr>{rng.choice(['', chr(10), '<!-- x -->'])}"
        for n in range(rng.randint(3, 300))
    ]
    gone = set(rng.sample(range(1, len(rows)), min(20, len(rows) - 2)))
    source = _page(TABLE.format("".join(rows)))
    after = _removed(source, *((f"row {number + 1}",) for number in gone))
    cells = [cell.text for cell in lxml_html.fromstring(after).iter("td")][1::2]
    assert cells == [f"b{n}@ek.example" for n in range(len(rows)) if n not in gone]
    assert len(after) == len(source) - sum(rows[n].index("</tr>") + 5 for n in gone)


@pytest.mark.parametrize(
    "piece", ['<a "', "<p x=", "<!--", "<script", "<table><tr>", "&amp", "<b>Anna</b> <i>Andersson</i>"]
)
def test_it_takes_time_by_the_length(piece: str) -> None:
    def edit(count: int) -> None:
        with suppress(CannotEdit):
            EDITOR.edit(Blob(_page("<p>Anna Andersson" + piece * count).encode(), "x"), WHOLE, anna(), Limits())

    assert not is_steep(edit, 1000)


def test_the_pieces_of_a_source_are_without_gaps() -> None:
    rng = random.Random(7)
    signs = [
        "<",
        ">",
        "a",
        "/",
        '"',
        "'",
        "=",
        " ",
        "<b",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<p x=1>",
        "&amp;",
        "<textarea>",
    ]
    for _ in range(300):
        source = "".join(rng.choices(signs, k=rng.randint(0, 40)))
        found = list(tokens(source))
        assert "".join(source[one.start : one.end] for one in found) == source


@pytest.mark.parametrize(("old", "new"), [("Bengt Ek", "Bengt"), ("<b>", "<i>"), ("[raderad]", ""), ("x=1", "x=2")])
def test_the_proof_sees_what_an_editor_did_too_much(old: str, new: str) -> None:
    data = _page("<p x=1>Anna Andersson, <b>Bengt Ek</b>").encode()
    after = EDITOR.edit(Blob(data, "x.html"), WHOLE, anna(), Limits()).decode()
    assert old in after
    assert EDITOR.differences(data, after.replace(old, new).encode(), WHOLE, anna())
