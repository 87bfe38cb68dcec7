"""The promises of the design that this version keeps, through the real command line; each test bears its number.

Not here: 2 (holds), 8 and 9 (backups), 10 (phones), 11 and 13 (surgery), 14; 7 is tests/connectors and tests/scanner.
"""

from __future__ import annotations

import os
import random
import signal
import struct
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import apsw
import pytest

from config.secrets import load_key
from scanner.detect.words import words_of
from scanner.index.codes import ID_TYPES
from scanner.index.pack import PATH, PATH_TOKEN, identifier_context
from scanner.index.seal import Keys, Sealer
from scanner.records import IdType
from tests.conftest import Desk
from tests.little import ANNA, BO, FILES, HERS, MAILS, Little, little, mail
from tests.world.office import xlsx
from tests.world.packing import zip_piece
from tests.world.papers import text

NAMESAKE = "anna.m.ek@posten.example"


@pytest.fixture
def company(desk: Desk) -> Little:
    return little(desk)


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
    after = company.files()
    assert set(before) - set(after) == HERS
    assert {path: before[path] for path in after} == after


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
    shown = company.desk("show", case, code=3).out
    assert "\u202e" not in shown
    assert "\\u202e" in shown
    company.desk("erase", case, "--yes", code=3)
    after = company.files()
    assert len(before) - len(after) == len(HERS) + len(HOSTILE)
    assert {path: before[path] for path in after} == after
    assert sum(path.endswith("/granne") for path in after) == len(HOSTILE)


@pytest.mark.parametrize("nothing", ["", " ", "*", "%", "--name=*", "--email="])
def test_3_an_empty_selector_is_refused(company: Little, nothing: str) -> None:
    company.desk("find", nothing, code=2)


# -- 4 and 16: what changes between plan and run ----------------------------------------------------------------------


def test_4_an_item_that_changed_is_skipped_and_stays(company: Little) -> None:
    before = company.files()
    case, _ = company.find()
    company.write("kunder/Anna Ek/avtal.txt", f"Avtal med Anna Ek, {ANNA}, och Bo Dal, {BO}.\n")
    run = company.desk("erase", "--json", case, "--yes", code=3).json
    after = company.files()
    assert set(before) - set(after) == HERS - {"kunder/Anna Ek/avtal.txt"}
    state = next(one for one in run["findings"] if one["path"] == "Anna Ek/avtal.txt")
    assert (state["state"], state["action"]) == ("open", "decide"), "it names another person now"


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
    company.desk("erase", case, "--yes", code=3)
    assert not new.exists()


# -- 5: kill -9 -------------------------------------------------------------------------------------------------------

MANY = {f"kunder/Anna Ek/brev {number:03d}.txt": f"Brev {number} till {ANNA}\n" for number in range(60)}


def test_5_killed_at_random_moments_one_more_run_comes_to_the_same_end(company: Little) -> None:
    assert killed(company, 10) >= 10


@pytest.mark.prove
def test_5_killed_a_hundred_times(company: Little) -> None:
    assert killed(company, 100, seed=2) >= 100


def killed(company: Little, wanted: int, seed: int = 1) -> int:
    """Kill `erase` again and again; when one run ends by itself, look at its end and start anew. Counts kills."""
    rng, kills = random.Random(seed), 0
    doomed = HERS | set(MANY)
    while kills < wanted:
        _restock(company)
        before = company.files()
        case, run = company.find()
        assert len(company.planned(run)) == len(doomed)
        for _ in range(wanted - kills + 2):
            if not _killed(company, case, rng):
                break
            kills += 1
            left = company.files()
            assert set(before) - set(left) <= doomed, "no kill takes anything else along"
            assert {path: before[path] for path in left} == left
        _finish(company, case)
        left = company.files()
        assert set(before) - set(left) == doomed
        assert {path: before[path] for path in left} == left
        _all_told(company, case, doomed)
    return kills


def _killed(company: Little, case: str, rng: random.Random) -> bool:
    """Kill one run, some files into its work or behind it; False where it ended by itself."""
    folder = company.root / "kunder/Anna Ek"
    enough = _count(folder) - rng.randrange(0, 8)
    process = company.desk.start("erase", case, "--yes", start_new_session=True)
    while process.poll() is None and 0 < _count(folder) > enough:
        time.sleep(0.001)
    time.sleep(rng.random() * rng.choice((0.003, 0.03, 0.3)))
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    ended = company.desk.ended(process)
    assert ended.code in (0, 3, 4, -signal.SIGKILL), ended.text
    return alive


