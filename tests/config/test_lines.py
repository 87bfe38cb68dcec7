"""The line finder, judged by documents whose every value is the number of the line it stands in (as tomllib reads)."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from config.lines import Place, find_lines, line_of

KEYS = st.sampled_from(["a", "b-1", '"c d"', "'e.f'", '"[[g]] # \\" = \\u00e5"', "h . i", 'j."k l".m'])
JUNK = st.sampled_from(["# [[a]] = 1", "", "   \t", "# 'open", '# """'])
SHAPES = st.sampled_from(["plain", "text", "literal", "long", "longraw", "list", "inline", "nested", "fenced"])


def _leaves(value: Any, place: Place = ()) -> dict[Place, int]:
    """Every leaf of what tomllib read, with the line number that it holds."""
    if isinstance(value, dict):
        return {k: v for key, one in value.items() for k, v in _leaves(one, (*place, key)).items()}
    if isinstance(value, list):
        return {k: v for index, one in enumerate(value) for k, v in _leaves(one, (*place, index)).items()}
    return {place: int(str(value).split()[0])}


def _value(shape: str, line: int) -> str:
    """A TOML value, begun in the line, whose leaves hold the lines they begin in."""
    return {
        "plain": f"{line} # = [[x]]",
        "text": f'"{line} [[a]] # \\" = \\\\"',
        "literal": f"'{line} \" \\'",
        "long": f'"""{line} x\n[[a]]\n\\""" b = 1 ""\n"""""',
        "longraw": f"'''{line} x\n[c]\nd = ''2''\n'''''",
        "list": f"[{line}, # ]\n  {line + 1},\n\n  '{line + 3}'\n]",
        "inline": f'{{ p = {line}, "q.r" = "{line} }}", s.t = [{line}] }}',
        "nested": f"[[{line}, [{line}]], [\n{{ z = {line + 1} }}]]",
        "fenced": f'["{line} ]", \'{line} [\', """{line} x\n]"""]',
    }[shape]


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Valid TOML with tables, arrays of tables within each other, and junk in between."""
    text = ""
    headers = ["", "[t]", "[[s]]", "[s.u]", "[[s.v]]", "[s.v.w]", "[[ s ]] # x", "[[s.v]]", '["x y".z]', "[x]"]
    chosen = [header for header in headers if header == "" or draw(st.booleans())]
    seen: set[str] = set()
    for header in chosen:
        if header.strip("[").startswith("s.") and "[[s]]" not in seen:
            continue
        if header == "[s.v.w]" and "[[s.v]]" not in seen:
            continue
        seen.add(header)
        for junk in draw(st.lists(JUNK, max_size=2)):
            text += junk + "\n"
        if header:
            text += header + "\n"
        for key in draw(st.lists(KEYS, max_size=4, unique=True)):
            text += key + " = " + _value(draw(SHAPES), text.count("\n") + 1) + "\n"
    return text


@given(documents(), st.booleans())
def test_every_value_is_found_in_its_own_line(text: str, crlf: bool) -> None:
    if crlf:
        text = text.replace("\n", "\r\n")
    expected = _leaves(tomllib.loads(text))
    found = find_lines(text)
    assert {place: found.get(place) for place in expected} == expected


@given(documents(), st.integers(0, 400), st.text(max_size=3))
def test_text_that_is_no_toml_raises_nothing(text: str, at: int, inserted: str) -> None:
    broken = text[:at] + inserted + text[at + 1 :]
    last = broken.count("\n") + 1
    assert all(1 <= line <= last for line in find_lines(broken).values())


def test_the_document_strategy_reaches_nested_arrays_of_tables() -> None:
    text = "[[s]]\na = 2\n[[s.v]]\na = 4\n[[s]]\na = 6\n[[s.v]]\na = 8\n[[s.v]]\na = 10\n[s.v.w]\na = 12\n"
    found = find_lines(text)
    assert _leaves(tomllib.loads(text)).items() <= found.items()
    assert found["s", 1, "v", 1] == 9
    assert found["s", 1] == 5


def test_a_table_has_the_line_of_its_own_header() -> None:
    found = find_lines("[a.b]\nx = 1\n\n[a]\ny = 2\n")
    assert found["a",] == 4
    assert found["a", "b"] == 1


def test_an_unknown_place_has_the_line_of_the_nearest_one_around_it() -> None:
    found = find_lines("\n\n[a]\nx = 1\n")
    assert line_of(found, ("a", "missing", 3)) == 3
    assert line_of(found, ("nowhere",)) == 1


def test_lists_nested_too_deep_raise_nothing() -> None:
    assert find_lines("a = " + "[" * 100_000)["a",] == 1


def test_strings_over_many_lines_with_quotes_of_the_other_kind() -> None:
    # Debian 12's Python (3.11.2) repeats groups with a look-ahead wrongly when it may not give anything back.
    text = "a = [\"1 ]\", '1 [', \"\"\"1 x\n]\"\"\"]\nb = 3 # = [[x]]\nc = '''y'' ''\n'''\nd = \"e\\\"\"\ne = 1\n"
    assert tomllib.loads(text)["d"] == 'e"'
    assert {place: find_lines(text)[place,] for place in "abcde"} == {"a": 1, "b": 3, "c": 4, "d": 6, "e": 7}
