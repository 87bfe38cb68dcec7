"""One installation, opened: configuration, key, index, cases, audit log. What the commands work on."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from config.build import connect, readers_of
from config.load import load
from config.model import Config, Source
from config.secrets import load_key
from connectors.base import Connector, Locator
from connectors.errors import ConfigError
from scanner import audit, scanning
from scanner.audit import AuditLog
from scanner.backups.holders import tell_snapshots
from scanner.backups.origins import Origins
from scanner.blind import known_sources, moments, searched, settled, source_gaps
from scanner.by_hand import tell_tasks
from scanner.candidates import NOT_LOOKED_THROUGH, Candidates
from scanner.cases import CaseStore
from scanner.company import Company
from scanner.cull.behind import is_behind
from scanner.cull.rules import judge_of, rule_of
from scanner.cull.working import look_for
from scanner.detect.base import DetectSettings
from scanner.find import find
from scanner.identity.conflict import two_persons
from scanner.identity.look import Look
from scanner.identity.widen import Identity, Known
from scanner.index.errors import NoIndex
from scanner.index.pack import path_token
from scanner.index.seal import Keys, Sealer
from scanner.index.sqlite import Index
from scanner.journal import Journal
from scanner.ledger import Ledger, must_open
from scanner.limits import Limits
from scanner.looking import Looking
from scanner.may_run import MayRun
from scanner.model import Action, Case, CaseGap, Choice, Cut, Finding, Searched, Step, SubjectId
from scanner.notifying import tell_notifying
from scanner.policy import Policy
from scanner.quick import Glance, counted_gaps, unconfirmed
from scanner.records import IdType
from scanner.scan_lock import PATIENT, Waiting
from scanner.standing import Standing, apply_standing, of_others
from scanner.supervise import Failure, Supervisor
from scanner.today import today
from scanner.uncovered import backup_gaps

# What reads, edits and judges papers is imported where it is needed: it takes as long as a whole look at the index.
if TYPE_CHECKING:
    from scanner.context.model import Context
    from scanner.holding import Holder
    from scanner.papers import Key, Paper
    from scanner.prepare import Prepare
    from scanner.preview import Preview
    from scanner.read import ReaderSettings
    from scanner.scan import Progress, SourceReport
    from scanner.statistics import Line

INDEX = "index.sqlite"
CASES = "cases.sqlite"

Answer = tuple[list[Finding], list[CaseGap], list[Searched]]


class Workspace:
    """Everything of one configuration file. A context manager; parts are opened when they are first asked for."""

    def __init__(self, config: Config, master: bytes) -> None:
        self.config = config
        self.state: Path = config.agent.state
        self._master = master
        self.sealer = Sealer(Keys.derive(master))
        self.detect = DetectSettings(config.agent.region, config.detect.customer_number)
        self._open = ExitStack()
        self.patience = PATIENT
        """Seconds to wait for a source that another process scans."""
        self.waiting: Waiting | None = None
        """Told the name of a source that has to be waited for."""

    @classmethod
    def open(cls, path: Path) -> Workspace:
        """Read the configuration and the key; make the state folder (0700) and the key where there is none yet.

        Raises ConfigError with every problem of the file, or what is wrong with the key.
        """
        config = load(path)
        state = config.agent.state
        fresh = not (state / INDEX).exists() and not (state / CASES).exists()
        master = load_key(config.agent.key, config.base, create=fresh)
        try:
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError([f"[agent] state: cannot make the folder: {os.strerror(error.errno or 0)}"]) from None
        return cls(config, master)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @cached_property
    def cases(self) -> CaseStore:
        """The cases of this installation. Raises ConfigError where their file may not be read and written."""
        try:
            return self._open.enter_context(CaseStore(self.state / CASES, self.sealer))
        except PermissionError as error:
            raise ConfigError([_no_rights(error)]) from None

    @cached_property
    def journal(self) -> Journal:
        """What was about to be done, and what was done."""
        return self.cases.journal

    @cached_property
    def audit(self) -> AuditLog:
        """The append-only chain."""
        return AuditLog(self.state / audit.FILE)

    @cached_property
    def origins(self) -> Origins:
        """Where what lies in backups lies in its source."""
        return Origins.of(self.config)

    @cached_property
    def company(self) -> Company:
        """The company and its staff."""
        return Company.of(self.config, self.detect)

    @contextmanager
    def index(self, *, read_only: bool = True) -> Iterator[Index]:
        """The index, for as long as the block runs."""
        with Index.open(self.state / INDEX, self.sealer, read_only=read_only) as index:
            yield index

    def connect(self, source: str) -> Connector:
        """The connector of a configured source, not opened. Raises ConfigError for one that is not configured."""
        return connect(self.config.pick([source])[0])

    def scan(
        self,
        sources: Sequence[str] = (),
        *,
        paths: Collection[str] | None = None,
        full: bool = False,
        whole: bool = False,
        wait: float | None = None,
        progress: Progress | None = None,
    ) -> list[SourceReport]:
        """Bring the index up to date. With no names: all sources, and what is not configured any more leaves.

        With `paths`, only these are looked at, in one source: see `Scanner.scan`. A source that another process scans
        is waited for, for so many seconds (None: `patience`); with 0, SourceBusy is raised.
        """
        patience = self.patience if wait is None else wait
        how = scanning.How(paths, full, whole, patience, workers())
        return scanning.scan(self, sources, how, progress)

    def rescan(self, sources: Sequence[str]) -> list[SourceReport]:
        """A scan that walks all and reads what changed; the traces of what is gone leave the index file too.

        A source that is no longer configured, or that another process was scanning all the while, and an index whose
        old pages cannot be dropped now, are told as reports with an error: none lets a case count as verified.
        """
        return scanning.rescan(self, sources)

    def forget_items(self, locators: Iterable[Locator]) -> None:
        """Take items that were erased out of the index at once; a walk that finds them after all puts them back."""
        scanning.forget_items(self, locators)

    def remember(self, case: Case, steps: Sequence[Step]) -> int:
        """Note in the ledger who and what is about to be erased: before the first step. Raises as `Ledger.open`."""
        if case.cull:
            must_open(self.config)  # what persons keep stands there
            return 1  # nobody is erased: what comes back is culled again when it is due
        with Ledger.open(self.config) as ledger, self.index() as index:
            return ledger.note(case, steps, index, datetime.now(UTC), {one.name for one in self.config.backups})

    def identify(self, given: Sequence[SubjectId]) -> list[SubjectId]:
        """Given identifiers, marked where they are shared, and all that were added, with reasons."""
        with self.index() as index:
            return Identity(index, self.sealer, self._company_for(given)).widen(given)

    def learn(self, given: Sequence[SubjectId], choices: Sequence[Choice] = ()) -> Known:
        """`identify` under what persons have said of identifiers, with the links that are missing and suggestions."""
        with self.index() as index:
            return Identity(index, self.sealer, self._company_for(given)).learn(given, choices)

    def two_persons(self, given: Mapping[SubjectId, str]) -> list[list[str]]:
        """The places of given identifiers that belong to different persons, person by person; none where they agree."""
        with self.index() as index, index.snapshot():
            return two_persons(Look(index, self.sealer), given)

    def search(self, subject: Sequence[SubjectId]) -> Answer:
        """Findings, gaps and what was searched, from the index as it stands and the live content where it must."""
        return self._search(subject, self.standing(""))

    def _search(self, subject: Sequence[SubjectId], standing: Sequence[Standing], *, backups: bool = True) -> Answer:
        company = self._company_for(subject)
        known = [self.config.company.name] if company.subject_on_staff else self._staff_names()  # colleagues are others
        staff = tuple(name for name in known if name and company.is_ours(IdType.NAME, name))
        with self.index() as index:
            names = {one.name for one in self._asked(backups=backups)}
            before = moments(index, names)
            candidates = Candidates(index, self.sealer, company, names, self.origins)
            hold = partial(self.hold, standing)
            looking = Looking(self.config, self.reader, self.origins, subject, staff)
            with looking.examining(workers(), self._asks(subject)) as examine:
                findings = find(candidates, subject, looking.twins(examine), hold, self.origins)
            tell_snapshots(findings, index, self.origins)
            searched = settled(self._searched(index, backups=backups), before, moments(index, names))
            if candidates.too_many:
                searched = [replace(one, left_out=(*one.left_out, NOT_LOOKED_THROUGH)) for one in searched]
            return findings, self._gaps(index, names) + backup_gaps(self.config, asked=backups), searched

    def glance(self, subject: Sequence[SubjectId]) -> Glance:
        """`search` from the index alone: nothing is looked at, so nothing may be erased from it."""
        sources = {one.name for one in self.config.places}
        with self.index() as index:
            candidates = Candidates(index, self.sealer, self._company_for(subject), sources, self.origins)
            known = known_sources(index, sources)
            whole = source_gaps(known, today(), self.config.agent.stale_after_days) + backup_gaps(self.config)
            gaps = counted_gaps(index, sources, whole)
            return Glance(unconfirmed(candidates, subject, self.origins), gaps, searched(known, self.config.places))

    def search_again(self, case: Case) -> Answer:
        """The same search with the case's identifiers, under the rules of today."""
        if case.cull:
            found, searched = look_for(self, case)
            return found.findings, found.gaps, searched
        standing = self.standing(case.number)  # a case's own decisions are not another's
        case.rules = self._rules(standing)
        return self._search(case.subject, standing, backups=case.request.backups)

    def hold(
        self,
        standing: Sequence[Standing],
        findings: Sequence[Finding],
        papers: Mapping[Key, Sequence[Paper]],
        kinds: Mapping[Key, str],
    ) -> None:
        """Set what a law or another case keeps, what only people can do, and of what servers would write to people."""
        from scanner.holding import hold_findings  # noqa: PLC0415 - see above

        hold_findings(self.holder, findings, papers, kinds)
        apply_standing(findings, standing, partial(path_token, self.sealer))
        sources = {one.name: one.kind for one in self.config.sources}
        tell_tasks(findings, sources, self.connect)
        tell_notifying(findings, sources, self.connect)

    def _asks(self, subject: Sequence[SubjectId]) -> bool:
        """Whether the rules, or who is asked about, hang on what kind of document something is."""
        return bool(self.holder) or self._company_for(subject).subject_on_staff

    def standing(self, number: str) -> list[Standing]:
        """What persons have decided in other cases to hold or keep."""
        return of_others(self.cases, number, partial(path_token, self.sealer), self.config, today())

    @cached_property
    def may_run(self) -> MayRun:
        """What must be so before a plan runs."""
        return MayRun(self.config)

    @property
    def holder(self) -> Holder:
        """The rules that hold items, as of today."""
        from scanner.holding import Holder  # noqa: PLC0415 - see above

        return Holder(Policy.of(self.config), today(), self.origins)

    def prepare(self, case: Case, holder: Holder | None = None) -> Prepare:
        """What looks at each step's item right before it is tried, in worker processes; `holder`: not today's."""
        from scanner.prepare import PrepareSettings, make_prepare_job  # noqa: PLC0415 - see above
        from scanner.preparing import prepared  # noqa: PLC0415 - see above

        config = self.config
        counted = config.erase.statistics is not None
        rules = self.holder if holder is None else holder
        cull = judge_of(config, case) if case.cull else None
        settings = PrepareSettings(self.reader(), tuple(case.subject), config.agent.language, rules, counted, cull)
        supervise = partial(Supervisor, partial(make_prepare_job, settings), workers(), settings.reader.limits)
        return partial(prepared, self.index, supervise, partial(readers_of, config), self.origins.is_backup)

    def rules_for(self, number: str, cull: str = "") -> str:
        """The fingerprint of all that decides what a case may erase: another one means that it is searched again."""
        return self._rules(self.standing(number), cull)

    def _rules(self, standing: Sequence[Standing], cull: str = "") -> str:
        rules = (self.config.holds, self.config.company.financial_year_end, sorted(map(repr, standing)))
        told = repr((*rules, self.origins) if self.config.backups else rules)
        told += repr(rule_of(self.config, cull)) if cull else ""
        parts = self._parts()
        told += repr(parts) if parts else ""
        return self.sealer.plan_hash(told.encode("utf-8"))

    def _parts(self) -> list[tuple[str, int]]:
        """How often parts of sources changed since their last whole walks, which have dates of their own."""
        with suppress(NoIndex), self.index() as index:
            noted = [(one.name, index.note(one.name).parts) for one in self.config.places]
            return [one for one in noted if one[1]]
        return []

    def is_behind(self, case: Case) -> bool:
        """True where a source was scanned or grew old since the case was searched last, or its rules were changed."""
        return is_behind(self, case)

    def leave(self, lines: Sequence[Line]) -> None:
        """Keep what erased quotes leave for statistics. Raises ConfigError where the file cannot be written."""
        from scanner.statistics import append  # noqa: PLC0415 - see above

        if self.config.erase.statistics is not None:
            append(self.config.erase.statistics, lines)

    def preview(self, case: Case, finding: Finding) -> Preview:
        """What erasing this finding alone would change in its item; nothing is written."""
        from scanner.preview import Preview, PreviewTask, make_preview_job  # noqa: PLC0415 - see above

        reader, subject = self.reader(), tuple(case.subject)
        job = partial(make_preview_job, reader, subject, self.config.agent.language)
        amend = Action.AMEND in (finding.action, finding.offer)
        task = PreviewTask(finding.locator.source, finding.locator.path, Cut(finding.locator.steps, amend))
        with Supervisor(job, 1, reader.limits) as supervisor:
            ((_, result),) = supervisor.run([task])
        return Preview(problem=result.reason.value) if isinstance(result, Failure) else result

    def contexts(
        self, case: Case, findings: Sequence[Finding], progress: Callable[[int, int], None] | None = None
    ) -> dict[int, Context]:
        """Each finding's identifiers where they stand, by its number: read live, for the screen, never kept."""
        from scanner.context.gather import gather  # noqa: PLC0415 - see above

        with self.index() as index:
            return gather(self.reader(), case.subject, findings, index, workers(), progress)

    def check_reading(self) -> None:
        """Raise ConfigError where passwords or OCR are asked for and cannot be had: nothing could be looked at then."""
        from scanner.check import reading_problems  # noqa: PLC0415 - see above

        problems = reading_problems(self.config)
        if problems:
            raise ConfigError(problems)

    def reader(self) -> ReaderSettings:
        """What workers need to read items here. Raises ConfigError as `check_reading`: before anything is read."""
        from scanner.read import ReaderSettings  # noqa: PLC0415 - see above

        self.check_reading()
        config = self.config
        limits = replace(Limits(), **config.limits)  # type: ignore[arg-type]  # config checked keys and types
        passwords = config.read.passwords
        secret = (self._master, passwords, config.base)
        return ReaderSettings(config.places, limits, self.detect, *secret, config.ocr, config.registers, self.origins)

    def _company_for(self, subject: Sequence[SubjectId]) -> Company:
        return self.company.without([(one.type, one.value) for one in subject if one.given])

    def _staff_names(self) -> list[str]:
        return [name for name in (self.config.company.name, *(one.name for one in self.config.staff)) if name]

    def _asked(self, *, backups: bool) -> tuple[Source, ...]:
        """What a case asks for: the sources, and where it asks for backups too, those."""
        return self.config.places if backups else self.config.sources

    def _gaps(self, index: Index, names: Collection[str]) -> list[CaseGap]:
        gaps = [
            CaseGap(Locator(gap.source, gap.path, gap.steps), gap.reason, gap.detail)
            for gap in index.gaps()
            if gap.source in names
        ]
        return gaps + self._source_gaps(index, names)

    def _source_gaps(self, index: Index, names: Iterable[str]) -> list[CaseGap]:
        """The sources and backups that were never scanned, or are behind today."""
        return source_gaps(known_sources(index, names), today(), self.config.agent.stale_after_days)

    def _searched(self, index: Index, *, backups: bool) -> list[Searched]:
        asked = self._asked(backups=backups)
        return searched(known_sources(index, (one.name for one in asked)), asked)


def _no_rights(error: OSError) -> str:
    why = os.strerror(error.errno or 0)
    return f"[agent] state: the cases there cannot be read and written: {why}; check the rights on the folder"


def workers() -> int:
    """One core is the writer's: a worker more would cost a quarter more CPU for little time (measured on two)."""
    return max(1, min((os.cpu_count() or 1) - 1, 8))
