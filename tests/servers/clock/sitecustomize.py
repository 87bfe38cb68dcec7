"""Put first on PYTHONPATH, it lets a process of gallra see another day: `scanner.today.today` is moved, nothing else.

CLOCK_DAYS says by how many days, or CLOCK_FILE names a file that does, read anew each time: so a process that runs
long sees the days go by. Moments (logs, journals, when a source was scanned) stay those of the machine.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import scanner.today

_real = scanner.today.today


def _days() -> int:
    name = os.environ.get("CLOCK_FILE", "")
    text = Path(name).read_text(encoding="ascii") if name and Path(name).exists() else os.environ.get("CLOCK_DAYS", "0")
    return int(text.strip() or "0")


def today() -> date:
    """The local date, moved."""
    return _real() + timedelta(days=_days())


scanner.today.today = today
