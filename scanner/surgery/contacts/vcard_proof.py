"""What differs between an address book and its rewriting, by `proof`: cards by their BEGIN and END rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.surgery.base import Edits, Person
from scanner.surgery.contacts import proof
from scanner.surgery.contacts.proof import Block

_EDGE = re.compile(rb"(?i)(?:[\w-]+\.)?(BEGIN|END)[ \t]*:\s*(VCARD|VMSG|VNOTE)\s*$")
_AGENT = re.compile(rb"(?i)[ \t]*(?:[\w-]+\.)?AGENT(?:;[^:]*)?:\s*$")
_UID = re.compile(rb"(?i)[ \t]*(?:[\w-]+\.)?UID(?:;[^:]*)?:(.*)", re.DOTALL)
_LINK = re.compile(
    rb"(?i)[ \t]*(?:[\w-]+\.)?(?:MEMBER|X-ADDRESSBOOKSERVER-MEMBER|RELATED|AGENT)(?:;[^:]*)?:(.*)", re.DOTALL
)
_STEP = {b"VCARD": "card", b"VMSG": "message", b"VNOTE": "part note"}


def differences(before: bytes, after: bytes, edits: Edits, person: Person) -> list[str]:
    """What differs between both files beyond the edits."""
    old, new = list(_blocks(proof.plain(before))), list(_blocks(proof.plain(after)))
    gone = frozenset(" ".join(steps) for steps in edits.remove)
    stays = {uid for block in old if block.label not in gone for uid in _uids(block.data)}
    lost = {uid for block in old if block.label in gone for uid in _uids(block.data)} - stays

    def linked(row: bytes) -> bool:
        match = _LINK.match(row)
        return match is not None and _bare(match[1]) in lost

    return proof.differences(old, new, gone, frozenset(" ".join(one) for one in edits.amend) - gone, person, linked)


def _blocks(data: bytes) -> Iterator[Block]:
    """Cards and messages by number; an AGENT's card is a part of the card around it, one in a message of that."""
    numbers = dict.fromkeys(_STEP, 0)
    held: list[bytes] = []
    kind = b""
    depth = 0
    agent = False
    for row in proof.fields(data):
        edge = _EDGE.match(row)
        begins, what = (edge[1].upper() == b"BEGIN", edge[2].upper()) if edge else (False, b"")
        if begins and (not kind or (what == kind and not agent)):
            yield _block(kind, numbers, held)
            held, kind, depth = [], what, 0
            numbers[kind] += 1
        held.append(row)
        if edge and what == kind:
            depth += 1 if begins else -1
            if depth == 0:
                yield _block(kind, numbers, held)
                held, kind = [], b""
        agent = _AGENT.match(row) is not None or (agent and not row.strip())
    yield _block(kind, numbers, held)


def _block(kind: bytes, numbers: dict[bytes, int], rows: list[bytes]) -> Block:
    return Block(f"{_STEP[kind]} {numbers[kind]}" if kind else "", b"".join(rows))


def _uids(data: bytes) -> Iterator[bytes]:
    for field in proof.fields(data):
        match = _UID.match(field)
        if match and _bare(match[1]):
            yield _bare(match[1])


def _bare(value: bytes) -> bytes:
    flat = re.sub(rb"[\r\n]+[ \t]", b"", value).strip().lower()
    return flat.removeprefix(b"urn:").removeprefix(b"uuid:")
