"""Walking a tree through folder handles: every file once, and a gap for whatever is not a file or cannot be seen.

Speed matters here: a rescan's floor is this loop. One stat an entry, no path is opened, no link is followed.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.base import Gap, GapReason, Item, ItemKind, LeftOut, Locator
from connectors.errors import Changed, ConnectorError, NotFound, Unreachable
from connectors.files.globs import Globs
from connectors.files.handles import Root, open_listing
from connectors.files.snapshots import DETAIL, HIDDEN, is_snapshots
from connectors.files.states import quick_item

DEEPEST = 200  # folders in folders; each level holds one handle
_LISTINGS = 3  # a folder that changes while it is listed is listed again, since a renamed file may have been missed
_FILE = stat.S_IFREG
_FOLDER = stat.S_IFDIR
_LINK = stat.S_IFLNK


@dataclass(slots=True)
class _Level:
    fd: int
    prefix: str  # "" or ending in "/"
    folders: list[str] = field(default_factory=list)


class PassedBy:
    """Counts what patterns leave out, by pattern. Nothing of it is opened or looked into."""

    def __init__(self) -> None:
        self._items: Counter[str] = Counter()
        self._folders: Counter[str] = Counter()

    def add(self, pattern: str, entry: os.DirEntry[str]) -> None:
        """One entry. What the listing itself says of its kind is enough: no stat."""
        self._items[pattern] += 1
        try:
            self._folders[pattern] += entry.is_dir(follow_symlinks=False)
        except OSError:
            return  # a file system whose listings tell no kinds, and the entry is gone or closed

    def of(self, pattern: str) -> LeftOut:
        """What was passed by for one pattern."""
        return LeftOut(pattern, self._items[pattern], self._folders[pattern])


class Walker:
    """One walk of one tree. Use once. `passed` counts what `exclude` kept out of it."""

    def __init__(self, root: Root, source: str, exclude: Globs, follow_links: bool) -> None:
        self._root = root
        self._source = source
        self._exclude = exclude
        self._follow = follow_links
        self.passed = PassedBy()
        self._targets: set[str] = set()  # excluded things that a followed link leads to, by their own path

    def walk(self) -> Iterator[Item | Gap]:
        """Every item once, or a gap. Raises Unreachable where the root goes away."""
        something = False
        yield from self._hidden_snapshots()
        for event in self._tree("", ""):
            something = True
            yield event
        yield from self._linked()
        self._root.check()
        if something and self._root.is_empty():
            raise Unreachable("the source's folder was emptied while it was walked: is it still mounted?")

    def _linked(self) -> Iterator[Item | Gap]:
        """The excluded things that followed links lead to, once each."""
        done: set[str] = set()
        for target in sorted(self._targets):
            for event in self._target(target):
                if event.locator.path not in done:
                    done.add(event.locator.path)
                    yield event

    def _tree(self, parent: str, name: str, depth: int = 0) -> Iterator[Item | Gap]:
        """The folder `name` in the folder `parent` ("" and "" for the root), and all below it. `depth` is its own."""
        stack: list[_Level] = []
        try:
            try:
                with self._root.folder(parent.split("/") if parent else ()) as above:
                    first = open_listing(name or ".", above)
            except OSError as error:
                yield from self._trouble(error, f"{parent}/{name}".strip("/"))
                return
            stack.append(_Level(first, f"{parent}/{name}/".lstrip("/")))
            yield from self._list(stack[-1])
            while stack:
                level = stack[-1]
                if not level.folders:
                    os.close(stack.pop().fd)
                    continue
                yield from self._deeper(stack, level, level.folders.pop(), depth)
        finally:
            for level in stack:
                os.close(level.fd)

    def _deeper(self, stack: list[_Level], level: _Level, name: str, depth: int) -> Iterator[Item | Gap]:
        path = level.prefix + name
        if len(stack) + depth >= DEEPEST:
            yield self._gap(path, GapReason.TOO_DEEP)
            return
        try:
            fd = open_listing(name, level.fd)
        except OSError as error:
            yield from self._trouble(error, path)
            return
        stack.append(_Level(fd, path + "/"))
        yield from self._list(stack[-1])

    def _list(self, level: _Level) -> Iterator[Item | Gap]:
        seen: set[str] = set()
        before = os.fstat(level.fd).st_mtime_ns
        for _ in range(_LISTINGS):
            try:
                yield from self._list_once(level, seen)
                after = os.fstat(level.fd).st_mtime_ns
            except OSError as error:
                yield from self._trouble(error, level.prefix.rstrip("/"))
                return
            if after == before:
                return
            before = after

    def _list_once(self, level: _Level, seen: set[str]) -> Iterator[Item | Gap]:
        prefix, source, exclude = level.prefix, self._source, self._exclude if self._exclude else None
        kind, item, known = ItemKind.FILE, quick_item, seen.add
        with os.scandir(level.fd) as entries:
            for entry in entries:
                name = entry.name
                if name in seen:
                    continue
                if exclude is not None and exclude.match(name, prefix + name):
                    known(name)  # a folder that changes is listed again, and counts it once
                    self.passed.add(exclude.which(name, prefix + name), entry)
                    continue
                known(name)
                try:
                    state = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # taken away since it was listed
                form = state.st_mode & 0o170000
                if form == _FILE:
                    yield item(source, prefix + name, state, kind)
                elif form == _FOLDER:
                    if is_snapshots(name):
                        yield self._gap(prefix + name, GapReason.SPECIAL_FILE, DETAIL)
                    else:
                        level.folders.append(name)
                else:
                    yield from self._no_file(prefix + name, form)

    def _hidden_snapshots(self) -> Iterator[Item | Gap]:
        """Those of the root that no listing shows. A listed one is told when it is met."""
        listed: set[str] | None = None
        for name in HIDDEN:
            try:
                os.stat(name, dir_fd=self._root.fd, follow_symlinks=False)
            except OSError:
                continue
            if listed is None:
                listed = set(os.listdir(self._root.fd))  # noqa: PTH208 - of a handle
            if name not in listed and not self._exclude.match(name, name):
                yield self._gap(name, GapReason.SPECIAL_FILE, DETAIL)

    def _no_file(self, path: str, form: int) -> Iterator[Item | Gap]:
        if form != _LINK:
            yield self._gap(path, GapReason.SPECIAL_FILE)
        elif (target := self._inside(path)) is None:
            yield self._gap(path, GapReason.LINK)
        elif self._exclude.covers(target):
            if self._follow:
                self._targets.add(target)
            else:
                yield self._gap(path, GapReason.LINK)

    def _inside(self, path: str) -> str | None:
        """Where a link leads to, relative to the root; None for outside, nowhere and in circles. Opens nothing."""
        real = self._root.real.rstrip("/")
        try:
            target = os.path.realpath(f"{real}/{path}", strict=True)
        except OSError:
            return None
        if target == self._root.real:
            return ""
        return target[len(real) + 1 :] if target.startswith(real + "/") else None

    def _target(self, path: str) -> Iterator[Item | Gap]:
        """An excluded thing that a followed link leads to, under its own path: no locator leads through a link."""
        parent, _, name = path.rpartition("/")
        try:
            with self._root.folder(parent.split("/") if parent else ()) as above:
                state = os.stat(name, dir_fd=above, follow_symlinks=False)
        except OSError as error:
            yield from self._trouble(error, path)
            return
        except ConnectorError:
            yield self._gap(path, GapReason.CHANGED)
            return
        form = state.st_mode & 0o170000
        if form == _FILE:
            yield quick_item(self._source, path, state, ItemKind.FILE)
        elif form == _FOLDER:
            try:
                yield from self._tree(parent, name)
            except (Changed, NotFound):
                yield self._gap(path, GapReason.CHANGED)
        else:
            yield self._gap(path, GapReason.LINK if form == _LINK else GapReason.SPECIAL_FILE)

    def _trouble(self, error: OSError, path: str) -> Iterator[Item | Gap]:
        """A gap over what could not be listed; nothing for what is gone; Unreachable where the source itself is."""
        self._root.check()
        if error.errno == errno.ENOENT:
            return
        if error.errno in (errno.EACCES, errno.EPERM):
            yield self._gap(path, GapReason.DENIED)
        elif error.errno in (errno.ENOTDIR, errno.ELOOP):
            yield self._gap(path, GapReason.CHANGED)
        elif self._root.is_empty():
            raise Unreachable("the source's folder does not answer")
        else:
            yield self._gap(path, GapReason.UNREADABLE, errno.errorcode.get(error.errno or 0, ""))

    def _gap(self, path: str, reason: GapReason, detail: str = "") -> Gap:
        return Gap(Locator(self._source, path), reason, detail)
