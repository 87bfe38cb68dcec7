"""One item, one rewrite: goes to where the records lie, lets each level's editor do its part, and proves the result.

The proof is made of three looks: the editor's own comparison of both contents, a second reading of both as a scan reads
(`compare`), and that the person's records are no more. Whatever fails any of them is not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from scanner.aids import NONE, Aids
from scanner.blob import Blob
from scanner.formats import registry as formats
from scanner.formats.base import Nested
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.model import Cut
from scanner.records import ReadError, Steps
from scanner.surgery import registry
from scanner.surgery.base import CannotEdit, Edits, Person
from scanner.surgery.compare import compare


def operate(
    blob: Blob,
    cuts: Sequence[Cut],
    person: Person,
    limits: Limits,
    aids: Aids = NONE,
    *,
    beside: list[str] | None = None,
) -> bytes:
    """The content without these records. Raises CannotEdit, with a reason for the person who then decides.

    To `beside` are added the texts that leave with the records though they are told elsewhere (a note on a row).
    """
    if not cuts:
        raise CannotEdit("nothing was asked to leave")
    operation = _Operation(person, limits)
    try:
        after = operation.edit(blob, _needed(cuts), 0)
        problems = compare(blob, after, cuts, person, limits, aids, operation.alongside)
    except ReadError as error:
        raise CannotEdit(f"it could not be read to its end: {error.reason.value}") from error
    if problems:
        raise CannotEdit(problems[0])
    if beside is not None:
        beside += operation.alongside
    return after


def refusal(
    blob: Blob,
    cuts: Sequence[Cut],
    person: Person,
    limits: Limits,
    aids: Aids = NONE,
    *,
    beside: list[str] | None = None,
) -> str | None:
    """Why `operate` would not do this, or None where it would. Writes nothing."""
    try:
        operate(blob, cuts, person, limits, aids, beside=beside)
    except CannotEdit as error:
        return error.reason
    except Exception as fault:  # an editor that breaks on these bytes edits none of them
        return f"the editor gave up ({type(fault).__name__})"
    return None


def _needed(cuts: Iterable[Cut]) -> list[Cut]:
    """Each cut once; those inside a record that leaves whole go with it."""
    gone = {cut.steps for cut in cuts if not cut.amend}
    kept = {
        (cut.steps, cut.amend): cut
        for cut in cuts
        if not any(cut.steps[:depth] in gone for depth in range(len(cut.steps) + cut.amend))
    }
    return list(kept.values())


class _Operation:
    """The edits of one item, level by level; `alongside` gathers what left though it was told elsewhere."""

    def __init__(self, person: Person, limits: Limits) -> None:
        self.alongside: list[str] = []
        self._person = person
        self._limits = limits

    def edit(self, blob: Blob, cuts: Sequence[Cut], depth: int) -> bytes:
        """The blob's new bytes, compared by its editor's other eye."""
        editor = registry.editor_for(blob, depth)
        ways = _ways(blob, cuts, self._limits)
        inner = {
            steps: self.edit(nested, [_inside(cut, steps) for cut in ways.inside[steps]], depth + 1)
            for steps, nested in ways.blobs.items()
        }
        edits = Edits(
            remove=frozenset(cut.steps for cut in ways.here if not cut.amend),
            amend=frozenset(cut.steps for cut in ways.here if cut.amend),
            replace=inner,
        )
        after = editor.edit(blob, edits, self._person, self._limits)
        problems = editor.differences(blob.data(), after, edits, self._person)
        if problems:
            raise CannotEdit(f"the rewritten content differs in more than it should: {problems[0]}")
        if editor.alongside is not None:
            self.alongside += editor.alongside(blob, edits, self._person, self._limits)
        return after


class _Ways:
    """Which cuts are this level's, and which lie in nested blobs."""

    def __init__(self) -> None:
        self.here: list[Cut] = []
        self.inside: dict[Steps, list[Cut]] = {}
        self.blobs: dict[Steps, Blob] = {}


def _ways(blob: Blob, cuts: Sequence[Cut], limits: Limits) -> _Ways:
    """Sort the cuts by reading the blob once, until every one of them has its place."""
    ways = _Ways()
    deep = [cut for cut in cuts if len(cut.steps) > 1 or (cut.amend and cut.steps)]
    ways.here = [cut for cut in cuts if cut not in deep]
    if deep:
        name = sniff(blob)
        assert name is not None
        for found in formats.load(name).extract(blob, limits):
            if isinstance(found, Nested):
                _enter(ways, deep, found)
                if not deep:
                    break
    ways.here += deep  # what lies in no nested blob is this format's own: ("sheet A", "row 3")
    return ways


def _enter(ways: _Ways, deep: list[Cut], found: Nested) -> None:
    steps = found.steps
    if found.steps in ways.blobs:
        return
    mine = [cut for cut in deep if cut.steps[: len(steps)] == steps and (len(cut.steps) > len(steps) or cut.amend)]
    if not mine:
        return
    if not steps:
        raise CannotEdit("it is encrypted or wrapped, and would have to be written anew")
    found.blob.data()  # the reader may reuse its stream
    ways.blobs[steps] = found.blob
    ways.inside[steps] = mine
    for cut in mine:
        deep.remove(cut)


def _inside(cut: Cut, steps: Steps) -> Cut:
    return replace(cut, steps=cut.steps[len(steps) :])
