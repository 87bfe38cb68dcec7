"""Messages out of a mailbox, judged by the bytes that the generator made, and by stdlib `mailbox`."""

from __future__ import annotations

import gzip
import io
import json
import mailbox
import random
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest

from scanner.blob import Blob
from scanner.model import Cut
from scanner.surgery.base import CannotEdit, Edits
from scanner.surgery.mail.mbox import EDITOR
from scanner.surgery.operate import operate
from tests.samples import SAMPLES, TRUTH, needs_samples
from tests.scanner.surgery import make_mbox
from tests.scanner.surgery.canaries import LIMITS, NOBODY, edited

ONE = b"From a@a.example Mon Jan  1 00:00:00 2024\nFrom: a@a.example\nSubject: one\n\nfirst\n\n"
TWO = b"From b@b.example Mon Jan  1 00:00:00 2024\nFrom: b@b.example\nSubject: two\n\nsecond\n>From b\n\n"
THREE = b"From c@c.example Mon Jan  1 00:00:00 2024\nFrom: c@c.example\nSubject: three\n\nthird\n"


def box(data: bytes) -> Blob:
    return Blob(data, "all.mbox")


def without(data: bytes, *numbers: int) -> bytes:
    return edited(EDITOR, box(data), Edits(remove=frozenset((f"message {n}",) for n in numbers)))


def ids(tmp_path: Path, data: bytes) -> list[str]:
    path = tmp_path / "look.mbox"
    path.write_bytes(data)
    found = mailbox.mbox(path)
    try:
        return [str(one["Message-ID"]) for one in found if one["Message-ID"]]
    finally:
        found.close()


