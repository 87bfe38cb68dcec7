"""The phone's folder of exports before the suite; the witness is os.

What most checks erase are older exports and other files: a newer export, which none of them names, tells what is on the
phone. It may be changed by nobody, and the second class judges a folder in which that is true of all there is.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector, Gap, GapReason, Locator, Version
from connectors.conformance import Conformance
from connectors.conformance.world import items_of, must_raise, nothing_altered, walk_all
from connectors.errors import Changed, Unsupported
from connectors.phone import Phone
from tests.connectors.test_folder_conformance import FolderWorld

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{}\r\nEND:VCARD\r\n"
OTHERS = "".join(CARD.format(name) for name in ("Bo Dal", "Cia Ek", "Dan Alm", "Eva Ros"))
NEWEST = "nu.vcf"


class PhoneWorld(FolderWorld):
    """Exports beside the hostile files of a folder; all are of the last minutes, the newest of now."""

    subject = "gamla/Maja Blomqvist.vcf"
    neighbours = (
        "gamla/Maja Blomqvist.vcf2", "gamla/maja blomqvist.vcf", "gamla/Maja Blomqvist (1).vcf", "Maja.csv", "Maja.vcf",
    )  # fmt: skip

    def __init__(self, base: Path, without_rights: Callable[[Callable[[], Any]], Any]) -> None:
        super().__init__(base, without_rights)
        now = time.time()
        for number, path in enumerate((self.subject, *self.neighbours), start=1):
            self._export(path, f"{CARD.format('Maja Blomqvist')}{OTHERS}", now - 60 * number)
        self._export("Maja.csv", "namn\nMaja Blomqvist\n", now - 600)
        self._export(NEWEST, OTHERS, now)
        self._export("nu.csv", "namn\nMaja Blomqvist\n", now)  # a table is replaced by a table

    def _export(self, path: str, text: str, written: float) -> None:
        full = self.root / path
        full.parent.mkdir(exist_ok=True)
        full.write_bytes(text.encode())
        os.utime(full, (written, written))

    def connect(self) -> Connector:
        return Phone(self.source, {"holder": "Karin", "exports": str(self.root), "syncs": "", "stale_after_days": 45})

    def change(self, path: str) -> None:
        """As another program would, that keeps the file's time."""
        before = os.stat(self.root / path).st_mtime_ns
        super().change(path)
        os.utime(self.root / path, ns=(before, before))


class TestPhone(Conformance):
    @pytest.fixture
    def world(self, open_tmp: Path, without_rights: Callable[[Callable[[], Any]], Any]) -> PhoneWorld:
        return PhoneWorld(open_tmp, without_rights)


class TestTheNewestExport:
    @pytest.fixture
    def world(self, open_tmp: Path, without_rights: Callable[[Callable[[], Any]], Any]) -> PhoneWorld:
        return PhoneWorld(open_tmp, without_rights)

    @pytest.mark.parametrize("path", [NEWEST, "nu.csv"])
    def test_it_is_neither_erased_nor_changed(self, world: PhoneWorld, path: str) -> None:
        locator = Locator(world.source, path)
        with world.connect() as connector, nothing_altered(world):
            version = connector.version(locator)
            with must_raise(world, Unsupported):
                connector.remove(locator, version)
            with must_raise(world, Unsupported):
                connector.stage(locator, version, b"new")

    def test_an_older_one_is_changed_and_stays_an_older_one(self, world: PhoneWorld) -> None:
        locator = world.locator(world.subject)
        before = os.stat(world.root / world.subject).st_mtime_ns
        with world.connect() as connector:
            connector.commit(connector.stage(locator, connector.version(locator), OTHERS.encode()))
        after = os.stat(world.root / world.subject).st_mtime_ns
        assert after < before, "else what gallra took out would pass for the holder's work"
        assert (world.root / world.subject).read_bytes() == OTHERS.encode()

    def test_what_is_the_newest_again_since_it_was_staged_is_not_committed(self, world: PhoneWorld) -> None:
        locator = world.locator(world.subject)
        with world.connect() as connector:
            staged = connector.stage(locator, connector.version(locator), OTHERS.encode())
            world.delete(NEWEST)
            before = world.witness.items()
            with must_raise(world, Unsupported):
                connector.commit(staged)
            assert world.witness.items() == before
            connector.abandon(staged)
        assert {path for path in world.witness.items() if ".gallra-" in path} == set()

    def test_a_stale_version_of_it_is_told_as_that(self, world: PhoneWorld) -> None:
        locator = Locator(world.source, NEWEST)
        with world.connect() as connector, nothing_altered(world), must_raise(world, Changed):
            connector.remove(locator, Version(connector.version(locator).token + "0"))


class TestAPhoneThatSyncs:
    def connect(self) -> Connector:
        return Phone("ivars", {"holder": "Ivar", "exports": None, "syncs": "konto", "stale_after_days": 45})

    def test_has_no_items_and_no_gap(self) -> None:
        with self.connect() as connector:
            assert list(connector.scopes()) == [""]
            assert walk_all(connector) == []
            assert items_of(connector) == {}

    def test_says_what_becomes_of_it(self) -> None:
        connector = self.connect()
        offered = connector.open()
        assert offered.facts == ('it syncs with "konto": what is erased there leaves the phone at its next sync',)


def test_an_empty_folder_is_a_gap_of_the_whole_phone(tmp_path: Path) -> None:
    with Phone("evas", {"holder": "Eva", "exports": str(tmp_path), "stale_after_days": 45}) as connector:
        (gap,) = walk_all(connector)
    assert isinstance(gap, Gap)
    assert (gap.locator, gap.reason) == (Locator("evas", ""), GapReason.STALE)
    assert gap.detail == "by hand: no whole export lies there"
