"""Promise 15: what leaves the index when a person is erased. All that gallra keeps: tests/scanner/test_closing.py."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

import apsw

from config.secrets import load_key
from scanner.detect.words import words_of
from scanner.index.codes import ID_TYPES
from scanner.index.pack import PATH, PATH_TOKEN, identifier_context
from scanner.index.seal import Keys, Sealer
from scanner.records import IdType
from tests.little import ANNA, Little

CILLA = "cilla.frost@kund.example"
HER_PATHS = ("Cilla Frost/avtal.txt", "Cilla Frost/brev.txt")
HER_TEXT = f"Avtal med Cilla Frost, {CILLA}, 070-174 06 09, 19850312-9804. Hon vill ha en gladpackspergola.\n"


def test_15_after_erasing_nothing_of_hers_is_in_the_index(company: Little) -> None:
    """With the key in hand: no token, no sealed value and no plain string, in the file, its journal and its memory."""
    for path in HER_PATHS:
        company.write(f"kunder/{path}", HER_TEXT)
    company.desk("scan", code=0)
    traces = _traces(company)
    assert len(traces) > 20
    before = _index_bytes(company)
    unseen = [name for name, trace in traces.items() if trace not in before and not name.startswith("plain")]
    assert not unseen, "the test looks for what really was there"
    assert _words_found(company) == {"cilla", "frost", "gladpackspergola"}
    case, run = company.find(CILLA, "Cilla Frost", "070-174 06 09", "19850312-9804")
    assert company.planned(run) == set(HER_PATHS)
    company.desk("erase", case, "--yes", code=0)
    assert not (company.root / "kunder/Cilla Frost").exists()
    company.desk("verify", case, code=0)
    after = _index_bytes(company)
    assert not [name for name, trace in traces.items() if trace in after]
    assert _words_found(company) == set()
    assert _index_bytes(company), "the index is still there"
    assert company.desk("find", "--no-case", "--json", ANNA, code=0).json["findings"]


def _sealer(company: Little) -> Sealer:
    return Sealer(Keys.derive(load_key("file:gallra.key", company.root)))


def _traces(company: Little) -> dict[str, bytes]:
    """Bytes by what they are."""
    sealer = _sealer(company)
    values = {
        IdType.EMAIL: CILLA,
        IdType.PHONE: "+46701740609",
        IdType.NATIONAL_ID: "198503129804",
    }
    found: dict[str, bytes] = {}
    for kind, value in values.items():
        found[f"token {kind}"] = struct.pack(">q", sealer.token(kind.value, value))
        found[f"sealed {kind}"] = sealer.seal_text(value, identifier_context(ID_TYPES[kind]))
    for path in HER_PATHS:
        found[f"path token {path}"] = struct.pack(">q", sealer.token(PATH_TOKEN, path))
        found[f"sealed path {path}"] = sealer.seal_text(path, PATH)
    found["content"] = sealer.content(HER_TEXT.encode())
    for word in ("cilla", "frost", "gladpackspergola"):  # FTS5 leaves out what a term shares with the one before
        found[f"word {word}"] = sealer.word(word)[3:].encode()
    for plain in (CILLA, "Cilla", "cilla", "Frost", "701740609", "850312", "gladpackspergola", *HER_PATHS):
        found[f"plain {plain}"] = plain.encode()
    return found


def _index_bytes(company: Little) -> bytes:
    state = company.root / ".gallra"
    return b"\0".join(path.read_bytes() for path in sorted(state.glob("index.sqlite*")))


def _words_found(company: Little) -> set[str]:
    sealer = _sealer(company)
    db = apsw.Connection(str(company.root / ".gallra/index.sqlite"))
    try:
        return {word for word in words_of(["Cilla Frost gladpackspergola"]) if _matches(db, sealer.word(word))}
    finally:
        db.close()


def _matches(db: apsw.Connection, token: str) -> list[Any]:
    found: Iterable[Any] = db.execute("SELECT rowid FROM words WHERE words MATCH ?", (f'"{token}"',))
    return list(found)
