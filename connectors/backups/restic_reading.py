"""Reading files out of snapshots: many by one `restic dump` of a folder, which is a tar that is read as it comes.

A command costs half a second of computing before it gives a byte, so that what is read in the order of the listing is
read from one stream, over as many chunks as follow each other. What lies far ahead in it is not waited for: another
stream is begun at a folder near by. Few files, large ones, and what a stream did not give, are dumped by themselves.
Nothing is written to a disk.
"""

from __future__ import annotations

import contextlib
import io
import tarfile
from array import array
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Final, cast

from connectors.backups.base import Key
from connectors.backups.commands import Running
from connectors.backups.restic_listing import FILE, nodes
from connectors.backups.restic_repository import Repository, State
from connectors.backups.seeking import Seeking
from connectors.errors import NotFound, ProtocolBroken

LARGE: Final = 32 << 20  # bytes; what is larger is not held in memory
_FEW: Final = 3  # files for which no stream is begun
_AHEAD: Final = 32 << 20  # bytes that are read past rather than begin another stream
_FILES_AHEAD: Final = 5_000  # files likewise
_KEPT: Final = 3  # streams, and listings, that are kept
_BITS: Final = 48  # of a size
_SIZE: Final = (1 << _BITS) - 1


class Order:
    """The files of a snapshot in the order in which they come, and where each folder begins."""

    def __init__(self, repository: Repository, state: State) -> None:
        self.state = state
        self.place: dict[Key, int] = {}
        self.before = array("Q", [0])  # bytes of all files before the one of this number
        self.first: dict[str, int] = {"": 0}
        for node in nodes(repository, state):
            if node.kind == FILE:
                self.place[node.path, node.content] = len(self.before) - 1
                self.before.append(self.before[-1] + node.size)
            else:
                self.first[node.path] = len(self.before) - 1

    def size(self, number: int) -> int:
        """The size of a file."""
        return self.before[number + 1] - self.before[number]

    def near(self, number: int, start: int) -> bool:
        """True where reading on from `start` is no dearer than another command."""
        return 0 <= number - start <= _FILES_AHEAD and self.before[number] - self.before[start] <= _AHEAD

    def begin_at(self, path: str, number: int) -> str:
        """The outermost folder around the file in which little stands before it."""
        parts = path.split("/")[:-1]
        folders = ["/".join(parts[:depth]) for depth in range(len(parts) + 1)]
        return next((one for one in folders if self.near(number, self.first.get(one, -_FILES_AHEAD - 1))), folders[-1])


class Stream:
    """One `restic dump` of a folder, read up to where it was asked for."""

    def __init__(self, repository: Repository, order: Order, folder: str) -> None:
        self.order = order
        self.next = order.first[folder]
        self._running: Running = repository.begin("dump", "--archive", "tar", order.state.id, "/" + folder)
        self._tar: tarfile.TarFile | None = None

    def take(self, path: str, number: int) -> bytes | None:
        """The file, where it comes as it was listed; None: look for it by itself, and in no stream."""
        try:
            self._tar = self._tar or tarfile.open(  # noqa: SIM115 - it is read as long as the stream is
                fileobj=self._running.stdout, mode="r|", bufsize=1 << 20, encoding="utf-8", errors="surrogateescape"
            )
            while (member := self._tar.next()) is not None:
                self._tar.members = []  # type: ignore[attr-defined] # else it remembers them all
                if not member.isreg():
                    continue
                self.next += 1
                if self.next > number:
                    return self._content(member, path, number)
        except (tarfile.TarError, OSError, ValueError):
            return None
        return None

    def close(self) -> None:
        """End it."""
        self._running.close()

    def _content(self, member: tarfile.TarInfo, path: str, number: int) -> bytes | None:
        if self._tar is None or member.name.lstrip("/") != path or member.size != self.order.size(number):
            return None
        file = self._tar.extractfile(member)
        data = file.read() if file is not None else b""
        return data if len(data) == member.size else None


