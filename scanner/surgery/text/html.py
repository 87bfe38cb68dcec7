"""Web pages: the mark in place of the person's values, at their places in the source; rows of tables leave whole.

Text, attributes that tell something, links and comments are edited. What a program reads (scripts, styles, names and
sources) is not: where such a thing holds a value, a person decides.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from scanner.blob import Blob
from scanner.formats.text import _ESCAPES, _unescape
from scanner.formats.web import html as reader
from scanner.limits import Limits
from scanner.records import Steps
from scanner.surgery.base import CannotEdit, Editor, Edits, Person
from scanner.surgery.text.coding import Coding
from scanner.surgery.text.html_events import events, same
from scanner.surgery.text.html_page import Attribute, Shown, Token, is_block, tokens
from scanner.surgery.text.html_rows import TableRow, rows_of
from scanner.surgery.text.text import NOT_THERE, STILL_THERE

_TOLD = frozenset({
    "alt", "title", "content", "value", "placeholder", "aria-label", "aria-description", "summary", "label", "cite",
    "href", "action", "xlink:href", "datetime",
})  # fmt: skip
_CODE = "a script or a style in the page holds it"
_LINKED = "a part of the page that programs read holds it"
_ROWS = "its tables are not written in a way that shows where a row ends"
_NO_SUCH = "a record that is to leave is not there"
_AUTHOR = re.compile(r"(?:author|creator)\Z", re.IGNORECASE)
_PROPERTIES: Steps = ("part properties",)

Change = tuple[int, int, str]


class _Page:
    """The source in pieces, and whose each is: a row's, the properties', or (with no steps) the page's own."""

    def __init__(self, data: bytes) -> None:
        match = reader._META_CHARSET.search(data, 0, 2048) or reader._XML_CHARSET.search(data, 0, 200)
        self.coding = Coding(data, reader.decode(data), match[1].decode("ascii") if match else None)
        self.markup = self.coding.text
        self.tokens = list(tokens(self.markup))
        self.rows: dict[Steps, TableRow] | None = rows_of(self.markup, self.tokens)
        self._areas = sorted((row.span, steps) for steps, row in (self.rows or {}).items())
        self._starts = [span[0] for span, _ in self._areas]
        self.pieces: dict[Steps, list[Token]] = {}
        for token in self.tokens:
            self.pieces.setdefault(self._area(token), []).append(token)

    def _area(self, token: Token) -> Steps:
        """The steps of the record that the piece belongs to; headings belong to their table's `row 0`."""
        if _is_author(self.markup, token):
            return _PROPERTIES
        number = bisect_right(self._starts, token.start) - 1
        if number < 0 or token.start >= self._areas[number][0][1]:
            return ()
        *before, row = self._areas[number][1]
        return (*before, row if int(row[4:]) > 0 else "row 0")

    def row(self, steps: Steps) -> TableRow:
        """The row at these steps. Raises CannotEdit."""
        if self.rows is None:
            raise CannotEdit(_ROWS)
        if steps not in self.rows or int(steps[-1][4:]) < 1:
            raise CannotEdit(_NO_SUCH)
        return self.rows[steps]


def _edit(blob: Blob, edits: Edits, person: Person, limits: Limits) -> bytes:
    del limits
    if edits.replace:
        raise CannotEdit("a file stands inside the page's own source")
    page = _Page(blob.data())
    changes = [(*page.row(steps).span, "") for steps in edits.remove]
    for steps in edits.amend:
        found = list(_amended(page, steps, person))
        if not found:
            raise CannotEdit(NOT_THERE)
        changes += found
    after = page.coding.replaced(sorted(changes))
    _check(after, edits, person)
    return after


def _check(after: bytes, edits: Edits, person: Person) -> None:
    """Raises CannotEdit where the page still names the person, if all that it says was to be amended."""
    text = reader.decode(after)
    if () in edits.amend and "<table" not in text.lower() and person.holds(reader.render(text)):
        raise CannotEdit(STILL_THERE)


