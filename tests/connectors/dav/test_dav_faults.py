"""Real servers that fail or are changed by others while gallra works: nothing is guessed, nothing is done twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from connectors.base import Checkpoint, Gone, Item, Outcome, Presence, Resumed, WalkEvent
from connectors.calendar.caldav import CalDav
from connectors.conformance.world import items_of, nothing_altered, picture
from connectors.contacts.carddav import CardDav
from connectors.errors import Changed, Denied, NotFound, Unreachable
from tests.connectors.dav.worlds import BookWorld, CalendarWorld, DavWorld, OwnCalendarWorld, settings_of
from tests.servers.radicale import Radicale
from tests.servers.xandikos import Xandikos

FEW = ("x", "a b")


def on_radicale(request: pytest.FixtureRequest) -> DavWorld:
    return CalendarWorld(request.getfixturevalue("radicale"), CalDav, FEW)


def on_xandikos(request: pytest.FixtureRequest) -> DavWorld:
    return OwnCalendarWorld(request.getfixturevalue("xandikos"), CalDav, FEW)


def of_cards(request: pytest.FixtureRequest) -> DavWorld:
    return BookWorld(request.getfixturevalue("radicale"), CardDav, FEW)


@pytest.fixture(params=[on_radicale, on_xandikos, of_cards])
def world(request: pytest.FixtureRequest) -> Iterator[DavWorld]:
    make: Callable[[pytest.FixtureRequest], DavWorld] = request.param
    world = make(request)
    yield world
    world.close()


def scope_of(world: DavWorld) -> str:
    return world.subject.rpartition("/")[0] + "/"


def kinds(events: list[WalkEvent], kind: type[Item | Gone]) -> set[str]:
    return {one.locator.path for one in events if isinstance(one, kind)}


def cursor(events: list[WalkEvent]) -> str:
    last = events[-1]
    assert isinstance(last, Checkpoint)
    return last.cursor


def test_a_walk_goes_on_with_what_others_did_meanwhile(world: DavWorld) -> None:
    scope = scope_of(world)
    with world.connect() as connector:
        first = list(connector.walk(scope))
    world.change(world.subject)
    world.delete(world.hostile[0])
    new = world.client.put(scope, f"ny{world.ending}", world.content("Ny", "ny"))
    with world.connect() as connector:
        events = list(connector.walk(scope, cursor(first)))
        assert events[0] == Resumed()
        assert kinds(events, Item) == {world.subject, new}
        assert kinds(events, Gone) == {world.hostile[0]}
        again = list(connector.walk(scope, cursor(events)))
    assert (again[0], kinds(again, Item), kinds(again, Gone)) == (Resumed(), set(), set())


def test_an_expired_token_means_a_full_walk(world: DavWorld) -> None:
    scope = scope_of(world)
    with world.connect() as connector:
        known = list(connector.walk(scope))
        kind, token, identity = json.loads(cursor(known))
        expired = json.dumps([kind, token[:-4] + "0000", identity])
        body = f'<sync-collection xmlns="DAV:"><sync-token>{token[:-4]}0000</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>'  # noqa: E501
        raw = world.client.ask("REPORT", scope, body.encode(), Content_Type="application/xml", Depth="0")
        assert raw.status in (403, 412)
        again = list(connector.walk(scope, expired))
    assert Resumed() not in again
    assert kinds(again, Item) == kinds(known, Item)
    assert not kinds(again, Gone)


def test_a_lost_answer_to_a_change_is_looked_after_and_nothing_is_written_twice(world: DavWorld) -> None:
    locator, new = world.locator(world.subject), world.new_content(world.subject)
    items, attributes, surroundings = picture(world)
    with world.connect() as connector:
        staged = connector.stage(locator, connector.version(locator), new)
        world.gate.swallow = "PUT"
        answer = connector.commit(staged)
        assert picture(world) == (items | {world.subject: new}, attributes, surroundings)
        assert answer == (locator, connector.version(locator))
    with nothing_altered(world), world.connect() as connector:
        assert connector.commit(staged) == answer
    assert [method for method, _ in world.gate.seen].count("PUT") == 1


def test_a_lost_answer_to_an_erasure_is_looked_after(world: DavWorld) -> None:
    locator = world.locator(world.subject)
    items, *_ = picture(world)
    with world.connect() as connector:
        version = connector.version(locator)
        world.gate.swallow = "DELETE"
        assert connector.remove(locator, version).outcome is Outcome.ERASED
        assert connector.remove(locator, version).outcome is Outcome.ABSENT
    assert world.witness.items() == {path: data for path, data in items.items() if path != world.subject}
    assert [method for method, _ in world.gate.seen].count("DELETE") == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_colleague_who_saves_in_the_last_instant_is_not_written_over(world: DavWorld, method: str) -> None:
    locator, new = world.locator(world.subject), world.new_content(world.subject)
    theirs = world.changed(world.client.bytes_of(world.subject))

    def meanwhile(asked: str, _: str) -> None:
        if asked == method:
            world.gate.before = None
            world.change(world.subject)

    with world.connect() as connector:
        version = connector.version(locator)
        staged = connector.stage(locator, version, new)
        world.gate.before = meanwhile
        with pytest.raises(Changed):
            connector.remove(locator, version) if method == "DELETE" else connector.commit(staged)
    assert world.gate.before is None
    assert world.witness.items()[world.subject] == theirs


def test_what_was_moved_is_not_erased_where_it_is_now(world: DavWorld) -> None:
    """It is found there by the next walk, and planned anew."""
    locator, there = world.locator(world.subject), scope_of(world) + "moved" + world.ending
    with world.connect() as connector:
        version = connector.version(locator)
        content = world.witness.items()[world.subject]
        world.delete(world.subject)
        world.client.write(there, content)
        with nothing_altered(world):
            assert connector.remove(locator, version).outcome is Outcome.ABSENT
            with pytest.raises((Changed, NotFound)):
                connector.stage(locator, version, world.new_content(there))
        assert there in items_of(connector)
        assert connector.presence(locator) is Presence.ABSENT


@pytest.mark.parametrize("server", [Radicale, Xandikos])
def test_a_server_that_is_killed_in_mid_walk_is_unreachable(server: Callable[[], Radicale | Xandikos]) -> None:
    running = server()
    world = OwnCalendarWorld(running, CalDav, FEW)
    try:
        with world.connect() as connector:
            before = {path: item.version for path, item in items_of(connector).items()}
            scopes = list(connector.scopes())
            list(connector.walk(scopes[0]))
            running.kill()
            with pytest.raises(Unreachable):
                list(connector.walk(scopes[1]))
            with pytest.raises(Unreachable):
                connector.presence(world.locator(world.subject))
            with pytest.raises(Unreachable):
                connector.remove(world.locator(world.subject), before[world.subject])
            running.start()
            assert {path: item.version for path, item in items_of(connector).items()} == before
    finally:
        world.close()
        running.stop()


def test_a_wrong_password_is_denied_without_a_word_of_it(radicale: Radicale) -> None:
    world = CalendarWorld(radicale, CalDav, FEW)
    url = f"http://127.0.0.1:{world.gate.port}/"
    given = settings_of(CalDav, url=url, user=world.client.user, password="another-secret", timeout=20)
    with pytest.raises(Denied) as told:
        CalDav("world", given).open()
    assert "another-secret" not in str(told.value)
    assert url not in str(told.value)
    world.close()
