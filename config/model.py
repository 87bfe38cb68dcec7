"""What an admin wrote, checked and frozen. Paths are absolute; secrets are references, never values.

Made by `config.load.load`; everything here pickles, so that worker processes can be handed a `Source`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from config.running import Health, Log, Notify, Schedule, Schedules
from connectors.errors import ConfigError
from connectors.registers.columns import PersonColumns

LIMIT_KEYS: Mapping[str, type] = {
    "seconds": float,
    "memory": int,
    "blob": int,
    "depth": int,
    "members": int,
    "expanded": int,
    "ratio": int,
}
"""The keys of `[limits]`: those of `scanner.limits.Limits`, which may not be imported here (a test compares them)."""

KINDS = ("file", "message", "event", "contact", "row")
"""The kinds of item that a rule may name."""

DOCUMENTS = (
    *("invoice", "receipt", "credit-note", "reminder", "quote", "order", "payslip", "employment-contract", "sick-note"),
    *("contract", "application"),
)
"""The classes of document that a rule may name: those that `scanner.vouchers` knows (a test compares them)."""

STARTS = ("financial-year-end", "received", "created", "document-date")
"""The days that a span may start from."""

IDENTIFIERS = (
    *("email", "phone", "national-id", "organisation-number", "customer-number", "iban", "name", "address"),
    "birth-date",
)
"""The types of identifier that a policy may name: those of `scanner.records.IdType` that are indexed (see a test)."""

MOST_CULLED = 100
"""Items that one `[[cull]]` takes in one run, where it says nothing else."""


@dataclass(frozen=True, slots=True)
class Agent:
    """The installation. `key` and `ledger_key` are references (env:, file:, keyring:) to two different keys.

    `region` is ISO 3166, `language` sv or en. A source that was last scanned longer than `stale_after_days` ago is told
    as a gap in every answer.
    """

    state: Path
    key: str = "file:gallra.key"
    region: str = "SE"
    language: str = "sv"
    ledger_key: str = "file:gallra-ledger.key"
    stale_after_days: int = 7


@dataclass(frozen=True, slots=True)
class Company:
    """Who asks: never "another person", and its own addresses never widen a search.

    `financial_year_end` is MM-DD, where 02-29 means the last day of February. `phones` are switchboards and company
    numbers; `shared` holds other emails and phones that belong to nobody in person (info@, a shared mobile).
    """

    name: str = ""
    domains: tuple[str, ...] = ()
    financial_year_end: str = "12-31"
    phones: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Staff:
    """One employee: does not widen a search, unless the case is about him or her."""

    name: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One configured place where data lives. `settings` holds every option of its kind, defaults filled in.

    `base` is the folder that `file:` references in the settings are relative to. `max_items_per_run` is the source's
    own ceiling: None where it has none of its own, 0 where it has no ceiling at all. Ask `Config.ceiling`.
    `no_backup`: the admin declares that there is none (`backup = "none"`). `backup`: it is a backup of others itself.
    `schedule` None: that of `[schedule]`. `watch`: changes are seen at once, where the kind can be watched; None: where
    that costs nothing (folders of this machine). `bytes_per_second` 0 means no limit; of requests see `per_second`.
    """

    name: str
    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    base: Path = field(default_factory=Path)
    max_items_per_run: int | None = None
    no_backup: bool = False
    backup: bool = False
    schedule: Schedule | None = None
    watch: bool | None = None
    bytes_per_second: int = 0


@dataclass(frozen=True, slots=True)
class Backup:
    """One `[[backup]]` that gallra can read: `source` is what `config.build.connect` takes, like any other.

    `covers` are the sources whose data it holds, and `at` where the root of one lies in it, for who must be told.
    `keeps_days` is what the company claims of it. `batch`: a case's erasure waits for `gallra backups erase`, which
    takes all that wait at once.
    """

    source: Source
    covers: tuple[str, ...]
    at: Mapping[str, str] = field(default_factory=dict)
    keeps_days: int | None = None
    batch: bool = False

    @property
    def name(self) -> str:
        """Unique among sources, backups and what is asked of people."""
        return self.source.name


