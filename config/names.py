"""Names that an admin gives to sources and rules, and when two of them count as the same."""

from __future__ import annotations

import re
import unicodedata

_NAME = re.compile(r"\w[\w.-]{0,63}")


def wrong_name(name: str) -> str | None:
    """What is wrong with a name that must stand in a locator, in a journal and on a command line, or None."""
    if _NAME.fullmatch(name):
        return None
    return "must be 1 to 64 letters, digits, '-', '_' or '.', and begin with a letter or digit"


def folded(text: str) -> str:
    """The text as it is compared: capitals do not count, nor whether å is one character or an a with a ring."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
