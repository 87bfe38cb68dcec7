"""A store as libpff gives it: its folders and items one by one, and their properties."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import BinaryIO, Protocol, TypeVar, cast

from scanner.formats.outlook import mapi_ids
from scanner.formats.outlook.mapi_values import BINARY, MANY, OBJECT, STRING8, UNICODE, Key, Properties, Raw
from scanner.formats.streams import FAULTS, member_stream

_LISTS = frozenset({MANY | STRING8, MANY | UNICODE, MANY | BINARY})
T = TypeVar("T")
_NAME = 0x3001


class Entry(Protocol):
    """A property as libpff gives it."""

    entry_type: int | None
    value_type: int | None
    data: bytes | None


class Row(Protocol):
    """A list of properties."""

    entries: Iterable[Entry]


class Item(Protocol):
    """Anything that has properties; a table has several lists of them."""

    identifier: int | None
    record_sets: Iterable[Row]


class Folder(Item, Protocol):
    """A folder, with what lies in it."""

    name: str | None
    number_of_sub_items: int

    def get_sub_item(self, index: int) -> Item:
        """One of those. Raises OSError."""


class Attachment(Item, Protocol):
    """An attachment, whose bytes are read from a position on."""

    size: int | None

    def seek_offset(self, offset: int, whence: int) -> None:
        """Go there."""

    def read_buffer(self, size: int) -> bytes:
        """Read from there."""


class Store(Protocol):
    """An open file."""

    root_folder: Folder
    message_store: Item | None
    name_to_id_map: Item
    number_of_orphan_items: int

    def get_orphan_item(self, index: int) -> Item:
        """An item that lies in no folder any more. Raises OSError."""


class Items:
    """Walks over a store. Afterwards `paths` are its folders, and `broken` how many things did not open."""

    def __init__(self, file: Store, most: int) -> None:
        self.paths: list[str] = []
        self.broken = 0
        self._file = file
        self._most = most
        self._seen: set[int] = set()
        self._folders: list[Folder] = []

    def walk(self) -> Iterator[tuple[str, Item]]:
        """Every item that is no folder, with the path of the folder it lies in; then those without a folder."""
        waiting: list[tuple[str, Folder]] = []
        root = self._tried(lambda: self._file.root_folder)
        if root is not None:
            waiting.append(("", root))
        while waiting and len(self.paths) <= self._most:
            path, folder = waiting.pop()
            below: list[tuple[str, Folder]] = []
            for item in self._children(folder):
                if hasattr(item, "sub_folders"):
                    inner = cast(Folder, item)
                    below.append((self._entered(path, inner), inner))
                else:
                    yield path, item
            waiting.extend(reversed(below))
        for item in self._listed(lambda: self._file.number_of_orphan_items, self._file.get_orphan_item):
            if hasattr(item, "sub_folders"):
                self._entered("", cast(Folder, item))
            yield "", item

    def texts(self, names: Mapping[int, Key]) -> Iterator[str]:
        """What the store itself and comments on folders say."""
        store = self._tried(lambda: self._file.message_store)
        for item in (*([store] if store is not None else []), *self._folders):
            found = self._tried(properties, item, names)
            if found is None:
                continue
            for key, kind, raw in found.entries:
                if key not in mapi_ids.DULL and (key != _NAME or item is store):
                    yield from found.strings(kind, raw)

    def _entered(self, path: str, folder: Folder) -> str:
        """A folder's own path, noted."""
        self._folders.append(folder)
        name = self._tried(lambda: folder.name) or ""
        inner = f"{path}/{name}".strip("/")
        if name:
            self.paths.append(inner)
        return inner

    def _children(self, folder: Folder) -> Iterator[Item]:
        """What lies in a folder, each once in the whole walk."""
        for item in self._listed(lambda: folder.number_of_sub_items, folder.get_sub_item):
            identifier = self._tried(getattr, item, "identifier")
            if identifier in self._seen:
                continue
            if identifier is not None:
                self._seen.add(identifier)
            yield item

    def _listed(self, count: Callable[[], int], get: Callable[[int], Item]) -> Iterator[Item]:
        for index in range(self._tried(count) or 0):
            item = self._tried(get, index)
            if item is not None:
                yield item

    def _tried(self, ask: Callable[..., T], *given: object) -> T | None:
        """The answer; None, and counted as broken, where libpff cannot give it."""
        try:
            return ask(*given)
        except (*FAULTS, MemoryError):
            self.broken += 1
            return None


def properties(item: Item | Row, names: Mapping[int, Key], inherited: str | None = None) -> Properties:
    """All properties of an item, or of one row of its tables, but the data of an attachment. Raises OSError."""
    found = Properties(inherited)
    rows: Iterable[Row] = item.record_sets if hasattr(item, "record_sets") else (item,)
    for row in rows:
        for entry in row.entries:
            number, kind = entry.entry_type, entry.value_type
            if number is None or kind is None or kind == OBJECT or number == mapi_ids.ATTACH_DATA:
                continue
            data = entry.data
            if data is not None:
                key = names.get(number, number) if number >= 0x8000 else number
                found.add(key, kind, _split(data) if kind in _LISTS else data)
    return found


def _split(data: bytes) -> Raw:
    """The values of a list ([MS-PST] 2.3.3.4.2): their count, where each begins, then all of them."""
    count = min(int.from_bytes(data[:4], "little"), len(data) // 4)
    starts = [int.from_bytes(data[place : place + 4], "little") for place in range(4, 4 + 4 * count, 4)]
    pieces = [data[start:end] for start, end in zip(starts, [*starts[1:], len(data)], strict=True)]
    return pieces if sum(map(len, pieces)) <= len(data) else [data]


def stream_of(attachment: Attachment, size: int) -> BinaryIO:
    """The bytes of an attachment, read from the store as they are wanted."""
    return member_stream(lambda: cast(BinaryIO, _Attachment(attachment)), size)


class _Attachment(io.RawIOBase):
    """libpff's attachment as a file."""

    def __init__(self, attachment: Attachment) -> None:
        super().__init__()
        self._attachment = attachment
        self._at = 0

    def tell(self) -> int:
        """The position in bytes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position from the start."""
        assert whence == io.SEEK_SET
        self._attachment.seek_offset(offset, whence)
        self._at = offset
        return offset

    def read(self, count: int = -1) -> bytes:
        """Up to `count` bytes."""
        data: bytes = self._attachment.read_buffer(count)
        self._at += len(data)
        return data
