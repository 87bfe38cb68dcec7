"""One person's event out of a calendar, or the person out of an event of others, and no other byte."""

from __future__ import annotations

import re
from json import loads
from pathlib import Path
from random import Random

import pytest

from scanner.blob import Blob
from scanner.detect.base import DetectSettings
from scanner.limits import Limits
from scanner.model import Cut, SubjectId
from scanner.records import IdType
from scanner.surgery.base import CannotEdit, Edits
from scanner.surgery.contacts.ics import EDITOR
from scanner.surgery.operate import operate
from scanner.surgery.person import Subject
from tests.samples import SAMPLES, needs_samples
from tests.scanner.growth import is_steep
from tests.scanner.surgery.make_ics import ZONE, make

SETTINGS = DetectSettings("SE", ())
ANNA = Subject.of(
    [
        SubjectId(IdType.NAME, "Anna Ek", True, None),
        SubjectId(IdType.EMAIL, "anna.ek@hem.example", True, None),
        SubjectId(IdType.PHONE, "+46701740605", True, None),
    ],
    SETTINGS,
    "sv",
)
MARK = b"[raderad]"
BO = "ATTENDEE;CN=Bo Berg:mailto:bo@hem.example"
HERS = 'ATTENDEE;CN="Anna Ek";PARTSTAT=ACCEPTED:mailto:anna.ek@hem.example'


def event(uid: str, *lines: str, kind: str = "VEVENT") -> list[str]:
    return [f"BEGIN:{kind}", *([f"UID:{uid}"] if uid else []), *lines, f"END:{kind}"]


def calendar(*lines: str, end: str = "\r\n") -> bytes:
    return "".join(line + end for line in ("BEGIN:VCALENDAR", "VERSION:2.0", *ZONE, *lines, "END:VCALENDAR")).encode()


def cut(data: bytes, *cuts: Cut) -> bytes:
    """Through the engine, which reads both once more."""
    return operate(Blob(data, "a.ics"), cuts, ANNA, Limits())


def remove(data: bytes, *names: str) -> bytes:
    return cut(data, *(Cut((name,)) for name in names))


def amend(*lines: str, name: str = "event a") -> bytes:
    return cut(calendar(*event("a", *lines)), Cut((name,), amend=True))


def refused(data: bytes, *, amends: tuple[str, ...] = (), removes: tuple[str, ...] = ()) -> str:
    edits = Edits(frozenset((one,) for one in removes), frozenset((one,) for one in amends))
    with pytest.raises(CannotEdit) as error:
        EDITOR.edit(Blob(data, "a.ics"), edits, ANNA, Limits())
    return error.value.reason


# An event leaves


@pytest.mark.parametrize("seed", range(20))
def test_made_calendars_lose_the_events_and_nothing_else(seed: int) -> None:
    rng = Random(seed)
    made = make(rng, rng.choice((1, 2, 20, 60, 120, 500)))
    known = sorted(set(made.steps))
    gone = set(rng.sample(known, min(20, len(known))))
    after = cut(made.data, *map(Cut, sorted(gone)))
    assert after == made.without(gone)
    kept = [one for one, steps in zip(made.records, made.steps, strict=True) if steps not in gone]
    assert parsed(after) == [name for one in kept for name in parsed(one)]


