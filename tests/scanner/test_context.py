"""What an officer is shown of a finding: the words of the file itself, the person marked, nothing else invented.

The truth is what the test wrote into the files by other libraries; the worker's job runs here without a process.
"""

from __future__ import annotations

import csv
import email.message
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pytest

from config.model import Register, Source
from connectors.registers.columns import PersonColumns
from scanner.context.job import ContextTask, Wanted, make_context_job
from scanner.context.model import COVER, Context, Note, Passage
from scanner.detect.base import DetectSettings
from scanner.index.seal import Keys, Sealer
from scanner.limits import Limits
from scanner.model import SubjectId
from scanner.read import ReaderSettings
from scanner.records import IdType, Role, Steps

MASTER = b"a master key for tests, 32 bytes"
ANNA, BO = "anna.ek@kund.example", "bo.dal@kund.example"
OTHERS_ID, HER_ID = "19850312-9804", "19811218-9876"
SUBJECT = (
    SubjectId(IdType.EMAIL, ANNA, given=True),
    SubjectId(IdType.NAME, "Anna Ek", given=False),
    SubjectId(IdType.PHONE, "+46701740605", given=False, shared=True),
    SubjectId(IdType.NATIONAL_ID, "198112189876", given=False),
    SubjectId(IdType.CUSTOMER_NUMBER, "KND-77", given=False),
)
TYPES = frozenset({IdType.EMAIL, IdType.NAME})

Show = Callable[..., Context]


@pytest.fixture
def show(tmp_path: Path) -> Show:
    """Writes the files and gives the context of one finding."""
    root = tmp_path / "kunder"
    root.mkdir()
    source = Source("kunder", "folder", {"path": str(root)})

    def shown(
        path: str,
        data: bytes | str | None = None,
        steps: Steps = (),
        *,
        limits: Limits | None = None,
        types: frozenset[IdType] = frozenset(),
        version: str = "",
        content: str = "",
        mark: tuple[str, int] = ("", 1),
        folder: bool = False,
        registers: tuple[Register, ...] = (),
    ) -> Context:
        if data is not None:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data.encode() if isinstance(data, str) else data)
        settings = ReaderSettings(
            (source,), limits or Limits(), DetectSettings("SE", ("KND-[0-9]+",)), MASTER, registers=registers
        )
        wanted = (Wanted(7, steps, *mark, types),)
        task = ContextTask("kunder", path, "file", version, content, wanted, folder=folder)
        return make_context_job(settings, SUBJECT)(task)[7]

    return shown


def marked(passage: Passage) -> list[str]:
    return [piece.text for piece in passage.pieces if piece.marked]


def all_marked(context: Context) -> list[str]:
    return [text for passage in context.passages for text in marked(passage)]


SAID = f"Möte med Anna Ek ({ANNA}, 070-174 06 05) och Bo Dal, {BO}."


def word() -> bytes:
    document, stream = docx.Document(), io.BytesIO()
    document.add_paragraph(SAID)
    document.save(stream)
    return stream.getvalue()


def packed() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("in/möte.txt", SAID)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("path", "data", "steps"),
    [
        ("möte.txt", SAID.encode(), ()),
        ("möte-latin.txt", SAID.encode("iso-8859-1"), ()),
        ("möte.docx", word(), ()),
        ("möte.html", f"<p>{SAID}</p><script>var anna = 'Anna Ek'</script>".encode(), ()),
        ("möte.zip", packed(), ("member in/möte.txt",)),
        ("möte.zip", packed(), ()),  # the item's own record says nothing: what is inside does
    ],
)
def test_the_line_is_shown_with_the_person_marked(show: Show, path: str, data: bytes, steps: Steps) -> None:
    context = show(path, data, steps, types=TYPES)
    (passage,) = context.passages
    assert passage.text == SAID
    assert marked(passage) == ["Anna Ek", ANNA, "070-174 06 05"]
    assert (passage.role, passage.field, passage.cut) == (Role.BODY, False, (False, False))
    assert (context.more, context.notes) == (0, ())


