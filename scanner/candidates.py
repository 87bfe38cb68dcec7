"""What the index says of a subject, item by item: what of the subject each record holds, and whom else the item."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field

from connectors.base import ItemKind
from scanner.company import Company
from scanner.detect.names import NameMatcher, other_names, same_name
from scanner.detect.parse import lookup_keys
from scanner.identity import STRONG, contradicts, tokens_of
from scanner.index.seal import Sealer
from scanner.index.sqlite import Index
from scanner.index.views import ItemView, RecordView
from scanner.model import Evidence, SubjectId
from scanner.records import IdType, Role, Steps
from scanner.strangers import Elsewhere, is_strange, name_several, names_somebody

_ENOUGH_OTHERS = 100  # beyond this a list is a list; the exact number says no more
_BESIDE = 3  # how many of them are shown; the count tells how many there are
_PERSONAL = frozenset({IdType.EMAIL, IdType.PHONE, IdType.NATIONAL_ID, IdType.CUSTOMER_NUMBER, IdType.NAME})

# Roles of mail headers and of meetings: an entity in one is a pair of name and address.
_PAIRS = frozenset({Role.FROM, Role.TO, Role.CC, Role.BCC, Role.REPLY_TO, Role.SENDER, Role.ORGANIZER, Role.ATTENDEE})

Fact = tuple[IdType, str]
Values = dict[int, Fact]


@dataclass(slots=True)
class Hit:
    """One record and what of the subject stands in it."""

    record: RecordView
    evidence: set[Evidence] = field(default_factory=set)
    strong: bool = False  # an unshared strong identifier
    weak: bool = False  # a shared identifier, an address, an account: a second fact beside a name
    searched: bool = False  # a shared identifier that was asked for: `possible` by itself
    words_only: bool = False  # the name's words stand in the record; only the content tells whether as a name
    given: bool = False  # a strong identifier that was asked for, other than a phone (which others may answer)

    @property
    def named(self) -> bool:
        """True where the name itself was seen, not only its words."""
        return any(one.type is IdType.NAME for one in self.evidence)


@dataclass(slots=True)
class Candidate:
    """One item with its hits. `others` counts other persons' identifiers in the whole item, up to a hundred.

    `others_in` counts them in the record of a hit and in all that is inside it; `beside` are a few of them by value,
    the strong ones, for the person who decides.
    """

    item: ItemView
    hits: list[Hit]
    others: int
    unread: bool  # part of the item is a gap
    is_message: bool
    others_in: dict[Steps, int] = field(default_factory=dict)
    beside: dict[Steps, tuple[str, ...]] = field(default_factory=dict)

    @property
    def needs_look(self) -> bool:
        """True where a hit must be confirmed on the content."""
        return any(hit.words_only for hit in self.hits)


class Candidates:
    """Asks the index; reads no source."""

    def __init__(self, index: Index, sealer: Sealer, company: Company, sources: Container[str]) -> None:
        """`sources` are those of the configuration: what the index still has of others is not asked."""
        self._index = index
        self._sealer = sealer
        self._company = company
        self._sources = sources

    def of(self, subject: Sequence[SubjectId]) -> list[Candidate]:
        """Every item of which a record may be about the subject, in the order of source and path."""
        with self._index.snapshot():  # a scan may be writing meanwhile
            look = _Subject(subject, self._sealer)
            look.elsewhere = Elsewhere(self._index, self._sealer, look.names)
            return self._of(look)

    def _of(self, look: _Subject) -> list[Candidate]:
        exact = {record for token in look.searched for record in self._index.records_with(token)}
        worded = {record for group in look.words for record in self._index.records_with_words(group)}
        views = self._index.records(sorted(exact | worded))
        look.contested = not look.names and self._name_several(views, look)
        by_item: dict[int, list[RecordView]] = {}
        for view in views:
            by_item.setdefault(view.item, []).append(view)
        items = self._index.items(sorted(by_item))
        gaps = {(gap.source, gap.path) for gap in self._index.gaps()}
        found = [
            self._candidate(items[number], records, worded, look, gaps)
            for number, records in by_item.items()
            if number in items and items[number].source in self._sources
        ]
        return sorted(found, key=lambda one: (one.item.source, one.item.path))

    def _name_several(self, views: Sequence[RecordView], look: _Subject) -> bool:
        """True where the subject's own identifiers stand with the names of different persons."""
        own = [
            members
            for view in views
            for entity, members in _entities(view).items()
            if entity and any(token in look.strong for token, _ in members)
        ]
        values = self._index.identifiers({token for members in own for token, _ in members})
        names = {values[token][1] for members in own for token, role in members if _is_person(token, role, values)}
        return name_several(name for name in names if not self._company.is_ours(IdType.NAME, name))

    def _candidate(
        self,
        item: ItemView,
        views: list[RecordView],
        worded: set[int],
        look: _Subject,
        gaps: set[tuple[str, str]],
    ) -> Candidate:
        records = self._index.item_records(item.id)
        values = self._index.identifiers({mention[0] for view in records for mention in view.mentions})
        path = _path_evidence(item, look)
        hits = [_hit(view, view.id in worded, values, look, path) for view in views]
        root = next((view.kind for view in records if not view.steps), "")
        others = _Others({hit.record.steps for hit in hits})
        for view in records:
            if others.wants(view.steps):
                others.add(view.steps, self._others(view, values, look))
        return Candidate(
            item=item,
            hits=hits,
            others=others.all,
            others_in=others.within,
            beside=others.beside,
            unread=item.stale or (item.source, item.path) in gaps,
            is_message=item.kind == ItemKind.MESSAGE or root == "message",
        )

    def _others(self, view: RecordView, values: Values, look: _Subject) -> set[Fact]:
        """Other persons' identifiers in one record."""
        seen: set[Fact] = set()
        for entity, members in _entities(view).items():
            facts = [values[token] for token, role in members if token in values and role is not Role.TRACE]
            if entity and self._is_subjects(facts, members, values, look):
                seen.update(fact for fact in facts if self._is_anothers(fact, look))
            elif not entity or not self._is_one_of_us(facts, members):
                seen.update(fact for fact in facts if self._is_other(fact, look))
                seen.update(_one_word(members, values, look))
        return seen

    def _is_anothers(self, fact: Fact, look: _Subject) -> bool:
        """Of an entity that is the subject's: what was not asked for, and stands elsewhere with another's name."""
        if fact in look.given or self._company.is_ours(*fact) or self._company.is_nobody(*fact):
            return False
        return look.elsewhere is not None and look.elsewhere.is_anothers(fact)

    def _is_subjects(self, facts: list[Fact], members: list[tuple[int, Role]], values: Values, look: _Subject) -> bool:
        """The subject: then all of the entity is, but for what is shown elsewhere to be another's."""
        if not any(token in look.strong for token, _ in members) or contradicts(facts, look.subject):
            return False
        return not look.contested or not any(_is_person(token, role, values) for token, role in members)

    def _is_one_of_us(self, facts: list[Fact], members: list[tuple[int, Role]]) -> bool:
        """One of the company's people: then all of the entity is."""
        ours = [fact for fact in facts if fact[0] is not IdType.NAME and self._company.is_ours(*fact)]
        if not ours:
            return False
        names = [value for kind, value in facts if kind is IdType.NAME and " " in value.strip()]
        if names and all(self._company.is_ours(IdType.NAME, name) for name in names):
            return True
        # A customer's row may hold our seller's address: only in a pair of name and address is who has it one of us.
        if any(role not in _PAIRS for _, role in members):
            return False
        # "Bo Berg <info@ours>" may be a customer on our web page, "Ny Kollega <ny.kollega@ours>" is one of us.
        desk = all(self._company.is_shared(*fact) for fact in ours)
        return not desk or not any(other_names(name) for name in names)

    def _is_other(self, fact: Fact, look: _Subject) -> bool:
        kind, value = fact
        if (kind, value) in look.values and (kind, value) not in look.given:
            return self._is_anothers(fact, look)
        if kind not in _PERSONAL or (kind, value) in look.values or self._company.is_ours(kind, value):
            return False
        if self._company.is_nobody(kind, value) or (kind is IdType.EMAIL and _untagged(value) in look.mailboxes):
            return False
        if kind is IdType.NATIONAL_ID:
            return value[2:] not in look.phones
        if kind is not IdType.NAME:
            return True
        # One word is no person ("Admin", a program that wrote a file); who has a first name only has more beside it.
        return " " in value.strip() and not any(same_name(value, name) for name in look.names)


