"""Web pages as text and as tables."""

from __future__ import annotations

import base64
import time

import pytest

from scanner.blob import Blob
from scanner.formats.base import Nested
from scanner.formats.mail import mail
from scanner.formats.web import html
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
        "mall@a.example",
    ):
        assert wanted in text
    for dropped in ("skript", "s@a"):
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


# What style sheets hide


def test_what_is_hidden_splits_nothing_and_is_read() -> None:
    for hiding in (
        "<span style='display:none'>HID</span>",
        "<span style='DISPLAY : none !important'>HID</span>",
        "<i hidden>HID</i>",
        "<b style='font-size:0px'>HID</b>",
        "<b style='mso-hide:all'>HID</b>",
        "<div style='display:none'>HID</div>",
        "<span class='x göm'>HID</span>",
        "<span id=dold>HID</span>",
    ):
        sheet = "<style>p{color:red} .göm, #dold { visibility: hidden }</style>"
        assert html.render(f"{sheet}<div>vera{hiding}@a.example</div>") == "vera@a.example\nHID"


def test_hidden_text_that_belongs_together_stays_so() -> None:
    text = html.render("a<i hidden>bo@</i><b hidden>b.<u hidden>ex</u>ample</b>c<i hidden>slut</i>")
    assert text == "ac\nbo@b.example\nslut"


def test_rules_for_some_media_hide_nothing() -> None:
    assert (
        html.render("<style>@media print{.a{display:none}}</style><p>ve<i class=a>ra</i>@a.example") == "vera@a.example"
    )


def test_style_says_what_breaks_lines() -> None:
    assert html.render("<span style='display:block'>vera@a.example</span><span style='display:block'>bo</span>") == (
        "vera@a.example\nbo"
    )
    assert html.render("x<div style='display:inline'>vera</div><div style='display:inline-block'>@a.example</div>") == (
        "xvera@a.example"
    )


def test_text_written_backwards() -> None:
    backwards = "elpmaxe.a@arev"
    assert "vera@a.example" in html.render(f"<bdo dir=rtl>{backwards}</bdo>")
    assert "vera@a.example" in html.render(f"<i style='unicode-bidi:bidi-override;direction:rtl'>{backwards}</i>")


def test_letters_without_shape_are_left_out() -> None:
    assert html.render("ve\u2060ra<wbr>@a\u202c\u00ad.ex\u2063ample") == "vera@a.example"
    assert html.render("vera&amp;#64;a.example") == "vera@a.example"


# What stands in no element's text


def test_comments_are_read() -> None:
    text = html.render(
        "<style><!-- .stil{} @font-face{} --></style>"
        "<!--[if mso]><p>Vera <b>E</b>k</p><![endif]--><!-- 070-174 06 05 -->"
        "<!--[if !mso]><!-->syns<!--<![endif]--><!-- <a href='mailto:bo%40a.example'></a> --><![if !x]>med<![endif]>"
    )
    assert text.split("\n") == ["synsmed", "Vera Ek", "070-174 06 05", "bo@a.example"]
    assert html.render("a<!-- Vera Ek") == "a\nVera Ek"
    assert html.render("a<!-->b<!--->c") == "abc"


def test_instructions_and_sections_are_read() -> None:
    assert html.render("a<?php mail('vera@a.example') ?>b").split("\n") == ["ab", "php mail('vera@a.example')"]
    assert html.render("a<![CDATA[ <vera@a.example> ]]>b") == "a <vera@a.example> b"


def test_addresses_in_any_attribute_are_read() -> None:
    text = html.render(
        '<a href="https://x.example/u?e=vera%40a.example&amp;n=1">av</a><img src="cid:bild@a.example">'
        '<div data-post=\'{"x": "a > b", "e": "bo&#64;a.example"}\' onclick="go(\'siv@a.example\')"></div>'
        '<svg><a xlink:href="mailto:kim@a.example">k</a></svg>'
    )
    for wanted in ("https://x.example/u?e=vera@a.example&n=1", "bo@a.example", "siv@a.example"):
        assert wanted in text
    assert "bild@" not in text


def test_links_with_everything() -> None:
    text = html.render("<a href='mailto:a%40a.example?CC=b@a.example&bcc=c@a.example&subject=Hej%20d&body=e%0Af'>x</a>")
    assert text.split() == ["x", "a@a.example", "b@a.example", "c@a.example", "Hej", "d", "e", "f"]


