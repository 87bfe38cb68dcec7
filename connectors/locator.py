"""The address of an item or record: source, path, then a step for every nesting."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote_from_bytes, unquote_to_bytes

_SAFE = b"/;=@+,-._~ "  # what a reader may see as it is; all else is percent-encoded, so nothing needs a second escape


@dataclass(frozen=True, slots=True, order=True)
class Locator:
    """Frozen, hashable, round-trips through a string, holds no secret.

    `path` is the item's path in its source as a user would write it. Names that are not UTF-8 are held with
    surrogate escapes (PEP 383) and survive the round trip. `steps` lead into the item: ("member a.xlsx", "row 3").
    """

    source: str
    path: str
    steps: tuple[str, ...] = ()

    @property
    def item(self) -> Locator:
        """The locator without its steps."""
        return self if not self.steps else Locator(self.source, self.path)

    def into(self, *steps: str) -> Locator:
        """The locator one or more steps further in."""
        return Locator(self.source, self.path, (*self.steps, *steps))

    def covers(self, other: Locator) -> bool:
        """True for itself and all below it: deeper steps of the same item, paths below this one, a mailbox's mails.

        A path in a backup covers each content it has there (see `connectors.backups.base.versioned`).
        """
        if self.source != other.source:
            return False
        if self.path == other.path:
            return other.steps[: len(self.steps)] == self.steps
        below = (self.path.rstrip("/") + "/", self.path + ";UID=", self.path + ";version=")
        return not self.steps and (not self.path or other.path.startswith(below))

    def __str__(self) -> str:
        return _quote(self.source) + ":" + "!".join(_quote(part) for part in (self.path, *self.steps))

    @classmethod
    def parse(cls, text: str) -> Locator:
        """The locator that `str()` wrote. Raises ValueError on anything else."""
        source, colon, rest = text.partition(":")
        if not colon or not source:
            raise ValueError("not a locator: the source name and a colon are missing")
        path, *steps = rest.split("!")
        return cls(_unquote(source), _unquote(path), tuple(_unquote(step) for step in steps))


def _quote(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogateescape"), safe=_SAFE)


def _unquote(text: str) -> str:
    return unquote_to_bytes(text).decode("utf-8", "surrogateescape")