class _Others:
    """Counts other persons' identifiers, each once, in the whole item and in and below some of its records."""

    def __init__(self, tops: set[Steps]) -> None:
        self._tops = tops
        self._depths = sorted({len(steps) for steps in tops if steps})
        self._seen: dict[Steps, set[Fact]] = {steps: set() for steps in (*tops, ())}

    def wants(self, steps: Steps) -> bool:
        """False where a record adds nothing that counts: beyond a hundred a list is a list."""
        return len(self._seen[()]) < _ENOUGH_OTHERS or any(self._over(steps))

    def add(self, steps: Steps, facts: set[Fact]) -> None:
        """What one record holds."""
        for top in ((), *self._over(steps)):
            self._seen[top] |= facts

    @property
    def all(self) -> int:
        """In the whole item, up to a hundred."""
        return min(len(self._seen[()]), _ENOUGH_OTHERS)

    @property
    def within(self) -> dict[Steps, int]:
        """In each of the records, and all inside it, up to a hundred."""
        return {steps: min(len(self._seen[steps]), _ENOUGH_OTHERS) for steps in self._tops}

    @property
    def beside(self) -> dict[Steps, tuple[str, ...]]:
        """A few strong identifiers of other persons in each of the records, and in the item."""
        return {
            steps: tuple(sorted({_shown(fact) for fact in facts if fact[0] in STRONG})[:_BESIDE])
            for steps, facts in self._seen.items()
            if facts
        }

    def _over(self, steps: Steps) -> list[Steps]:
        return [steps[:depth] for depth in self._depths if len(steps) >= depth and steps[:depth] in self._tops]