@pytest.mark.parametrize("seed", range(20))
def test_twenty_of_many_leave_and_the_others_stay_byte_for_byte(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    count = rng.choice([1, 2, 21, 100, 500])
    state = rng.getstate()
    made = make_mbox.make(rng, count)
    rng.setstate(state)
    chunks = make_mbox.chunks(rng, count)
    gone = set(rng.sample(range(count), min(20, count)))
    after = without(made.data, *(number + 1 for number in gone))
    assert after == b"".join(chunk for number, chunk in enumerate(chunks) if number not in gone)
    assert not [made.canaries[number] for number in gone if made.canaries[number] in after]
    if b"\r\n" not in made.data:
        assert ids(tmp_path, after) == [
            f"<{make_mbox.canary(number).decode()}@a.example>" for number in range(count) if number not in gone
        ]


@pytest.mark.parametrize(
    ("gone", "left"),
    [((1,), TWO + THREE), ((2,), ONE + THREE), ((3,), ONE + TWO), ((1, 3), TWO), ((2, 3), ONE), ((1, 2, 3), b"")],
)
def test_first_middle_last_and_all(gone: tuple[int, ...], left: bytes) -> None:
    assert without(ONE + TWO + THREE, *gone) == left
    cuts = [Cut((f"message {number}",)) for number in gone]
    assert operate(box(ONE + TWO + THREE), cuts, NOBODY, LIMITS) == left


@pytest.mark.parametrize("head", [b"a remark of somebody\n\n", b"\n", b"\n\n", b"\r\n \n\n", b"\n" * 9000, b"  "])
def test_what_stands_before_the_first_message_stays(head: bytes) -> None:
    data = head + ONE + TWO + THREE
    for gone, left in ((1, TWO + THREE), (2, ONE + THREE), (3, ONE + TWO)):
        assert without(data, gone) == head + left
        if len(head) < 9 and not head.strip():
            assert operate(box(data), [Cut((f"message {gone}",))], NOBODY, LIMITS) == head + left


def test_a_line_that_begins_with_from_parts_no_messages() -> None:
    talk = ONE[:-1] + b"\nFrom Monday we are closed\n\n"
    assert without(talk + TWO, 1) == TWO
    assert without(talk + TWO, 2) == talk


def replaced(data: bytes, step: str, new: bytes) -> bytes:
    return edited(EDITOR, box(data), Edits(replace={(step,): new}))


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_changed_message_is_escaped_as_before(end: bytes) -> None:
    new = b"From: b@b.example\n\nFrom b\n>From c\n".replace(b"\n", end)
    data = (ONE + TWO + THREE).replace(b"\n", end)
    wanted = ONE + TWO.partition(b"\n")[0] + b"\nFrom: b@b.example\n\n>From b\n>>From c\n\n" + THREE
    assert replaced(data, "message 2", new) == wanted.replace(b"\n", end)


def test_a_length_in_the_header_follows_the_content() -> None:
    body = b"long enough\n>From me\n"
    head = b"From d@d.example Mon Jan  1 00:00:00 2024\nFrom: d@d.example\nContent-Length: %d\nLines: 2\n\n"
    after = replaced(
        ONE + head % len(body) + body + b"\n" + TWO,
        "message 2",
        b"From: d@d.example\nContent-Length: %d\nLines: 2\n\nFrom\nFrom x\nc\n" % len(body),
    )
    content = b"From\n>From x\nc\n"
    assert after == ONE + (head % len(content)).replace(b"Lines: 2", b"Lines: 3") + content + b"\n" + TWO


INNER = b"See below:\n\n" + TWO.replace(b">From", b"From") + b"so far\n"
OUTER = b"From d@d.example Mon Jan  1 00:00:00 2024\nFrom: d@d.example\nContent-Length: %d\n\n" + INNER + b"\n"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("behind", [b"", THREE])
@pytest.mark.parametrize("more", [0, 1])
def test_a_length_that_reaches_over_a_begin_makes_the_borders_unsure(end: bytes, behind: bytes, more: int) -> None:
    data = (ONE + OUTER + behind).replace(b"\n", end)
    data = data % (len(INNER.replace(b"\n", end)) + more)
    reason = EDITOR.refuses(box(data))
    assert reason is not None
    assert "borders" in reason
    for number in (1, 2, 3):
        with pytest.raises(CannotEdit, match="borders"):
            EDITOR.edit(box(data), Edits(remove=frozenset({(f"message {number}",)})), NOBODY, LIMITS)


@pytest.mark.parametrize("told", [0, 5, len(INNER) - 7, len(INNER) + 40, 10**11])
def test_a_length_that_ends_no_message_says_nothing(told: int) -> None:
    data = ONE + OUTER % told + THREE
    assert EDITOR.refuses(box(data)) is None
    assert without(data, 1) == data[len(ONE) :]


def test_where_escaping_cannot_be_known_nothing_is_written() -> None:
    mixed = ONE + TWO[:-1] + b"From the beginning\n>From quoted\n\n" + THREE
    with pytest.raises(CannotEdit, match="more than one way"):
        replaced(mixed, "message 2", b"From: b@b.example\n\nx\n")


@pytest.mark.parametrize(
    ("step", "new"),
    [("message 2", b"no header at all\n"), ("message 2", b"From: b@b.example\n\nno end"), ("message 9", b"A: b\n\n")],
)
def test_what_is_no_message_is_not_put_in(step: str, new: bytes) -> None:
    with pytest.raises(CannotEdit):
        replaced(ONE + TWO + THREE, step, new)


def test_steps_that_are_not_there() -> None:
    for step in ("message 4", "message 0", "message x"):
        with pytest.raises(CannotEdit, match="not there"):
            EDITOR.edit(box(ONE + TWO + THREE), Edits(remove=frozenset({(step,)})), NOBODY, LIMITS)


@pytest.mark.parametrize(
    "after",
    [
        ONE + TWO,
        ONE.replace(b"first", b"farst") + THREE,
        ONE,
        ONE + THREE + THREE,
        THREE + b"\n" + ONE,
        b"x\n\n" + ONE + THREE,
    ],
)
def test_differences_sees_what_a_bad_editor_does(after: bytes) -> None:
    edits = Edits(remove=frozenset({("message 2",)}))
    assert EDITOR.differences(ONE + TWO + THREE, ONE + THREE, edits, NOBODY) == []
    assert EDITOR.differences(ONE + TWO + THREE, after, edits, NOBODY)


def test_differences_sees_a_wrong_replacement() -> None:
    edits = Edits(replace={("message 1",): b"A: b\n\nnew\n"})
    good = ONE.partition(b"\n")[0] + b"\nA: b\n\nnew\n\n" + TWO
    assert EDITOR.differences(ONE + TWO, good, edits, NOBODY) == []
    assert EDITOR.differences(ONE + TWO, good.replace(b"new", b"old"), edits, NOBODY)
    assert EDITOR.differences(ONE + TWO, good.replace(b"a@a", b"b@a"), edits, NOBODY)


def test_too_large_is_refused_in_words() -> None:
    reason = EDITOR.refuses(Blob(io.BytesIO(ONE * 100), "all.mbox", limit=100))
    assert reason is not None
    assert "memory" in reason
    assert EDITOR.refuses(box(ONE)) is None


def test_an_attachment_of_one_message_leaves_through_all_levels() -> None:
    mail = EmailMessage()
    mail["From"] = "a@a.example"
    mail.set_content("Hej\nFrom us\n")
    mail.add_attachment(b"canary-secret", maintype="application", subtype="x-note", filename="note.txt")
    body = mail.as_bytes().replace(b"\nFrom us", b"\n>From us")
    data = ONE + b"From x@x.example Mon Jan  1 00:00:00 2024\n" + body + b"\n" + THREE
    after = operate(box(data), [Cut(("message 2", "attachment 1: note.txt"))], NOBODY, LIMITS)
    assert after.startswith(ONE)
    assert after.endswith(b"\n" + THREE)
    assert b"\n>From us" in after
    left = message_from_bytes(after[len(ONE) : -len(THREE)])
    assert [part.get_filename() for part in left.walk()] == [None, None, None]
    assert b"note.txt" not in after


@needs_samples
@pytest.mark.parametrize("name", ["annaandersson", "khalidlindstrom"])
def test_only_a_persons_messages_leave_a_real_mailbox(name: str, tmp_path: Path) -> None:
    truth = json.loads((TRUTH / f"composed_mail__{name}.json").read_text())
    wanted = {truth["message_ids"][one] for one in truth["must_find"]}
    packed = (SAMPLES / "composed_mail" / "all.mbox.gz").read_bytes()
    data = gzip.decompress(packed)
    pieces = [b"From " + piece for piece in data.removeprefix(b"From ").split(b"\n\nFrom ")]
    numbers = [n for n, piece in enumerate(pieces, 1) if str(message_from_bytes(piece)["Message-ID"]).strip() in wanted]
    assert len(numbers) == len(wanted)
    after = operate(
        Blob(packed, "all.mbox.gz"), [Cut(("member all.mbox", f"message {n}")) for n in numbers], NOBODY, LIMITS
    )
    left = gzip.decompress(after)
    assert after[:10] == packed[:10]
    joined = b"\n\n".join(piece for n, piece in enumerate(pieces, 1) if n not in numbers)
    assert left.rstrip(b"\n") == joined.rstrip(b"\n")
    assert ids(tmp_path, left) == [one for one in ids(tmp_path, data) if one.strip() not in wanted]
