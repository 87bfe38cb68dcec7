"""PowerPoint files built by hand, record for record after [MS-PPT], and real ones of known truth."""

from __future__ import annotations

import io
import struct
import zlib

import olefile
import pytest

from connectors.base import GapReason
from scanner.aids import Aids
from scanner.blob import Blob
from scanner.expand import Expansion
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Unread
from tests.samples import DOCUMENTS, needs_samples
from tests.scanner.cfb import cfb


def found(data: bytes, *keys: str) -> tuple[dict[tuple[str, ...], Record], list[Unread]]:
    every = list(Expansion(Blob(data, "x.ppt"), Limits(), Aids(keys=keys)))
    records = [one for one in every if isinstance(one, Record)]
    assert len({one.steps for one in records}) == len(records)
    return {one.steps: one for one in records}, [one for one in every if isinstance(one, Unread)]


def text(record: Record) -> str:
    return "\n".join(value for role, value in record.texts if role is Role.BODY)


def names(record: Record) -> list[str]:
    return [fact.value for entity in record.entities for fact in entity.facts]


def atom(kind: int, content: bytes, instance: int = 0) -> bytes:
    return struct.pack("<HHI", instance << 4, kind, len(content)) + content


def box(kind: int, *inside: bytes, instance: int = 0) -> bytes:
    content = b"".join(inside)
    return struct.pack("<HHI", instance << 4 | 15, kind, len(content)) + content


def chars(value: str) -> bytes:
    return atom(4000, value.encode("utf-16-le"))


def string(value: str, instance: int = 0) -> bytes:
    return atom(4026, value.encode("utf-16-le"), instance)


def listed(number: int, slide: int, *texts: bytes) -> bytes:
    return atom(1011, struct.pack("<IIIII", number, 0, 0, slide, 0)) + b"".join(texts)


def slide(*inside: bytes) -> bytes:
    """Its text lies as deep as in a real one: drawing, group, shape, text box."""
    return box(1006, atom(1007, bytes(24)), box(1036, box(0xF002, box(0xF003, box(0xF004, box(0xF00D, *inside))))))


def notes(of: int, *inside: bytes) -> bytes:
    return box(1008, atom(1009, struct.pack("<III", of, 0, 0)), *inside)


class Show:
    """A stream of objects with its edits; `save` ends an edit and says which objects count from now on."""

    def __init__(self) -> None:
        self.stream = b""
        self.edit = 0
        self._places: dict[int, int] = {}

    def add(self, number: int, record: bytes) -> None:
        self._places[number] = len(self.stream)
        self.stream += record

    def save(self) -> None:
        directory = len(self.stream)
        runs = b"".join(struct.pack("<II", 1 << 20 | number, place) for number, place in self._places.items())
        self.stream += atom(6002, runs)
        before, self.edit = self.edit, len(self.stream)
        self.stream += atom(4085, struct.pack("<IIIIIIHH", 0, 0, before, directory, 1, 99, 0, 0))
        self._places = {}

    def file(self, user: str = "", *, token: int = 0xE391C05F, **streams: bytes) -> bytes:
        head = struct.pack("<IIIHHBBH", 20, token, self.edit, len(user), 1012, 3, 0, 0)
        now = atom(4086, head + user.encode("cp1252") + struct.pack("<I", 8) + user.encode("utf-16-le"))
        return cfb({"PowerPoint Document": self.stream, "Current User": now, **streams})


def show() -> Show:
    """Two slides with an outline, notes, a master, a comment, a link, a footer."""
    made = Show()
    first = listed(2, 256, chars("Rubrik ett\rKarin Ek"), atom(4008, "Åsa\x0bÖ".encode("latin-1")))
    document = box(
        1000,
        box(1033, box(4055, string("Skriv till Bo", 0), string("mailto:bo@invex.example", 1))),
        box(4057, string("Invex sidfot", 2), instance=3),
        box(4080, listed(5, 9), instance=1),
        box(4080, first, listed(3, 257), instance=0),
        box(4080, listed(4, 257), instance=2),
    )
    comment = box(
        12000, string("Ida Ro", 0), string("Ring Per 070-174 06 05", 1), string("IR", 2), atom(12001, bytes(28))
    )
    tags = box(5000, box(5002, string("___PPT10"), atom(5003, comment)))
    made.add(1, document)
    made.add(2, slide(chars("I bild ett")))
    made.add(3, box(1006, box(1036, chars("I bild två"), chars("*")), tags))
    made.add(4, notes(257, chars("Anteckning om Eva")))
    made.add(5, box(1016, chars("Mallens text")))
    made.save()
    return made


