"""One server of each kind a worker, started when a test first asks for it."""

from __future__ import annotations

from tests.servers.radicale import radicale
from tests.servers.xandikos import xandikos

__all__ = ["radicale", "xandikos"]
