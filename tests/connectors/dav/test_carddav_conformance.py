"""Address books on Radicale and Xandikos before the suite; the witness speaks plain HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.conformance import Conformance
from connectors.contacts.carddav import CardDav
from tests.connectors.dav.worlds import HOSTILE, MORE_HOSTILE, BookWorld
from tests.servers.radicale import Radicale
from tests.servers.xandikos import Xandikos


class TestCardDav(Conformance):
    @pytest.fixture
    def world(self, radicale: Radicale) -> Iterator[BookWorld]:
        world = BookWorld(radicale, CardDav, HOSTILE)
        yield world
        world.close()


@pytest.mark.prove
class TestCardDavOnXandikos(Conformance):
    @pytest.fixture
    def world(self, xandikos: Xandikos) -> Iterator[BookWorld]:
        world = BookWorld(xandikos, CardDav, HOSTILE + MORE_HOSTILE)
        yield world
        world.close()
