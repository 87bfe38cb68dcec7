"""What the widening asks of the index: bounded samples of entities, opened, each identifier looked up once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connectors.backups.base import plain
from scanner.detect.fold import word_variants
from scanner.detect.names import NameMatcher
from scanner.detect.parse import lookup_keys
from scanner.identity.facts import Fact, Seen
from scanner.index.entities import EntityView
from scanner.index.seal import Sealer
from scanner.index.sqlite import Index
from scanner.model import SubjectId
from scanner.records import Role

_SAMPLE = 2000  # entities looked at for one identifier
_NAMED = 400  # records looked at for one name


def tokens_of(sealer: Sealer, one: SubjectId) -> list[int]:
    """The index tokens of an identifier, its own first, then those of its other spellings."""
    return [sealer.token(one.type.value, value) for value in lookup_keys(one.type, one.value)]


class Look:
    """Entities by identifier and by name."""

    def __init__(self, index: Index, sealer: Sealer) -> None:
        self._index = index
        self._sealer = sealer
        self._values: dict[int, Fact | None] = {}
        self._known: dict[Fact, list[Seen]] = {}

    def holding(self, one: SubjectId) -> list[Seen]:
        """The entities that hold the identifier, in any of its spellings."""
        key = (one.type, one.value)
        if key not in self._known:
            found = (self._index.entities_with(token, _SAMPLE) for token in tokens_of(self._sealer, one))
            self._known[key] = self._seen(view for views in found for view in views)
        return self._known[key]

    def named(self, names: Iterable[str], beside: str = "") -> list[Seen]:
        """The entities of records that hold the words of a name, and those `beside` it: whether as a name is open."""
        groups = [list(word_variants(word)) for word in beside.split()]
        records = {
            record
            for words in NameMatcher(list(names)).tokens()
            for record in self._index.records_with_words([*words, *groups], _NAMED)
        }
        return self._seen(self._index.entities_of(sorted(records)[: 2 * _NAMED]))

    def where(self, record: int) -> str:
        """The place of a record as it is shown: source, path and steps."""
        view = self._index.record(record)
        item = self._index.items([view.item]).get(view.item) if view is not None else None
        if view is None or item is None:
            return "an item that is no more"
        return " > ".join((f"{item.source}: {plain(item.path)}", *view.steps))

    def _seen(self, views: Iterable[EntityView]) -> list[Seen]:
        found = list(views)
        self._open(dict.fromkeys(token for view in found for token in view.tokens))
        return [Seen(view.record, view.role is Role.OWNER, self._facts(view.tokens)) for view in found]

    def _facts(self, tokens: Sequence[int]) -> tuple[Fact, ...]:
        return tuple(fact for token in tokens if (fact := self._values.get(token)) is not None)

    def _open(self, tokens: Iterable[int]) -> None:
        wanted = [token for token in tokens if token not in self._values]
        values = self._index.identifiers(wanted)
        for token in wanted:
            self._values[token] = values.get(token)
