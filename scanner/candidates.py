"""What the index says of a subject, item by item: what of the subject each record holds, and whom else the item."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field

from connectors.base import ItemKind, LeftOut
from scanner.at_work import holds_staff, is_at_work, names_colleague
from scanner.backups.origins import Origins
from scanner.company import Company
from scanner.contents import Contents
from scanner.detect.names import Strength, other_names, same_name
from scanner.identity.facts import contradicts
from scanner.index.seal import Sealer
from scanner.index.sqlite import Index
from scanner.index.views import ItemView, RecordView
from scanner.model import Evidence, SubjectId
from scanner.other_persons import Others
from scanner.records import IdType, Role, Steps
from scanner.second_facts import Proving
from scanner.sought import Sought, untagged
from scanner.strangers import Elsewhere, is_strange, name_several, names_somebody

_MOST_HINTED = 500  # records looked at for a name by initial alone; more of them point at nobody
_VERSIONS = 4  # times as many where backups hold them too, in each version
_AT_ONCE = 500  # items whose records are read together
_PLACES = frozenset({IdType.ADDRESS, IdType.CITY})  # where many live: they find nobody, and stand beside a name
_PERSONAL = frozenset({IdType.EMAIL, IdType.PHONE, IdType.NATIONAL_ID, IdType.CUSTOMER_NUMBER, IdType.NAME})

# Roles of mail headers and of meetings: an entity in one is a pair of name and address.
_PAIRS = frozenset({Role.FROM, Role.TO, Role.CC, Role.BCC, Role.REPLY_TO, Role.SENDER, Role.ORGANIZER, Role.ATTENDEE})

HOW = {
    Strength.NONE: "",
    Strength.INITIAL: "initial",
    Strength.SHORT: "short form",
    Strength.SPELT: "other spelling",
    Strength.WEAK: "in part",
}
"""Why what was seen of a name only may be the subject's."""

NOT_LOOKED_THROUGH = LeftOut(
    f"the name by an initial, a short form or another spelling alone: more than {_MOST_HINTED} records may hold it"
)
"""Told in an answer where `Candidates.too_many` says so."""

EVERY = -1
"""All bits: what is in no backup stands beside all that is in its source."""

Fact = tuple[IdType, str]
Values = dict[int, Fact]


@dataclass(slots=True)
class Hit:
    """One record and what of the subject stands in it."""

    record: RecordView
    evidence: set[Evidence] = field(default_factory=set)
    strong: bool = False  # an unshared strong identifier
    weak: bool = False  # an identifier of few, a home address, an account: a second fact beside a name
    searched: bool = False  # a shared identifier that was asked for: `possible` by itself
    words_only: bool = False  # the name's words stand in the record; only the content tells whether as a name
    hinted: bool = False  # what may be the name by initial or another spelling; without a look it is nothing
    given: bool = False  # a strong identifier that was asked for, other than a phone (which others may answer)

    @property
    def named(self) -> bool:
        """True where the name itself was seen, not only its words."""
        return any(one.type is IdType.NAME and not one.how for one in self.evidence)

    @property
    def perhaps(self) -> bool:
        """True where something was seen that only may be the name."""
        return any(one.type is IdType.NAME and one.how for one in self.evidence)

    def add_name(self, role: Role, strength: Strength, *, fits_another: bool = False) -> None:
        """Note that the name, or what may be it, was seen; beside the name itself what only may be it says nothing."""
        if strength is Strength.NONE:
            return
        how = "" if strength is Strength.STRONG else HOW[strength] + (", fits another too" if fits_another else "")
        if how and any(one.role is role and one.type is IdType.NAME for one in self.evidence):
            return
        self.evidence = {one for one in self.evidence if one.type is not IdType.NAME or one.role is not role}
        self.evidence.add(Evidence(IdType.NAME, role, how))


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
    at_home: bool = True  # the subject's postal addresses, seen beside the name, say who it is
    at_work: bool = False  # the subject is one of the company's people, and it is not about just that person
    colleagues: bool = False  # of such a subject: others of the company's people stand in it
    messages: frozenset[Steps] = frozenset()  # where its messages begin
    staff: bool = False  # it names no other person, but holds cards, rows, events or messages of the company's people
    held: int = EVERY  # of something in a backup: a bit for each snapshot that holds it

    @property
    def needs_look(self) -> bool:
        """True where a hit must be confirmed on the content."""
        return any(hit.words_only or hit.hinted for hit in self.hits)


