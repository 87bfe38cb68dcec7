"""Codes that never move, mentions as bytes, rows that go between processes."""

from __future__ import annotations

import pickle
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import GapReason, ItemKind, Strength, Version
from connectors.locator import Locator
from scanner.detect.base import Mention
from scanner.detect.words import RawWords, words_of
from scanner.index import codes, pack
from scanner.index.pack import identifier_context, open_steps
from scanner.index.rows import MentionRow, Mentions, RecordRow
from scanner.records import IdType, Role, Unread
from tests.scanner.index.helpers import World, mail, record

# The numbers that lie in indexes at customers, written out a second time on purpose: only add lines at the end.
SETTLED: dict[type[Enum], str] = {
    IdType: "email phone national_id organisation_number customer_number iban name address birth_date",
    ItemKind: "file message event contact row folder",
    Strength: "none weak strong",
}
SETTLED_ROLES = [
    *("from", "to", "cc", "bcc", "reply-to", "sender", "trace", "subject", "organizer", "attendee", "owner"),
    *("related", "author", "body", "filename", "path"),
]
SETTLED_REASONS = [
    *("encrypted", "unreadable", "too large", "too deep", "denied", "timed out", "out of memory", "reader crashed"),
    *("unknown format", "special file", "link not followed", "changed while read", "needs OCR", "stale"),
    *("never scanned", "unreachable", "no backup known"),
]
TABLES: list[tuple[type[Enum], dict[Any, int], list[str]]] = [
    (IdType, codes.ID_TYPES, SETTLED[IdType].split()),
    (ItemKind, codes.ITEM_KINDS, SETTLED[ItemKind].split()),
    (Strength, codes.STRENGTHS, SETTLED[Strength].split()),
    (Role, codes.ROLES, SETTLED_ROLES),
    (GapReason, codes.GAP_REASONS, SETTLED_REASONS),
]


@pytest.mark.parametrize(("enum", "table", "settled"), TABLES, ids=lambda part: getattr(part, "__name__", ""))
def test_every_member_has_a_code_and_none_has_moved(
    enum: type[Enum], table: dict[Any, int], settled: list[str]
) -> None:
    assert set(table) == set(enum)
    assert len(set(table.values())) == len(table)
    by_value = {member.value: code for member, code in table.items()}
    assert [by_value[value] for value in settled] == list(range(1, len(settled) + 1))
    assert all(0 < code < 256 for code in table.values())


def test_record_kinds_have_not_moved() -> None:
    words = "other file message card row event todo page part member attachment sheet folder contact journal image"
    assert [codes.RECORD_KINDS[word] for word in words.split()] == list(range(16))
    assert len(set(codes.RECORD_KINDS.values())) == len(codes.RECORD_KINDS)


MENTIONS = st.builds(
    MentionRow,
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 255),
    st.one_of(*(st.integers(0, 2**n) for n in (3, 9, 31))),
)


@given(st.lists(MENTIONS, max_size=30))
def test_mentions_survive_packing_and_pickling(rows: list[MentionRow]) -> None:
    packed = Mentions.of(rows)
    assert list(packed) == rows
    assert len(packed) == len(rows)
    assert packed.tokens() == tuple(row.token for row in rows)
    assert pickle.loads(pickle.dumps(packed)) == packed
    assert Mentions.of(packed) is packed
    assert packed[1:] == rows[1:]


def test_a_mention_takes_ten_bytes() -> None:
    assert len(Mentions.of([MentionRow(2**62, 3, n) for n in range(12)]).data) == 121
    assert Mentions.of([]).data == b""


def test_rows_survive_pickling(world: World) -> None:
    row = world.row("a.eml", (record("row 1"), [mail("anna@invex.example", Role.OWNER, 1)], {"anna"}))
    assert pickle.loads(pickle.dumps(row)) == row
    plain = RecordRow(None, 1, "", [MentionRow(5, 1, 0)])
    assert list(pickle.loads(pickle.dumps(plain)).mentions) == [MentionRow(5, 1, 0)]


def test_packing_seals_and_tokens_everything(world: World) -> None:
    row = world.packer.pack_item(
        Locator("kunder", "Kunder/Åsa/brev.docx"),
        Version("v7", Strength.STRONG),
        ItemKind.MESSAGE,
        size=77,
        links=2,
        content=b"c" * 16,
        reader="f1",
        formats=["zip", "mail", "zip"],
        records=[
            (record(kind="message"), [mail("asa@invex.example", Role.FROM, 3)], {"asa"}),
            (record("sheet Blad1", "row 2", kind="row"), [Mention(IdType.NAME, "åsa berg", Role.OWNER, 1)], set()),
            (record("x", kind="a kind of tomorrow"), [], set()),
        ],
        unread=[Unread(("member hemlig.zip",), GapReason.ENCRYPTED, "zip 2.0")],
    )
    sealer = world.sealer
    assert sealer.open_text(row.path, b"path") == "Kunder/Åsa/brev.docx"
    assert row.token == sealer.token("path", "Kunder/Åsa/brev.docx")
    assert (row.version, row.strength, row.kind, row.size, row.links) == ("v7", "strong", "message", 77, 2)
    assert (row.content, row.reader, row.formats) == (b"c" * 16, "f1", "mail,zip")
    first, second, third = row.records
    assert first.steps is None
    assert first.words == sealer.word("asa")
    assert list(first.mentions) == [(sealer.token("email", "asa@invex.example"), codes.ROLES[Role.FROM], 3)]
    assert open_steps(sealer, second.steps) == ("sheet Blad1", "row 2")
    assert (second.kind, third.kind) == (codes.RECORD_KINDS["row"], codes.OTHER_KIND)
    code, sealed = row.identifiers[sealer.token("name", "åsa berg")]
    assert (code, sealer.open_text(sealed, identifier_context(code))) == (codes.ID_TYPES[IdType.NAME], "åsa berg")
    assert [(gap.reason, gap.detail) for gap in row.gaps] == [(codes.GAP_REASONS[GapReason.ENCRYPTED], "zip 2.0")]
    assert open_steps(sealer, row.gaps[0].steps) == ("member hemlig.zip",)


def test_raw_words_are_packed_to_the_tokens_of_the_folded(world: World) -> None:
    texts = ["Åsa Öberg", "ÅSA anna_B", "Anna", "1" * 13, "sa\u0308ker"]
    for _ in range(2):  # the second time from memory
        raw = world.row("a", (record(), [], RawWords.of(texts))).records[0].words
        plain = world.row("a", (record(), [], words_of(texts))).records[0].words
        assert set(raw.split()) == set(plain.split())
        assert len(plain.split(" ")) == 5  # asa oberg anna b saker
    assert world.row("a", (record(), [], RawWords.of(["1" * 13, "2" * 13]))).records[0].words == ""


def test_what_a_packer_remembers_stays_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_REMEMBERED", "_REMEMBERED_WORDS", "_REMEMBERED_STEPS"):
        monkeypatch.setattr(pack, name, 5)
    for number in range(23):
        row = world.row("a", (record(f"row {number}"), [mail(f"p{number}@x.example")], RawWords.of([f"ord{number}"])))
        assert open_steps(world.sealer, row.records[0].steps) == (f"row {number}",)
        assert row.records[0].words == world.sealer.word(f"ord{number}")
        assert row.records[0].mentions[0].token == world.email(f"p{number}@x.example")
        assert max(len(world.packer._known), len(world.packer._words), len(world.packer._steps)) <= 5
