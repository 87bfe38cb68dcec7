"""A folder with one file of every editable format, a case on all of them, and a run that dies where it is told to.

The connector, the editors, the journal and the case file are the real ones; only the worker processes are left out.
"""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from config.model import Source
from connectors.base import Connector, Locator, Version
from connectors.files import atomic
from connectors.files.local import Folder
from scanner.cases import CaseStore
from scanner.detect.base import DetectSettings
from scanner.erase import run
from scanner.holding import Holder
from scanner.index.seal import Keys, Sealer
from scanner.limits import Limits
from scanner.model import Action, Case, Cut, Finding, Ownership, Plan, Step, Tier
from scanner.named_folders import folder_finding
from scanner.plan import make_plan
from scanner.policy import Policy
from scanner.prepare import Prepared, Preparer, PrepareSettings, PrepareTask
from scanner.read import ReaderSettings
from tests.scanner.surgery_pieces import BYSTANDERS, FOLDER, SUBJECT, Piece, pieces

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = date(2026, 3, 1)
MASTER = b"a master key for tests, 32 bytes"
SEALER = Sealer(Keys.derive(MASTER))
NO_RULES = Policy((), (), "12-31")

Tree = dict[str, tuple[int, bytes]]
End = tuple[Tree, list[tuple[str, str, str | None, bool, str]], int]


class Points:
    """Counts the points where a run may be killed, and kills it at one of them."""

    def __init__(self, kill_at: int = -1) -> None:
        self.kill_at = kill_at
        self.names: list[str] = []

    def reached(self, name: str) -> None:
        if len(self.names) == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.names.append(name)


class Scene:
    """Files and a case in a folder; `chosen` are the files that there are (default: all)."""

    def __init__(
        self,
        folder: Path,
        chosen: Iterable[str] | None = None,
        *,
        policy: Policy = NO_RULES,
        today: date = TODAY,
        more: Mapping[str, Piece] | None = None,
    ) -> None:
        self.folder, self.root = folder, folder / "kunder"
        self.policy, self.today = policy, today
        self.root.mkdir(parents=True)
        chosen = pieces() if chosen is None else list(chosen)
        self.pieces = {path: pieces()[path] for path in chosen} | dict(more or {})
        for number, (path, data) in enumerate([*_data(self.pieces), *BYSTANDERS.items()]):
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            target.chmod((0o644, 0o640, 0o600, 0o444, 0o755)[number % 5])
        with self.store() as store:
            case = store.new(list(SUBJECT), NOW)
            case.findings = self._findings()
            store.save(case)

    def store(self) -> CaseStore:
        """The case file, without waiting for the disk: a kill is no power cut."""
        store = CaseStore(self.folder / "cases.sqlite", SEALER)
        store.db.execute("PRAGMA synchronous=OFF")
        return store

    def _findings(self) -> list[Finding]:
        found = []
        for path, piece in self.pieces.items():
            places = [(steps, Action.REMOVE_RECORD) for steps in piece.remove]
            places += [(steps, Action.AMEND) for steps in piece.amend]
            for steps, action in places or [((), Action.REMOVE)]:
                found.append(self.finding(path, steps, action))
        if any(path.startswith(f"{FOLDER}/") for path in self.pieces):
            found.append(folder_finding("kunder", FOLDER))
        for number, one in enumerate(found, start=1):
            one.id = number
        return found

    def finding(self, path: str, steps: tuple[str, ...], action: Action) -> Finding:
        """What a search says of it: the version of the file as it stands now, and its content."""
        state = (self.root / path).stat()
        whole = action is Action.REMOVE
        return Finding(
            id=0,
            locator=Locator("kunder", path, steps),
            kind="record" if steps else "file",
            tier=Tier.CERTAIN,
            evidence=(),
            ownership=Ownership.OWN if whole else Ownership.SHARED,
            action=action,
            version=Version(f"{state.st_size}-{state.st_mtime_ns}-{state.st_ino}"),
            content=SEALER.content((self.root / path).read_bytes()).hex(),
            others=0 if whole else 1,
            links=state.st_nlink,
        )

    def plan(self, case: Case) -> Plan:
        return make_plan(case.findings, SEALER.plan_hash)

    def run(self, points: Points | None = None, *, plan: Plan | None = None) -> frozenset[str]:
        """One `gallra erase` of the case; gives what could not be reached."""
        with killing(points or Points()), self.store() as store:
            case = store.load("2026-0001")
            try:
                return run(
                    case,
                    plan or self.plan(case),
                    self.connect,
                    store.journal,
                    lambda: NOW,
                    lambda *_: None,
                    fingerprint,
                    self.prepare(),
                    lambda *_: None,
                )
            finally:
                store.journal.save(case)

    @property
    def settings(self) -> dict[str, Any]:
        return {"path": str(self.root), "exclude": [], "follow_symlinks": False, "sentinel": ""}

    def connect(self, name: str) -> Connector:
        return Folder(name, self.settings)

    def prepare(self) -> Callable[[Iterable[Step]], Iterator[tuple[Step, Prepared]]]:
        """The real look at each item, in this process."""
        preparer = self._preparer()

        def prepare(steps: Iterable[Step]) -> Iterator[tuple[Step, Prepared]]:
            for step in steps:
                where = step.locator
                yield step, preparer(PrepareTask(where.source, where.path, "file", step.content, step.cuts))

        return prepare

    def look(self, path: str, kind: str, cuts: tuple[Cut, ...]) -> Prepared:
        """The look at one item of a kind, as it lies there now."""
        content = SEALER.content((self.root / path).read_bytes()).hex()
        return self._preparer()(PrepareTask("kunder", path, kind, content, cuts))

    def _preparer(self) -> Preparer:
        reader = ReaderSettings((Source("kunder", "folder", self.settings),), Limits(), DetectSettings(), MASTER)
        return Preparer(PrepareSettings(reader, SUBJECT, "sv", Holder(self.policy, self.today)))

    def killed(self, point: int) -> bool:
        """Run in a child that is killed at the point; True if it was."""
        child = os.fork()
        if child == 0:
            try:
                self.run(Points(point))
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL

    def case(self) -> Case:
        with self.store() as store:
            return store.load("2026-0001")

    def states(self) -> dict[str, str]:
        """The state of each finding, by path and steps."""
        return {"|".join((one.locator.path, *one.locator.steps)): one.state.value for one in self.case().findings}

    def end(self) -> End:
        """The tree, what the case says of each finding, and how many entries of the journal are left."""
        with self.store() as store:
            case = store.load("2026-0001")
            left = len(store.journal.entries(case))
        said = [(str(one.locator), one.state.value, one.reason, one.taken, one.content) for one in case.findings]
        return tree(self.root), said, left

    def leftovers(self) -> list[str]:
        return [path for path in tree(self.root) if "/.gallra-" in f"/{path}"]


