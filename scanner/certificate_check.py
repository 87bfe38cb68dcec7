"""Is a certificate what the installation signed, and does the page show what was signed? Offline, without the case.

The page is proven by drawing it again: a file is genuine only if it is, byte for byte, what this version of gallra
makes of the signed values. So nothing that a reader may see, and nothing hidden, can have been changed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from scanner.certificate import FORMAT, PURPOSE, unsigned
from scanner.certificate_html import CLOSING, OPENING, to_html
from scanner.certificate_texts import TEXTS
from scanner.signing import is_signed

LARGEST: Final = 1 << 24  # bytes of a file that may be a certificate

Json = dict[str, Any]


class Kind(StrEnum):
    """What sort of file it is."""

    JSON = "json"
    HTML = "html"
    PDF = "pdf"


class Shown(StrEnum):
    """What can be said of the page that a reader sees."""

    SAME = "same"  # it is what the signed values make
    OTHER = "other"  # it is something else
    UNTOLD = "untold"  # made by another version, which would have to draw it


@dataclass(frozen=True, slots=True)
class Check:
    """What was found. `values` are the signed ones; None where the file holds none that could be read.

    `signed`: the signature fits the values under the key that they name. `known`: that key is the expected one.
    """

    kind: Kind
    values: Json | None = None
    problem: str = ""
    signed: bool = False
    known: bool = False
    shown: Shown = Shown.OTHER

    @property
    def proven(self) -> bool:
        """True where the file is wholly what the holder of the expected key signed."""
        return self.signed and self.known and self.shown is Shown.SAME


def check(data: bytes, public: str, version: str) -> Check:
    """Look at the bytes of a file. `public` is the key that must have signed it, `version` that of this gallra."""
    kind = kind_of(data)
    if len(data) > LARGEST:
        return Check(kind, problem=f"larger than {LARGEST} bytes, and so no certificate")
    try:
        values = _values(data, kind)
    except _NoCertificate as error:
        return Check(kind, problem=str(error))
    key, signature = values["key"], values["signature"]
    signed = is_signed(key, PURPOSE, unsigned(values), signature)
    known = signed and key == public
    # Only what the expected key has signed is drawn: anything else may be of any form.
    shown = _shown(data, kind, values, version) if known else Shown.OTHER
    return Check(kind, values, signed=signed, known=known, shown=shown)


def kind_of(data: bytes) -> Kind:
    """By how the file begins."""
    if data.startswith(b"%PDF-"):
        return Kind.PDF
    return Kind.HTML if data.lstrip()[:1] == b"<" else Kind.JSON


class _NoCertificate(Exception):
    """The file holds no certificate that could be checked."""


def _values(data: bytes, kind: Kind) -> Json:
    values = _parsed(_carried(data, kind))
    if values.get("format") != FORMAT:
        raise _NoCertificate(f"its format is not {FORMAT}, the one that this gallra checks")
    if not isinstance(values.get("key"), str) or not isinstance(values.get("signature"), str):
        raise _NoCertificate("it is not signed")
    return values


def _carried(data: bytes, kind: Kind) -> bytes:
    """The signed JSON in the file."""
    if kind is Kind.JSON:
        return data
    found = _IN_HTML.findall(data) if kind is Kind.HTML else _IN_PDF.findall(data)
    if len(found) != 1:
        raise _NoCertificate("it carries no signed certificate" if not found else "it carries more than one")
    return bytes(found[0])


_IN_HTML = re.compile(re.escape(OPENING.encode("ascii")) + rb"([^<]*)" + re.escape(CLOSING.encode("ascii")))
_IN_PDF = re.compile(rb"stream\r?\n(\{\"[\x20-\x7e]*\})\r?\nendstream")


def _parsed(text: bytes) -> Json:
    try:
        values = json.loads(
            text.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refused, parse_float=_refused
        )
    except (ValueError, RecursionError):
        raise _NoCertificate("it is no JSON that could be a certificate") from None
    if not isinstance(values, dict):
        raise _NoCertificate("it is no JSON that could be a certificate")
    return values


def _once(pairs: list[tuple[str, object]]) -> Json:
    """An object whose names stand once: two readers must not see two certificates in one file."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refused(_: str) -> object:
    raise ValueError("no number that a certificate holds")


def _shown(data: bytes, kind: Kind, values: Json, version: str) -> Shown:
    if kind is Kind.JSON:
        return Shown.SAME  # what is read is what was signed
    try:
        if any(data == draw(values, kind, language) for language in TEXTS):
            return Shown.SAME
    except (KeyError, TypeError, ValueError):  # signed by us, in a form that another version of gallra had
        return Shown.UNTOLD
    return Shown.OTHER if values["software"]["version"] == version else Shown.UNTOLD


def draw(values: Json, kind: Kind, language: str) -> bytes:
    """The file of a signed certificate, in a language that certificates are written in."""
    if kind is Kind.HTML:
        return to_html(values, language).encode("utf-8")
    if kind is Kind.PDF:
        from scanner.certificate_pdf import to_pdf  # noqa: PLC0415 - fpdf2 is loaded only where a PDF is

        return to_pdf(values, language)
    return json.dumps(values, indent=2).encode("ascii") + b"\n"
