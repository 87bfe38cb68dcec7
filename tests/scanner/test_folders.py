"""Whose folder is it? The name on it does not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.folders import OwnFolders
from tests.scanner.shelf import ANNA_ID, BO_ID, Shelf, person, record

ASKED = ("anna@kund.example", "Anna Ek", ANNA_ID, "KND-10001")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "index.sqlite")


def owned(shelf: Shelf) -> set[str]:
    found = shelf.candidates(*ASKED)
    folders = OwnFolders(shelf.widen(*ASKED), found)
    return {one.item.path for one in found if folders.owns(one)}


@pytest.mark.parametrize(
    "folder",
    ["Anna Ek", "Kunder/Ek, Anna", "anna_ek", "ANNA EK 2024", "KND-10001", "knd-10001 altan", ANNA_ID, "850312-9804"],
)
def test_a_folder_that_bears_the_name_or_number_and_holds_a_strong_identifier(shelf: Shelf, folder: str) -> None:
    shelf.put(f"{folder}/avtal.txt", record(text="anna@kund.example"))
    shelf.put(f"{folder}/djupt/ner/kvitto.txt", record(text="Kund: Anna Ek"))
    assert owned(shelf) == {f"{folder}/avtal.txt", f"{folder}/djupt/ner/kvitto.txt"}


@pytest.mark.parametrize("folder", ["Johanna Ek", "Anna", "KND-100012", f"1{ANNA_ID}", "1972-01-01"])
def test_a_folder_that_bears_another_name_or_number(shelf: Shelf, folder: str) -> None:
    shelf.put(f"{folder}/avtal.txt", record(text="anna@kund.example"))
    assert owned(shelf) == set()


def test_the_name_alone_proves_nothing(shelf: Shelf) -> None:
    shelf.put("Anna Ek/kvitto.txt", record(text="Anna Ek"))
    assert owned(shelf) == set()


def test_a_namesakes_folder_is_not_hers(shelf: Shelf) -> None:
    """Only the namesake's things are in it."""
    namesake = person(name="Anna Ek", email="anna.e@posten.example", id=BO_ID)
    shelf.put("Anna Ek (Malmö)/avtal.txt", record(who=[namesake]))
    shelf.put("Anna Ek (Malmö)/kvitto.txt", record(text="Anna Ek"))
    shelf.put("Anna Ek/avtal.txt", record(text="anna@kund.example"))
    assert owned(shelf) == {"Anna Ek/avtal.txt"}


def test_a_mixed_folder_is_hers_only_where_she_is_surely_named(shelf: Shelf) -> None:
    shelf.put("Anna Ek/hennes.txt", record(text="anna@kund.example"))
    shelf.put("Anna Ek/namnens.txt", record(who=[person(name="Anna Ek", email="anna.e@posten.example")]))
    shelf.put("Anna Ek/kvitto.txt", record(text="Anna Ek"))
    assert owned(shelf) == {"Anna Ek/hennes.txt"}


def test_in_a_backup_a_folder_is_hers_where_a_snapshot_holds_both(shelf: Shelf) -> None:
    for name, text in (("brev", "anna@kund.example"), ("kvitto", "Anna Ek"), ("offert", "Anna Ek"), ("ny", "Anna Ek")):
        shelf.put(f"Anna Ek/{name}.txt", record(text=text))
    found = shelf.candidates(*ASKED)
    held = {"brev": 0b0110, "kvitto": 0b0011, "offert": 0b0001, "ny": 0b1000}
    for one in found:
        one.held = next(mask for name, mask in held.items() if name in one.item.path)
    folders = OwnFolders(shelf.widen(*ASKED), found)
    assert {one.item.path for one in found if folders.owns(one)} == {"Anna Ek/brev.txt", "Anna Ek/kvitto.txt"}


def test_a_shared_identifier_proves_nothing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "i")
    shelf.put("Anna Ek/a.txt", record(text="info@bolag.example Anna Ek"))
    found = shelf.candidates("info@bolag.example", "Anna Ek")
    folders = OwnFolders(shelf.widen("info@bolag.example", "Anna Ek"), found)
    assert not any(folders.owns(one) for one in found)


def test_a_mail_folder_is_nobodys(shelf: Shelf) -> None:
    shelf.put("Anna Ek/17", record(text="anna@kund.example"), mail=True)
    assert owned(shelf) == set()


def test_the_same_folder_name_in_another_place_is_another_folder(shelf: Shelf) -> None:
    shelf.put("2023/Anna Ek/avtal.txt", record(text="anna@kund.example"))
    shelf.put("2024/Anna Ek/kvitto.txt", record(text="Anna Ek"))
    assert owned(shelf) == {"2023/Anna Ek/avtal.txt"}


def test_a_list_with_her_row_makes_no_folder_hers(shelf: Shelf) -> None:
    """A namesake's folder: of the papers in it only a list for many names an address of the subject."""
    rows = [record("row 1", kind="row", text="anna@kund.example"), record("row 2", kind="row", text="bo@kund.example")]
    shelf.put("Anna Ek/klubben.csv", *rows)
    shelf.put("Anna Ek/kvitto.txt", record(text="Anna Ek"))
    assert "Anna Ek/kvitto.txt" not in owned(shelf)
