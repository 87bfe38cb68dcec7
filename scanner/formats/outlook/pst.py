"""Outlook's stores, pst and ost: every message, card, appointment and task in every folder, and what was deleted.

Optional (`gallra[pst]`). The file is read where it lies, so its size does not matter; a password of its own does not
encrypt it. What cannot be opened in it is a gap of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import cast

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found
from scanner.formats.outlook import mapi, mapi_attach
from scanner.formats.outlook.mapi_named import named
from scanner.formats.outlook.mapi_values import Key, Properties
from scanner.formats.outlook.pst_items import Attachment, Item, Items, Store, properties, stream_of
from scanner.formats.streams import FAULTS
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Steps, Unread

_NEEDS = "pst: needs pip install gallra[pst]"


def _state() -> str:
    library = _library()
    return str(library.get_version()) if library else ""


def _library() -> ModuleType | None:
    try:
        import pypff  # noqa: PLC0415 - optional, and C code that only stores need
    except ImportError:
        return None
    return pypff  # type: ignore[no-any-return]


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    library = _library()
    if library is None:
        raise ReadError(GapReason.UNKNOWN_FORMAT, _NEEDS)
    file = library.file()
    try:
        file.open_file_object(blob.open())
    except FAULTS as fault:
        raise ReadError(GapReason.UNREADABLE, f"a damaged store, or an unknown kind ({type(fault).__name__})") from None
    yield from _Store(file, blob.limit, limits).read()


FORMAT = Format(
    "pst",
    1,
    "libpff (optional)",
    _extract,
    records="`message N`, `attachment N: NAME`",
    entities="from, sender, to, cc, bcc, reply-to, organizer, attendee, author, owner of a card or task, related",
    limits="ids, time zones, search keys, pictures of icons, and deleted items of which only traces are left",
    state=_state,
)


class _Store:
    """One store, read folder by folder."""

    def __init__(self, file: Store, limit: int, limits: Limits) -> None:
        self._file = file
        self._limit = limit
        self._items = Items(file, limits.members)
        self._names = self._named()

    def read(self) -> Iterator[Found]:
        """Every message, then what the folders and the store are called."""
        for number, (path, item) in enumerate(self._items.walk(), 1):
            yield from self._message(item, path, (f"message {number}",))
        texts = [(Role.PATH, path) for path in self._items.paths]
        texts += [(Role.BODY, text) for text in self._items.texts(self._names)]
        if texts:
            yield Record((), "file", texts)
        if self._items.broken:
            yield Unread((), GapReason.UNREADABLE, f"{self._items.broken} folders or items of the store")

    def _message(self, item: Item, path: str, steps: Steps) -> Iterator[Found]:
        try:
            found = properties(item, self._names)
            rows, problems = self._recipients(item, found, steps)
            attached, more = self._attached(item, found, steps)
        except (*FAULTS, MemoryError) as fault:
            yield _gap(steps, fault)
            return
        extra = [(Role.PATH, path)] if path else []
        extra += [text for _, one in attached for text in mapi_attach.texts_of(one)]
        yield from mapi.message(found, rows, steps, extra)
        yield from problems
        yield from more
        for number, (attachment, one) in enumerate(attached, 1):
            yield from self._attachment(attachment, one, (*steps, *mapi_attach.steps_of(one, number)))

    def _recipients(self, item: Item, found: Properties, steps: Steps) -> tuple[list[Properties], list[Found]]:
        """The rows of the recipient table. An item that is no message has none."""
        try:
            table = getattr(item, "recipients", None)
            if table is None:
                return [], []
            return [properties(row, self._names, found.charset) for row in table.record_sets], []
        except (*FAULTS, MemoryError) as fault:
            return [], [_gap(steps, fault, "recipients")]

    def _attached(
        self, item: Item, found: Properties, steps: Steps
    ) -> tuple[list[tuple[Attachment, Properties]], list[Found]]:
        attached: list[tuple[Attachment, Properties]] = []
        try:
            attached.extend(
                (attachment, properties(attachment, self._names, found.charset))
                for attachment in cast("Iterable[Attachment]", getattr(item, "attachments", ()))
            )
        except (*FAULTS, MemoryError) as fault:
            return attached, [_gap(steps, fault, "attachments")]
        return attached, []

    def _attachment(self, attachment: Attachment, found: Properties, steps: Steps) -> Iterator[Found]:
        name = mapi_attach.name_of(found)
        if found.number(0x3705) == mapi_attach.EMBEDDED:
            yield Record(steps, "message", [(Role.FILENAME, name)])
            yield Unread(steps, GapReason.UNREADABLE, "a message inside a message: libpff for Python does not open it")
            return
        if mapi_attach.is_linked(found):
            yield Record(steps, "attachment", [(Role.FILENAME, name)])
            return
        try:
            size = attachment.size
        except (*FAULTS, MemoryError) as fault:
            yield _gap(steps, fault)
            return
        if size is None:
            yield Unread(steps, GapReason.UNREADABLE, "its data is not there")
            return
        blob = Blob(stream_of(attachment, size), name, size=size, limit=self._limit)
        yield from mapi_attach.nested(found, blob, steps)

    def _named(self) -> dict[int, Key]:
        """The store's named properties ([MS-PST] 2.4.7); none where that part is broken."""
        try:
            streams = properties(self._file.name_to_id_map, {})
        except (*FAULTS, AttributeError, MemoryError):
            return {}
        return named(*(streams.data(key) or b"" for key in (2, 3, 4)))


def _gap(steps: Steps, fault: BaseException, what: str = "damaged inside") -> Unread:
    """What libpff could not give; it asks for absurd amounts of memory where sizes are broken."""
    reason = GapReason.OUT_OF_MEMORY if isinstance(fault, MemoryError) else GapReason.UNREADABLE
    return Unread(steps, reason, f"{what} ({type(fault).__name__})")
