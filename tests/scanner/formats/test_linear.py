"""Each construct many times over: four times as much may cost four times the time, not sixteen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats.web import html
from scanner.limits import Limits
from scanner.records import Record
from tests.scanner.growth import is_steep

_MAIL = "From: a@b.example\r\n"
_CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Vera Lind\r\n"
_EVENT = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n"


def _numbered(template: str, count: int) -> str:
    return "".join(template.format(number) for number in range(count))


_CONSTRUCTS: dict[str, tuple[str, Callable[[int], str]]] = {
    "attributes": ("a.html", lambda n: f"<html><p {_numbered('a{}=x ', n)}>x"),
    "attributes with brackets": ("a.html", lambda n: f"""<html><p {_numbered("a{}='<b>' ", n)}>x"""),
    "attributes after a script": ("a.html", lambda n: f'<html><script>a<b c="</script><p {_numbered("a{} ", n)}>x'),
    "nested blocks": ("a.html", lambda n: "<html>" + "<div>x" * n),
    "nested lists": ("a.html", lambda n: "<html>" + "<ul><li>x" * n),
    "declarations": ("a.html", lambda n: "<html>" + "<!" * n),
    "attributes of XML": ("a.xml", lambda n: f"""<?xml version="1.0"?><r {_numbered("a{}='x' ", n)}>x</r>"""),
    "half links": ("a.json", lambda n: '{"a":"' + "data:a/b;c=d" * n + '"}'),
    "columns": ("a.csv", lambda n: _numbered("telefon {};", n) + "\n" + "070-1740605;" * n + "\n"),
    "open quotes": ("a.eml", lambda n: _MAIL + "To: " + '\\"' * n + "\r\n\r\nx"),
    "open encoded words": ("a.eml", lambda n: _MAIL + "To: " + "=?utf-8?q?a" * n + "\r\n\r\nx"),
    "numbers of a card": ("a.vcf", lambda n: _CARD + "TEL:0701740605\r\n" * n + "END:VCARD\r\n"),
    "names of a card": ("a.vcf", lambda n: _CARD + _numbered("FN:Vera {}\r\n", n) + "END:VCARD\r\n"),
    "files of an event": ("a.ics", lambda n: _EVENT + "ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJD\r\n" * n),
}


@pytest.mark.parametrize("construct", _CONSTRUCTS)
def test_cost_grows_with_the_length(construct: str) -> None:
    name, content = _CONSTRUCTS[construct]

    def work(count: int) -> None:
        assert any(isinstance(one, Record) for one in expand(Blob(content(count).encode(), name), Limits()))

    assert not is_steep(work, 4000)


def test_tag_of_many_attributes_keeps_what_is_read_of_it() -> None:
    page = f"<p {_numbered('a{}=x ', 3000)} title='vera@a.example' data-a='bo@a.example'>text</p>"
    assert {"text", "vera@a.example", "bo@a.example"} <= set(html.render(page).split())


def test_text_stays_in_what_is_nested_too_deep() -> None:
    page = "".join(f"<div>w{number}" for number in range(6000)) + "</div>" * 6000 + "<p>last"
    assert html.render(page).split() == [*(f"w{number}" for number in range(6000)), "last"]
