"""Maildir: a mailbox on disk, one file a message, as Dovecot, Courier, Exim, Postfix and mutt keep it."""

from __future__ import annotations

import re
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, ClassVar

from connectors.base import (
    Capabilities,
    Connector,
    Content,
    Gap,
    GapReason,
    Item,
    ItemKind,
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
from connectors.errors import Changed, ConnectorError, Denied, Malformed, NotFound, Unreachable
from connectors.files import erasing, staging
from connectors.files.atomic import Place
from connectors.files.handles import Root, parts_of
from connectors.files.staging import Swap
from connectors.files.states import at_version, quick_item, regular, token_of
from connectors.files.steady import open_content
from connectors.mail.boxes import Boxes, Entry, Kept, Message, open_boxes, unique_of
from connectors.mail.folders import INBOX, Tree, find_folders
from connectors.mail.maildir_staged import pack, swap_of, unpack, with_inode
from connectors.mail.message_files import message_files
from connectors.mail.standing import Standing

_LIMITS = (
    "a mail server's own caches and full-text indexes keep words of erased messages until it renews them",
    "a changed message keeps its file name, also a size in it (S=) that Dovecot then corrects by itself",
    "snapshots of the file system keep what was in them",
)
_BY_INODE = re.compile(r"(?P<unique>.*);inode=(?P<inode>[0-9]+)", re.S)
_DELIVERED = re.compile(r"([0-9]{9,10})\.")
_TRIES = 4  # a mail client may rename a message at any moment


class Maildir(Connector):
    """A maildir with its folders. A message's path is ``FOLDER/UNIQUE``: its file's name without the flags.

    So neither a new flag nor a move from `new` to `cur` changes locator or version. Two different files with one unique
    name (a restored copy, a broken client) are told apart as ``FOLDER/UNIQUE;inode=N``.
    """

    kind: ClassVar[str] = "maildir"
    options: ClassVar[tuple[Option, ...]] = (
        Option("path", str, "the maildir, or a folder of maildirs; relative to the configuration file", path=True),
        Option("folders", list, 'the mail folders to search, like "INBOX" or "Arkiv/2024"; none means all', []),
    )

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        super().__init__(name, settings)
        self._root: Root | None = None
        self._tree = Tree()
        self._kept: dict[str, Kept] = {}
        self._standing = Standing()

    @classmethod
    def validate(cls, settings: Mapping[str, Any]) -> list[str]:
        """Folder names must be texts that are not empty."""
        names = settings.get("folders") or ()
        fine = all(isinstance(name, str) and name for name in names)
        return [] if fine else ["folders: every name must be a text that is not empty"]

    def open(self) -> Capabilities:
        """Open the maildir and find its folders."""
        self.close()
        self._root = Root(str(require(self.settings, "path")))
        try:
            self._refresh()
            self._chosen()
            if () in self._tree.folders.values():
                with suppress(Denied), open_boxes(self._root, (), Kept()):
                    pass  # all three are there; what may not be read is told by the walk
        except BaseException:
            self.close()
            raise
        return Capabilities(Strength.WEAK, limits=_LIMITS)

    def close(self) -> None:
        """Let go of the maildir."""
        self._standing.close()
        if self._root is not None:
            self._root.close()
            self._root = None
        self._kept.clear()

    def scopes(self) -> Iterator[str]:
        """The mail folders, by the names users see."""
        self._refresh()
        self._vouch()
        yield from self._chosen()

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        """Every message in `cur` and `new`, and what gallra left in `tmp`. The first folder tells the tree's gaps."""
        del cursor  # none is given out, so every walk is full
        self._refresh()
        self._vouch()
        chosen = self._chosen()
        if scope not in chosen:
            raise Unreachable("the mail folder is not there any more")
        something = False
        if scope == chosen[0]:
            yield from (Gap(Locator(self.name, path), reason) for path, reason in self._tree.gaps)
        try:
            with self._boxes(scope) as boxes:
                for event in self._messages(scope, boxes):
                    something = True
                    yield event
        except Denied:
            yield Gap(Locator(self.name, scope), GapReason.DENIED)
        except (Changed, NotFound):
            yield Gap(Locator(self.name, scope), GapReason.CHANGED)
        self._vouch(something)

    def read(self, locator: Locator) -> Content:
        """The message as it is on disk; neither flags nor access time change."""
        content = self._read_at_once(locator)
        if content is not None:
            return content
        for _ in range(_TRIES):
            with self._at(locator) as (boxes, unique, inode):
                message = self._one(boxes, unique, inode, locator)
                try:
                    return open_content(message.place, locator, f"{unique}.eml", "message/rfc822")
                except NotFound:
                    continue  # renamed since it was found
        raise NotFound("the message is not there", locator)

    def version(self, locator: Locator) -> Version:
        """Size, mtime and inode of the file, which a new flag does not change: weak."""
        with self._at(locator) as (boxes, unique, inode):
            return Version(token_of(self._one(boxes, unique, inode, locator).state))

    def here_since(self, locator: Locator) -> datetime | None:
        """When the message was delivered: its file's name begins with the second (the maildir manual page)."""
        match = _DELIVERED.match(locator.path.rpartition("/")[2])
        return datetime.fromtimestamp(int(match[1]), UTC) if match else None

    def presence(self, locator: Locator) -> Presence:
        """Absent when a list of the folder, in which nothing moved meanwhile, does not have the message."""
        try:
            with self._at(locator) as (boxes, unique, inode):
                found = self._found(boxes, unique, inode, locator)
                for message in found:
                    regular(message.state, locator)
                if found or self._aside(boxes, unique, inode, locator):
                    return Presence.PRESENT
        except NotFound:
            pass
        self._vouch()
        return Presence.ABSENT

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        """Unlink the message's file, whatever its flags are by now, once it is sure to be the expected one."""
        try:
            with self._at(locator) as (boxes, unique, inode):
                return self._erase(boxes, unique, inode, expected, locator)
        except NotFound:
            self._vouch()
            return Receipt(locator, Outcome.ABSENT)

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        """Lay the new message in `tmp`, where no mail client looks."""
        with self._at(locator) as (boxes, unique, inode):
            message = self._one(boxes, unique, inode, locator)
            swap = swap_of(boxes, unique, message.entry, expected, locator)
            return Staged(locator, expected, pack(swap.beside.name, staging.stage(swap, content), message.entry))

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        """Swap the two under the name and flags that the message has by now, and take the old one away."""
        beside, token, entry = unpack(staged)
        for attempt in range(_TRIES):
            with self._staged(staged, beside, token, entry) as (swap, by_inode):
                try:
                    version = staging.commit(swap, token)
                except (Changed, NotFound):
                    if attempt + 1 < _TRIES and not staging.stands(swap):
                        continue  # renamed in the same moment
                    raise
            return (with_inode(staged.locator, version) if by_inode else staged.locator), version
        raise Changed("the message is renamed again and again; try later", staged.locator)

    def abandon(self, staged: Staged) -> None:
        """Take the staged message away, undoing a swap that a crash stopped half-way."""
        beside, token, entry = unpack(staged)
        with self._staged(staged, beside, token, entry) as (swap, _):
            staging.abandon(swap, token)

    # -- looking at some files

    def places(self, paths: Iterable[str]) -> dict[str, list[str]] | None:
        """Files in boxes, by the mail folder; None where a directory or a link is among the paths."""
        self._refresh()
        self._vouch()
        return message_files(self._opened, self._tree, set(self._chosen()), paths)

    def look(self, scope: str, paths: Sequence[str]) -> Iterator[Item | Gap | Looked]:
        """The messages that the files are, or were. Where two had one name before, the other leaves by a whole walk."""
        self._refresh()
        self._vouch()
        uniques = dict.fromkeys(unique_of(path.rpartition("/")[2]) for path in paths)
        with self._boxes(scope) as boxes:
            yield from self._messages(scope, boxes, uniques)
        self._vouch()
        yield from (Looked(Locator(self.name, f"{scope}/{unique}")) for unique in uniques)

    # -- folders

    def left_out(self) -> tuple[LeftOut, ...]:
        """The mail folders that `folders` does not name; nobody has counted their messages."""
        wanted = self.settings.get("folders") or ()
        return tuple(LeftOut(name, None, 1) for name in sorted(self._tree.folders) if wanted and name not in wanted)

    @property
    def _opened(self) -> Root:
        if self._root is None:
            raise Unreachable("the source is not open")
        return self._root

    def _refresh(self) -> None:
        self._opened.check()
        self._tree = find_folders(self._opened)
        if not self._tree.folders:
            raise Unreachable("no maildir is here: cur, new and tmp are missing; is it mounted?")

    def _chosen(self) -> list[str]:
        wanted = self.settings.get("folders") or ()
        if any(name not in self._tree.folders for name in wanted):
            raise Unreachable("a mail folder named in `folders` is not there: is it mounted, is its name right?")
        return sorted(wanted or self._tree.folders, key=lambda name: (name != INBOX, name))

    def _vouch(self, seen_items: bool = False) -> None:
        """Raises Unreachable unless this is still the source, and not an emptied one."""
        self._opened.check()
        if (self.expect_items or seen_items) and not any(
            self._holds_any(parts) for parts in self._tree.folders.values()
        ):
            raise Unreachable("the maildir is empty and was not: is it mounted?")

    def _holds_any(self, parts: tuple[str, ...]) -> bool:
        try:
            with open_boxes(self._opened, parts, Kept()) as boxes:
                return boxes.holds_any()
        except Denied:
            return True  # not known to be empty; the walk tells the gap

    @contextmanager
    def _boxes(self, folder: str, locator: Locator | None = None) -> Iterator[Boxes]:
        self._opened.check()
        if folder not in self._tree.folders:
            self._refresh()
        if folder not in self._tree.folders:
            if any(reason is not GapReason.LINK for _, reason in self._tree.gaps):
                raise Denied("part of the maildir may not be looked into, so nobody can tell what is there", locator)
            raise NotFound("the mail folder is not there", locator)
        with open_boxes(
            self._opened, self._tree.folders[folder], self._kept.setdefault(folder, Kept()), locator
        ) as boxes:
            yield boxes

    # -- messages

    def _read_at_once(self, locator: Locator) -> Content | None:
        """The message, where the last list of its folder has one file of its name and that is still there.

        None for everything else, whatever it is: the long way then finds the message, or says what is wrong.
        """
        folder, _, unique = locator.path.rpartition("/")
        entries = self._kept[folder].names.get(unique, ()) if folder in self._kept else ()
        if len(entries) != 1 or folder not in self._tree.folders or locator.source != self.name or locator.steps:
            return None
        try:
            box = self._standing.boxes(self._opened, self._tree.folders[folder])[entries[0].box]
            return open_content(Place(box, entries[0].name), locator, f"{unique}.eml", "message/rfc822")
        except (OSError, KeyError, ConnectorError):
            return None

    @contextmanager
    def _at(self, locator: Locator) -> Iterator[tuple[Boxes, str, int | None]]:
        """The folder's boxes, the message's unique name, and its inode where the locator needs one."""
        *folder, unique = parts_of(locator, self.name)
        if not folder:
            raise Malformed("not the address of a message: the folder is missing", locator)
        with self._boxes("/".join(folder), locator) as boxes:
            by_inode = _BY_INODE.fullmatch(unique)
            if by_inode and not boxes.find(unique, locator) and not boxes.aside(unique, locator):
                yield boxes, by_inode["unique"], int(by_inode["inode"])
            else:
                yield boxes, unique, None

    def _messages(self, scope: str, boxes: Boxes, only: Collection[str] | None = None) -> Iterator[Item | Gap]:
        """All messages, or those of these unique names alone."""
        moved = []
        names = boxes.names()
        for unique, entries in names.items() if only is None else [(one, names[one]) for one in only if one in names]:
            if len(entries) == 1 and (state := boxes.state_of_file(entries[0])) is not None:  # nearly all
                yield quick_item(self.name, f"{scope}/{unique}", state, ItemKind.MESSAGE)
                continue
            found = boxes.live(entries)
            if len(found) < len(entries):
                moved.append(unique)
            else:
                yield from self._events(scope, unique, found)
        if moved:
            names = boxes.names()
            for unique in moved:
                yield from self._events(scope, unique, boxes.live(names.get(unique, ())))

    def _events(self, scope: str, unique: str, found: list[Message]) -> Iterator[Item | Gap]:
        """One event a file; one for two names of the same file; an address with the inode where files differ."""
        path = f"{scope}/{unique}"
        by_inode = {message.state.st_ino: message for message in found}
        for inode, message in by_inode.items():
            own = path if len(by_inode) == 1 else f"{path};inode={inode}"
            if stat.S_ISREG(message.state.st_mode):
                yield quick_item(self.name, own, message.state, ItemKind.MESSAGE)
            else:
                link = stat.S_ISLNK(message.state.st_mode)
                yield Gap(Locator(self.name, own), GapReason.LINK if link else GapReason.SPECIAL_FILE)

    def _found(self, boxes: Boxes, unique: str, inode: int | None, locator: Locator) -> list[Message]:
        found = boxes.find(unique, locator)
        return found if inode is None else [message for message in found if message.state.st_ino == inode]

    def _one(self, boxes: Boxes, unique: str, inode: int | None, locator: Locator) -> Message:
        """The message. Raises NotFound; Changed where different files have its name."""
        found = self._found(boxes, unique, inode, locator)
        if not found:
            raise NotFound("the message is not there", locator)
        if len({message.state.st_ino for message in found}) > 1:
            raise Changed("several files have the message's name by now; look again", locator)
        regular(found[0].state, locator)
        return found[0]

    def _aside(self, boxes: Boxes, unique: str, inode: int | None, locator: Locator) -> bool:
        """True where a crash left this message aside."""
        return any(inode is None or token.endswith(f"-{inode}") for token in boxes.aside(unique, locator))

    def _erase(self, boxes: Boxes, unique: str, inode: int | None, expected: Version, locator: Locator) -> Receipt:
        outcome, others = Outcome.ABSENT, 0
        for _ in range(_TRIES):
            found = self._found(boxes, unique, inode, locator)
            for message in found:
                at_version(message.state, expected.token, locator)
            for message in found:
                with suppress(NotFound):  # renamed since it was found: it is found again
                    others = erasing.erase(message.place, unique, expected, locator)
                    outcome = Outcome.ERASED
            if not found:
                break
        for place in [boxes.place(Entry(box, unique)) for box in boxes.handles]:
            if (left := erasing.finish(place, unique, expected, locator)) is not None:
                outcome, others = Outcome.ERASED, left
        self._settled(boxes, unique, inode, outcome, locator)
        return Receipt(locator, outcome, erasing.survivors(others))

    def _settled(self, boxes: Boxes, unique: str, inode: int | None, outcome: Outcome, locator: Locator) -> None:
        """Raises Changed rather than let a receipt speak of a message that is still there."""
        if self._found(boxes, unique, inode, locator):
            raise Changed("the message is renamed again and again; try later", locator)
        if outcome is Outcome.ABSENT:
            if self._aside(boxes, unique, inode, locator):
                raise Changed("what was set aside earlier is not what was expected", locator)
            self._vouch()

    # -- surgery

    @contextmanager
    def _staged(self, staged: Staged, beside: str, token: str, entry: Entry) -> Iterator[tuple[Swap, bool]]:
        """The swap under the name the message has by now, or had when it was staged; and whether by its inode."""
        with self._at(staged.locator) as (boxes, unique, inode):
            # after the swap the new file has the name, so an address with the old inode finds nothing: take the name
            known = {token, staged.expected.token}
            found = [m for m in boxes.find(unique, staged.locator) if inode is None or token_of(m.state) in known]
            current = found[0].entry if found else entry
            swap = swap_of(boxes, unique, current, staged.expected, staged.locator)
            if swap.beside.name != beside:
                raise Malformed("not what this source staged", staged.locator)
            yield swap, inode is not None
