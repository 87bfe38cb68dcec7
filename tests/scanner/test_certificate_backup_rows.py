"""What a certificate says of backups: numbers have their form, and what is left there is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pypdfium2
import pytest

from connectors.base import Locator
from scanner.certificate import certificate, signed
from scanner.certificate_backups import Copies
from scanner.certificate_html import to_html
from scanner.certificate_pdf import to_pdf
from scanner.model import Action, Case, Searched, State
from scanner.signing import Signer
from tests.scanner.certificate_world import CHAIN, ISSUE, NOW, STATUTE, canary_case

SIGNER = Signer.derive(b"k" * 32)


def drawn(case: Case, *copies: Copies) -> dict[str, object]:
    return signed(certificate(case, CHAIN, replace(ISSUE, backups=copies)), SIGNER)


def with_backup(files: int, snapshots: int) -> Case:
    case = canary_case()
    case.request.backups = True
    case.searched.append(Searched("natt", 5, 5, NOW))
    for number in range(20, 20 + files):
        one = replace(case.findings[0], id=number, locator=Locator("natt", f"a{number};version={'a' * 20}"))
        one.snapshots = snapshots
        case.findings.append(one)
    return case


@pytest.mark.parametrize(
    ("files", "snapshots", "sv", "en"),
    [
        (1, 1, "1 fil raderad ur 1 ögonblicksbild;", "1 file erased from 1 snapshot;"),
        (2, 1, "2 filer raderade ur 1 ögonblicksbild;", "2 files erased from 1 snapshot;"),
        (2, 3, "2 filer raderade ur upp till 3 ögonblicksbilder;", "2 files erased from up to 3 snapshots;"),
    ],
)
def test_files_and_snapshots_are_counted_in_words_that_fit(files: int, snapshots: int, sv: str, en: str) -> None:
    values = drawn(with_backup(files, snapshots), Copies("natt", "restic"))
    assert sv in to_html(values, "sv")
    assert en in to_html(values, "en")


def test_a_folder_that_a_snapshot_still_has_is_told_where_the_backup_is() -> None:
    case = with_backup(2, 1)
    folder = replace(case.findings[-1], id=30, kind="folder", locator=Locator("natt", "Quist"), state=State.OPEN)
    folder.action = Action.REMOVE
    case.findings.append(folder)
    values = drawn(case, Copies("natt", "restic"))
    assert "kan inte läsas längre; 1 olöst<" in to_html(values, "sv").replace(", 1 olöst", "; 1 olöst")


def test_the_lines_to_sign_on_stand_under_their_title_however_long_the_rest_is() -> None:
    for more in range(0, 24):
        case = canary_case()
        case.searched += [Searched(f"s{number}", 1, 1, NOW) for number in range(more)]
        for number in range(more):
            held = replace(case.findings[3], id=50 + number, locator=Locator(f"s{number}", "x"), state=State.HELD)
            held.until, held.statute, held.hold, held.verdict = date(2033, 12, 31), STATUTE, "bokföring", None
            case.findings.append(held)
        pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(to_pdf(drawn(case), "sv"))]
        (signed_on,) = (page for page in pages if "Namnförtydligande" in page)
        assert "Underskrift" in signed_on, f"with {more} more sources"
