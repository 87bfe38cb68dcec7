"""What sources have in common in which only people can act: telling what they must do, and believing what shows it.

A phone is in `connectors.phone`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from connectors.locator import Locator

GAP: Final = "by hand: "
"""How the detail of a gap begins that only a person can fill, as by handing over a new export."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What speaks for a task being done: the item `by` at this version; where it is None, `why` says what lacks."""

    by: Locator | None = None
    version: str = ""
    why: str = ""


@runtime_checkable
class Shows(Protocol):
    """A `ByHand` source in which something that a person hands over shows what was done."""

    def mark(self) -> str:
        """What lies there now, as a text for `shown`; it holds no identifier. Raises Unreachable, Denied."""

    def shown(self, since: datetime, mark: str) -> Shown:
        """Whether something newer than a task of `since`, and than the mark taken then, has been handed over.

        That the subject is not in it is for the caller to find. Raises Unreachable, Denied: never a guess.
        """


@runtime_checkable
class Follows(Protocol):
    """A source that is a copy of another one, and changes with it."""

    @property
    def follows(self) -> str:
        """The name of that source; nothing where it follows none. No I/O."""
