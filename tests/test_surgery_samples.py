"""A person taken out of real files through the real command line: by the truth, only their records went."""

from __future__ import annotations

import csv
import gzip
import io
import json
import mailbox
import re
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree, html

from tests.conftest import Desk
from tests.samples import SAMPLES, TRUTH, needs_samples

CONFIG = (
    '[agent]\nstate = ".gallra"\nkey = "file:gallra.key"\n'
    '[[source]]\nname = "prov"\nkind = "folder"\nbackup = "none"\npath = "prov"\n'
)
PERSONS = ("annaandersson", "allanbjork", "ayalindstrom", "khalidlindstrom", "natalieaberg", "selammhansen")
OPTIONS = {"names": "--name", "emails": "--email", "phones": "--phone", "ids": "--customer"}

pytestmark = needs_samples

Records = dict[str, Counter[str]]  # by file: its records, as another parser gives them, and how often each stands there


def _truth(area: str, person: str) -> dict[str, Any]:
    found = json.loads((TRUTH / f"{area}__{person}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def _asked(truth: dict[str, Any]) -> list[str]:
    who = truth["person"]
    return [part for key, option in OPTIONS.items() for value in who.get(key, ()) for part in (option, value)]


def _case(desk: Desk, truth: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    desk.write(CONFIG)("scan", code=[0, 3])
    answer = desk("find", "--json", *_asked(truth), code=[0, 3]).json
    return answer["case"], answer["findings"]


def _erased(desk: Desk, case: str) -> list[dict[str, Any]]:
    answer = desk("erase", "--json", case, "--yes", code=[0, 3]).json
    assert isinstance(answer["findings"], list)
    return answer["findings"]


def _decided(desk: Desk, case: str, findings: list[dict[str, Any]]) -> set[int]:
    """A person says of what is surely theirs, though it names others too, that it goes; those that cannot go."""
    waits = [one for one in findings if one["action"] == "decide" and one["tier"] == "certain"]
    sure = {one["id"] for one in waits if Path(one["path"]).suffix not in _NOT_EDITED}
    if not sure:
        return set()
    run = desk("decide", case, *map(str, sorted(sure)), "erase", code=[0, 3, 4])
    refused = {int(number) for number in re.findall(r"(?m)^no (\d+): it cannot be taken out", run.text)}
    if refused and sure - refused:
        desk("decide", case, *map(str, sorted(sure - refused)), "erase", code=[0, 3])
    return refused


def _copied(desk: Desk, area: str) -> Path:
    folder = desk.root / "prov"
    shutil.copytree(SAMPLES / area, folder, copy_function=shutil.copyfile)
    return folder


# -- the other parsers ------------------------------------------------------------------------------------------------


def _cards(data: bytes) -> list[str]:
    return [one.decode("latin-1") for one in re.findall(rb"(?ms)^BEGIN:VCARD\s.*?^END:VCARD", data)]


def _rows(data: bytes) -> list[str]:
    codec = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig" if _is_utf8(data) else "latin-1"
    text = data.decode(codec)
    delimiter = csv.Sniffer().sniff(text.splitlines()[0], ",;\t").delimiter
    return ["\x1f".join(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _book(data: bytes) -> list[str]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [f"{sheet.title} {row}" for sheet in book.worksheets for row in sheet.iter_rows(values_only=True)]


def _ods(data: bytes) -> list[str]:
    rows = etree.fromstring(_member(data, "content.xml")).iter("{*}table-row")
    return ["\x1f".join(_said(cell) for cell in row) for row in rows]


def _member(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def _said(one: Any) -> str:
    return "".join(one.itertext())


def _word(data: bytes) -> list[str]:
    body = etree.fromstring(_member(data, "word/document.xml"))
    rows = ["\x1f".join(_said(cell) for cell in row.iter("{*}tc")) for row in body.iter("{*}tr")]
    rows += [
        _said(one) for one in body.iter("{*}p") if not any(above.tag == f"{_W}tr" for above in one.iterancestors())
    ]
    return rows


def _page(data: bytes) -> list[str]:
    return ["\x1f".join(_said(cell) for cell in row) for row in html.document_fromstring(data).iter("tr")]


def _zip(data: bytes) -> list[str]:
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            inner = archive.read(info)
            found.append(f"{info.filename} {info.date_time} {info.external_attr} {info.compress_type}")
            found += [f"{info.filename} {one}" for one in _records(info.filename, inner)]
    return found


_PARSERS: dict[str, Callable[[bytes], list[str]]] = {
    ".vcf": _cards, ".csv": _rows, ".tsv": _rows, ".xlsx": _book, ".ods": _ods, ".docx": _word, ".html": _page,
    ".zip": _zip,
}  # fmt: skip


def _records(name: str, data: bytes) -> list[str]:
    parse = _PARSERS.get(Path(name).suffix)
    return parse(data) if parse is not None else [data.decode("latin-1")]


def _all(folder: Path) -> Records:
    return {path.name: Counter(_records(path.name, path.read_bytes())) for path in folder.iterdir()}


# -- phones and registers ---------------------------------------------------------------------------------------------

_NOT_EDITED = {".pdf", ".json"}  # their kinds have no editor: a person decides


@pytest.mark.parametrize("person", [*PERSONS[:2], *(pytest.param(one, marks=pytest.mark.prove) for one in PERSONS[2:])])
@pytest.mark.parametrize("area", ["composed_contacts", "composed_sheets"])
def test_only_their_cards_and_rows_leave(area: str, person: str, desk: Desk) -> None:
    truth = _truth(area, person)
    folder = _copied(desk, area)
    before = _all(folder)
    case, findings = _case(desk, truth)
    assert _decided(desk, case, findings) == set()
    states = _erased(desk, case)
    waits = [one for one in states if one["state"] != "erased" and one["tier"] == "certain"]
    after = _all(folder)
    assert before.keys() == after.keys()
    due = Counter(re.split(r"[#!/]", one)[0] for one in truth["must_find"])
    for name in before:
        lost, new = before[name] - after[name], after[name] - before[name]
        editable = Path(name).suffix not in _NOT_EDITED
        assert lost.total() == due[name] * editable, name
        assert not any(_is_theirs(one, truth) for one in new), name
        assert new.total() <= lost.total(), "blank rows of sheets, and rows that the person left"
        assert all(_is_theirs(one, truth) for one in lost), name
    told = {(one["path"], one["action"]) for one in waits}
    assert {Path(path).suffix for path, _ in told} <= _NOT_EDITED
    assert {path for path, _ in told} == {name for name in due if Path(name).suffix in _NOT_EDITED}


def _is_theirs(record: str, truth: dict[str, Any]) -> bool:
    """A mail address, a phone or the name stands in it, by letters and digits alone."""
    joined = re.sub(r"=\r?\n", "", record).lower()
    digits = re.sub(r"\D", "", record)
    who = truth["person"]
    return (
        any(one.lower() in joined for one in who["emails"])
        or any(re.sub(r"\D", "", one)[-9:] in digits for one in who["phones"])
        or any(all(part.lower() in joined for part in one.split()) for one in who["names"])
    )


# -- mail -------------------------------------------------------------------------------------------------------------


def _letters(path: Path, work: Path) -> list[bytes]:
    box = work / "box"
    box.write_bytes(gzip.decompress(path.read_bytes()))
    opened = mailbox.mbox(box, create=False)
    try:
        return [opened.get_message(key).get_from().encode() + b"\n" + opened.get_bytes(key) for key in opened.keys()]  # noqa: SIM118
    finally:
        opened.close()


def _number(name: str) -> int:
    """The place in the mailbox of a mail of the maildir: `1717500000013.M13P1` is message 14 there."""
    match = re.search(r"\.M(\d+)P", name)
    assert match is not None
    return int(match[1])


@pytest.mark.parametrize("person", PERSONS[:2])
def test_only_their_mails_leave_the_packed_mailbox(person: str, desk: Desk, tmp_path: Path) -> None:
    truth = _truth("composed_mail", person)
    (desk.root / "prov").mkdir()
    packed = desk.root / "prov" / "all.mbox.gz"
    shutil.copyfile(SAMPLES / "composed_mail" / packed.name, packed)
    before = _letters(packed, tmp_path)
    case, findings = _case(desk, truth)
    whole = [one["id"] for one in findings if len(one["within"]) == 2 and one["action"] == "decide"]
    whole = [one["id"] for one in findings if one["id"] in whole and one["tier"] == "certain"]
    assert whole
    desk("decide", case, *map(str, whole), "erase", code=[0, 3])
    states = {one["id"]: one for one in _erased(desk, case)}
    assert {states[number]["state"] for number in whole} == {"erased"}
    after = _letters(packed, tmp_path)
    theirs = {_number(one) for key in ("must_find", "may_find") for one in truth[key]}
    left = Counter(after)
    missing = [number for number, letter in enumerate(before) if left[letter] < Counter(before)[letter]]
    assert set(missing) <= theirs
    erased = [one for one in states.values() if one["state"] == "erased"]
    assert {int(one["within"][1].split()[1]) - 1 for one in erased} == set(missing)
    assert len(after) == len(before) - len(whole)
    again = desk("find", "--json", "--no-case", *_asked(truth), code=[0, 3]).json["findings"]
    assert len(again) <= len(states) - len(erased)


# -- calendars --------------------------------------------------------------------------------------------------------

_COMPONENT = re.compile(rb"(?ms)^BEGIN:(VEVENT|VTODO|VJOURNAL|VFREEBUSY)\s.*?^END:\1")


@pytest.mark.parametrize("person", sorted(one.stem.partition("__")[2] for one in TRUTH.glob("calendars__*.json")))
def test_only_they_leave_the_calendars(person: str, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    truth = _truth("calendars", person)
    folder = _copied(desk, "calendars")
    before = _calendars(folder)
    case, known = _case(desk, truth)
    refused = _decided(desk, case, known)
    with capsys.disabled():
        print(f"\n{truth['case']}: {len(known)} findings, {len(refused)} cannot leave their files")
    findings = _erased(desk, case)
    after = _calendars(folder)
    theirs = {one.partition("#")[0] for key in ("must_find", "may_find") for one in truth.get(key, ())}
    for path, old in before.items():
        touched = [one for one in findings if one["path"] == path and one["state"] == "erased"]
        if not touched:
            assert after[path] == old, path
            continue
        assert path in theirs
        if any(not one["within"] and one["action"] == "remove" for one in touched):
            assert path not in after
            continue
        lost, new = _events(old) - _events(after.get(path, b"")), _events(after.get(path, b"")) - _events(old)
        assert all(_names(one, truth) for one in lost), path
        assert not any(_mails(one, truth) for one in new), path
        told = " ".join(step for one in touched for step in one["within"])
        assert all(_uid(one) in told for one in lost), path
    sure = {one["id"] for one in findings if one["tier"] == "certain"}
    assert sure - refused == {one["id"] for one in findings if one["state"] == "erased"}


def _calendars(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _events(data: bytes) -> Counter[bytes]:
    return Counter(match.group() for match in _COMPONENT.finditer(data))


def _uid(event: bytes) -> str:
    match = re.search(r"(?m)^UID[^:\r\n]*:\s*([^\r\n]*)", re.sub(rb"\r?\n[ \t]", b"", event).decode("utf-8", "replace"))
    return match[1].strip() if match else "#"


def _unfolded(event: bytes) -> str:
    return re.sub(rb"\r?\n[ \t]", b"", event).decode("utf-8", "replace").lower()


def _mails(event: bytes, truth: dict[str, Any]) -> bool:
    text = _unfolded(event)
    return any(re.search(rf"(?<![\w.]){re.escape(one.lower())}(?![\w.])", text) for one in truth["person"]["emails"])


def _names(event: bytes, truth: dict[str, Any]) -> bool:
    return _mails(event, truth) or any(one.lower() in _unfolded(event) for one in truth["person"]["names"])
