"""What could be done with records, told before anything is planned: which can leave their item, which can be amended.

A cheap look at kinds and seals only. Whether it really works is for `operate`, which is asked before it is proposed.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from scanner.blob import Blob
from scanner.formats import registry as formats
from scanner.formats.base import Nested
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import ReadError, Steps
from scanner.surgery import registry
from scanner.surgery.base import CannotEdit
from scanner.surgery.reached import NOTHING, Reach

__all__ = ["NOTHING", "NOT_THIS", "Reach", "reach"]

NOT_THIS = "this kind of place in it is not edited"


def reach(blob: Blob, wanted: Iterable[Steps], limits: Limits) -> dict[Steps, Reach]:
    """For each of the steps what an editor could do; `()` is the item itself, which is never removed by an editor."""
    found: dict[Steps, Reach] = {}
    _level(blob, {steps: steps for steps in wanted}, found, limits, 0)
    return found


def _level(blob: Blob, wanted: dict[Steps, Steps], found: dict[Steps, Reach], limits: Limits, depth: int) -> None:
    """`wanted` maps steps from here on to the whole ones."""
    try:
        editor = registry.editor_for(blob, depth)
    except CannotEdit as error:
        found.update(dict.fromkeys(wanted.values(), Reach(error.reason, error.reason)))
        return
    left = dict(wanted)
    if any(steps for steps in wanted):
        with suppress(ReadError):  # what could not be reached is told by its kind, and refused when it is tried
            _nested(blob, left, found, limits, depth)
    for steps, whole in left.items():
        words = steps[-1].partition(" ")[0] if steps else ""
        removes = None if steps and words in editor.records else NOT_THIS
        amends = None if words in editor.amends else NOT_THIS
        before = found.get(whole)
        found[whole] = Reach(removes, amends if before is None else before.amends)


def _nested(blob: Blob, left: dict[Steps, Steps], found: dict[Steps, Reach], limits: Limits, depth: int) -> None:
    """Go into the blobs that lead to something wanted. What such a blob is as a whole stays with this level."""
    name = sniff(blob)
    assert name is not None
    for one in formats.load(name).extract(blob, limits):
        if not isinstance(one, Nested):
            continue
        size = len(one.steps)
        inside = {steps[size:]: whole for steps, whole in left.items() if steps[:size] == one.steps}
        if not inside:
            continue
        _level(one.blob, inside, found, limits, depth + 1)
        for steps in [steps for steps in left if steps[:size] == one.steps and len(steps) > size]:
            del left[steps]
        if not any(left):
            break
