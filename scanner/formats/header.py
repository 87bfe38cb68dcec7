"""What the columns of a table hold, read from its header row, and the persons that a row then names.

A row is about one person, its owner. A column whose header says somebody else (`Kontaktperson`, `Spouse`, `Säljare`),
or something we do not know, makes a person of its own: to split one person in two costs a hint, to merge two persons
costs somebody's data. The words are in `header_words`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from scanner.formats.header_words import BENIGN, FIELDS, GENERIC, NOT_A_PERSON, RELATED, SOFT, Part
from scanner.records import Entity, Fact, IdType, Role

_TYPES = {
    Part.FULL: IdType.NAME,
    Part.EMAIL: IdType.EMAIL,
    Part.PHONE: IdType.PHONE,
    Part.NATIONAL_ID: IdType.NATIONAL_ID,
    Part.ORGANISATION_NUMBER: IdType.ORGANISATION_NUMBER,
    Part.CUSTOMER_NUMBER: IdType.CUSTOMER_NUMBER,
    Part.IBAN: IdType.IBAN,
    Part.BIRTH: IdType.BIRTH_DATE,
    Part.FORMATTED: IdType.ADDRESS,
}
_NAMES = frozenset({Part.FULL, Part.GIVEN, Part.MIDDLE, Part.FAMILY})
_ADDRESS = frozenset({Part.STREET, Part.POSTCODE, Part.CITY, Part.FORMATTED})
_WEAK = _NAMES | _ADDRESS
_BEARERS = _NAMES | {Part.NATIONAL_ID}  # columns that say who somebody is: two of a kind are two persons


@dataclass(frozen=True, slots=True)
class _Group:
    """The columns of one person of a row, as indexes."""

    role: Role
    single: tuple[tuple[int, IdType, Part | None], ...]  # the part, where a cell may need taking apart
    given: tuple[int, ...]
    middle: tuple[int, ...]
    family: tuple[int, ...]
    addresses: tuple[tuple[int, ...], ...]

    @property
    def named(self) -> bool:
        """True where any column holds a part of a name."""
        return bool(self.given or self.middle or self.family)

    @property
    def bears_owner(self) -> bool:
        """True where the columns say who the row is about, by name or number."""
        known = any(type_ in (IdType.NAME, IdType.NATIONAL_ID) for _, type_, _ in self.single)
        return self.role is Role.OWNER and (self.named or known)


@dataclass(frozen=True, slots=True)
class Columns:
    """What a header says of its columns. `groups` is empty for a header that tells nothing of persons."""

    groups: tuple[_Group, ...]


def columns(header: Sequence[str]) -> Columns | None:
    """Read a header row. None: the row does not look like a header (it is data)."""
    words = [tokens(cell) for cell in header]
    filled = [index for index, cell in enumerate(header) if cell.strip()]
    if not filled:
        return None
    labels = [_label(tokens) for tokens in words]
    known = sum(1 for index in filled if labels[index] or _is_generic(words[index]))
    data = sum(1 for index in filled if _looks_like_data(header[index]))
    if known <= 2 * data or (known == 1 and len(filled) > 2 and not any(map(_is_plain, labels))):
        return None
    return Columns(_groups(labels))


def has_data(header: Sequence[str]) -> bool:
    """True where a header row itself holds an address or a number, so that it must be searched as `row 0`."""
    return any(_looks_like_data(cell) for cell in header)


def entities(columns: Columns, cells: Sequence[str]) -> list[Entity]:
    """The persons of one row. Short rows and empty cells are fine."""
    found: list[Entity] = []
    for group in columns.groups:
        facts = _facts(group, cells)
        many = [fact for fact in facts if _MANY in fact.value and fact.type is IdType.NAME]
        if many:
            found.extend(_listed(many))
            facts = [fact for fact in facts if fact not in many]
        if facts:
            found.append(Entity(group.role, facts))
    return found


# One row

_MANY = " ::: "  # how Google writes several values in one cell


def _listed(facts: list[Fact]) -> Iterator[Entity]:
    """Names that stand in one cell are persons of their own."""
    for fact in facts:
        yield from (Entity(Role.RELATED, [Fact(fact.type, name)]) for name in fact.value.split(_MANY) if name)


def _facts(group: _Group, cells: Sequence[str]) -> list[Fact]:
    count = len(cells)
    facts = _names(group, cells) if group.named else []
    for index, type_, part in group.single:
        value = cells[index].strip() if index < count else ""
        if value and part is None:
            facts.append(Fact(type_, value))
        elif value and part is not None:
            facts.extend(Fact(type_, piece) for piece in _pieces(value, part))
    for address in group.addresses:
        value = " ".join(cells[index].strip() for index in address if index < count and cells[index].strip())
        if value and any(cells[index].strip() for index in address[:1] if index < count):
            facts.append(Fact(IdType.ADDRESS, value))
    if len(facts) > 1 and len({fact.value for fact in facts}) < len(facts):
        return list(dict.fromkeys(facts))
    return facts


def _names(group: _Group, cells: Sequence[str]) -> list[Fact]:
    given, middle, family = (
        " ".join([cells[index].strip() for index in indexes if index < len(cells) and cells[index].strip()])
        for indexes in (group.given, group.middle, group.family)
    )
    short = " ".join([part for part in (given, family) if part])
    if not short:
        return []
    if not middle:
        return [Fact(IdType.NAME, short)]
    full = " ".join([part for part in (given, middle, family) if part])
    return [Fact(IdType.NAME, value) for value in dict.fromkeys((short, full))]


_IN_BRACKETS = re.compile(r"\s*[(<\[]\s*[^\s()<>]*@[^()<>]*[)>\]]\s*")
_EMAIL_BREAK = re.compile(r"\s*(?::::|[;,\n])\s*|\s+")
_PHONE_BREAK = re.compile(r"\s*(?::::|[;\n])\s*|\s+/\s+|,\s+")
_MANIFOLD = frozenset({Part.FULL, Part.EMAIL, Part.PHONE})  # whose cells hold more than one value, or less
_BREAKS = {Part.EMAIL: _EMAIL_BREAK, Part.PHONE: _PHONE_BREAK}


def _pieces(value: str, part: Part) -> list[str]:
    """The values in one cell: Google joins with `:::`, people with commas; Outlook's names carry the address."""
    if part is Part.FULL:
        if "@" in value:
            value = _IN_BRACKETS.sub(" ", value).strip()
        return [value] if value and "@" not in value else []
    if part is Part.EMAIL and (value.count("@") < 2 or "<" in value):
        return [value]
    pattern = _BREAKS.get(part)
    return [piece for piece in pattern.split(value) if piece] if pattern else [value]


