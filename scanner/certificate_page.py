"""A certificate as blocks to be drawn, in one language: what the HTML and the PDF show alike. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scanner import certificate_backup_rows as rows
from scanner.certificate_texts import GAPS_SV, TEXTS, counted
from scanner.cull.certificate_texts import CULL_TEXTS
from scanner.verify import COMPLETE, INCOMPLETE

Json = dict[str, Any]
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Heading:
    """Over a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Lead:
    """The paragraph under the title."""

    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A remark in smaller type."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of its own."""

    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What it all came to, in a frame."""

    label: str
    text: str
    incomplete: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values; `code` for hashes and keys."""

    rows: tuple[tuple[str, str], ...]
    code: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its title, its width in per cent, and whether it holds numbers."""

    title: str
    width: int
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines to be filled in by hand."""

    texts: tuple[str, ...]


Block = Heading | Lead | Note | Paragraph | Outcome | Facts | Table | Lines


@dataclass(frozen=True, slots=True)
class Page:
    """All that is shown."""

    language: str
    title: str
    case: str
    blocks: tuple[Block, ...]


def page(values: Json, language: str) -> Page:
    """The blocks in Swedish ("sv") or, for anything else, English."""
    language = language if language in TEXTS else "en"
    text = TEXTS[language] | (CULL_TEXTS[language] if values.get("cull") else {})
    made = _Writer(values, text, language).blocks()
    return Page(language, text["title"], values["case"], tuple(made))


