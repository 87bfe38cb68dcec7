"""What a document says of its own age: the dates of its header, its properties, its cards or events.

Only what a format writes down on purpose counts; the clock of a file system never does here. Anything that cannot be
read, and every format that is not named here (archives, mailboxes in one file, text, tables), says nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from connectors.errors import ConnectorError
from scanner.blob import Blob
from scanner.cull.components import calendar_days, card_days
from scanner.cull.days import day_of, exif_day, file_time_day, iso_day, latest, mail_day, pdf_day
from scanner.formats.mail import mime
from scanner.formats.office.ooxml import property_parts
from scanner.formats.office.package import Package
from scanner.formats.ole.ole import opened
from scanner.formats.sniff import sniff
from scanner.formats.xml_safe import Element
from scanner.limits import Limits

Days = Iterator[date | None]

_MAILS: Final = ("mail", "msg")
_HEADER: Final = 1 << 20  # bytes in which a mail's header must end
_RESENT: Final = ("date", "resent-date", "delivery-date")
_CORE: Final = frozenset({"created", "modified", "lastPrinted"})
_META: Final = frozenset({"creation-date", "date", "print-date"})
_EXIF: Final = (306, 36867, 36868)  # DateTime, DateTimeOriginal, DateTimeDigitized (EXIF 2.3, 4.6)
_EXIF_IFD: Final = 0x8769
_PROPERTIES: Final = "__properties_version1.0"
_MAPI_TIMES: Final = {0x00390040, 0x0E060040, 0x30070040, 0x30080040}  # submitted, delivered, made, changed
_MAPI_HEADER: Final = 32  # bytes before the properties of a message ([MS-OXMSG] 2.4.1)


@dataclass(frozen=True, slots=True)
class Said:
    """The latest day that a document gives of itself, None where it gives none that can be right.

    `mail`: it is a message, whose dates tell when it was received; those of other documents do not. `silent`: it was
    read, and gives no day at all.
    """

    day: date | None
    mail: bool = False
    silent: bool = False


def said(blob: Blob, limits: Limits, today: date) -> Said:
    """What the document says, on this day. Never raises for what it is like; errors of its source pass through."""
    name = None
    try:
        name = sniff(blob)
        read = _READERS.get(name or "")
        days = list(read(blob, limits)) if read is not None else []
    except ConnectorError:
        raise
    except Exception:  # bytes that strangers wrote: whatever is wrong with them, no rule counts from what they say
        return Said(None, mail=name in _MAILS)
    return Said(latest(days, today), name in _MAILS, silent=not days)


def _mail(blob: Blob, limits: Limits) -> Days:
    """Its Date and every Received. The first Received is our own server's word: where that is unclear, all is."""
    del limits
    fields, _ = mime.headers(blob.head(_HEADER))
    for name, value in fields:
        if name in _RESENT:
            yield mail_day(value)
    traces = [mail_day(value.rpartition(";")[2]) for name, value in fields if name == "received"]
    yield from traces[:1]
    yield from (day for day in traces[1:] if day is not None)


def _package(blob: Blob, limits: Limits) -> Days:
    """Office Open XML: the core properties (ECMA-376-2, 11). OpenDocument: meta.xml (1.3, part 3, 4.3)."""
    with Package(blob, limits) as package:
        parts = [part for part, word in property_parts(package).items() if word == "core"]
        for part in parts:
            yield from _told(package, part, _CORE)
        if "meta.xml" in package and not parts:
            yield from _told(package, "meta.xml", _META)


def _told(package: Package, part: str, names: frozenset[str]) -> Days:
    for element in package.elements(part):
        if _local(element) in names and (text := (element.text or "").strip()):
            yield iso_day(text)


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _pdf(blob: Blob, limits: Limits) -> Days:
    """The document information dictionary (ISO 32000-1, 14.3.3)."""
    del limits
    import pypdfium2 as pdfium  # noqa: PLC0415 - only who meets a PDF needs it

    with closing(pdfium.PdfDocument(blob.data())) as document:
        told: dict[str, Any] = document.get_metadata_dict()
    for key in ("CreationDate", "ModDate"):
        if text := str(told.get(key) or "").strip():
            yield pdf_day(text)


def _ole(blob: Blob, limits: Limits) -> Days:
    """Old Office: the summary information ([MS-OLEPS] 3.1)."""
    del limits
    told: Any = opened(blob).get_metadata()
    for moment in (told.create_time, told.last_saved_time, told.last_printed):
        if isinstance(moment, datetime) and moment.year > 1601:  # earlier is "not set"
            yield day_of(moment)


def _msg(blob: Blob, limits: Limits) -> Days:
    """Outlook's message: when it was submitted, delivered, made and changed."""
    del limits
    data: bytes = opened(blob).openstream(_PROPERTIES).read()
    for tag, _, ticks in struct.iter_unpack("<IIQ", data[_MAPI_HEADER : len(data) - (len(data) - _MAPI_HEADER) % 16]):
        if tag in _MAPI_TIMES:
            yield file_time_day(ticks)


def _image(blob: Blob, limits: Limits) -> Days:
    """The dates of EXIF; the pixels are not looked at."""
    del limits
    from PIL import Image  # noqa: PLC0415 - only who meets a picture needs it

    with Image.open(blob.open()) as image:
        exif = image.getexif()
        inner = exif.get_ifd(_EXIF_IFD)
    for tag in _EXIF:
        value = exif.get(tag) or inner.get(tag)
        if isinstance(value, str) and value.strip("\0 :0"):
            yield exif_day(value)


def _cards(blob: Blob, limits: Limits) -> Days:
    del limits
    return card_days(blob.data())


def _calendar(blob: Blob, limits: Limits) -> Days:
    del limits
    return calendar_days(blob.data())


_READERS: Final[dict[str, Callable[[Blob, Limits], Days]]] = {
    "mail": _mail,
    "msg": _msg,
    "docx": _package,
    "xlsx": _package,
    "pptx": _package,
    "odt": _package,
    "pdf": _pdf,
    "doc": _ole,
    "xls": _ole,
    "ppt": _ole,
    "image": _image,
    "vcard": _cards,
    "ics": _calendar,
}
