"""A person as an editor of sheets sees one: known by a few exact values."""

from __future__ import annotations

import re
from collections.abc import Iterable


class Known:
    """`values` are all that the person is known by."""

    mark = "[borttagen]"

    def __init__(self, values: Iterable[str]) -> None:
        self._values = sorted(values, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, self._values))) if self._values else None

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in self._pattern.finditer(text)] if self._pattern else []

    def masked(self, text: str) -> str:
        return self._pattern.sub(lambda _: self.mark, text) if self._pattern else text

    def holds(self, text: str) -> bool:
        return bool(self.spans(text))

    def has_email(self, address: str) -> bool:
        return address.removeprefix("mailto:") in self._values

    def is_named(self, name: str) -> bool:
        return name in self._values