@dataclass(frozen=True, slots=True)
class Hand:
    """What gallra cannot read, and asks people about: a `processor`, a `paper` binder, a `provider` of backups.

    `contact` is the mail address that a letter goes to, `owner` who sees to it in the company. A task is due
    `deadline_days` after it was given. `what` says what lies there; `place`, `label` and `span` describe a binder;
    `covers` and `keeps_days` are a provider's, as of `Backup`. `language` of its letter; nothing: the installation's.
    """

    name: str
    kind: str
    contact: str = ""
    owner: str = ""
    what: str = ""
    deadline_days: int = 30
    language: str = ""
    place: str = ""
    label: str = ""
    span: str = ""
    covers: tuple[str, ...] = ()
    keeps_days: int | None = None


@dataclass(frozen=True, slots=True)
class Smtp:
    """The server that letters and reminders are sent by. `password` is a reference; `tls` starttls, tls or none."""

    host: str
    sender: str
    port: int = 587
    tls: str = "starttls"
    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Detect:
    """What a company has of its own to look for. `customer_number` are regular expressions for re2."""

    customer_number: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """What helps to read items. `passwords` are references, each to one or more passwords, one a line."""

    passwords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ocr:
    """Whether and how pictures are read, after all else of a scan.

    `languages` are names of Tesseract's data files and `data` is their folder (nothing: where the system keeps them),
    `pages` how many pictures one scan may read, `seconds` how long one item's pictures may take.
    """

    enabled: bool = False
    languages: tuple[str, ...] = ("swe", "eng")
    pages: int = 1000
    seconds: float = 600.0
    data: str = ""


@dataclass(frozen=True, slots=True)
class Erase:
    """Ceilings on one run, in items, that stop a plan which grew by mistake; and what an erased quote may leave.

    `max_items_per_run` is never 0. `max_items_per_source` 0 means none. `statistics` is a csv file; None: no lines.
    """

    max_items_per_run: int = 1000
    max_items_per_source: int = 0
    statistics: Path | None = None


@dataclass(frozen=True, slots=True)
class Cases:
    """`identity_check`: no step before the requester's identity is noted as checked.

    `keep_days`: how long the case file with the person's name lives after everything is verified.
    """

    identity_check: bool = False
    keep_days: int = 30


@dataclass(frozen=True, slots=True)
class Span:
    """A time from a day that an item itself gives.

    `start` is one of STARTS. From "financial-year-end" only `years` count, and they run through the last day of the
    calendar year (Bokföringslagen 7 kap. 2 §).
    """

    start: str
    years: int = 0
    months: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One `[[register]]`: which columns of the csv files and workbooks in `match` hold what about whom.

    `sources` are names, none: all. A column is called by its header, or by its letter or number. `header` is the row
    that the header stands in, from 1; 0: there is none; None: it is looked for. `sheet` "" means every sheet.
    """

    name: str
    sources: tuple[str, ...] = ()
    match: tuple[str, ...] = ()
    sheet: str = ""
    header: int | None = None
    persons: tuple[PersonColumns, ...] = ()
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which items a rule is about: all that is set must fit, and of each list one.

    `sources` are names, none: all. `match` are patterns of paths, `folders` of the folders above, `kinds` of KINDS,
    `senders` addresses and domains, `documents` of DOCUMENTS, as `scanner.vouchers` tells them apart.
    """

    name: str
    sources: tuple[str, ...] = ()
    match: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRule(Rule):
    """One `[[hold]]`: items that a law keeps, through the day `until` or the end of that span.

    `unattended`: what was to be erased and was held by it goes without being asked for again, when the hold has ended.
    """

    statute: str
    until: Span | date
    unattended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CullRule(Rule):
    """One `[[cull]]`: items that may go when the span has passed, at most `max_items` a run."""

    after: Span
    unattended: bool = False
    max_items: int = MOST_CULLED


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRule(Rule):
    """One `[[policy]]`: a sentence of the company's published policy, as a check that is made at every scan.

    `area` and `says` are the policy's own words. Just one of these is checked, over what `Rule` picks: nothing is
    `older` than that span; nothing holds one of these `identifiers` (of IDENTIFIERS); there is `none` at all; the
    `backups` of these names hold nothing older than `keeps_days`; the sources, or these backups, were walked to their
    end within so many seconds (`scanned_within`). Up to `at_most` items (snapshots, places) may break it.
    """

    area: str = ""
    says: str = ""
    older: Span | None = None
    identifiers: tuple[str, ...] = ()
    none: bool = False
    backups: tuple[str, ...] = ()
    keeps_days: int | None = None
    scanned_within: float = 0.0
    at_most: int = 0


