"""The files of one maildir folder by the part of their names that never changes, however flags and places do."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from connectors.base import Locator
from connectors.errors import Denied, NotFound, Unreachable, Unsupported
from connectors.files.atomic import Place
from connectors.files.erasing import leftovers
from connectors.files.failures import failure
from connectors.files.handles import Root, open_listing
from connectors.files.leftovers import PREFIX
from connectors.files.states import look
from connectors.mail.folders import BOXES

_FLAGS = ("1,", "2,")  # what begins the flags, after the last colon of a name
_TRIES = 5
_QUIET_NS = 3_000_000_000  # a directory's mtime may lag behind by this much (FAT: 2 s, network attribute caches: 3 s)


class Entry(NamedTuple):
    """One file: which box it lies in, and its whole name."""

    box: str
    name: str


class Message(NamedTuple):
    """One file that was found, with its state."""

    entry: Entry
    place: Place
    state: os.stat_result


Names = dict[str, list[Entry]]


def unique_of(name: str) -> str:
    """The name without its flags (`:2,FS`): what a maildir promises to keep."""
    unique, colon, flags = name.rpartition(":")
    return unique if colon and flags.startswith(_FLAGS) else name


class Boxes:
    """The opened `cur`, `new` and `tmp` of one folder, and the list that is kept between calls."""

    def __init__(self, handles: dict[str, int], kept: Kept) -> None:
        self.handles = handles
        self._kept = kept

    def place(self, entry: Entry) -> Place:
        """Where an entry is. Raises Unsupported for a box that this folder lacks."""
        if entry.box not in self.handles:
            raise Unsupported(f"a mail folder lacks its {entry.box}/: make it first")
        return Place(self.handles[entry.box], entry.name)

    def find(self, unique: str, locator: Locator) -> list[Message]:
        """The files of this unique name. An empty answer comes from a list in which nothing moved meanwhile."""
        found = self._live(unique, locator)
        if not found and not self._kept.still_true(self._stamps()):
            self.names()
            found = self._live(unique, locator)
        return found

    def names(self) -> Names:
        """A fresh list. A rename during a listing can hide a file, so it is listed again until nothing moves."""
        names: Names = {}
        for _ in range(_TRIES):
            before, started = self._stamps(), time.time_ns()
            fresh = self._listed()
            quiet = self._stamps() == before and started - max(before) > _QUIET_NS
            if quiet or fresh == names:
                names = fresh
                break
            names = fresh
        else:
            raise Unreachable("the mail folder never stood still long enough to be listed")
        self._kept.names, self._kept.stamps = names, before if quiet else ()
        return names

    def live(self, entries: Iterable[Entry], locator: Locator | None = None) -> list[Message]:
        """Those of the entries that are still there."""
        found = []
        for entry in entries:
            place = self.place(entry)
            if (state := look(place, locator)) is not None:
                found.append(Message(entry, place, state))
        return found

    def state_of_file(self, entry: Entry) -> os.stat_result | None:
        """The entry's state if it is a regular file; None for anything else, whatever that is."""
        try:
            state = os.stat(entry.name, dir_fd=self.handles[entry.box], follow_symlinks=False)
        except (OSError, KeyError):
            return None
        return state if stat.S_ISREG(state.st_mode) else None

    def aside(self, unique: str, locator: Locator) -> list[str]:
        """The versions of what a crash left aside of the message of this name."""
        places = [self.place(Entry(box, unique)) for box in self.handles]
        return [token for place in places for _, token in leftovers(place, unique, locator)]

    def holds_any(self) -> bool:
        """True where there is any message."""
        for box in self.handles.keys() - {"tmp"}:
            with os.scandir(self.handles[box]) as entries:
                if next(entries, None) is not None:
                    return True
        return False

    def _live(self, unique: str, locator: Locator) -> list[Message]:
        return self.live(self._kept.names.get(unique, ()), locator)

    def _stamps(self) -> tuple[int, ...]:
        return tuple(os.fstat(self.handles[box]).st_mtime_ns for box in self.handles)

    def _listed(self) -> Names:
        names: Names = {}
        for box, handle in self.handles.items():
            with os.scandir(handle) as entries:
                for entry in entries:
                    name = entry.name
                    if box != "tmp" or name.startswith(PREFIX):  # deliveries in progress are no messages yet
                        names.setdefault(unique_of(name), []).append(Entry(box, name))
        return names


class Kept:
    """The last list of a folder. `stamps` is empty when a later change could bear the same time."""

    __slots__ = ("names", "stamps")

    def __init__(self) -> None:
        self.names: Names = {}
        self.stamps: tuple[int, ...] = ()

    def still_true(self, stamps: tuple[int, ...]) -> bool:
        """True where the folder has not changed since it was listed."""
        return bool(self.stamps) and self.stamps == stamps


@contextmanager
def open_boxes(root: Root, parts: tuple[str, ...], kept: Kept, locator: Locator | None = None) -> Iterator[Boxes]:
    """The folder's boxes, for use inside the `with` block.

    `new` and `tmp` may be missing: many a copy drops empty directories. Raises NotFound where the folder is not there,
    Unreachable where it has no `cur`, Denied, Changed.
    """
    with ExitStack() as stack:
        above = stack.enter_context(root.folder(parts, locator))
        handles = {}
        for box in BOXES:
            handle = _open_box(above, box, locator)
            if handle is not None:
                handles[box] = handle
                stack.callback(os.close, handle)
        try:
            yield Boxes(handles, kept)
        except OSError as error:
            raise failure(error, locator) from None


def _open_box(folder: int, box: str, locator: Locator | None) -> int | None:
    try:
        return open_listing(box, folder)
    except OSError as error:
        answer = failure(error, locator)
        if isinstance(answer, NotFound) and box != "cur":
            return None
        if isinstance(answer, NotFound):
            raise Unreachable(f"a mail folder lacks its {box}/: it is no maildir, or not mounted", locator) from None
        if isinstance(answer, Denied):
            raise Denied(f"the {box}/ of a mail folder may not be read: check its permissions", locator) from None
        raise answer from None
