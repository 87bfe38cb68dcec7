"""Whether the process that a lock names still runs on this machine."""

from __future__ import annotations

import os


def lives(number: int) -> bool:
    """True also for one that nobody may ask about, and for a number that is none: only what is known to have ended."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