@dataclass(frozen=True, slots=True)
class Config:
    """All of one configuration file. `limits` holds only what was set: keys of LIMIT_KEYS."""

    path: Path
    agent: Agent
    company: Company = field(default_factory=Company)
    staff: tuple[Staff, ...] = ()
    sources: tuple[Source, ...] = ()
    limits: Mapping[str, int | float] = field(default_factory=dict)
    detect: Detect = field(default_factory=Detect)
    read: Read = field(default_factory=Read)
    ocr: Ocr = field(default_factory=Ocr)
    erase: Erase = field(default_factory=Erase)
    cases: Cases = field(default_factory=Cases)
    holds: tuple[HoldRule, ...] = ()
    culls: tuple[CullRule, ...] = ()
    registers: tuple[Register, ...] = ()
    backups: tuple[Backup, ...] = ()
    hands: tuple[Hand, ...] = ()
    smtp: Smtp | None = None
    policies: tuple[PolicyRule, ...] = ()
    schedules: Schedules = field(default_factory=Schedules)
    notify: Notify = field(default_factory=Notify)
    log: Log = field(default_factory=Log)
    health: Health = field(default_factory=Health)

    @property
    def places(self) -> tuple[Source, ...]:
        """All that gallra reads: the sources, then the backups."""
        return (*self.sources, *(one.source for one in self.backups))

    def backup(self, name: str) -> Backup | None:
        """The backup of this name; None for what is none."""
        return next((one for one in self.backups if one.name == name), None)

    def uncovered(self) -> list[str]:
        """The sources that no backup covers, a provider's neither, and of which none is declared absent."""
        covered = {name for one in self.backups for name in one.covers}
        covered |= {name for one in self.hands for name in one.covers}
        return [one.name for one in self.sources if not one.no_backup and one.name not in covered]

    @property
    def base(self) -> Path:
        """The folder of the file: what relative paths and `file:` references start from."""
        return self.path.parent

    def ceiling(self, source: str) -> int:
        """How many items of the source one run may erase; 0: as many as the run itself (`erase.max_items_per_run`)."""
        own = next((one.max_items_per_run for one in self.places if one.name == source), None)
        return self.erase.max_items_per_source if own is None else own

    def pick(self, names: Iterable[str]) -> tuple[Source, ...]:
        """The sources and backups with these names, each once, in the file's order; all of them when no name is given.

        Raises ConfigError that names every unknown one, with the nearest known.
        """
        wanted = dict.fromkeys(names)
        known = {source.name: source for source in self.places}
        problems = [unknown("source", name, known) for name in wanted if name not in known]
        if problems:
            raise ConfigError(problems)
        return tuple(source for source in self.places if not wanted or source.name in wanted)


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """A sentence that says that `name` is not known, and the nearest known one or all of them."""
    choices = sorted(known)
    near = get_close_matches(name.casefold(), choices, n=1)
    if near:
        return f'unknown {what} "{name}"; did you mean "{near[0]}"?'
    return f'unknown {what} "{name}"; known: {", ".join(choices)}' if choices else f'unknown {what} "{name}"'
