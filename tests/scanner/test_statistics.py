"""The line that an erased quote leaves says nothing that points at anybody, and reaches the file whole."""

from __future__ import annotations

import csv
import os
import stat
from pathlib import Path

import pytest

from connectors.errors import ConfigError
from scanner.statistics import Line, append, line_for
from scanner.vouchers import Voucher

QUOTE = """OFFERT
Offertnummer: 2023-114
Kund: Anna Andersson
Offertdatum: 2023-11-02
Giltig till: 2023-12-02
Totalt inkl moms {total}
"""


@pytest.mark.parametrize(
    ("total", "band"),
    [
        ("9 999,99 kr", "0-9999"),
        ("10 000 kr", "10000-49999"),
        ("45.000:-", "10000-49999"),
        ("50 000,00", "50000-249999"),
        ("249 999 kr", "50000-249999"),
        ("250 000 kr", "250000-"),
        ("SEK 1,250,000.00", "250000-"),
        ("€ 4 500,00", "unknown"),
        ("enligt överenskommelse", "unknown"),
    ],
)
def test_a_quote_becomes_month_and_band(total: str, band: str) -> None:
    assert line_for(QUOTE.format(total=total)) == Line("2023-11", band, "unknown")


def test_the_outcome_is_won_where_a_voucher_refers_to_it_and_lost_where_the_text_says_so() -> None:
    text = QUOTE.format(total="45 000 kr")
    assert line_for(text, "", [Voucher("invoice", sure=True)]) == Line("2023-11", "10000-49999", "won")
    assert line_for(text, "", [Voucher("contract")]) == Line("2023-11", "10000-49999", "unknown")
    assert line_for(text + "Status: avböjd\n") == Line("2023-11", "10000-49999", "lost")


@pytest.mark.parametrize(
    "text",
    [
        QUOTE.format(total="45 000 kr").replace("2023-11-02", "").replace("2023-12-02", "vidare"),
        "Hej, offerten kommer 2023-11-02",
        "Faktura\nFakturanummer: 1\nFakturadatum: 2023-11-02\nAtt betala: 500,00 kr\nMoms 25 %",
    ],
)
def test_what_is_no_quote_or_has_no_month_leaves_nothing(text: str) -> None:
    assert line_for(text) is None


def test_lines_are_appended_under_one_header_in_no_telling_order(tmp_path: Path) -> None:
    path = tmp_path / "offerter.csv"
    append(path, [Line("2023-11", "0-9999", "won"), Line("2022-01", "250000-", "lost")])
    append(path, [Line("2021-05", "unknown", "unknown")])
    with path.open(newline="", encoding="utf-8") as stream:
        assert list(csv.reader(stream)) == [
            ["month", "amount", "outcome"],
            ["2022-01", "250000-", "lost"],
            ["2023-11", "0-9999", "won"],
            ["2021-05", "unknown", "unknown"],
        ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_lines_make_no_file(tmp_path: Path) -> None:
    append(tmp_path / "offerter.csv", [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("torn", [b"", b"mon", b"month,amount,outcome\n2023-1"])
def test_a_line_that_a_crash_cut_off_is_taken_away(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "offerter.csv"
    path.write_bytes(torn)
    append(path, [Line("2021-05", "0-9999", "won")])
    assert path.read_bytes() == b"month,amount,outcome\n2021-05,0-9999,won\n"


@pytest.mark.parametrize("other", [b"namn,belopp\nAnna,5\n", b"hemligt"])
def test_a_file_that_is_something_else_stays_as_it_is(tmp_path: Path, other: bytes) -> None:
    path = tmp_path / "offerter.csv"
    path.write_bytes(other)
    with pytest.raises(ConfigError, match="not one of gallra's"):
        append(path, [Line("2021-05", "0-9999", "won")])
    assert path.read_bytes() == other


def test_no_link_is_followed_and_no_pipe_waited_for(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"")
    (tmp_path / "link.csv").symlink_to(tmp_path / "target")
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("link.csv", "pipe.csv", "none/x.csv"):
        with pytest.raises(ConfigError, match=r"\[erase\] statistics"):
            append(tmp_path / name, [Line("2021-05", "0-9999", "won")])
    assert (tmp_path / "target").read_bytes() == b""
