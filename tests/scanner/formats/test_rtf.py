"""Rich text: what is shown, what stands beside it, who wrote it, and what is embedded in it."""

from __future__ import annotations

import struct
import time

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats.base import Found, Nested
from scanner.formats.rtf import rtf
from scanner.limits import Limits
from scanner.records import Record, Role, Unread
from tests.samples import SAMPLES, needs_samples


def found(body: bytes, head: bytes = rb"\ansi\ansicpg1252") -> list[Found]:
    return list(rtf.FORMAT.extract(Blob(b"{\\rtf1" + head + b" " + body + b"}", "a.rtf"), Limits()))


def records(body: bytes, head: bytes = rb"\ansi\ansicpg1252") -> dict[tuple[str, ...], Record]:
    return {one.steps: one for one in found(body, head) if isinstance(one, Record)}


def text_of(record: Record) -> str:
    return "\n".join(text for _, text in record.texts)


def read(body: bytes, head: bytes = rb"\ansi\ansicpg1252") -> str:
    return text_of(records(body, head)[()])


def persons(record: Record) -> list[str]:
    assert all(one.role is Role.AUTHOR for one in record.entities)
    return [fact.value for one in record.entities for fact in one.facts]


def hexed(data: bytes) -> bytes:
    return data.hex().encode()


# Characters


@pytest.mark.parametrize(
    ("head", "codec", "word"),
    [
        (rb"\ansi\ansicpg1252", "cp1252", "Åsa Björk"),
        (rb"\ansi\ansicpg1251", "cp1251", "Анна"),
        (rb"\mac", "mac_roman", "Åsa Björk"),
        (rb"\pc", "cp437", "Åsa Björk"),
        (rb"\pca", "cp850", "Åsa Øby"),
        (rb"\ansi\ansicpg932", "cp932", "ソ表アンナ"),
        (rb"\ansi\ansicpg10000", "mac_roman", "Åsa"),
    ],
)
def test_code_pages_of_the_document(head: bytes, codec: str, word: str) -> None:
    escaped = b"".join(b"\\'%02x" % byte for byte in word.encode(codec))
    assert read(escaped, head) == word


@pytest.mark.parametrize(
    ("number", "codec", "word"),
    [
        (128, "cp932", "表アンナ"),
        (134, "gb18030", "安娜"),
        (136, "cp950", "功安娜"),
        (129, "cp949", "안나"),
        (204, "cp1251", "Анна"),
        (238, "cp1250", "Łucja"),
        (161, "cp1253", "Άννα"),
        (77, "mac_roman", "Åsa"),
    ],
)
def test_code_pages_of_fonts(number: int, codec: str, word: str) -> None:
    fonts = rb"\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fnil\fcharset%d{\*\panose 0}{\*\falt Falt}Font;}}" % number
    escaped = b"".join(b"\\'%02x" % byte for byte in word.encode(codec))
    assert read(fonts + rb"\f0 \'c5sa \f1 " + escaped + rb"\f0 \'e5 {\f1 x}\plain \'e4") == f"Åsa {word}å xä"


def test_second_bytes_of_wide_characters_may_be_plain_letters() -> None:
    assert read(rb"\'83A\'83\'41", rb"\ansi\ansicpg932") == "アア"


def test_unicode_and_what_stands_in_for_it() -> None:
    assert read(rb"\uc1\u197?sa \u-3913\'3f \uc2\u20320\'c4\'e3x{\uc0\u229 y}\u26085\'93\'fa \uc0\u128512") == (
        "Åsa \uf0b7 你xåy日 😀"
    )
    assert read(rb"\u-10179?\u-8704?") == "😀"
    assert read(rb"\u229{?}") == "å?"  # the end of a group ends what is skipped


def test_half_characters_do_no_harm() -> None:
    assert read(rb"a\u-10179?b") == "a\ufffdb"


def test_special_characters() -> None:
    assert read(rb"an\-na\_ek\~x\emdash y\endash\lquote a\rquote\ldblquote b\rdblquote\bullet\tab c\{\}\\") == (
        "anna-ek\xa0x—y–‘a’“b”•\tc{}\\"
    )
    assert read(b"anna\r\n@x.exam\nple\\line b\\par c\\\nd\\page e") == "anna@x.example\nb\nc\nd\ne"


def test_formatting_does_not_split_words() -> None:
    assert read(rb"{\b anna}{\cf1\i @x.}\f2\lang1053 exam{\*\bkmkstart Namn}ple{\*\bkmkend Namn}") == "anna@x.example"


