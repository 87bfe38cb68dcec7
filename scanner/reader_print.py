"""The fingerprint of what read an item: format versions, detector rules, limits. A differing one means read again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from scanner.aids import OCR
from scanner.expand import LOCKED, UNKNOWN
from scanner.formats import registry
from scanner.limits import Limits
from scanner.registers.by_path import MARK

PART = "ocr-part"  # no format: the item's pictures were read as far as the settings allow one item


class Hangs(NamedTuple):
    """What the reading of some items hangs on besides: fingerprints of settings, nothing where they are not set."""

    locked: str = ""  # the passwords; keyed, for it is stored
    ocr: str = ""  # how pictures are read
    part: str = ""  # how many pictures one item may have, and for how long


NOTHING = Hangs()


def reader_print(formats: Iterable[str], detector: str, limits: Limits, hangs: Hangs = NOTHING) -> str:
    """A short hex string. An item of unknown format hangs on the list of all formats: a new one may read it.

    LOCKED, OCR and PART among the formats make it hang on the passwords and on the settings of OCR; others do not.
    A mark of registers stands for itself.
    """
    return _print(tuple(sorted(set(formats))), detector, limits, hangs)


@lru_cache(maxsize=4096)
def _print(formats: tuple[str, ...], detector: str, limits: Limits, hangs: Hangs) -> str:
    parts = [_one(name, hangs) for name in formats]
    text = "|".join([*parts, detector, repr(astuple(limits))])
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _one(name: str, hangs: Hangs) -> str:
    if name == UNKNOWN:
        return "unknown:" + ",".join(sorted(registry.names()))
    if name == OCR:
        return f"ocr:{hangs.ocr}"
    if name == PART:
        return f"part:{hangs.part}"
    if name.startswith(MARK):
        return name
    found = registry.load(name)
    text = f"{name}:{found.version}:{found.state()}" if found.state is not None else f"{name}:{found.version}"
    return f"{text}:{hangs.locked}" if name == LOCKED else text  # a format's name too: that of what passwords open
