"""Real office files of twelve parser suites: what they say of a person is found, and what cannot be read is told."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.base import GapReason
from scanner.aids import Aids
from scanner.asked import asked
from scanner.blob import Blob
from scanner.expand import expand
from scanner.limits import Limits
from scanner.model import CaseGap, Finding
from scanner.records import IdType, Record, Role
from scanner.workspace import Workspace
from tests.samples import SAMPLES, TRUTH, needs_samples

pytestmark = needs_samples


def _opened(folder: Path, more: str = "", below: str = "") -> Workspace:
    config = folder / "gallra.toml"
    path = json.dumps(str(SAMPLES / "documents" / below))
    config.write_text(f'[[source]]\nname = "d"\nkind = "folder"\nbackup = "none"\npath = {path}\n{more}', "utf-8")
    return Workspace.open(config)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with _opened(tmp_path_factory.mktemp("documents")) as work:
        assert [report.error for report in work.scan()] == [None]
        yield work


def _gaps(work: Workspace) -> dict[str, set[GapReason]]:
    found: defaultdict[str, set[GapReason]] = defaultdict(set)
    for gap in _search(work, "nobody@nowhere.example")[1]:
        found[gap.locator.path].add(gap.reason)
    return found


def _search(work: Workspace, email: str = "", names: tuple[str, ...] = ()) -> tuple[list[Finding], list[CaseGap]]:
    typed = {IdType.EMAIL: (email,) if email else (), IdType.NAME: names}
    findings, gaps, _ = work.search(work.identify(asked((), typed, work.detect)))
    return findings, gaps


def test_who_is_named_in_the_properties_alone_is_found_as_author(work: Workspace) -> None:
    asked_for = 0
    for path in sorted(TRUTH.glob("documents__*.json")):
        truth = json.loads(path.read_text("utf-8"))
        wanted = set(truth.get("metadata_only", ())) & set(truth["must_find"])
        asked_for += len(wanted)
        findings, _ = _search(work, names=tuple(truth["person"]["names"])) if wanted else ([], [])
        authored = {
            one.locator.path for one in findings if any(Role(seen.role) is Role.AUTHOR for seen in one.evidence)
        }
        assert wanted - authored == set(), path.stem
    assert asked_for == 31


def test_what_stands_in_pictures_alone_is_found_by_ocr(tmp_path: Path) -> None:
    """In picture files, and in the pictures of Word, OpenDocument, pdf, packed and mailed files."""
    truth = json.loads((TRUTH / "documents__cpr-131016-9996.json").read_text("utf-8"))
    more = '[detect]\ncustomer_number = ["[0-9]{6}-[0-9]{4}"]\n[ocr]\nenabled = true\n'  # a company's own numbers
    with _opened(tmp_path, more, "os2") as work:
        assert [report.error for report in work.scan()] == [None]
        number = asked((), {IdType.CUSTOMER_NUMBER: tuple(truth["person"]["ids"])}, work.detect)
        found = {f"os2/{one.locator.path}" for one in work.search(work.identify(number))[0]}
    assert len(truth["must_find_ocr"]) == 11
    assert set(truth["must_find_ocr"]) | set(truth["must_find"]) <= found


# Each of these is a gap with one of these reasons ...
RIGHT = {
    "corrupt_ole": {GapReason.UNREADABLE, GapReason.UNKNOWN_FORMAT, GapReason.CRASHED},
    "corrupt_pdf": {GapReason.UNREADABLE},
    "corrupt_zip_container": {GapReason.UNREADABLE, GapReason.UNKNOWN_FORMAT},  # moby.zip is imploded, not broken
    "corrupt_zip_member": {GapReason.UNREADABLE},
    "empty": set(),
    "encrypted_office": {GapReason.ENCRYPTED},
    "encrypted_pdf_needs_password": {GapReason.ENCRYPTED},
    "encrypted_zip": {GapReason.ENCRYPTED},
    "error_FzErrorFormat": {GapReason.UNREADABLE},
    "error_RuntimeError": {GapReason.UNREADABLE},
    "image_only_pdf": {GapReason.NEEDS_OCR},
    "nested_archive": {GapReason.TOO_DEEP},
    "pdf_poppler_cannot_open": {GapReason.UNREADABLE},
    "xml_entity_bomb_like": {GapReason.UNREADABLE},
}
# ... or gives all of its text, of which this is a part (as their makers wrote it, or unzip and others show it).
READ = {
    "pdfplumber/empty.pdf": "",
    "tika/protectedFile.xlsx": "При запуске пробной версии Office 2007",  # under Excel's own password
    "os2/engine2/zip-here-inside-zip-here/test-vector_zip.zip": "0123456789",
    "tika/test-zip-of-zip.zip": "This is just some text.",
    "formatcorpus/pdf-handbuilt-test-corpus/T02-02_008_page-tree-node-no-count.pdf": "Hello PDF-world!",
    "pdfjs/poppler-91414-0-53.pdf": "foobar",
    "pdfjs/poppler-91414-0-54.pdf": "foobar",
    "tika/testPDFFileEmbInAnnotation_noContents.pdf": "This is a Excel",
}
# What other tools show once the known password is given.
BEHIND = {
    "msoffcrypto/inputs/example_password.docx": "Lorem ipsum",
    "msoffcrypto/inputs/rc4cryptoapi_password.ppt": "Lorem ipsum",
    "poi/slideshow/Password_Protected-np-hello.ppt": "It only has the one slide",
    "poi/spreadsheet/password.xls": "A ZIP bomb is a variant of mail-bombing.",
    "tika/casing/protected_normal_case.docx": "This is a sample Word document",
    "tika/protectedFile.xlsx": "При запуске пробной версии Office 2007",
    "tika/testEXCEL_protected_passtika_2.xlsx": "This is an Encrypted Excel spreadsheet",
    "pdfplumber/password-example.pdf": "Starting from version 2 it is easier to install",
    "unstructured/pdf/password.pdf": "File with password",
}


def _told() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((TRUTH / "documents_unreadable.json").read_text("utf-8"))
    return found


def _unreadable() -> list[tuple[str, str]]:
    return [(kind, name) for kind in RIGHT for name in _told()[kind]] if TRUTH.is_dir() else []


@pytest.mark.parametrize(("kind", "name"), _unreadable())
def test_what_cannot_be_read_is_told_with_its_reason(work: Workspace, kind: str, name: str) -> None:
    if name in READ:
        text, reasons = _expanded(name)
        assert reasons == set()
        assert READ[name] in text
    else:
        assert _gaps(work)[name] & RIGHT[kind]


@pytest.mark.parametrize("name", BEHIND)
def test_a_known_password_opens_it(name: str) -> None:
    passwords = _told()["known_passwords"]
    text, reasons = _expanded(name, (*passwords.values(),))
    assert GapReason.ENCRYPTED not in reasons
    assert BEHIND[name] in text
    assert set(BEHIND) == set(passwords)


def _expanded(name: str, keys: tuple[str, ...] = ()) -> tuple[str, set[GapReason]]:
    path = SAMPLES / "documents" / name
    texts: list[str] = []
    reasons: set[GapReason] = set()
    for found in expand(Blob(path.read_bytes(), path.name), Limits(), Aids(keys)):
        if isinstance(found, Record):
            texts += [text for _, text in found.texts]
        else:
            reasons.add(found.reason)
    return "\n".join(texts), reasons