class _Subject:
    """The subject's identifiers, ready to be looked for."""

    def __init__(self, subject: Sequence[SubjectId], sealer: Sealer) -> None:
        self.subject = subject
        self.names = [one.value for one in subject if one.type is IdType.NAME]
        self.matcher = NameMatcher(self.names) if self.names else None
        self.words = self.matcher.tokens() if self.matcher else []
        self.strong: dict[int, SubjectId] = {}
        self.weak: dict[int, SubjectId] = {}
        self.searched: set[int] = set()
        self.values = {(one.type, key) for one in subject for key in lookup_keys(one.type, one.value)}
        self.given = {(one.type, key) for one in subject if one.given for key in lookup_keys(one.type, one.value)}
        self.contested = False  # no name is known, and the identifiers stand with the names of several
        self.elsewhere: Elsewhere | None = None
        emails = {one.value for one in subject if one.type is IdType.EMAIL}
        self.mailboxes = {value for value in emails if value == _untagged(value)}  # with all their tags
        self.phones: set[str] = set()  # as ten digits: in a text without separators they may pass for a personnummer
        for one in subject:
            if one.type is IdType.NAME:
                continue
            first, *other = tokens_of(sealer, one)
            strong = one.type in STRONG and not one.shared
            (self.strong if strong else self.weak)[first] = one
            # Another spelling of an address is the same mailbox, but who asks for one tag of it (familjen+anna@) asks
            # not for all of it; and a personnummer of another century may be somebody's.
            same = strong and one.type is not IdType.NATIONAL_ID and "+" not in one.value.partition("@")[0]
            (self.strong if same else self.weak).update(dict.fromkeys(other, one))
            if one.given or one.type in STRONG:
                self.searched.update((first, *other))
            if one.type is IdType.PHONE:
                self.phones.add("0" + one.value[3:])


