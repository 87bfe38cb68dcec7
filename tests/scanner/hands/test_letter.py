"""Letters hold what their reader needs and no more, in both languages and all three forms.

The witnesses are the standard library's HTML parser and pypdfium2, which read what was made.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from config.model import Hand
from scanner.hands.letter import Frame, Letter, letter, names_of
from scanner.hands.letter_pdf import fits_pdf, to_pdf
from scanner.hands.letter_text import to_html, to_text
from scanner.hands.texts import TEXTS
from scanner.model import Action, Case, State, SubjectId
from scanner.records import IdType
from scanner.refusal import Refusal
from tests.scanner.hands.people import HANDS, NOW, PAPER, PROCESSOR, PROVIDER, case, finding

FRAME = Frame(
    "Invex AB",
    "dataskydd@invex.example",
    date(2026, 3, 3),
    date(2026, 4, 1),
    {"kunder": "/srv/kunder", "post": "/srv/post"},
)


def gone_case() -> Case:
    """A file that went whole, a row out of a list that stays, one that is left, one of another source."""
    return case(
        finding(1, "Anna Ek/brev.docx", state=State.ERASED),
        finding(2, "Anna Ek/brev.docx", state=State.ERASED, steps=("page 1",)),
        finding(3, "lista.csv", Action.REMOVE_RECORD, state=State.ERASED, taken=True, steps=("row 4",)),
        finding(4, "Fakturor/12.pdf", state=State.HELD),
        finding(5, "Anna Ek/kvar.docx", state=State.FAILED),
        finding(6, "INBOX;UID=4", state=State.ERASED, source="post"),
        run_at=NOW,
    )


def made(hand: Hand, language: str = "sv", of: Case | None = None) -> Letter:
    return letter(of or gone_case(), hand, FRAME, language)


class _Read(HTMLParser):
    """The text of a page, and everything in it that loads or runs."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.active: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "img", "iframe", "link", "object") or any(n.startswith("on") for n, _ in attrs):
            self.active.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def read_html(page: str) -> str:
    reader = _Read()
    reader.feed(page)
    assert reader.active == []
    return reader.text.partition("</style>")[0]


def read_pdf(data: bytes) -> str:
    import pypdfium2

    return " ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("hand", HANDS, ids=lambda one: one.kind)
def test_the_three_forms_say_the_same(hand: Hand, language: str) -> None:
    found = made(hand, language)
    forms = [flat(to_text(found)), flat(read_html(to_html(found))), flat(read_pdf(to_pdf(found)))]
    for text in forms:
        for needed in ("2026-0001", "2026-04-01", "2026-03-03", "Invex AB", "17", "dataskydd@invex.example"):
            assert needed in text
    words = {
        "processor": ["28.3 a", "28.3 e", "28.4", "artikel 19", "löneunderlag", "anna.ek@kund.example", "Anna Ek"],
        "provider": ["28.3 e)", "90 dagar", "Anna Ek/brev.docx", "lista.csv", "2026-03-02", "/srv/kunder"],
        "paper": ["Anna Ek", "arkivet, hylla 3", "Kunder A-L", "2015-2019", "bokföringslagen"],
    }
    if language == "sv":
        for text in forms:
            assert [one for one in words[hand.kind] if one not in text] == []
    for form in ("place_date", "signature"):
        assert all(TEXTS[language][form] in text for text in forms)


def test_each_letter_holds_only_what_its_reader_needs() -> None:
    processor, paper, provider = (to_text(made(hand)) for hand in (PROCESSOR, PAPER, PROVIDER))
    assert "+46701740605" not in processor + paper + provider, "an added phone was not asked for"
    assert "brev.docx" not in processor + paper
    assert "anna.ek@kund.example" not in paper + provider, "a binder is asked for by name"
    listed = [line for line in provider.splitlines() if line.startswith("kunder | ")]
    assert listed == ["kunder | Anna Ek/brev.docx | helt", "kunder | lista.csv | en del"]
    assert "12.pdf" not in provider, "what is held stays"
    assert "kvar.docx" not in provider, "what has not gone is asked for when it has"
    assert "/srv/post" not in provider
    assert "post" not in provider.split(), "it has no copies of that source"


def test_what_anybody_may_read_names_nobody() -> None:
    for hand in HANDS:
        found = made(hand)
        assert "Ek" not in found.subject
        form = to_text(found).partition("Bekräftelse")[2]
        assert "anna" not in form.lower()


@pytest.mark.parametrize("hand", HANDS, ids=lambda hand: hand.kind)
def test_the_form_to_send_back_is_a_sheet_of_its_own_without_the_person(hand: Hand) -> None:
    import pypdfium2

    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(to_pdf(made(hand)))]
    (form,) = (page for page in pages if "Bekräftelse" in page)
    assert form.index("Bekräftelse") == 0
    assert "Underskrift" in form
    assert "nna" not in form.replace("lämna", "")
    assert "Anna" in "".join(pages), "the letter itself names her"


def test_the_pdf_of_a_name_that_its_fonts_lack_is_refused_and_the_others_have_it() -> None:
    found = case()
    found.subject = [SubjectId(IdType.NAME, "Łucja Żak", given=True)]
    polish = made(PAPER, of=found)
    assert not fits_pdf(polish)
    with pytest.raises(Refusal, match=r"\.html or \.txt"):
        to_pdf(polish)
    assert "Łucja Żak" in to_text(polish)
    assert "Łucja Żak" in read_html(to_html(polish))
    found.subject = [SubjectId(IdType.NAME, "Åsa \\ Öberg", given=True)]
    assert "Åsa \\ Öberg" in read_pdf(to_pdf(made(PAPER, of=found)))


def test_a_hostile_path_or_name_is_only_text() -> None:
    found = case(finding(1, "<script>x</script>\n[ ] klart\u202e", state=State.ERASED), run_at=NOW)
    text = to_text(made(PROVIDER, of=found))
    assert "\n[ ] klart" not in text
    assert "\u202e" not in text
    assert "<script>x" in read_html(to_html(made(PROVIDER, of=found)))
    to_pdf(made(PROVIDER, of=found))


def test_a_provider_is_not_written_to_before_anything_went_and_a_binder_not_without_a_name() -> None:
    with pytest.raises(Refusal, match="gallra erase 2026-0001"):
        made(PROVIDER, of=case(finding(1, "a")))
    nameless = case()
    nameless.subject = nameless.subject[:1]
    with pytest.raises(Refusal, match="--also NAME"):
        made(PAPER, of=nameless)
    nameless.subject.append(SubjectId(IdType.NAME, "Anna Ek", given=False, because="in a card"))
    assert names_of(nameless) == ["Anna Ek"]
    nameless.subject[-1] = replace(nameless.subject[-1], unsure=True)
    assert names_of(nameless) == []


def test_a_thousand_objects_are_all_listed() -> None:
    found = case(*(finding(n, f"Anna/{n:04}.txt", state=State.ERASED) for n in range(1, 1001)), run_at=NOW)
    many = made(PROVIDER, of=found)
    assert to_text(many).count("| helt") == 1000
    text = read_pdf(to_pdf(many))
    assert all(f"{n:04}.txt" in text for n in range(1, 1001))


def test_both_languages_have_the_same_texts() -> None:
    assert TEXTS["sv"].keys() == TEXTS["en"].keys()
    for name, text in TEXTS["sv"].items():
        fields = {part.partition("}")[0] for part in text.split("{")[1:]}
        assert fields == {part.partition("}")[0] for part in TEXTS["en"][name].split("{")[1:]}, name
