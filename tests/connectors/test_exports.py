"""Which export tells what is on a phone, and when a newer one shows that a contact was deleted there."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.base import Gap, Locator
from connectors.conformance.world import walk_all
from connectors.phone import Phone

NOW = datetime.now(UTC)
NAMES = ("Anna Ek", "Bo Dal", "Cia Alm", "Dan Ros", "Eva Lind")
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{}\r\n{}END:VCARD\r\n"
WHOLE = "".join(CARD.format(name, "") for name in NAMES)
WITHOUT = "".join(CARD.format(name, "") for name in NAMES[1:])
SOME = "".join(
    CARD.format(name, "") for name in (*NAMES[2:], "Fia Dal", "Gun Ros")
)  # of a colleague with the same customers
DAY = timedelta(days=1)


class Folder:
    """A phone's folder, in which files have the times that are given."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, name: str, text: str | bytes, ago: timedelta) -> None:
        full = self.root / name
        full.write_bytes(text.encode() if isinstance(text, str) else text)
        written = (NOW - ago).timestamp()
        os.utime(full, (written, written))

    def phone(self, **settings: object) -> Phone:
        return Phone("evas", {"holder": "Eva", "exports": str(self.root), "stale_after_days": 45, **settings})

    def current(self) -> set[str]:
        with self.phone() as phone:
            return {one.name for one in self.root.iterdir() if phone.task(Locator("evas", one.name)) is not None}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def revised(names: tuple[str, ...], rev: str) -> str:
    return "".join(CARD.format(name, f"REV:{rev}\r\n") for name in names)


def test_the_newest_file_is_what_is_on_the_phone(folder: Folder) -> None:
    folder.put("a.vcf", WHOLE, 3 * DAY)
    folder.put("B.VCF", WITHOUT, DAY)
    folder.put("anteckning.txt", "no export", DAY / 2)
    folder.put(".gallra-new-0.vcf", WITHOUT, DAY / 4)
    assert folder.current() == {"B.VCF"}


def test_an_export_that_is_not_there_any_more_was_replaced_by_nothing(folder: Folder) -> None:
    folder.put("a.vcf", WHOLE, 3 * DAY)
    with folder.phone() as phone:
        assert phone.task(Locator("evas", "borta.vcf")) is not None, "its folder may only not be mounted"
        assert phone.task(Locator("evas", "borta.txt")) is None


@pytest.mark.parametrize(
    ("name", "text", "ago", "why"),
    [
        ("b.vcf", "", DAY, "empty"),
        ("b.vcf", WITHOUT.removesuffix("END:VCARD\r\n"), DAY, "cut off"),
        ("b.vcf", CARD.format("Bo Dal", ""), DAY, "a selection"),
        ("b.vcf", SOME, DAY, "a colleague's phone"),
        ("b.vcf", "".join(CARD.format(f"Kund {n}", "") for n in range(9)), DAY, "another phone's"),
        ("b 2019-03-01.vcf", WITHOUT, DAY, "an old one by its name"),
        ("b.vcf", WITHOUT, -5 * DAY, "of a day that is yet to come"),
        ("b.vcf", WITHOUT, 4 * DAY, "older"),
        ("b.zip", WITHOUT, DAY, "no export"),
    ],
)
def test_what_does_not_surely_replace_it_replaces_nothing(
    folder: Folder, name: str, text: str, ago: timedelta, why: str
) -> None:
    folder.put("a.vcf", WHOLE, 3 * DAY)
    folder.put(name, text, ago)
    assert "a.vcf" in folder.current(), why


def test_a_file_copied_anew_is_known_by_the_rev_of_its_cards(folder: Folder) -> None:
    folder.put("a.vcf", revised(NAMES, "2026-03-01T10:00:00Z"), 3 * DAY)
    folder.put("kopia.vcf", revised(NAMES[1:], "20250301T100000Z"), DAY)
    assert folder.current() == {"a.vcf", "kopia.vcf"}, "its cards are older: nobody can say which is on the phone"
    folder.put("ny.vcf", revised(NAMES[1:], "20260301T100000Z"), DAY / 2)
    assert folder.current() == {"ny.vcf"}


def test_the_day_in_a_name_counts_where_both_have_one(folder: Folder) -> None:
    folder.put("Kontakter 2026-02-11.vcf", WHOLE, DAY)
    folder.put("Kontakter 2026-02-10.vcf", WITHOUT, DAY / 2)  # downloaded later
    assert "Kontakter 2026-02-11.vcf" in folder.current()


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16", "latin-1"])
def test_exports_are_read_in_their_own_writing(folder: Folder, coding: str) -> None:
    folder.put("a.vcf", WHOLE.replace("Anna Ek", "Åsa Ek").replace("\r\n", "\n").encode(coding), 3 * DAY)
    folder.put("b.vcf", WITHOUT.replace("\r\n", "\r").encode(coding), DAY)
    assert folder.current() == {"b.vcf"}


