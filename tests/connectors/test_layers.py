"""The layers around the memory connector; its store is the witness."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from connectors.base import Capabilities, Checkpoint, Connector, Item, Locator, Receipt, Staged, Version, WalkEvent
from connectors.conformance import Conformance
from connectors.conformance.in_memory import MemoryWorld
from connectors.errors import Changed, ConnectorError, Denied, NotFound, Throttled, Unreachable
from connectors.layers import ReadOnly, Retrying, Throttling
from connectors.memory import Memory
from connectors.pace import Pace


class ReadOnlyWorld(MemoryWorld):
    def connect(self) -> Connector:
        return ReadOnly(super().connect())


class StackedWorld(MemoryWorld):
    def connect(self) -> Connector:
        paced = Throttling(super().connect(), Pace(1e9, sleep=lambda _: None))
        return Retrying(paced, sleep=lambda _: None)


class TestReadOnly(Conformance):
    @pytest.fixture
    def world(self) -> MemoryWorld:
        return ReadOnlyWorld()


class TestRetryingOverThrottling(Conformance):
    @pytest.fixture
    def world(self) -> MemoryWorld:
        return StackedWorld()


class Failing(Memory):
    """Fails as it is told to, then answers."""

    failures: list[ConnectorError]
    calls = 0
    after_first = False

    def _fail(self) -> None:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)

    def version(self, locator: Locator) -> Version:
        self._fail()
        return super().version(locator)

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        self._fail()
        return super().stage(locator, expected, content)

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        for number, event in enumerate(super().walk(scope, cursor)):
            if number == self.after_first:
                self._fail()
            yield event


def failing(*failures: ConnectorError) -> tuple[Failing, MemoryWorld]:
    world = MemoryWorld(Failing)
    connector = world.connect()
    assert isinstance(connector, Failing)
    connector.failures = list(failures)
    return connector, world


def test_transient_errors_are_tried_again_with_growing_waits() -> None:
    inner, world = failing(Unreachable("x"), Throttled("x", 7.5), Unreachable("x"))
    waits: list[float] = []
    layer = Retrying(inner, tries=4, first_wait=1, sleep=waits.append)
    assert layer.version(world.locator(world.subject)) == Memory.version(inner, world.locator(world.subject))
    assert waits == [1, 7.5, 4]


def test_who_waits_for_an_answer_is_told_at_once_that_nobody_is_there() -> None:
    class Dead(Memory):
        opened = 0
        error: ConnectorError = Unreachable("x")

        def open(self) -> Capabilities:
            self.opened += 1
            raise self.error

    inner = MemoryWorld(Dead).connect()
    assert isinstance(inner, Dead)
    with pytest.raises(Unreachable):
        Retrying(inner, hasty=True, sleep=lambda _: pytest.fail("waited")).open()
    assert inner.opened == 1
    inner.error = Throttled("x", 0.5)
    with pytest.raises(Throttled):  # a server that asks for patience is there
        Retrying(inner, hasty=True, tries=3, sleep=lambda _: None).open()
    assert inner.opened == 4
    world = MemoryWorld(Failing)
    failing_once = world.connect()
    assert isinstance(failing_once, Failing)
    failing_once.failures = [Unreachable("x")]
    assert Retrying(failing_once, hasty=True, sleep=lambda _: None).version(world.locator(world.subject)).token


def test_tries_are_bounded() -> None:
    inner, world = failing(*[Unreachable("x")] * 9)
    with pytest.raises(Unreachable):
        Retrying(inner, tries=3, sleep=lambda _: None).version(world.locator(world.subject))
    assert inner.calls == 3


def test_too_much_patience_is_not_waited_for() -> None:
    inner, world = failing(Throttled("x", 3600))
    with pytest.raises(Throttled):
        Retrying(inner, longest_wait=60, sleep=lambda _: pytest.fail("waited")).version(world.locator(world.subject))


@pytest.mark.parametrize("kind", [NotFound, Denied, Changed])
def test_final_errors_are_not_tried_again(kind: Callable[[str], ConnectorError]) -> None:
    inner, world = failing(kind("x"))
    with pytest.raises(ConnectorError):
        Retrying(inner, sleep=lambda _: pytest.fail("waited")).version(world.locator(world.subject))
    assert inner.calls == 1


def test_a_walk_is_begun_again_only_before_its_first_event() -> None:
    inner, world = failing(Unreachable("x"))
    met = [
        event.locator.path for event in Retrying(inner, sleep=lambda _: None).walk("kunder") if isinstance(event, Item)
    ]
    assert sorted(met) == sorted(path for path in world.store.items if path.startswith("kunder/"))
    inner, _ = failing(Unreachable("x"))
    inner.after_first = True
    walk = Retrying(inner, sleep=lambda _: pytest.fail("waited")).walk("kunder")
    next(walk)
    with pytest.raises(Unreachable):
        next(walk)


def test_a_stage_that_may_have_been_done_is_not_tried_again() -> None:
    inner, world = failing(Unreachable("x"))
    version = Memory.version(inner, world.locator(world.subject))
    layer = Retrying(inner, sleep=lambda _: None)
    with pytest.raises(Unreachable):
        layer.stage(world.locator(world.subject), version, b"new")
    inner.failures = [Throttled("x", 0)]
    assert layer.stage(world.locator(world.subject), version, b"new").token


def test_read_only_refuses_before_the_source_hears_of_it() -> None:
    class Deaf(Memory):
        def remove(self, locator: Locator, expected: Version) -> Receipt:
            pytest.fail("the source heard of it")

    world = MemoryWorld(Deaf)
    layer = ReadOnly(world.connect())
    offered = layer.open()
    assert (offered.removes, offered.stages) == (False, False)
    locator = world.locator(world.subject)
    staged = Staged(locator, layer.version(locator), "x y")
    for call in (
        lambda: layer.remove(locator, layer.version(locator)),
        lambda: layer.remove(world.locator("kunder/nobody"), layer.version(locator)),
        lambda: layer.stage(locator, layer.version(locator), b""),
        lambda: layer.commit(staged),
        lambda: layer.abandon(staged),
    ):
        with pytest.raises(Denied):
            call()


def test_the_pace_is_kept() -> None:
    now = [100.0]
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(round(seconds, 6))
        now[0] += seconds

    pace = Pace(2, burst=2, clock=lambda: now[0], sleep=sleep)
    for _ in range(4):
        pace.take()
    assert waits == [0.5, 0.5]
    now[0] += 60
    waits.clear()
    for _ in range(3):
        pace.take()
    assert waits == [0.5]


def test_a_walk_pays_for_each_page() -> None:
    class Paged(Memory):
        def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
            yield from super().walk(scope, cursor)
            yield Checkpoint("1")

    taken: list[float] = []
    world = MemoryWorld(Paged)
    pace = Pace(1, clock=lambda: 0.0, sleep=taken.append)
    list(Throttling(world.connect(), pace).walk("kunder"))
    assert taken == [1.0]


def test_what_the_scanner_knows_reaches_the_source() -> None:
    world = MemoryWorld()
    inner = world.connect()
    layer = Retrying(ReadOnly(inner))
    layer.expect_items = True
    assert inner.expect_items
