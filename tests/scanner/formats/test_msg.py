"""Outlook messages: files made by hand after [MS-OXMSG], and real ones of known truth."""

from __future__ import annotations

import json
import struct
from uuid import UUID

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.limits import Limits
from scanner.records import Record, Role, Unread
from tests.samples import SAMPLES, needs_samples
from tests.scanner.cfb import cfb

LONG, STRING8, STRING, BINARY = 0x0003, 0x001E, 0x001F, 0x0102
FIXED = "__properties_version1.0"
INNER = "__substg1.0_3701000D/"

Values = dict[tuple[int, int], str | int | bytes]
Streams = dict[str, bytes]


def storage(values: Values, before: str = "", header: int = 8) -> Streams:
    """The streams of one message, recipient or attachment."""
    fixed = bytes(header)
    streams: Streams = {}
    for (key, kind), value in values.items():
        if isinstance(value, int):
            fixed += struct.pack("<HHIi4x", kind, key, 6, value)
            continue
        data = value if isinstance(value, bytes) else value.encode("utf-16-le" if kind == STRING else "cp1252")
        streams[f"{before}__substg1.0_{key:04X}{kind:04X}"] = data
        fixed += struct.pack("<HHII4x", kind, key, 6, len(data))
    return {f"{before}{FIXED}": fixed, **streams}


def message(
    values: Values, recipients: tuple[Values, ...] = (), attached: tuple[Streams, ...] = (), before: str = ""
) -> Streams:
    """All streams of a message; attachments as `storage` or `message` gives them."""
    streams = storage(values, before, header=24 if before else 32)
    for number, row in enumerate(recipients):
        streams.update(storage(row, f"{before}__recip_version1.0_#{number:08X}/"))
    for number, one in enumerate(attached):
        place = f"{before}__attach_version1.0_#{number:08X}/"
        streams.update({place + name: data for name, data in one.items()})
    return streams


def read(data: bytes, limits: Limits | None = None) -> tuple[dict[tuple[str, ...], Record], list[Unread]]:
    found = list(expand(Blob(data, "brev.msg"), limits or Limits()))
    records = {one.steps: one for one in found if isinstance(one, Record)}
    assert len(records) == sum(isinstance(one, Record) for one in found)
    return records, [one for one in found if isinstance(one, Unread)]


def persons(record: Record) -> list[tuple[str, list[str]]]:
    return [(entity.role.value, [fact.value for fact in entity.facts]) for entity in record.entities]


BO: Values = {(0x0C1A, STRING): "Bo Berg", (0x0C1F, STRING): "bo@invex.example", (0x1000, STRING): "Hej Anna"}
ANNA: Values = {(0x3001, STRING): "Anna Ek", (0x39FE, STRING): "anna@kund.example", (0x0C15, LONG): 1}
TEXT = storage({(0x3707, STRING): "a.txt", (0x3705, LONG): 1, (0x3701, BINARY): b"Karin Ek i Lund"})


def test_a_message_its_recipients_and_its_attachment_are_records() -> None:
    records, gaps = read(cfb(message(BO, (ANNA,), (TEXT,))))
    assert gaps == []
    assert records[()].kind == "message"
    assert persons(records[()]) == [
        ("from", ["bo@invex.example", "Bo Berg"]),
        ("to", ["anna@kund.example", "Anna Ek"]),
    ]
    assert (Role.BODY, "Hej Anna") in records[()].texts
    assert records["attachment 1: a.txt",].texts == [(Role.FILENAME, "a.txt"), (Role.BODY, "Karin Ek i Lund")]


def test_strings_of_8_bits_are_read_in_the_code_page_of_the_message_for_recipients_too() -> None:
    cyrillic = "Анна".encode("cp1251")
    values: Values = {(0x3FFD, LONG): 1251, (0x1000, STRING8): cyrillic}
    records, _ = read(cfb(message(values, ({(0x3001, STRING8): cyrillic, (0x0C15, LONG): 2},))))
    assert persons(records[()]) == [("cc", ["Анна"])]
    assert (Role.BODY, "Анна") in records[()].texts


def test_named_properties_are_resolved() -> None:
    guids = UUID("00062004-0000-0000-c000-000000000046").bytes_le
    place = "__nameid_version1.0/__substg1.0_000"
    wide = "Kundnamn".encode("utf-16-le")
    streams = message({(0x001A, STRING): "IPM.Contact", (0x8000, STRING): "anna@kund.example", (0x8001, STRING): "Eva"})
    streams |= {
        f"{place}20102": guids,
        f"{place}30102": struct.pack("<IHHIHH", 0x8083, 3 << 1, 0, 0, 3 << 1 | 1, 1),
        f"{place}40102": struct.pack("<I", len(wide)) + wide,
    }
    records, gaps = read(cfb(streams))
    assert gaps == []
    assert records[()].kind == "card"
    assert persons(records[()]) == [("owner", ["anna@kund.example"])]
    assert (Role.BODY, "Eva") in records[()].texts


