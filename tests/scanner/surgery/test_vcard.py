"""One person's card out of an address book, or the person out of another's card, and no other byte."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from scanner.blob import Blob
from scanner.detect.base import DetectSettings
from scanner.limits import Limits
from scanner.model import Cut, SubjectId
from scanner.records import IdType
from scanner.surgery.base import CannotEdit, Edits
from scanner.surgery.contacts.vcard import EDITOR
from scanner.surgery.operate import operate
from scanner.surgery.person import Subject
from tests.samples import SAMPLES, needs_samples
from tests.scanner.growth import is_steep
from tests.scanner.surgery.make_vcard import make

ANNA = Subject.of(
    [
        SubjectId(IdType.NAME, "Anna Ek", True, None),
        SubjectId(IdType.EMAIL, "anna.ek@hem.example", True, None),
        SubjectId(IdType.PHONE, "+46701740605", True, None),
    ],
    DetectSettings("SE", ()),
    "sv",
)
MARK = b"[raderad]"


def book(*cards: str, version: str = "3.0", end: str = "\r\n") -> bytes:
    return "".join(
        f"BEGIN:VCARD\nVERSION:{version}\n{card.strip()}\nEND:VCARD\n".replace("\n", end) for card in cards
    ).encode()


def cut(data: bytes, *cuts: Cut) -> bytes:
    """Through the engine, which reads both once more."""
    return operate(Blob(data, "a.vcf"), cuts, ANNA, Limits())


def remove(data: bytes, *numbers: int) -> bytes:
    return cut(data, *(Cut((f"card {number}",)) for number in numbers))


def amend(data: bytes, number: int = 1) -> bytes:
    return cut(data, Cut((f"card {number}",), amend=True))


def refused(data: bytes, *, amends: tuple[str, ...] = (), removes: tuple[str, ...] = ()) -> str:
    edits = Edits(frozenset((one,) for one in removes), frozenset((one,) for one in amends))
    with pytest.raises(CannotEdit) as error:
        EDITOR.edit(Blob(data, "a.vcf"), edits, ANNA, Limits())
    return error.value.reason


BO = "N:Berg;Bo;;;\nFN:Bo Berg\nEMAIL:bo@hem.example"
EK = "N:Ek;Anna;;;\nFN:Anna Ek\nEMAIL:anna.ek@hem.example"


# A card leaves


@pytest.mark.parametrize("seed", range(20))
def test_made_address_books_lose_the_cards_and_nothing_else(seed: int) -> None:
    rng = Random(seed)
    made = make(rng, rng.choice((1, 2, 20, 60, 120, 500)))
    gone = set(rng.sample(made.steps, min(20, len(made.steps))))
    after = cut(made.data, *map(Cut, sorted(gone)))
    assert after == made.without(gone)
    kept = [one for one, steps in zip(made.records, made.steps, strict=True) if steps not in gone]
    assert parsed(after) == [name for one in kept for name in parsed(one)]


def parsed(data: bytes) -> list[bytes]:
    """The mail addresses in order, by a parser that knows only lines."""
    return re.findall(rb"^EMAIL[^:\r\n]*:([^\r\n]*)", data, re.MULTILINE)


def test_all_cards_leave_an_empty_file() -> None:
    assert remove(book(EK), 1) == b""
    assert remove(book(EK, EK), 1, 2) == b""


def test_the_same_card_twice_is_told_apart_by_its_number() -> None:
    data = book(BO, EK, BO)
    assert remove(data, 3) == book(BO, EK)
    one = book(EK, end="\n") + book(EK)
    assert remove(one, 1) == book(EK)
    assert remove(one, 2) == book(EK, end="\n")


def test_junk_between_cards_stays() -> None:
    data = book("FN:Vera Sjö") + "\r\nskräp\r\n\r\n".encode() + book(EK) + "\r\nmer: här\r\n\r\n".encode() + book(BO)
    assert remove(data, 2) == data.replace(book(EK), b"")


def test_a_neighbour_without_its_end_keeps_what_it_has() -> None:
    torn = book(BO).removesuffix(b"END:VCARD\r\n")
    data = torn + book(EK) + book("FN:Vera Sjö")
    assert remove(data, 2) == torn + book("FN:Vera Sjö")
    assert "borders" in refused(data, removes=("card 1",))


def test_a_card_is_not_taken_where_its_neighbours_would_become_one() -> None:
    torn = book(BO).removesuffix(b"END:VCARD\r\n")
    data = torn + book(EK) + book("FN:Vera Sjö") + b"END:VCARD\r\n"
    assert "beside it" in refused(data, removes=("card 2",))


def test_a_card_is_not_taken_where_another_may_be_in_it() -> None:
    inner = book(BO)
    data = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna Ek\r\n" + inner + b"END:VCARD\r\n"
    assert "inside" in refused(data, removes=("card 1",))
    two = book("FN:Anna Ek\nEMAIL:anna.ek@hem.example\nFN:Bo Berg\nEMAIL:bo@hem.example")
    assert "two persons" in refused(two, removes=("card 1",))
    assert "not there" in refused(book(BO), removes=("card 2",))
    assert "not there" in refused(book(BO), removes=("card 1x",))


def test_an_end_that_only_looks_like_one_is_none() -> None:
    data = book("FN:Anna Ek\nNOTE:en\n END:VCARD\nTEL:1", BO)
    assert remove(data, 1) == book(BO)
    quoted = "FN:Anna Ek\nNOTE;ENCODING=QUOTED-PRINTABLE:=\nEND:VCARD=\n x"
    assert remove(book(quoted, BO, version="2.1"), 1) == book(BO, version="2.1")


def test_a_card_with_its_agent_is_one_card() -> None:
    agent = "FN:Anna Ek\nAGENT:\nBEGIN:VCARD\nVERSION:3.0\nFN:Vera Sjö\nEND:VCARD\nTEL:123"
    assert remove(book(BO, agent, BO), 2) == book(BO, BO)


def test_links_of_groups_go_with_the_card_and_those_to_others_stay() -> None:
    group = "KIND:group\nFN:Styrelsen\nMEMBER:urn:uuid:{}\nMEMBER:urn:uuid:bo-1\nUID:styrelsen"
    mac = "X-ADDRESSBOOKSERVER-KIND:group\nFN:Alla\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{}\nN:Alla;;;;"
    data = book(f"{EK}\nUID:anna-1", group.format("ANNA-1"), mac.format("anna-1"), f"{BO}\nUID:bo-1")
    assert remove(data, 1) == book(
        group.format("x").replace("MEMBER:urn:uuid:x\n", ""),
        mac.format("x").replace("X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:x\n", ""),
        f"{BO}\nUID:bo-1",
    )


def test_a_member_whose_uid_is_the_persons_address_leaves_a_group() -> None:
    group = "KIND:group\nFN:Alla\nMEMBER:urn:uuid:{}anna.ek@hem.example\nMEMBER:urn:uuid:bo@hem.example"
    left = "KIND:group\nFN:Alla\n{}MEMBER:urn:uuid:bo@hem.example"
    assert amend(book(group.format(""))) == book(left.format(""))
    assert amend(book(f"{group.format('jo')}anna\nMEMBER:mailto:anna.ek@hem.example")) == book(
        f"{group.format('jo')}anna"
    )


def test_a_link_stays_while_a_card_has_its_uid() -> None:
    data = book(f"{EK}\nUID:anna-1", "KIND:group\nFN:Alla\nMEMBER:urn:uuid:anna-1", f"{EK}\nUID:anna-1")
    assert remove(data, 1) == book("KIND:group\nFN:Alla\nMEMBER:urn:uuid:anna-1", f"{EK}\nUID:anna-1")


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_files_in_other_charsets_keep_theirs(codec: str) -> None:
    def whole(*cards: str) -> bytes:
        return book(*cards).decode().encode(codec)

    assert remove(whole("FN:Åsa Öberg", EK, "FN:Örjan Åberg"), 2) == whole("FN:Åsa Öberg", "FN:Örjan Åberg")


def test_saved_messages_and_notes() -> None:
    message = "BEGIN:VMSG\nVERSION:1.1\n{}BEGIN:VENV\nBEGIN:VBODY\n{}\nEND:VBODY\nEND:VENV\nEND:VMSG\n"
    hers = message.format(book(EK, end="\n").decode(), "Hej, Anna här: ring")
    his = message.format(book(BO, end="\n").decode(), "Hej hej")
    data = (hers + his + hers).encode()
    assert cut(data, Cut(("message 1",)), Cut(("message 3",))) == his.encode()
    note = "BEGIN:VNOTE\nVERSION:1.1\nBODY:Anna Ek\nEND:VNOTE\n"
    assert cut((note + his).encode(), Cut(("part note 1",))) == his.encode()
    assert "borders" in refused((hers.removesuffix("END:VMSG\n") + his).encode(), removes=("message 1",))
    assert "whole" in refused(data, amends=("message 1",))


# The person leaves another's card


def test_lines_only_about_the_person_go_with_their_labels() -> None:
    data = book(
        f"{BO}\nX-SPOUSE:Anna Ek\nitem1.X-ABRELATEDNAMES:Anna Ek\nitem1.X-ABLabel:_$!<Spouse>!$_\n"
        "item2.X-ABRELATEDNAMES:Vera Sjö\nitem2.X-ABLabel:_$!<Child>!$_\nRELATED;VALUE=text:Anna Ek\n"
        "RELATED:mailto:anna.ek%40hem.example\nX-ANDROID-CUSTOM:vnd.android.cursor.item/relation;Anna Ek;14;;;\n"
        "TEL:070-174 06 05\nTEL:070-174 06 06",
        EK,
    )
    assert amend(data) == book(
        f"{BO}\nitem2.X-ABRELATEDNAMES:Vera Sjö\nitem2.X-ABLabel:_$!<Child>!$_\nTEL:070-174 06 06", EK
    )


@pytest.mark.parametrize("seed", range(8))
def test_the_person_leaves_made_cards_and_nothing_else_changes(seed: int) -> None:
    rng = Random(seed)
    made = make(rng, rng.choice((2, 20, 100)))
    clean = made.data
    chosen = rng.sample(range(len(made.records)), min(10, len(made.records)))
    for place in chosen:
        start = made.records[place].rindex(b"END:VCARD")
        line = rng.choice((b"X-SPOUSE:Anna Ek\r\n", b"RELATED:mailto:anna.ek@hem.example\n", b"item9.TEL:0701740605\n"))
        made.records[place] = made.records[place][:start] + line + made.records[place][start:]
    assert cut(made.data, *(Cut((f"card {place + 1}",), amend=True) for place in chosen)) == clean


def test_a_label_and_a_link_that_name_the_person_are_masked() -> None:
    data = book(f"{BO}\nitem1.TEL:08-1\nitem1.X-ABLabel:Anna Ek\nCALADRURI:mailto:anna.ek@hem.example")
    assert amend(data) == data.replace(b"Anna Ek", MARK).replace(b"anna.ek@hem.example", MARK)


def test_a_note_with_bare_line_breaks() -> None:
    data = book(f"{BO}\nNOTE:ett\nAnna Ek två\ntre\nROLE:Chef")
    assert amend(data) == data.replace(b"Anna Ek", MARK)


def test_text_is_masked_between_its_escapes() -> None:
    data = book(f"{BO}\nNOTE:Gift\\; med\\nAnna Ek\\, 1999\nTEL:1\nNOTE:annan")
    assert amend(data) == data.replace(b"Anna Ek", MARK)
    named = book(f'{BO}\nTEL;X-LABEL="Anna Ek:s";TYPE=home:08-1')
    assert amend(named) == named.replace(b"Anna Ek", MARK)


def test_a_changed_line_is_folded_as_it_was_and_torn_between_no_letters() -> None:
    said = "Å" * 30 + " Anna Ek " + "Ö" * 200
    rows = "\r\n ".join(said[place : place + 30] for place in range(0, len(said), 30))
    data = book(BO) + book(BO + "\nNOTE:@").replace(b"@", b"#", 1).replace(b"#", b"@").replace(
        b"NOTE:@", b"NOTE:" + rows.encode()
    )
    after = amend(data, 2)
    assert after.startswith(book(BO))
    changed = after.split(b"NOTE:", 1)[1].rsplit(b"END", 1)[0]
    assert changed.replace(b"\r\n ", b"").decode() == said.replace("Anna Ek", MARK.decode()) + "\r\n"
    rows_now = (b"NOTE:" + changed).splitlines()
    assert all(len(row) <= 75 and row.decode().strip() for row in rows_now)


def test_quoted_printable_and_its_charset() -> None:
    def card(text: str) -> bytes:
        head = b"NOTE;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:"
        return book(BO, version="2.1").replace(b"END:", head + text.encode() + b"\r\nEND:")

    after = amend(card("=C5terbud: An=\r\nna Ek sover =E4nnu"))
    head, _, value = after.partition(b"QUOTED-PRINTABLE:")
    assert head == card("").partition(b"QUOTED-PRINTABLE:")[0]
    value = value.partition(b"\r\nEND:")[0]
    assert value.replace(b"=\r\n", b"") == b"=C5terbud: [raderad] sover =E4nnu"
    assert all(len(row) <= 76 for row in after.split(b"\r\n"))


def test_the_agents_card_goes_where_it_is_the_persons() -> None:
    inner = "AGENT:\nBEGIN:VCARD\nVERSION:3.0\n{}\nEND:VCARD\nROLE:Chef"
    assert amend(book(f"{BO}\n{inner.format(EK)}")) == book(f"{BO}\nROLE:Chef")
    line = "AGENT:BEGIN:VCARD\\nFN:{}\\nEND:VCARD\\n\nROLE:Chef"
    assert amend(book(f"{BO}\n{line.format('Anna Ek')}")) == book(f"{BO}\nROLE:Chef")
    told = book(f"{BO}\n{inner.format('FN:Vera Sjö')}\nNOTE:Anna Ek")
    assert amend(told) == told.replace(b"NOTE:Anna Ek\r\n", b"")


def test_one_leaves_and_is_left_in_one_rewriting() -> None:
    data = book(f"{BO}\nX-SPOUSE:Anna Ek\nRELATED:urn:uuid:anna-1", f"{EK}\nUID:anna-1")
    after = cut(data, Cut(("card 2",)), Cut(("card 1",), amend=True))
    assert after == book(BO)


def test_what_cannot_be_done_is_refused() -> None:
    assert "the person's name" in refused(book(EK), amends=("card 1",))
    assert "not found" in refused(book(BO), amends=("card 1",))
    photo = f'{BO}\nX-SPOUSE:Anna Ek\nPHOTO;ENCODING=b;X-NAME="Anna Ek":aGVq'
    assert "named after" in refused(book(photo), amends=("card 1",))
    parts = f"{BO}\nX-SPOUSE:Anna Ek\nNOTE:Åsa och Anna Ek"
    assert "cannot be taken out" in refused(book(parts), amends=("card 1",))
    edits = Edits(replace={("card 1", "part photo.jpg"): b""})
    with pytest.raises(CannotEdit):
        EDITOR.edit(Blob(book(BO), "a.vcf"), edits, ANNA, Limits())


def test_charsets_that_cannot_be_written_again_are_refused() -> None:
    odd = book("FN:Åsa").replace("Å".encode(), b"\x1b$B%1\x1b(B")
    assert EDITOR.refuses(Blob(odd, "a.vcf"))
    assert EDITOR.refuses(Blob(book(BO), "a.vcf")) is None
    latin = book("FN:Åsa Öberg är här och på väg", EK).decode().encode("cp1252")
    assert remove(latin, 2) == book("FN:Åsa Öberg är här och på väg").decode().encode("cp1252")


def test_work_grows_with_the_cards_and_no_faster() -> None:
    def work(count: int) -> None:
        data = book(*[f"{BO}\nUID:{number}\nMEMBER:urn:uuid:1" for number in range(count)])
        edits = Edits(frozenset({("card 1",)}))
        after = EDITOR.edit(Blob(data, "a.vcf"), edits, ANNA, Limits())
        assert EDITOR.differences(data, after, edits, ANNA) == []

    assert not is_steep(work, 100)


# The comparison is a witness of its own


def test_differences_sees_what_is_wrong() -> None:
    data = book(BO, EK, "FN:Vera Sjö\nNOTE:Anna Ek och Ida")
    edits = Edits(frozenset({("card 2",)}), frozenset({("card 3",)}))
    right = book(BO, "FN:Vera Sjö\nNOTE:[raderad] och Ida")
    assert EDITOR.differences(data, right, edits, ANNA) == []
    for wrong in (
        data,
        book("FN:Vera Sjö\nNOTE:[raderad] och Ida"),
        book(BO, "FN:Vera Sjö\nNOTE:[raderad]"),
        book(BO, "FN:Vera Sjö\nNOTE:Anna Ek och Ida"),
        book(BO, "FN:Vera\nNOTE:[raderad] och Ida"),
        book(BO, "NOTE:[raderad] och Ida"),
        book(BO, "FN:Vera Sjö\nNOTE:[raderad] och Ida\nTEL:1"),
        right.replace(b"bo@", b"b0@"),
        right.replace(b"\r\n", b"\n"),
        right + b"\r\n",
    ):
        assert EDITOR.differences(data, wrong, edits, ANNA), wrong


# Real files


@needs_samples
def test_one_person_leaves_the_phone_exports() -> None:
    from json import loads

    taken = 0
    for path in sorted(SAMPLES.glob("truth/composed_contacts__*.json")):
        truth = loads(path.read_text())
        mine: dict[str, list[int]] = {}
        for one in truth["must_find"]:
            name, hash_, number = one.partition("#")
            if hash_:
                mine.setdefault(name, []).append(int(number) + 1)
        for name, numbers in mine.items():
            data = (SAMPLES / "composed_contacts" / name).read_bytes()
            person = someone(truth["person"])
            after = operate(Blob(data, name), [Cut((f"card {one}",)) for one in numbers], person, Limits())
            assert split(after) == [one for number, one in enumerate(split(data), 1) if number not in numbers]
            taken += len(numbers)
    assert taken > 10


@needs_samples
@pytest.mark.parametrize(
    ("case", "number"), [("ayalindstrom", 123), ("ayalindstrom", 54), ("selammhansen", 166), ("selammhansen", 242)]
)
def test_a_related_person_leaves_the_card_of_another(case: str, number: int) -> None:
    from json import loads

    truth = loads((SAMPLES / "truth" / f"composed_contacts__{case}.json").read_text())
    data = (SAMPLES / "composed_contacts" / "card_v4.vcf").read_bytes()
    cuts = [Cut((f"card {number}",), amend=True)]
    after = operate(Blob(data, "card_v4.vcf"), cuts, someone(truth["person"]), Limits())
    old, new = split(data), split(after)
    assert [place for place, (one, other) in enumerate(zip(old, new, strict=True), 1) if one != other] == [number]
    name = truth["person"]["names"][0].encode()
    rows = old[number - 1].splitlines(keepends=True)
    assert new[number - 1] == b"".join(row for row in rows if not (row.startswith(b"RELATED") and name in row))
    assert name not in new[number - 1]


def someone(person: dict[str, list[str]]) -> Subject:
    kinds = ((IdType.NAME, "names"), (IdType.EMAIL, "emails"))
    known = [
        SubjectId(kind, one if kind is IdType.NAME else one.lower(), True, None)
        for kind, key in kinds
        for one in person[key]
    ]
    return Subject.of(known, DetectSettings("SE", ()), "sv")


def split(data: bytes) -> list[bytes]:
    """The cards of a well-made file, by their last line."""
    return re.findall(rb"BEGIN:VCARD.*?END:VCARD\r?\n", data, re.DOTALL)


@needs_samples
def test_every_card_of_the_real_files_leaves_alone_or_is_refused() -> None:
    """What was refused is told by number, so that a change for the worse is seen."""
    left = kept = 0
    for path in sorted(one for one in (SAMPLES / "contacts").rglob("*.vcf") if one.stat().st_size < 60_000):
        data = Path(path).read_bytes()
        for number in range(1, min(6, data.upper().count(b"BEGIN:VCARD") + 1)):
            edits = Edits(frozenset({(f"card {number}",)}))
            try:
                after = EDITOR.edit(Blob(data, path.name), edits, ANNA, Limits())
            except CannotEdit:
                kept += 1
                continue
            left += 1
            gone = len(data) - len(after)
            start = next((place for place in range(len(after)) if data[place] != after[place]), len(after))
            assert data.endswith(after[start:])
            assert gone > 0
    assert left > 300
    assert kept < 60