class Candidates:
    """Asks the index; reads no source."""

    def __init__(
        self,
        index: Index,
        sealer: Sealer,
        company: Company,
        sources: Container[str],
        origins: Origins | None = None,
    ) -> None:
        """`sources` are those of the configuration: what the index still has of others is not asked.

        `origins` knows where what lies in backups lies in its source: names above that place say nothing of it.
        """
        self._origins = origins or Origins()
        self._index = index
        self._sealer = sealer
        self._company = company
        self._sources = sources
        self.too_many = False
        """True where so many records hold the family name and the initial that none was looked at for that alone."""

    def of(self, subject: Sequence[SubjectId]) -> list[Candidate]:
        """Every item of which a record may be about the subject, in the order of source and path."""
        with self._index.snapshot():  # a scan may be writing meanwhile
            look = Sought(subject, self._sealer)
            look.elsewhere = Elsewhere(self._index, self._sealer, look.names)
            look.proving = Proving(look.elsewhere, self._company, subject)
            return self._of(look)

    def _of(self, look: Sought) -> list[Candidate]:
        exact = {record for token in look.searched for record in self._index.records_with(token)}
        worded = {record for group in look.words for record in self._index.records_with_words(group)}
        spelt = {record for group in look.spelt for record in self._index.records_with_words(group)}
        hinted = self._hinted(look) - worded
        views = self._index.records(sorted(exact | worded | hinted | spelt))
        look.contested = not look.names and self._name_several(views, look)
        by_item: dict[int, list[RecordView]] = {}
        for view in views:
            by_item.setdefault(view.item, []).append(view)
        items = self._index.items(sorted(by_item))
        numbers = [number for number in by_item if number in items and items[number].source in self._sources]
        gapped = self._index.items_with_gaps(numbers)
        contents = Contents(self._index)
        found = []
        for start in range(0, len(numbers), _AT_ONCE):
            part = numbers[start : start + _AT_ONCE]
            contents.prepare(part, [view for number in part for view in by_item[number]])
            for number in part:
                one = self._candidate(items[number], by_item[number], (worded, hinted, spelt), look, contents)
                one.unread = one.unread or number in gapped
                found.append(one)
        self._note_snapshots(found)
        return sorted(found, key=lambda one: (one.item.source, one.item.path))

    def _note_snapshots(self, found: Sequence[Candidate]) -> None:
        """Set which snapshots hold what lies in backups."""
        groups: dict[str, list[Candidate]] = {}
        for one in found:
            if self._origins.is_backup(one.item.source):
                groups.setdefault(one.item.source, []).append(one)
        for source, group in groups.items():
            masks = self._index.masks_of(source, {one.item.path for one in group})
            for one in group:
                one.held = masks[one.item.path]

    def _hinted(self, look: Sought) -> set[int]:
        """Records that may hold the name by initial or in another spelling; none at all where they are too many."""
        found: set[int] = set()
        self.too_many = False
        for group in look.loose:
            most = _MOST_HINTED * (_VERSIONS if self._origins.covers else 1)
            records = self._index.records_with_words(group, most + 1)
            if len(records) > most:
                self.too_many = True
            else:
                found.update(records)
        return found

    def _name_several(self, views: Sequence[RecordView], look: Sought) -> bool:
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
        words: tuple[set[int], set[int], set[int]],
        look: Sought,
        contents: Contents,
    ) -> Candidate:
        values = contents.values
        path = _path_evidence(item, look, self._origins)
        worded, hinted, spelt = words
        hits = [_hit(view, values, look, path) for view in views]
        for hit in hits:
            named = hit.named or _vetoed_name(hit.record, values, look)
            hit.words_only = (hit.record.id in worded and not named) or hit.record.id in spelt
            hit.hinted = hit.record.id in hinted and not named
        others = Others({hit.record.steps for hit in hits})
        for view in contents.records(item.id, others.is_full, others.tops):
            if others.wants(view.steps):
                others.add(view.steps, self._others(view, values, look))
        return Candidate(
            item=item,
            hits=hits,
            others=others.all,
            others_in=others.within,
            beside=others.beside,
            unread=item.stale,
            is_message=item.kind == ItemKind.MESSAGE or contents.root(item.id) == "message",
            at_home=look.at_home,
            messages=contents.messages(item.id),
            at_work=is_at_work(contents.records(item.id), values, look.values, self._company),
            colleagues=names_colleague(contents.records(item.id), values, look.values, self._company),
            staff=not others.all and holds_staff(contents.records(item.id), values, others.tops, self._company),
        )

    def _others(self, view: RecordView, values: Values, look: Sought) -> set[Fact]:
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

    def _is_anothers(self, fact: Fact, look: Sought) -> bool:
        """Of an entity that is the subject's: what was not asked for, and stands elsewhere with another's name."""
        if fact in look.given or self._company.is_ours(*fact) or self._company.is_nobody(*fact):
            return False
        return look.elsewhere is not None and look.elsewhere.is_anothers(fact)

    def _is_subjects(self, facts: list[Fact], members: list[tuple[int, Role]], values: Values, look: Sought) -> bool:
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

    def _is_other(self, fact: Fact, look: Sought) -> bool:
        kind, value = fact
        if (kind, value) in look.values and (kind, value) not in look.given:
            return self._is_anothers(fact, look)
        if kind not in _PERSONAL or (kind, value) in look.values or self._company.is_ours(kind, value):
            return False
        if self._company.is_nobody(kind, value) or (kind is IdType.EMAIL and untagged(value) in look.mailboxes):
            return False
        if kind is IdType.NATIONAL_ID:
            return value[2:] not in look.phones
        if kind is not IdType.NAME:
            return True
        # One word is no person ("Admin", a program that wrote a file); who has a first name only has more beside it.
        return " " in value.strip() and not any(same_name(value, name) for name in look.names)