def test_a_row_of_a_sheet_is_shown_by_its_columns(show: Show) -> None:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Blad"
    for row in (("Namn", "E-post", "Ort"), ("Bo Dal", BO, "Umeå"), ("Anna Ek", ANNA, "Lund")):
        sheet.append(row)
    book.save(stream)
    (passage,) = show("lista.xlsx", stream.getvalue(), ("sheet Blad", "row 2"), types=TYPES).passages
    assert passage.text.split(" | ") == ["Anna Ek", ANNA, "Lund"]
    assert marked(passage) == ["Anna Ek", ANNA]
    assert BO not in passage.text


def test_a_csv_row_covers_the_national_ids_of_others_and_shows_the_persons(show: Show) -> None:
    rows = [("Namn", "Personnummer", "Anhörig", "Anhörigs personnummer"), ("Anna Ek", HER_ID, "Bo Dal", OTHERS_ID)]
    stream = io.StringIO()
    csv.writer(stream, delimiter=";").writerows(rows)
    context = show("reg.csv", stream.getvalue(), ("row 1",))
    text = " ".join(passage.text for passage in context.passages)
    assert HER_ID in all_marked(context)
    assert "Bo Dal" in text
    assert COVER in text
    assert OTHERS_ID not in text
    assert OTHERS_ID[-4:] not in text


