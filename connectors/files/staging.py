"""Swapping a file for a changed one so that a crash leaves the old, or the old and the staged, never neither.

The staged file lies beside the old one with its owner, mode and attributes, and a time of its own (a kept mtime would
blind rsync and backups). The swap is one step where the system offers it (renameat2 RENAME_EXCHANGE): what came out is
looked at, and swapped back if a colleague saved meanwhile. Elsewhere the old file is set aside, looked at, and the
staged one takes its name; whatever step a crash stops at, `commit` goes on and `abandon` goes back.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass

from connectors.base import Locator, Version
from connectors.errors import Changed, ConnectorError, NotFound, Unsupported
from connectors.files import atomic
from connectors.files.atomic import Place
from connectors.files.dress import dress, no_remarks
from connectors.files.erasing import leftovers, put_back, set_aside, take_away
from connectors.files.failures import failure
from connectors.files.in_use import Guard, nobody_asks
from connectors.files.states import at_version, look, look_at_file, token_of
from connectors.files.steady import open_file

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Swap:
    """Two places of one swap: where the item is, and where the changed one is laid."""

    item: Place
    beside: Place
    key: str
    expected: Version
    locator: Locator
    guard: Guard = nobody_asks  # refuses a file that somebody has open, where the source is set up so
    empty: bool = False  # the old file's bytes go before its name does


def stage(swap: Swap, content: bytes) -> str:
    """Lay the content beside the item; gives the version token of what was laid.

    Raises Changed, Denied (also where owner or permissions could not be kept), Unsupported for a file with other names,
    or with remarks of users in its extended attributes.
    """
    _mend(swap)
    at_version(look_at_file(swap.item, swap.locator), swap.expected.token, swap.locator)
    swap.guard(swap.item, swap.locator)
    old, state = open_file(swap.item, swap.locator)
    try:
        at_version(state, swap.expected.token, swap.locator)
        _single(state, swap.locator)
        _unlink(swap.beside, swap.locator)  # a stage that a crash kept out of the journal
        try:
            return _write(swap, old, content)
        except BaseException:
            with suppress(ConnectorError):
                _unlink(swap.beside, swap.locator)
            raise
    finally:
        os.close(old)


def commit(swap: Swap, staged: str) -> Version:
    """Make the staged file the item. Raises Changed (both stay), NotFound (nothing staged), Denied, Unreachable."""
    _mend(swap)
    now, lying = _token(swap.item, swap), _token(swap.beside, swap)
    if now == staged:
        _finish(swap, lying)
    elif now is None and _aside(swap) is not None and lying == staged:
        _take_name(swap)
    elif now != swap.expected.token:
        _end_swap(swap, lying)
        raise Changed("the item is not what was expected; the staged one is kept beside it", swap.locator)
    elif lying is None:
        raise NotFound("nothing is staged for this item", swap.locator)
    elif lying != staged:
        raise Changed("what is staged is not what was staged; nothing was altered", swap.locator)
    else:
        _exchange(swap)
    _sync(swap)
    return Version(staged)


def abandon(swap: Swap, staged: str) -> None:
    """Take the staged file away. Raises Changed where the commit was already done: then nothing can be undone."""
    _mend(swap)
    if _token(swap.item, swap) == staged:
        _go_back(swap)
    elif _token(swap.item, swap) is None and (aside := _aside(swap)) is not None:
        put_back(aside, swap.item, swap.locator)
    lying = _token(swap.beside, swap)
    if lying is not None and lying != staged:
        raise Changed("what is staged is not what was staged; nothing was altered", swap.locator)
    _unlink(swap.beside, swap.locator)
    _sync(swap)


def stands(swap: Swap) -> bool:
    """True where anything has the item's name."""
    return _token(swap.item, swap) is not None


def _mend(swap: Swap) -> None:
    """Where a move is a link and an unlink, a crash between them leaves one file two names: take the private one."""
    now = _token(swap.item, swap)
    if now is None:
        return
    privates = [swap.beside, *(place for place, _ in leftovers(swap.item, swap.key, swap.locator))]
    for private in privates:
        if _token(private, swap) == now:  # the inode is part of it: the same file
            _unlink(private, swap.locator)


