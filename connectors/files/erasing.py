"""Erasing one file, and no other: aside under a private name, looked at again, and only then unlinked.

A plain "look, then unlink" would erase what a colleague saved in between. After the rename nobody but gallra uses the
name, so what is looked at is what is erased.
"""

from __future__ import annotations

import os

from connectors.base import Locator, Version
from connectors.errors import Changed, ConnectorError, NotFound, Unsupported
from connectors.files import atomic
from connectors.files.atomic import Place
from connectors.files.failures import failure
from connectors.files.in_use import Guard, nobody_asks
from connectors.files.leftovers import aside_names
from connectors.files.states import at_version, look, token_of


def erase(
    place: Place, key: str, expected: Version, locator: Locator, guard: Guard = nobody_asks, *, empty: bool = False
) -> int:
    """Erase the file if it is at `expected`; gives the number of other names (hard links) its content still has.

    `guard` is asked before and, once nobody can open the file by its name any more, again. With `empty` the bytes go
    before the name does (`take_away`). Goes on with what a crash left aside. Raises NotFound where neither is there,
    Changed with nothing altered, Denied, Unsupported, Unreachable.
    """
    state = look(place, locator)
    if state is not None:
        at_version(state, expected.token, locator)
        guard(place, locator)
    left = leftovers(place, key, locator)
    if state is None and not left:
        raise NotFound("the item is not there", locator)
    others = finish(place, key, expected, locator, empty=empty)
    if state is not None:
        others = _unlink(set_aside(place, key, expected, locator, guard), expected, locator, empty=empty)
        _settle(place, locator)
    if others is None:
        raise Changed("what was set aside earlier is not what was expected", locator)
    return others


def finish(place: Place, key: str, expected: Version, locator: Locator, *, empty: bool = False) -> int | None:
    """Erase what a crash left aside of this item at `expected`, and nothing else; None where nothing was.

    A file that was emptied before the crash holds nothing any more, and goes too.
    """
    others: int | None = None
    for aside, token in leftovers(place, key, locator):
        if token == expected.token:
            others = _unlink(aside, expected, locator, empty=empty)
        elif empty and token.startswith("0-"):
            take_away(aside, locator, empty=False)
            others = 0
    if others is not None:
        _settle(place, locator)
    return others


def leftovers(place: Place, key: str, locator: Locator) -> list[tuple[Place, str]]:
    """What a crash left aside under this item's private names, with the version of each."""
    asides = [Place(place.folder, name) for name in aside_names(key)]
    states = [(aside, look(aside, locator)) for aside in asides]
    return [(aside, token_of(state)) for aside, state in states if state is not None]


def set_aside(place: Place, key: str, expected: Version, locator: Locator, guard: Guard = nobody_asks) -> Place:
    """Move the file to a private name and make sure that it is the expected one; else put it back and raise Changed.

    Also put back where `guard` refuses, whose error is raised then.
    """
    aside = _move_to_free_slot(place, key, locator)
    state = look(aside, locator)
    if state is not None and token_of(state) == expected.token:
        try:
            guard(aside, locator)
        except ConnectorError:
            put_back(aside, place, locator)
            raise
        return aside
    put_back(aside, place, locator)
    raise Changed("the item was changed in the same moment; nothing was erased", locator)


def put_back(aside: Place, place: Place, locator: Locator) -> None:
    """Give a file that was set aside its own name again, overwriting nothing.

    Raises Changed where the name was taken meanwhile: then both files are kept, one under its private name.
    """
    try:
        atomic.move(aside, place)
    except FileExistsError:
        raise Changed("the item's name was taken meanwhile; its file is kept beside it", locator) from None
    except atomic.NotOffered:
        raise Unsupported("the file is kept beside its name: this file system cannot move it safely", locator) from None
    except OSError as error:
        raise failure(error, locator) from None


def survivors(others: int) -> tuple[str, ...]:
    """What a receipt says of the other names an erased file had."""
    return (f"{others} other name{'s' if others > 1 else ''} (hard links) with the same content",) if others > 0 else ()


def _move_to_free_slot(place: Place, key: str, locator: Locator) -> Place:
    for name in aside_names(key):
        aside = Place(place.folder, name)
        try:
            atomic.move_private(place, aside)
        except FileExistsError:
            continue
        except OSError as error:
            raise failure(error, locator) from None
        return aside
    raise Unsupported("too many files were left aside by earlier runs: erase those first", locator)


def take_away(place: Place, locator: Locator, *, empty: bool) -> None:
    """Unlink a file under its private name.

    Servers of shares may keep what is deleted in a trash of their own (Samba's recycle module, a NAS): with `empty`
    all bytes are cut off first, so that nothing but an empty file under gallra's name can land there. Never where the
    content has other names.
    """
    try:
        if empty:
            _cut_off(place)
        os.unlink(place.name, dir_fd=place.folder)
    except OSError as error:
        raise failure(error, locator) from None


def _cut_off(place: Place) -> None:
    handle = os.open(place.name, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place.folder)
    try:
        if os.fstat(handle).st_nlink == 1:
            os.ftruncate(handle, 0)
            os.fsync(handle)
    finally:
        os.close(handle)


def _unlink(aside: Place, expected: Version, locator: Locator, *, empty: bool) -> int:
    state = look(aside, locator)
    if state is None:
        raise Changed("the item was taken away in the same moment", locator)
    at_version(state, expected.token, locator)
    take_away(aside, locator, empty=empty)
    return state.st_nlink - 1


def _settle(place: Place, locator: Locator) -> None:
    try:
        atomic.sync_folder(place.folder)
    except OSError as error:
        raise failure(error, locator) from None
