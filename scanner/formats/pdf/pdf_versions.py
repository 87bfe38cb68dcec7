"""Earlier versions of a PDF that was saved by adding to its end: what was taken out of it is still in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import Any, Final

import pypdfium2 as pdfium

from connectors.base import GapReason
from scanner.formats.pdf.pdf_notes import notes
from scanner.records import Record, Role, Unread

_END: Final = re.compile(rb"startxref\s+(\d+)\s+%%EOF[ \t]*\r?\n?")
_CONTENTS: Final = re.compile(rb"/Contents\s*(?:\d+\s+\d+\s+R|\[[^\]]*\])")
_STREAM: Final = re.compile(rb"(\d+)\s+\d+\s+obj((?:(?!obj)[\s\S]){0,2000}?)(?<!end)stream\r?\n")
_ANY_STREAM: Final = re.compile(rb"(?<!end)stream\r?\n")
_LOOKED: Final = 50  # pages and streams of an addition; with more it is read
_MOST: Final = 8  # versions that are read, the newest


def ends(data: bytes) -> list[int]:
    """Where each earlier version ends (ISO 32000-1, 7.5.6). The first section of a linearized file is none."""
    found = [match.end() for match in _END.finditer(data) if int(match[1])]
    while found and not data[found[-1] :].strip():
        found.pop()
    return found


def earlier(data: bytes, key: str | None, said: set[str]) -> Iterator[Record | Unread]:
    """What pages of earlier versions say, where no other page says the same. Adds to `said`."""
    places = ends(data)
    if len(places) > _MOST:
        yield Unread(("part earlier versions",), GapReason.TOO_LARGE, f"{len(places)} versions, limit {_MOST}")
    for number, place in enumerate(places, 1):
        following = places[number] if number < len(places) else len(data)
        if number > len(places) - _MOST and not _only_notes(data[:place], data[place:following]):
            yield from _version((f"part earlier version {number}",), data[:place], key, said)


def page_text(page: Any) -> str:  # noqa: ANN401 - pypdfium2 has no types
    """The text of a page. Raises PdfiumError."""
    with closing(page.get_textpage()) as words:
        return text_of(words)


def text_of(words: Any) -> str:  # noqa: ANN401
    """The text of a page whose words are loaded; a line that breaks in a word ends in a hyphen."""
    text: str = words.get_text_range()
    return text.replace("\r\n", "\n").replace("\ufffe", "-\n").strip("\0 \n")


def _only_notes(before: bytes, added: bytes) -> bool:
    """Whether pages surely draw the same before and after: only objects for notes and fields, or metadata, were added.

    The words of notes that were replaced are among the strings of objects.
    """
    contents = list(islice(_CONTENTS.finditer(added), _LOOKED))
    streams = list(islice(_STREAM.finditer(added), _LOOKED))
    if max(len(contents), len(streams)) == _LOOKED or b"/Kids" in added:
        return False
    if any(match[0] not in before for match in contents) or len(_ANY_STREAM.findall(added)) != len(streams):
        return False
    return all(_is_new_form(before, match) for match in streams)


def _is_new_form(before: bytes, match: re.Match[bytes]) -> bool:
    """Whether a stream is a list of places or metadata, or draws a note and takes no older stream's number."""
    number, own = match[1], match[2]
    if b"/XRef" in own or b"/Metadata" in own:
        return True
    return b"/Form" in own and re.search(rb"(?<!\d)" + number + rb"\s+\d+\s+obj", before) is None


def _version(steps: tuple[str, ...], data: bytes, key: str | None, said: set[str]) -> Iterator[Record | Unread]:
    try:
        with closing(pdfium.PdfDocument(data, password=key)) as document:
            for index in range(len(document)):
                new = [text for text in _texts(document, index) if text not in said]
                if new:
                    said.update(new)
                    yield Record((*steps, f"page {index + 1}"), "page", [(Role.BODY, "\n".join(new))])
    except pdfium.PdfiumError:
        yield Unread(steps, GapReason.UNREADABLE, "an earlier version")


def _texts(document: Any, index: int) -> list[str]:  # noqa: ANN401
    with closing(document[index]) as page:
        beside = notes(page)
        return [text for text in (page_text(page), *beside.authors, *beside.texts) if text]
