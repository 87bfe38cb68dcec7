"""One Dovecot a worker, an account of its own a test, and a line that can be cut."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.dovecot import Dovecot, account, dovecot
from tests.servers.imap_witness import Colleague
from tests.servers.proxy import Proxy

__all__ = ["account", "dovecot"]


@pytest.fixture
def imap_proxy(dovecot: Dovecot) -> Iterator[Proxy]:
    proxy = Proxy(dovecot.port)
    yield proxy
    proxy.close()


@pytest.fixture
def colleague(dovecot: Dovecot, account: str) -> Colleague:
    """Another client of the account, and the witness."""
    return Colleague(dovecot.port, account)
