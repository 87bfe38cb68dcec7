"""The folders of an account, as LIST and NAMESPACE tell them: its own, those of others, and shared ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from imapclient.response_parser import parse_response

from connectors.base import LeftOut
from connectors.errors import ProtocolBroken, Unreachable
from connectors.mail.imap_line import Answer, Line, Piece, string
from connectors.mail.imap_names import INBOX, shown

_NO_MAILBOX = frozenset({b"\\noselect", b"\\nonexistent"})
_NO_FOLDER = (
    "name {number} of {of} in `folders` is no mail folder there: has it been renamed, is it written with the folders "
    'above it, like "Arkiv/2024"?'
)
_LISTED = re.compile(rb'\(([^)]*)\) (?:NIL|"(?:\\?.)") (.*)', re.I | re.S)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that can be opened: its name on the wire, and what the server says it is for."""

    wire: bytes
    uses: frozenset[bytes] = frozenset()


@dataclass(slots=True)
class Tree:
    """What was listed. `doubles` are names that two folders would have; neither is opened."""

    folders: dict[str, Folder] = field(default_factory=dict)
    doubles: set[str] = field(default_factory=set)

    def chosen(self, settings: Mapping[str, Any]) -> list[str]:
        """The folders in scope, INBOX first. Raises Unreachable where one that is named is not there."""
        wanted = [_named(name) for name in settings["folders"] or ()]
        for number, name in enumerate(wanted, 1):
            if name not in self.folders and name not in self.doubles:
                raise Unreachable(_NO_FOLDER.format(number=number, of=len(wanted)))
        excluded = {_named(name) for name in settings["exclude"] or ()}
        names = {*(wanted or (*self.folders, *self.doubles))} - excluded
        return sorted(names, key=lambda name: (name != INBOX, name))

    def idle(self, settings: Mapping[str, Any]) -> list[int]:
        """Which names of `exclude`, from 1, are no folder's: a slip of the pen, or a folder that has gone."""
        names = (_named(name) for name in settings["exclude"] or ())
        return [number for number, name in enumerate(names, 1) if name not in self.folders and name not in self.doubles]

    def left_out(self, settings: Mapping[str, Any]) -> tuple[LeftOut, ...]:
        """The folders that the settings keep out; nobody has counted their messages."""
        wanted = {_named(name) for name in settings["folders"] or ()}
        excluded = {_named(name) for name in settings["exclude"] or ()}
        out = (name for name in sorted(self.folders) if name in excluded or (wanted and name not in wanted))
        return tuple(LeftOut(name, None, 1) for name in out)


def list_folders(line: Line) -> Tree:
    """All that the account sees. Raises the contract's errors."""
    found: dict[bytes, frozenset[bytes]] = {}
    for pattern in (b"*", *_elsewhere(line)):
        answer = line.ask(b"LIST", b'""', string(pattern)).check("listing the folders")
        for flags, wire in _listed(answer):
            found[wire] = found.get(wire, frozenset()) | flags
    return _tree(found)


def _elsewhere(line: Line) -> Iterator[bytes]:
    """Patterns for the namespaces that `*` may leave out (RFC 2342): other users' and shared ones, with a prefix."""
    if not line.has("NAMESPACE"):
        return
    answer = line.ask(b"NAMESPACE").check("telling its namespaces")
    with line.wired():
        spaces = [parse_response(list(one)) for one in answer.untagged.get("NAMESPACE", [])]
    for space in (one for told in spaces for kind in told if isinstance(kind, tuple) for one in kind):
        if isinstance(space, tuple) and space and isinstance(space[0], bytes) and space[0]:
            yield space[0] + b"*"


def _listed(answer: Answer) -> Iterator[tuple[frozenset[bytes], bytes]]:
    for pieces in answer.untagged.get("LIST", []):
        flags, wire = _one(pieces)
        yield frozenset(flag.lower() for flag in flags), wire


def _one(pieces: Sequence[Piece]) -> tuple[Iterable[bytes], bytes]:
    """Flags and name of one response; the name is an atom, a quoted string, or a literal."""
    first = pieces[0]
    text = first[0] if isinstance(first, tuple) else first
    match = _LISTED.fullmatch(text)
    if match is None:
        raise ProtocolBroken("the mail server lists its folders in a way that IMAP does not allow")
    if isinstance(first, tuple):
        return match[1].split(), first[1]
    name = match[2]
    if name[:1] == b'"':
        closing = re.match(rb'"((?:[^"\\]|\\.)*)"', name, re.S)
        if closing is None:
            raise ProtocolBroken("the mail server lists its folders in a way that IMAP does not allow")
        return match[1].split(), re.sub(rb"\\(.)", rb"\1", closing[1], flags=re.S)
    return match[1].split(), name.split(b" ", 1)[0]


def _tree(found: Mapping[bytes, frozenset[bytes]]) -> Tree:
    tree = Tree()
    for wire, flags in sorted(found.items()):
        if flags & _NO_MAILBOX:
            continue
        name = shown(wire)
        if name in tree.folders or name in tree.doubles:
            tree.doubles.add(name)
            tree.folders.pop(name, None)
        else:
            tree.folders[name] = Folder(wire, flags)
    return tree


def _named(name: str) -> str:
    return INBOX if name.upper() == INBOX else name
