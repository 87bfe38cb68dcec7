"""What stands on a PDF page beside its text: notes and their authors, form fields, link targets, pinned files."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from pypdfium2 import raw

from scanner.formats.pdf.pdf_strings import rich

_KEYS: Final = (b"Contents", b"RC", b"Subj", b"OverlayText")
_FIELD_KEYS: Final = (b"V", b"DV", b"TU", b"RV")
_OPTIONS: Final = 10_000  # of one list
_DRAWN: Final = frozenset(
    {raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP, raw.FPDF_ANNOT_WATERMARK, raw.FPDF_ANNOT_REDACT}
)  # what they show may say more than their text


@dataclass(slots=True)
class Notes:
    """What the annotations of one page say."""

    texts: dict[str, None] = field(default_factory=dict)
    authors: dict[str, None] = field(default_factory=dict)
    files: list[Any] = field(default_factory=list)  # PDFium's handles of pinned files
    drawn: bool = False  # some show text that is not among their words


def notes(page: Any) -> Notes:  # noqa: ANN401 - pypdfium2 has no types
    """Looks at every annotation of the page, hidden ones too."""
    found = Notes()
    for number in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        try:
            _look(page, annotation, found)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    found.texts.pop("", None)
    found.authors.pop("", None)
    return found


def string(function: Any, *args: Any) -> str:  # noqa: ANN401
    """Ask twice as PDFium wants it: for the length in bytes, then for the text in UTF-16."""
    size = function(*args, None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    function(*args, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def _look(page: Any, annotation: Any, found: Notes) -> None:  # noqa: ANN401
    kind = raw.FPDFAnnot_GetSubtype(annotation)
    if kind == raw.FPDF_ANNOT_LINK:
        found.texts[_target(page.pdf, annotation)] = None
        found.texts[string(raw.FPDFAnnot_GetStringValue, annotation, b"Contents")] = None
        return
    if kind in (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_XFAWIDGET):
        found.texts.update(dict.fromkeys(_field(page, annotation)))
        return
    for key in _KEYS:
        found.texts[rich(string(raw.FPDFAnnot_GetStringValue, annotation, key))] = None
    found.authors[string(raw.FPDFAnnot_GetStringValue, annotation, b"T").strip()] = None
    found.drawn = found.drawn or kind in _DRAWN
    if kind == raw.FPDF_ANNOT_FILEATTACHMENT:
        pinned = raw.FPDFAnnot_GetFileAttachment(annotation)
        if pinned:
            found.files.append(pinned)


def _field(page: Any, annotation: Any) -> Iterator[str]:  # noqa: ANN401
    """Name, value, default, hint and options of a form field; what a field above it holds too."""
    form = page.formenv
    if form is not None:
        yield string(raw.FPDFAnnot_GetFormFieldName, form, annotation)
        yield string(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
        yield string(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
        for number in range(min(raw.FPDFAnnot_GetOptionCount(form, annotation), _OPTIONS)):
            yield string(raw.FPDFAnnot_GetOptionLabel, form, annotation, number)
    for key in _FIELD_KEYS:
        yield rich(string(raw.FPDFAnnot_GetStringValue, annotation, key))


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
