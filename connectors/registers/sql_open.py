"""From settings to a dialect. Only here, and below, are SQLAlchemy and the drivers imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from connectors.errors import ConfigError
from connectors.registers import sql_address
from connectors.registers.sql_dialect import Dialect
from connectors.registers.sql_mariadb import MariaDb
from connectors.registers.sql_postgresql import PostgreSql
from connectors.registers.sql_sqlite import Sqlite

_DRIVERS = {sql_address.POSTGRESQL: "postgresql+psycopg", sql_address.MARIADB: "mysql+pymysql"}


def dialect_of(settings: Mapping[str, Any]) -> Dialect:
    """The dialect that the settings name. Raises ConfigError."""
    problems = sql_address.address_problems(settings)
    if problems:
        raise ConfigError(problems)
    seconds = int(settings.get("timeout") or 30)
    if settings.get("path"):
        return Sqlite(str(settings["path"]), seconds)
    try:
        url = make_url(settings["url"])
    except (ArgumentError, ValueError):
        raise ConfigError(["url: cannot be read as the address of a database"]) from None
    kind = sql_address.family(settings["url"])
    if kind == sql_address.SQLITE:
        return Sqlite(url.database or "", seconds)
    url = url.set(drivername=_DRIVERS[kind])
    if settings.get("password"):
        url = url.set(password=str(settings["password"]))
    return PostgreSql(url, seconds) if kind == sql_address.POSTGRESQL else MariaDb(url, seconds)
