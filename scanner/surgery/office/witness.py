"""What differs between two packages beyond the edits: by zipfile and lxml alone, knowing nothing of how it was edited.

Members that are no XML are equal byte for byte. In XML there stand the same elements with the same attributes in the
same order; only rows that were to leave, links that nobody uses any more and the preview may be missing. Texts have
lost nothing but what the person is told by, and gained nothing but the mark.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter

from lxml import etree

from scanner.surgery.base import Edits, Person
from scanner.surgery.office.witness_text import Texts, attribute_is_fine
from scanner.surgery.packages import same_but

_XML = re.compile(r"\.(?:xml|rels|rdf|vml)$", re.IGNORECASE)
_PREVIEW = re.compile(r"thumbnails?[./]", re.IGNORECASE)
_ROWS = frozenset({"tr", "table-row"})
_LISTED = frozenset({"Relationship", "Override", "file-entry"})
_PARAGRAPHS = frozenset({"p", "h"})
_DETACHED = frozenset({"annotation", "note", "txbxContent", "text-box", "title", "desc"})
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_Element = etree._Element


def compared(before: bytes, after: bytes, edits: Edits, person: Person) -> list[str]:
    """What differs, in words without content; empty where nothing does."""
    try:
        with zipfile.ZipFile(io.BytesIO(before)) as old, zipfile.ZipFile(io.BytesIO(after)) as new:
            found = _Comparison(edits, person)
            changed = found.members(_contents(old), _contents(new))
            return [*found.problems, *same_but(before, after, changed)]
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError):
        return ["one of both is no readable package"]


def _contents(archive: zipfile.ZipFile) -> dict[str, bytes]:
    return {info.filename: archive.read(info) for info in archive.infolist()}


class _Comparison:
    def __init__(self, edits: Edits, person: Person) -> None:
        self.problems: list[str] = []
        self._edits = edits
        self._person = person
        self._skipped: Counter[str] = Counter()
        self._nested = list(edits.replace.values())

    def members(self, old: dict[str, bytes], new: dict[str, bytes]) -> list[str]:
        """Compares every member; the names of those that differ or are gone."""
        changed = []
        gone = 0
        for name, was in old.items():
            now = new.get(name)
            if now == was:
                continue
            changed.append(name)
            if now is None:
                gone += 1
                if not _PREVIEW.search(name):
                    self.problems.append("a part is missing")
            elif now in self._nested:
                self._nested.remove(now)
            elif _XML.search(name):
                self._part(was, now)
            else:
                self.problems.append("a part that is no text differs")
        if self._skipped["row"] != len(self._edits.remove):
            self.problems.append("not as many rows are missing as were to leave")
        if not (self._edits.amend or self._edits.remove) and len(changed) > len(self._edits.replace):
            self.problems.append("a part differs that was to stay")
        if self._skipped["listed"] > 2 * gone:
            self.problems.append("a part is not listed any more")
        return changed

    def _part(self, was: bytes, now: bytes) -> None:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        try:
            old, new = etree.fromstring(was, parser), etree.fromstring(now, parser)
        except (etree.XMLSyntaxError, ValueError):
            self.problems.append("a part is no XML any more")
            return
        walk = _Walk(self._person)
        if not walk.same(old, new) or old.nsmap != new.nsmap:
            self.problems.append("elements or attributes of a part differ")
        if not walk.texts.finished():
            self.problems.append("a text differs in more than the person")
        for one in walk.skipped:
            self._skip(one)

    def _skip(self, one: _Element) -> None:
        name = _local(one)
        if name in _ROWS:
            self._skipped["row"] += 1
        elif one.get("TargetMode") != "External":
            self._skipped["listed"] += 1
        elif not self._edits.remove:
            self.problems.append("a link is missing")


class _Walk:
    """Both trees in step."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self.texts = Texts(person)
        self.skipped: list[_Element] = []
        self._deep = 0

    def same(self, old: _Element, new: _Element) -> bool:
        """Whether two elements are the same but for texts, which `texts` gathers."""
        if old.tag != new.tag or not self._attributes(old, new):
            return False
        name = _local(old)
        if name in _DETACHED and self._deep:
            return self._detached(old, new)
        block = name in _PARAGRAPHS
        if block or not self._deep:
            self.texts.begins(apart=not self._deep)
        self._deep += block
        self._say(name, old.text or "", new.text or "", loose=len(old) != len(new))
        fine = self._children(old, new)
        self._deep -= block
        if block or not self._deep:
            self.texts.begins(apart=not self._deep)
        return fine

    def _say(self, name: str, was: str, now: str, *, loose: bool) -> None:
        """Texts to compare; the white space around an element that left may stand together now."""
        if loose and not was.strip() and not now.strip():
            was = now
        self.texts.add(name, was, now)

    def _detached(self, old: _Element, new: _Element) -> bool:
        """What hangs on a letter of the text, and is read apart from it."""
        texts, deep = self.texts, self._deep
        self.texts, self._deep = Texts(self._person), 0
        fine = self.same(old, new) and self.texts.finished()
        self.texts, self._deep = texts, deep
        return fine

    def _children(self, old: _Element, new: _Element) -> bool:
        others = iter(new)
        other = next(others, None)
        spare = len(old) - len(new)
        for one in old:
            if other is not None and self._pair(one, other, sure=spare == 0):
                self._say("", one.tail or "", other.tail or "", loose=len(old) != len(new))
                other = next(others, None)
            elif spare > 0 and _local(one) in _ROWS | _LISTED:
                spare -= 1
                self.skipped.append(one)
            else:
                return False
        return other is None

    def _pair(self, one: _Element, other: _Element, *, sure: bool) -> bool:
        """Whether these two belong together; where some are missing, that is tried out first."""
        if not sure and _local(one) in _ROWS | _LISTED:
            trial = _Walk(self._person)
            if not (trial.same(one, other) and trial.texts.finished()):
                return False
        return self.same(one, other)

    def _attributes(self, old: _Element, new: _Element) -> bool:
        was = {str(key): str(value) for key, value in old.items()}
        now = {str(key): str(value) for key, value in new.items()}
        if was == now:
            return True
        if was.keys() != now.keys() - ({_SPACE} - was.keys()):
            return False
        return all(attribute_is_fine(key, was[key], now[key], self._person) for key in was)


def _local(element: _Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
