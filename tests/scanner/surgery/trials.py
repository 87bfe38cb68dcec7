"""One trial of each editable format: a made-up file, the records that leave it, and what must be left, by its maker.

What must be left is judged by `witnesses`, which share no code with gallra.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from scanner.model import Cut
from scanner.records import Steps
from scanner.surgery.base import Person
from tests.scanner.surgery import (
    make_csv,
    make_docx,
    make_html,
    make_ics,
    make_mail,
    make_mbox,
    make_ods,
    make_odt,
    make_tar,
    make_text,
    make_vcard,
    make_xlsx,
    make_zip,
    witnesses,
)
from tests.scanner.surgery.canaries import MARK, NOBODY
from tests.scanner.surgery.canaries import Made as Listed
from tests.scanner.surgery.office_person import CANARIES, SUBJECT, cuts, held
from tests.scanner.surgery.people import anna
from tests.scanner.surgery.sheet_person import Known

REMOVED = 20  # records a file, or as many as it has


@dataclass(frozen=True)
class Trial:
    """A file and what is asked of it. `check` raises AssertionError where more or less left than was asked.

    `canaries` must be nowhere in what is left, unpacked. `may_refuse`: the maker knows that this file need not be
    editable.
    """

    name: str
    data: bytes
    cuts: Sequence[Cut]
    canaries: Sequence[bytes]
    check: Callable[[bytes], None]
    person: Person = field(default=NOBODY)
    may_refuse: bool = False


Maker = Callable[[random.Random, int], Trial]


def _some(rng: random.Random, count: int) -> set[int]:
    return set(rng.sample(range(count), min(REMOVED, count)))


def _removing(steps: Iterable[Steps]) -> list[Cut]:
    return [Cut(one) for one in sorted(steps)]


def _only(gone: Iterable[bytes], kept: Iterable[bytes]) -> list[bytes]:
    """What stands in records that left and in none that stayed: twins do not count."""
    return sorted(set(gone) - set(kept))


def csv(rng: random.Random, count: int) -> Trial:
    made = make_csv.make(rng, count)
    gone = {number + 1 for number in _some(rng, count)}
    kept = [row for number, row in enumerate(made.rows) if number not in gone]

    def check(after: bytes) -> None:
        assert after == made.without(gone)
        assert witnesses.csv_rows(after[len(made.head) :], made.codec, made.delimiter) == kept

    words = _only((made.rows[number][1].encode() for number in gone), (row[1].encode() for row in kept))
    coded = [word.decode().encode(made.codec) for word in words]
    return Trial("lista.csv", made.data, _removing((f"row {number}",) for number in gone), [*words, *coded], check)


def text(rng: random.Random, count: int) -> Trial:
    made = make_text.make(rng, count)
    while not made.hers:
        made = make_text.make(rng, count + 1)

    def check(after: bytes) -> None:
        assert after == made.after

    names = ("Anna Andersson", "Andersson, Anna", "ANNA@KUND", "anna+lista@", "19811218-9876", "SE45 5000 0000")
    words = [name.encode(codec) for name in names for codec in ("utf-8", "utf-16-le", "utf-16-be")]
    return Trial("möte.txt", made.data, [Cut((), amend=True)], words, check, anna())


def html(rng: random.Random, count: int) -> Trial:
    made = make_html.make(rng, count)
    gone = _some(rng, count)
    masked = made.hers > 0 and rng.random() < 0.5
    wanted = _removing(made.steps[number] for number in gone) + [Cut((), amend=True)] * masked
    before = made.without(set(), masked=False)

    def check(after: bytes) -> None:
        assert after == made.without(gone, masked=masked)
        lost = {made.canaries[number] for number in gone}
        old = [row for row in witnesses.html_rows(before) if not lost & set(row)]
        assert witnesses.html_rows(after) == old

    words = [made.canaries[number].encode() for number in gone]
    # The head of a table without rows is read as text of the page, and nobody knows then where it came from.
    tables = {steps[:-1] for steps in made.steps}
    bare = any(all(number in gone for number, one in enumerate(made.steps) if one[:-1] == table) for table in tables)
    return Trial("sida.html", before, wanted, words + [b"anna@kund"] * masked, check, anna(), may_refuse=bare)


def vcard(rng: random.Random, count: int) -> Trial:
    made = make_vcard.make(rng, count)
    return _lines(rng, made, "kort.vcf", witnesses.vcards)


def ics(rng: random.Random, count: int) -> Trial:
    made = make_ics.make(rng, count)
    return _lines(rng, made, "kalender.ics", witnesses.components)


_OWN = re.compile(rb":p\d+@made\.example|:u\d+@id\.example")


def _lines(
    rng: random.Random, made: make_vcard.Made, name: str, parsed: Callable[[bytes], list[tuple[str, ...]]]
) -> Trial:
    """Of a file of lines in which every byte is known; several components may bear one step."""
    known = sorted(set(made.steps))
    gone = set(rng.sample(known, min(REMOVED, len(known))))
    left = [one for one, steps in zip(made.records, made.steps, strict=True) if steps not in gone]
    went = [one for one, steps in zip(made.records, made.steps, strict=True) if steps in gone]

    def check(after: bytes) -> None:
        assert after == made.without(gone)
        assert parsed(after) == [one for record in left for one in parsed(record)]

    words = _only((w for one in went for w in _OWN.findall(one)), (w for one in left for w in _OWN.findall(one)))
    return Trial(name, made.data, _removing(gone), words, check)


def _listed(rng: random.Random, made: Listed, told: Callable[[bytes], Sequence[tuple[object, ...]]]) -> Trial:
    """Of a container whose records a parser lists in the maker's order."""
    gone = _some(rng, len(made.steps))
    before = told(made.data)
    assert len(before) == len(made.steps), "the witness sees what the maker put in"

    def check(after: bytes) -> None:
        assert told(after) == [one for number, one in enumerate(before) if number not in gone]

    words = [made.canaries[number] for number in gone]
    return Trial(made.name, made.data, _removing(made.steps[number] for number in gone), words, check)


