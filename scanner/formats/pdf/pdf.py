"""PDF: text page by page, notes and form fields on it, links, properties, attached files, earlier versions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NamedTuple

import pypdfium2 as pdfium
from pypdfium2 import raw

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found, Nested, Picture
from scanner.formats.images.image_xmp import packet, packets
from scanner.formats.office.ooxml import PROPERTIES, authors
from scanner.formats.passwords import refused, tried
from scanner.formats.pdf import pdf_forms as forms
from scanner.formats.pdf import pdf_versions as versions
from scanner.formats.pdf.pdf_notes import notes, string
from scanner.formats.pdf.pdf_pictures import Look, Pictures, few_letters, garbled, look, rendered
from scanner.formats.pdf.pdf_strings import Objects
from scanner.formats.streams import MemberStream
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Steps, Unread

_PERSONS: Final = ("Author", "Creator", "Company", "Manager", "LastModifiedBy")
_TEXTS: Final = ("Title", "Subject", "Keywords")
_SOFTWARE: Final = ("word", "acrobat", "pdf", "writer", "latex", "tex", "office", "adobe", "pscript", "quartz", "chrom")
_IMAGE: Final = re.compile(rb"/Subtype\s*/Image\b")  # never packed or encrypted itself
_DRAWN: Final = 20  # pages with a few lines and no text, of a document without any text, that OCR may look at
_OUTLINE: Final = 32  # bookmarks in bookmarks


@dataclass(slots=True)
class _Seen:
    """What is known of a document while its pages are read."""

    limits: Limits
    anything: bool = False  # it gave something to search, or a gap that says why not
    drawn: list[int] = field(default_factory=list)  # pages without text on which something is drawn
    pictures: Pictures = field(default_factory=Pictures)
    said: set[str] = field(default_factory=set)  # texts of objects that were given
    pages: set[str] | None = None  # texts of pages, where earlier versions are to be compared
    images: bool = True  # there may be pictures on pages
    tags: bool = False  # alternative texts are asked of PDFium


class _Text(NamedTuple):
    """What a page says: its words, whether they are garbled, whether a record was given for it."""

    words: str
    strange: bool
    said: bool


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    document, key = _opened(blob)
    with closing(document):
        encrypted = raw.FPDF_GetSecurityHandlerRevision(document) >= 0
        data = blob.data() if blob.size <= blob.limit else None
        seen = _Seen(limits, tags=encrypted)
        seen.images = data is None or _IMAGE.search(data) is not None
        if document.get_formtype() != raw.FORMTYPE_NONE:
            document.init_forms()
        if data is not None and versions.ends(data):
            seen.pages = set()
        objects = Objects(data or b"", limits.expanded, encrypted=encrypted)
        strings = list(dict.fromkeys(objects.strings()))
        yield from _properties(document, seen, [*packets(data or b""), *objects.metadata])
        yield from _all_pages(document, seen)
        yield from _form(document, seen)
        yield from _attachments(document, seen)
        yield from _leftover(strings, objects, data is None, seen)
        if seen.pages is not None and data is not None:
            yield from versions.earlier(data, key, seen.pages)
        if len(document) and not seen.anything:
            yield from _without_text(document, seen)


def _opened(blob: Blob) -> tuple[Any, str | None]:
    """The document and the password that opened it. Raises ReadError."""
    source: object
    if blob.size <= blob.limit:
        source = blob.data()
    else:
        source = blob.open()
        if isinstance(source, MemberStream):  # PDF is read from its end, back and forth: too dear in an archive
            raise ReadError(GapReason.TOO_LARGE, f"{blob.size} bytes inside an archive, limit {blob.limit}")
    for key in _passwords(blob):
        try:
            return pdfium.PdfDocument(source, password=key), key
        except pdfium.PdfiumError as fault:
            code = getattr(fault, "err_code", None)
            if code == raw.FPDF_ERR_SECURITY:
                raise ReadError(GapReason.ENCRYPTED, "unknown encryption") from None
            if code != raw.FPDF_ERR_PASSWORD:
                raise ReadError(GapReason.UNREADABLE, "PDF") from None
        except ValueError:  # a password with a NUL in it
            continue
    raise ReadError(GapReason.ENCRYPTED, refused("needs a password", blob.keys))


def _passwords(blob: Blob) -> Iterator[str | None]:
    """None first: who looks at the keys hangs on them, and most files need none."""
    yield None
    yield from tried(blob.keys)


def _properties(document: Any, seen: _Seen, metadata: list[bytes]) -> Iterator[Found]:  # noqa: ANN401
    info = {key: string(raw.FPDF_GetMetaText, document, key.encode()) for key in (*_PERSONS, *_TEXTS, "Producer")}
    names = [info[key] for key in _PERSONS if info[key]]
    texts = [info[key] for key in (*_TEXTS, "Creator") if info[key]]
    with suppress(pdfium.PdfiumError):
        marks = islice(document.get_toc(max_depth=_OUTLINE), seen.limits.members)
        texts.extend(string(raw.FPDFBookmark_GetTitle, mark) for mark in marks)
    broken = False
    for one in metadata:
        found = packet(one)
        broken = broken or found.broken
        names += found.creators
        texts += [*found.texts, *found.shown]
    for name, others in forms.signers(document):
        names.append(name)
        texts += others
    seen.said.update(info.values(), names, texts)
    names = [name for name in names if not any(word in name.lower() for word in _SOFTWARE)]
    body = "\n".join(text for text in dict.fromkeys(texts) if text)
    if any(names) or body:
        yield Record(PROPERTIES, "part", [(Role.BODY, body)] if body else [], authors(names))
    if broken:
        yield Unread(PROPERTIES, GapReason.UNREADABLE, "XMP")


def _all_pages(document: Any, seen: _Seen) -> Iterator[Found]:  # noqa: ANN401
    count, most = len(document), seen.limits.members
    if count == 0:
        yield Unread((), GapReason.UNREADABLE, "no pages")
    for index in range(min(count, most)):
        yield from _page(document, index, seen)
    if count > most:
        yield Unread((), GapReason.TOO_LARGE, f"{count} pages, limit {most}")


def _page(document: Any, index: int, seen: _Seen) -> Iterator[Found]:  # noqa: ANN401
    steps = (f"page {index + 1}",)
    try:
        page = document[index]
    except pdfium.PdfiumError:
        seen.anything = True
        yield Unread(steps, GapReason.UNREADABLE, "page")
        return
    with closing(page):
        beside = notes(page)
        text, strange, fault = _text(page)
        extra = list(forms.alternative(page)) if seen.tags else []
        whole = "\n".join(part for part in (text, *beside.authors, *beside.texts, *dict.fromkeys(extra)) if part)
        seen.said.update(beside.texts, beside.authors)
        if seen.pages is not None:
            seen.pages.update((text, *beside.authors, *beside.texts))
        seen.anything = seen.anything or fault or bool(whole or beside.files)
        if whole:
            yield Record(steps, "page", [(Role.BODY, whole)], authors(list(beside.authors)))
        if fault:
            yield Unread(steps, GapReason.UNREADABLE, "page text")
        else:
            yield from _picture(page, index, _Text(text, strange, bool(whole)), seen)
        for number, handle in enumerate(beside.files, 1):
            yield _attachment(lambda one=handle: pdfium.PdfAttachment(one, document), steps, number, seen)  # type: ignore[misc]
        if beside.drawn:
            yield from _appearances(document, page, index, whole)


def _text(page: Any) -> tuple[str, bool, bool]:  # noqa: ANN401
    """The page's text, whether that is garbled, and whether it could not be read."""
    try:
        with closing(page.get_textpage()) as words:
            text = versions.text_of(words)
            return text, bool(text) and garbled(text, words), False
    except pdfium.PdfiumError:
        return "", False, True