def test_unicode_half_is_preferred() -> None:
    assert read(rb"{\upr{Asa}{\*\ud{\uc1\u197\'41sa}}} Ek") == "Åsa Ek"


# Destinations


def test_what_is_no_text() -> None:
    text = read(
        rb"{\fonttbl{\f0 Fontnamn;}}{\colortbl;\red0;}{\stylesheet{\s1 Stilnamn;}{\*\cs10 Annan;}}{\*\generator Prog;}"
        rb"{\*\themedata 504b0304}{\*\listtable{\list{\listname Lista;}}}{\*\datastore 0105}{\*\rsidtbl \rsid1}kvar"
    )
    assert text == "kvar"


def test_parts_are_records_of_their_own() -> None:
    got = records(
        rb"{\header\pard Sidhuvud {\b Vera} Ek\par}{\footerf sidfot}kropp{\super\chftn{\footnote\chftn not ett}}"
        rb"{\footnote\ftnalt slutnot}"
        rb"{\shp{\*\shpinst{\sp{\sn wzDescription}{\sv Bild av Vera}}{\shptxt i ruta\par}}} slut"
        rb"{\*\egenpost Ok\'e4nt f\'e4lt}{\*\hexpost 00112233445566778899aabb}"
    )
    assert text_of(got["part header",]) == "Sidhuvud Vera Ek"
    assert text_of(got["part footer",]) == "sidfot"
    assert text_of(got["part footnotes",]) == "not ett"
    assert text_of(got["part endnotes",]) == "slutnot"
    assert text_of(got["part textboxes",]) == "i ruta"
    assert text_of(got["part other",]) == "Okänt fält"
    assert text_of(got[()]) == "kropp slut\nBild av Vera"


def test_comments_have_authors() -> None:
    got = records(
        rb"Text{\*\atnid BE}{\*\atnauthor Bo Ek}\chatn{\*\annotation{\*\atnref 3}{\*\atndate 1}ring anna@x.example} mer"
    )
    comment = got["part comments",]
    assert text_of(comment) == "ring anna@x.example"
    assert persons(comment) == ["Bo Ek"]
    assert persons(got["part properties",]) == ["Bo Ek"]
    assert text_of(got[()]) == "Text mer\nBE"


def test_properties_and_their_persons() -> None:
    got = records(
        rb"{\info{\title Avtal}{\author Vera Ek}{\operator bo@x.example}{\*\manager Siv \'c5s}{\*\company Ek AB}"
        rb"{\doccomm Om Vera}{\creatim\yr2020}{\keywords a b}}{\*\userprops{\propname Handl\'e4ggare}\proptype30"
        rb"{\staticval Kim Berg}}{\*\revtbl {Unknown;}{Pia Lind;}}{\*\docvar {Kund}{Ola Dahl}}"
    )
    record = got["part properties",]
    assert persons(record) == ["Vera Ek", "bo@x.example", "Siv Ås", "Ek AB", "Pia Lind"]
    assert text_of(record).split("\n") == ["Avtal", "Om Vera", "a b", "Handläggare", "Kim Berg", "Kund", "Ola Dahl"]
    assert () in got
    assert not got[()].texts


def test_links_fields_and_forms_follow_their_paragraph() -> None:
    text = read(
        rb'Skriv {\field{\*\fldinst{ HYPERLINK "mailto:vera@}{x.example" }}{\fldrslt{\ul h\'e4r}}}!\par'
        rb"{\field{\*\fldinst{\*\formfield{\fftype0{\*\ffname T1}{\*\ffdeftext Standard}}}}{\fldrslt svar}}"
        rb"{\xe Ek, Vera}"
    )
    assert text.split("\n") == ["Skriv här!", 'HYPERLINK "mailto:vera@x.example"', "svar", "Standard", "Ek, Vera"]


def test_changes_are_read_as_before_and_after() -> None:
    assert read(rb"Hej {\deleted Vera}{\revised Bo} Ek\par nytt").split("\n") == ["Hej Bo Ek", "Hej Vera Ek", "nytt"]


def test_hidden_text_is_read_but_splits_nothing() -> None:
    assert read(rb"vera{\v bo@y.}{\v\b example}@x.example\v0 {\v slut}").split("\n") == [
        "vera@x.example",
        "bo@y.example",
        "slut",
    ]


# Tables


