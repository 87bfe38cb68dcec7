"""One installation, opened: configuration, key, index, cases, audit log. What the commands work on."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Self

from config.build import connect
from config.load import load
from config.model import Config
from config.secrets import file_path, load_key
from connectors.base import Connector, GapReason, ItemKind, Locator
from connectors.errors import ConfigError
from scanner import audit
from scanner.audit import AuditLog
from scanner.candidates import Candidates
from scanner.cases import CaseStore
from scanner.check import reading_problems
from scanner.company import Company
from scanner.detect.base import DetectSettings
from scanner.examine import FAILED, Examined, ExamineSettings, ExamineTask, make_examine_job
from scanner.find import find
from scanner.holding import Holder, hold_findings
from scanner.identity import Identity
from scanner.index.errors import Busy
from scanner.index.pack import path_token
from scanner.index.seal import Keys, Sealer
from scanner.index.sqlite import Index
from scanner.journal import Journal
from scanner.ledger import FILE as LEDGER
from scanner.ledger import Ledger
from scanner.limits import Limits
from scanner.may_run import MayRun
from scanner.model import Action, Case, CaseGap, Cut, Finding, Searched, Step, SubjectId
from scanner.papers import Key, Paper
from scanner.pictures import longer
from scanner.policy import Policy
from scanner.prepare import Prepare, Prepared, PrepareSettings, PrepareTask, make_prepare_job
from scanner.preview import Preview, PreviewTask, make_preview_job
from scanner.read import ReaderSettings
from scanner.records import IdType
from scanner.scan import Progress, Scanner, SourceReport
from scanner.standing import Standing, apply_standing, of_cases, of_ledger
from scanner.statistics import Line, append
from scanner.supervise import Failure, Supervisor
from scanner.today import today

INDEX = "index.sqlite"
CASES = "cases.sqlite"
_FEW = 32  # items below which one worker is enough to look them through

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
        self, sources: Sequence[str] = (), *, full: bool = False, progress: Progress | None = None
    ) -> list[SourceReport]:
        """Bring the index up to date. With no names: all sources, and what is not configured any more leaves."""
        picked = self.config.pick(sources)
        reader = self._reader()
        with self.index(read_only=False) as index:
            if not sources:
                for known in index.searched():
                    if known.source not in {one.name for one in self.config.sources}:
                        index.forget_source(known.source)
            own = [self.state, self.config.path]  # gallra does not search itself
            own += [self.config.erase.statistics] if self.config.erase.statistics is not None else []
            secrets = (self.config.agent.key, self.config.agent.ledger_key, *self.config.read.passwords)
            own += [path for one in secrets if (path := file_path(one, self.config.base)) is not None]
            scanner = Scanner(index, self.sealer, reader, workers=_workers(), full=full, leave_out=own)
            return scanner.scan(picked, progress)

    def rescan(self, sources: Sequence[str]) -> list[SourceReport]:
        """An incremental scan, after which the traces of what is gone leave the index file too.

        A source that is no longer configured, and an index whose old pages cannot be dropped now, are told as reports
        with an error: neither lets a case count as verified.
        """
        configured = {one.name for one in self.config.sources}
        known = [name for name in sources if name in configured]
        lost = [name for name in sources if name not in configured]
        reports = [SourceReport(name, error=f"{name}: is no longer configured", exit_code=5) for name in lost]
        if known:
            reports += self.scan(known)
        try:
            with self.index(read_only=False) as index:
                index.compact()
        except Busy as error:
            reports.append(SourceReport("index", error=str(error), exit_code=3))
        return reports

    def forget_items(self, locators: Iterable[Locator]) -> None:
        """Take items that were erased out of the index at once; a walk that finds them after all puts them back."""
        with self.index(read_only=False) as index:
            views = [index.item_by_path(one.source, one.path) for one in locators]
            index.retire([view.id for view in views if view is not None])

    def remember(self, case: Case, steps: Sequence[Step]) -> int:
        """Note in the ledger who and what is about to be erased: before the first step. Raises as `Ledger.open`."""
        with Ledger.open(self.config) as ledger, self.index() as index:
            return ledger.note(case, steps, index, datetime.now(UTC))

    def identify(self, given: Sequence[SubjectId]) -> list[SubjectId]:
        """Given identifiers, marked where they are shared, and all that were added, with reasons."""
        with self.index() as index:
            return Identity(index, self.sealer, self._company_for(given)).widen(given)

    def search(self, subject: Sequence[SubjectId]) -> Answer:
        """Findings, gaps and what was searched, from the index as it stands and the live content where it must."""
        return self._search(subject, self._standing(""))

    def _search(self, subject: Sequence[SubjectId], standing: Sequence[Standing]) -> Answer:
        company = self._company_for(subject)
        staff = tuple(name for name in self._staff_names() if company.is_ours(IdType.NAME, name))
        with self.index() as index:
            candidates = Candidates(index, self.sealer, company, {one.name for one in self.config.sources})
            hold = partial(self._hold, standing)
            findings = find(candidates, subject, partial(self._examine, subject, staff), hold)
            return findings, self._gaps(index), self._searched(index)

    def search_again(self, case: Case) -> Answer:
        """The same search with the case's identifiers, under the rules of today."""
        standing = self._standing(case.number)  # a case's own decisions are not another's
        case.rules = self._rules(standing)
        return self._search(case.subject, standing)

    def _hold(
        self,
        standing: Sequence[Standing],
        findings: Sequence[Finding],
        papers: Mapping[Key, Sequence[Paper]],
        kinds: Mapping[Key, str],
    ) -> None:
        hold_findings(self.holder, findings, papers, kinds)
        apply_standing(findings, standing, partial(path_token, self.sealer))

    def _standing(self, number: str) -> list[Standing]:
        """What persons have decided in other cases to hold or keep."""
        found = of_cases(self.cases, number, partial(path_token, self.sealer), today())
        # Without its key the ledger tells nothing, and nothing is erased: `remember` says what is missing.
        if (self.state / LEDGER).exists():
            with suppress(ConfigError), Ledger.open(self.config) as ledger:
                found += of_ledger(ledger, today())
        return found

    def _examine(
        self, subject: Sequence[SubjectId], ours: tuple[str, ...], tasks: Sequence[ExamineTask]
    ) -> dict[tuple[str, str], Examined]:
        if not tasks:
            return {}
        names, addresses = (
            tuple(one.value for one in subject if one.type is kind) for kind in (IdType.NAME, IdType.ADDRESS)
        )
        language = self.config.agent.language
        settings = ExamineSettings(
            self._reader(), names, ours, addresses, tuple(subject), language, papers=bool(self.holder)
        )
        workers = 1 if len(tasks) <= _FEW else _workers()
        limits = settings.reader.limits
        if settings.reader.ocr.enabled and any(task.pictures for task in tasks):
            limits = longer(limits, settings.reader.ocr)
        supervisor = Supervisor(partial(make_examine_job, settings), workers, limits, chunk=8)
        return {
            (task.source, task.path): FAILED if isinstance(result, Failure) else result
            for task, result in supervisor.run(tasks)
        }

    @cached_property
    def may_run(self) -> MayRun:
        """What must be so before a plan runs."""
        return MayRun(self.config)

    @property
    def holder(self) -> Holder:
        """The rules that hold items, as of today."""
        return Holder(Policy.of(self.config), today())

    def prepare(self, case: Case) -> Prepare:
        """What looks at each step's item right before it is tried: in worker processes, one item ahead of its turn."""
        config = self.config
        counted = config.erase.statistics is not None
        settings = PrepareSettings(self._reader(), tuple(case.subject), config.agent.language, self.holder, counted)
        limits = settings.reader.limits
        return partial(self._prepared, Supervisor(partial(make_prepare_job, settings), _workers(), limits, chunk=1))

    def rules_for(self, number: str) -> str:
        """The fingerprint of all that decides what a case may erase: another one means that it is searched again."""
        return self._rules(self._standing(number))

    def _rules(self, standing: Sequence[Standing]) -> str:
        rules = (self.config.holds, self.config.company.financial_year_end, sorted(map(repr, standing)))
        return self.sealer.plan_hash(repr(rules).encode("utf-8"))

    def is_behind(self, case: Case) -> bool:
        """True where a source was scanned, or the rules were changed, since the case was searched last."""
        if case.rules != self.rules_for(case.number):
            return True
        with self.index() as index:
            now = {one.source: one.scanned_at for one in self._searched(index)}
        return now != {one.source: one.scanned_at for one in case.searched}

    def leave(self, lines: Sequence[Line]) -> None:
        """Keep what erased quotes leave for statistics. Raises ConfigError where the file cannot be written."""
        if self.config.erase.statistics is not None:
            append(self.config.erase.statistics, lines)

    def _prepared(
        self, supervisor: Supervisor[PrepareTask, Prepared], steps: Iterable[Step]
    ) -> Iterator[tuple[Step, Prepared]]:
        by_task: dict[PrepareTask, Step] = {}
        with self.index() as index:
            for step in steps:
                view = index.item_by_path(step.locator.source, step.locator.path)
                kind = view.kind if view is not None else str(ItemKind.FILE)
                where = step.locator
                by_task[PrepareTask(where.source, where.path, kind, step.content, step.cuts)] = step
        with supervisor:
            for task, result in supervisor.run(list(by_task)):
                yield by_task[task], Prepared(unread=result.reason.value) if isinstance(result, Failure) else result

    def preview(self, case: Case, finding: Finding) -> Preview:
        """What erasing this finding alone would change in its item; nothing is written."""
        reader, subject = self._reader(), tuple(case.subject)
        job = partial(make_preview_job, reader, subject, self.config.agent.language)
        amend = Action.AMEND in (finding.action, finding.offer)
        task = PreviewTask(finding.locator.source, finding.locator.path, Cut(finding.locator.steps, amend))
        with Supervisor(job, 1, reader.limits) as supervisor:
            ((_, result),) = supervisor.run([task])
        return Preview(problem=result.reason.value) if isinstance(result, Failure) else result

    def check_reading(self) -> None:
        """Raise ConfigError where passwords or OCR are asked for and cannot be had: nothing could be looked at then."""
        problems = reading_problems(self.config)
        if problems:
            raise ConfigError(problems)

    def _reader(self) -> ReaderSettings:
        """Raises ConfigError as `check_reading`: before anything is read."""
        self.check_reading()
        config = self.config
        limits = replace(Limits(), **config.limits)  # type: ignore[arg-type]  # config checked keys and types
        passwords = config.read.passwords
        return ReaderSettings(config.sources, limits, self.detect, self._master, passwords, config.base, config.ocr)

    def _company_for(self, subject: Sequence[SubjectId]) -> Company:
        return self.company.without([(one.type, one.value) for one in subject if one.given])

    def _staff_names(self) -> list[str]:
        return [name for name in (self.config.company.name, *(one.name for one in self.config.staff)) if name]

    def _gaps(self, index: Index) -> list[CaseGap]:
        configured = {one.name for one in self.config.sources}
        gaps = [
            CaseGap(Locator(gap.source, gap.path, gap.steps), gap.reason, gap.detail)
            for gap in index.gaps()
            if gap.source in configured
        ]
        scanned = {one.source for one in index.searched() if one.scanned_at is not None}
        return gaps + [CaseGap(Locator(name, ""), GapReason.NEVER_SCANNED) for name in sorted(configured - scanned)]

    def _searched(self, index: Index) -> list[Searched]:
        configured = {one.name for one in self.config.sources}
        return [
            Searched(one.source, one.items, one.records, one.scanned_at)
            for one in index.searched()
            if one.source in configured
        ]


def _no_rights(error: OSError) -> str:
    why = os.strerror(error.errno or 0)
    return f"[agent] state: the cases there cannot be read and written: {why}; check the rights on the folder"


def _workers() -> int:
    """One core is the writer's: a worker more would cost a quarter more CPU for little time (measured on two)."""
    return max(1, min((os.cpu_count() or 1) - 1, 8))
