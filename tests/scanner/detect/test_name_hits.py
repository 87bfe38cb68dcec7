"""Where names are marked for who reads: whole, the unsure ones too, and never a neighbour's."""

from __future__ import annotations

import pytest

from scanner.detect.name_hits import NameHits
from scanner.detect.names import NameMatcher


def hits(text: str, *names: str) -> list[str]:
    return [text[start:end] for start, end in NameHits(names or ("Anna Andersson",)).spans(text)]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Hej Anna Andersson!", ["Anna Andersson"]),
        ("Andersson, Anna kom", ["Andersson, Anna"]),
        ("ANNA K. VON ANDERSSON", ["ANNA K. VON ANDERSSON"]),
        ("Anna\nAndersson", ["Anna", "Andersson"]),
        ("1\tAnna\tAndersson\t2", ["Anna", "Andersson"]),
        ("Förnamn: Anna\nEfternamn: Andersson\n", ["Anna", "Andersson"]),
        ("Anna Anderssons avtal, Anna Andersson", ["Anna Anderssons", "Anna Andersson"]),
        ("A. Andersson ringde", ["A. Andersson"]),
        ("Johanna Andersson", []),
        ("Bengt Andersson, Anna Svensson", []),
        ("Anna och andra", []),
    ],
)
def test_the_name_is_marked_as_it_is_written(text: str, marked: list[str]) -> None:
    assert hits(text) == marked


def test_one_word_is_marked_where_it_is_all_that_is_known() -> None:
    assert hits("Kund: Andersson, Lund", "Andersson") == ["Andersson"]


def test_what_the_matcher_takes_for_the_name_is_marked_and_nothing_else() -> None:
    matcher = NameMatcher(["Lars Öberg"])
    for text in ("Lasse Öberg", "Lars Oberg", "Lars Ohberg", "Lars Ek", "Öberg & Lars", "L. Öberg", "Karl Öberg"):
        assert bool(hits(text, "Lars Öberg")) == bool(matcher.strength(text)), text


def test_a_file_name_may_write_it_as_one_word() -> None:
    finder = NameHits(["Anna Andersson"])
    assert [("cv-annaandersson.pdf")[start:end] for start, end in finder.spans_in_name("cv-annaandersson.pdf")] == [
        "annaandersson"
    ]
    assert finder.spans("cv-annaandersson.pdf") == []
