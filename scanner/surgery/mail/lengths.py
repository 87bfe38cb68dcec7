"""Content-Length and Lines, which some stores put in a mail's header: they go with the body when it changes."""

from __future__ import annotations

import re

from scanner.formats.mail import mime

_FIELD = re.compile(rb"^(Content-Length|Lines)([ \t]*:[ \t]*)(\d{1,12})[ \t]*(?=\r?$)", re.IGNORECASE | re.MULTILINE)
_HEAD_END = re.compile(rb"\n\r?\n")
SLACK = 2  # the blank line behind a message is counted in by some


def adapted(old: bytes, new: bytes) -> bytes:
    """`new` with the numbers of its header made right, where those of `old` were: a wrong number stays as it is."""
    _, old_start = mime.headers(old)
    _, new_start = mime.headers(new)
    head = _FIELD.sub(lambda match: _number(match, old[old_start:], new[new_start:]), new[:new_start])
    return head + new[new_start:]


def body_end(message: bytes) -> int | None:
    """Where the body ends by Content-Length, from the message's begin; None where the header tells of no length."""
    head = _HEAD_END.search(message)
    if head is None:
        return None
    told = [int(one[3]) for one in _FIELD.finditer(message, 0, head.end()) if one[1].lower() == b"content-length"]
    return head.end() + max(told) if told else None


def _number(match: re.Match[bytes], old: bytes, new: bytes) -> bytes:
    lines = match[1].lower() == b"lines"
    was, now = (old.count(b"\n"), new.count(b"\n")) if lines else (len(old), len(new))
    off = int(match[3]) - was
    if abs(off) > SLACK or now + off < 0:
        return match[0]
    return match[1] + match[2] + b"%d" % (now + off)