def test_lists_of_strings_are_read() -> None:
    streams = message({(0x001A, STRING): "IPM.Contact"})
    for number, name in enumerate(("Eva", "Ola")):
        streams[f"__substg1.0_3A58101F-{number:08X}"] = name.encode("utf-16-le")
    records, _ = read(cfb(streams))
    assert persons(records[()]) == [("related", ["Eva"]), ("related", ["Ola"])]


def nested(depth: int) -> Streams:
    """Messages inside messages, the innermost with a text file."""
    streams = message({**BO, (0x1000, STRING): "innerst"}, (), (TEXT,), before=INNER)
    for level in range(depth - 1):
        place = {**storage({(0x3705, LONG): 5, (0x3001, STRING): "inre"}), **streams}
        streams = message({(0x1000, STRING): f"nivå {level}"}, (), (place,), before=INNER)
    return message({}, (), ({**storage({(0x3705, LONG): 5, (0x3001, STRING): "inre"}), **streams},))


def test_messages_inside_messages_are_read_with_their_attachments() -> None:
    records, gaps = read(cfb(nested(3)))
    assert gaps == []
    inner = ("attachment 1: inre",) * 3
    assert records[inner].kind == "message"
    assert (Role.BODY, "innerst") in records[inner].texts
    assert persons(records[inner]) == [("from", ["bo@invex.example", "Bo Berg"])]
    assert (Role.BODY, "Karin Ek i Lund") in records[(*inner, "attachment 1: a.txt")].texts


def test_messages_nested_too_deep_are_a_gap_where_the_limit_is_reached() -> None:
    records, gaps = read(cfb(nested(40)), Limits(depth=5))
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("attachment 1: inre",) * 5, GapReason.TOO_DEEP)]
    assert ("attachment 1: inre",) * 4 in records


def test_a_file_packed_in_an_object_is_read() -> None:
    label = b"a.txt\0C:\\a.txt\0\0\0\3\0" + struct.pack("<I", 7) + b"C:\\x.t\0" + struct.pack("<I", 5) + b"Karin"
    native = {INNER + "\x01Ole10Native": struct.pack("<IH", len(label) + 2, 2) + label}
    records, gaps = read(cfb(message({}, (), ({**storage({(0x3705, LONG): 6, (0x3001, STRING): "a.txt"}), **native},))))
    assert gaps == []
    assert records["attachment 1: a.txt",].texts == [(Role.FILENAME, "a.txt"), (Role.BODY, "Karin")]


def test_an_object_of_an_unknown_program_is_not_passed_in_silence() -> None:
    streams = {INNER + "Okand": bytes(range(256)) * 40, INNER + "mapp/inre": b"x" * 100}
    place = {**storage({(0x3705, LONG): 6, (0x3001, STRING): "ritning"}), **streams}
    _, gaps = read(cfb(message({}, (), (place,))))
    assert [(gap.steps[0], gap.reason) for gap in gaps] == [("attachment 1: ritning", GapReason.UNKNOWN_FORMAT)]


def test_an_object_beside_the_properties_is_not_passed_in_silence() -> None:
    records, gaps = read(cfb({**message(BO), "__substg1.0_6000000D/inre": b"Karin"}))
    assert (Role.BODY, "Hej Anna") in records[()].texts
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.UNKNOWN_FORMAT)]


def test_a_stream_that_nobody_knows_is_searched_for_words() -> None:
    records, _ = read(cfb({**message(BO), "Okand": b"\x01\x02" + "Karin Ek".encode("utf-16-le") + bytes(3)}))
    assert (Role.TRACE, "Karin Ek") in records[()].texts


@pytest.mark.parametrize(
    ("name", "media", "data", "reason"),
    [
        ("message.rpmsg", "application/x-microsoft-rpmsg-message", b"\x76\xe8\x04\x60", GapReason.ENCRYPTED),
        ("message.rpmsg", "", b"\x76\xe8\x04\x60", GapReason.ENCRYPTED),
        (
            "smime.p7m",
            "application/pkcs7-mime",
            b"0\x82" + bytes.fromhex("06092a864886f70d010703"),
            GapReason.ENCRYPTED,
        ),
        ("smime.p7m", "", b"0\x82" + bytes.fromhex("06092a864886f70d010703"), GapReason.ENCRYPTED),
        ("smime.p7m", "application/pkcs7-mime; smime-type=signed-data", b"0\x82", GapReason.UNREADABLE),
    ],
)
def test_what_is_sealed_is_a_gap(name: str, media: str, data: bytes, reason: GapReason) -> None:
    values: Values = {(0x3707, STRING): name, (0x370E, STRING): media, (0x3701, BINARY): data}
    _, gaps = read(cfb(message(BO, (), (storage(values),))))
    assert [(gap.steps, gap.reason) for gap in gaps] == [((f"attachment 1: {name}",), reason)]