def test_slides_are_pages_with_their_notes_and_comments() -> None:
    records, gaps = found(show().file("Eva By"))
    assert gaps == []
    assert {steps: text(record) for steps, record in records.items()} == {
        ("page 1",): "Rubrik ett\nKarin Ek\nÅsa\nÖ\nI bild ett",
        ("page 2",): "I bild två",
        ("page 2", "part comments"): "Ring Per 070-174 06 05",
        ("page 2", "part notes"): "Anteckning om Eva",
        ("part masters",): "Mallens text",
        ("part properties",): "",
        (): "Skriv till Bo\nmailto:bo@invex.example\nInvex sidfot",
    }
    assert records[("page 2", "part comments")].entities == [Entity(Role.AUTHOR, [Fact(IdType.NAME, "Ida Ro")])]
    assert records[("part properties",)].entities == [Entity(Role.AUTHOR, [Fact(IdType.NAME, "Eva By")])]
    assert records[("page 1",)].kind == "page"


def test_what_an_incremental_save_left_behind_is_an_earlier_version() -> None:
    made = show()
    made.add(3, slide(chars("I nya bild två")))
    made.save()
    records, gaps = found(made.file())
    assert gaps == []
    assert text(records[("page 2",)]) == "I nya bild två"
    assert text(records[("part earlier versions",)]) == "I bild två\nRing Per 070-174 06 05"
    assert names(records[("part earlier versions",)]) == ["Ida Ro"]
    assert ("page 2", "part notes") in records


def test_a_slide_taken_out_of_the_list_is_an_earlier_version() -> None:
    made = show()
    made.add(1, box(1000, box(4080, listed(2, 256), instance=0)))
    made.save()
    records, _ = found(made.file())
    assert text(records[("page 1",)]) == "I bild ett"
    earlier = text(records[("part earlier versions",)])
    assert all(
        line in earlier.split("\n") for line in ("I bild två", "Rubrik ett", "Karin Ek", "mailto:bo@invex.example")
    )


@pytest.mark.parametrize("edit", [0, 4_000_000_000, 77])
def test_without_its_newest_edit_the_last_one_in_the_stream_counts(edit: int) -> None:
    made = show()
    made.edit = edit
    records, gaps = found(made.file())
    assert gaps == []
    assert text(records[("page 2",)]) == "I bild två"


def test_edits_that_lead_in_a_circle_end() -> None:
    made = show()
    place = made.edit + 16
    made.stream = made.stream[:place] + struct.pack("<I", made.edit) + made.stream[place + 4 :]
    records, _ = found(made.file())
    assert ("page 2",) in records


def test_a_stream_cut_off_is_a_gap_and_read_as_far_as_it_goes() -> None:
    made = show()
    made.stream = made.stream[: made.stream.index("bild två".encode("utf-16-le")) + 8]
    records, gaps = found(made.file())
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.UNREADABLE)]
    said = "\n".join(map(text, records.values()))
    assert "Rubrik ett" in said
    assert "I bild ett" in said
    assert "I bild" in said.replace("I bild ett", "")


def test_bytes_between_objects_that_are_no_records_are_a_gap_and_looked_through() -> None:
    made = Show()
    made.add(2, slide(chars("Före")))
    made.stream += b"\xff\xff\xff\xff\xff\xff\xff\x7fKarin Ek\0\0"
    made.add(1, box(1000, box(4080, listed(2, 256), instance=0)))
    made.save()
    records, gaps = found(made.file())
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]
    assert text(records[("page 1",)]) == "Före"
    assert "Karin Ek" in text(records[("part earlier versions",)])


def test_embedded_files_are_unpacked_under_their_names() -> None:
    inside = cfb({"CONTENTS": b"Karin Ek, karin@invex.example"})
    made = Show()
    object_atom = atom(4035, struct.pack("<IIIIII", 1, 0, 1, 0, 7, 0))
    made.add(1, box(1000, box(1033, box(4044, object_atom, string("Lista", 1), string("Thing.1", 2)))))
    made.add(7, atom(4113, struct.pack("<I", len(inside)) + zlib.compress(inside), 1))
    made.add(8, atom(4113, inside))
    made.add(9, atom(4113, b"\0\0\0\0no zlib", 1))
    made.save()
    records, gaps = found(made.file())
    assert "karin@invex.example" in text(records[("attachment 1: Lista", "attachment 1")])
    assert "karin@invex.example" in text(records[("attachment 2", "attachment 1")])
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("attachment 3",), GapReason.UNREADABLE)]


def test_pictures_are_nested_and_shapes_say_their_descriptions() -> None:
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 90, 90) + bytes(40)
    said = "Foto av Karin Ek\0".encode("utf-16-le")
    made = Show()
    made.add(1, box(1000, atom(0xF00B, struct.pack("<HI", 0x8381, len(said)) + said, 1)))
    made.save()
    records, _ = found(made.file(Pictures=atom(0xF01E, bytes(17) + png, 0x6E0)))
    assert text(records[()]) == "Foto av Karin Ek"
    assert records[("part image 1.png",)].kind == "image"