def test_tables_are_rows_with_persons() -> None:
    row = rb"\trowd\cellx1\cellx2\pard\intbl %s\cell %s\cell\row "
    rows = row % (b"Namn", b"E-post") + row % (b"Vera Ek", b"vera@x.\\b example")
    got = records(b"Titel\\par " + rows + rb"\pard slut")
    assert text_of(got[()]) == "Titel\nslut"
    assert text_of(got["row 1",]) == "Vera Ek\tvera@x.example"
    assert [fact.value for fact in got["row 1",].entities[0].facts] == ["Vera Ek", "vera@x.example"]
    assert got["row 1",].entities[0].role is Role.OWNER


def test_nested_tables_and_tables_without_marks() -> None:
    got = records(
        rb"\trowd\pard\intbl yttre\par\pard\intbl\itap2 inre a\nestcell inre b\nestcell"
        rb"{\*\nesttableprops\trowd\nestrow}"
        rb"{\nonesttables\par}\pard\intbl efter\cell andra\cell\row\pard\par\trowd\cellx1 utan\cell m\'e4rke\row\pard z"
    )
    assert text_of(got["table 1", "row 1"]) == "inre a\tinre b"
    assert text_of(got["table 2", "row 1"]) == "yttre\nefter\tandra"
    assert text_of(got["table 3", "row 1"]) == "utan\tmärke"
    assert text_of(got[()]) == "z"


# Pictures and objects


def test_pictures_are_files() -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    jpg = b"\xff\xd8\xff\xe0" + b"}{\\" * 9
    dib = struct.pack("<IiiHHIIiiII", 40, 20, 20, 1, 8, 0, 0, 0, 0, 0, 0) + bytes(1024 + 400)
    got = found(
        rb"{\*\shppict{\pict{\*\picprop{\sp{\sn wzDescription}{\sv Alt f\'f6r bild}}}\pngblip\picw10 "
        + hexed(png)[:80]
        + b"\r\n"
        + hexed(png)[80:]
        + rb"}}{\nonshppict{\pict\wmetafile8 0102}}{\pict\jpegblip\bin"
        + b"%d " % len(jpg)
        + jpg
        + rb"}{\pict\dibitmap0 "
        + hexed(dib)
        + b"}efter"
    )
    files = [(one.steps, one.kind, one.blob.data()) for one in got if isinstance(one, Nested)]
    assert files[0] == (("part image1.png",), "image", png)
    assert files[1] == (("part image2.jpg",), "image", jpg)
    assert files[2][0] == ("part image3.bmp",)
    assert files[2][2][:14] == b"BM" + struct.pack("<IHHI", 14 + len(dib), 0, 0, 14 + 40 + 1024)
    assert files[2][2][14:] == dib
    assert len(files) == 3
    assert text_of(next(one for one in got if isinstance(one, Record))) == "efter\nAlt för bild"


def ole1(program: bytes, native: bytes, kind: int = 2, file: bytes = b"") -> bytes:
    head = struct.pack("<II", 0x501, kind)
    for word in (program, file, b""):
        head += struct.pack("<I", len(word) + 1) + word + b"\0" if word else bytes(4)
    return head + struct.pack("<I", len(native)) + native


def objected(data: bytes) -> bytes:
    return rb"{\object\objemb{\*\objclass Package}{\*\objdata " + hexed(data) + rb"}{\result{\pict\wmetafile8 01}}}"


def test_packed_files_are_attachments() -> None:
    inner = b"Vera Ek, vera@x.example"
    packed = b"\2\0lista.txt\0C:\\Kim\\lista.txt\0\0\0\3\0" + struct.pack("<I", 6) + b"C:\\a\\\0"
    packed += struct.pack("<I", len(inner)) + inner
    got = found(objected(ole1(b"Package", packed)))
    attached = next(one for one in got if isinstance(one, Nested) and one.kind == "attachment")
    assert attached.steps == ("attachment 1: lista.txt",)
    assert attached.blob.data() == inner


def test_other_programs_files_links_and_damage() -> None:
    linked = objected(ole1(b"Word.Document.8", b"", 1, b"C:\\Vera Ek.doc"))
    got = found(objected(ole1(b"Prog.1", b"PK\3\4rest")) + linked)
    nested = next(one for one in got if isinstance(one, Nested) and one.kind == "attachment")
    assert (nested.steps, nested.blob.data()) == (("attachment 1: Prog.1",), b"PK\3\4rest")
    link = next(one for one in got if isinstance(one, Record) and one.steps == ("attachment 2",))
    assert "C:\\Vera Ek.doc" in text_of(link)
    assert Unread(("attachment 1",), GapReason.UNREADABLE, "embedded object") in found(objected(b"\1\5\0\0\2\0\0\0"))


# Mail bodies


