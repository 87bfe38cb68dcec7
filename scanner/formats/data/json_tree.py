"""Trees of keys and values (JSON, property lists, XML that is data) to records: objects in a list are rows.

A list of objects is `row N`, below `part KEY` if a key leads to it; lists in a row that name persons of their own are
rows below it, and all else of an object is in its own record. Persons are known by the keys, as by a table's header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from scanner.formats.base import Found
from scanner.formats.data.json_paths import MOST, folded, is_container, is_known, is_others, names_owner, phrases, table
from scanner.formats.header import entities
from scanner.formats.header_words import FIELDS, Part
from scanner.formats.inline import Inline
from scanner.formats.rows import row_records
from scanner.formats.streams import Names
from scanner.formats.web import html
from scanner.records import Entity, Fact, Record, Role, Steps


class Pairs:
    """The members of an object, in order, with keys that come twice."""

    __slots__ = ("members",)

    def __init__(self, members: Iterable[tuple[str, Value]] = ()) -> None:
        """`members` are (key, value)."""
        self.members = list(members)

    def __iter__(self) -> Iterator[tuple[str, Value]]:
        return iter(self.members)

    def __reversed__(self) -> Iterator[tuple[str, Value]]:
        return reversed(self.members)

    def __len__(self) -> int:
        return len(self.members)


Value = Pairs | list["Value"] | str | bool | None
_Path = tuple[str, ...]
_Leaf = tuple[_Path, str]

_NESTS = (Pairs, list)
_DEEPEST = 40  # steps of rows in rows; below that all is one record
_ORDINARY = re.compile(r"(?!.*\d{5})[\w$@#:.-]{1,40}\Z")
_MARKUP = re.compile(r"</(?:p|div|span|a|b|i|td|li|font|html|body|h[1-6]|strong|em)>|<br\s*/?>", re.IGNORECASE)
_MANY = {Part.EMAIL, Part.PHONE}


class Tree:
    """The records of one tree. Iterate `records` to its end, then ask for `keys`."""

    def __init__(self, inline: Inline) -> None:
        self._inline = inline
        self._keys: dict[str, None] = {}

    def records(self, value: Value, steps: Steps = ()) -> Iterator[Found]:
        """Everything at and below a value. A record with no steps is the file's."""
        if isinstance(value, Pairs):
            value = _listed(value)
        if isinstance(value, Pairs):
            yield from self._object(value, steps)
        elif isinstance(value, list):
            yield from self._list(value, steps)
        elif text := self._text(value, steps):
            yield Record(steps, "row" if steps else "file", [(Role.BODY, text)])
        yield from self._inline.drained()

    def keys(self) -> Record | None:
        """The words used as keys, once: as text of the file."""
        return Record((), "file", [(Role.BODY, "\n".join(self._keys))]) if self._keys else None

    def _list(self, values: list[Value], steps: Steps, whose: _Path = ()) -> Iterator[Found]:
        if values and all(_is_flat(one) for one in values):  # rows as lists of cells, the first may be a header
            rows = [[self._text(cell, steps) for cell in one] for one in values if isinstance(one, list)]
            yield from row_records(steps, enumerate(rows))
            return
        if not any(isinstance(one, _NESTS) for one in values):
            yield from self._plain(values, steps)
            return
        for number, one in enumerate(values, 1):
            yield from self._element(one, (*steps, f"row {number}"), whose)

    def _plain(self, values: list[Value], steps: Steps) -> Iterator[Found]:
        text = "\n".join(text for one in values if (text := self._text(one, steps)))
        if text:
            yield Record(steps, "part" if steps else "file", [(Role.BODY, text)])

    def _element(self, value: Value, steps: Steps, whose: _Path) -> Iterator[Found]:
        if isinstance(value, list):
            value = Pairs([("", value)])
        if isinstance(value, Pairs):
            yield from self._object(value, steps, whose)
        elif text := self._text(value, steps):
            yield Record(steps, "row", [(Role.BODY, text)])
        yield from self._inline.drained()

    def _object(self, value: Pairs, steps: Steps, whose: _Path = ()) -> Iterator[Found]:
        """`whose` is the key of the list that it stands in, where that says somebody else (`children`)."""
        leaves, lists = _leaves(value, whose)
        owned = _says_whose(leaves)
        apart: list[tuple[_Path, list[Value]]] = []
        for path, inner in lists:
            if len(steps) < _DEEPEST and (not owned or _names_persons(inner)):
                apart.append((path, inner))
            else:
                leaves.extend(_all_leaves(path, inner))
        record = self._record(leaves, steps)
        if record is not None:
            yield record
        names = Names()
        for path, inner in apart:
            below = (*steps, names.unique(f"part {'.'.join(path)[:200]}")) if path != ("",) else steps
            yield from self._list(inner, below, path[-1:] if is_others(path[-1]) else ())

    def _record(self, leaves: list[_Leaf], steps: Steps) -> Record | None:
        pieces: list[str] = []
        said: dict[str, None] = {}
        for path, value in leaves:
            for key in path:
                if _ORDINARY.match(key) or is_known(key):
                    self._keys[key] = None
                elif key:
                    said[key] = None
            if text := self._text(value, steps):
                pieces.append(text)
        text = "\t".join([*said, *pieces])
        found = persons(leaves)
        if not text and not found:
            return None
        return Record(steps, "row" if steps else "file", [(Role.BODY, text)] if text else [], found)

    def _text(self, value: Value, steps: Steps) -> str:
        if not isinstance(value, str):
            return ""
        value = self._inline.taken(value, steps)
        if "<" in value and _MARKUP.search(value):
            value = f"{value}\n{html.render(value)}"
        return value.strip()