def tree(root: Path) -> Tree:
    """Every name below the folder with its mode and content; a folder has no content."""
    found: Tree = {}
    for path in sorted(root.rglob("*")):
        state = path.lstat()
        name = str(path.relative_to(root))
        found[name] = (state.st_mode, path.read_bytes() if stat.S_ISREG(state.st_mode) else b"")
    return found


def fingerprint(stream: BinaryIO) -> str:
    """The keyed hash of content, as the index has it."""
    return SEALER.content(stream.read()).hex()


def _data(found: Mapping[str, Piece]) -> Iterator[tuple[str, bytes]]:
    yield from ((path, piece.data) for path, piece in found.items())


_CALLS = ("open", "fsync", "rename", "replace", "unlink", "link", "rmdir", "fchmod", "fchown", "ftruncate")


@contextmanager
def killing(points: Points) -> Iterator[None]:
    """Within the block, every system call that matters and every transaction passes a point first; nothing is synced.

    A write is two halves with a point between them; a transaction has one before it, before its end and after it.
    """
    kept: list[tuple[Any, str, Any]] = [(os, name, getattr(os, name)) for name in (*_CALLS, "fdopen")]
    kept += [(atomic, "_renameat2", atomic._renameat2), (CaseStore, "transaction", CaseStore.transaction)]
    for owner, name, function in kept[: len(_CALLS)]:
        setattr(owner, name, _before(points, name, _unsynced if name == "fsync" else function))
    os.fdopen = _opening(points, os.fdopen)
    atomic._renameat2 = _before(points, "renameat2", atomic._renameat2)
    CaseStore.transaction = _transaction(points, CaseStore.transaction)  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        for owner, name, function in kept:
            setattr(owner, name, function)


def _unsynced(_: int) -> None:
    """What a file system does with it shows after a power cut only."""


def _before(points: Points, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        points.reached(name)
        return function(*arguments, **named)

    return call


def _opening(points: Points, fdopen: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        stream = fdopen(*arguments, **named)
        return _Halving(points, stream) if "w" in str(arguments[1:]) else stream

    return call


class _Halving:
    """A file that is written in two halves."""

    def __init__(self, points: Points, stream: Any) -> None:
        self._points, self._stream = points, stream

    def write(self, data: bytes) -> None:
        for half in (data[: len(data) // 2], data[len(data) // 2 :]):
            self._points.reached("write")
            self._stream.write(half)
            self._stream.flush()

    def flush(self) -> None:
        self._stream.flush()

    def __enter__(self) -> _Halving:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def _transaction(points: Points, transaction: Callable[[CaseStore], Any]) -> Callable[[CaseStore], Any]:
    @contextmanager
    def call(store: CaseStore) -> Iterator[None]:
        points.reached("begin")
        with transaction(store):
            yield
            points.reached("commit")
        points.reached("committed")

    return call