def test_what_pages_show_without_scripts_and_to_search_engines() -> None:
    text = html.render(
        '<noscript><p>utan</p></noscript><script type="application/ld+json">{"@type": "Person", "name": "\\u00c5sa",'
        ' "x": ["vera@a.example"]}</script><script>nej</script><textarea>ruta</textarea><meta property="og:title"'
        ' content="Om Vera">'
    )
    assert text.split("\n") == ["utan", "ruta", "Om Vera", "Person", "Åsa", "vera@a.example"]


def test_a_page_in_a_page() -> None:
    page = "<p>ute<iframe srcdoc='<p>Vera&nbsp;<b>E</b>k</p><iframe srcdoc=Siv>'></iframe>"
    assert html.render(page).split("\n") == ["ute", "Vera Ek", "Siv"]


def test_authors() -> None:
    page = (
        "<meta name=Author content='Vera Ek'><meta name=generator content=Prog>"
        "<!--[if gte mso 9]><xml><o:LastAuthor>Bo &amp; Siv</o:LastAuthor></xml><![endif]--><p>x"
    )
    record = read(page)["part properties",]
    assert all(one.role is Role.AUTHOR for one in record.entities)
    assert [fact.value for one in record.entities for fact in one.facts] == ["Vera Ek", "Bo & Siv"]


def test_rows_keep_what_is_theirs() -> None:
    found = read(
        "<table><tr><th>Namn<th>Post<tr><td>Vera<td><a href='?till=vera%40a.example'>x</a><!-- bo@a.example -->"
        "<tr><td>Siv<td>y</table>"
    )
    assert "vera@a.example" in found["row 1",].texts[0][1]
    assert "bo@a.example" in found["row 1",].texts[0][1]
    assert () not in found


# Files inside


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200)) * 2


def test_pictures_inside_are_files_and_no_text() -> None:
    data = base64.b64encode(PNG).decode()
    page = (
        f"<p>x<img src='data:image/png;base64,{data}'><div style=\"background:url(data:image/jpeg;base64,{data})\">"
        '<a href="data:text/html,%3Cp%3Evera@a.example">y</a>'
        f"<style>@font-face{{src:url(data:font/woff;base64,{data})}}"
        f"</style><input value='data:image/png;base64,{data}'><img src=data:image/gif;base64,{data}>"
    )
    found = [one for one in html.FORMAT.extract(Blob(page.encode(), "a"), Limits()) if isinstance(one, Nested)]
    assert [(one.steps[0], one.kind) for one in found] == [
        ("part image1.png", "image"),
        ("part image2.jpg", "image"),
        ("part file3.html", "part"),
        ("part image4.png", "image"),
        ("part image5.gif", "image"),
    ]
    assert [one.blob.data() for one in found] == [PNG, PNG, b"<p>vera@a.example", PNG, PNG]
    assert list(html.images(page)) == [
        (f"image{n}.{end}", PNG) for n, end in enumerate(("png", "jpg", "png", "gif"), 1)
    ]
    assert data[40:80] not in html.render(page)
    assert data[40:80] not in html.render(f"data:image/png;base64,{data}")


def test_pictures_in_mails() -> None:
    data = base64.b64encode(PNG).decode()
    body = f"<p>Hej<img src='data:image/png;base64,{data}'>"
    raw = (
        'From: a@a.example\nContent-Type: multipart/mixed; boundary="b"\n\n'
        f"--b\nContent-Type: text/html\n\n{body}\n--b\nContent-Type: text/html\n\n{body}\n--b--\n"
    )
    found = [one for one in mail.FORMAT.extract(Blob(raw.encode(), "a.eml"), Limits()) if isinstance(one, Nested)]
    assert [one.blob.data() for one in found] == [PNG, PNG]
    assert len({one.steps for one in found}) == 2
    assert {one.kind for one in found} == {"image"}


@pytest.mark.parametrize(
    "markup",
    [
        "<a b='@' " * 100_000,
        '<a b="@ > ' * 100_000,
        "<!-- ab " * 100_000,
        "<div hidden>" * 20_000,
        "(data:a" * 100_000,
        "<bdo dir=rtl>x" * 20_000,
        "<![CDATA[" * 100_000,
        "<style>" + ".a{display:none}" * 50_000,
    ],
    ids=["tags", "quotes", "comments", "hidden", "links", "backwards", "sections", "rules"],
)
def test_time_is_linear(markup: str) -> None:
    before = time.process_time()
    html.render(markup)
    list(html.images(markup))
    assert time.process_time() - before < 4