def _hit(view: RecordView, values: Values, look: Sought, path: Sequence[tuple[Role, Strength]]) -> Hit:
    hit = Hit(view)
    for entity, members in _entities(view).items():
        facts = [values[token] for token, _ in members if token in values]
        vetoed = bool(entity) and contradicts(facts, look.subject, names=False)
        for token, role in members:
            _weigh(hit, token, role, values, look, vetoed)
    for role, strength in path if not view.steps else ():
        hit.add_name(role, strength)
    return hit


def _weigh(hit: Hit, token: int, role: Role, values: Values, look: Sought, vetoed: bool) -> None:
    """What one mention adds. An entity with another national id or birth date speaks for somebody else."""
    known = look.strong.get(token) or look.weak.get(token)
    if known is not None:
        hit.evidence.add(Evidence(known.type, role))
        hit.strong = hit.strong or (token in look.strong and not vetoed)
        own = token in look.strong and known.given and known.type is not IdType.PHONE
        hit.given = hit.given or (own and not vetoed)
        hit.weak = hit.weak or vetoed or (token in look.weak and look.proves(known))
        hit.searched = hit.searched or token in look.searched
    elif not vetoed and token in values and values[token][0] is IdType.NAME and look.matcher is not None:
        hit.add_name(role, look.strength_of(values[token][1]))


def _vetoed_name(view: RecordView, values: Values, look: Sought) -> bool:
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


def _one_word(members: list[tuple[int, Role]], values: Values, look: Sought) -> set[Fact]:
    """A name of one word beside the subject's identifier ("Lisa;anna.ek@...") that is not the subject's."""
    if not look.names and not look.contested:
        return set()
    if not any(token in look.strong or token in look.weak for token, _ in members):
        return set()
    names = {values[token] for token, role in members if _is_person(token, role, values)}
    return {fact for fact in names if is_strange(fact[1], look.names)}


def _path_evidence(item: ItemView, look: Sought, origins: Origins) -> list[tuple[Role, Strength]]:
    if look.matcher is None or item.kind != ItemKind.FILE:
        return []
    *folders, name = origins.shown(item.source, item.path).split("/")
    of_folders = max(map(look.matcher.strength_in_name, folders), default=Strength.NONE)
    return [(Role.FILENAME, look.matcher.strength_in_name(name)), (Role.PATH, of_folders)]
