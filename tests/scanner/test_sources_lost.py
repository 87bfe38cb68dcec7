"""A server that is not there is asked once, not once an item; one that asks for patience is asked again."""

from __future__ import annotations

import pytest

from config.model import Source
from connectors.base import Capabilities, Connector
from connectors.errors import ConnectorError, Throttled, Unreachable
from connectors.memory import Memory, Store
from scanner import read
from scanner.read import Sources


class Server(Memory):
    networked = True
    asked = 0
    error: ConnectorError | None = None

    def open(self) -> Capabilities:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return super().open()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server("post", {"store": Store()})

    def given(source: Source, *, hasty: bool = False) -> Connector:
        return made

    monkeypatch.setattr(read, "connect", given)
    return made


def test_a_dead_server_is_not_waited_for_at_each_item(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = Sources((Source("post", "imap", {}),))
    server.error = Unreachable("x")
    for _ in range(5):
        with pytest.raises(Unreachable):
            sources.get("post")
    assert server.asked == 1
    monkeypatch.setattr(read, "_LOST", 0.0)
    server.error = None
    assert sources.get("post") is server, "after a while it is asked again"


def test_a_server_that_asks_for_patience_is_asked_again(server: Server) -> None:
    sources = Sources((Source("post", "imap", {}),))
    server.error = Throttled("x", 0.1)
    for _ in range(2):
        with pytest.raises(Throttled):
            sources.get("post")
    server.error = None
    assert sources.get("post") is server
    assert server.asked == 3