def parsed(data: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and start of each component in order, by a parser that knows only lines."""
    found = re.findall(rb"BEGIN:(VEVENT|VTODO|VJOURNAL|VFREEBUSY)\r?\n(.*?)END:\1", data, re.DOTALL)
    return [(kind, re.findall(rb"DTSTART[^\r\n]*", body)[0]) for kind, body in found]


def test_all_instances_of_a_series_leave_and_time_zones_stay() -> None:
    series = [*event("a", "SUMMARY:1"), *event("a", "RECURRENCE-ID:20270101T090000Z", "SUMMARY:2")]
    other = event("a", "SUMMARY:en annan sort", kind="VTODO")
    data = calendar(*series, *other, *event("a2", BO))
    assert remove(data, "event a") == calendar(*other, *event("a2", BO))
    assert remove(data, "event a", "todo a", "event a2") == calendar()


def test_kinds_and_events_without_uid() -> None:
    parts = [event("", "SUMMARY:1"), event("j", kind="VJOURNAL"), event("", "SUMMARY:3"), event("f", kind="VFREEBUSY")]
    data = calendar(*(line for part in parts for line in part))
    assert remove(data, "event #3") == calendar(*parts[0], *parts[1], *parts[3])
    assert remove(data, "journal j", "freebusy f") == calendar(*parts[0], *parts[2])


def test_vcalendar_1_and_bare_events() -> None:
    one, two = event("a", "SUMMARY;ENCODING=QUOTED-PRINTABLE:=C5r=\nEND:VEVENT"), event("b", "DESCRIPTION:b")
    old = calendar(*one, *two, end="\n").replace(b"VERSION:2.0", b"VERSION:1.0")
    assert remove(old, "event b") == calendar(*one, end="\n").replace(b"VERSION:2.0", b"VERSION:1.0")
    assert remove("\r\n".join([*one, *two]).encode(), "event a") == "\r\n".join(two).encode()
    assert remove("\r\n".join(two).encode(), "event b") == b""


def test_damaged_neighbours_stay_and_torn_events_are_refused() -> None:
    torn = event("a", "SUMMARY:1")[:-1]
    data = calendar(*torn, *event("b", "SUMMARY:2"), *event("c", "SUMMARY:3"))
    assert remove(data, "event b") == calendar(*torn, *event("c", "SUMMARY:3"))
    assert "borders" in refused(data, removes=("event a",))
    assert "not there" in refused(data, removes=("event x",))
    last = calendar(*event("b"), *torn)
    assert "borders" in refused(last, removes=("event a",))


def test_utf_16_keeps_its_charset() -> None:
    data = calendar(*event("a", "SUMMARY:Åre"), *event("b", "SUMMARY:Öre")).decode()
    after = remove(data.encode("utf-16"), "event a")
    assert after == calendar(*event("b", "SUMMARY:Öre")).decode().encode("utf-16")


# The person leaves an event of others


@pytest.mark.parametrize("seed", range(8))
def test_the_person_leaves_made_events_and_nothing_else_changes(seed: int) -> None:
    rng = Random(seed)
    made = make(rng, rng.choice((2, 20, 100)))
    clean = made.data
    known = sorted(set(made.steps))
    chosen = set(rng.sample(known, min(10, len(known))))
    for place, steps in enumerate(made.steps):
        if steps in chosen:
            start = made.records[place].rindex(b"END:")
            line = rng.choice((HERS, "CONTACT:Anna Ek", "ATTENDEE;CN=x:mailto:\r\n anna.ek@hem.example"))
            made.records[place] = made.records[place][:start] + f"{line}\r\n".encode() + made.records[place][start:]
    assert cut(made.data, *(Cut(steps, amend=True) for steps in sorted(chosen))) == clean


@pytest.mark.parametrize(
    "line",
    [
        HERS,
        "ATTENDEE:MAILTO:Anna.Ek@HEM.example",
        "ATTENDEE:mailto:anna.ek%40hem.example",
        "ATTENDEE:mailto:anna.ek@hem.exa\r\n mple",
        "ATTENDEE;EMAIL=anna.ek@hem.example:urn:uuid:1",
        "ATTENDEE;CN=Anna Ek:invalid:nomail",
        "ATTENDEE;CN=Anna Ek:urn:uuid:1",
        "ATTENDEE:tel:+46-70-174-06-05",
        "ATTENDEE;ROLE=ATTENDEE:Anna Ek <anna.ek@hem.example>",
        "REQUEST-STATUS:3.7;Invalid calendar user;ATTENDEE:mailto:anna.ek@hem.example",
        "CONTACT:Anna Ek\\, 070-174 06 05",
    ],
)
def test_lines_of_the_person_go(line: str) -> None:
    data = calendar(*event("a", "SUMMARY:1", BO, line, "DTSTAMP:20260101T000000Z", "SEQUENCE:1"))
    assert cut(data, Cut(("event a",), amend=True)) == data.replace(line.encode() + b"\r\n", b"")


def test_all_instances_and_alarms_and_no_other_event() -> None:
    alarm = ["BEGIN:VALARM", "ACTION:EMAIL", "{}", "ATTENDEE:mailto:bo@hem.example", "END:VALARM"]
    lines = [*event("a", BO, HERS, *alarm), *event("a", "RECURRENCE-ID:1", HERS, BO), *event("b", HERS, BO)]
    data = "\n".join(lines).format("ATTENDEE:mailto:anna.ek@hem.example").split("\n")
    head, tail = data[: data.index("UID:b")], data[data.index("UID:b") :]
    left = [one for one in head if "anna" not in one]
    assert cut(calendar(*data), Cut(("event a",), amend=True)) == calendar(*left, *tail)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('ORGANIZER;SENT-BY="mailto:anna.ek@hem.example":mailto:vd@hem.example', "ORGANIZER:mailto:vd@hem.example"),
        (
            'ATTENDEE;DELEGATED-TO="mailto:anna.ek@hem.example","mailto:bo@hem.example";RSVP=TRUE:mailto:v@x.example',
            'ATTENDEE;DELEGATED-TO="mailto:bo@hem.example";RSVP=TRUE:mailto:v@x.example',
        ),
        (
            'ATTENDEE;DELEGATED-FROM="mailto:anna.ek@hem.example":mailto:v@x.example',
            "ATTENDEE:mailto:v@x.example",
        ),
        ("SUMMARY:Möte: Anna Ek\\, Bo\\; Ida", "SUMMARY:Möte: [raderad]\\, Bo\\; Ida"),
        ("DESCRIPTION:Rad\\nanna.ek@hem.example\\nslut", "DESCRIPTION:Rad\\n[raderad]\\nslut"),
        ('LOCATION;ALTREP="cid:x":Hos Anna Ek', 'LOCATION;ALTREP="cid:x":Hos [raderad]'),
        ("X-ALT-DESC;FMTTYPE=text/html:<p>Anna Ek</p>", "X-ALT-DESC;FMTTYPE=text/html:<p>[raderad]</p>"),
        ("ATTACH:https://x.example/f?u=anna.ek@hem.example", "ATTACH:https://x.example/f?u=[raderad]"),
        ('COMMENT;X-WHO="Anna Ek":ring 070-174 06 05', 'COMMENT;X-WHO="[raderad]":ring [raderad]'),
    ],
)
def test_what_tells_of_the_person_elsewhere_is_masked(before: str, after: str) -> None:
    others = ("ORGANIZER:mailto:bo@hem.example", BO) if not before.startswith("ORGANIZER") else (BO,)
    assert amend(*others, before, "X-LAST:å") == calendar(*event("a", *others, after, "X-LAST:å"))


def test_only_the_changed_line_is_folded_anew() -> None:
    odd = "X-ODD:" + "å" * 20 + "\r\n \tmer"
    long = "X-LONG:" + "lång " * 40
    text = "ö" * 40 + " Anna Ek " + "ä" * 40
    rows = "\r\n ".join(text[place : place + 33] for place in range(0, len(text), 33))
    after = amend(BO, odd, f"DESCRIPTION:{rows}", long)
    before, _, rest = after.partition(b"DESCRIPTION:")
    assert before == calendar(*event("a", BO, odd)).rpartition(b"END:VEVENT")[0]
    changed, _, rest = rest.partition(b"X-LONG:")
    assert rest == calendar(*event("a", long)).partition(b"X-LONG:")[2]
    assert changed.replace(b"\r\n ", b"").decode() == text.replace("Anna Ek", "[raderad]") + "\r\n"
    assert all(len(row.decode().encode()) <= 79 for row in (b"DESCRIPTION:" + changed).splitlines())


def test_the_calendars_own_name() -> None:
    data = calendar("X-WR-CALNAME:Kalender för Anna Ek", *event("b", "SUMMARY:Anna Ek"), "X-B:1")
    assert cut(data, Cut((), amend=True)) == data.replace(b"Anna Ek", MARK, 1)
    both = cut(data, Cut((), amend=True), Cut(("event b",)))
    assert both == calendar("X-WR-CALNAME:Kalender för [raderad]", "X-B:1")


def test_who_organises_is_not_taken_out() -> None:
    data = calendar(*event("a", "ORGANIZER:mailto:anna.ek@hem.example", BO))
    assert refused(data, amends=("event a",)) == "the person organises an event of others"
    instance = calendar(*event("a", HERS), *event("a", "RECURRENCE-ID:1", "ORGANIZER;CN=Anna Ek:urn:x", BO))
    assert "organises" in refused(instance, amends=("event a",))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("ATTENDEE;CN=Anna Ek:mailto:anna@annan.example", "another address"),
        ("ATTENDEE;EMAIL=anna.ek@hem.example;CN=Bo:mailto:bo@hem.example", "another address"),
        ("ATTENDEE:bo@hem.example\\, anna.ek@hem.example", "another address"),
        ("URL:https://x.example/anna.ek%2540hem.example?anna%2Eek%40hem.example", "cannot be taken out"),
        ("X-ALT-DESC;FMTTYPE=text/html:<b>Anna</b> <i>Ek</i> sade", "cannot be taken out"),
        ("ATTACH;ENCODING=BASE64;VALUE=BINARY;FILENAME=Anna Ek.txt:aGVq", "named after"),
    ],
)
def test_what_is_not_sure_is_refused(line: str, why: str) -> None:
    assert why in refused(calendar(*event("a", HERS, line)), amends=("event a",))


def test_nothing_to_do_and_nested_files_are_refused() -> None:
    assert "not found" in refused(calendar(*event("a", BO)), amends=("event a",))
    with pytest.raises(CannotEdit):
        edits = Edits(replace={("event a", "attachment 1: b.txt"): b""})
        EDITOR.edit(Blob(calendar(*event("a")), "a.ics"), edits, ANNA, Limits())


def test_a_namesake_and_uids_with_the_persons_address_stay() -> None:
    data = calendar(*event("anna.ek@hem.example", HERS, BO, "RELATED-TO:anna.ek@hem.example"))
    after = cut(data, Cut(("event anna.ek@hem.example",), amend=True))
    assert after == data.replace(HERS.encode() + b"\r\n", b"")


def test_an_organizer_without_guests_only_loses_the_name() -> None:
    data = calendar(*event("a", "ORGANIZER:mailto:anna.ek@hem.example", "SUMMARY:Stängt"))
    assert cut(data, Cut(("event a",), amend=True)) == calendar(*event("a", "SUMMARY:Stängt"))


def test_work_grows_with_the_events_and_no_faster() -> None:
    def work(count: int) -> None:
        data = calendar(*(line for number in range(count) for line in event(f"u{number % 7}", HERS, BO)))
        edits = Edits(frozenset({("event u1",)}), frozenset({("event u2",)}))
        after = EDITOR.edit(Blob(data, "a.ics"), edits, ANNA, Limits())
        assert EDITOR.differences(data, after, edits, ANNA) == []

    assert not is_steep(work, 100)


# The comparison is a witness of its own


def test_differences_sees_what_is_wrong() -> None:
    note = "DESCRIPTION:Anna Ek och Ida"
    data = calendar(*event("a", HERS), *event("b", HERS, BO, note), *event("c", HERS))
    edits = Edits(frozenset({("event a",)}), frozenset({("event b",)}))
    masked = "DESCRIPTION:[raderad] och Ida"
    right = calendar(*event("b", BO, masked), *event("c", HERS))
    assert EDITOR.differences(data, right, edits, ANNA) == []
    for wrong in (
        data,
        calendar(*event("b", BO, masked)),
        calendar(*event("b", masked), *event("c", HERS)),
        calendar(*event("b", BO, "DESCRIPTION:[raderad]"), *event("c", HERS)),
        calendar(*event("b", BO, masked), *event("c")),
        calendar(*event("b", BO, masked, "SEQUENCE:2"), *event("c", HERS)),
        calendar(*event("c", HERS), *event("b", BO, masked)),
        right.replace(b"TZNAME", b"TZNAMN"),
        right.replace(b"\r\n", b"\n"),
        right.replace(b"UID:b", b"UID:d"),
    ):
        assert EDITOR.differences(data, wrong, edits, ANNA), wrong


# Real files


def someone(person: dict[str, list[str]]) -> Subject:
    kinds = ((IdType.NAME, "names"), (IdType.EMAIL, "emails"))
    return Subject.of([SubjectId(kind, one, True, None) for kind, key in kinds for one in person[key]], SETTINGS, "sv")


@needs_samples
def test_a_person_leaves_the_shared_events_of_the_real_calendars() -> None:
    amended = 0
    refusals: list[str] = []
    for path in sorted(SAMPLES.glob("truth/calendars__*.json")):
        truth = loads(path.read_text())
        person = someone(truth["person"])
        for one in truth["must_find"]:
            name, _, uid = one.partition("#")
            data = (SAMPLES / "calendars" / name).read_bytes()
            if len(data) > 200_000:
                continue
            number = re.fullmatch(r"n(\d+)", uid)
            step = f"event #{int(number[1]) + 1}" if number else f"event {uid}"
            try:
                after = operate(Blob(data, name), [Cut((step,), amend=True)], person, Limits())
            except CannotEdit as error:
                refusals.append(error.reason)
                continue
            amended += 1
            assert only_theirs(rows(data), rows(after), truth["person"])
    assert amended >= 10, refusals


def rows(data: bytes) -> list[bytes]:
    """Rows with their folds and line ends, by a split of its own."""
    return re.findall(rb"[^\r\n]*(?:\r*\n[ \t][^\r\n]+)*\r*\n|[^\r\n]+\Z", data)


def only_theirs(before: list[bytes], after: list[bytes], person: dict[str, list[str]]) -> bool:
    """Whether each row that went or changed held an address or a name of the person, and no row is new."""
    values = [one.lower().encode() for one in (*person["emails"], *person["names"])]
    place = 0
    for row in before:
        new = after[place] if place < len(after) else b""
        if row == new:
            place += 1
            continue
        flat = re.sub(rb"\r*\n[ \t]", b"", row).lower()
        if not any(value in flat for value in values):
            return False
        place += MARK in new or (row[:8] == new[:8] and row.rpartition(b":")[2] == new.rpartition(b":")[2])
    return place == len(after)


@needs_samples
def test_every_event_of_the_real_files_leaves_alone_or_is_refused() -> None:
    left = kept = 0
    files = [one for one in (SAMPLES / "calendars").rglob("*.ics") if one.stat().st_size < 60_000]
    for path in sorted(files):
        data = Path(path).read_bytes()
        for uid in sorted(set(re.findall(rb"^UID:([!-~]+)\r?$", data, re.MULTILINE)))[:5]:
            edits = Edits(frozenset({(f"event {uid.decode()}",)}))
            try:
                after = EDITOR.edit(Blob(data, path.name), edits, ANNA, Limits())
            except CannotEdit:
                kept += 1
                continue
            left += 1
            assert len(after) < len(data)
            assert subsequence(rows(after), rows(data))
    assert left > 50
    assert kept < left


def subsequence(some: list[bytes], all_rows: list[bytes]) -> bool:
    rest = iter(all_rows)
    return all(any(row == one for one in rest) for row in some)
