"""What an editor could do with a record, as it is told: apart from the editors, which a look at the index needs not."""

from __future__ import annotations

from dataclasses import dataclass

NO_EDITOR = "a file of this kind is not edited"


@dataclass(frozen=True, slots=True)
class Reach:
    """Why a record cannot leave, and why the person cannot leave it; None where it can be done."""

    removes: str | None
    amends: str | None


NOTHING = Reach(NO_EDITOR, NO_EDITOR)
