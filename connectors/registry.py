"""Kinds of source: the word an admin writes, and the class that it means. Imports nothing before it is asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from connectors.base import Connector
from connectors.errors import ConfigError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

GROUP = "gallra.connectors"
BACKUP_GROUP = "gallra.backups"

BUILT_IN = {
    "caldav": "connectors.calendar.caldav:CalDav",
    "carddav": "connectors.contacts.carddav:CardDav",
    "folder": "connectors.files.local:Folder",
    "imap": "connectors.mail.imap:Imap",
    "maildir": "connectors.mail.maildir:Maildir",
    "phone": "connectors.phone:Phone",
    "s3": "connectors.files.s3:S3",
    "sql": "connectors.registers.sql:Sql",
}

BACKUPS = {
    "archive": "connectors.backups.archive:Archive",
    "borg": "connectors.backups.borg:Borg",
    "mirror": "connectors.backups.mirror:Mirror",
    "restic": "connectors.backups.restic:Restic",
    "s3": "connectors.backups.s3:S3Versions",
}
"""The kinds of `[[backup]]` that gallra can read; `provider` is a company that only people can ask."""

# What a kind needs besides plain gallra: the client, which is imported when a source is opened, and its extra.
_NEEDS = {
    "caldav": ("requests", "dav"),
    "carddav": ("requests", "dav"),
    "imap": ("imapclient", "imap"),
    "s3": ("boto3", "s3"),
    "sql": ("sqlalchemy", "sql"),
}


def kinds(*, backup: bool = False) -> tuple[str, ...]:
    """All known kinds, sorted: gallra's own and those of installed packages; or those of backups."""
    return tuple(sorted(_known_backups() if backup else _known()))


def load(kind: str, *, backup: bool = False) -> type[Connector]:
    """The connector class of a kind of source, or of backup.

    Raises ConfigError with the nearest known kind for an unknown one, with the missing package for one whose extra is
    not installed, and for a third party's entry that is no connector of that kind.
    """
    built_in, others = (BACKUPS, _known_backups) if backup else (BUILT_IN, _known)
    known = built_in if kind in built_in else others()
    if kind not in known:
        from difflib import get_close_matches  # noqa: PLC0415 - only for a mistake

        near = get_close_matches(kind, known, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"known kinds: {', '.join(sorted(known))}"
        raise ConfigError([f'kind: "{kind}" is not known; {hint}'])
    client, extra = _NEEDS.get(kind, ("", ""))
    if client and find_spec(client) is None:
        raise ConfigError([f"kind: \"{kind}\" needs {client}, which is not installed: pip install 'gallra[{extra}]'"])
    module, _, name = known[kind].partition(":")
    try:
        found = getattr(import_module(module), name, None)
    except ImportError as error:
        missing = error.name or "a package"
        raise ConfigError([f'kind: "{kind}" needs {missing}, which is not installed; add the extra it is in']) from None
    if not (isinstance(found, type) and issubclass(found, _wanted(backup)) and getattr(found, "kind", None) == kind):
        raise ConfigError([f'kind: the package that offers "{kind}" does not hold a connector of that kind'])
    return found


def _wanted(backup: bool) -> type[Connector]:
    if not backup:
        return Connector
    from connectors.backups.base import Backup  # noqa: PLC0415 - many have none

    return Backup


@cache
def _known() -> dict[str, str]:
    """Third parties' kinds under gallra's own: nobody takes over a built-in kind by being installed."""
    return {entry.name: entry.value for entry in entry_points(group=GROUP)} | BUILT_IN


@cache
def _known_backups() -> dict[str, str]:
    """The same of backups."""
    return {entry.name: entry.value for entry in entry_points(group=BACKUP_GROUP)} | BACKUPS


def entry_points(group: str) -> EntryPoints:
    """Those of the installed packages. The import is dear, and a scan's workers seldom need it."""
    from importlib import metadata  # noqa: PLC0415

    return metadata.entry_points(group=group)