def test_html_inside() -> None:
    body = (
        rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fcharset0 Arial;}}"
        rb"{\*\generator Microsoft Exchange Server;}{\*\formatConverter converted from html;}"
        b"\r\n\\uc1\\pard{\\*\\htmltag64}\r\n{\\*\\htmltag19 <html>\\par}"
        rb"{\*\htmltag84 <a href=\'22mailto:vera@x.example\'22>}\htmlrtf {\field{\*\fldinst{HYPERLINK "
        rb'"mailto:vera@x.example"}}{\fldrslt\htmlrtf0 skriv till V\'e9ra\htmlrtf }}\htmlrtf0{\*\htmltag92 </a>}'
        rb"{\*\htmltag84 &#229;}\htmlrtf \'e5\htmlrtf0\htmlrtf{\f4\htmlrtf0 anna{\*\htmltag84 <b>}@y.example"
        rb"{\*\htmltag92 </b>}\htmlrtf}\htmlrtf0\line{\*\mhtmltag84 dubblett}{\*\htmltag84 <p>}"
        rb"\{ny\}\tab rad\htmlrtf\par"
        rb" bara i rtf\htmlrtf0}"
    )
    lines = rtf.text(body).split("\n")
    assert lines[0] == "skriv till Véraåanna@y.example"
    assert lines[1] == "{ny} rad"
    assert "vera@x.example" in lines
    assert "bara i rtf" in lines
    assert "dubblett" not in rtf.text(body)
    assert "<" not in rtf.text(body)


def test_text_inside() -> None:
    body = rb"{\rtf1\ansi\fromtext\fbidis\deff0{\fonttbl{\f0\fswiss Arial;}}\pard\plain Hej\par Vera\tab Ek\par}"
    assert rtf.text(body) == "Hej\nVera\tEk"


def test_text_has_everything_in_order() -> None:
    body = rb"{\rtf1 a\par\trowd\intbl Vera\cell Ek\cell\row\pard b{\footnote not}{\*\atnauthor Bo}{\header huvud}}"
    assert rtf.text(body).split("\n") == ["a", "Vera\tEk", "b", "not", "huvud", "Bo"]


# Damage


def test_braces_that_do_not_match() -> None:
    assert rtf.text(b"{\\rtf1 a}}}} b {{{ {\\footnote not") == "a b\nnot"
    assert rtf.text(b"{\\rtf1 slut}\0\0\0\r\n") == "slut"
    assert rtf.text(b"{\\rtf1 a\\'zz\\") == "azz"


def test_binary_runs_that_lie() -> None:
    assert rtf.text(b"{\\rtf1 a\\bin99999999 b@x.example}") == "ab@x.example"
    assert rtf.text(b"{\\rtf1 a\\bin9 b@x.example}") == "ab@x.example"
    assert rtf.text(b"{\\rtf1 a\\bin8 \0\1\2}\3\4\5\6b}") == "ab"
    assert rtf.text(b"{\\rtf1 a\\bin-5 b}") == "ab"


@pytest.mark.parametrize(
    "body",
    [
        b"{" * 400_000,
        b"}" * 400_000 + b" x",
        rb"{\pict\pngblip " + b"89504e47\n" * 200_000,
        b"{\\field{\\*\\fldinst X}" * 20_000,
        b"\\itap9 a\\nestcell\\nestrow" * 20_000,
        b"\\bin90000 a" * 20_000,
        b"{\\upr{" * 50_000,
        rb"\fromhtml1" + b"{\\*\\htmltag <b>}ord\\htmlrtf annat\\par\\htmlrtf0" * 20_000,
    ],
    ids=["opened", "closed", "digits", "fields", "nested tables", "binary", "halves", "markup"],
)
def test_time_is_linear(body: bytes) -> None:
    before = time.process_time()
    rtf.text(b"{\\rtf1" + body)
    assert time.process_time() - before < 4


# Samples


@needs_samples
def test_real_files() -> None:
    folder = SAMPLES / "documents"
    path = folder / "formatcorpus/ebooks/calibre 0.9.0/lorem-ipsum.rtf"
    whole = "\n".join(
        text_of(one) for one in expand(Blob(path.read_bytes(), path.name), Limits()) if isinstance(one, Record)
    )
    assert "Andrew Jackson" in whole
    comment = folder / "tika/testComment.rtf"
    by = {one.steps: one for one in expand(Blob(comment.read_bytes(), "a"), Limits()) if isinstance(one, Record)}
    assert persons(by["part comments",]) == ["Michael McCandless"]
