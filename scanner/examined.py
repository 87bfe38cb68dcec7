"""What is asked of a second look at an item, and what it answers: apart from `examine`, which needs every reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from scanner.detect.names import Strength
from scanner.model import Cut
from scanner.records import Steps

if TYPE_CHECKING:
    from scanner.papers import Paper
    from scanner.surgery.reached import Reach


class ExamineTask(NamedTuple):
    """One item to look through. `path` is its path in its source, `wanted` where the subject was found in it.

    With `cuts` nothing is looked through: it is tried whether they can be taken out, and nothing is written.
    """

    source: str
    path: str
    kind: str
    version: str  # as indexed: a differing one now means that the index is behind
    pictures: bool = False  # what was indexed is in part what its pictures say
    wanted: tuple[Steps, ...] = ()
    cuts: tuple[Cut, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """What the live content says.

    `named` are the steps of the records whose text holds one of the subject's names, `addressed` those of them that
    hold a postal address of the subject too. `perhaps` are those whose text holds what only may be the name, with how
    surely, `fitting` those of them that name another person whom it fits as well. `unread` is where something could not
    be read. Of the records that were wanted: `prints` are what they are known by, `strangers` how many other persons
    they and all inside them seem to name, `reach` what an editor could do. `papers` are the documents in the item that
    rules of law may be about.
    """

    named: frozenset[Steps]
    others: int  # other persons that the free text seems to name; of a trial: what would leave beside the records
    changed: bool  # it is not the content that was indexed
    failed: bool = False  # could not be looked at: nothing is confirmed
    addressed: frozenset[Steps] = frozenset()
    spelt: frozenset[Steps] = frozenset()  # records that hold a number that is searched as text
    perhaps: Mapping[Steps, Strength] = field(default_factory=dict)
    fitting: frozenset[Steps] = frozenset()
    unread: frozenset[Steps] = frozenset()
    prints: Mapping[Steps, tuple[str, int]] = field(default_factory=dict)
    strangers: Mapping[Steps, int] = field(default_factory=dict)
    reach: Mapping[Steps, Reach] = field(default_factory=dict)
    papers: tuple[Paper, ...] = ()
    refused: str | None = None  # why the cuts cannot be taken out

    def rules_out(self, steps: Steps) -> bool:
        """True where the record was read whole, as it was indexed: a name that is not in `named` is not there."""
        return not self.failed and not self.changed and not any(steps[: len(gap)] == gap for gap in self.unread)


FAILED = Examined(frozenset(), 0, changed=False, failed=True)
