"""What an erased quote may leave: a line of month, wide band of its amount, and whether it was won. No name, no number.

In a small company even that can tell who it was, to somebody who remembers; so the bands are wide, and a quote without
a sure month leaves nothing. Reading is pure; `append` alone touches a file, and is called once for a step (the journal
sees to that: a mark of the step in the file would point at the person).
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from decimal import Decimal
from pathlib import Path

from connectors.errors import ConfigError
from scanner.voucher_marks import label, total_amounts
from scanner.voucher_numbers import find_amounts
from scanner.vouchers import ACCOUNTING, Voucher, read_voucher

HEADER = "month,amount,outcome\n"
BANDS = ((Decimal(10_000), "0-9999"), (Decimal(50_000), "10000-49999"), (Decimal(250_000), "50000-249999"))
"""Kronor below which an amount is in the band. What is in no band is TOP."""

TOP, UNKNOWN = "250000-", "unknown"
_FOREIGN = re.compile(r"[€$£]|\b(?:EUR|USD|GBP|NOK|DKK)\b", re.I)
_LOST = label(
    "offerten (?:avböjd|avböjdes|förlorad|avslagen|ej antagen|antogs inte|tackade nej till)",
    "status:? (?:avböjd|förlorad)", "tackade nej till offerten",
    "(?:quote|quotation) (?:was )?(?:declined|rejected|lost)",
    "status:? (?:declined|lost)",
)  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """`month` as YYYY-MM, `amount` one of the bands or "unknown", `outcome` won, lost or unknown."""

    month: str
    amount: str
    outcome: str


def line_for(text: str, name: str = "", referred_by: Iterable[Voucher] = ()) -> Line | None:
    """The line that a quote leaves, won where a voucher refers to it.

    None where the text is not surely a quote, or gives no month.
    """
    paper = read_voucher(text, name)
    if paper.kind != "quote" or not paper.sure or paper.date is None:
        return None
    won = any(one.kind in ACCOUNTING for one in referred_by)
    lost = _LOST.search(text) is not None
    return Line(paper.date.strftime("%Y-%m"), _band(text), "won" if won else "lost" if lost else UNKNOWN)


def append(path: Path, lines: Iterable[Line]) -> None:
    """Add the lines, all or none, and bring them to the disk; a new file is its owner's only (mode 0600).

    They are put in order first, so that they do not tell the order of a case. A line that a crash cut off is taken
    away. Raises ConfigError where the file is something else, or cannot be written.
    """
    text = "".join(",".join(astuple(line)) + "\n" for line in sorted(lines))
    if not text:
        return
    try:
        new = not path.exists()
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            _add(handle, text)
        finally:
            os.close(handle)
        if new:
            _sync_folder(path.parent)
    except OSError as error:
        raise ConfigError(
            [f"[erase] statistics: cannot be written: {error.strerror or type(error).__name__}"]
        ) from None


def _add(handle: int, text: str) -> None:
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        raise ConfigError(["[erase] statistics: is not a file"])
    with os.fdopen(os.dup(handle), "r+b") as stream:
        there = stream.read()
        whole = there[: there.rfind(b"\n") + 1]
        if whole and not whole.startswith(HEADER.encode()):
            raise ConfigError(["[erase] statistics: the file there is not one of gallra's; name another"])
        if not whole and there and not HEADER.encode().startswith(there):
            raise ConfigError(["[erase] statistics: the file there is not one of gallra's; name another"])
        stream.seek(len(whole))
        stream.write((text if whole else HEADER + text).encode())
        stream.truncate()
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _band(text: str) -> str:
    """The band of the largest total; unknown where there is none, or it is in another currency."""
    totals = total_amounts(text)
    amounts = [amount for one in totals for amount in find_amounts(one)]
    if not amounts or any(_FOREIGN.search(one) for one in totals):
        return UNKNOWN
    return next((name for below, name in BANDS if max(amounts) < below), TOP)
