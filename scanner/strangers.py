"""Which names beside the subject's identifiers are somebody else's, and which identifiers the index gives to another.

Many give an address that is not theirs alone: a child's row bears a parent's, two spouses' cards the same one. The name
beside the address then says whose the row is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scanner.detect.fold import fold
from scanner.detect.name_words import is_given_name
from scanner.detect.names import other_names, same_name
from scanner.formats.header_labels import is_word
from scanner.identity.facts import full_names
from scanner.identity.look import tokens_of
from scanner.index.seal import Sealer
from scanner.index.sqlite import Index
from scanner.model import SubjectId
from scanner.records import IdType, Role

_BEARS_ONE = frozenset({IdType.EMAIL, IdType.NATIONAL_ID})  # which are one person's, as phones and addresses are not
_ENOUGH = 200  # entities looked at for one identifier
_LONGEST = 25  # characters of a given name

Fact = tuple[IdType, str]


def is_full(name: str) -> bool:
    """True for a name of more than one word."""
    return " " in name.strip()


def names_somebody(name: str, role: Role) -> bool:
    """True where a name is a person's: of several words, or one that is not a header's ("Kund") or a program's.

    One word in a mail header or of a meeting's guest may be a user's name or a list's; only a given name counts there.
    """
    if is_full(name):
        return True
    word = name.strip()
    if not word.replace("-", "").isalpha() or len(word) < 2:
        return False
    return not is_word(word) if role is Role.OWNER else is_given_name(word)


def is_strange(name: str, names: Sequence[str]) -> bool:
    """True where a name is none of the subject's, nor a part, a short form or a joined spelling ("annaek") of one."""
    if any(same_name(name, own) for own in names):
        return False
    return fold(name.strip()) not in {fold("".join(own.split())) for own in names}


def name_several(names: Iterable[str]) -> bool:
    """True where the names cannot all be one person's."""
    known = sorted(set(names), key=len, reverse=True)
    return any(is_strange(name, known[:1]) for name in known[1:])


def named_on_the_way(path: str) -> set[str]:
    """Persons that the names of the file and its folders seem to name."""
    parts = [part.replace("_", " ") for part in path.split("/")]
    parts[-1] = parts[-1].rpartition(".")[0] or parts[-1]
    return {name for part in parts for name in other_names(part)}


def strangers_on(known: Sequence[str], path: str) -> frozenset[str]:
    """Those of them that are other persons than the subject and the company's people: `known` are their names."""
    return frozenset(name for name in named_on_the_way(path) if is_strange(name, known))


def in_cells(row: str) -> set[str]:
    """Cells of a row that hold a given name and nothing else: `Elev;E-post`, `Lisa;anna.ek@...`."""
    cells = {cell.strip() for cell in row.split("\t") if len(cell) <= _LONGEST}
    return {cell for cell in cells if cell[:1].isupper() and is_given_name(cell)}


class Elsewhere:
    """What the index says of an identifier in other places, looked up once each."""

    def __init__(self, index: Index, sealer: Sealer, names: Sequence[str]) -> None:
        """`names` are the subject's."""
        self._index = index
        self._sealer = sealer
        self._names = names
        self._known: dict[Fact, bool] = {}

    def is_anothers(self, fact: Fact) -> bool:
        """True for an address or national id that stands with a full name that is not the subject's."""
        if fact[0] not in _BEARS_ONE:
            return False
        if fact not in self._known:
            self._known[fact] = any(is_strange(name, self._names) for name in self._beside(fact))
        return self._known[fact]

    def _beside(self, fact: Fact) -> list[str]:
        entities = self.entities(SubjectId(*fact, given=False))
        return [name for entity in entities for name in full_names(entity)]

    def entities(self, one: SubjectId) -> list[list[Fact]]:
        """What stands with an identifier, entity by entity, of as many as are looked at."""
        mates = [mate for token in tokens_of(self._sealer, one) for mate in self._index.entity_mates(token, _ENOUGH)]
        values = self._index.identifiers({token for mate in mates for token in mate})
        return [[values[token] for token in mate if token in values] for mate in mates]
