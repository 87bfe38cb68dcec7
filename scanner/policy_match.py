"""Which documents a rule is about: all keys that it sets must fit, and of each list one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from config.model import Rule
from config.names import folded
from connectors.files.globs import Globs

if TYPE_CHECKING:
    from scanner.vouchers import Voucher

_WILD = re.compile(r"[*?\[]")
_MEANT = {"contract": ("employment-contract",)}  # a rule about contracts is about those of employment too
_OF_A_SERVER = re.compile(r"(.+);UID=[0-9]+", re.S)
_RECORDS = {
    "message": "message",
    "card": "contact",
    "event": "event",
    "todo": "event",
    "row": "row",
    "attachment": "file",
    "member": "file",
}


@dataclass(frozen=True, slots=True)
class Document:
    """What the rules may know of one item, or of one record in it.

    `path` is the item's in its source, and `inner` the names that lead to a record: of archive members, of attachments.
    `folders` are those it lies in, the outermost first (see `folders_of`); None: those of the path. `kind` is one of
    `config.model.KINDS` (see `kind_of`). `senders` are mail addresses. `voucher` is what its text says of itself, and
    `referred_by` are the vouchers that refer to it. `received` and `created` are days that the source or the document
    itself gives; the time of a file's last change is neither.
    """

    source: str
    path: str
    kind: str
    inner: tuple[str, ...] = ()
    folders: tuple[str, ...] | None = None
    senders: tuple[str, ...] = ()
    voucher: Voucher | None = None
    referred_by: tuple[Voucher, ...] = ()
    received: date | None = None
    created: date | None = None

    def vouchers(self) -> tuple[Voucher, ...]:
        """Itself, where it is of a known class, and the vouchers that refer to it."""
        own = (self.voucher,) if self.voucher is not None and self.voucher.kind is not None else ()
        return (*own, *self.referred_by)


def kind_of(record: str, item: str) -> str:
    """The kind of a record by its word (`scanner.records.Record.kind`); of one without its own, that of its item."""
    return _RECORDS.get(record, item)


def folders_of(item: str, path: str) -> tuple[str, ...]:
    """The folders that an item lies in, the outermost first, by the kind of the item itself and its path.

    A message of a mail server (`Bokföring/2024;UID=7`) lies in the mail folder that its path begins with.
    """
    if item == "message" and (match := _OF_A_SERVER.fullmatch(path)):
        return tuple(match[1].split("/"))
    return tuple(path.split("/")[:-1])


class Matcher:
    """One rule's keys, made ready. Capitals do not count in paths and senders, nor how å is composed."""

    def __init__(self, rule: Rule) -> None:
        self._sources = {folded(name) for name in rule.sources}
        self._kinds = frozenset(rule.kinds)
        self._documents = frozenset(rule.documents) | {one for name in rule.documents for one in _MEANT.get(name, ())}
        self._senders = tuple(folded(one) for one in rule.senders)
        self._match = Patterns(rule.match)
        self._folders = Globs(folded(pattern) for pattern in rule.folders)

    def match(self, document: Document) -> bool:
        """True where every key that is set fits the document."""
        return (
            (not self._sources or folded(document.source) in self._sources)
            and (not self._kinds or document.kind in self._kinds)
            and (not self._match or self._match.match(document.path, document.inner))
            and (not self._folders or self._lies_in(document))
            and (not self._senders or any(self._sent_by(one) for one in document.senders))
            and (not self._documents or bool(self.classes(document)))
        )

    def classes(self, document: Document) -> tuple[Voucher, ...]:
        """The vouchers by which the document falls under the rule; all, where the rule asks for no class."""
        return tuple(one for one in document.vouchers() if not self._documents or one.kind in self._documents)

    def _lies_in(self, document: Document) -> bool:
        above = document.path.split("/")[:-1] if document.folders is None else document.folders
        return bool(above) and self._folders.covers(folded("/".join(above)))

    def _sent_by(self, sender: str) -> bool:
        address = folded(sender.strip())
        domain = address.rpartition("@")[2]
        return any(
            address == wanted if "@" in wanted else domain == wanted or domain.endswith("." + wanted)
            for wanted in self._senders
        )


class Patterns:
    """Patterns of paths, as `connectors.files.globs` reads them.

    One whose last part is plain (`Fakturor`, `Kunder/Avtal`), or that ends in `/`, is about what lies below, too; one
    with a wildcard there (`*.sie`) is about the item or record itself, so that a folder `anna@x.se` is no `*.se`.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        known = [folded(pattern) for pattern in patterns]
        self._itself = Globs(known)
        self._below = Globs(one for one in known if one.endswith("/") or not _WILD.search(one.rpartition("/")[2]))

    def __bool__(self) -> bool:
        return bool(self._itself)

    def match(self, path: str, inner: Sequence[str] = ()) -> bool:
        """True where a pattern fits the path of the item, or that path with the names inside it added."""
        whole = folded("/".join((path, *inner)))
        return self._itself.match(whole.rpartition("/")[2], whole) or self._below.covers(whole)
