"""Promises 1, 3, 4, 6, 16 and 17 through the real command line: nobody else's data, and only what was seen.

Of the changes between plan and run (4) and of links (6) there is more in tests/scanner/test_surgery_disturbed.py, for
items that are rewritten; the connector's own part is in tests/connectors/test_folder.py.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import pytest

from tests.little import ANNA, BO, HERS, Little, mail
from tests.promises.witness import LIST, SPARED, only_hers_went
from tests.world.office import xlsx

NAMESAKE = "anna.m.ek@posten.example"
TWO = (NAMESAKE, ANNA)
ROWS = (f"{NAMESAKE};19720101-9820", f"{ANNA};19850312-9804")


def states(run: Any) -> dict[str, str]:
    return {one["path"]: one["state"] for one in run["findings"] if not one["within"]}


def test_1_a_namesakes_data_is_byte_for_byte_the_same(company: Little) -> None:
    theirs = {
        "kunder/Anna Ek (Malmö)/avtal.txt": f"Avtal med Anna Ek, {NAMESAKE}, 19720101-9820.\n",
        "kunder/Anna Ek (Malmö)/kvitto.txt": "Kvitto. Kund: ANNA EK\n",
        "kunder/kort.vcf": f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna Ek\r\nEMAIL:{NAMESAKE}\r\nEND:VCARD\r\n",
    }
    for path, content in theirs.items():
        company.write(path, content)
    company.write("post/cur/1700000009.M9P1.x:2,S", mail(f"Anna Ek <{NAMESAKE}>", "Hej", "Hej!"))
    company.desk("scan", code=0)
    before = company.files()
    case, _ = company.find(ANNA, "Anna Ek")
    company.desk("erase", case, "--yes", code=3)
    only_hers_went(before, company.files())
    assert not (company.root / "kunder/Anna Ek").exists(), "her folder bore her name and nothing was left in it"
    assert (company.root / "kunder/Anna Ek (Malmö)").exists()


def test_1_a_namesakes_row_card_and_message_stay_in_what_is_rewritten(company: Little) -> None:
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna Ek\r\nEMAIL:{}\r\nEND:VCARD\r\n"
    company.write("kunder/kort.vcf", card.format(NAMESAKE) + card.format(ANNA))
    company.write("kunder/rader.csv", "Namn;E-post;Personnr\n" + "".join(f"Anna Ek;{one}\n" for one in ROWS))
    letters = [b"From x Mon Mar  2 10:00:00 2026\n" + mail(f"Anna Ek <{one}>", "Hej", "Hej!") + b"\n" for one in TWO]
    company.write("kunder/post.mbox", b"".join(letters))
    company.desk("scan", code=0)
    case, _ = company.find(ANNA)
    company.desk("erase", case, "--yes", code=[0, 3])
    root = company.root / "kunder"
    assert (root / "kort.vcf").read_bytes() == card.format(NAMESAKE).encode()
    with (root / "rader.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream, delimiter=";"))[1:] == [["Anna Ek", *ROWS[0].split(";")]]
    assert (root / "post.mbox").read_bytes() == letters[0]


HOSTILE = [
    b"*",
    b"?",
    b"[a-z]*",
    b"-rf",
    b"--help",
    b"%",
    b"_",
    b"%41nna",
    b"a\nb",
    b"..x",
    b"x..",
    b"...",
    b"a!b:c;d",
    b"\xff\xfe not utf-8",
    "\u202egnp.txt".encode(),
    b"'; DROP TABLE item; --",
    b" ",
    b"~",
    b"$(true)",
    b"a\\b",
    b"x" * 251 + b".txt",
]


def test_3_hostile_names_touch_no_sibling(company: Little) -> None:
    root = os.fsencode(company.root / "kunder")
    for name in HOSTILE:
        folder = os.path.join(root, b"udda", name[:200])
        os.makedirs(folder)
        for path, who in ((os.path.join(folder, name), ANNA), (os.path.join(folder, b"granne"), BO)):
            Path(os.fsdecode(path)).write_text(f"Brev fran {who}\n")
    company.desk("scan", code=0)
    before = company.files()
    case, run = company.find()
    assert len(company.planned(run)) == len(HERS) + len(HOSTILE)
    shown = company.desk("show", case).out
    assert "\u202e" not in shown
    assert "\\u202e" in shown
    company.desk("erase", case, "--yes", code=0)
    after = company.files()
    assert len(before) - len(after) == len(HERS) + len(HOSTILE)
    only_hers_went(before, after, set(before) - set(after))
    assert sum(path.endswith("/granne") for path in after) == len(HOSTILE)


@pytest.mark.parametrize("nothing", ["", " ", "*", "%", "--name=*", "--email="])
def test_3_an_empty_selector_is_refused(company: Little, nothing: str) -> None:
    company.desk("find", nothing, code=2)


def test_4_an_item_that_changed_is_skipped_and_stays(company: Little) -> None:
    case, _ = company.find()
    company.write("kunder/Anna Ek/avtal.txt", f"Avtal med Anna Ek, {ANNA}, och Bo Dal, {BO}.\n")
    before = company.files()
    run = company.desk("erase", "--json", case, "--yes", code=3).json
    only_hers_went(before, company.files(), HERS - {"kunder/Anna Ek/avtal.txt"})
    state = next(one for one in run["findings"] if one["path"] == "Anna Ek/avtal.txt")
    assert (state["state"], state["action"]) == ("open", "decide"), "it names another person now"


def test_4_a_list_that_changed_is_not_rewritten_until_it_was_shown_again(company: Little) -> None:
    case, _ = company.find()
    path = company.root / LIST
    changed = path.read_bytes() + b"Cia Lo;cia@kund.example;070-174 06 07\n"
    path.write_bytes(changed)
    run = company.desk("erase", "--json", case, "--yes", code=3).json
    assert path.read_bytes() == changed
    (row,) = (one for one in run["findings"] if one["path"] == "lista.csv")
    assert (row["state"], row["action"], row["within"]) == ("open", "remove-record", ["row 1"])
    company.desk("show", case, code=3)
    company.desk("erase", case, "--yes", code=0)
    assert path.read_bytes() == SPARED + b"Cia Lo;cia@kund.example;070-174 06 07\n"


def test_4_other_content_of_the_same_size_and_time_is_not_erased(company: Little) -> None:
    case, _ = company.find()
    path = company.root / "kunder/Anna Ek/avtal.txt"
    state, data = path.stat(), path.read_bytes()
    with path.open("r+b") as stream:  # in its place: the same inode
        stream.write(data.replace(ANNA.encode(), b"bea.ek.e@kund.example"[: len(ANNA)]))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    kept = path.read_bytes()
    assert kept != data
    company.desk("erase", case, "--yes", code=[0, 3])
    assert path.read_bytes() == kept


def test_16_a_mail_that_moved_is_found_there_and_replanned(company: Little) -> None:
    case, _ = company.find()
    old = company.root / "post/cur/1700000001.M1P1.x:2,S"
    new = company.root / "post/.Arkiv/cur" / old.name
    old.rename(new)
    run = company.desk("erase", "--json", case, "--yes", code=3).json
    places = {one["path"]: (one["state"], one["action"]) for one in run["findings"]}
    assert new.exists(), "not in the plan that was approved"
    assert places["Arkiv/1700000001.M1P1.x"] == ("open", "remove")
    company.desk("show", case, code=3)
    company.desk("erase", case, "--yes", code=0)
    assert not new.exists()


def test_6_a_folder_swapped_for_a_symlink_leaves_the_file_outside(company: Little, tmp_path: Path) -> None:
    case, _ = company.find()
    inside, outside = company.root / "kunder/Anna Ek", tmp_path / "utanför"
    inside.rename(outside)
    inside.symlink_to(outside)
    before = {path.name: path.read_bytes() for path in outside.iterdir()}
    run = company.desk("erase", "--json", case, "--yes").json
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == before
    assert {state for path, state in states(run).items() if path.startswith("Anna Ek/")} & {"erased"} == set()


def test_17_anna_in_row_1_and_andersson_in_row_500_are_no_anna_andersson(company: Little) -> None:
    rows: list[tuple[list[str], None]] = [([f"Hylla {number}", "skruv"], None) for number in range(1, 501)]
    rows[0], rows[499] = (["Hylla 1", "Anna"], None), (["Hylla 500", "Andersson"], None)
    company.write("kunder/lager.xlsx", xlsx([("Lager", ["Plats", "Vara"], rows)]).data)
    company.write("kunder/lager.txt", "Anna hämtade.\n" + "Skruv.\n" * 500 + "Andersson betalade.\n")
    company.write("kunder/brev.txt", "Brev från Anna Andersson.\n")
    company.desk("scan", code=0)
    run = company.desk("find", "--no-case", "--json", "Anna Andersson", code=0).json
    assert [one["path"] for one in run["findings"]] == ["brev.txt"]
