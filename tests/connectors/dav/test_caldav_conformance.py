"""Calendars on Radicale and Xandikos before the suite; the witness speaks plain HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.calendar.caldav import CalDav
from connectors.conformance import Conformance
from tests.connectors.dav.worlds import HOSTILE, MORE_HOSTILE, CalendarWorld, OwnCalendarWorld
from tests.servers.radicale import Radicale
from tests.servers.xandikos import Xandikos


class TestCalDav(Conformance):
    @pytest.fixture
    def world(self, radicale: Radicale) -> Iterator[CalendarWorld]:
        world = CalendarWorld(radicale, CalDav, HOSTILE)
        yield world
        world.close()


@pytest.mark.prove
class TestCalDavOnXandikos(Conformance):
    @pytest.fixture
    def world(self, xandikos: Xandikos) -> Iterator[CalendarWorld]:
        world = OwnCalendarWorld(xandikos, CalDav, HOSTILE + MORE_HOSTILE)
        yield world
        world.close()
