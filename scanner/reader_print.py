"""The fingerprint of what read an item: format versions, detector rules, limits. A differing one means read again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple
from functools import lru_cache
from hashlib import blake2b

from scanner.expand import UNKNOWN
from scanner.formats import registry
from scanner.limits import Limits


def reader_print(formats: Iterable[str], detector: str, limits: Limits) -> str:
    """A short hex string. An item of unknown format hangs on the list of all formats: a new one may read it."""
    return _print(tuple(sorted(set(formats))), detector, limits)


@lru_cache(maxsize=4096)
def _print(formats: tuple[str, ...], detector: str, limits: Limits) -> str:
    parts = [_one(name) for name in formats]
    text = "|".join([*parts, detector, repr(astuple(limits))])
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _one(name: str) -> str:
    if name == UNKNOWN:
        return "unknown:" + ",".join(sorted(registry.names()))
    return f"{name}:{registry.load(name).version}"
