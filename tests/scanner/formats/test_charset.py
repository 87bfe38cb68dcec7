"""Charsets: what Python itself encodes must come back, whatever was declared."""

from __future__ import annotations

import pytest

from scanner.formats import charset

TEXT = "Åsa Öberg såg ett ärende hos Björk. " * 5


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]
)
def test_undeclared(codec: str) -> None:
    assert charset.decode(TEXT.encode(codec)) == TEXT


@pytest.mark.parametrize(
    "declared", ["no-such-charset", "", "base64", "rot13", "x-unknown", "utf-8\0", "hex", "us-ascii", "iso-8859-1"]
)
def test_wrong_declarations_break_nothing(declared: str) -> None:
    assert charset.decode(TEXT.encode(), declared) == TEXT


@pytest.mark.parametrize("codec", ["shift_jis", "koi8-r", "utf-16", "gb2312", "iso-2022-jp"])
def test_declared(codec: str) -> None:
    text = "Анна" if codec == "koi8-r" else "汉字" if codec == "gb2312" else "漢字 och mera text"
    assert charset.decode(text.encode(codec), codec) == text


def test_mixed_file_is_right_in_both_places() -> None:
    assert charset.decode("Björk ".encode() + "Åsa".encode("cp1252")) == "Björk Åsa"


def test_binary() -> None:
    assert charset.is_binary(bytes(range(256)) * 8)
    assert not charset.is_binary(TEXT.encode("utf-16"))
    assert not charset.is_binary(TEXT.encode("cp1252"))
    assert not charset.is_binary(b"")