def _count(folder: Path) -> int:
    return len(os.listdir(folder)) if folder.exists() else 0


def _all_told(company: Little, case: str, doomed: set[str]) -> None:
    end = company.desk("show", "--json", case, code=3).json
    ours = {path.partition("/")[2] for path in doomed if path.startswith("kunder/")}
    told = states(end)
    assert {told[path] for path in ours} == {"erased"}
    assert {state for path, state in told.items() if path.startswith("INBOX/")} == {"erased"}
    assert not [one for one in end["findings"] if one["action"] == "remove" and one["state"] != "erased"]
    company.desk("audit", "verify", code=0)


def _finish(company: Little, case: str) -> None:
    """One more run. Where the last kill fell after the states were saved, the rest of the plan is shown first."""
    if company.desk("erase", case, "--yes", code=[0, 3, 4]).code == 4:
        company.desk("show", case)
        company.desk("erase", case, "--yes", code=[0, 3])


def _restock(company: Little) -> None:
    for path, content in ({f"kunder/{name}": content for name, content in FILES.items()} | MANY).items():
        company.write(path, content)
    for path, (sender, subject, content) in MAILS.items():
        company.write(path, mail(sender, subject, content))
    company.desk("scan", code=0)


def test_6_a_folder_swapped_for_a_symlink_leaves_the_file_outside(company: Little, tmp_path: Path) -> None:
    case, _ = company.find()
    inside, outside = company.root / "kunder/Anna Ek", tmp_path / "utanför"
    inside.rename(outside)
    inside.symlink_to(outside)
    before = {path.name: path.read_bytes() for path in outside.iterdir()}
    run = company.desk("erase", "--json", case, "--yes").json
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == before
    assert {state for path, state in states(run).items() if path.startswith("Anna Ek/")} & {"erased"} == set()


def test_12_quoted_replies_zip_in_mail_and_mail_in_mail(company: Little) -> None:
    inner = mail(f"Anna Ek <{ANNA}>", "Inre", "Hej")
    letters = {
        "citat": mail("Eva <eva@invex.example>", "Sv", f"Se nedan.\n\n> Den 3 mars skrev {ANNA}:\n>> Hej\n"),
        "zip": _attached(zip_piece([("in/brev.txt", text([f"Hej {ANNA}"]))]).data, "application", "zip", "a.zip"),
        "brev": _attached(inner, "message", "rfc822", "a.eml"),
        "djup": _attached(zip_piece([("b.eml", _piece(inner))]).data, "application", "zip", "b.zip"),
    }
    for name, data in letters.items():
        company.write(f"post/cur/17000001.{name}.x:2,S", data)
    company.desk("scan", code=0)
    _, run = company.find()
    places = {(one["path"], tuple(one["within"])): one["tier"] for one in run.json["findings"]}
    assert places["INBOX/17000001.citat.x", ()] == "certain"
    assert places["INBOX/17000001.zip.x", ("attachment 1: a.zip", "member in/brev.txt")] == "certain"
    brev = [steps for path, steps in places if path == "INBOX/17000001.brev.x"]
    djup = [steps for path, steps in places if path == "INBOX/17000001.djup.x"]
    assert any(steps and steps[0].startswith("attachment 1") for steps in brev)
    assert any(steps[1:2] == ("member b.eml",) for steps in djup)


def _piece(data: bytes) -> Any:
    from tests.world.truth import Piece

    return Piece(data)


def _attached(data: bytes, main: str, sub: str, name: str) -> bytes:
    """A mail between two of the staff with something in it."""
    import email
    from email import policy
    from email.message import EmailMessage

    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "eva@invex.example", "olle@invex.example", "Vb"
    message.set_content("Se bilagan.")
    if main == "message":
        message.add_attachment(email.message_from_bytes(data, policy=policy.default), filename=name)
    else:
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


# -- 15: what leaves the index ----------------------------------------------------------------------------------------

CILLA = "cilla.frost@kund.example"
HER_PATHS = ("Cilla Frost/avtal.txt", "Cilla Frost/brev.txt")
HER_TEXT = f"Avtal med Cilla Frost, {CILLA}, 070-174 06 09, 19850312-9804. Hon vill ha en gladpackspergola.\n"


