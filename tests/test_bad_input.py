"""Bad input of every kind, through the real command line: a clear message or a gap, nothing lost, a documented code.

That no traceback is shown is asserted by the desk that runs the commands.
"""

from __future__ import annotations

import ctypes
import os
import random
import resource
import signal
import sqlite3
import time
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

import pytest

from tests.conftest import Desk
from tests.little import ANNA, BO, CONFIG, HERS, Little, little, mail
from tests.promises.witness import only_hers_went, whole_or_less
from tests.world.office import docx
from tests.world.packing import zip_piece
from tests.world.papers import pdf, text

CODES = (0, 1, 2, 3, 4, 5)


@pytest.fixture
def company(desk: Desk) -> Little:
    return little(desk)


def gaps(run: Any) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in run["gaps"]:
        found.setdefault(one["path"], set()).add(one["reason"])
    return found


def places(run: Any) -> set[str]:
    return {one["path"] for one in run["findings"]}


# -- files ------------------------------------------------------------------------------------------------------------


def test_broken_files_are_gaps_and_cost_no_other_file(company: Little) -> None:
    letter = docx([f"Brev till {ANNA}"] * 40).data
    packed = zip_piece([("a.txt", text([f"Hej {ANNA}"] * 50))]).data
    written = {
        "tom.txt": b"",
        "tom.docx": b"",
        "tom.zip": b"",
        "kapad.docx": letter[: len(letter) // 2],
        "kapad.zip": packed[: len(packed) // 2],
        "kapad.pdf": pdf([([f"Hej {ANNA}"], None)]).data[:200],
        "fel.pdf": letter,  # a Word file that is called something else
        "fel.txt": packed,
        "fel.docx": f"Vanlig text om {ANNA}".encode(),
        "fel.csv": b"\x00\x01\x02" * 500,
        "brus.xlsx": random.Random(1).randbytes(4000),
        "nollor.txt": bytes(4000),
        "latin.txt": f"Hälsning till {ANNA}, åäö".encode("latin-1"),
        "utf16.txt": f"Hälsning till {ANNA}".encode("utf-16"),
        "rader.txt": f"{ANNA}\r{ANNA}\r\n".encode(),
        "lång.txt": b"x" * 3_000_000 + f" {ANNA} ".encode(),
    }
    for name, data in written.items():
        company.write(f"kunder/{name}", data)
    scanned = company.desk("scan", "--json", code=3).json
    assert sum(one["read"] for one in scanned["sources"]) == len(written)
    run = company.desk("find", "--no-case", "--json", ANNA, code=3).json
    told = gaps(run)
    for name in ("kapad.docx", "kapad.zip", "kapad.pdf", "brus.xlsx"):
        assert name in told, name
    for name in ("tom.txt", "tom.docx", "tom.zip"):
        assert name not in told, "what holds nothing hides nothing"
    for name in ("fel.pdf", "fel.txt", "fel.docx", "latin.txt", "utf16.txt", "rader.txt", "lång.txt"):
        assert name in places(run), name
    assert {"Anna Ek/avtal.txt", "lista.csv"} <= places(run)


def test_a_file_of_two_gigabytes_is_a_gap(company: Little) -> None:
    with open(company.root / "kunder/stor.txt", "wb") as stream:
        stream.truncate(2 << 30)
    company.desk("scan", code=3)
    run = company.desk("find", "--no-case", "--json", ANNA, code=3).json
    assert "stor.txt" in gaps(run)
    assert "Anna Ek/avtal.txt" in places(run)


def test_broken_mail_is_read_as_far_as_it_goes(company: Little) -> None:
    letters = {
        "charset": f"From: {ANNA}\nContent-Type: text/plain; charset=finns-inte\n\nHej \xe5\xe4\xf6\n".encode(
            "latin-1"
        ),
        "gräns": f"From: {ANNA}\nContent-Type: multipart/mixed; boundary=aaa\n\n--aaa\n\nHej\n--bbb\n".encode(),
        "utan": f"From: {ANNA}\nContent-Type: multipart/mixed\n\n--aaa\nHej\n".encode(),
        "base64": f"From: {ANNA}\nContent-Transfer-Encoding: base64\n\n!!!inte base64%%%\n".encode(),
        "huvud": f"From: =?utf-8?b?inte?= <{ANNA}>\nSubject: =?x?y?z?=\nDate: igår\nTo: <<<>>>, @,;\n\nx".encode(),
        "kapad": f"From: {ANNA}\nSubject: kap".encode(),
        "nollor": f"From: {ANNA}\n\nHej\0\0\0".encode(),
        "bara kropp": f"\n\nHej {ANNA}\n".encode(),
    }
    for name, data in letters.items():
        company.write(f"post/cur/17000002.{name}.x:2,S", data)
    company.desk("scan", code=[0, 3])
    run = company.desk("find", "--no-case", "--json", ANNA, code=[0, 3]).json
    assert "INBOX/17000002.charset.x" in places(run)
    missing = {f"INBOX/17000002.{name}.x" for name in letters} - places(run)
    assert missing <= set(gaps(run)), "found, or told that it could not be read"
    assert len(missing) <= 1


def test_a_mail_to_ten_thousand_is_shared_and_waits(company: Little) -> None:
    crowd = ", ".join(f"Person {n} <p{n}@kund.example>" for n in range(10_000))
    data = mail("Eva <eva@invex.example>", "Utskick", "Hej!").replace(
        b"To: info@invex.example", f"To: {ANNA}, {crowd}".encode()
    )
    company.write("post/cur/17000003.M1.x:2,S", data)
    company.desk("scan", code=[0, 3])
    run = company.desk("find", "--no-case", "--json", ANNA, code=[0, 3]).json
    (found,) = [one for one in run["findings"] if one["path"] == "INBOX/17000003.M1.x"]
    assert (found["tier"], found["ownership"], found["action"]) == ("certain", "shared", "decide")


# -- the configuration ------------------------------------------------------------------------------------------------


def test_five_mistakes_are_told_at_once(desk: Desk) -> None:
    desk.write(
        """
[agent]
stat = ".gallra"
region = "Sverige"
[company]
domains = "invex.example"
[[source]]
name = "kunder"
kind = "mapp"
path = "kunder"
[[source]]
name = "post"
kind = "maildir"
sokvag = "post"
"""
    )
    told = desk("scan", code=2).err
    assert len([line for line in told.splitlines() if "gallra.toml" in line]) >= 5
    for word in ("stat", "region", "domains", "mapp", "sokvag"):
        assert word in told
    assert not (desk.root / ".gallra").exists()


@pytest.mark.parametrize("content", ["", "[agent", "\xff\xfe", "agent = 1", "[[source]]\nname = 1\n"])
def test_a_broken_configuration(desk: Desk, content: str) -> None:
    (desk.root / "gallra.toml").write_bytes(content.encode("latin-1"))
    run = desk("scan", code=[0, 2])
    assert run.text.strip()


def test_no_configuration_at_all(desk: Desk) -> None:
    assert "gallra init" in desk("scan", code=2).err
    assert desk("find", ANNA, code=2).err


@pytest.mark.parametrize("arguments", [("finn", "x"), ("find", "--fel"), ("find",), ("erase",), ("decide", "1"), ()])
def test_a_slip_on_the_command_line(company: Little, arguments: tuple[str, ...]) -> None:
    run = company.desk(*arguments, code=[0, 2])
    assert run.text.strip()


def test_a_case_that_is_not_there(company: Little) -> None:
    for command in ("show", "erase", "verify"):
        assert company.desk(command, "2026-0042", code=2).err
    assert company.desk("decide", "42", "1", "keep", code=2).err
    assert company.desk("scan", "finns-inte", code=2).err


# -- the disk ---------------------------------------------------------------------------------------------------------


def _small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def test_a_full_disk_while_indexing_loses_nothing(company: Little) -> None:
    for number in range(400):
        company.write(
            f"kunder/fler/{number}.txt", f"Brev {number} från nummer{number}@kund.example om hylla{number}\n" * 9
        )
    run = company.desk("scan", code=1, preexec_fn=_small_files)
    assert "disk" in run.err
    assert company.desk("find", "--no-case", "--json", ANNA, code=[0, 3]).json["findings"]
    company.desk("scan", code=0)
    assert company.desk("find", "--no-case", "--json", "nummer399@kund.example", code=0).json["findings"]


def _like_anybody() -> None:
    """Root ignores the rights on files; without these capabilities (capabilities(7)) it does not."""
    for capability in (1, 2, 3):  # DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


@pytest.mark.parametrize("arguments", [("scan",), ("find", ANNA), ("erase", "1", "--yes")])
def test_a_state_folder_that_cannot_be_written(company: Little, arguments: tuple[str, ...]) -> None:
    company.find()
    before = company.files()
    state = company.root / ".gallra"
    for path in (*state.iterdir(), state):
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        run = company.desk(*arguments, preexec_fn=_like_anybody, code=[1, 2])
    finally:
        state.chmod(0o700)
    assert run.err.strip()
    assert "fault of its own" not in run.err
    assert company.files() == before


def test_a_state_folder_that_is_a_file(desk: Desk) -> None:
    (desk.root / "kunder").mkdir()
    (desk.root / "post").mkdir()
    (desk.root / ".gallra").write_text("x")
    assert "[agent] state" in desk.write(CONFIG)("scan", code=2).err


def test_an_index_that_is_not_there_yet(desk: Desk) -> None:
    (desk.root / "kunder").mkdir()
    (desk.root / "post").mkdir()
    assert "gallra scan" in desk.write(CONFIG)("find", ANNA, code=2).err


def test_the_wrong_key(company: Little) -> None:
    case, _ = company.find()
    before = company.files()
    key = company.root / "gallra.key"
    right = key.read_bytes()
    key.write_bytes(bytes(reversed(right.strip())) + b"\n")
    for arguments in (("find", ANNA), ("scan",), ("show", case), ("erase", case, "--yes")):
        assert "key" in company.desk(*arguments, code=2).err
    assert company.files() == before
    key.write_bytes(right)
    company.desk("show", case, code=[0, 3])


def test_the_key_is_gone(company: Little) -> None:
    """A new key would make what is there unreadable, so none is made."""
    (company.root / "gallra.key").unlink()
    assert "key" in company.desk("find", ANNA, code=2).err
    assert not (company.root / "gallra.key").exists()


_RARER = [pytest.param(how, marks=pytest.mark.prove) for how in ("noise", "empty")]


@pytest.mark.parametrize("how", ["cut", "middle", "text", *_RARER])
def test_a_damaged_index(company: Little, how: str) -> None:
    case, _ = company.find()
    before = company.files()
    path = company.root / ".gallra/index.sqlite"
    path.write_bytes(_damaged(path.read_bytes(), how))
    run = company.desk("find", ANNA, code=[1, 2, 3])
    assert "gallra scan" in run.text or "damaged" in run.text
    assert company.desk("scan", code=[0, 1, 2]).text.strip()
    assert company.desk("erase", case, "--yes").code in CODES
    assert set(before) - set(company.files()) <= HERS
    for leftover in (company.root / ".gallra").glob("index.sqlite*"):
        leftover.unlink()
    company.desk("scan", code=0)
    assert company.desk("find", "--no-case", BO, code=0).out, "what the message says helps"


@pytest.mark.parametrize("how", ["noise", "cut", "middle", "text"])
def test_damaged_cases(company: Little, how: str) -> None:
    case, _ = company.find()
    before = company.files()
    path = company.root / ".gallra/cases.sqlite"
    path.write_bytes(_damaged(path.read_bytes(), how))
    for arguments in (("show", case), ("erase", case, "--yes"), ("find", ANNA)):
        run = company.desk(*arguments)
        assert run.code in (1, 2), run.text
        assert "fault of its own" not in run.text
        assert run.err.strip()
    assert company.files() == before


def test_a_case_whose_seal_is_broken(company: Little) -> None:
    case, _ = company.find()
    with sqlite3.connect(company.root / ".gallra/cases.sqlite") as db:
        db.execute("UPDATE cases SET sealed = zeroblob(400)")
    db.close()
    assert case in company.desk("show", case, code=2).err


def _damaged(data: bytes, how: str) -> bytes:
    if how == "noise":
        return random.Random(3).randbytes(len(data))
    if how == "cut":
        return data[: len(data) // 2 + 100]
    if how == "middle":
        return data[:4096] + bytes(len(data) - 4096)
    return b"" if how == "empty" else b"Hej, jag ar en textfil.\n" * 200


# -- Ctrl-C -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seed", [1, pytest.param(2, marks=pytest.mark.prove), pytest.param(3, marks=pytest.mark.prove)]
)
def test_ctrl_c_at_any_moment_loses_nothing(company: Little, seed: int) -> None:
    rng = random.Random(seed)
    before = company.files()
    case, _ = company.find()
    began = time.monotonic()
    company.desk("--version", code=0)
    started = 1.5 * (time.monotonic() - began)  # before that, Ctrl-C is Python's own
    for name, arguments in (
        ("scan", ("scan", "--full")),
        ("find", ("find", ANNA)),
        ("erase", ("erase", case, "--yes")),
    ):
        for delay in [started + rng.uniform(0, 0.9) for _ in range(5)]:
            run = _interrupted(company, arguments, delay)
            assert run.code in CODES, f"{name}: {run.code} {run.text}"
            if "Stopped" in run.text:
                assert run.code == 3
    whole_or_less(before, company.files(), HERS)
    company.desk("scan", code=0)
    if company.desk("erase", case, "--yes", code=[0, 3, 4]).code == 4:
        company.desk("show", case)
        company.desk("erase", case, "--yes", code=[0, 3])
    only_hers_went(before, company.files())


def _interrupted(company: Little, arguments: tuple[str, ...], delay: float) -> Any:
    process = company.desk.start(*arguments, start_new_session=True)
    try:
        process.wait(delay)
    except TimeoutExpired:
        os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to the whole group
    return company.desk.ended(process)


# -- names ------------------------------------------------------------------------------------------------------------


def test_hostile_names_are_shown_harmless(company: Little) -> None:
    root = os.fsencode(company.root / "kunder")
    names = [b"a\x1b[2Jb.txt", "\u202egnp.txt".encode(), b"rad\nrad.txt", b"\xff\xfe.txt", b"-rf", "z\u200bz".encode()]
    for name in names:
        Path(os.fsdecode(os.path.join(root, name))).write_text(f"Brev till {ANNA}\n")
    company.desk("scan", code=0)
    case, run = company.find()
    assert len(places(run.json)) == len(names) + 6  # her folder bears her name too
    for shown in (company.desk("show", case, code=3).out, company.desk("erase", case, "--yes", code=0).text):
        assert not {"\x1b", "\u202e", "\u200b"} & set(shown)
    assert not set(os.listdir(root)) & set(names)
    assert {b"lista.csv", b"Bo Dal"} <= set(os.listdir(root))
