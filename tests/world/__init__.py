"""A small made-up Swedish company with exact truth: for `make demo`, tests and benchmarks. Nobody in it exists.

`build(root)` writes folders, a mailbox, calendars, phones and archives, and gives a `World`: `World.truth(person)` is
every record about the person with tier and ownership, `World.confusable(person)` where no more than `possible` is
right, `World.lookalikes` the traps, `World.gaps` what cannot be read. All of it is noted as it is written.
"""

from tests.world.build import build, config_text
from tests.world.bulk import Bulk, build_documents, build_mails
from tests.world.model import Expected, ExpectedGap, Lookalike, Person, Place, Relation, Staff, World

__all__ = [
    "Bulk",
    "Expected",
    "ExpectedGap",
    "Lookalike",
    "Person",
    "Place",
    "Relation",
    "Staff",
    "World",
    "build",
    "build_documents",
    "build_mails",
    "config_text",
]
