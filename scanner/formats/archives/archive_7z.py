"""7z archives; nothing can be opened that is under a password."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.blob import Blob
from scanner.formats.archives.archive_libarchive import behind_program, members
from scanner.formats.archives.libarchive_read import state
from scanner.formats.base import Format, Found
from scanner.limits import Limits


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    yield from members(behind_program(blob, b"7z\xbc\xaf\x27\x1c"), limits, ("7zip",))


FORMAT = Format(
    "7z",
    1,
    "libarchive",
    _extract,
    records="`member PATH`",
    limits="owners and times of members",
    state=state,
)
