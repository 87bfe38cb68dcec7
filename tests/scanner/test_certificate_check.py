"""Files of certificates, whole and tampered with; `cryptography` alone is the witness of what is signed."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.certificate import certificate, signed
from scanner.certificate_check import LARGEST, Kind, Shown, check, draw, kind_of
from scanner.signing import Signer
from tests.scanner.certificate_world import CHAIN, ISSUE, rich_case

SIGNER = Signer.derive(b"k" * 32)
VALUES = signed(certificate(rich_case(), CHAIN, replace(ISSUE, controller="Råd & <Dåd> AB – 東京")), SIGNER)
FILES = {(kind, language): draw(VALUES, kind, language) for kind in Kind for language in ("sv", "en")}
ALL = pytest.mark.parametrize(("kind", "language"), FILES)
PAGES = pytest.mark.parametrize("kind", [Kind.HTML, Kind.PDF])


def proven(data: bytes, public: str = SIGNER.public, version: str = "0.2.0") -> bool:
    return check(data, public, version).proven


@ALL
def test_a_genuine_file_is_proven_in_every_kind_and_language(kind: Kind, language: str) -> None:
    found = check(FILES[kind, language], SIGNER.public, "0.2.0")
    assert (found.kind, found.values, found.problem) == (kind, VALUES, "")
    assert found.proven
    assert draw(VALUES, kind, language) == FILES[kind, language]  # drawn again, byte for byte


@PAGES
def test_the_page_is_proven_by_a_later_process_too(kind: Kind) -> None:
    values = json.loads(json.dumps(VALUES, sort_keys=True))  # names in another order, as a file brings them
    assert draw(values, kind, "sv") == FILES[kind, "sv"]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_anybody_can_check_the_signature_without_gallra(language: str) -> None:
    page = re.search(rb'<script type="application/json"[^>]*>(.*?)</script>', FILES[Kind.HTML, language])
    assert page
    document = pypdfium2.PdfDocument(FILES[Kind.PDF, language])
    for text in (FILES[Kind.JSON, language], page[1], bytes(document.get_attachment(0).get_data())):
        values = json.loads(text)
        signature = bytes.fromhex(values.pop("signature"))
        message = b"gallra certificate 2\n" + json.dumps(values, sort_keys=True, separators=(",", ":")).encode()
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(values["key"]))
        key.verify(signature, message)
        with pytest.raises(InvalidSignature):
            key.verify(signature, message.replace(b"incomplete", b"complete"))


def test_the_lines_of_the_guide_check_it(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "certificate.md").read_text("utf-8")
    (lines,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    data = FILES[Kind.JSON, "en"]
    for name, text, fits in (("good", data, True), ("bad", data.replace(b"incomplete", b"complete"), False)):
        file = tmp_path / name
        file.write_bytes(text)
        run = subprocess.run([sys.executable, "-c", lines, str(file)], capture_output=True, check=False)
        assert (run.returncode == 0) is fits
        assert (b"InvalidSignature" in run.stderr) is not fits


@ALL
def test_signed_by_another_installation_is_not_ours(kind: Kind, language: str) -> None:
    other = Signer.derive(b"l" * 32)
    found = check(FILES[kind, language], other.public, "0.2.0")
    assert (found.signed, found.known, found.proven) == (True, False, False)


def test_a_forger_with_a_key_of_his_own_proves_nothing() -> None:
    other = Signer.derive(b"l" * 32)
    bare = {name: value for name, value in VALUES.items() if name not in ("key", "signature")}
    forged = signed({**bare, "outcome": "complete"}, other)
    for kind in Kind:
        assert not proven(draw(forged, kind, "sv"))
        assert not proven(draw({**forged, "key": SIGNER.public}, kind, "sv"))


def altered() -> list[dict[str, Any]]:
    """The values with each leaf changed, one at a time."""
    found: list[dict[str, Any]] = []

    def into(value: Any, put: Any) -> None:
        if isinstance(value, dict):
            for name in value:
                into(value[name], lambda new, name=name, value=value: put({**value, name: new}))
            put({**value, "more": 1})
        elif isinstance(value, list):
            for number in range(len(value)):
                into(value[number], lambda new, n=number, value=value: put([*value[:n], new, *value[n + 1 :]]))
        elif isinstance(value, bool) or value is None:
            put(value is not True)
        else:
            put(value + 1 if isinstance(value, int) else value + "x")

    into(VALUES, found.append)
    return found


def test_every_value_is_under_the_signature() -> None:
    changed = altered()
    assert len(changed) > 100
    for values in changed:
        assert not proven(json.dumps(values).encode())


@pytest.mark.parametrize("version", ["0.2.0", "0.3.0"])
@PAGES
def test_a_page_that_says_something_else_than_the_values_is_told(kind: Kind, version: str) -> None:
    data = FILES[kind, "en"]
    shown = data.replace(b"5 findings are not resolved", b"0 findings are not resolved")
    assert shown != data
    found = check(shown, SIGNER.public, version)
    assert (found.signed, found.known, found.proven) == (True, True, False)
    assert found.shown is (Shown.OTHER if version == "0.2.0" else Shown.UNTOLD)
    assert check(data, SIGNER.public, version).proven  # the same drawing proves it, whatever version this is


@PAGES
def test_the_signed_values_of_one_certificate_in_the_page_of_another_are_told(kind: Kind) -> None:
    other = signed(certificate(rich_case(), CHAIN, replace(ISSUE, role="chef")), SIGNER)
    pattern = rb'\{"audit":[\x20-\x7e]*\}'
    ours, theirs = (re.search(pattern, draw(one, kind, "sv")) for one in (VALUES, other))
    assert ours
    assert theirs
    assert ours[0] != theirs[0]
    assert not proven(FILES[kind, "sv"].replace(ours[0], theirs[0]))


def test_additions_that_a_reader_could_see_or_run_are_told() -> None:
    page = FILES[Kind.HTML, "sv"]
    for more in (
        page.replace(b"</main>", b"<p>Allt \xc3\xa4r raderat</p></main>"),
        page.replace(b"<style>", b"<style>p.outcome{display:none}"),
        page.replace(b"</body>", b"<script>document.title=''</script></body>"),
        page + b"\n",
        b"\xef\xbb\xbf" + page,
        page.replace(b"<!DOCTYPE html>", b"<!-- x --><!DOCTYPE html>"),
        page.replace(b"\n", b"\r\n"),
    ):
        assert more != page
        assert not proven(more)


def test_an_incremental_update_of_the_pdf_is_told() -> None:
    data = FILES[Kind.PDF, "sv"]
    for more in (
        data + b"\n",
        data + b"\n4 0 obj\n<</Length 0>>\nstream\n\nendstream\nendobj\n%%EOF",
        data.replace(b"/Producer (gallra", b"/Producer (Gallra"),
    ):
        assert more != data
        assert not proven(more)


@PAGES
def test_any_changed_byte_is_told(kind: Kind) -> None:
    data = FILES[kind, "sv"]
    rng = random.Random(7)
    for _ in range(150 if kind is Kind.HTML else 12):
        at = rng.randrange(len(data))
        for other in (
            data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :],
            data[:at],
            data[:at] + b" " + data[at:],
        ):
            assert not proven(other)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "no JSON"),
        (b"null", "no JSON"),
        (b"[1]", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"format":' + b"9" * 5000 + b"}", "no JSON"),
        (b'{"format":2.0}', "no JSON"),
        (b'{"format":NaN}', "no JSON"),
        (b'{"format":1,"case":"2026-0001"}', "format is not 2"),
        (b'{"format":2}', "not signed"),
        (b'{"format":2,"key":7,"signature":8}', "not signed"),
        (b"\xff\xfe{}", "no JSON"),
        (b"<html></html>", "carries no signed certificate"),
        (b"%PDF-1.4\n%%EOF", "carries no signed certificate"),
        (FILES[Kind.HTML, "sv"] * 2, "carries more than one"),
        (FILES[Kind.PDF, "sv"] * 2, "carries more than one"),
        (b"{" + b" " * LARGEST, "larger than"),
    ],
)
def test_what_is_no_certificate_is_told_plainly(data: bytes, problem: str) -> None:
    found = check(data, SIGNER.public, "0.2.0")
    assert problem in found.problem
    assert (found.values, found.proven) == (None, False)


def test_a_name_that_stands_twice_shows_no_two_readers_two_things() -> None:
    text = FILES[Kind.JSON, "sv"].decode()
    for first in ('"outcome": "complete",', '"outcome": "incomplete",'):
        found = check(text.replace("{", "{" + first, 1).encode(), SIGNER.public, "0.2.0")
        assert (found.values, found.proven) == (None, False)
    assert not proven(text.replace('"records": 5678', '"records": 5678, "records": 5678').encode())


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(list(FILES.values())), st.integers(0, 20_000))
def test_no_bytes_make_it_fail(junk: bytes, data: bytes, at: int) -> None:
    for one in (junk, b"%PDF-" + junk, b"<" + junk, b"{" + junk):
        assert not check(one, SIGNER.public, "0.2.0").proven
    assert kind_of(data) in Kind
    spoilt = data[:at].replace(b"%PDF-", b"{") + junk
    assert not check(spoilt, "00" * 32, "0.2.0").proven
