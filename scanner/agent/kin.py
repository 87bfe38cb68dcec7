"""Which cases are about the same erased person, and the ledger's tokens of places: what notices are known by."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from connectors.base import Locator
from scanner.index.pack import path_token
from scanner.ledger import FILE, Ledger, order

if TYPE_CHECKING:
    from scanner.workspace import Workspace


class Kin:
    """A look into the ledger; a context manager. Without a ledger every case is a person of its own."""

    def __init__(self, work: Workspace, ledger: Ledger | None) -> None:
        self._sealer = work.sealer
        self._ledger = ledger
        self._persons = ledger.persons() if ledger is not None else {}
        self._redone = ledger.redone() if ledger is not None else {}

    @classmethod
    def of(cls, work: Workspace) -> Kin:
        """Raises as `Ledger.open`; none is made where there is none."""
        return cls(work, Ledger.open(work.config) if (work.state / FILE).exists() else None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ledger is not None:
            self._ledger.close()

    def first(self, number: str) -> str:
        """The first case in which the person was erased: the same, whatever drafts have been opened since."""
        base = self._redone.get(number, number)
        person = self._persons.get(base, base)
        mates = {base, *(one for one, other in self._persons.items() if other == person)}
        return min({self._redone.get(one, one) for one in mates}, key=order)

    def is_redone(self, number: str) -> bool:
        """True for a case that was opened because something came back, or a hold had ended."""
        return number in self._redone

    def place(self, locator: Locator) -> str:
        """The ledger's token of an item's place, hex; nothing can be read from it."""
        assert self._ledger is not None
        return self._ledger.place(locator.source, path_token(self._sealer, locator.path)).hex()