def _amended(page: _Page, steps: Steps, person: Person) -> Iterator[Change]:
    """What changes in one record of the page. Raises CannotEdit where the person stands in what is not edited."""
    shown = Shown()
    for token in page.pieces.get(steps, ()):
        if token.kind == "text":
            shown.add(page.markup, token.start, token.end, is_kept=token.is_kept)
        elif token.kind == "comment":
            yield from _in_comment(page.markup, token, person)
        elif token.kind in ("code", "other"):
            if _is_in_code(page.markup[token.start : token.end], person):
                raise CannotEdit(_CODE)
        else:
            if is_block(page.markup, token):
                shown.block()
            yield from _in_tag(page.markup, token, person)
    yield from _masked(shown, person)


def _masked(shown: Shown, person: Person) -> Iterator[Change]:
    """The mark where each value begins in its block; what stands of it behind inline tags is taken out."""
    for start, end in person.spans("".join(shown.pieces)):
        mark, last = person.mark, -1
        pending: Change | None = None
        for at in range(start, end):
            first, stop = shown.places[at]
            if first < 0:
                mark = person.mark
            elif shown.pieces[at] == " " and (pending is None or first != last):
                continue  # white space between the parts stays
            elif pending is not None and first in (last, pending[0]) and mark == "":
                pending = (pending[0], max(stop, last), pending[2])
                last = max(stop, last)
            else:
                if pending is not None:
                    yield pending
                pending, last, mark = (first, stop, mark), stop, ""
        if pending is not None:
            yield pending


def _in_tag(markup: str, token: Token, person: Person) -> Iterator[Change]:
    for attribute in token.attributes:
        value = Shown()
        value.add(markup, attribute.start, attribute.end, is_kept=True)
        text = "".join(value.pieces)
        if not person.holds(text):
            continue
        if not _is_told(attribute):
            raise CannotEdit(_LINKED)
        found = list(_masked(value, person))
        if not found:
            raise CannotEdit(STILL_THERE)
        yield from found


def _is_told(attribute: Attribute) -> bool:
    return attribute.name in _TOLD or attribute.name.startswith("data-")


def _in_comment(markup: str, token: Token, person: Person) -> Iterator[Change]:
    for start, end in person.spans(markup[token.start : token.end]):
        yield token.start + start, token.start + end, person.mark


def _is_in_code(text: str, person: Person) -> bool:
    return person.holds(text) or ("\\" in text and person.holds(_ESCAPES.sub(_unescape, text)))


def _is_author(markup: str, token: Token) -> bool:
    """Whether this is what the reader takes for the page's author: `meta` whose name ends so."""
    if token.kind != "open" or token.name != "meta":
        return False
    values = {one.name: markup[one.start : one.end] for one in token.attributes}
    named = values.get("name", "")
    return bool(_AUTHOR.search(named) or _AUTHOR.search(values.get("property", "")) or named == "publisher")


def _refuses(blob: Blob) -> str | None:
    try:
        Coding(blob.data(), reader.decode(blob.data()), _declared(blob.data()))
    except CannotEdit as error:
        return error.reason
    return None


def _declared(data: bytes) -> str | None:
    match = reader._META_CHARSET.search(data, 0, 2048) or reader._XML_CHARSET.search(data, 0, 200)
    return match[1].decode("ascii") if match else None


def _differences(before: bytes, after: bytes, edits: Edits, person: Person) -> list[str]:
    """By the standard library's parser: the same tags, attributes and texts, but for the mark and the rows."""
    page = _Page(before)
    gone = {page.row(steps).ordinal for steps in edits.remove}
    try:
        text = after[page.coding.skip :].decode(page.coding.codec)
    except UnicodeError:
        return ["the character encoding changed"]
    found = same(events(page.markup, gone), events(text), person.mark)
    if not edits.amend and b"".join(_outside(before, page, edits.remove)) != after:
        found.append("bytes beside the rows changed")
    return found


def _outside(data: bytes, page: _Page, removed: Iterable[Steps]) -> Iterator[bytes]:
    place = 0
    for start, end in page.coding.bytes_of(sorted(page.row(steps).span for steps in removed)):
        yield data[place:start]
        place = end
    yield data[place:]


EDITOR = Editor(
    _edit,
    _differences,
    _refuses,
    records=frozenset({"row", "table"}),
    amends=frozenset({"", "row", "table", "part"}),
)
