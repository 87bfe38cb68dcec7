"""What day it is here: holds and deadlines are counted in days of the calendar on the wall."""

from __future__ import annotations

from datetime import date, datetime


def today() -> date:
    """The local date."""
    return datetime.now().astimezone().date()
