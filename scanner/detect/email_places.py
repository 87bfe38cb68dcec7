"""Where in a text e-mail addresses stand: as `emails` finds them, with their place; for who must take one out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from scanner.detect import emails, wrapped

_AT = re.compile(r"@|%(?:25)*40")
_RUN = re.compile(r"(?:[^\W_]|[._%+'=-])+")
_DOMAIN = re.compile(r"(?:[^\W_]|[.-])+")
_LONGEST = 300  # characters of a local part that are looked at
_NEAR = 200  # characters around an address in which it may be broken over lines


class EmailPlace(NamedTuple):
    """One address: where its local part begins, where its domain ends, and its canonical form."""

    start: int
    end: int
    value: str


def email_places(text: str) -> Iterator[EmailPlace]:
    """The addresses of a text without unseen characters, in order.

    Not told is what is broken over two lines, and a local part that is itself percent-encoded: `find_emails` tells that
    such an address is there, but not where it stands.
    """
    low = 0  # what stands before belongs to the address before
    for at in _AT.finditer(text):
        head = _RUN.match(text[max(low, at.start() - _LONGEST) : at.start()][::-1])
        domain = _DOMAIN.match(text, at.end())
        low = at.end()
        if domain is None:
            continue
        low = domain.end()
        if head is not None:
            yield from _at(text, head.group()[::-1], at.start(), domain)


def _at(text: str, local: str, at: int, domain: re.Match[str]) -> Iterator[EmailPlace]:
    written = domain.group().strip(".-")
    file_name = emails._FILE_NAME.match(written)
    host = file_name.group(1) if file_name else written
    glued = emails._GLUED.match(host)
    host = glued.group(1) if glued else host
    end = domain.start() + domain.group().index(written) + len(host)
    for own in emails._locals(unquote(unquote(local)) if "%" in local else local):
        value = emails._canonical(own, host)
        if value is None:
            continue
        start = at - len(_shown(own))
        if _shown(own) == local[start - at :] and not _is_broken(text, start, end, domain.end(), value):
            yield EmailPlace(start, end, value)


def _shown(local: str) -> str:
    """The local part without what is no part of it: as `emails` judges."""
    shown = local.lstrip(".-'+=")
    return shown.rpartition("..")[2].lstrip(".-'+=") if ".." in shown else shown


def _is_broken(text: str, start: int, end: int, run_end: int, value: str) -> bool:
    """True where the address goes on in the line before or behind, and so is another one."""
    before, after = text[max(0, start - _NEAR) : start], text[run_end : run_end + _NEAR]
    if not before.rstrip(" \t>").endswith("\n") and not after.lstrip(" \t").startswith(("\r", "\n")):
        return False
    head, own, tail = before.encode("utf-8", "replace"), text[start:run_end].encode("utf-8", "replace"), after
    data = head + own + tail.encode("utf-8", "replace")
    told = wrapped.whole(data, len(head), len(head) + len(own))
    return all(value not in emails._known_addresses[one] for one in told)
