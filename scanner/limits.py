"""What one item may cost before it becomes a gap. One place, so that config can set each and tests can shrink them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Each limit that is broken makes a gap with its reason; the item's other records stay."""

    seconds: float = 60.0  # wall time for one item
    memory: int = 2 << 30  # bytes of address space for one worker (RLIMIT_AS), above what it starts with
    blob: int = 64 << 20  # bytes of one thing that must be held in memory whole
    depth: int = 12  # nested archives, attachments and messages
    members: int = 100_000  # records and members of one item, nested ones included
    expanded: int = 1 << 30  # bytes that one item may unpack to, nested ones included
    ratio: int = 200  # unpacked to packed size of one member, looked at above 1 MiB