class Reader:
    """Reads in the order of what was said to come (`plan`)."""

    def __init__(self, repository: Repository, states: Sequence[State]) -> None:
        """`states`, the oldest first; those that cannot be read are passed by."""
        self._repository = repository
        readable = [state for state in states if state.readable]
        self._waiting = [*readable[-1:], *readable[:-1]]  # most is in the newest; a first scan begins with the oldest
        self._whole = len(readable) == len(states)
        self._where: dict[int, int] = {}  # by a key's hash: its size, and a bit for each snapshot that was listed
        self._listed: list[State] = []
        self._orders: dict[str, Order] = {}
        self._streams: dict[str, Stream] = {}
        self._plan: list[Key] = []
        self._from: dict[Key, State] = {}
        self._broken: set[str] = set()

    def plan(self, keys: Sequence[Key]) -> None:
        """These are about to be read, in this order. Asks nothing."""
        self._plan, self._from = list(keys), {}

    def open(self, key: Key) -> tuple[BinaryIO, int]:
        """A seekable stream with the file, and its size. Raises NotFound, and what stops restic."""
        if key not in self._from:
            if key not in self._plan:
                self._plan = [key]
            self._assign()
        if key not in self._from:
            raise NotFound("no snapshot holds it")
        state, size = self._from[key], self._where[hash(key)] & _SIZE
        if size > LARGE:
            return cast(BinaryIO, io.BufferedReader(_Large(self._repository, state, key[0], size), 1 << 20)), size
        data = self._from_stream(state, key)
        if data is None:
            data = self._repository.look("dump", state.id, "/" + key[0])
        if len(data) != size:
            raise ProtocolBroken("restic gave a file that is longer or shorter than its list says")
        return io.BytesIO(data), size

    def close(self) -> None:
        """End what is being read."""
        while self._streams:
            self._streams.popitem()[1].close()

    # -- details

    def _assign(self) -> None:
        """Find a snapshot for each of the plan: as few as can be, and no more listed than must be."""
        wanted = list(dict.fromkeys(self._plan))
        while self._waiting and not self._enough(wanted):
            self._learn(self._waiting.pop(0))
        left = {key: mask for key in wanted if (mask := self._where.get(hash(key), 0) >> _BITS)}
        if len(left) < len(wanted) and not self._whole:
            raise ProtocolBroken("a snapshot cannot be read: run `restic check`, and repair or forget that snapshot")
        while left:
            best = self._best(left)
            some = [key for key, mask in left.items() if mask >> best & 1]
            self._from |= dict.fromkeys(some, self._listed[best])
            left = {key: mask for key, mask in left.items() if not mask >> best & 1}

    def _enough(self, wanted: Sequence[Key]) -> bool:
        """Whether all were seen, most of them in one snapshot: a plan comes from one, or goes from one to the next."""
        masks = [self._where.get(hash(key), 0) >> _BITS for key in wanted]
        if not all(masks):
            return False
        best = self._best(dict(enumerate(masks)))
        others = {number: mask for number, mask in enumerate(masks) if not mask >> best & 1}
        return len(others) < _FEW or all(mask >> self._best(others) & 1 for mask in others.values())

    def _best(self, masks: Mapping[Any, int]) -> int:
        """The listed snapshot that holds the most of them; of equals, one that is being read."""
        counts = [0] * len(self._listed)
        for mask in masks.values():
            for number in range(len(counts)):
                counts[number] += mask >> number & 1
        return max(range(len(counts)), key=lambda number: (counts[number], self._listed[number].id in self._streams))

    def _learn(self, state: State) -> None:
        order = self._order(state)
        bit = 1 << _BITS + len(self._listed)
        self._listed.append(state)
        for key, number in order.place.items():
            at = hash(key)
            self._where[at] = self._where.get(at, 0) | bit | order.size(number)

    def _order(self, state: State) -> Order:
        order = self._orders.pop(state.id, None) or Order(self._repository, state)
        self._orders[state.id] = order
        while len(self._orders) > _KEPT:
            del self._orders[next(iter(self._orders))]
        return order

    def _from_stream(self, state: State, key: Key) -> bytes | None:
        """From a stream that is at hand, or one that is worth beginning; None where it must go without."""
        at = self._plan.index(key) if key in self._plan else 0
        few = sum(self._from.get(one) == state for one in self._plan[at:]) < _FEW
        if state.id in self._broken or (few and state.id not in self._streams):
            return None
        order = self._order(state)
        number = order.place.get(key)
        if number is None:
            raise ProtocolBroken("a snapshot does not hold what it was listed with")
        stream = self._streams.pop(state.id, None)
        if stream is not None and not order.near(number, stream.next):
            stream.close()
            stream = None
        if stream is None and few:
            return None
        return self._taken(stream or self._begun(order, key[0], number), key[0], number)

    def _begun(self, order: Order, path: str, number: int) -> Stream:
        while len(self._streams) >= _KEPT:
            self._streams.pop(next(iter(self._streams))).close()
        return Stream(self._repository, order, order.begin_at(path, number))

    def _taken(self, stream: Stream, path: str, number: int) -> bytes | None:
        data = None
        try:
            data = stream.take(path, number)
        finally:
            if data is None:
                stream.close()
        if data is None:
            self._broken.add(stream.order.state.id)
        else:
            self._streams[stream.order.state.id] = stream
        return data


class _Large(Seeking):
    """A file that is too large for memory: dumped as it is read, and anew where it is read again."""

    def __init__(self, repository: Repository, state: State, path: str, size: int) -> None:
        super().__init__(size)
        self._repository = repository
        self._command = ("dump", state.id, "/" + path)
        self._at = 0  # where the dump is
        self._running: Running | None = None

    def piece(self, place: int, most: int) -> bytes:
        """See Seeking. Raises what stops restic, where it ends short."""
        if self._running is None or self._at > place:
            self._begin()
        while self._at < place:
            self._next(min(1 << 20, place - self._at))
        return self._next(most)

    def close(self) -> None:
        """End it."""
        if self._running is not None:
            self._running.close()
            self._running = None
        super().close()

    def _begin(self) -> None:
        if self._running is not None:
            self._running.close()
        self._running, self._at = self._repository.begin(*self._command), 0

    def _next(self, most: int) -> bytes:
        assert self._running is not None
        piece = self._running.stdout.read(most)
        if not piece:
            with contextlib.suppress(NotFound):
                self._repository.ended(self._running)
            raise ProtocolBroken("restic gave a file that is shorter than its list says")
        self._at += len(piece)
        return piece
