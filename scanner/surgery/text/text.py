"""Plain text: the person's values are replaced by the mark, and every other byte stays."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.formats import charset
from scanner.formats.text import unescaped
from scanner.limits import Limits
from scanner.surgery.base import CannotEdit, Editor, Edits, Person
from scanner.surgery.text.coding import Coding, in_lines
from scanner.surgery.text.passages import MARKED, bare

STILL_THERE = "something stands there that may be the person's or somebody else's"
NOT_THERE = "the person does not stand in its text"
_SIGNED = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----|-----BEGIN (?:PGP|PKCS7|CMS|CERTIFICATE)\b|^%!PS-", re.MULTILINE
)


def _edit(blob: Blob, edits: Edits, person: Person, limits: Limits) -> bytes:
    del limits
    if edits.remove or edits.replace or edits.amend != {()}:
        raise CannotEdit("a text has no records that could leave")
    coding = Coding(blob.data())
    spans = in_lines(coding.text, person.spans(coding.text))
    if not spans:
        raise CannotEdit(STILL_THERE if person.holds(coding.text) else NOT_THERE)
    after = coding.replaced([(start, end, person.mark) for start, end in spans])
    left = unescaped(charset.decode(after))
    if person.holds(left):
        raise CannotEdit(STILL_THERE)
    if (seen := bare(left)) != left and person.holds(seen):
        raise CannotEdit(MARKED)
    return after


def _refuses(blob: Blob) -> str | None:
    try:
        text = Coding(blob.data()).text
    except CannotEdit as error:
        return error.reason
    return "it is signed, encrypted or made for a printer" if _SIGNED.search(text) else None


def _differences(before: bytes, after: bytes, edits: Edits, person: Person) -> list[str]:
    """By bytes: walks both at once, and looks at every line once more by itself."""
    del edits
    return list(dict.fromkeys([*_walked(before, after, person), *line_differences(before, after, person)]))


def _walked(before: bytes, after: bytes, person: Person) -> Iterator[str]:
    old = Coding(before)
    mark = old.encode(person.mark)
    here, there = 0, 0
    for start, end in old.bytes_of(in_lines(old.text, person.spans(old.text))):
        size = start - here
        if before[here:start] != after[there : there + size] or after[there + size : there + size + len(mark)] != mark:
            yield "bytes beside a passage changed"
            return
        here, there = end, there + size + len(mark)
    if before[here:] != after[there:]:
        yield "bytes behind the last passage changed"
    left = unescaped(charset.decode(after))
    if any(map(person.holds, {left, bare(left)})):
        yield "the person still stands in the text"


def line_differences(before: bytes, after: bytes, person: Person) -> Iterator[str]:
    """Lines without the mark must be equal, those with it may have lost something where it stands, and no more."""
    old = Coding(before)
    if before[: old.skip] != after[: old.skip]:
        yield "the byte order mark changed"
        return
    end, mark = old.encode("\n"), old.encode(person.mark)
    lines, changed = before.split(end), after.split(end)
    if len(lines) != len(changed):
        yield "the number of lines changed"
        return
    for was, now in zip(lines, changed, strict=True):
        if was != now and not _left(was, now.split(mark)):
            yield "a line changed in more than the person's values"


def _left(line: bytes, pieces: list[bytes]) -> bool:
    """True where the pieces stand in the line in this order, the first at its begin and the last at its end."""
    if len(pieces) == 1 or not line.startswith(pieces[0]) or not line.endswith(pieces[-1]):
        return False
    place, stop = len(pieces[0]), len(line) - len(pieces[-1])
    for piece in pieces[1:-1]:
        at = line.find(piece, place, stop)
        if at < 0:
            return False
        place = at + len(piece)
    return place <= stop


EDITOR = Editor(_edit, _differences, _refuses, amends=frozenset({""}))