def _picture(page: Any, index: int, text: _Text, seen: _Seen) -> Iterator[Found]:  # noqa: ANN401
    """What only OCR can read on the page. A page of its own where nothing else is said of it."""
    few = few_letters(text.words)
    found = look(page, few) if few or text.strange or seen.images else Look()
    bare = not any(map(str.isalnum, text.words)) and not text.strange
    steps = (f"page {index + 1}", "part picture") if text.said else (f"page {index + 1}",)
    kind = "part" if text.said else "page"
    if text.strange:
        yield Picture(steps, rendered(page, found), kind)
    elif bare and seen.pictures.bare(found):
        seen.anything = True
        yield Picture(steps, rendered(page, found), kind)
    elif bare:
        seen.drawn += [index] if found.objects and not text.said else []
    else:
        box = seen.pictures.wanted(page, found, text.words)
        if box is not None:
            yield Picture(steps, rendered(page, found, box), kind)


def _appearances(document: Any, page: Any, index: int, said: str) -> Iterator[Found]:  # noqa: ANN401
    """Lines that notes and stamps show and that are not among their words: the page is drawn with them."""
    if raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) != raw.FLATTEN_SUCCESS:
        return
    with suppress(pdfium.PdfiumError), closing(document[index]) as again:
        there = set(said.split("\n"))
        lines = [line for line in versions.page_text(again).split("\n") if line.strip() and line not in there]
        if lines:
            yield Record((f"page {index + 1}", "part notes"), "part", [(Role.BODY, "\n".join(lines))])


