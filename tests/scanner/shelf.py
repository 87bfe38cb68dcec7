"""A small index with real rows (records, detected and packed as a scan does), and what the finding half asks of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from connectors.base import ItemKind, Strength, Version
from connectors.locator import Locator
from scanner.asked import asked
from scanner.candidates import Candidate, Candidates
from scanner.company import Company
from scanner.detect.base import DetectSettings
from scanner.detect.detector import Detector
from scanner.detect.parse import normalise
from scanner.examine import Examined, ExamineTask
from scanner.find import find
from scanner.identity.widen import Identity
from scanner.index.pack import Packer
from scanner.index.seal import Keys, Sealer
from scanner.index.sqlite import Index
from scanner.model import Finding, SubjectId
from scanner.records import Entity, Fact, IdType, Record, Role, Steps, Unread

DETECT = DetectSettings("SE", ("KND-[0-9]{5}",))
NAME, EMAIL, PHONE = IdType.NAME, IdType.EMAIL, IdType.PHONE
ID, CUSTOMER, ADDRESS, BIRTH = IdType.NATIONAL_ID, IdType.CUSTOMER_NUMBER, IdType.ADDRESS, IdType.BIRTH_DATE

# Numbers 980-999 of a day are given to nobody, 070-1740605 and up are kept for fiction.
ANNA_ID, BO_ID = "19850312-9804", "19720101-9820"
ANNA_PHONE, BO_PHONE, HOME_PHONE = "070-174 06 05", "070-174 06 06", "070-174 06 07"


def person(role: Role = Role.OWNER, **facts: str) -> Entity:
    """`person(name=..., email=..., id=..., customer=..., birth=...)`: a card, a row, a header pair."""
    kinds = {
        "name": NAME,
        "email": EMAIL,
        "phone": PHONE,
        "id": ID,
        "customer": CUSTOMER,
        "address": ADDRESS,
        "birth": BIRTH,
    }
    return Entity(role, [Fact(kinds[key], value) for key, value in facts.items()])


def record(*steps: str, kind: str = "file", text: str = "", who: Sequence[Entity] = ()) -> Record:
    """One record with free text and the persons in it."""
    return Record(steps, kind, [(Role.BODY, text)] if text else [], list(who))


class Shelf:
    """An index at a path, in the source `kunder`."""

    def __init__(self, path: Path, company: Company | None = None) -> None:
        self.sealer = Sealer(Keys.derive(b"a master key for tests, 32 bytes"))
        self.index = Index.open(path, self.sealer)
        self.company = company or Company(domains=["invex.example"])
        self.looked: list[ExamineTask] = []
        self.live: dict[str, Examined] = {}  # by path; what is not here cannot be looked at
        self._detector = Detector(DETECT)
        self._packer = Packer(self.sealer)

    def put(
        self,
        path: str,
        *records: Record,
        mail: bool = False,
        unread: Sequence[Unread] = (),
        links: int = 1,
        source: str = "kunder",
    ) -> None:
        """Index one item. The record without steps is made if it is not among those given."""
        found = [*records]
        if all(one.steps for one in found):
            found.append(Record((), "message" if mail else "file"))
        for one in found:
            if not mail and not one.steps:
                folder, _, name = path.rpartition("/")
                one.texts += [(Role.FILENAME, name), (Role.PATH, folder)]
        row = self._packer.pack_item(
            Locator(source, path),
            Version("1", Strength.WEAK),
            ItemKind.MESSAGE if mail else ItemKind.FILE,
            size=10,
            links=links,
            content=self.sealer.content(path.encode()),
            records=[(one, self._detector.mentions(one), self._detector.words(one)) for one in found],
            unread=unread,
        )
        self.index.store(source, "", [row])

    def widen(self, *words: str, **typed: str) -> list[SubjectId]:
        """The subject of what somebody typed."""
        return Identity(self.index, self.sealer, self._company(words, typed)).widen(self.given(words, typed))

    def candidates(self, *words: str, **typed: str) -> list[Candidate]:
        """What the index says of them."""
        asked_for = self.widen(*words, **typed)
        return Candidates(self.index, self.sealer, self._company(words, typed), {"kunder"}).of(asked_for)

    def find(self, *words: str, **typed: str) -> list[Finding]:
        """The findings; a look at live content gives what `live` holds."""
        company = self._company(words, typed)
        subject = self.widen(*words, **typed)
        return find(Candidates(self.index, self.sealer, company, {"kunder"}), subject, self._examine, lambda *_: None)

    def given(self, words: Sequence[str], typed: dict[str, str]) -> list[SubjectId]:
        options = {"name": NAME, "email": EMAIL, "phone": PHONE, "id": ID, "customer": CUSTOMER}
        return asked(words, {options[key]: [value] for key, value in typed.items()}, DETECT)

    def seen(self, path: str, *named: Steps, others: int = 0, changed: bool = False, addressed: bool = False) -> None:
        """What a look at the live content of an item will say."""
        steps = frozenset(named)
        self.live[path] = Examined(steps, others, changed, addressed=steps if addressed else frozenset())

    def _company(self, words: Sequence[str], typed: dict[str, str]) -> Company:
        return self.company.without([(one.type, one.value) for one in self.given(words, typed)])

    def _examine(self, tasks: Sequence[ExamineTask]) -> dict[tuple[str, str], Examined]:
        self.looked += tasks
        return {(task.source, task.path): self.live[task.path] for task in tasks if task.path in self.live}


def values(subject: Sequence[SubjectId], kind: IdType) -> dict[str, SubjectId]:
    """The identifiers of a type, by value."""
    return {one.value: one for one in subject if one.type is kind}


def canonical(kind: IdType, raw: str) -> str:
    value = normalise(kind, raw, DETECT)
    assert value is not None
    return value


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