def _write(swap: Swap, old: int, content: bytes) -> str:
    try:
        no_remarks(old, swap.locator)
        new = os.open(swap.beside.name, _CREATE, 0o600, dir_fd=swap.beside.folder)
        with os.fdopen(new, "wb", closefd=True) as stream:
            stream.write(content)
            stream.flush()
            dress(old, new, swap.locator)
            os.fsync(new)
            token = token_of(os.fstat(new))
        atomic.sync_folder(swap.beside.folder)
    except OSError as error:
        raise failure(error, swap.locator) from None
    at_version(look_at_file(swap.item, swap.locator), swap.expected.token, swap.locator)
    return token


def _exchange(swap: Swap) -> None:
    swap.guard(swap.item, swap.locator)
    _dress_again(swap)
    try:
        atomic.exchange(swap.item, swap.beside)
    except atomic.NotOffered:
        set_aside(swap.item, swap.key, swap.expected, swap.locator, swap.guard)
        _take_name(swap)
        return
    except OSError as error:
        raise failure(error, swap.locator) from None
    came_out = _token(swap.beside, swap)
    if came_out == swap.expected.token:
        _still_closed(swap)
    _finish(swap, came_out)


def _still_closed(swap: Swap) -> None:
    """Once more, when nobody can open the old file by its name any more: who did before has it, and gets it back."""
    try:
        swap.guard(swap.beside, swap.locator)
    except ConnectorError:
        _swap_back(swap)
        raise


def _dress_again(swap: Swap) -> None:
    """Permissions that were changed since the staging are kept too."""
    old, state = open_file(swap.item, swap.locator)
    try:
        _single(at_version(state, swap.expected.token, swap.locator), swap.locator)
        new, _ = open_file(swap.beside, swap.locator)
        try:
            no_remarks(old, swap.locator)
            dress(old, new, swap.locator)
        finally:
            os.close(new)
    finally:
        os.close(old)


def _finish(swap: Swap, came_out: str | None) -> None:
    """The staged file has the name: take the old one away, if it is the old one; else swap back."""
    if came_out == swap.expected.token:
        take_away(swap.beside, swap.locator, empty=swap.empty)
    elif came_out is not None:
        _swap_back(swap)
        raise Changed("the item was saved anew in the same moment; the staged one is kept beside it", swap.locator)
    if (aside := _aside(swap)) is not None:
        take_away(aside, swap.locator, empty=swap.empty)


def _end_swap(swap: Swap, lying: str | None) -> None:
    """The old file under the staged one's name: a crash stopped the swap, and the new one was saved anew since."""
    if lying == swap.expected.token:
        _unlink(swap.beside, swap.locator)
        _sync(swap)


def _take_name(swap: Swap) -> None:
    try:
        atomic.move(swap.beside, swap.item)
    except FileExistsError:
        raise Changed("the item's name was taken meanwhile; all files are kept", swap.locator) from None
    except atomic.NotOffered:
        if (aside := _aside(swap)) is not None:
            put_back(aside, swap.item, swap.locator)
        raise Unsupported("this file system cannot swap files safely", swap.locator) from None
    except OSError as error:
        raise failure(error, swap.locator) from None
    _finish(swap, None)


def _go_back(swap: Swap) -> None:
    if _token(swap.beside, swap) is not None:
        _swap_back(swap)
        return
    aside = _aside(swap)
    if aside is None:
        raise Changed("the staged item was already made the item", swap.locator)
    put_back(swap.item, swap.beside, swap.locator)
    put_back(aside, swap.item, swap.locator)


def _swap_back(swap: Swap) -> None:
    try:
        atomic.exchange(swap.item, swap.beside)
    except atomic.NotOffered:
        raise Unsupported("this file system cannot swap files back; both are kept", swap.locator) from None
    except OSError as error:
        raise failure(error, swap.locator) from None


def _aside(swap: Swap) -> Place | None:
    for place, token in leftovers(swap.item, swap.key, swap.locator):
        if token == swap.expected.token:
            return place
    return None


def _token(place: Place, swap: Swap) -> str | None:
    state = look(place, swap.locator)
    return None if state is None else token_of(state)


def _single(state: os.stat_result, locator: Locator) -> None:
    if state.st_nlink > 1:
        raise Unsupported("the file has other names (hard links), which would keep the old content", locator)


def _unlink(place: Place, locator: Locator) -> None:
    try:
        os.unlink(place.name, dir_fd=place.folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise failure(error, locator) from None


def _sync(swap: Swap) -> None:
    try:
        for folder in {swap.item.folder, swap.beside.folder}:
            atomic.sync_folder(folder)
    except OSError as error:
        raise failure(error, swap.locator) from None