# The header row


@dataclass(frozen=True, slots=True)
class _Label:
    """What one header cell says: what the column holds, of whom, and which of several."""

    part: Part
    who: str  # "" the owner; else words for somebody else
    kind: str  # sure | soft | unknown: how well `who` is known
    number: str
    place: str  # home, work, ...: keeps addresses apart
    phrase: str  # the whole cell, folded


_CAMEL = re.compile(r"(?<=[a-zåäö])(?=[A-ZÅÄÖ])|(?<=[A-ZÅÄÖ])(?=[A-ZÅÄÖ][a-zåäö]{2})")
_E_WORD = re.compile(r"\be[ _-]?(mail|post)")
_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_SPLIT_NUMBER = re.compile(r"(?<=[^\W\d_])(?=\d)")


@lru_cache(maxsize=4096)
def tokens(cell: str) -> tuple[str, ...]:
    """The words and numbers of a header, folded as the tables of `header_words` are."""
    if len(cell) > 80:
        return ()
    text = cell.strip().strip("\ufeff").replace("\u2011", "-")
    text = _CAMEL.sub(" ", text.replace("eMail", "email").replace("EMail", "email"))
    text = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    text = _E_WORD.sub(r"e\1", text.replace("'s", " ").replace("\u2019s", " "))
    return tuple(_TOKEN.findall(_SPLIT_NUMBER.sub(" ", text)))


def _looks_like_data(cell: str) -> bool:
    return "@" in cell or sum(map(str.isdigit, cell)) >= 5 or len(cell) > 80


