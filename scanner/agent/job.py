"""One job of the agent, in a process of its own: `python -m scanner.agent.job`, with its order on stdin.

It tells nothing but its answer: no paths, no names, no traceback.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Final

import apsw

from config.secrets import load_key
from connectors.errors import ConfigError, ConnectorError
from scanner.agent.book import FILE, Book
from scanner.agent.chores import AFTER_SCAN, NIGHTLY
from scanner.agent.done import Done
from scanner.agent.lifeline import Lifeline
from scanner.agent.lock import ChoreRuns, chore_lock
from scanner.agent.order import BUSY, Answer, Order
from scanner.agent.past import CHANGED, CHORE, DONE, FAILED, INCOMPLETE, PATHS, SCAN, STOPPED
from scanner.index.errors import Busy
from scanner.refusal import Refusal
from scanner.scan_lock import SourceBusy
from scanner.workspace import Workspace

_LONGEST: Final = 300  # characters of a sentence
_OURS: Final = ("config", "connectors", "scanner")
_OUTCOMES: Final[Mapping[int, str]] = {0: DONE, 3: INCOMPLETE, 4: INCOMPLETE}
"""By the exit code of what came to its end; all else failed, and is tried again soon."""


def main() -> int:
    """Take the order, do it, note its end in the Book, answer. The exit code is the job's."""
    life = Lifeline()
    try:
        order = Order.read(life.order())
    except (ValueError, KeyError):
        return 2  # the agent died before it had said what to do
    with ExitStack() as open_:
        answer, book, done = _carry_out(order, life, open_)
        if book is not None and answer.outcome != BUSY:
            try:
                book.end(order.run, datetime.now(UTC), answer.outcome, done)
            except Exception as error:  # the agent notes it, if it can
                answer = Answer(order.run, FAILED, 1, answer.changed, _sentence(error))
    life.answer(answer.line())
    return answer.code


def _carry_out(order: Order, life: Lifeline, open_: ExitStack) -> tuple[Answer, Book | None, Done]:
    """What came of the order, and the Book, where it could be opened at all."""
    book: Book | None = None
    try:
        life.hold()
        work = open_.enter_context(_workspace(order))
        book = open_.enter_context(Book(work.state / FILE))
        done = _do(order, work, book)
        life.let_go()
        outcome = _OUTCOMES.get(done.code, FAILED)
    except KeyboardInterrupt:
        life.let_go()
        outcome, done = STOPPED, Done()
    except (SourceBusy, ChoreRuns, Busy):
        life.let_go()
        outcome, done = BUSY, Done()
    except Exception as error:  # what falls into this net must not show data
        life.let_go()
        outcome, done = FAILED, Done(_code(error), error=_sentence(error))
    changed = done.counts.get(CHANGED, 1) > 0
    return Answer(order.run, outcome, done.code, changed, done.error), book, done


def _workspace(order: Order) -> Workspace:
    """As the agent's settings have it, which the file may not any more. Raises ConfigError."""
    if order.settings is None:
        return Workspace.open(order.config)
    agent = order.settings.agent
    return Workspace(order.settings, load_key(agent.key, order.settings.base, create=False))


def _do(order: Order, work: Workspace, book: Book) -> Done:
    if order.job.startswith(SCAN):
        return _scan(order, work)
    place = {**NIGHTLY, **AFTER_SCAN}[order.job.removeprefix(CHORE)]
    module, _, name = place.partition(":")
    chore: Callable[[Workspace, Book, datetime], Done] = getattr(importlib.import_module(module), name)
    with chore_lock(work.state):
        return chore(work, book, datetime.now(UTC))


def _scan(order: Order, work: Workspace) -> Done:
    """Raises SourceBusy where another process scans the source."""
    source = order.job.removeprefix(SCAN)
    (report,) = work.scan([source], full=order.full, paths=order.paths, wait=0)
    if report.busy:
        raise SourceBusy(source)
    counts = {"items": report.seen, "read": report.read, "retired": report.retired, "gaps": report.gaps}
    if order.paths is None or report.changed:  # looks at changed files that found nothing new would fill the log
        work.audit.append("scan", None, {"sources": 1, **counts}, {})
    counts[CHANGED] = int(report.changed)
    if order.paths is not None and not report.complete:  # some changes only a walk of all can tell
        counts[PATHS] = len(order.paths)
    if report.error:
        return Done(report.exit_code or 1, counts, error=_short(report.error.removeprefix(f"{source}: ")))
    return Done(3 if report.gaps else 0, counts)


def _code(error: Exception) -> int:
    code = getattr(error, "exit_code", 1)
    return 2 if isinstance(error, ConfigError) else code if _ours(error) and isinstance(code, int) else 1


def _sentence(error: Exception) -> str:
    """What stopped it: the text of our own errors, which is made for admins, and of any other only its type."""
    if isinstance(error, ConfigError):
        return _short(" ".join(error.problems))
    if isinstance(error, ConnectorError | Refusal) or (_ours(error) and hasattr(error, "exit_code")):
        return _short(str(error))
    if isinstance(error, apsw.FullError):
        return "no space is left on the disk of the state folder"
    reason = f" ({os.strerror(error.errno)})" if isinstance(error, OSError) and error.errno else ""
    return f"a fault of gallra's own: {type(error).__name__}{reason}"


def _ours(error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] in _OURS


def _short(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]


if __name__ == "__main__":
    sys.exit(main())
