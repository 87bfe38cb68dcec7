"""Folding, query variants and the words of the index."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detect.fold import fold, word_variants
from scanner.detect.words import RawWords, folded, words_of


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ÅSA ÄRLIG ÖST á à", "asa arlig ost a a"),
        (
            "Jørgen Ærø Łukasz Straße Đorđe Þór Ílhan Ilıca İbrahim",
            "jorgen aero lukasz strasse dorde thor ilhan ilica ibrahim",
        ),
        ("A\u030akesson", "akesson"),  # decomposed
        ("An\u00adders\u200bson", "andersson"),  # soft hyphen, zero width space
        ("ﬁ ①", "fi 1"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_fold_is_idempotent_and_case_blind(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("Åberg", {"aberg", "aaberg"}),
        ("höhn", {"hohn", "hoehn"}),
        ("Jørgen", {"jorgen", "joergen"}),
        ("hoehn", {"hoehn", "hohn"}),
        ("Kjær", {"kjaer", "kjar"}),
        ("müller", {"muller", "mueller"}),
    ],
)
def test_variants_hold_every_spelling(word: str, wanted: set[str]) -> None:
    assert wanted <= set(word_variants(word))
    assert len(word_variants(word)) <= 4


@given(st.text(max_size=60))
def test_variants_begin_with_the_folded_word_and_are_few(word: str) -> None:
    variants = word_variants(word)
    assert 1 <= len(variants) <= 16
    assert fold(word) in variants


def test_words_split_everywhere_and_fold() -> None:
    text = "Anna.Andersson@x.example; Karl-Johan O'Brien fil_namn”Åkes”\u00a0Öst – SLUT"
    assert words_of([text]) == {
        "anna",
        "andersson",
        "x",
        "example",
        "karl",
        "johan",
        "o",
        "brien",
        "fil",
        "namn",
        "akes",
        "ost",
        "slut",
    }


def test_words_of_ascii_and_of_other_text_agree() -> None:
    text = "Hej Anna_Andersson (070-1740605), A1b2 x"
    assert words_of([text]) | {"a"} == words_of([text, "å"]) | {"a"}


def test_words_drop_encoded_data_and_serials() -> None:
    kept = {"a" * 40, "1" * 12, "a" + "1" * 20}
    assert words_of([" ".join([*kept, "a" * 41, "1" * 13])]) == kept
    assert words_of([" ".join([*kept, "å" * 41, "1" * 13])]) == kept


@given(st.lists(st.text(), max_size=3))
def test_raw_words_fold_to_the_same_words(texts: list[str]) -> None:
    raw = RawWords.of([*texts, "a" * 41, "1" * 13, "Åsa_B", "FÖR\u00adSLAG", "x\ud800y"])
    wanted = words_of([*texts, "a" * 41, "1" * 13, "Åsa_B", "FÖR\u00adSLAG", "x\ud800y"])
    assert set().union(*map(folded, raw)) == wanted


@given(st.lists(st.text(), max_size=3))
def test_every_word_is_folded_and_whole(texts: list[str]) -> None:
    for word in words_of(texts):
        assert word
        assert fold(word) == word
        assert len(word) <= 40
