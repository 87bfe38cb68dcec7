"""What an admin says of a restic repository, and what restic is told of it: by environment, never by argument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connectors.base import Option

OPTIONS: Final = (
    Option("path", str, "the folder of the repository, where it is a folder here", "", path=True),
    Option("repository", str, "where the repository is, as restic writes it: sftp:, rest:, s3:, b2: or azure:", ""),
    Option("password", str, "the password that opens it", secret=True),
    Option("account", str, "the user of a rest server, the access key's id of S3, the account of B2 or Azure", ""),
    Option("account_key", str, "the password or the key of that account", None, secret=True),
    Option("lock_wait", int, "seconds to wait where somebody else has the repository locked", 300),
    Option("check_subset", str, "how much is read and checked after each erasing, as 5% or 1/10 or 500M", "5%"),
    Option("binary", str, "the restic program: a name, or an absolute path", "restic"),
)

# What would make restic look elsewhere, or at less, than the configuration says.
OWN: Final = ("RESTIC_HOST", "RESTIC_REPOSITORY", "RESTIC_PASSWORD", "RESTIC_KEY_HINT", "RESTIC_FROM_")

_ACCOUNTS: Final = {
    "rest": ("RESTIC_REST_USERNAME", "RESTIC_REST_PASSWORD"),
    "s3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    "b2": ("B2_ACCOUNT_ID", "B2_ACCOUNT_KEY"),
    "azure": ("AZURE_ACCOUNT_NAME", "AZURE_ACCOUNT_KEY"),
}
_ELSEWHERE: Final = (*_ACCOUNTS, "sftp", "swift", "gs", "rclone")
_SUBSET: Final = "0123456789.%/KMGTkmgt"


def problems(settings: Mapping[str, Any]) -> list[str]:
    """What is wrong with them, for `Connector.validate`."""
    found = []
    path, repository = str(settings.get("path") or ""), str(settings.get("repository") or "")
    scheme = _scheme(repository)
    if bool(path) == bool(repository):
        found.append("path: write either the folder of the repository, or `repository` for one that is elsewhere")
    elif repository and not scheme and not repository.startswith("/"):
        found.append("repository: has none of restic's beginnings (sftp:, rest:, s3:, ...); a folder is a `path`")
    if "@" in repository and ":" in repository.rpartition("@")[0].rpartition("/")[2] and scheme == "rest":
        found.append("repository: holds a password; write `account` and `account_key` instead")
    if settings.get("account_key") and scheme not in _ACCOUNTS:
        found.append("account_key: is for rest:, s3:, b2: and azure: alone")
    if int(settings.get("lock_wait") or 0) < 0:
        found.append("lock_wait: must be 0 seconds or more")
    subset = str(settings.get("check_subset") or "")
    if not subset or subset[0] not in "0123456789" or not set(subset) <= set(_SUBSET):
        found.append("check_subset: must be like 5%, 1/10 or 500M")
    return found


def environment(settings: Mapping[str, Any]) -> dict[str, str]:
    """The repository, its password and its account, as restic reads them."""
    place = str(settings.get("path") or settings.get("repository") or "")
    told = {"RESTIC_REPOSITORY": place, "RESTIC_PASSWORD": str(settings.get("password") or "")}
    user, key = _ACCOUNTS.get(_scheme(place), ("", ""))
    for name, value in ((user, settings.get("account")), (key, settings.get("account_key"))):
        if name and value:
            told[name] = str(value)
    return told


def is_local(settings: Mapping[str, Any]) -> bool:
    """True where the repository is a folder of this machine."""
    return not _scheme(str(settings.get("path") or settings.get("repository") or ""))


def _scheme(place: str) -> str:
    scheme, colon, _ = place.partition(":")
    return scheme if colon and scheme in _ELSEWHERE else ""
