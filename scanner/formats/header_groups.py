"""The labels of a table's columns to the persons of its rows: which columns are of the same one.

A row is about one person, its owner. A column whose header says somebody else (`Kontaktperson`, `Spouse`, `Säljare`),
or something we do not know, makes a person of its own: to split one person in two costs a hint, to merge two persons
costs somebody's data.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace

from scanner.formats.header_labels import BEARERS, NAMES, Label
from scanner.formats.header_words import Part
from scanner.records import IdType, Role

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
_ADDRESS = frozenset({Part.STREET, Part.POSTCODE, Part.CITY, Part.FORMATTED})
_WEAK = NAMES | _ADDRESS


MANIFOLD = frozenset({Part.FULL, Part.EMAIL, Part.PHONE})  # whose cells hold more than one value, or less


@dataclass(frozen=True, slots=True)
class Group:
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


def indexes(group: Group) -> frozenset[int]:
    """All columns of the group."""
    single = (index for index, _, _ in group.single)
    parts = (*group.given, *group.middle, *group.family)
    return frozenset((*single, *parts, *(index for address in group.addresses for index in address)))


def without(group: Group, taken: Container[int]) -> Group:
    """The group without these columns: what is left of an address needs its first column still."""

    def left(columns: Iterable[int]) -> tuple[int, ...]:
        return tuple(index for index in columns if index not in taken)

    return Group(
        group.role,
        tuple(one for one in group.single if one[0] not in taken),
        left(group.given),
        left(group.middle),
        left(group.family),
        tuple(left(address) for address in group.addresses if address and address[0] not in taken),
    )


def groups_of(labels: list[Label | None], lone: dict[int, str]) -> tuple[Group, ...]:
    """`lone`: the columns whose header is only a word for a person, which may bear a name."""
    placed = [(index, label) for index, label in enumerate(labels) if label]
    placed = _apart(_numbered(_repeated(placed)), owned=bool(lone))
    placed = _after_others(_without_lone_weak(placed), lone)
    persons: dict[str, _Placed] = {}
    for index, label in placed:
        persons.setdefault(label.who, []).append((index, label))
    made = []
    for who, mine in persons.items():
        if {label.part for _, label in mine} - {Part.CITY, Part.POSTCODE, Part.MIDDLE}:
            made.append(_group(Role.RELATED if who else Role.OWNER, mine))
    return tuple(made)


_Placed = list[tuple[int, Label]]


def _repeated(placed: _Placed) -> _Placed:
    """`Namn;Telefon;Namn;Telefon`: the same header again begins another person, and who, we cannot tell."""
    seen: Counter[str] = Counter()
    turn = 0
    done: _Placed = []
    for index, label in placed:
        if not label.who:
            sort = f"national {label.number}" if _is_national(label) else label.phrase
            turn = max(turn, seen[sort])
            seen[sort] += 1
        done.append((index, replace(label, who=f"again {turn}") if turn and not label.who else label))
    return done


def _is_national(label: Label) -> bool:
    """`Personnr` and `Personnummer` are of two; a coordination number may be the same person's, of another time."""
    return label.part is Part.NATIONAL_ID and not label.phrase.startswith("samordning")


_OF_ADDRESS = re.compile("email|epost")  # `E-mail 2 Display Name` is how the owner's second address is shown


def _numbered(placed: _Placed) -> _Placed:
    """`Namn 2` means a second person, and then `E-post 2` is hers; `Barn 1` and `Barn 2` are two."""
    named = [label for _, label in placed if label.part in BEARERS and not label.who]
    own = {label.number for label in named if not _OF_ADDRESS.search(label.phrase)}
    others = {number for number in own if number not in ("", "1")}
    done: _Placed = []
    for index, label in placed:
        second = not label.who and label.number in others
        apart = second or (label.who and label.number)
        done.append((index, replace(label, who=f"{label.who} #{label.number}") if apart else label))
    return done


def _apart(placed: _Placed, *, owned: bool) -> _Placed:
    """`Kundnamn`, `Contact Email`: the owner's, unless several persons of the row have names of their own.

    `owned`: a column beside them is headed `Köpare`, and may be the owner's name.
    """
    soft = list(dict.fromkeys(label.who for _, label in placed if label.kind == "soft"))
    bearers = {label.who for _, label in placed if label.part in BEARERS and label.kind in ("sure", "soft")}
    named = [who for who in ["", *soft] if who in bearers or (owned and not who)]
    mine = {named[0]} if len(named) > 1 else set(soft)
    return [(index, replace(label, who="") if label.who in mine else label) for index, label in placed]


_OWNS = frozenset({Part.CUSTOMER_NUMBER, Part.ORGANISATION_NUMBER})  # of the row, wherever they stand


def _after_others(placed: _Placed, lone: dict[int, str]) -> _Placed:
    """`Namn;Personnr;Kontakt;Tel`: what follows another person's name without a word of its own may be either's.

    It is the owner's only where the other has such columns with a word (`Kontakt telefon`) and the owner none before.
    """
    if any(_is_of_export(label) for _, label in placed):
        return placed
    owner = next(iter(lone.values()), "")
    worded = {label.who for _, label in placed if label.part not in BEARERS}
    current, had, moved = "", set[Part](), dict[int, str]()
    labels = dict(placed)
    for index in sorted({*labels, *lone}):
        label = labels.get(index)
        if index in lone and label is None:
            current = "" if lone[index] == owner else f"{lone[index]} {index}"
        elif label is not None and label.kind == "soft" and not label.who:  # `Kund e-post`: back to the owner
            current = ""
            had.add(label.part)
        elif label is None or label.part in _OWNS:
            continue
        elif label.part in NAMES or (label.who and label.part in BEARERS):
            current = label.who
        elif not label.who:
            if current and (current not in worded or label.part in had):
                moved[index] = f"after {current}"
            elif not current:
                had.add(label.part)
    stays = any(not label.who and index not in moved for index, label in placed)
    return [(index, replace(label, who=moved.get(index, label.who)) if stays else label) for index, label in placed]


def _is_of_export(label: Label) -> bool:
    """True for what only exports of address books have: they order their columns alike, and word all of another's."""
    shown = label.part is Part.FULL and _OF_ADDRESS.search(label.phrase) is not None
    middle = label.part is Part.MIDDLE and not label.who
    return shown or middle or label.phrase.endswith((" value", " varde"))


def _without_lone_weak(placed: _Placed) -> _Placed:
    """A name or address with a word we do not know (`Product Name`) counts only beside a strong column of the same."""
    strong = {label.who for _, label in placed if label.part not in _WEAK}
    return [(index, label) for index, label in placed if label.kind != "unknown" or label.who in strong]


def _group(role: Role, mine: _Placed) -> Group:
    def of(part: Part) -> tuple[int, ...]:
        return tuple(index for index, label in mine if label.part is part)

    single = tuple(
        (index, _TYPES[label.part], label.part if label.part in MANIFOLD else None)
        for index, label in mine
        if label.part in _TYPES
    )
    return Group(role, single, of(Part.GIVEN), of(Part.MIDDLE), of(Part.FAMILY), _addresses(mine))


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
