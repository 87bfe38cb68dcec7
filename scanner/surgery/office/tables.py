"""Which step a row of a table in a document has: the readers' own count, turned round."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.formats.rows import row_records
from scanner.records import Steps

Rows = Sequence[tuple[int, Sequence[str]]]


def row_steps(steps: Steps, rows: Rows) -> dict[int, Steps]:
    """The steps of every row that holds anything, by its position; `steps` is the table's place.

    What stands above the header, and a header without data, is of the table's own record.
    """
    used = [position for position, cells in rows if any(cells)]
    depth = len(steps)
    numbers = [int(one.steps[-1].removeprefix("row ")) for one in row_records(steps, rows) if len(one.steps) > depth]
    if not used:
        return {}
    start = used[-1] - (numbers[-1] if numbers else 0)
    least = 0 if numbers and numbers[0] == 0 else 1
    return {at: (*steps, f"row {at - start}") if at - start >= least else steps for at in used}
