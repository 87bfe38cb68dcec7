"""Erasing one file, and no other: aside under a private name, looked at again, and only then unlinked.

A plain "look, then unlink" would erase what a colleague saved in between. After the rename nobody but gallra uses the
name, so what is looked at is what is erased.
"""

from __future__ import annotations

import os

from connectors.base import Locator, Version
from connectors.errors import Changed, NotFound, Unsupported
from connectors.files import atomic
from connectors.files.atomic import Place
from connectors.files.failures import failure
from connectors.files.leftovers import aside_names
from connectors.files.states import at_version, look, token_of


def erase(place: Place, key: str, expected: Version, locator: Locator) -> int:
    """Erase the file if it is at `expected`; gives the number of other names (hard links) its content still has.

    Goes on with what a crash left aside. Raises NotFound where neither is there, Changed with nothing altered, Denied,
    Unsupported, Unreachable.
    """
    state = look(place, locator)
    if state is not None:
        at_version(state, expected.token, locator)
    left = leftovers(place, key, locator)
    if state is None and not left:
        raise NotFound("the item is not there", locator)
    others = finish(place, key, expected, locator)
    if state is not None:
        others = _unlink(set_aside(place, key, expected, locator), expected, locator)
        _settle(place, locator)
    if others is None:
        raise Changed("what was set aside earlier is not what was expected", locator)
    return others


def finish(place: Place, key: str, expected: Version, locator: Locator) -> int | None:
    """Erase what a crash left aside of this item at `expected`, and nothing else; None where nothing was."""
    others: int | None = None
    for aside, token in leftovers(place, key, locator):
        if token == expected.token:
            others = _unlink(aside, expected, locator)
    if others is not None:
        _settle(place, locator)
    return others


def leftovers(place: Place, key: str, locator: Locator) -> list[tuple[Place, str]]:
    """What a crash left aside under this item's private names, with the version of each."""
    asides = [Place(place.folder, name) for name in aside_names(key)]
    states = [(aside, look(aside, locator)) for aside in asides]
    return [(aside, token_of(state)) for aside, state in states if state is not None]


def set_aside(place: Place, key: str, expected: Version, locator: Locator) -> Place:
    """Move the file to a private name and make sure that it is the expected one; else put it back and raise Changed."""
    aside = _move_to_free_slot(place, key, locator)
    state = look(aside, locator)
    if state is not None and token_of(state) == expected.token:
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


def _unlink(aside: Place, expected: Version, locator: Locator) -> int:
    state = look(aside, locator)
    if state is None:
        raise Changed("the item was taken away in the same moment", locator)
    at_version(state, expected.token, locator)
    try:
        os.unlink(aside.name, dir_fd=aside.folder)
    except OSError as error:
        raise failure(error, locator) from None
    return state.st_nlink - 1


def _settle(place: Place, locator: Locator) -> None:
    try:
        atomic.sync_folder(place.folder)
    except OSError as error:
        raise failure(error, locator) from None
