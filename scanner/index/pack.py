"""From what was read in an item to the row that the writer stores: everything sealed, in the worker."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from connectors.base import ItemKind, Version
from connectors.locator import Locator
from scanner.detect.emails import email_keys
from scanner.index import codes
from scanner.index.rows import GapRow, ItemRow, MentionRow, Mentions, RecordRow
from scanner.index.seal import Sealer
from scanner.records import IdType, Record, Steps, Unread

if TYPE_CHECKING:
    from scanner.detect.base import Mention

PATH: Final = b"path"
STEPS: Final = b"steps"
PATH_TOKEN: Final = "path"  # noqa: S105 - the kind of a token, no password

_REMEMBERED = 50_000  # identifiers whose token and sealed form are kept: the same senders come again and again


class Packer:
    """Makes rows. One a worker."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._known: dict[tuple[IdType, str], tuple[int, int, bytes]] = {}

    def pack_item(
        self,
        locator: Locator,
        version: Version,
        kind: ItemKind = ItemKind.FILE,
        *,
        size: int | None = None,
        links: int = 1,
        content: bytes | None = None,
        reader: str = "",
        formats: Iterable[str] = (),
        records: Iterable[tuple[Record, list[Mention], set[str]]] = (),
        unread: Iterable[Unread] = (),
    ) -> ItemRow:
        """The row of one item.

        `content` is the keyed hash of its canonical content (`Sealer.content`), `reader` the fingerprint of what read
        it, `formats` the names of the formats used. Each record comes with its mentions and its folded words.
        """
        identifiers: dict[int, tuple[int, bytes]] = {}
        return ItemRow(
            path=self._sealer.seal_text(locator.path, PATH),
            token=path_token(self._sealer, locator.path),
            version=version.token,
            strength=version.strength.value,
            kind=kind.value,
            size=size,
            links=links,
            content=content,
            reader=reader,
            formats=",".join(sorted(set(formats))),
            records=[self._record(record, mentions, words, identifiers) for record, mentions, words in records],
            gaps=[
                GapRow(seal_steps(self._sealer, gap.steps), codes.GAP_REASONS[gap.reason], gap.detail) for gap in unread
            ],
            identifiers=identifiers,
        )

    def _record(
        self, record: Record, mentions: list[Mention], words: set[str], identifiers: dict[int, tuple[int, bytes]]
    ) -> RecordRow:
        rows = []
        for mention in mentions:
            for value in _spellings(mention):
                token, code, sealed = self._identifier(mention.type, value)
                identifiers[token] = (code, sealed)
                rows.append(MentionRow(token, codes.ROLES[mention.role], mention.entity))
        return RecordRow(
            seal_steps(self._sealer, record.steps),
            codes.RECORD_KINDS.get(record.kind, codes.OTHER_KIND),
            self._sealer.words(words),
            Mentions.of(rows),
        )

    def _identifier(self, kind: IdType, value: str) -> tuple[int, int, bytes]:
        known = self._known.get((kind, value))
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            code = codes.ID_TYPES[kind]
            sealed = self._sealer.seal_text(value, identifier_context(code))
            known = self._known[kind, value] = (self._sealer.token(kind.value, value), code, sealed)
        return known


def _spellings(mention: Mention) -> tuple[str, ...]:
    """An address with a tag (or dots that Gmail drops) is found by its plain form too: both are the same mailbox."""
    value = mention.value
    if mention.type is IdType.EMAIL and ("+" in value or value.endswith(("@gmail.com", "@googlemail.com"))):
        return email_keys(value)
    return (value,)


def path_token(sealer: Sealer, path: str) -> int:
    """The token of an item's path in its source."""
    return sealer.token(PATH_TOKEN, path)


def identifier_context(code: int) -> bytes:
    """The context that identifiers of a type are sealed in, so that none opens as another type."""
    return b"identifier %d" % code


def seal_steps(sealer: Sealer, steps: Steps) -> bytes | None:
    """Steps as the index keeps them; the item itself (no steps) needs no bytes."""
    return sealer.seal_text(json.dumps(steps, ensure_ascii=False), STEPS) if steps else None


def open_steps(sealer: Sealer, sealed: bytes | None) -> Steps:
    """The steps that `seal_steps` took. Raises SealBroken."""
    return tuple(json.loads(sealer.open_text(sealed, STEPS))) if sealed is not None else ()
