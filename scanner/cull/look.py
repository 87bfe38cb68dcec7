"""The look at one item that a rule may be about: is it, since when is it due, and which documents are in it?

The same look is the executor's last word, right before an item goes: whatever a plan says, nothing leaves whose own
dates do not say at that moment that it may. Runs in worker processes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from config.model import CullRule
from connectors.base import Connector, GapReason, ItemKind, Locator
from connectors.errors import ConnectorError, NotFound
from connectors.layers import role_of
from connectors.roles import Dated
from scanner.aids import Aids
from scanner.blob import Blob
from scanner.cull.days import day_of, later, latest, path_day
from scanner.cull.evidence import said
from scanner.expand import Expansion
from scanner.index.seal import Keys, Sealer
from scanner.limits import Limits
from scanner.papers import Paper, Papers
from scanner.policy import Document, Due, Policy, kind_of
from scanner.policy_match import Matcher, folders_of
from scanner.read import ReaderSettings, Sources, blob_of
from scanner.records import Record, Unread
from scanner.registers.by_path import ByPath
from scanner.remembered import Remembered

NOT_DUE = "not erased: by its own dates, read right before, no rule says that it may go"
_CHUNK = 1 << 20


class CullTask(NamedTuple):
    """One item to look at; `kind` is the item's, `content` its keyed hash as indexed (hex)."""

    source: str
    path: str
    kind: str
    content: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What an item says. `matched`: the rule is about it; `dated`: it has a day that the rule counts from.

    `due` only where both are so and the time has passed. `unsure`: only a likeness says that the rule is about it.
    `unread`: part of it could not be read, pictures aside. `changed`: it is not what was indexed; `gone`: it is not
    there; `failed`: it could not be looked at. Of those three nothing else is told.
    """

    matched: bool = False
    dated: bool = False
    due: Due | None = None
    unsure: bool = False
    unread: bool = False
    changed: bool = False
    gone: bool = False
    failed: bool = False
    papers: tuple[Paper, ...] = ()


FAILED = Seen(failed=True)


@dataclass(frozen=True, slots=True)
class Judge:
    """One rule on one day; None: it is configured no more, and nothing is due. Pickles."""

    rule: CullRule | None
    today: date

    def seen(
        self,
        source: str,
        path: str,
        kind: str,
        blob: Blob,
        papers: Sequence[Paper],
        connector: Connector,
        limits: Limits,
    ) -> Seen:
        """What an item with this content says; its source is asked where that may count. Raises ConnectorError."""
        rule = self.rule
        if rule is None:
            return Seen()
        own = next((one for one in papers if not one.steps), Paper((), kind))
        document = Document(
            source,
            path,
            kind_of(own.kind, kind),
            folders=folders_of(kind, path),
            senders=own.senders,
            voucher=own.voucher,
        )
        matcher = Matcher(rule)
        if not matcher.match(document):
            return Seen()
        received, created = self.dates(Locator(source, path), kind, blob, connector, limits)
        document = replace(document, received=received, created=created)
        start = received if rule.after.start == "received" else created
        due = next(iter(Policy((), (rule,), "12-31").culls(document, self.today)), None)
        unsure = bool(rule.documents) and not any(one.sure for one in matcher.classes(document))
        return Seen(matched=True, dated=start is not None, due=due, unsure=unsure)

    def dates(
        self, locator: Locator, kind: str, blob: Blob, connector: Connector, limits: Limits
    ) -> tuple[date | None, date | None]:
        """When it was received, and when it was made; of all that tells of either, the latest day.

        A mail tells when it was received. Another document only tells when it was made, which may be years before it
        came: it was received when its source had it at the latest, and never where the source cannot tell.
        """
        told = said(blob, limits, self.today)
        by_server = kind == ItemKind.MESSAGE  # whose name says sizes and numbers
        named = path_day("/".join(folders_of(kind, locator.path)) if by_server else locator.path, self.today)
        if told.mail:
            kept = kind == ItemKind.MESSAGE  # by a mail store, whose word on when it came counts as the mail's own
            here = self._here(locator, connector) if kept else None
            day = later(here if told.silent else told.day, here, named)
            return day, day
        created = later(told.day, named)
        if created is None or self.rule is None or self.rule.after.start != "received":
            return None, created
        here = self._here(locator, connector)
        return (None if here is None else later(created, here)), created

    def _here(self, locator: Locator, connector: Connector) -> date | None:
        role = role_of(connector, Dated)
        moment = role.here_since(locator) if role is not None else None
        return None if moment is None else latest([day_of(moment)], self.today)


@dataclass(frozen=True, slots=True)
class LookSettings:
    """What a worker needs: the reader's settings, and the rule on its day."""

    reader: ReaderSettings
    judge: Judge


class Looker:
    """Looks at items in one process."""

    def __init__(self, settings: LookSettings) -> None:
        self._judge = settings.judge
        self._sources = Sources(settings.reader.sources)
        self._limits = settings.reader.limits
        self._aids = Aids(settings.reader.keys(), None, Remembered())
        self._registers = ByPath(settings.reader.registers, settings.reader.origins)
        self._sealer = Sealer(Keys.derive(settings.reader.master))

    def ahead(self, tasks: Sequence[CullTask]) -> None:
        """Tell the sources what will be looked at next, where they want to know."""
        self._sources.ahead([Locator(task.source, task.path) for task in tasks])

    def __call__(self, task: CullTask) -> Seen:
        """Never raises for what the item or its source are like."""
        try:
            connector = self._sources.get(task.source)
            with connector.read(Locator(task.source, task.path)) as content:
                blob = blob_of(content, self._limits)
                return self._seen(task, blob, connector)
        except NotFound:
            return Seen(gone=True)
        except ConnectorError:
            return FAILED

    def _seen(self, task: CullTask, blob: Blob, connector: Connector) -> Seen:
        if not task.content or self._hashed(blob) != task.content:
            return Seen(changed=True)
        papers, unread = Papers(), False
        papers.take(Record((), task.kind))
        for found in Expansion(blob, self._limits, self._registers.aids(self._aids, task.source, task.path)):
            if isinstance(found, Unread):
                unread = unread or found.reason is not GapReason.NEEDS_OCR
            else:
                papers.take(found)
        told = papers.found(task.path.rpartition("/")[2])
        seen = self._judge.seen(task.source, task.path, task.kind, blob, told, connector, self._limits)
        return replace(seen, unread=unread, papers=told) if seen.due is not None else seen

    def _hashed(self, blob: Blob) -> str:
        hasher = self._sealer.content_hasher()
        stream = blob.open()
        while chunk := stream.read(_CHUNK):
            hasher.update(chunk)
        return hasher.digest().hex()


def make_look_job(settings: LookSettings) -> Callable[[CullTask], Seen]:
    """What a worker runs once at its start."""
    return Looker(settings)