def _is_plain(label: _Label | None) -> bool:
    """A word that alone makes a row a header: nobody is named `Efternamn`, but a cell may well say `Mobil`."""
    return bool(label and label.part in (*_BEARERS, Part.EMAIL, Part.CUSTOMER_NUMBER) and len(label.phrase) > 3) and (
        label is not None and label.phrase not in ("mail", "mejl", "first", "last", "person", *_CONTACT)
    )


def _is_generic(tokens: tuple[str, ...]) -> bool:
    words = [token for token in tokens if not token.isdigit()]
    return (
        " ".join(words) in GENERIC or bool(words and words[-1] in NOT_A_PERSON) or bool(words and words[0] in RELATED)
    )


def _label(tokens: tuple[str, ...]) -> _Label | None:
    """Known words first, then without words that change nothing, then what is left is a word for somebody."""
    words = [token for token in tokens if not token.isdigit()]
    if not words or len(words) > 7:
        return None
    part, who, kind, place = _meaning(words)
    if part is None:
        return None
    number = next((token for token in tokens if token.isdigit()), "")
    return _Label(part, who, kind, number, place, " ".join(tokens))


_Meaning = tuple[Part | None, str, str, str]
_NOTHING: _Meaning = (None, "", "", "")


def _meaning(words: list[str]) -> _Meaning:
    part = FIELDS.get(" ".join(words))
    if part:
        return part, "", "sure", ""
    words = [piece for word in words for piece in _decompound(word)]
    if " ".join(words) in _CONTACT:  # whom to talk to there
        return Part.FULL, "kontakt", "sure", ""
    if words[-1] in ("av", "by", "von"):
        return Part.FULL, " ".join(words), "sure", ""
    part, rest = _field_in(words)
    place = next((BENIGN[word] for word in rest if BENIGN.get(word)), "")
    rest = [_singular(word) for word in rest if word not in BENIGN and word not in _FILLERS]
    rest = [word for word in rest if part is None or FIELDS.get(word) is not part]  # `Phone : mobile`
    if any(word in NOT_A_PERSON for word in rest):
        return _NOTHING
    related = [word for word in rest if word in RELATED]
    if part is None:
        return (Part.FULL, " ".join(related), "sure", "") if related and len(rest) <= 2 else _NOTHING
    if related:
        return part, " ".join(related), "sure", place
    if rest and all(word in SOFT for word in rest):
        return part, " ".join(rest), "soft", place
    return part, " ".join(rest), "unknown" if rest else "sure", place


_FILLERS = frozenset(
    {"till", "for", "of", "och", "and", "to", "pa", "om", "i", "or", "eller", "the", "s", "des", "der", "die"}
)
_CONTACT = ("kontakt", "contact")


def _field_in(words: list[str]) -> tuple[Part | None, list[str]]:
    """The longest run of words that names a field, the last such run if several, and the words around it."""
    for length in range(min(4, len(words)), 0, -1):
        for start in range(len(words) - length, -1, -1):
            part = FIELDS.get(" ".join(words[start : start + length]))
            if part:
                return part, words[:start] + words[start + length :]
    return None, words


def _singular(word: str) -> str:
    """`saljarens`, `kundens`, `managers` to the word in the tables."""
    if word in RELATED or word in SOFT or word in NOT_A_PERSON:
        return word
    for ending in ("ens", "ans", "ns", "es", "s", "en", "n"):
        if word.endswith(ending) and (word[: -len(ending)] in RELATED or word[: -len(ending)] in SOFT):
            return word[: -len(ending)]
    return word


_STEMS = tuple(sorted(set(BENIGN) | SOFT | RELATED, key=len, reverse=True))


@lru_cache(maxsize=4096)
def _decompound(word: str) -> tuple[str, ...]:
    """Swedish compounds: `hemtelefon`, `kundnamn`, `anhorigtelefon`."""
    if word in FIELDS or word in RELATED or word in SOFT or word in NOT_A_PERSON:
        return (word,)
    for stem in _STEMS:
        if word.startswith(stem):
            rest = word[len(stem) :]
            for tail in (rest, rest.removeprefix("s"), rest.removeprefix("ens"), rest.removeprefix("ns")):
                if tail in FIELDS:
                    return (stem, tail)
    return (word,)