def test_15_after_erasing_nothing_of_hers_is_in_the_index(company: Little) -> None:
    """With the key in hand: no token, no sealed value and no plain string, in the file, its journal and its memory."""
    for path in HER_PATHS:
        company.write(f"kunder/{path}", HER_TEXT)
    company.desk("scan", code=0)
    traces = _traces(company)
    assert len(traces) > 20
    before = _index_bytes(company)
    unseen = [name for name, trace in traces.items() if trace not in before and not name.startswith("plain")]
    assert not unseen, "the test looks for what really was there"
    assert _words_found(company) == {"cilla", "frost", "gladpackspergola"}
    case, run = company.find(CILLA, "Cilla Frost", "070-174 06 09", "19850312-9804")
    assert company.planned(run) == set(HER_PATHS)
    company.desk("erase", case, "--yes", code=3)
    (company.root / "kunder/Cilla Frost").rmdir()  # it bears her name: what this version leaves to a person
    company.desk("verify", case, code=0)
    after = _index_bytes(company)
    assert not [name for name, trace in traces.items() if trace in after]
    assert _words_found(company) == set()
    assert _index_bytes(company), "the index is still there"
    assert company.desk("find", "--no-case", "--json", ANNA, code=0).json["findings"]


def _sealer(company: Little) -> Sealer:
    return Sealer(Keys.derive(load_key("file:gallra.key", company.root)))


def _traces(company: Little) -> dict[str, bytes]:
    """Bytes by what they are."""
    sealer = _sealer(company)
    values = {
        IdType.EMAIL: CILLA,
        IdType.PHONE: "+46701740609",
        IdType.NATIONAL_ID: "198503129804",
    }
    found: dict[str, bytes] = {}
    for kind, value in values.items():
        found[f"token {kind}"] = struct.pack(">q", sealer.token(kind.value, value))
        found[f"sealed {kind}"] = sealer.seal_text(value, identifier_context(ID_TYPES[kind]))
    for path in HER_PATHS:
        found[f"path token {path}"] = struct.pack(">q", sealer.token(PATH_TOKEN, path))
        found[f"sealed path {path}"] = sealer.seal_text(path, PATH)
    found["content"] = sealer.content(HER_TEXT.encode())
    for word in ("cilla", "frost", "gladpackspergola"):  # FTS5 leaves out what a term shares with the one before
        found[f"word {word}"] = sealer.word(word)[3:].encode()
    for plain in (CILLA, "Cilla", "cilla", "Frost", "701740609", "850312", "gladpackspergola", *HER_PATHS):
        found[f"plain {plain}"] = plain.encode()
    return found


def _index_bytes(company: Little) -> bytes:
    state = company.root / ".gallra"
    return b"\0".join(path.read_bytes() for path in sorted(state.glob("index.sqlite*")))


def _words_found(company: Little) -> set[str]:
    sealer = _sealer(company)
    db = apsw.Connection(str(company.root / ".gallra/index.sqlite"))
    try:
        return {word for word in words_of(["Cilla Frost gladpackspergola"]) if _matches(db, sealer.word(word))}
    finally:
        db.close()


def _matches(db: apsw.Connection, token: str) -> list[Any]:
    found: Iterable[Any] = db.execute("SELECT rowid FROM words WHERE words MATCH ?", (f'"{token}"',))
    return list(found)


def test_17_anna_in_row_1_and_andersson_in_row_500_are_no_anna_andersson(company: Little) -> None:
    rows: list[tuple[list[str], None]] = [([f"Hylla {number}", "skruv"], None) for number in range(1, 501)]
    rows[0], rows[499] = (["Hylla 1", "Anna"], None), (["Hylla 500", "Andersson"], None)
    company.write("kunder/lager.xlsx", xlsx([("Lager", ["Plats", "Vara"], rows)]).data)
    company.write("kunder/lager.txt", "Anna hämtade.\n" + "Skruv.\n" * 500 + "Andersson betalade.\n")
    company.write("kunder/brev.txt", "Brev från Anna Andersson.\n")
    company.desk("scan", code=0)
    run = company.desk("find", "--no-case", "--json", "Anna Andersson", code=0).json
    assert [one["path"] for one in run["findings"]] == ["brev.txt"]