def test_two_entries_for_the_same_slide_are_two_pages() -> None:
    made = Show()
    made.add(1, box(1000, box(4080, listed(2, 256, chars("ett")), listed(3, 256, chars("två")), instance=0)))
    made.save()
    records, _ = found(made.file())
    assert [text(records[(f"page {number}",)]) for number in (1, 2)] == ["ett", "två"]


def test_streams_of_others_are_looked_through() -> None:
    records, gaps = found(show().file(**{"_signatures": b"\0\1Signerat av Karin Ek\0\2"}))
    assert gaps == []
    assert text(records[("part other streams",)]) == "Signerat av Karin Ek"


def test_the_newer_half_of_a_file_for_two_versions_is_read() -> None:
    made = show()
    plain = made.file("Eva By")
    now = olefile.OleFileIO(io.BytesIO(plain)).openstream("Current User").read()
    dual = {"PP97_DUALSTORAGE/PowerPoint Document": made.stream, "PP97_DUALSTORAGE/Current User": now}
    records, gaps = found(cfb({**dual, "PP40": b"old"}))
    assert gaps == []
    assert text(records[("page 2",)]) == "I bild två"


def test_a_file_of_powerpoint_95_alone_is_a_gap() -> None:
    _, gaps = found(cfb({"PP97_DUALSTORAGE/x": b"", "PP40": b"Karin Ek"}))
    assert [gap.reason for gap in gaps] == [GapReason.UNKNOWN_FORMAT]


def test_an_encrypted_file_is_a_gap() -> None:
    records, gaps = found(show().file("Eva By", token=0xF3D1C4DF))
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.ENCRYPTED)]
    assert ("page 1",) not in records


def test_containers_in_containers_without_end_are_read_without_recursion() -> None:
    made = Show()
    deep = chars("Karin Ek")
    deep = b"".join(struct.pack("<HHI", 15, 1036, len(deep) + 8 * left) for left in range(49_999, -1, -1)) + deep
    made.add(1, box(1000, deep))
    made.save()
    records, gaps = found(made.file())
    assert gaps == []
    assert text(records[()]) == "Karin Ek"


# Real files


@needs_samples
@pytest.mark.parametrize(
    ("name", "step", "words"),
    [
        ("tika/testPPT.ppt", "part properties", "Keith Bennett"),
        ("tika/testPPT.ppt", "page 1", "Sample Powerpoint Slide"),
        ("poi/slideshow/bug62092.ppt", "part properties", "Allison, Timothy B."),
        ("poi/slideshow/bug62092.ppt", "page 1", "MyTitle"),
        ("poi/slideshow/41071.ppt", "page 1", "Fundera, planera och involvera."),
        ("tika/testPPT_masterFooter.ppt", "page 1", "Master footer is here"),
        ("tika/testPPT_various.ppt", "page 1 > part notes", "This is the header text."),
        ("tika/testPPT_embeded.ppt", "attachment 2: Document", "The quick brown fox jumps over the lazy dog"),
        ("tika/testPPT_autodate.ppt", "part properties", "Albert Law 2"),
    ],
)
def test_real_files_say_what_others_read_in_them(name: str, step: str, words: str) -> None:
    records, _ = found((DOCUMENTS / name).read_bytes())
    record = records[tuple(step.split(" > "))]
    assert words in "\n".join([text(record), *names(record)])


@needs_samples
@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("msoffcrypto/inputs/rc4cryptoapi_password.ppt", "Password1234_", {("page 1",): "Lorem ipsum"}),
        (
            "poi/slideshow/Password_Protected-np-hello.ppt",  # its objects lie out of order
            "hello",
            {("page 1",): "It only has the one slide", ("page 1", "part notes"): "we have some notes"},
        ),
    ],
)
def test_real_encrypted_files_are_gaps_or_opened_whole(
    name: str, password: str, said: dict[tuple[str, ...], str]
) -> None:
    data = (DOCUMENTS / name).read_bytes()
    assert [gap.reason for gap in found(data)[1]] == [GapReason.ENCRYPTED]
    records, gaps = found(data, password)
    assert gaps == []
    assert all(words in text(records[steps]) for steps, words in said.items())
    assert ("part earlier versions",) not in records


@needs_samples
def test_a_real_broken_file_is_a_gap() -> None:
    name = "poi/slideshow/clusterfuzz-testcase-minimized-POIFuzzer-5429732352851968.ppt"
    assert [gap.reason for gap in found((DOCUMENTS / name).read_bytes())[1]] == [GapReason.ENCRYPTED]
