"""When quiet hours are over. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from config.running import Quiet
from config.times import is_quiet

_ALWAYS: Final = timedelta(days=8)


def after_quiet(windows: Sequence[Quiet], moment: datetime, zone: tzinfo | None = None) -> datetime | None:
    """The first moment from this one on that is not quiet; None where all the week is. `zone` None is the system's."""
    now = moment
    while is_quiet(windows, now.astimezone(zone)):
        later = [end for one in windows if (end := _end(one, now, zone)) is not None]
        if not later or now - moment > _ALWAYS:
            return None
        now = min(later)
    return now


def _end(window: Quiet, now: datetime, zone: tzinfo | None) -> datetime | None:
    """When these hours end next, on whatever day."""
    today = now.astimezone(zone).date()
    for number in range(3):  # a day may have its end behind it, and a clock that is put back has it twice
        day = today + timedelta(days=number)
        for fold in (0, 1):
            end = datetime.combine(day, window.end, zone).replace(fold=fold).astimezone(UTC)
            if end > now:
                return end
    return None
