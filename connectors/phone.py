"""A person's phone: it syncs with an account that gallra reads, or its holder hands over exports of its contacts.

Nothing on a phone is erased from here. Of one that syncs there is nothing to do: what is erased in the account leaves
it at the next sync. Of one that hands over exports, the newest tells what is on it: gallra leaves that alone, asks the
holder, and believes only a newer export. Older exports are ordinary files.

A changed older export keeps its place: it is given a time before the one that it had. With the time of the change it
would be the newest, and the missing contact in it, which gallra itself took out, would pass for the holder's work.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from connectors.base import (
    Capabilities,
    Gap,
    GapReason,
    Item,
    Locator,
    Option,
    Receipt,
    Staged,
    Strength,
    Version,
    WalkEvent,
)
from connectors.errors import ConnectorError, NotFound, Unsupported
from connectors.exports import LARGEST, Export, current, export_of, holds_most, is_export, mark_of, read_mark
from connectors.files.handles import Root
from connectors.files.local import Folder
from connectors.files.states import look_at_file, token_of
from connectors.manual import GAP, Shown

_LAST = 253402214400.0  # seconds: the end of the year 9999
_BEFORE = 2_000_000_000  # ns: more than the coarsest file system rounds to
_LATER = "a phone that is off, or no longer signed in to the account, keeps its contacts until it syncs"
_ERASING = "erasing asks the holder; older exports are changed by gallra, the newest is not touched"
_LIMITS = (
    "what is on the phone itself is its holder's to delete: erasing makes a task, which a newer export closes",
    "an older export that is saved anew can pass for a newer one where its cards bear no REV and its name no date",
    "copies that the holder, a cloud or a chat keeps of an export are out of reach",
)


class Phone(Folder):
    """A phone that syncs with the account of another source, or whose holder puts exports (.vcf, .csv) in a folder."""

    kind: ClassVar[str] = "phone"
    options: ClassVar[tuple[Option, ...]] = (
        Option("holder", str, "who has the phone: a name or a role, as it shall stand in tasks"),
        Option("syncs", str, "the name of the source whose account the phone syncs with", ""),
        Option("exports", str | None, "the folder into which the holder puts exports of all contacts", None, path=True),
        Option("stale_after_days", int, "how old the newest export may be before it is told as a gap", 45),
    )

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        super().__init__(name, {"path": settings.get("exports"), **settings})
        self._seen: dict[str, Export] = {}  # what was read, by path: an export that did not change is read once
        self._known: list[Export] | None = None

    @classmethod
    def validate(cls, settings: Mapping[str, Any]) -> list[str]:
        """It syncs, or hands over exports: one of the two."""
        problems = []
        if bool(settings.get("syncs")) == bool(settings.get("exports")):
            problems.append('needs one of "syncs" (it syncs with an account) and "exports" (it hands over exports)')
        if not str(settings.get("holder") or "").strip():
            problems.append("holder: say who has the phone: a name or a role")
        if settings.get("stale_after_days", 1) < 1:
            problems.append("stale_after_days: must be 1 at least")
        return problems

    def open(self) -> Capabilities:
        """Open the folder of exports. Of a phone that syncs there is nothing to open."""
        self._known = None
        if self.follows:
            told = f'it syncs with "{self.follows}": what is erased there leaves the phone at its next sync'
            return Capabilities(Strength.NONE, limits=(_LATER,), facts=(told,))
        offered = super().open()
        return replace(offered, limits=(*_LIMITS, *offered.limits), facts=(*self._told(), *offered.facts))

    @property
    def follows(self) -> str:
        """The source with whose account it syncs; nothing for one that hands over exports. No I/O."""
        return str(self.settings.get("syncs") or "")

    def scopes(self) -> Iterator[str]:
        """One scope; that of a phone that syncs is empty."""
        if self.follows:
            yield ""
            return
        yield from super().scopes()

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        """The exports and whatever else lies in the folder; then a gap where nobody can know what is on the phone."""
        if self.follows:
            if scope:
                raise NotFound("a phone has one scope, the empty one")
            return
        yield from super().walk(scope, cursor)
        gap = self._gap()
        if gap is not None:
            yield gap

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        """Erase an older export, or another file of the folder. Raises Unsupported for what tells what is on it now."""
        self._refuse_current(locator, expected)
        return super().remove(locator, expected)

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        """Lay a changed older export beside it, with a time before the one it had (see above)."""
        self._refuse_current(locator, expected)
        staged = super().stage(locator, expected, content)
        if not is_export(locator.path):
            return staged
        name, _, _ = staged.token.partition(" ")
        with self._place(locator) as place:
            state = look_at_file(place, locator)
            aside = place._replace(name=name)
            written = state.st_mtime_ns - _BEFORE
            os.utime(name, ns=(written, written), dir_fd=place.folder, follow_symlinks=False)
            return Staged(locator, expected, f"{name} {token_of(look_at_file(aside, locator))}")

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        """Make it the export, unless what replaced it has gone meanwhile: then it tells again what is on the phone."""
        with suppress(NotFound):  # which the commit itself tells
            self._refuse_current(staged.locator, staged.expected)
        return super().commit(staged)

    def task(self, locator: Locator) -> str | None:
        """What the holder must do about an item; None for exports that were replaced, and whatever else lies there.

        An export that is not there any more was replaced by nothing. Looks at the folder once a session. Raises
        Unreachable, Denied.
        """
        if self.follows or not is_export(locator.path):
            return None
        exports = self._exports()
        newest = {one.path for one in current(exports)}
        if locator.path not in newest and any(one.path == locator.path for one in exports):
            return None
        return f"{self._holder} must delete the contact on the phone and hand over a new export of all its contacts"

    def mark(self) -> str:
        """What lies there now, for `shown`."""
        return "" if self.follows else mark_of(current(self._exports(anew=True)))

    def shown(self, since: datetime, mark: str) -> Shown:
        """Whether an export was made after `since`, and after all that lay there when the mark was taken.

        It must be whole, and hold three quarters of the contacts of then, or all but one of a few. Raises
        Unreachable, Denied.
        """
        if self.follows:
            return Shown(why=f"{self._holder} must delete it: the phone hands over no exports any more")
        newest = next((one for one in current(self._exports(anew=True)) if one.whole), None)
        before, contacts = read_mark(mark) if mark else (None, frozenset[int]())
        if newest is None or newest.first <= since or (before is not None and newest.first <= before):
            return Shown(why=f"{self._holder} must hand over a new export: none is newer than the task")
        if not holds_most(newest, contacts):
            told = "the newest lacks many of the contacts that were there: is it whole, and of this phone?"
            return Shown(why=f"{self._holder} must hand over an export of all contacts: {told}")
        return Shown(Locator(self.name, newest.path), newest.version)

    @property
    def _opened(self) -> Root:
        if self.follows:
            raise NotFound("a phone that syncs has no items of its own")
        return super()._opened

    @property
    def _holder(self) -> str:
        return str(self.settings.get("holder") or "the holder")

    def _refuse_current(self, locator: Locator, expected: Version) -> None:
        """Raises Unsupported for what may be on the phone now, unless the item is not what was expected anyway."""
        if self.follows or not is_export(locator.path):
            return
        with suppress(NotFound):
            if self.version(locator) == expected and any(
                one.path == locator.path for one in current(self._exports(anew=True))
            ):
                raise Unsupported(
                    "it is the newest export, and tells what is on the phone: its holder deletes there", locator
                )

    def _exports(self, *, anew: bool = False) -> list[Export]:
        """All exports of the folder. Raises Unreachable, Denied."""
        if self._known is None or anew:
            self._known = [self._export(one) for one in self._listed()]
            self._seen = {one.path: one for one in self._known}
        return self._known

    def _listed(self) -> list[Item]:
        events = list(super().walk(""))
        return [one for one in events if isinstance(one, Item) and is_export(one.locator.path)]

    def _export(self, item: Item) -> Export:
        path, version = item.locator.path, item.version.token
        seen = self._seen.get(path)
        if seen is not None and seen.version == version:
            return seen
        content: bytes | None = None
        with suppress(ConnectorError), self.read(item.locator) as opened:  # unreadable: it replaces nothing
            content = opened.stream.read(LARGEST + 1) if opened.version.token == version else None
        return export_of(path, version, _written(item), content, datetime.now(UTC))

    def _gap(self) -> Gap | None:
        """Nobody has handed over an export, or not for long."""
        whole = [one for one in current(self._exports(anew=True)) if one.whole]
        if not whole:
            return self._stale("no whole export lies there")
        newest = max(one.first for one in whole)
        if newest.timestamp() == 0:
            return self._stale("the newest export is of a day that is yet to come: is the clock right?")
        days = (datetime.now(UTC) - newest) // timedelta(days=1)
        if days <= self.settings.get("stale_after_days", 45):
            return None
        return self._stale(f"the newest export is {days} days old")

    def _told(self) -> tuple[str, ...]:
        """How many exports lie there, and of when; nothing is read."""
        written = [_written(one) for one in self._listed()]
        if not written:
            return ()
        latest = datetime.fromtimestamp(max(written), UTC).astimezone().date()
        count = "1 export lies" if len(written) == 1 else f"{len(written)} exports lie"
        return (f"{count} there; the latest was saved on {latest}", _ERASING)

    def _stale(self, told: str) -> Gap:
        return Gap(Locator(self.name, ""), GapReason.STALE, f"{GAP}{told}")


def _written(item: Item) -> float:
    """The file's time in seconds since 1970, as the version has it; one before that, and one out of reach, is 0."""
    _, _, rest = item.version.token.partition("-")
    nanoseconds = rest.partition("-")[0]
    seconds = int(nanoseconds) / 1e9 if nanoseconds.isdecimal() else 0.0
    return seconds if seconds < _LAST else 0.0