def _shown(fact: Fact) -> str:
    """A value for the screen; a personnummer is shown to nobody who did not ask for it."""
    return "a national id" if fact[0] is IdType.NATIONAL_ID else fact[1]


def _untagged(email: str) -> str:
    local, _, domain = email.partition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _hit(view: RecordView, worded: bool, values: Values, look: _Subject, path: set[Evidence]) -> Hit:
    hit = Hit(view)
    for entity, members in _entities(view).items():
        facts = [values[token] for token, _ in members if token in values]
        vetoed = bool(entity) and contradicts(facts, look.subject, names=False)
        for token, role in members:
            _weigh(hit, token, role, values, look, vetoed)
    if not view.steps:
        hit.evidence |= path
    hit.words_only = worded and not hit.named and not _vetoed_name(view, values, look)
    return hit


def _weigh(hit: Hit, token: int, role: Role, values: Values, look: _Subject, vetoed: bool) -> None:
    """What one mention adds. An entity with another national id or birth date speaks for somebody else."""
    known = look.strong.get(token) or look.weak.get(token)
    if known is not None:
        hit.evidence.add(Evidence(known.type, role))
        hit.strong = hit.strong or (token in look.strong and not vetoed)
        own = token in look.strong and known.given and known.type is not IdType.PHONE
        hit.given = hit.given or (own and not vetoed)
        hit.weak = hit.weak or token in look.weak or vetoed
        hit.searched = hit.searched or token in look.searched
    elif not vetoed and token in values and values[token][0] is IdType.NAME and look.matcher is not None:
        name = values[token][1]
        if look.matcher.matches(name) or any(same_name(name, own) and " " in name for own in look.names):
            hit.evidence.add(Evidence(IdType.NAME, role))


def _vetoed_name(view: RecordView, values: Values, look: _Subject) -> bool:
    """The name stands in an entity of somebody else: its words need no look on the content."""
    for entity, members in _entities(view).items():
        facts = [values[token] for token, _ in members if token in values]
        named = any(kind is IdType.NAME and any(same_name(value, own) for own in look.names) for kind, value in facts)
        if entity and named and contradicts(facts, look.subject, names=False):
            return True
    return False


def _entities(view: RecordView) -> dict[int, list[tuple[int, Role]]]:
    entities: dict[int, list[tuple[int, Role]]] = {}
    for token, role, entity in view.mentions:
        entities.setdefault(entity, []).append((token, role))
    return entities


def _is_person(token: int, role: Role, values: Values) -> bool:
    """True for the name of a person, of one word too."""
    return token in values and values[token][0] is IdType.NAME and names_somebody(values[token][1], role)


def _one_word(members: list[tuple[int, Role]], values: Values, look: _Subject) -> set[Fact]:
    """A name of one word beside the subject's identifier ("Lisa;anna.ek@...") that is not the subject's."""
    if not look.names and not look.contested:
        return set()
    if not any(token in look.strong or token in look.weak for token, _ in members):
        return set()
    names = {values[token] for token, role in members if _is_person(token, role, values)}
    return {fact for fact in names if is_strange(fact[1], look.names)}


def _path_evidence(item: ItemView, look: _Subject) -> set[Evidence]:
    if look.matcher is None or item.kind != ItemKind.FILE:
        return set()
    *folders, name = item.path.split("/")
    found: set[Evidence] = set()
    if look.matcher.matches(name.replace("_", " ")):
        found.add(Evidence(IdType.NAME, Role.FILENAME))
    if any(look.matcher.matches(folder.replace("_", " ")) for folder in folders):
        found.add(Evidence(IdType.NAME, Role.PATH))
    return found
