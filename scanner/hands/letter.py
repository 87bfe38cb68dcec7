"""What a letter says: to a processor, to a provider of backups, or on the paper that goes with a binder. Pure.

A letter holds what its reader needs to find the person, and no more: a processor gets what the case was asked for by, a
provider the objects that went, a binder the name. The form that comes back names the case alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from config.model import Hand
from connectors.base import Locator
from scanner.hands.asking import covered
from scanner.hands.kinds import PAPER, PROCESSOR, PROVIDER
from scanner.hands.texts import Texts
from scanner.model import Case
from scanner.outcomes import GONE
from scanner.page.words import Words
from scanner.records import IdType
from scanner.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Heading:
    """Over a part; `apart`: what follows goes on a sheet of its own, which is sent back without the rest."""

    text: str
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table under its titles."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Boxes:
    """What can be ticked."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """What is filled in by hand."""

    texts: tuple[str, ...]


Block = Heading | Paragraph | Facts | Rows | Boxes | Lines


@dataclass(frozen=True, slots=True)
class Letter:
    """All of a letter. `subject` may stand where anybody reads it, as on an envelope: it names nobody."""

    language: str
    title: str
    subject: str
    case: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What is around the matter of a letter. `company` and `answer_to` may be empty.

    `roots`: where a source lies, by its name, for who must find copies of it.
    """

    company: str
    answer_to: str
    today: date
    due: date
    roots: Mapping[str, str] = field(default_factory=dict)


def letter(case: Case, hand: Hand, frame: Frame, language: str) -> Letter:
    """The letter, in Swedish ("sv") or English. Raises Refusal where the case has not what it must say."""
    text = Texts(language)
    title = text(f"{hand.kind}_title")
    subject = text("subject", title=title, case=case.number)
    return Letter(text.language, title, subject, case.number, tuple(_Writer(case, hand, frame, text).blocks()))


def gone_objects(case: Case, hand: Hand) -> dict[Locator, bool]:
    """What went of the sources that a provider has copies of, once each: True where the whole item did."""
    found: dict[Locator, bool] = {}
    for one in covered(case, hand):
        if one.state in GONE:
            item = one.locator.item
            found[item] = found.get(item, False) or not one.taken
    return found


def names_of(case: Case) -> list[str]:
    """The person's names: those asked for, or else those that were added and are sure."""
    known = [one for one in case.subject if one.type is IdType.NAME]
    return [one.value for one in known if one.given] or [one.value for one in known if not (one.unsure or one.shared)]


class _Writer:
    """Puts one letter into words."""

    def __init__(self, case: Case, hand: Hand, frame: Frame, text: Texts) -> None:
        self._case = case
        self._hand = hand
        self._frame = frame
        self._text = text

    def blocks(self) -> Iterator[Block]:
        frame, text = self._frame, self._text
        head = [
            (text("from"), frame.company),
            (text("to"), self._hand.name if self._hand.kind != PAPER else self._hand.owner),
            (text("case"), self._case.number),
            (text("date"), frame.today.isoformat()),
            (text("due"), frame.due.isoformat()),
            (text("answer_to"), frame.answer_to),
        ]
        yield Facts(tuple((name, value) for name, value in head if value))
        yield from {PROCESSOR: self._processor, PAPER: self._paper, PROVIDER: self._provider}[self._hand.kind]()
        yield from self._form()

    def _processor(self) -> Iterator[Block]:
        yield from self._say("processor_why", "processor_ask", "alike", "pass_on", "law")
        if self._hand.what:
            yield Heading(self._text("what"))
            yield Paragraph(self._hand.what)
        yield Heading(self._text("person"))
        words = Words(self._text.language)
        given = [one for one in self._case.subject if one.given]
        yield Facts(tuple((words.type(one.type).capitalize(), one.value) for one in given))
        yield from self._say("use")

    def _provider(self) -> Iterator[Block]:
        objects = self._objects()
        yield from self._say("provider_why", "provider_ask", "provider_else")
        if self._hand.keeps_days is not None:
            yield Paragraph(self._text("keeps", days=self._hand.keeps_days))
        yield from self._say("pass_on", "law")
        if self._hand.what:
            yield Heading(self._text("what"))
            yield Paragraph(self._hand.what)
        yield Heading(self._text("objects"))
        sources = dict.fromkeys(source for source, _, _ in objects)
        roots = [(one, self._frame.roots[one]) for one in sources if one in self._frame.roots]
        if roots:
            yield Facts(tuple((self._text("root", source=name), root) for name, root in roots))
        yield Rows((self._text("source"), self._text("object"), self._text("part")), objects)
        if any(part == self._text("record") for _, _, part in objects):
            yield from self._say("part_note")
        yield from self._say("use")

    def _paper(self) -> Iterator[Block]:
        hand, text = self._hand, self._text
        names = names_of(self._case)
        if not names:
            raise Refusal(
                "the case knows no name of the person, and a binder is asked for by name. "
                f"Next: gallra decide {self._case.number} --also NAME"
            )
        yield from self._say("paper_why", "paper_ask", "paper_like", "paper_law")
        yield Heading(text("customer"))
        yield Facts(tuple((text("name"), name) for name in names))
        yield Heading(text("binder"))
        facts = (
            (text("name"), hand.name),
            (text("place"), hand.place),
            (text("label"), hand.label),
            (text("span"), hand.span),
            (text("holds"), hand.what),
        )
        yield Facts(tuple((name, value) for name, value in facts if value))
        yield from self._say("use_paper")

    def _objects(self) -> tuple[tuple[str, str, str], ...]:
        found = gone_objects(self._case, self._hand)
        if not found:
            raise Refusal(
                "nothing has gone yet from the sources that it has copies of. "
                f"Next: gallra show {self._case.number}, and gallra erase {self._case.number}"
            )
        words = self._text("whole"), self._text("record")
        return tuple(
            (item.source, item.path, words[0] if is_whole else words[1]) for item, is_whole in sorted(found.items())
        )

    def _form(self) -> Iterator[Block]:
        kind, text = self._hand.kind, self._text
        yield Heading(text("form", case=self._case.number), apart=True)
        yield from self._say("form_ask")
        told = () if kind == PAPER else (text("told"),)
        yield Boxes((text(f"{kind}_done"), text(f"{kind}_none"), text(f"{kind}_kept"), *told))
        names = ("place_date", "signature", "signed_name", "role")
        yield Lines(tuple(text(name) for name in names))

    def _say(self, *names: str) -> Iterator[Block]:
        gone = self._case.run_at.astimezone().date() if self._case.run_at else self._frame.today
        company = self._frame.company or self._unnamed()
        for name in names:
            yield Paragraph(self._text(name, company=company, due=self._frame.due, gone=gone))

    def _unnamed(self) -> str:
        return "Vårt företag" if self._text.language == "sv" else "Our company"


def values_of(found: Letter) -> Sequence[str]:
    """Every text that the letter shows."""
    shown = [found.title]
    for block in found.blocks:
        if isinstance(block, Heading | Paragraph):
            shown.append(block.text)
        elif isinstance(block, Facts):
            shown += [part for row in block.rows for part in row]
        elif isinstance(block, Rows):
            shown += [*block.titles, *(part for row in block.rows for part in row)]
        else:
            shown += block.texts
    return shown
