"""Folders: a directory on a disk, or a mounted share, with every file in it and below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

from connectors.base import (
    Capabilities,
    Connector,
    Content,
    Gap,
    Item,
    LeftOut,
    Locator,
    Looked,
    Option,
    Outcome,
    Presence,
    Receipt,
    Staged,
    Strength,
    Version,
    WalkEvent,
    require,
)
from connectors.errors import Malformed, NotFound, Unreachable
from connectors.files import erasing, staging
from connectors.files.atomic import Place
from connectors.files.empty_folders import remove_empty
from connectors.files.globs import Globs
from connectors.files.handles import Root, parts_of
from connectors.files.in_use import Guard, nobody_asks, not_open, writable
from connectors.files.leftovers import staged_name
from connectors.files.looking import Looker
from connectors.files.mounts import file_system, is_network
from connectors.files.staging import Swap
from connectors.files.states import look, look_at_file, regular, token_of
from connectors.files.steady import open_content
from connectors.files.walking import PassedBy, Walker

_LIMITS = (
    "snapshots and shadow copies of the file system keep what was in them",
    "other names (hard links) of an erased file keep its content; the receipt counts them",
    "earlier versions that a server shows in folders like .snapshot or @GMT-... are told as gaps, not searched",
    "blocks on the disk are freed, not overwritten",
    "a share mounted inside the folder is not noticed when it is gone: make it a source of its own",
)
_LEAVE, _ERASE = "leave", "erase"


class Folder(Connector):
    """A folder and all below it. One scope, ``""``; a file's path is its relative path, with ``/``."""

    kind: ClassVar[str] = "folder"
    options: ClassVar[tuple[Option, ...]] = (
        Option("path", str, "the folder; relative paths start at the configuration file", path=True),
        Option("exclude", list, 'patterns of names or relative paths to leave out, like "*.iso" or "Arkiv/**"', []),
        Option("follow_symlinks", bool, "follow links that stay inside the folder; others are told as gaps", False),
        Option("sentinel", str, "a file in the folder that must be there, else the source counts as not mounted", ""),
        Option("open_files", str, "what to do with a file that somebody has open", _LEAVE, choices=(_LEAVE, _ERASE)),
    )

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        super().__init__(name, settings)
        self._root: Root | None = None
        self._exclude = Globs(settings.get("exclude") or ())
        self._file_system = ""  # of the opened folder, as `mount` names it
        self._passed: PassedBy | None = None  # what the last whole walk passed by

    @classmethod
    def validate(cls, settings: Mapping[str, Any]) -> list[str]:
        """Patterns and sentinel must be relative paths that can exist."""
        problems = []
        if not all(isinstance(pattern, str) and pattern.strip("/") for pattern in settings.get("exclude") or ()):
            problems.append("exclude: every pattern must be a text that is not empty")
        sentinel = settings.get("sentinel") or ""
        if sentinel and any(part in ("", ".", "..") for part in str(sentinel).split("/")):
            problems.append("sentinel: must be a path inside the folder, without . and ..")
        return problems

    def open(self) -> Capabilities:
        """Open the folder, and keep the handle: what is mounted over it later is not mistaken for it."""
        self.close()
        self._root = Root(str(require(self.settings, "path")))
        self._file_system = file_system(self._root.real)
        try:
            self._check_sentinel()
        except BaseException:
            self.close()
            raise
        return Capabilities(Strength.WEAK, limits=_LIMITS, facts=tuple(self._facts()))

    def close(self) -> None:
        """Let go of the folder."""
        if self._root is not None:
            self._root.close()
            self._root = None

    def scopes(self) -> Iterator[str]:
        """One scope, so that a file that moves within the folder is met by one walk."""
        self._vouch()
        yield ""

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        """Every file, leftovers and hidden ones too; links and special files as gaps. Empty folders yield nothing."""
        del cursor  # no cursors are given out, so none is known: every walk is full
        if scope:
            raise NotFound("a folder has one scope, the empty one")
        self._vouch()
        self._passed = None
        walker = Walker(self._opened, self.name, self._exclude, bool(self.settings.get("follow_symlinks")))
        yield from walker.walk()
        self._vouch()
        self._passed = walker.passed

    def places(self, paths: Iterable[str]) -> dict[str, list[str]] | None:
        """The paths, but for those that no file here can have; None where the folder itself is among them."""
        self._vouch()
        wanted = [path for path in paths if self._is_address(path)]
        return {"": wanted} if "" not in wanted else None

    def look(self, scope: str, paths: Sequence[str]) -> Iterator[Item | Gap | Looked]:
        """What is at the paths and below them, told as `walk` does; where a link leads, no more than it."""
        if scope:
            raise NotFound("a folder has one scope, the empty one")
        self._vouch()
        looker = Looker(self._opened, self.name, self._exclude, bool(self.settings.get("follow_symlinks")))
        for path in paths:
            yield from looker.at(path)
        yield from looker.linked()
        self._vouch()

    def left_out(self) -> tuple[LeftOut, ...]:
        """Each pattern of `exclude`, with what the last whole walk passed by for it: the first that fits counts."""
        patterns = dict.fromkeys(self.settings.get("exclude") or ())
        if self._passed is None:
            return tuple(LeftOut(pattern) for pattern in patterns)
        return tuple(self._passed.of(pattern) for pattern in patterns)

    def read(self, locator: Locator) -> Content:
        """Open the file without touching its access time, where the account may do so."""
        with self._place(locator) as place:
            return open_content(place, locator, place.name)

    def version(self, locator: Locator) -> Version:
        """Size, mtime and inode: weak."""
        with self._place(locator) as place:
            return Version(token_of(look_at_file(place, locator)))

    def here_since(self, locator: Locator) -> datetime:
        """The last change of the file, or of its name and rights: whatever its mtime says, it came no later."""
        with self._place(locator) as place:
            state = look_at_file(place, locator)
        return datetime.fromtimestamp(max(state.st_mtime, state.st_ctime), UTC)

    def has_folder(self, path: str) -> bool:
        """Whether the folder is there, empty or not."""
        try:
            with self._opened.folder(parts_of(Locator(self.name, path), self.name)):
                return True
        except NotFound:
            self._vouch()
            return False

    def remove_folder(self, path: str) -> bool:
        """Remove the folder, once nothing but empty folders is in it."""
        locator = Locator(self.name, path)
        try:
            with self._place(locator) as place:
                return remove_empty(place, locator)
        except NotFound:
            self._vouch()
            return False

    def presence(self, locator: Locator) -> Presence:
        """Absent when the name is not there, nothing was left aside, and the source is still the source."""
        try:
            with self._place(locator) as place:
                state = look(place, locator)
                if state is not None:
                    regular(state, locator)
                    return Presence.PRESENT
                if erasing.leftovers(place, place.name, locator):
                    return Presence.PRESENT
        except NotFound:
            pass
        self._vouch()
        return Presence.ABSENT

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        """Unlink the file under a private name, once it is surely the expected one. The receipt counts hard links."""
        try:
            with self._place(locator) as place:
                others = erasing.erase(place, place.name, expected, locator, self._guard, empty=self.network_mount)
        except NotFound:
            self._vouch()
            return Receipt(locator, Outcome.ABSENT)
        return Receipt(locator, Outcome.ERASED, erasing.survivors(others))

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        """Lay the new file in the same folder, with the owner, mode and attributes of the old one."""
        with self._swap(locator, expected) as swap:
            return Staged(locator, expected, f"{swap.beside.name} {staging.stage(swap, content)}")

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        """Swap the two, look at what came out, and take the old one away."""
        with self._swap(staged.locator, staged.expected) as swap:
            return staged.locator, staging.commit(swap, _laid(staged, swap))

    def abandon(self, staged: Staged) -> None:
        """Take the staged file away, undoing a swap that a crash stopped half-way."""
        with self._swap(staged.locator, staged.expected) as swap:
            staging.abandon(swap, _laid(staged, swap))

    @property
    def network_mount(self) -> bool:
        """True where the folder is another machine's, once open: only looking again shows what others change there."""
        return is_network(self._file_system)

    def _is_address(self, path: str) -> bool:
        try:
            return not path or bool(parts_of(Locator(self.name, path), self.name))
        except Malformed:
            return False

    def _facts(self) -> Iterator[str]:
        kind = self._file_system
        if self.network_mount:
            yield f"a share of another machine ({kind}): changes are seen by looking again, not told by the system"
            if not self.settings.get("sentinel"):
                yield "no sentinel is set: a share that is not mounted is only noticed when the folder is empty"
        elif kind:
            yield f"on this machine ({kind})"
        if self._guard is not nobody_asks:
            yield "a file that somebody has open, here or over SMB, is left alone until the next run"

    @property
    def _guard(self) -> Guard:
        """The kernel is asked whether anybody has a file open; of a mounted share its server, which keeps the locks."""
        if (self.settings.get("open_files") or _LEAVE) != _LEAVE:
            return nobody_asks
        return writable if self.network_mount else not_open

    @property
    def _opened(self) -> Root:
        if self._root is None:
            raise Unreachable("the source is not open")
        return self._root

    @contextmanager
    def _place(self, locator: Locator) -> Iterator[Place]:
        """Where an item is, in what is still the source. (A handle would also work on a folder that was moved away.)"""
        *folders, name = parts_of(locator, self.name)
        self._opened.check()
        self._check_sentinel()
        with self._opened.folder(folders, locator) as folder:
            yield Place(folder, name)

    @contextmanager
    def _swap(self, locator: Locator, expected: Version) -> Iterator[Swap]:
        with self._place(locator) as item:
            beside = Place(item.folder, staged_name(item.name, expected.token))
            yield Swap(item, beside, item.name, expected, locator, self._guard, self.network_mount)

    def _vouch(self) -> None:
        """Raises Unreachable unless this is still the source: without that, nothing found is no evidence of absence."""
        self._opened.check()
        self._check_sentinel()
        if self.expect_items and self._opened.is_empty():
            raise Unreachable("the source's folder is empty and was not: is it mounted?")

    def _check_sentinel(self) -> None:
        sentinel = self.settings.get("sentinel") or ""
        if not sentinel:
            return
        *folders, name = str(sentinel).split("/")
        try:
            with self._opened.folder(folders) as folder:
                found = look(Place(folder, name)) is not None
        except NotFound:
            found = False
        if not found:
            raise Unreachable("the sentinel file is not there: is the folder mounted?")


def _laid(staged: Staged, swap: Swap) -> str:
    """The version token of what was laid. Raises Malformed for a token that names another file."""
    name, _, token = staged.token.partition(" ")
    if name != swap.beside.name or not token:
        raise Malformed("not what this source staged", staged.locator)
    return token