def test_a_signed_message_is_read_as_the_mail_that_it_is() -> None:
    mail = (
        b'Content-Type: multipart/signed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHej Karin\r\n'
        b"--b\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx\r\n--b--\r\n"
    )
    values: Values = {(0x3707, STRING): "smime.p7m", (0x370E, STRING): "multipart/signed", (0x3701, BINARY): mail}
    records, _ = read(cfb(message(BO, (), (storage(values),))))
    assert any("Hej Karin" in text for _, text in records["attachment 1: smime.p7m",].texts)


def test_an_attachment_that_is_only_linked_has_its_name_and_one_without_data_is_a_gap() -> None:
    link = storage({(0x3705, LONG): 4, (0x370D, STRING): "S:\\Karin\\lista.doc"})
    lost = storage({(0x3705, LONG): 1, (0x3707, STRING): "b.txt"})
    records, gaps = read(cfb(message({}, (), (link, lost))))
    assert (Role.FILENAME, "S:\\Karin\\lista.doc") in records[()].texts
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("attachment 2: b.txt",), GapReason.UNREADABLE)]


def test_a_stream_that_is_named_but_gone_is_a_gap_and_the_rest_is_read() -> None:
    streams = message({**BO, (0x0037, STRING): "Offert"})
    del streams["__substg1.0_0037001F"]
    records, gaps = read(cfb(streams))
    assert (Role.BODY, "Hej Anna") in records[()].texts
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.UNREADABLE)]


def test_a_file_that_was_cut_is_a_gap() -> None:
    big = storage({(0x3707, STRING): "b.txt", (0x3701, BINARY): b"Karin Ek i Lund\n" * 4000})
    data = cfb(message(BO, (), (big,)))
    _, gaps = read(data[: len(data) // 2])
    assert GapReason.UNREADABLE in {gap.reason for gap in gaps}


def test_streams_that_share_their_bytes_are_not_read_again_and_again() -> None:
    data = bytearray(cfb(message({(0x6000 + at, BINARY): bytes([at]) * 5000 for at in range(60)})))
    name = "__substg1.0_6000".encode("utf-16-le")
    entry = data.index(name)
    place = data.index("__substg1.0_60".encode("utf-16-le"))
    while place >= 0:  # all streams get the sectors of the first, and more than the file has
        data[place + 116 : place + 120] = data[entry + 116 : entry + 120]
        struct.pack_into("<Q", data, place + 120, 200_000)
        place = data.find("__substg1.0_60".encode("utf-16-le"), place + 128)
    _, gaps = read(bytes(data))
    assert Unread((), GapReason.UNREADABLE, "streams that share their bytes") in gaps


def test_a_large_attachment_is_a_gap_and_the_message_is_read() -> None:
    big = storage({(0x3707, STRING): "b.txt", (0x3701, BINARY): bytes(10_000)})
    found = list(expand(Blob(cfb(message(BO, (), (big,))), "brev.msg", limit=9_000), Limits()))
    assert [(one.steps, one.reason) for one in found if isinstance(one, Unread)] == [
        (("attachment 1: b.txt",), GapReason.TOO_LARGE)
    ]


# Real messages

PERSONS = ("matthew-robinson", "mike-farman", "peter-pan", "timothy-allison")


@needs_samples
@pytest.mark.parametrize("person", PERSONS)
def test_a_person_is_found_in_every_real_message_that_names_them(person: str) -> None:
    truth = json.loads((SAMPLES / "truth" / f"documents__{person}.json").read_text("utf-8"))
    wanted = {value.casefold() for value in (*truth["person"]["emails"], *truth["person"]["names"])}
    messages = [path for path in truth["must_find"] if path.endswith(".msg")]
    assert messages
    for path in messages:
        records, _ = read((SAMPLES / "documents" / path).read_bytes())
        said = {fact.value.casefold() for one in records.values() for entity in one.entities for fact in entity.facts}
        words = " ".join(text for one in records.values() for _, text in one.texts).casefold()
        assert any(value in said or value in words for value in wanted), path


@needs_samples
def test_the_real_appointment_has_its_organizer() -> None:
    records, _ = read((SAMPLES / "documents/poi/hsmf/msgClassAppointment.msg").read_bytes())
    assert records[()].kind == "event"
    assert ("organizer", ["tallison@mitre.org", "Allison, Timothy B."]) in persons(records[()])


@needs_samples
def test_the_real_broken_message_is_a_gap_and_what_is_left_of_it_is_read() -> None:
    (path,) = (SAMPLES / "documents/poi/hsmf").glob("clusterfuzz-*.msg")
    records, gaps = read(path.read_bytes())
    assert Unread((), GapReason.UNREADABLE, "damaged OLE file") in gaps
    assert ("to", ["mikef@alfresco.com", "Mike Farman"]) in persons(records[()])


@needs_samples
def test_real_messages_without_damage_have_no_gap_of_their_own() -> None:
    paths = [path for path in sorted((SAMPLES / "documents").rglob("*.msg")) if "clusterfuzz" not in path.name]
    assert len(paths) == 17
    for path in paths:
        _, gaps = read(path.read_bytes())
        assert {gap.reason for gap in gaps} <= {GapReason.NEEDS_OCR}, path.name