def mbox(rng: random.Random, count: int) -> Trial:
    return _listed(rng, make_mbox.make(rng, count), witnesses.messages)


def zip_(rng: random.Random, count: int) -> Trial:
    return _listed(rng, make_zip.make(rng, count), witnesses.zip_members)


def tar(rng: random.Random, count: int) -> Trial:
    """A tar of nothing is a file of zeros, which no reader takes for a tar."""
    trial = _listed(rng, make_tar.make(rng, count), witnesses.tar_members)
    return replace(trial, may_refuse=count <= REMOVED)


def mail(rng: random.Random, count: int) -> Trial:
    made = make_mail.make(rng, count)
    gone = _some(rng, count)
    before = witnesses.parts(made.data)

    def check(after: bytes) -> None:
        now = witnesses.parts(after)
        assert len(now) == len(before), "a mark stands in place of each part"
        lost = [made.canaries[number] for number in gone]
        for was, one in zip(before, now, strict=True):
            if any(canary in was.content for canary in lost):
                assert one == witnesses.Part("text/plain", MARK.encode(), one.headers)
            else:
                assert one == was

    words = [made.canaries[number] for number in gone]
    return Trial("brev.eml", made.data, _removing(made.steps[number] for number in gone), words, check)


def xlsx(rng: random.Random, count: int) -> Trial:
    return _sheets(rng, make_xlsx.make(rng, count), "register.xlsx", witnesses.workbook_differs)


def ods(rng: random.Random, count: int) -> Trial:
    """One of several equal rows that are written once, with a note: the note is then written twice."""
    made = make_ods.make(rng, count)
    trial = _sheets(rng, made, "register.ods", witnesses.spreadsheet_differs)
    alone = {make_xlsx.steps(*place) for place, told in made.rows.items() if told}
    return replace(trial, may_refuse=any(cut.steps not in alone for cut in trial.cuts))


def _sheets(
    rng: random.Random,
    made: make_xlsx.Made,
    name: str,
    differs: Callable[[bytes, bytes, set[tuple[str, int]]], list[str]],
) -> Trial:
    gone = set(rng.sample(sorted(made.rows), min(REMOVED, len(made.rows))))
    words = [word for place in gone for word in made.rows[place]]

    def check(after: bytes) -> None:
        assert differs(made.data, after, gone) == []
        left = b"\0".join(witnesses.opened(after))
        assert all(word.encode() in left for place, told in made.rows.items() if place not in gone for word in told)

    wanted = _removing(make_xlsx.steps(*place) for place in gone)
    return Trial(name, made.data, wanted, [word.encode() for word in words], check, Known(words))


def docx(rng: random.Random, count: int) -> Trial:
    made = make_docx.make(rng, count, mentions=REMOVED)
    return _document(made, "brev.docx", witnesses.word_differs)


def odt(rng: random.Random, count: int) -> Trial:
    made = make_odt.make(rng, count, mentions=REMOVED)
    return _document(made, "brev.odt", witnesses.writer_differs)


def _document(
    made: make_docx.Made, name: str, differs: Callable[[bytes, bytes, Sequence[str], str], list[str]]
) -> Trial:
    """The person leaves every record that a scan finds her in; whole where it is a row of hers."""

    def check(after: bytes) -> None:
        assert differs(made.data, after, make_docx.PERSON, MARK) == []

    words = [word.encode() for word in CANARIES]
    return Trial(name, made.data, cuts(held(made.data, name)), words, check, SUBJECT)


def gz(rng: random.Random, count: int) -> Trial:
    """Another file, packed by gzip, bzip2 or xz."""
    inner = rng.choice((csv, vcard, ics, mbox, tar, zip_))(rng, count)
    ending, pack, unpack = rng.choice(
        (
            ("gz", _gzipped, gzip.decompress),
            ("bz2", bz2.compress, bz2.decompress),
            ("xz", lzma.compress, lzma.decompress),
        )
    )

    def check(after: bytes) -> None:
        inner.check(unpack(after))

    above = () if inner.name.endswith(".tar") else (f"member {inner.name}",)  # a packed tar is one format
    wanted = [replace(cut, steps=(*above, *cut.steps)) for cut in inner.cuts]
    return replace(inner, name=f"{inner.name}.{ending}", data=pack(inner.data), cuts=wanted, check=check)


def _gzipped(data: bytes) -> bytes:
    sink = io.BytesIO()
    with gzip.GzipFile("", "wb", 6, sink, mtime=1_600_000_000) as stream:
        stream.write(data)
    return sink.getvalue()


MAKERS: dict[str, Maker] = {
    "text": text,
    "html": html,
    "csv": csv,
    "xlsx": xlsx,
    "ods": ods,
    "docx": docx,
    "odt": odt,
    "vcard": vcard,
    "ics": ics,
    "mail": mail,
    "mbox": mbox,
    "zip": zip_,
    "tar": tar,
    "gz": gz,
}