def test_columns_are_read_as_they_are_configured(show: Show) -> None:
    """`Q1` and `Q3` are parts of one name only for who knows the columns."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=";").writerows([("Q1", "Q2", "Q3"), ("Ek", ANNA, "Anna"), ("Dal", BO, "Bo")])
    person = PersonColumns((("last_name", ("Q1",)), ("email", ("Q2",)), ("first_name", ("Q3",))))
    rule = Register(name="odd", match=("reg.csv",), persons=(person,))
    told, untold = (show("reg.csv", stream.getvalue(), ("row 2",), registers=rules) for rules in ((rule,), ()))
    assert "Anna Ek" in all_marked(told)
    assert "Anna Ek" not in all_marked(untold)
    assert BO not in str(told)


@pytest.mark.parametrize("written", [
    "19850312-9804", "850312-9804", "8503129804", "198503129804", "850312 - 9804", "850312-\n9804", "850312\u20139804",
    "850312-9805", "19850312\u200b-9804",
])  # fmt: skip
def test_another_persons_national_id_is_never_shown_however_it_is_written(show: Show, written: str) -> None:
    context = show("x.txt", f"Anna Ek och {written} samt {HER_ID}.")
    (passage,) = context.passages
    assert COVER in passage.text
    assert not any(four in passage.text for four in ("9804", "9805", "850312"))
    assert marked(passage) == ["Anna Ek", HER_ID]


def test_a_cut_never_shows_a_part_of_a_national_id(show: Show) -> None:
    for gap in range(60, 100):
        context = show("x.txt", f"{OTHERS_ID}{' ord' * (gap // 4)}{'x' * (gap % 4)} Anna Ek")
        text = context.passages[0].text
        assert "9804" not in text, gap
        assert "0312" not in text, gap


def mail(**headers: str) -> bytes:
    message = email.message.EmailMessage()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Hej, ring mig på 070-174 06 05.\n\nDen 3 mars skrev Bo:\n> Anna Ek har betalat.\n")
    return message.as_bytes()


def test_a_header_is_shown_as_it_reads_though_it_is_encoded(show: Show) -> None:
    raw = mail(From=f"Anna Ek Åkesson <{ANNA}>", To=f"Bo Dal <{BO}>", Subject="Fråga från Anna Ek")
    assert b"=?utf-8?" in raw
    context = show("brev.eml", raw)
    by_role = {passage.role: passage for passage in context.passages}
    assert by_role[Role.FROM].text == f"Anna Ek Åkesson <{ANNA}>"
    assert by_role[Role.FROM].field
    assert ANNA in marked(by_role[Role.FROM])
    assert Role.TO not in by_role
    assert "070-174 06 05" in all_marked(context), "in the text: the only place of this type"


def test_a_quoted_line_is_text_like_other(show: Show) -> None:
    context = show("brev.eml", mail(From=f"Bo Dal <{BO}>", To="info@invex.example", Subject="Hej"))
    text = " ".join(passage.text for passage in context.passages)
    assert "Anna Ek" in all_marked(context)
    assert "Den 3 mars skrev Bo: ⏎ Anna Ek har betalat" in text


CARDS = "".join(
    f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nEMAIL:{address}\r\nNOTE:{said}\r\nEND:VCARD\r\n"
    for name, address, said in (("Bo Dal", BO, "Kollega"), ("Anna Ek", ANNA, "Ring Anna Ek sent"))
)
EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1@x\r\nDTSTAMP:20260101T000000Z\r\n"
    f"DTSTART:20260101T090000Z\r\nSUMMARY:Planering\r\nATTENDEE;CN=Anna Ek:mailto:{ANNA}\r\n"
    f"ATTENDEE;CN=Bo Dal:mailto:{BO}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_a_card_and_a_guest_are_shown_as_one_line_each(show: Show) -> None:
    card = show("kort.vcf", CARDS, ("card 2",), types=TYPES)
    assert [(one.role, one.field) for one in card.passages] == [(Role.OWNER, True), (Role.BODY, False)]
    assert {"Anna Ek", ANNA} <= set(marked(card.passages[0]))
    assert BO not in "".join(one.text for one in card.passages)
    (guest,) = show("kal.ics", EVENT, ("event 1@x",), types=TYPES).passages
    assert (guest.role, guest.text) == (Role.ATTENDEE, f"Anna Ek <{ANNA}>")
    assert marked(guest) == ["Anna Ek", ANNA]


@pytest.mark.parametrize(
    ("path", "role", "name"),
    [
        ("Avtal Anna Ek.bin", Role.FILENAME, "Anna Ek"),
        ("avtal_anna_ek.bin", Role.FILENAME, "anna_ek"),
        ("Ek, Anna/blob.bin", Role.PATH, "Ek, Anna"),
    ],
)
def test_a_name_of_a_file_or_folder_is_shown_though_the_content_cannot_be_read(
    show: Show, path: str, role: Role, name: str
) -> None:
    context = show(path, b"\x7fELF\0\1\2", types=frozenset({IdType.NAME}))
    assert [(one.role, marked(one)) for one in context.passages] == [(role, [name])]
    assert context.notes == (Note.UNREAD,)
    assert [reason.value for reason in context.reasons] == ["unknown format"]


def test_a_folder_is_not_read(show: Show) -> None:
    context = show("Kunder/Anna Ek", folder=True)
    assert [(one.role, one.text, marked(one)) for one in context.passages] == [
        (Role.PATH, "Kunder/Anna Ek", ["Anna Ek"])
    ]


def test_a_page_of_a_pdf(show: Show) -> None:
    from fpdf import FPDF

    pdf = FPDF()
    pdf.set_font("helvetica", size=12)
    for line in ("Forst", "Avtal for Anna Ek"):
        pdf.add_page()
        pdf.cell(text=line)
    context = show("avtal.pdf", bytes(pdf.output()), ("page 2",))
    assert all_marked(context) == ["Anna Ek"]
    assert context.passages[0].text == "Avtal for Anna Ek"


def test_few_are_shown_and_the_rest_is_counted(show: Show) -> None:
    filler = "ord " * 60
    context = show("lång.txt", "".join(f"{filler}Anna Ek. " for _ in range(40)) + f"{filler}KND-77")
    assert len(context.passages) == 3
    assert len(all_marked(context)) + context.more == 41
    assert "KND-77" in all_marked(context), "another kind of identifier comes before more of the same"
    assert all(len(passage.text) < 400 for passage in context.passages)
    assert context.passages[0].cut == (True, True)


def test_a_line_without_end_is_cut_on_both_sides(show: Show) -> None:
    context = show("rad.txt", "x" * 5_000_000 + f" {ANNA} " + "y" * 5_000_000)
    (passage,) = context.passages
    assert marked(passage) == [ANNA]
    assert len(passage.text) < 300
    assert passage.cut == (True, True)


def test_above_a_limit_it_says_so_and_shows_what_it_can(show: Show) -> None:
    rows = "Namn;E-post\n" + f"Bo Dal;{BO}\n" * 50 + f"Anna Ek;{ANNA}\n"
    assert all_marked(show("lista.csv", rows, ("row 51",))) == ["Anna Ek", ANNA]
    context = show("lista.csv", rows, ("row 51",), limits=Limits(members=20))
    assert (context.passages, context.notes) == ((), (Note.UNREAD,))
    assert [reason.value for reason in context.reasons] == ["too large"]


def test_the_same_words_in_two_parts_of_a_mail_are_shown_once(show: Show) -> None:
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Bo Dal <{BO}>", "info@invex.example", "Hej"
    message.set_content(f"{SAID}\n")
    message.add_alternative(f"<html><body><p>{SAID}</p></body></html>", subtype="html")
    context = show("två.eml", message.as_bytes())
    assert [one.text for one in context.passages] == [SAID]
    assert context.more == 0


def test_what_stands_in_a_row_that_has_moved_is_found_by_what_it_says(show: Show, tmp_path: Path) -> None:
    from scanner.blob import Blob
    from scanner.expand import expand
    from scanner.records import Record
    from scanner.surgery.prints import Prints

    lines = ["Namn;E-post", f"Bo Dal;{BO}", f"Anna Ek;{ANNA}"]
    before = "\n".join(lines).encode()
    prints = Prints(Sealer(Keys.derive(MASTER)).content)
    known = {one.steps: prints.of(one) for one in expand(Blob(before, "l.csv"), Limits()) if isinstance(one, Record)}
    mark = known["row 2",]
    after = "\n".join([lines[0], lines[2]])
    moved = show("l.csv", after, ("row 2",), version="old", mark=mark)
    assert all_marked(moved) == ["Anna Ek", ANNA]
    assert moved.notes == (Note.CHANGED,)
    gone = show("l.csv", "\n".join([lines[0], lines[1], "Cia Lo;cia@x.example"]), ("row 2",), version="old", mark=mark)
    assert (gone.passages, gone.notes) == ((), (Note.MOVED,))


def test_another_version_of_the_same_bytes_has_not_changed(show: Show) -> None:
    digest = Sealer(Keys.derive(MASTER)).content(SAID.encode()).hex()
    assert show("möte.txt", SAID, version="another", content=digest).notes == ()
    assert show("möte.txt", SAID + "!", version="another", content=digest).notes == (Note.CHANGED,)


def test_what_is_gone_is_said(show: Show) -> None:
    assert show("borta.txt").notes == (Note.GONE,)


def test_a_source_that_is_not_there_is_said(show: Show, tmp_path: Path) -> None:
    (tmp_path / "kunder").rmdir()
    assert show("borta.txt").notes == (Note.UNREACHABLE,)


def test_what_cannot_be_pointed_out_is_said(show: Show) -> None:
    assert show("x.txt", "Inget.", types=frozenset({IdType.EMAIL})).notes == (Note.PARTLY,)


def test_nothing_of_a_neighbour_is_marked(show: Show) -> None:
    said = "Johanna Ekman, anna@kund.example, 070-174 06 06, KND-78, Annas ekar"
    assert all_marked(show("x.txt", said)) == []
