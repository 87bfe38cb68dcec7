"""Web pages as text and as tables."""

from __future__ import annotations

from scanner.blob import Blob
from scanner.formats import html
from scanner.limits import Limits
from scanner.records import Record, Role


def read(markup: str, codec: str = "utf-8") -> dict[tuple[str, ...], Record]:
    found = html.FORMAT.extract(Blob(markup.encode(codec), "a.html"), Limits())
    return {one.steps: one for one in found if isinstance(one, Record)}


def test_split_addresses_are_whole() -> None:
    text = html.render("<p>ver<b>a@a</b>.<span>example</span> b\u200bo&#64;a.ex&shy;ample</p>")
    assert "vera@a.example bo@a.example" in text


def test_blocks_break_lines() -> None:
    assert html.render("<div>vera</div><div>ek</div><td>a<br>b").split() == ["vera", "ek", "a", "b"]
    assert html.render("<ul><li>vera<li>ek</ul>") == "vera\nek"


def test_links_titles_values_are_read_and_scripts_are_not() -> None:
    text = html.render(
        "<title>Titel</title>"
        "<a href='MAILTO:vera%40a.example?cc=bo@a.example'>Vera</a><a href='tel:+46%2070%201'>ring</a>"
        "<img alt='Åsa i bild'><input value='falt@a.example'>"
        "<script>skript@a.example</script><style>s@a.example</style>"
        "<template>mall@a.example</template><!-- <td>gammal@a.example</td> -->"
    )
    for wanted in (
        "Titel",
        "vera@a.example",
        "bo@a.example",
        "+46 70 1",
        "Åsa i bild",
        "falt@a.example",
        "gammal@a.example",
    ):
        assert wanted in text
    for dropped in ("skript", "s@a", "mall"):
        assert dropped not in text


def test_one_table_of_data() -> None:
    found = read(
        "<h1>Lista</h1><table><tr><th>Namn<th>E-post<tr><td>Vera Ek<td><a href='mailto:vera@a.example'>Skriv</a>"
        "<tr><td>Bo<td>bo@a.example</table>"
    )
    assert set(found) == {(), ("row 1",), ("row 2",)}
    assert "vera@a.example" in found[("row 1",)].texts[0][1]
    assert "Vera" not in found[()].texts[0][1]
    owner = found[("row 2",)].entities[0]
    assert owner.role is Role.OWNER
    assert [fact.value for fact in owner.facts] == ["Bo", "bo@a.example"]


def test_several_tables_and_layout() -> None:
    data = "<table><tr><td>Vera<td>1<tr><td>Bo<td>2</table>"
    found = read(f"<p>{data}{data}")
    assert set(found) == {("table 1", "row 1"), ("table 1", "row 2"), ("table 2", "row 1"), ("table 2", "row 2")}
    layout = read(f"<table><tr><td>{data}<td>sida<tr><td>a<td>b</table>")
    assert "Vera" in layout[()].texts[0][1]
    assert set(layout) == {()}


def test_charset_of_the_page() -> None:
    assert "Åsa" in read("<meta charset='iso-8859-1'><p>Åsa", "latin-1")[()].texts[0][1]
    assert "Анна" in read("<meta charset=koi8-r><p>Анна", "koi8-r")[()].texts[0][1]
