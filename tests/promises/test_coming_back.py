"""Promises 8 and 10: what a restore or a phone brings back is told and planned again, and nothing goes silently.

More in tests/scanner/cli/test_after_restore.py and tests/scanner/test_returns.py.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

from tests.little import ANNA, BO, Little
from tests.promises.witness import LIST, SPARED, only_hers_went

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{}\r\nEMAIL:{}\r\nTEL;TYPE=CELL:{}\r\nEND:VCARD\r\n"
HERS, HIS = CARD.format("Anna Ek", ANNA, "070-174 06 05"), CARD.format("Bo Dal", BO, "070-174 06 06")


def test_8_a_folder_that_tar_restores_after_the_erasure_is_found_and_erased_again(
    company: Little, tmp_path: Path
) -> None:
    before = company.files()
    with tarfile.open(tmp_path / "kopia.tar", "w") as tar:
        tar.add(company.root / "kunder", "kunder")
    case, _ = company.find(ANNA, "Anna Ek")
    company.desk("erase", case, "--yes", code=0)
    company.desk("close", case, "--no-certificate", code=0)
    erased = company.files()
    only_hers_went(before, erased)
    with tarfile.open(tmp_path / "kopia.tar") as tar:
        tar.extractall(company.root)
    assert company.files()[LIST] == before[LIST]
    run = company.desk("after-restore", "--json", code=3).json
    assert {one["path"] for one in run["returns"]} == {"Anna Ek/avtal.txt", "Anna Ek/kvitto.txt", "lista.csv"}
    (again,) = run["cases"]
    assert company.files()[LIST] == before[LIST], "nothing was erased without a person's word"
    company.desk("erase", again["case"], "--yes", code=0)
    assert company.files() == erased
    assert not (company.root / "kunder/Anna Ek").exists()
    assert (company.root / LIST).read_bytes() == SPARED


def test_10_a_phone_export_with_the_contact_is_told_by_the_scan_and_proposed_again(company: Little) -> None:
    card = company.write("kunder/telefon/export.vcf", HERS + HIS)
    company.desk("scan", code=0)
    case, _ = company.find()
    company.desk("erase", case, "--yes", code=0)
    assert card.read_bytes() == HIS.encode()
    company.desk("close", case, "--no-certificate", code=0)
    card.write_bytes((HIS + HERS).encode())
    told = company.desk("scan", "--json", code=3).json["returns"]
    assert [(one["path"], one["within"]) for one in told] == [("telefon/export.vcf", [["card 2"]])]
    assert card.read_bytes() == (HIS + HERS).encode()
    (again,) = company.desk("after-restore", "--json", code=3).json["cases"]
    (one,) = again["findings"]
    assert (one["path"], one["within"], one["action"]) == ("telefon/export.vcf", ["card 2"], "remove-record")
    company.desk("erase", again["case"], "--yes", code=0)
    assert card.read_bytes() == HIS.encode()
