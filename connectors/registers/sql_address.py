"""The `url` of a source: which database it leads to, and what is wrong with it. Imports no client."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SQLITE, POSTGRESQL, MARIADB = "sqlite", "postgresql", "mariadb"

_SCHEMES = {
    "sqlite": (SQLITE, "sqlite3"),
    "postgresql": (POSTGRESQL, "psycopg"),
    "postgresql+psycopg": (POSTGRESQL, "psycopg"),
    "mysql": (MARIADB, "pymysql"),
    "mysql+pymysql": (MARIADB, "pymysql"),
    "mariadb": (MARIADB, "pymysql"),
    "mariadb+pymysql": (MARIADB, "pymysql"),
}


def family(url: str) -> str:
    """The kind of database that a url that has no problems leads to."""
    return _SCHEMES[_scheme(url)][0]


def address_problems(settings: Mapping[str, Any]) -> list[str]:
    """What is wrong with `url`, `path` and `password`. Values are not repeated: they may hold a secret."""
    url, path = settings.get("url") or "", settings.get("path")
    if bool(url) == bool(path):
        return ['url: say where the database is, by url (a server) or by path (an SQLite file), as path = "crm.db"']
    if path:
        return ["password: an SQLite file has none"] if settings.get("password") else []
    scheme = _scheme(url)
    if scheme not in _SCHEMES:
        return [f"url: must begin with one of {', '.join(f'{one}://' for one in sorted(_SCHEMES))}"]
    if find_spec(_SCHEMES[scheme][1]) is None:
        return [f"url: needs {_SCHEMES[scheme][1]}, which is not installed: pip install 'gallra[sql]'"]
    return _parts_problems(url)


def _parts_problems(url: str) -> list[str]:
    try:
        parts = urlsplit(url)
        secret = parts.password is not None or any("pass" in key.lower() for key, _ in parse_qsl(parts.query))
        host, _ = parts.hostname, parts.port
    except ValueError:
        return ["url: cannot be read; write it as postgresql://user@db.example:5432/crm"]
    if secret:
        return ['url: must hold no password: take it out, and write password = "env:NAME"']
    if family(url) == SQLITE:
        fine = parts.path.startswith("//") and len(parts.path) > 2 and not host
        return [] if fine else ['url: must be sqlite:////full/path; for a relative one, write path = "crm.db"']
    if not parts.path.strip("/"):
        return ["url: names no database; write it as postgresql://user@db.example:5432/crm"]
    return []


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower()
