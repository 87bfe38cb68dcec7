"""What is in an archive of borg: its items with the ids of their chunks, which say what content they have.

`borg list` tells sizes and times, and neither what a hard link holds nor what one content has that another has not.
`borg debug dump-archive` costs the same (both read all metadata and no content) and tells all: it is read item by item.
Archives never change under their id, so that what was read of one is kept for the session, up to a limit.
"""

from __future__ import annotations

import hashlib
import json
import stat
from collections import OrderedDict
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from connectors.backups.base import content_id
from connectors.backups.borg_tool import Borg, address, ended
from connectors.errors import NotFound, ProtocolBroken

KEPT: Final = 400_000
"""Records kept in memory, of some 400 bytes each."""

_PART = ".borg_part_"  # in the name that borg gives a piece
_LINKED = (stat.S_ISREG, stat.S_ISBLK, stat.S_ISCHR, stat.S_ISFIFO)  # what borg keeps hard links of
# What a rewrite may change of an item without changing what is restored: who of a hard link's names holds the chunks.
_FREE = frozenset({"chunks", "chunks_healthy", "hardlink_master", "path", "size"})


@dataclass(frozen=True, slots=True)
class Archive:
    """One line of the repository's list of archives."""

    name: str
    id: str
    at: datetime


class Record(NamedTuple):
    """One item of an archive. `chunks`: of a file, the ids of its content, also where it is a hard link to another.

    `link` is the path of the item that a hard link refers to, and `mark` a hash of all other metadata. `piece`: a
    part of a file, of a backup that was broken off, which borg hides. `broken`: chunks of it are lost.
    """

    path: str
    mode: int
    mark: bytes
    chunks: tuple[bytes, ...] | None
    size: int
    link: str | None
    piece: bool
    broken: bool

    @property
    def whole(self) -> str:
        """Of a piece, the path of the file that it is of."""
        return self.path.rpartition(_PART)[0]

    @property
    def content(self) -> str:
        """Its content's id. Only of a file with chunks."""
        return content_id(one.hex() for one in self.chunks or ())


class Head(NamedTuple):
    """What an archive says of itself. `stored`: the ids of the objects that hold its items' metadata."""

    facts: Mapping[str, Any]
    stored: tuple[bytes, ...]

    def said(self, fact: str) -> list[str]:
        """The words of a command line that is among the facts."""
        return [_text(str(one)) for one in self.facts.get(fact) or ()]


