"""Is an erased person in this record? Identifiers of the index against the ledger's tokens. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scanner.index.views import RecordView
from scanner.ledger import Book, Known
from scanner.ledger_seal import LedgerSealer
from scanner.ledger_tokens import Weight, pair_token
from scanner.model import Tier
from scanner.records import IdType

Fact = tuple[IdType, str]
Values = Mapping[int, Fact]

_TIERS = {
    Weight.STRONG: Tier.CERTAIN,
    Weight.PROBABLE: Tier.PROBABLE,
    Weight.WEAK: Tier.POSSIBLE,
}
# Another number or birth date in the same entity speaks against the person.
_VETO = (IdType.NATIONAL_ID, IdType.BIRTH_DATE)


@dataclass(slots=True)
class Seen:
    """What a record has of one case's person. `values` are the identifiers that met (True: asked for)."""

    tier: Tier
    evidence: set[str] = field(default_factory=set)
    values: dict[Fact, bool] = field(default_factory=dict, repr=False)


class Matcher:
    """The ledger's book, ready to be asked."""

    def __init__(self, book: Book, sealer: LedgerSealer) -> None:
        self._book = book
        self._sealer = sealer
        kinds = [(one.number, one.kind) for known in book.values() for one in known]
        self._has = frozenset(kinds)
        self._facts = {kind for _, kind in kinds}
        self._memo: dict[Fact, bool] = {}

    def knows(self, fact: Fact) -> bool:
        """True for an identifier that the ledger has a token of. Remembered: the same ones come again and again."""
        known = self._memo.get(fact)
        if known is None:
            if len(self._memo) > 200_000:
                self._memo.clear()
            known = self._memo[fact] = fact[0] in self._facts and self._sealer.token(*fact) in self._book
        return known

    def judge(self, view: RecordView, values: Values) -> dict[str, Seen]:
        """What the record has of whom, by the number of the case."""
        entities: dict[int, list[Fact]] = {}
        for token, _, entity in view.mentions:
            if token in values:
                entities.setdefault(entity, []).append(values[token])
        found: dict[str, Seen] = {}
        for entity, facts in entities.items():
            for number, seen in self._entity(dict.fromkeys(facts), named=entity > 0).items():
                old = found.setdefault(number, seen)
                if old is not seen:
                    _join(old, seen)
        return found

    def _entity(self, facts: Iterable[Fact], *, named: bool) -> dict[str, Seen]:
        own = list(facts)
        hits = [(one, fact) for fact in own for one in self._known(self._sealer.token(*fact))]
        if not hits:
            return {}
        names = [fact for fact in own if fact[0] is IdType.NAME] if named else []
        pairs = [
            (one, name, fact)
            for name in names
            for fact in own
            if fact[0] is not IdType.NAME
            for one in self._known(pair_token(self._sealer, name[1], *fact))
        ]
        found: dict[str, Seen] = {}
        for one, fact in hits:
            self._add(found, one, [fact], vetoed=named and self._vetoed(one.number, own, hits))
        for one, name, fact in pairs:
            self._add(found, one, [fact, name], vetoed=self._vetoed(one.number, own, hits))
        return found

    def _add(self, found: dict[str, Seen], one: Known, facts: list[Fact], *, vetoed: bool) -> None:
        tier = _TIERS.get(one.weight)
        if tier is not None and vetoed:
            tier = Tier.POSSIBLE if one.weight is Weight.STRONG else None
        if one.weight is Weight.NAMED and one.number in found and not vetoed:
            tier = found[one.number].tier  # tells the name, and makes nothing surer
        if tier is None:
            return
        given = {fact: one.given and (fact[0] is IdType.NAME or len(facts) == 1) for fact in facts}
        seen = Seen(tier, {fact[0].value for fact in facts}, given)
        old = found.setdefault(one.number, seen)
        if old is not seen:
            _join(old, seen)

    def _vetoed(self, number: str, own: list[Fact], hits: list[tuple[Known, Fact]]) -> bool:
        """The entity has a national id or birth date, the person has one too, and it is another."""
        return any(
            (number, kind) in self._has
            and any(fact[0] is kind for fact in own)
            and not any(one.number == number and fact[0] is kind for one, fact in hits)
            for kind in _VETO
        )

    def _known(self, token: bytes) -> Iterable[Known]:
        return self._book.get(token, ())


def _join(old: Seen, new: Seen) -> None:
    tiers = list(Tier)
    old.tier = min(old.tier, new.tier, key=tiers.index)
    old.evidence |= new.evidence
    for fact, given in new.values.items():
        old.values[fact] = given or old.values.get(fact, False)