def _form(document: Any, seen: _Seen) -> Iterator[Found]:  # noqa: ANN401
    steps = ("part form",)
    texts = list(forms.xfa(document, seen.limits.blob))
    found = "\n".join(text for text in texts if text)
    if found:
        seen.anything = True
        yield Record(steps, "part", [(Role.BODY, found)])
    if None in texts:
        yield Unread(steps, GapReason.TOO_LARGE, f"limit {seen.limits.blob}")


def _attachments(document: Any, seen: _Seen) -> Iterator[Found]:  # noqa: ANN401
    for index in range(min(document.count_attachments(), seen.limits.members)):
        seen.anything = True
        yield _attachment(lambda number=index: document.get_attachment(number), (), index + 1, seen)  # type: ignore[misc]


def _attachment(get: Callable[[], Any], outer: Steps, number: int, seen: _Seen) -> Nested | Unread:
    steps = (*outer, f"attachment {number}")
    try:
        attachment = get()
        name = string(raw.FPDFAttachment_GetName, attachment)
        seen.said.add(name)
        steps = (*outer, f"attachment {number}: {name}")
        return Nested(steps, Blob(bytes(attachment.get_data()), name, limit=seen.limits.blob), "attachment")
    except pdfium.PdfiumError:
        return Unread(steps, GapReason.UNREADABLE, "attached file")


def _leftover(strings: list[str], objects: Objects, unseen: bool, seen: _Seen) -> Iterator[Found]:
    """Strings of objects that nothing gave yet: hidden fields, alternative texts, properties of other programs."""
    steps = ("part other texts",)
    said = {line.strip() for text in seen.said for line in (text, *text.splitlines())}
    left = [text for text in strings if text not in said and text.replace("\r", "\n") not in said]
    if left:
        yield Record(steps, "part", [(Role.BODY, "\n".join(left).replace("\r", "\n"))])
    if unseen or not objects.whole:
        yield Unread(steps, GapReason.TOO_LARGE, "objects and XMP are not searched")


def _without_text(document: Any, seen: _Seen) -> Iterator[Found]:  # noqa: ANN401
    """A document without any text: what is drawn on its pages may be some."""
    if not seen.drawn:
        yield Unread((), GapReason.UNREADABLE, "no text on any page")
    for index in seen.drawn[:_DRAWN]:
        with closing(document[index]) as page:
            yield Picture((f"page {index + 1}",), rendered(page, look(page, False)), "page")


FORMAT = Format(
    "pdf",
    2,
    "pypdfium2",
    _extract,
    records="`page N` with `part picture` and `part notes`, `part properties`, `part form`, `part other texts`,"
    " `part earlier version N`, `attachment N: NAME`",
    entities="authors (properties, XMP), signers, writers of notes",
    limits="scripts; of protected files XMP that is encrypted and fields that stand on no page; pictures under a scan's"
    " own text layer, or drawn inline on a page with text,"
    " or covered",
)
