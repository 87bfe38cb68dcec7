"""What the databases that are servers have in common: how they are signed in to, and what their rules are called."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event

from connectors.errors import Unreachable, Unsupported
from connectors.registers.sql_dialect import Dialect, Meaning

RULE: Meaning = (Unsupported, "a rule of the database (not null, unique, check) does not let this be")
GONE: Meaning = (Unreachable, "a table or column is not there any more: was the database restored or changed?")
NO_ANSWER = "the database cannot be reached: is it running, are host and port in url right?"


class Server(Dialect):
    """A database at a url, one connection for reading and one for erasing. `seconds` is how long it waits for locks."""

    def __init__(self, url: URL, seconds: int) -> None:
        self._url = url
        self._seconds = seconds

    def engine(self, *, writing: bool) -> Engine:
        """See Dialect."""
        engine = create_engine(
            self._url,
            pool_size=1,
            pool_pre_ping=True,
            hide_parameters=True,
            isolation_level="READ COMMITTED" if writing else "REPEATABLE READ",
            connect_args={"connect_timeout": self._seconds, **self._arguments()},
        )
        event.listen(engine, "connect", lambda driver, _: self._prepare(driver, writing=writing))
        return engine

    @abstractmethod
    def _arguments(self) -> dict[str, object]:
        """What the driver is told besides how long it may take to connect."""

    @abstractmethod
    def _prepare(self, driver: Any, *, writing: bool) -> None:  # noqa: ANN401 - the driver's own connection
        """Set a new session up."""
