"""`find` and `show` over a folder and a real mirror of it: what backups hold, what is only there, what follows what."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from tests.conftest import Desk
from tests.scanner.backups.shop import ANNA, BO, CONFIG, Shop, at

LIST = f"Namn;E-post;Mobil\nAnna Ek;{ANNA};070-174 06 05\nBo Dal;{BO};070-174 06 06\n"
LONGER = LIST + "Cia Fors;cia@kund.example;070-174 06 07\n"


@pytest.fixture
def shop(desk: Desk) -> Shop:
    """Four files, backed up twice; then one was deleted, one changed, and it was backed up again."""
    (desk.root / "gallra.toml").write_text(CONFIG, encoding="utf-8")
    shop = Shop(desk)
    shop.write("Anna Ek/brev.txt", f"Hej, Anna Ek, {ANNA}\n")
    shop.write("Anna Ek/gammalt.txt", f"Gammalt brev. Anna Ek, {ANNA}\n")
    shop.write("Fakturor/f1.txt", f"Faktura till Anna Ek, {ANNA}\n")
    shop.write("lista.csv", LIST)
    shop.write("Bo Dal/brev.txt", f"Hej Bo Dal, {BO}\n")
    shop.back_up()
    shop.back_up()
    shop.remove("Anna Ek/gammalt.txt")
    shop.write("lista.csv", LONGER)
    shop.back_up()
    return shop


def test_what_backups_hold_stands_with_what_it_is_a_copy_of(shop: Shop) -> None:
    reports = shop.scan()
    assert reports["nas"]["read"] == 6  # of 13 names in three generations
    answer = shop.find()
    assert answer["gaps"] == []  # the mirror covers the source
    (letter,) = at(answer, "kunder", "Anna Ek/brev.txt")
    (copy,) = letter["backups"]
    assert (copy["backup"], copy["snapshots"], copy["state"]) == ("nas", 3, "open")
    assert at(answer, "nas", "Anna Ek/brev.txt") == []
    (invoice,) = at(answer, "kunder", "f1.txt")
    (copy,) = invoice["backups"]
    assert (copy["state"], copy["until"]) == ("held", "2099-12-31")
    text = shop.text(answer["case"]).out
    assert "also in the backup: nas, 3 snapshots" in text


def test_what_is_only_in_a_backup_is_a_finding_of_its_own(shop: Shop) -> None:
    shop.scan()
    answer = shop.find()
    (gone,) = at(answer, "nas", "Anna Ek/gammalt.txt")
    assert (gone["action"], gone["backups"][0]["snapshots"]) == ("remove", 2)
    (older,) = at(answer, "nas", "lista.csv")
    assert (older["action"], older["within"], older["backups"][0]["snapshots"]) == ("decide", ["row 1"], 2)
    (live,) = at(answer, "kunder", "lista.csv")
    assert live["action"] == "remove-record"
    assert live["backups"][0]["snapshots"] == 1
    text = shop.text(answer["case"]).out
    assert "only in the backup, deleted in its source or an older version: nas, 2 snapshots" in " ".join(text.split())
    folders = [one for one in answer["findings"] if one["kind"] == "folder"]
    assert [(one["source"], one["path"].rpartition("/")[2]) for one in folders] == [
        ("kunder", "Anna Ek"),
        ("nas", "Anna Ek"),
    ]
    assert not [one for one in answer["findings"] if "Bo Dal" in one["path"]]


def test_a_folder_of_another_time_with_her_name_may_be_another_persons(shop: Shop) -> None:
    place = shop.root / "nas/daily.9/localhost" / str(shop.root / "kunder").lstrip("/") / "Anna Ek/kvitto.txt"
    place.parent.mkdir(parents=True)
    place.write_text("Kvitto. Kund: Anna Ek\n")
    shop.scan()
    (found,) = at(shop.find(), "nas", "Anna Ek/kvitto.txt")
    assert (found["tier"], found["action"]) == ("possible", "decide")


def test_a_renamed_file_is_held_in_the_backup_under_its_old_name(shop: Shop) -> None:
    kunder = shop.root / "kunder"
    (kunder / "Anna Ek/brev.txt").rename(kunder / "Anna Ek/nytt namn.txt")
    shop.scan()
    answer = shop.find()
    (new,) = at(answer, "kunder", "nytt namn.txt")
    assert new["backups"] == []
    (old,) = at(answer, "nas", "Anna Ek/brev.txt")
    assert (old["action"], old["backups"][0]["snapshots"]) == ("remove", 3)


def test_one_decision_for_all_records_in_backups(shop: Shop) -> None:
    shop.scan()
    answer = shop.find()
    number = answer["case"]
    before = answer["plan"]
    drop = shop.desk("decide", number, "--backups", "drop", code=0)
    told = re.search(r"2 files in up to 2 snapshots, with (\d+) identifiers of other persons", drop.err)
    assert told is not None
    assert int(told[1]) >= 9  # name, address and phone of one person, and of two
    dropped = shop.show(number)
    assert dropped["plan"] != before
    (older,) = at(dropped, "nas", "lista.csv")
    assert older["action"] == "remove"
    (live,) = at(dropped, "kunder", "lista.csv")
    assert live["action"] == "remove-record"  # the live sheet keeps its other rows
    shop.desk("decide", number, "--backups", "ledger", "--reason", "de är snart borta", code=0)
    kept = shop.show(number)
    assert len({before, dropped["plan"], kept["plan"]}) == 3
    (older,) = at(kept, "nas", "lista.csv")
    assert (older["state"], older["action"]) == ("kept", "decide")
    assert "de är snart borta" in older["reason"]
    assert older["until"] is not None
    (live,) = at(kept, "kunder", "lista.csv")
    assert live["backups"][0]["state"] == "kept"
    shop.desk("decide", number, "--backups", "drop", "3", "erase", code=2)


def test_a_decision_on_the_original_covers_its_copies(shop: Shop) -> None:
    shop.scan()
    answer = shop.find()
    number, (letter,) = answer["case"], at(answer, "kunder", "Anna Ek/brev.txt")
    shop.desk("decide", number, str(letter["id"]), "keep", "--reason", "minne", code=0)
    (letter,) = at(shop.show(number), "kunder", "Anna Ek/brev.txt")
    assert (letter["state"], letter["backups"][0]["state"]) == ("kept", "kept")
    shop.desk("decide", number, str(letter["id"]), "erase", code=0)
    (letter,) = at(shop.show(number), "kunder", "Anna Ek/brev.txt")
    assert (letter["action"], letter["backups"][0]["state"]) == ("remove", "open")
    copy = letter["id"] + 3  # not listed, and there all the same
    refused = shop.desk("decide", number, str(copy), "keep", code=4)
    assert f"follows no {letter['id']}" in refused.err


def test_a_case_without_backups_asks_none(shop: Shop) -> None:
    shop.scan()
    number = shop.find()["case"]
    shop.desk("request", number, "--no-backups", code=0)
    answer = shop.show(number)
    assert {one["source"] for one in answer["findings"]} == {"kunder"}
    assert {one["source"] for one in answer["searched"]} == {"kunder"}
    assert all(one["backups"] == [] for one in answer["findings"])
    shop.desk("request", number, "--backups", code=0)
    answer = shop.show(number)
    assert "nas" in {one["source"] for one in answer["findings"]}


def test_a_page_tells_of_backups_in_both_languages(shop: Shop, tmp_path: Path) -> None:
    shop.scan()
    number = shop.find()["case"]
    shop.desk("show", number, "--html", str(tmp_path / "sida.html"), code=[0, 3])
    page = (tmp_path / "sida.html").read_text(encoding="utf-8")
    assert "även i nas: 3 ögonblicksbilder" in page
    assert "bara i nas" in page
    assert "Poster i säkerhetskopior" in page
    assert "version=" not in page.split("<h2>Genomsökt")[0].replace("lista.csv;version", "")


def test_scans_of_one_place_and_of_all(shop: Shop) -> None:
    only = shop.desk("scan", "nas", "--json", code=[0, 3]).json
    assert [one["source"] for one in only["sources"]] == ["nas"]
    both = shop.desk("scan", "--json", code=[0, 3]).json
    assert [(one["source"], one["read"]) for one in both["sources"]] == [("kunder", 4), ("nas", 0)]


def test_the_index_holds_nothing_that_can_be_read(shop: Shop) -> None:
    shop.scan()
    data = b"".join(path.read_bytes() for path in (shop.root / ".gallra").iterdir() if path.is_file())
    for word in ("Anna", "gammalt", "localhost", "daily", "kund.example"):
        assert word.encode() not in data
    tables = sqlite3.connect(shop.root / ".gallra/index.sqlite")
    assert tables.execute("SELECT count(*) FROM held").fetchone()[0] == 6
    tables.close()
