"""From what was read in an item to the row that the writer stores: everything sealed, in the worker."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from connectors.base import ItemKind, Version
from connectors.locator import Locator
from scanner.detect.emails import email_keys
from scanner.detect.words import RawWords, folded
from scanner.index import codes
from scanner.index.rows import GapRow, ItemRow, Mentions, RecordRow
from scanner.index.seal import Sealer
from scanner.records import IdType, Record, Steps, Unread

if TYPE_CHECKING:
    from scanner.detect.base import Mention

PATH: Final = b"path"
STEPS: Final = b"steps"
PATH_TOKEN: Final = "path"  # noqa: S105 - the kind of a token, no password

Words = set[str] | RawWords  # folded already, or not yet
_Known = tuple[tuple[int, tuple[int, bytes]], ...]  # token, (code, sealed value) of every spelling

_as_json = json.JSONEncoder(ensure_ascii=False).encode  # `dumps` would make one each time

# What is kept of identifiers, words and steps: the same ones come again and again.
_REMEMBERED = 50_000
_REMEMBERED_WORDS = 100_000  # about 15 MB, and nine of ten words of running text
_REMEMBERED_STEPS = 2_000
_LONGEST_STEPS = 100  # characters


class Packer:
    """Makes rows. One a worker."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._known: dict[tuple[IdType, str], _Known] = {}
        self._steps: dict[Steps, bytes | None] = {}
        self._words = _RawWords(sealer)

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
        records: Iterable[tuple[Record, list[Mention], Words]] = (),
        unread: Iterable[Unread] = (),
    ) -> ItemRow:
        """The row of one item.

        `content` is the keyed hash of its canonical content (`Sealer.content`), `reader` the fingerprint of what read
        it, `formats` the names of the formats used. Each record comes with its mentions and its words.
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
        self, record: Record, mentions: list[Mention], words: Words, identifiers: dict[int, tuple[int, bytes]]
    ) -> RecordRow:
        tokens: list[int] = []
        roles: list[int] = []
        entities: list[int] = []
        for type_, value, role, entity in mentions:
            for token, identifier in self._known.get((type_, value)) or self._identifier(type_, value):
                identifiers[token] = identifier
                tokens.append(token)
                roles.append(_ROLES[role])
                entities.append(entity)
        return RecordRow(
            self._sealed_steps(record.steps),
            codes.RECORD_KINDS.get(record.kind, codes.OTHER_KIND),
            self._words.tokens(words),
            Mentions.packed(tokens, roles, entities),
        )

    def _identifier(self, kind: IdType, value: str) -> _Known:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        code, sealer = codes.ID_TYPES[kind], self._sealer
        context = identifier_context(code)
        known = self._known[kind, value] = tuple(
            (sealer.token(kind.value, one), (code, sealer.seal_text(one, context))) for one in _spellings(kind, value)
        )
        return known

    def _sealed_steps(self, steps: Steps) -> bytes | None:
        """`row 12` and `attachment 1` stand in many items; the long ones are names of members, and do not."""
        if not steps:
            return None
        sealed = self._steps.get(steps)
        if sealed is None:
            sealed = seal_steps(self._sealer, steps)
            if sum(map(len, steps)) <= _LONGEST_STEPS:
                if len(self._steps) >= _REMEMBERED_STEPS:
                    self._steps.clear()
                self._steps[steps] = sealed
        return sealed


class _RawWords(dict[bytes, str]):
    """Raw word -> tokens of its folded words, with spaces between."""

    __slots__ = ("_sealer",)

    def __init__(self, sealer: Sealer) -> None:
        super().__init__()
        self._sealer = sealer

    def tokens(self, words: Words) -> str:
        """What the word index takes."""
        if isinstance(words, RawWords):
            return " ".join(map(self.__getitem__, words)).strip()
        return self._sealer.words(words)

    def __missing__(self, raw: bytes) -> str:
        if len(self) >= _REMEMBERED_WORDS:
            self.clear()
        tokens = self[raw] = " ".join(map(self._sealer.new_word, folded(raw)))
        return tokens


_ROLES = codes.ROLES


def _spellings(kind: IdType, value: str) -> tuple[str, ...]:
    """An address with a tag (or dots that Gmail drops) is found by its plain form too: both are the same mailbox."""
    if kind is IdType.EMAIL and ("+" in value or value.endswith(("@gmail.com", "@googlemail.com"))):
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
    return sealer.seal_text(_as_json(steps), STEPS) if steps else None


def open_steps(sealer: Sealer, sealed: bytes | None) -> Steps:
    """The steps that `seal_steps` took. Raises SealBroken."""
    return tuple(json.loads(sealer.open_text(sealed, STEPS))) if sealed is not None else ()