def test_tables_are_exports_too(folder: Folder) -> None:
    rows = [f"{name},{number}" for number, name in enumerate(NAMES)]
    folder.put("a.csv", "\n".join(["Name,No", *rows]), 3 * DAY)
    folder.put("b.csv", "\n".join(["Name,No", *rows[1:]]), DAY)
    assert folder.current() == {"b.csv"}


class TestShown:
    """A task was given two days ago, when `a.vcf` was the newest."""

    SINCE = NOW - 2 * DAY

    @pytest.fixture
    def mark(self, folder: Folder) -> str:
        folder.put("a.vcf", WHOLE, 3 * DAY)
        with folder.phone() as phone:
            return phone.mark()

    def by(self, folder: Folder, mark: str) -> str | None:
        with folder.phone() as phone:
            shown = phone.shown(self.SINCE, mark)
        assert bool(shown.why) is (shown.by is None)
        return shown.by.path if shown.by is not None else None

    def test_a_newer_whole_export_shows_it(self, folder: Folder, mark: str) -> None:
        folder.put("b.vcf", WITHOUT, DAY)
        assert self.by(folder, mark) == "b.vcf"

    def test_one_that_was_saved_over_the_old_one_does_too(self, folder: Folder, mark: str) -> None:
        folder.put("a.vcf", WITHOUT, DAY)
        assert self.by(folder, mark) == "a.vcf"

    def test_what_lay_there_shows_nothing(self, folder: Folder, mark: str) -> None:
        assert self.by(folder, mark) is None

    def test_an_emptied_folder_shows_nothing(self, folder: Folder, mark: str) -> None:
        (folder.root / "a.vcf").unlink()
        assert self.by(folder, mark) is None

    @pytest.mark.parametrize("over", ["a.vcf", "b.vcf"])
    @pytest.mark.parametrize(
        ("text", "ago"),
        [
            (WITHOUT, 2.5 * DAY),  # newer than what lay there, older than the task
            (WITHOUT, 9 * DAY),
            ("", DAY),
            (WITHOUT[:-3], DAY),
            (CARD.format("Bo Dal", ""), DAY),
            (SOME, DAY),
            ("".join(CARD.format(f"Kund {n}", "") for n in range(9)), DAY),
        ],
    )
    def test_nor_does_what_is_older_or_not_whole_or_of_another_phone(
        self, folder: Folder, mark: str, text: str, ago: timedelta, over: str
    ) -> None:
        folder.put(over, text, ago)
        assert self.by(folder, mark) is None

    def test_an_export_between_the_task_and_what_it_was_given_for_shows_nothing(self, folder: Folder) -> None:
        """The task went on to a newer export that still had the contact, and that one was taken away."""
        folder.put("b.vcf", WHOLE, DAY)
        with folder.phone() as phone:
            mark = phone.mark()
        (folder.root / "b.vcf").unlink()
        folder.put("c.vcf", WITHOUT, 1.5 * DAY)
        assert self.by(folder, mark) is None

    def test_the_mark_names_nobody(self, mark: str) -> None:
        assert not any(name.split()[0] in mark for name in NAMES)

    def test_a_phone_that_hands_over_nothing_any_more_shows_nothing(self, folder: Folder, mark: str) -> None:
        with folder.phone(exports=None, syncs="konto") as phone:
            assert phone.shown(self.SINCE, mark).by is None


@pytest.mark.parametrize(("days", "told"), [(44, None), (46, "the newest export is 46 days old")])
def test_an_export_grows_old(folder: Folder, days: int, told: str | None) -> None:
    folder.put("a.vcf", WHOLE, days * DAY + timedelta(hours=1))
    with folder.phone() as phone:
        gaps = [one for one in walk_all(phone) if isinstance(one, Gap)]
    assert [gap.detail.removeprefix("by hand: ") for gap in gaps] == ([told] if told else [])


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"holder": "Eva"}, "syncs"),
        ({"holder": "Eva", "syncs": "konto", "exports": "/x"}, "syncs"),
        ({"holder": " ", "syncs": "konto"}, "holder"),
        ({"holder": "Eva", "exports": "/x", "stale_after_days": 0}, "stale_after_days"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, object], problem: str) -> None:
    (told,) = Phone.validate(settings)
    assert problem in told
