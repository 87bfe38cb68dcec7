"""Names: what is the name, what only looks like it, and what to look up. All persons are invented."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detect.broken_words import as_words
from scanner.detect.name_words import same_word
from scanner.detect.names import NameMatcher, Strength, other_names, same_name
from scanner.detect.words import words_of

ANNA = "Anna Andersson"

STRONG = [
    "Anna Andersson",
    "Hej ANNA ANDERSSON!",
    "anna andersson",
    "Andersson, Anna",
    "Andersson,Anna",
    "Andersson Anna",
    "Andersson, Anna Karin",
    "Kund Andersson, Anna",
    "Anna\nAndersson",
    "Anna\n> Andersson",
    "Anna\u00a0Andersson",
    "Anna\tAndersson",
    "Anna;Andersson;070",
    '"Anna";"Andersson"',
    "Anna Anderssons bil",
    "Anna Andersson's car",
    "anna.andersson@x.example",
    "Anna_Andersson.pdf",
    "anna-andersson-cv.pdf",
    "Anna Andersson-cv.pdf",
    "Anna Karin Andersson",
    "Anna-Karin Andersson",
    "Karin Anna Andersson",
    "Anna K. Andersson",
    "Anna K Andersson",
    "Anna von der Andersson",
    "Anna Karin\nAndersson",
    "Förnamn: Anna\nEfternamn: Andersson",
    "Efternamn: Andersson\nFörnamn: Anna",
    "First name: Anna\nLast name: Andersson",
    "Svensson, Bengt\nAndersson, Anna\nBerg, Lisa",
    "Svensson, Bengt; Andersson, Anna",
    "Anna Andersson, Bengt Svensson",
    "An\u00adna Anders\u200bson",
]
WEAK = [
    "Anna Andersson-Berg",
    "Anna Berg-Andersson",
    "Berg-Andersson, Anna",
    "Anna och Bengt Andersson",
    "Anna & Bengt Andersson",
    "Xerxes Andersson, Anna Svensson",
]
INITIAL = [
    "A. Andersson",
    "A Andersson",
    "A.Andersson",
    "Andersson, A.",
    "Andersson, A",
    "ANDERSSON A",
    "A.K. Andersson",
    "A-K Andersson",
    "A. von Andersson",
    "A. Anderssons bil",
    "a. andersson",
    "Sign: A. Andersson",
    "A.\u00a0Andersson",
]
NO_INITIAL = [
    "AA",
    "AA Andersson",
    "B. Andersson",
    "B. A. Andersson",
    "Bengt A. Andersson",
    "Bengt Andersson, A. Berg",
    "B. Andersson, A. Berg",
    "Andersson A. Berg",
    "Andersson A/S",
    "Andersson, A-kassan",
    "A. Andersson-Berg",
    "A. Berg-Andersson",
    "a andersson",
    "a.andersson@x.example",
    "Hepatit A\nAndersson",
    "A4 Andersson",
    "Andersson, A4",
]
NONE = [
    "Johanna Andersson",
    "Anna Anderssonsson",
    "Anna Anderson",
    "AnnaAndersson",
    "Ann Andersson",
    "Anna, Bengt Andersson",
    "Anna. Andersson",
    "Anna är här, Andersson",
    "Anna gick med andersson",
    "Anna\n\nAndersson",
    "Bengt Andersson, Anna Svensson",
    "Bengt Andersson Anna Svensson",
    "Bengt Andersson\nAnna Svensson",
    "B. Andersson, Anna Svensson",
    "Bengt\tAndersson\tAnna\tSvensson",
    "Svensson, Anna\nAndersson, Bengt",
    "Svensson Anna\nAndersson Bengt",
    "Svensson;Anna\nAndersson;Bengt",
    "Anna Svensson\nBengt Andersson",
    "Anna" + " " * 30 + "Andersson",
    "",
]


@pytest.mark.parametrize("text", STRONG)
def test_is_the_name(text: str) -> None:
    matcher = NameMatcher([ANNA])
    assert matcher.matches(text)
    assert matcher.matches(f"Inledning om annat.\n\n{text}\n\nMer om annat.")


@pytest.mark.parametrize("text", WEAK)
def test_may_be_the_name(text: str) -> None:
    assert NameMatcher([ANNA]).strength(text) is Strength.WEAK
    assert not NameMatcher([ANNA]).matches(text)


@pytest.mark.parametrize("text", NONE)
def test_is_not_the_name(text: str) -> None:
    assert NameMatcher([ANNA]).strength(text) is Strength.NONE


@pytest.mark.parametrize("text", INITIAL)
def test_an_initial_only_may_be_the_name(text: str) -> None:
    assert NameMatcher([ANNA]).strength(f"Hej. {text} kom.") is Strength.INITIAL
    assert not NameMatcher([ANNA]).matches(text)


@pytest.mark.parametrize("text", NO_INITIAL)
def test_is_no_initial_of_the_name(text: str) -> None:
    assert NameMatcher([ANNA]).strength(text) is Strength.NONE


@pytest.mark.parametrize("text", ["A. Andersson", "Anna Andersson"])
def test_who_asks_for_an_initial_gets_no_more_than_that(text: str) -> None:
    wanted = Strength.INITIAL if text == "A. Andersson" else Strength.NONE
    assert NameMatcher(["A. Andersson"]).strength(text) is wanted


LOOSE = [
    ("Karl Karlsson", "Karl Carlsson", Strength.SPELT),
    ("Carl Carlsson", "Karl Karlsson", Strength.SPELT),
    ("Karl Karlsson", "Carl Karlsson", Strength.STRONG),
    ("Maria Wikström", "Maria Vikström", Strength.SPELT),
    ("Maria Thorén", "Maria Torén", Strength.SPELT),
    ("Per Lindqvist", "Per Lindkvist", Strength.SPELT),
    ("Per Lindkvist", "Per Lindquist", Strength.SPELT),
    ("Eva Gustafsson", "Gustavsson, Eva", Strength.SPELT),
    ("Eva Adolfsson", "Eva Adolphson", Strength.NONE),
    ("Viktor Ek", "Wictor Ek", Strength.STRONG),
    ("Stephan Ek", "Stefan Ek", Strength.STRONG),
    ("Wiktor Wikström", "Victor Vikström", Strength.SPELT),
    ("Elisabeth Ek", "Lisa Ek", Strength.SHORT),
    ("Lisa Ek", "Elisabeth Ek", Strength.SHORT),
    ("Carl-Johan Ek", "C-J Ek", Strength.SHORT),
    ("Carl Ek", "Kalle Ek", Strength.STRONG),
    ("Elizabeth Ek", "Liz Ek", Strength.STRONG),
    ("Karl Ek", "C. Ek", Strength.INITIAL),
    ("Åke Berg", "Å. Berg", Strength.INITIAL),
    ("Åke Berg", "Ä. Berg", Strength.NONE),
    ("İbrahim Yıldız", "IBRAHIM YILDIZ", Strength.STRONG),
    ("Ibrahim Yildiz", "İBRAHİM YILDIZ", Strength.STRONG),
    ("Łukasz Groß", "LUKASZ GROSS", Strength.STRONG),
    (ANNA, "Anna Anders-\nson", Strength.STRONG),
    (ANNA, "Anna-\nKarin Andersson", Strength.STRONG),
    (ANNA, "Anna\t\tAndersson", Strength.STRONG),
    (ANNA, "Anna -\nson", Strength.NONE),
]


@pytest.mark.parametrize(("asked", "text", "strength"), LOOSE)
def test_how_surely_it_is_the_name(asked: str, text: str, strength: Strength) -> None:
    assert NameMatcher([asked]).strength(text) is strength


@pytest.mark.parametrize(
    ("asked", "text"),
    [(ANNA, text) for text in INITIAL]
    + [(asked, text) for asked, text, strength in LOOSE if strength not in (Strength.NONE, Strength.STRONG)],
)
def test_the_index_offers_what_only_may_be_the_name(asked: str, text: str) -> None:
    held = words_of([text])
    groups = NameMatcher([asked]).tokens() + NameMatcher([asked]).loose_tokens()
    assert any(all(held & set(variants) for variants in group) for group in groups)


@pytest.mark.parametrize(
    ("name", "strength"),
    [
        ("AnnaAndersson_cv.pdf", Strength.STRONG),
        ("andersson-anna-2024.pdf", Strength.STRONG),
        ("anna.andersson.docx", Strength.STRONG),
        ("CV2024AnnaAndersson.pdf", Strength.STRONG),
        ("anna.andersson2.pdf", Strength.STRONG),
        ("Anna+Andersson.txt", Strength.STRONG),
        ("Anna%20Andersson.txt", Strength.STRONG),
        ("annaandersson.pdf", Strength.SPELT),
        ("ANDERSSONANNA.PDF", Strength.SPELT),
        ("A_Andersson.pdf", Strength.INITIAL),
        ("JohannaAndersson.pdf", Strength.NONE),
        ("AnnaAnderssonberg.pdf", Strength.NONE),
        ("BengtAndersson_AnnaBerg.pdf", Strength.NONE),
        ("annaanderssonberg.pdf", Strength.NONE),
    ],
)
def test_names_of_files(name: str, strength: Strength) -> None:
    assert NameMatcher([ANNA]).strength_in_name(name) is strength
    held = words_of([name, as_words(name)])
    groups = NameMatcher([ANNA]).tokens() + NameMatcher([ANNA]).loose_tokens()
    assert strength is Strength.NONE or any(all(held & set(words) for words in group) for group in groups)


def test_a_decomposed_file_name_is_the_same() -> None:
    """As macOS writes them."""
    name = unicodedata.normalize("NFD", "ÅkeBjörkén_offert.pdf")
    assert NameMatcher(["Åke Björkén"]).strength_in_name(name) is Strength.STRONG


PAIRS = [
    ("Lars Berg", "Lasse Berg", True),
    ("Lasse Berg", "Lars Bergs", True),
    ("Margareta Åberg", "Greta Aberg", True),
    ("Timothy Berg", "Tim Berg", True),
    ("Karl-Johan Berg", "Carl Johan Berg", True),
    ("Anna-Karin Berg", "Annakarin Berg", True),
    ("Anna-Karin Berg", "Anna Karin Berg", True),
    ("Anna-Karin Berg", "Anna Berg", False),
    ("Natalie Åberg", "Natalie Äberg", False),
    ("Natalie Åberg", "Natalie Aaberg", True),
    ("Åke Berg", "Ake Berg", True),
    ("Ake Berg", "Åke Berg", True),
    ("Åke Berg", "Äke Berg", False),
    ("David Höhn", "David Hoehn", True),
    ("David Höhn", "David Hohn", True),
    ("David Hoehn", "David Höhn", True),
    ("Jørgen Thom", "Jörgen Thom", True),
    ("Jørgen Thom", "Joergen Thom", True),
    ("Jörgen Thom", "Jo\u0308rgen Thom", True),
    ("Desirée Berg", "Desiree Berg", True),
    ("Rafael Berg", "Rafal Berg", False),
    ("Anna Ek-Berg", "Anna Ek Berg", True),
    ("Anna Ek-Berg", "Anna Berg-Ek", True),
    ("Anna Ek-Berg", "Ek-Berg, Anna", True),
    ("Anna Ek-Berg", "Anna Ek", False),
    ("Lea Maria Berg", "Lea Berg", True),
    ("Lea Maria Berg", "Lea M. Berg", True),
    ("Lea Maria Berg", "Lea Sofia Berg", False),
    ("Lea Maria Berg", "Maria Berg", False),
    ("Anna von Essen", "Anna Essen", True),
    ("Anna Essen", "Anna von Essen", True),
    ("Sean O'Brien", "O’Brien, Sean", True),
    ("Sean O'Brien", "Sean OBrien", True),
    ("Berg, Lea", "Lea Berg", True),
    ("Madonna", "Madonna sjunger", True),
    ("Madonna", "Madonnan", False),
]


@pytest.mark.parametrize(("asked", "text", "is_match"), PAIRS)
def test_forms_of_names(asked: str, text: str, is_match: bool) -> None:
    assert NameMatcher([asked]).matches(text) is is_match


@pytest.mark.parametrize(
    ("asked", "text"),
    [(ANNA, text) for text in STRONG] + [(asked, text) for asked, text, is_match in PAIRS if is_match],
)
def test_the_index_offers_every_match_as_a_candidate(asked: str, text: str) -> None:
    (wanted,) = NameMatcher([asked]).tokens()
    held = words_of([text])
    assert all(held & set(variants) for variants in wanted)


def test_tokens_are_an_and_of_ors() -> None:
    (given_names, family) = NameMatcher(["Lars Åberg"]).tokens()[0]
    assert {"lars", "lasse", "lalle"} <= set(given_names)
    assert {"aberg", "aaberg", "abergs"} <= set(family)
    assert NameMatcher([]).tokens() == []
    assert not NameMatcher(["", "?"]).matches("? text")


def test_any_of_several_names() -> None:
    matcher = NameMatcher(["Lea Berg", "Lea Strand"])
    assert matcher.matches("Lea Strand")
    assert not matcher.matches("Bo Strand")


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (ANNA, "Andersson, Anna", True),
        (ANNA, "ANDERSSON Anna Maria", True),
        (ANNA, "Bengt Andersson", False),
        (ANNA, "Anna Berg", False),
        (ANNA, "Anna Andersson Berg", True),
        ("Anna", ANNA, True),
        ("A. Andersson", ANNA, True),
        ("B. Andersson", ANNA, False),
        ("Lasse Berg", "Lars Erik Berg", True),
        ("Annakarin Berg", "Anna-Karin Berg", True),
        ("Åke Berg", "Ake Berg", True),
        ("Åke Åberg", "Åke Äberg", False),
        ("Dr. Anna Berg (privat)", "anna berg", True),
        ("Anna Karin Berg", "Anna Maria Berg", False),
        ("", ANNA, True),
    ],
)
def test_same_name(one: str, other: str, is_same: bool) -> None:
    assert same_name(one, other) is is_same
    assert same_name(other, one) is is_same


def test_same_word_is_strict_about_swedish_letters() -> None:
    assert same_word("åke", "ake")
    assert not same_word("åke", "öke")
    assert not same_word("hoehn", "hohn")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Hej Anna Andersson och Bengt Svensson!", {ANNA, "Bengt Svensson"}),
        ("Andersson, Anna\nBerg, Lisa", {ANNA, "Lisa Berg"}),
        ("Eva von Essen ringde Khalid K. Strand", {"Eva Essen", "Khalid Strand"}),
        ("ANNA ANDERSSON", {"ANNA ANDERSSON"}),
        ("Åsa Öberg", {"Åsa Öberg"}),
        ("Mvh\nAnna\nTel 08", set()),
        ("Bengt, Anna och Lisa", set()),
        ("Gröna Lund och Nya Staden", set()),
        ("anna andersson", set()),
    ],
)
def test_other_names(text: str, names: set[str]) -> None:
    assert other_names(text) == names


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    matcher = NameMatcher([text, ANNA])
    matcher.tokens()
    matcher.matches(text)
    matcher.matches(f"Anna {text} Andersson, {text} Anna")
    other_names(f"Anna {text} Andersson")
    assert same_name(text, text)


@given(st.text(max_size=40), st.text(max_size=40))
def test_same_name_is_symmetric(one: str, other: str) -> None:
    assert same_name(one, other) == same_name(other, one)


@pytest.mark.timeout(60)  # a quadratic walk would take many minutes
@pytest.mark.parametrize(
    "unit", ["Andersson ", "Anna ", "Anna och Bengt ", "a'", "A. ", "A. Andersson ", "-", "-\n", "n-\nA", "\n", "Anna"]
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = unit * 60_000
    NameMatcher([ANNA]).matches(text)
    NameMatcher(["Karl Viktor Wikström"]).strength_in_name(text)
    other_names(text)