class _Writer:
    """Puts one certificate into words."""

    def __init__(self, values: Json, text: dict[str, str], language: str) -> None:
        self._values = values
        self._text = text
        self._language = language
        self._more = rows.words(language)

    def blocks(self) -> Iterable[Block]:
        values, text = self._values, self._text
        yield Lead(text["lead"])
        yield Facts(self._head())
        yield from self._outcome()
        yield Facts(((text["total"], self._states(values["states"])),))
        if not values.get("cull"):
            yield Heading(text["request"])
            yield Facts(self._request(values["request"]))
        yield Heading(text["dates"])
        yield Facts(tuple((text[name], moment(values["dates"][name])) for name in _DATES))
        yield Heading(text["sources"])
        yield self._sources(values["sources"])
        for one in values["sources"]:
            if one.get("syncs"):
                account = one["follows"] or text["account_withheld"]
                yield Note(text["follows_note"].format(source=self._name(one), account=account))
        yield Note(text["scope"])
        yield from self._section("held_title", self._held())
        yield from self._section("recoverable_title", self._recoverable())
        yield from self._section("gaps_title", self._gaps())
        yield from self._backups()
        yield Heading(text["verification"])
        yield Paragraph(self._verification(values["verification"]))
        yield Heading(text["traces"])
        yield Facts(self._traces(), code=True)
        yield Note(text["proof"])
        yield Heading(text["sign"])
        yield Lines((text["place_date"], text["signature"], self._role(), text["name"]))

    def _head(self) -> tuple[tuple[str, str], ...]:
        values, text = self._values, self._text
        controller = ((text["controller"], values["controller"]),) if values["controller"] else ()
        head = ((text["case"], values["case"]), *controller, (text["ground"], text["ground_value"]))
        cull = values.get("cull")
        if not cull:
            return head
        culled = self._number(cull["items"], "culled_value")
        return (*head, (text["rule"], cull["rule"] or text["rule_withheld"]), (text["culled"], culled))

    def _outcome(self) -> Iterable[Block]:
        values, text = self._values, self._text
        incomplete = values["outcome"] == INCOMPLETE
        yield Outcome(text["outcome"], self._outcome_words(), incomplete)
        if incomplete:
            yield Note(text["incomplete_note"])
        if values["gaps_accepted"]:
            yield Note(self._number(values["gaps_accepted"], "accepted_note"))
        unseen = [f"{self._name(one)} ({self._gap(one['unseen'], 1)})" for one in values["sources"] if one["unseen"]]
        if unseen:
            yield Note(text["unseen_note"].format(sources=", ".join(unseen)))
        remark = rows.note(values, self._more, self._more["backup_number"].format(number=NOTHING))
        if remark is not None:
            yield Note(remark)

    def _outcome_words(self) -> str:
        values, text = self._values, self._text
        if values["outcome"] == COMPLETE:
            return text["complete"]
        if values["outcome"] == INCOMPLETE:
            left = self._number(values["unresolved"], "unresolved")
            return text["incomplete"].format(unresolved=left, gaps=self._number(values["gaps_open"], "gaps"))
        until: str = values["outcome"].rpartition(" until ")[2]
        return text["complete_except"].format(until=until if until[:1].isdigit() else text["until_unknown"])

    def _request(self, values: Json) -> tuple[tuple[str, str], ...]:
        text = self._text
        days = [(text[name], values[name] or text["not_noted"]) for name in ("received", "due")]
        if values["extended"]:
            days.append((text["extended"], values["extended"]))
        days.append((text["answered"], values["answered"] or text["not_noted"]))
        identity = (text["identity"], self._identity(values["identity"]))
        return (*days, identity, (text["backups"], rows.asked(self._values, self._more)))

    def _identity(self, values: Json) -> str:
        text = self._text
        if not values["checked"]:
            return text["no_but_required"] if values["required"] else text["no"]
        return ", ".join(one for one in (text["yes"], values["how"], moment(values["at"])) if one)

    def _backups(self) -> Iterable[Block]:
        done = tuple(rows.backup_rows(self._values, self._more))
        if done:
            yield Heading(self._more["backups_title"])
            yield Facts(done)
            yield Note(self._more["backups_scope"])
        said = tuple(rows.hand_rows(self._values, self._more))
        if said:
            yield Heading(self._more["hands_title"])
            yield Facts(said)

    def _sources(self, found: Sequence[Json]) -> Table:
        columns = tuple(Column(self._text[name], width, number) for name, width, number in _COLUMNS)
        return Table(columns, tuple(map(self._source, found)))

    def _source(self, row: Json) -> tuple[str, ...]:
        text = self._text
        found = self._states(row["findings"])
        if row["waiting"]:
            found += "; " + self._number(row["waiting"], "waiting")
        gaps = [f"{one['count']} {self._gap(one['reason'], one['count'])}" for one in row["gaps"]]
        return (
            self._name(row),
            str(row["items"]),
            str(row["records"]),
            moment(row["scanned_at"]) if row["scanned_at"] else text["never"],
            found,
            ", ".join(gaps) or text["none"],
        )

    def _held(self) -> Iterable[tuple[str, str]]:
        text = self._text
        for row in self._values["sources"]:
            for one in row["held"]:
                words = text["held_value" if one["until"] else "held_open"]
                statute = one["statute"] or text["statute_withheld"]
                yield self._name(row), words.format(count=one["count"], until=one["until"], statute=statute)

    def _recoverable(self) -> Iterable[tuple[str, str]]:
        text = self._text
        for row in self._values["sources"]:
            for one in row["recoverable"]:
                until = one["until"] or text["until_unknown"]
                yield self._name(row), text["recoverable_value"].format(count=one["count"], until=until)

    def _gaps(self) -> Iterable[tuple[str, str]]:
        for row in self._values["sources"]:
            for one in row["gaps"]:
                told = [self._number(one["open"], "gap_open")] if one["open"] else []
                for people in one["accepted"]:
                    words = counted(self._text["gap_accepted"], people["count"])
                    told.append(words.format(count=people["count"], by=people["by"] or self._text["by_withheld"]))
                yield f"{self._name(row)}: {self._gap(one['reason'], one['count'])}", ", ".join(told)

    def _section(self, title: str, told: Iterable[tuple[str, str]]) -> Iterable[Block]:
        found = tuple(told)
        if found:
            yield Heading(self._text[title])
            yield Facts(found)

    def _verification(self, values: Json) -> str:
        words = self._text["verification_value"].format(
            looked=self._number(values["looked_at_again"], "looked"),
            searched=self._number(values["searched_again"], "searched"),
        )
        return f"{moment(values['at'])}: {words}"

    def _traces(self) -> tuple[tuple[str, str], ...]:
        values, text = self._values, self._text
        software = values["software"]
        audit = text["audit_value"].format(number=values["audit_entry"], head=values["audit"])
        if not values["audit_whole"]:
            audit += f" ({text['audit_broken']})"
        found = [
            (text["plan"], values["plan"] or NOTHING),
            (text["audit"], audit),
            (text["software"], f"{software['name']} {software['version']}"),
        ]
        if "key" in values:
            found.append((text["key"], values["key"]))
        return tuple(found)

    def _role(self) -> str:
        role = self._values["operator_role"]
        return self._text["role"] + (f": {role}" if role else "")

    def _name(self, row: Json) -> str:
        """The source's name; its number where the name might point at the person."""
        name: str = row["source"] or self._text["source_number"].format(number=row["number"])
        return name

    def _gap(self, reason: str, count: int) -> str:
        return counted(GAPS_SV.get(reason, reason) if self._language == "sv" else reason, count)

    def _states(self, states: dict[str, int]) -> str:
        # In the order of State, which survives sorted JSON.
        known = [(one, states[one]) for one in _STATES if one in states]
        return ", ".join(f"{count} {counted(self._text[one], count)}" for one, count in known) or self._text["none"]

    def _number(self, count: int, name: str) -> str:
        return counted(self._text[name], count).format(count=count)


def moment(stamp: str | None) -> str:
    """A moment as a reader writes it: date, time to the minute, and that it is UTC."""
    if not stamp:
        return NOTHING
    found = datetime.fromisoformat(stamp)
    return found.strftime("%Y-%m-%d %H:%M") + (" UTC" if not found.utcoffset() else found.strftime(" %z"))


_DATES = ("opened", "approved", "run", "verified", "issued")
_STATES = ("open", "erased", "absent", "recoverable", "held", "kept", "task", "blocked", "failed")
_COLUMNS = (
    ("source", 16, False),
    ("items", 9, True),
    ("records", 11, True),
    ("scanned_at", 17, False),
    ("findings", 24, False),
    ("not_searched", 23, False),
)