def persons(leaves: list[_Leaf]) -> list[Entity]:
    """The persons of one record, by its keys. A name or number with several values is nobody's."""
    cells: dict[_Path, list[str]] = {}
    for path, value in leaves:
        if value.strip() and len(value) <= 400:
            cells.setdefault(path, []).append(value)
    if len(cells) > MOST:
        return []
    headers = phrases(tuple(cells))
    columns = table(headers)
    if columns is None:
        return []
    owned = names_owner(headers)
    row = []
    for words, values in zip(headers, cells.values(), strict=True):
        different = list(dict.fromkeys(values))
        part = FIELDS.get(words)
        if len(different) > 1 and (part in _BEARERS or not owned):
            return []
        row.append(" ::: ".join(different) if part in _MANY else different[0] if len(different) == 1 else "")
    return [one for one in entities(columns, row) if _tells(one.facts)]


_BEARERS = {Part.FULL, Part.GIVEN, Part.FAMILY, Part.NATIONAL_ID}


def _tells(facts: list[Fact]) -> bool:
    return any(any(map(str.isalnum, fact.value)) for fact in facts)


# Which values are whose


def _leaves(value: Pairs, whose: _Path) -> tuple[list[_Leaf], list[tuple[_Path, list[Value]]]]:
    """What an object says itself, with the objects in it, and the lists of objects that may be about others."""
    leaves: list[_Leaf] = []
    lists: list[tuple[_Path, list[Value]]] = []
    work: list[tuple[_Path, Value]] = [(whose, value)]
    while work:
        path, one = work.pop()
        if isinstance(one, Pairs) and one is not value and isinstance(other := _listed(one), list):
            one = other
        if isinstance(one, Pairs):
            work.extend(((*path, key)[-8:], inner) for key, inner in reversed(one))
        elif isinstance(one, list):
            if any(isinstance(inner, _NESTS) for inner in one) and not (path and is_container(path[-1])):
                lists.append((path, one))
            else:
                work.extend((path, inner) for inner in reversed(one))
        elif isinstance(one, str):
            leaves.append((path, one))
        else:
            leaves.append((path, ""))  # true, false, null: nothing to find, but its key is
    return leaves, lists


def _all_leaves(path: _Path, value: Value) -> list[_Leaf]:
    """Every value below, whatever it is in; a walk without recursion, since the bytes say how deep it goes."""
    found: list[_Leaf] = []
    work: list[tuple[_Path, Value]] = [(path, value)]
    while work:
        path, one = work.pop()
        if isinstance(one, Pairs):
            work.extend(((*path, key)[-8:], inner) for key, inner in reversed(one))
        elif isinstance(one, list):
            work.extend((path, inner) for inner in reversed(one))
        else:
            found.append((path, one if isinstance(one, str) else ""))
    return found


def _listed(value: Pairs) -> Value:
    """`{"17": {...}, "18": {...}}`: objects by number or name are a list; with its keys inside each."""
    if len(value) < 2 or not all(isinstance(inner, Pairs) for _, inner in value):
        return value
    if any(is_known(key) for key, _ in value) or not _names_persons([inner for _, inner in value]):
        return value
    return [Pairs([("", key), *inner]) for key, inner in value if isinstance(inner, Pairs)]


def _names_persons(values: list[Value]) -> bool:
    """Whether a list is one of persons; its first few elements tell."""
    return any(_says_whose(_leaves_near(one)) for one in islice(values, 20) if isinstance(one, Pairs))


def _leaves_near(value: Pairs) -> list[_Leaf]:
    """The values of an object and of those in it, two deep."""
    found: list[_Leaf] = []
    for key, inner in value:
        if isinstance(inner, str):
            found.append(((key,), inner))
        elif isinstance(inner, Pairs):
            found.extend(((key, name), one) for name, one in inner if isinstance(one, str))
        elif isinstance(inner, list) and folded(key) == "name":
            found.append(((key,), ""))
    return found


def _says_whose(leaves: list[_Leaf]) -> bool:
    """Whether an object names the person it is about."""
    paths = tuple(dict.fromkeys([path for path, _ in leaves]))
    return len(paths) <= MOST and names_owner(phrases(paths))


def _is_flat(value: Value) -> bool:
    return isinstance(value, list) and bool(value) and not any(isinstance(cell, _NESTS) for cell in value)
