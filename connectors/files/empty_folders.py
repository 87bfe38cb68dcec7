"""Removing a folder that holds nothing but empty folders: `rmdir` takes no other, so nothing new is lost."""

from __future__ import annotations

import errno
import os

from connectors.errors import Changed, Malformed, NotFound
from connectors.files import atomic
from connectors.files.atomic import Place
from connectors.files.failures import failure
from connectors.files.handles import open_listing
from connectors.locator import Locator

_DEEPEST = 100
_FULL = (errno.ENOTEMPTY, errno.EEXIST)


def remove_empty(place: Place, locator: Locator) -> bool:
    """Remove the folder; False where there is none.

    Raises Changed where it, or a folder in it, holds anything else (then nothing was removed), or is no folder; Denied.
    """
    try:
        inner = _only_folders(place, locator, 0)
    except NotFound:
        return False
    for folder in reversed(inner):
        _remove(folder, place, locator)
    try:
        atomic.sync_folder(place.folder)
    except OSError as error:
        raise failure(error, locator) from None
    return True


def _only_folders(place: Place, locator: Locator, depth: int) -> list[tuple[str, ...]]:
    """The folder and all in it as paths from the place, each after the one it lies in."""
    if depth > _DEEPEST:
        raise Malformed("folders nested too deep to be removed", locator)
    found: list[tuple[str, ...]] = [(place.name,)]
    try:
        handle = open_listing(place.name, place.folder)
    except NotADirectoryError:
        raise Changed("no folder stands there", locator) from None
    except OSError as error:
        raise failure(error, locator) from None
    try:
        with os.scandir(handle) as entries:
            listed = list(entries)
        if not all(entry.is_dir(follow_symlinks=False) for entry in listed):
            raise Changed("the folder is not empty", locator)
        for entry in listed:
            below = _only_folders(Place(handle, entry.name), locator, depth + 1)
            found += [(place.name, *rest) for rest in below]
    except OSError as error:
        raise failure(error, locator) from None
    finally:
        os.close(handle)
    return found


def _remove(path: tuple[str, ...], place: Place, locator: Locator) -> None:
    *folders, name = path
    handles: list[int] = []
    try:
        handle = place.folder
        for folder in folders:
            handle = open_listing(folder, handle)
            handles.append(handle)
        os.rmdir(name, dir_fd=handle)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno in _FULL:
            raise Changed("the folder is not empty", locator) from None
        raise failure(error, locator) from None
    finally:
        for one in handles:
            os.close(one)
