"""PDF: text page by page, notes and form fields on it, links, properties, attached files."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any, Final

import pypdfium2 as pdfium
from pypdfium2 import raw

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found, Nested
from scanner.formats.ooxml import PROPERTIES, authors
from scanner.formats.streams import MemberStream
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Steps, Unread

_PERSONS: Final = ("Author", "Creator", "Company", "Manager", "LastModifiedBy")
_TEXTS: Final = ("Title", "Subject", "Keywords")
_SOFTWARE: Final = ("word", "acrobat", "pdf", "writer", "latex", "tex", "office", "adobe", "pscript", "quartz", "chrom")
_NOTE_KEYS: Final = (b"T", b"Contents", b"V", b"TU", b"RC")
_DEEP: Final = 4  # forms in forms that are looked into for pictures


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    with closing(_opened(blob)) as document:
        count = len(document)
        form = document.get_formtype() != raw.FORMTYPE_NONE
        if form:
            document.init_forms()
        yield from _properties(document)
        if count == 0:
            yield Unread((), GapReason.UNREADABLE, "no pages")
        seen = _Seen()
        for index in range(min(count, limits.members)):
            yield from _page(document, index, seen, limits)
        if count > limits.members:
            yield Unread((), GapReason.TOO_LARGE, f"{count} pages, limit {limits.members}")
        for index in range(min(document.count_attachments(), limits.members)):
            seen.anything = True
            yield _attachment(lambda number=index: document.get_attachment(number), (), index + 1, limits)  # type: ignore[misc]
        if count and not seen.anything:
            reason = GapReason.NEEDS_OCR if seen.objects else GapReason.UNREADABLE
            yield Unread((), reason, "no text on any page")


class _Seen:
    """Whether the document gave anything to search, or a gap that says why not."""

    anything = False
    objects = False


def _opened(blob: Blob) -> Any:  # noqa: ANN401 - pypdfium2 has no types
    source: object
    if blob.size <= blob.limit:
        source = blob.data()
    else:
        source = blob.open()
        if isinstance(source, MemberStream):  # PDF is read from its end, back and forth: too dear in an archive
            raise ReadError(GapReason.TOO_LARGE, f"{blob.size} bytes inside an archive, limit {blob.limit}")
    try:
        return pdfium.PdfDocument(source)
    except pdfium.PdfiumError as fault:
        if getattr(fault, "err_code", None) == raw.FPDF_ERR_PASSWORD:
            raise ReadError(GapReason.ENCRYPTED, "needs a password") from None
        if getattr(fault, "err_code", None) == raw.FPDF_ERR_SECURITY:
            raise ReadError(GapReason.ENCRYPTED, "unknown encryption") from None
        raise ReadError(GapReason.UNREADABLE, "PDF") from None


def _properties(document: Any) -> Iterator[Record]:  # noqa: ANN401
    info = document.get_metadata_dict(skip_empty=True)
    names = [info[key] for key in _PERSONS if key in info]
    names = [name for name in names if not any(word in name.lower() for word in _SOFTWARE)]
    texts = [info[key] for key in (*_TEXTS, "Creator") if key in info]
    with suppress(pdfium.PdfiumError):
        texts.extend(bookmark.get_title() for bookmark in document.get_toc(max_depth=8))
    if names or texts:
        yield Record(PROPERTIES, "part", [(Role.BODY, "\n".join(texts))] if texts else [], authors(names))


def _page(document: Any, index: int, seen: _Seen, limits: Limits) -> Iterator[Found]:  # noqa: ANN401
    steps = (f"page {index + 1}",)
    try:
        page = document[index]
    except pdfium.PdfiumError:
        seen.anything = True
        yield Unread(steps, GapReason.UNREADABLE, "page")
        return
    with closing(page):
        text, fault = "", False
        try:
            with closing(page.get_textpage()) as words:
                text = words.get_text_range().replace("\r\n", "\n").replace("\ufffe", "-\n").strip("\0 \n")
        except pdfium.PdfiumError:
            fault = True
        files: list[Any] = []
        notes = _notes(page, files)
        yield Record(steps, "page", [(Role.BODY, "\n".join(part for part in (text, *notes) if part))])
        picture = not fault and not any(map(str.isalnum, text)) and _has(page, [raw.FPDF_PAGEOBJ_IMAGE])
        if fault:
            yield Unread(steps, GapReason.UNREADABLE, "page text")
        elif picture:
            yield Unread(steps, GapReason.NEEDS_OCR, "a picture without text")
        for number, handle in enumerate(files, 1):
            yield _attachment(lambda one=handle: pdfium.PdfAttachment(one, document), steps, number, limits)  # type: ignore[misc]
        seen.anything = seen.anything or fault or picture or bool(text or notes or files)
        seen.objects = seen.objects or (not seen.anything and _has(page, None))


def _has(page: Any, kinds: list[int] | None) -> bool:  # noqa: ANN401
    return next(iter(page.get_objects(filter=kinds, max_depth=_DEEP)), None) is not None


def _notes(page: Any, files: list[Any]) -> list[str]:  # noqa: ANN401
    """What annotations say: comments and their authors, form fields, link targets. Adds files pinned to the page."""
    found: list[str] = []
    for number in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        try:
            found.extend(_string(raw.FPDFAnnot_GetStringValue, annotation, key) for key in _NOTE_KEYS)
            if page.formenv is not None:
                found.append(_string(raw.FPDFAnnot_GetFormFieldValue, page.formenv, annotation))
            found.append(_target(page.pdf, annotation))
            if raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_FILEATTACHMENT:
                pinned = raw.FPDFAnnot_GetFileAttachment(annotation)
                if pinned:
                    files.append(pinned)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return [text for text in dict.fromkeys(found) if text]


def _string(function: Any, *args: Any) -> str:  # noqa: ANN401
    """Ask twice as PDFium wants it: for the length in bytes, then for the text in UTF-16."""
    size = function(*args, None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    function(*args, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def _target(document: Any, annotation: Any) -> str:  # noqa: ANN401
    link = raw.FPDFAnnot_GetLink(annotation)
    action = raw.FPDFLink_GetAction(link) if link else None
    if not action:
        return ""
    size = raw.FPDFAction_GetURIPath(document, action, None, 0)
    if size <= 1:
        return ""
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFAction_GetURIPath(document, action, buffer, size)
    return buffer.raw[: size - 1].decode("utf-8", "replace")


def _attachment(get: Callable[[], Any], outer: Steps, number: int, limits: Limits) -> Nested | Unread:
    steps = (*outer, f"attachment {number}")
    try:
        attachment = get()
        name = attachment.get_name()
        steps = (*outer, f"attachment {number}: {name}")
        return Nested(steps, Blob(bytes(attachment.get_data()), name, limit=limits.blob), "attachment")
    except pdfium.PdfiumError:
        return Unread(steps, GapReason.UNREADABLE, "attached file")


FORMAT = Format("pdf", 1, "pypdfium2", _extract)
