"""Promise 8 over a real restic: an old snapshot restored over the folder, and all erased persons' data goes again."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.conftest import Desk
from tests.kept import holds
from tests.little import ANNA, BO, CONFIG, FILES, Little
from tests.servers.restic import PASSWORD, Restic

RESTIC = """
[[backup]]
name = "nas"
kind = "restic"
path = "nas"
password = "file:losen"
covers = ["kunder"]
keeps_days = 90
"""
CARL = "carl.ek@kund.example"
MORE = {
    "Carl Ek/kort.vcf": f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Carl Ek\r\nN:Ek;Carl;;;\r\nEMAIL:{CARL}\r\nEND:VCARD\r\n",
    "Carl Ek/avtal.txt": f"Avtal med Carl Ek, {CARL}.\n",
}


def made(desk: Desk) -> tuple[Little, Restic]:
    """The company with two snapshots of its folder; and what was deleted between them."""
    company = Little(desk.write(CONFIG.replace('backup = "none"\n', "", 1) + RESTIC))
    company.write("losen", PASSWORD)
    (company.root / "losen").chmod(0o600)
    for path, text in (FILES | MORE).items():
        company.write(f"kunder/{path}", text)
    for folder in ("cur", "new", "tmp"):
        (company.root / "post" / folder).mkdir(parents=True)
    company.write("post/cur/1700000002.M2P1.x:2,S", b"From: bo.dal@kund.example\nSubject: Annat\n\nHej.\n")
    company.write("kunder/Anna Ek/offert.txt", f"Offert till {ANNA}, Anna Ek.\n")
    restic = Restic(company.root / "nas")
    restic.make()
    restic.run("backup", "-q", str(company.root / "kunder"))
    (company.root / "kunder/Anna Ek/offert.txt").unlink()
    restic.run("backup", "-q", str(company.root / "kunder"))
    desk("scan", code=0)
    return company, restic


def erased(company: Little, who: str) -> str:
    case = str(company.desk("find", "--json", who, code=[0, 3]).json["case"])
    company.desk("decide", case, "--backups", "drop", code=[0, 2, 3, 4])
    company.desk("show", case, code=[0, 3])
    company.desk("erase", case, "--yes", code=0)
    return case


def test_8_an_old_snapshot_restored_over_the_folder_is_found_planned_and_erased_again(
    desk: Desk, tmp_path: Path
) -> None:
    company, restic = made(desk)
    aside = restic.copied(tmp_path / "utanför")
    before = (company.root / "kunder/Bo Dal/avtal.txt").read_bytes()
    cases = {erased(company, who) for who in (ANNA, CARL)}
    paths = restic.run("ls", "latest", "--json").decode()
    assert "Anna" not in paths
    assert "kort.vcf" not in paths
    for snapshot in restic.snapshots():
        assert restic.run("dump", snapshot["id"], str(company.root / "kunder/Bo Dal/avtal.txt")) == before
    for case in cases:
        told = company.desk("certificate", case, "--json", code=0).json
        assert (told["outcome"], told["backups"][0]["open"]) == ("complete", 0)
        assert told["backups"][0]["dropped"] >= 1
    first, *_ = aside.snapshots()
    aside.restore(str(first["id"]), Path("/"))
    assert holds(company.root / "kunder", ANNA)
    run = company.desk("after-restore", "--json", code=3).json
    back = {one["path"] for one in run["returns"]}
    assert back >= {"Anna Ek/avtal.txt", "Anna Ek/offert.txt", "Carl Ek/avtal.txt", "Carl Ek/kort.vcf", "lista.csv"}
    for one in run["cases"]:
        company.desk("show", one["case"], code=[0, 3])
        company.desk("erase", one["case"], "--yes", code=[0, 3])
    for word in (ANNA, CARL):
        assert not holds(company.root / "kunder", word)
    assert BO in (company.root / "kunder/lista.csv").read_text()
    assert company.desk("after-restore", "--json", code=0).json["returns"] == []
    shutil.rmtree(aside.folder)