class Listings:
    """The archives of a repository, and what is in each."""

    def __init__(self, borg: Borg) -> None:
        self._borg = borg
        self._kept: OrderedDict[str, tuple[Head, tuple[Record, ...]]] = OrderedDict()
        self._words: dict[Any, Any] = {}  # the same path or chunk in many archives is held once

    def archives(self) -> list[Archive]:
        """All of them, checkpoints and leftovers too, the oldest first. Raises Unreachable, Denied."""
        done = self._borg.run("debug", "dump-manifest", "::", "-")
        try:
            told = json.loads(done.out)["archives"]
            found = [Archive(_text(name), _bytes(one["id"]).hex(), _time(one["time"])) for name, one in told.items()]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ProtocolBroken("borg's list of archives cannot be read") from None
        return sorted(found, key=lambda one: (one.at, one.name))

    def records(self, archive: Archive) -> Iterator[Record]:
        """Every item of the archive in its order, pieces too. Raises NotFound, Unreachable; never ends short."""
        kept = self._kept.get(archive.id)
        if kept is not None:
            self._kept.move_to_end(archive.id)
            yield from kept[1]
            return
        met: list[Record] | None = []
        with closing(self._dumped(archive)) as dumped:
            head = next(dumped)
            assert isinstance(head, Head)
            for record in dumped:
                assert isinstance(record, Record)
                if met is not None:
                    met.append(record)
                    met = met if len(met) <= KEPT else None
                yield record
        if met is not None:
            self._keep(archive.id, head, tuple(met))

    def head(self, archive: Archive) -> Head:
        """What the archive says of itself. Reads no more than it must."""
        kept = self._kept.get(archive.id)
        if kept is not None:
            return kept[0]
        with closing(self._dumped(archive)) as dumped:
            head = next(dumped)
        assert isinstance(head, Head)
        return head

    def same(self, old: Archive, new: Archive) -> bool:
        """Whether both hold the very same items; what is known of the old one is known of the new one then."""
        known, head = self.head(old), self.head(new)
        if head.stored != known.stored:
            return False
        kept = self._kept.get(old.id)
        if kept is not None:
            self._keep(new.id, head, kept[1])
        return True

    def _keep(self, name: str, head: Head, records: tuple[Record, ...]) -> None:
        self._kept[name] = (head, records)
        total = sum(len(one) for _, one in self._kept.values())
        while total > KEPT:
            _, (_, dropped) = self._kept.popitem(last=False)
            total -= len(dropped)
            self._words.clear()

    def _dumped(self, archive: Archive) -> Generator[Head | Record, None, None]:
        """The head first, then every record."""
        with self._borg.start("debug", "dump-archive", address(archive.name), "-") as running:
            blocks = _blocks(running.lines())
            try:
                yield from self._parsed(archive, blocks)
            except _BrokenOff:
                ended(running)
                raise ProtocolBroken("borg's listing of a snapshot ended short") from None
            except (ValueError, KeyError, TypeError, AttributeError):
                raise ProtocolBroken("borg's listing of a snapshot cannot be read") from None
            ended(running)

    def _parsed(self, archive: Archive, blocks: Iterator[bytes]) -> Iterator[Head | Record]:
        entry = json.loads(next(blocks))
        if _bytes(entry["id"]).hex() != archive.id:
            raise NotFound("the snapshot was rewritten meanwhile")
        facts = json.loads(next(blocks))
        lists = [*(facts.pop("items", None) or ()), *(facts.pop("item_ptrs", None) or ())]
        yield Head(facts, tuple(_bytes(one) for one in lists))
        masters: dict[str, tuple[tuple[bytes, ...] | None, int, bool]] = {}
        for block in blocks:
            yield self._record(json.loads(block), masters)

    def _record(self, item: dict[str, Any], masters: dict[str, tuple[tuple[bytes, ...] | None, int, bool]]) -> Record:
        path = self._word(_text(item["path"]))
        mode = int(item["mode"])
        linked = any(check(mode) for check in _LINKED)
        link = self._word(_text(item.pop("source"))) if linked and "source" in item else None
        broken = "chunks_healthy" in item
        piece = "part" in item
        chunks: tuple[bytes, ...] | None = None
        size = 0
        if link is not None:
            chunks, size, broken = masters.get(link, (None, 0, True))
        elif "chunks" in item:
            chunks = tuple(self._word(_bytes(one[0])) for one in item["chunks"])
            size = sum(int(one[1]) for one in item["chunks"])
        if link is None and linked and item.get("hardlink_master", True):
            masters[path] = (chunks, size, broken)
        facts = repr(sorted((name, value) for name, value in item.items() if name not in _FREE))
        mark = hashlib.blake2b(facts.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        return Record(path, mode, mark, chunks, size, link, piece, broken)

    def _word(self, word: Any) -> Any:  # noqa: ANN401 - a text or bytes, and the same comes back
        return self._words.setdefault(word, word)


class _BrokenOff(Exception):
    """The dump has no end."""


def _blocks(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The objects of a dump: its entry in the list of archives, its head, and each item."""
    block: list[bytes] = []
    for line in lines:
        if line == b"    {" and not block:
            block.append(line)
        elif block and line in (b"    }", b"    },"):
            yield b"".join((*block, b"}"))
            block.clear()
        elif block:
            block.append(line)
        elif line == b"}":
            return
    raise _BrokenOff


def _bytes(told: str) -> bytes:
    """What borg dumps of bytes: UTF-8 as it is, and all else in hex after a DEL."""
    return bytes.fromhex(told[1:]) if told.startswith("\x7f") else told.encode("utf-8", "surrogateescape")


def _text(told: str) -> str:
    return _bytes(told).decode("utf-8", "surrogateescape")


def _time(told: str) -> datetime:
    """In UTC, which borg does not say."""
    at = datetime.fromisoformat(told)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