# From labels to persons


def _groups(labels: list[_Label | None]) -> tuple[_Group, ...]:
    placed = [(index, label) for index, label in enumerate(labels) if label]
    placed = _without_lone_weak(_apart(_numbered(_repeated(placed))))
    order = dict.fromkeys(label.who for _, label in placed)
    made = []
    for who in order:
        mine = [(index, label) for index, label in placed if label.who == who]
        if {label.part for _, label in mine} - {Part.CITY, Part.POSTCODE, Part.MIDDLE}:
            made.append(_group(Role.RELATED if who else Role.OWNER, mine))
    return tuple(made)


_Placed = list[tuple[int, _Label]]


def _repeated(placed: _Placed) -> _Placed:
    """`Namn;Telefon;Namn;Telefon`: the same header again begins another person, and who, we cannot tell."""
    seen: Counter[str] = Counter()
    turn = 0
    done: _Placed = []
    for index, label in placed:
        if not label.who:
            turn = max(turn, seen[label.phrase])
            seen[label.phrase] += 1
        done.append((index, replace(label, who=f"again {turn}") if turn and not label.who else label))
    return done


_OF_ADDRESS = re.compile("email|epost")  # `E-mail 2 Display Name` is how the owner's second address is shown


def _numbered(placed: _Placed) -> _Placed:
    """`Namn 2` means a second person, and then `E-post 2` is hers; `Barn 1` and `Barn 2` are two."""
    named = [label for _, label in placed if label.part in _BEARERS and not label.who]
    own = {label.number for label in named if not _OF_ADDRESS.search(label.phrase)}
    others = {number for number in own if number not in ("", "1")}
    done: _Placed = []
    for index, label in placed:
        second = not label.who and label.number in others
        apart = second or (label.who and label.number)
        done.append((index, replace(label, who=f"{label.who} #{label.number}") if apart else label))
    return done


def _apart(placed: _Placed) -> _Placed:
    """`Kundnamn`, `Contact Email`: the owner's, unless several persons of the row have names of their own."""
    soft = list(dict.fromkeys(label.who for _, label in placed if label.kind == "soft"))
    bearers = {label.who for _, label in placed if label.part in _BEARERS and label.kind in ("sure", "soft")}
    named = [who for who in ["", *soft] if who in bearers]
    mine = {named[0]} if len(named) > 1 else set(soft)
    return [(index, replace(label, who="") if label.who in mine else label) for index, label in placed]


def _without_lone_weak(placed: _Placed) -> _Placed:
    """A name or address with a word we do not know (`Product Name`) counts only beside a strong column of the same."""
    strong = {label.who for _, label in placed if label.part not in _WEAK}
    return [(index, label) for index, label in placed if label.kind != "unknown" or label.who in strong]


def _group(role: Role, mine: _Placed) -> _Group:
    def of(part: Part) -> tuple[int, ...]:
        return tuple(index for index, label in mine if label.part is part)

    single = tuple(
        (index, _TYPES[label.part], label.part if label.part in _MANIFOLD else None)
        for index, label in mine
        if label.part in _TYPES
    )
    return _Group(role, single, of(Part.GIVEN), of(Part.MIDDLE), of(Part.FAMILY), _addresses(mine))


def _addresses(mine: _Placed) -> tuple[tuple[int, ...], ...]:
    """Street columns, then postcode, then town, for each of home, work, 1, 2 ...; never a town alone."""
    towns = {(label.place, label.number) for _, label in mine if label.part in (Part.CITY, Part.POSTCODE)}
    found: dict[tuple[str, str], dict[Part, list[int]]] = {}
    for index, label in mine:
        if label.part in (Part.STREET, Part.POSTCODE, Part.CITY):
            key = (label.place, label.number)
            key = key if key in towns else (label.place, "")  # `Home Address 2` is the second line of one address
            found.setdefault(key, {}).setdefault(label.part, []).append(index)
    return tuple(
        (*parts[Part.STREET], *parts.get(Part.POSTCODE, ()), *parts.get(Part.CITY, ()))
        for parts in found.values()
        if Part.STREET in parts
    )
