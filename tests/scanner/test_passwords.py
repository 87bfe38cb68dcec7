"""Passwords by reference: what they open is read, another list reads only that again, and no value is told anywhere."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import msoffcrypto
import pytest
import pyzipper

from config.model import Source
from connectors.errors import ConfigError
from scanner.detect.base import DetectSettings
from scanner.index.seal import Keys, Sealer
from scanner.index.sqlite import Index
from scanner.limits import Limits
from scanner.read import Reader, ReaderSettings, make_scan_job
from scanner.reader_print import Hangs, reader_print
from scanner.scan import Scanner, SourceReport
from tests.conftest import Desk
from tests.world.office import docx, xlsx
from tests.world.packing import encrypted_zip, zip_bytes
from tests.world.papers import pdf

MASTER = b"a master key for tests, 32 bytes"
ANNA, BO, CARIN, DAN = (f"{name}@kund.example" for name in ("anna", "bo", "carin", "dan"))
SECRET, OTHER = "Sommar åtta 24", "hunter2!"


def office(data: bytes, password: str) -> bytes:
    out = io.BytesIO()
    msoffcrypto.OfficeFile(io.BytesIO(data)).encrypt(password, out)
    return out.getvalue()


def aes_zip(name: str, data: bytes, password: str) -> bytes:
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", encryption=pyzipper.WZ_AES) as packed:
        packed.setpassword(password.encode())
        packed.writestr(name, data)
    return out.getvalue()


def locked_pdf(text: str, password: str) -> bytes:
    from fpdf import FPDF
    from fpdf.enums import EncryptionMethod

    page = FPDF()
    page.add_page()
    page.set_font("helvetica", size=12)
    page.cell(text=text)
    page.set_encryption("owner", password, encryption_method=EncryptionMethod.AES_256)
    return bytes(page.output())


LOCKED: dict[str, Callable[[str, str], bytes]] = {
    "avtal.docx": lambda text, word: office(docx([text]).data, word),
    "lista.xlsx": lambda text, word: office(xlsx([("Blad", ["Epost"], [([text], None)])]).data, word),
    "gammal.zip": lambda text, word: encrypted_zip("a.txt", text.encode(), word.encode()),
    "ny.zip": lambda text, word: aes_zip("a.txt", text.encode(), word),
    "brev.pdf": locked_pdf,
}


class Desktop:
    """A folder, an index, and scans with passwords of a file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.data = root / "kunder"
        self.data.mkdir()
        self.source = Source("kunder", "folder", {"path": self.data, "exclude": [], "follow_symlinks": False})
        self.sealer = Sealer(Keys.derive(MASTER))
        self.index = Index.open(root / "index.sqlite", self.sealer)

    def settings(self, *passwords: str) -> ReaderSettings:
        file = self.root / "passwords.txt"
        file.write_text("".join(f"{one}\n" for one in passwords), encoding="utf-8")
        file.chmod(0o600)
        references = ("file:passwords.txt",) if passwords else ()
        return ReaderSettings((self.source,), Limits(), DetectSettings(), MASTER, references, self.root)

    def scan(self, *passwords: str) -> SourceReport:
        scanner = Scanner(self.index, self.sealer, self.settings(*passwords), workers=0)
        return scanner.scan([self.source])[0]

    def found(self, email: str) -> int:
        return self.index.count_records_with(self.sealer.token("email", email))

    def gaps(self) -> set[tuple[str, str]]:
        return {(gap.path, gap.reason.value) for gap in self.index.gaps()}


@pytest.fixture
def desktop(tmp_path: Path) -> Desktop:
    return Desktop(tmp_path)


@pytest.mark.parametrize("name", LOCKED)
def test_a_password_that_comes_and_goes_reads_only_what_hangs_on_it(desktop: Desktop, name: str) -> None:
    (desktop.data / name).write_bytes(LOCKED[name](ANNA, SECRET))
    (desktop.data / "öppen.docx").write_bytes(docx([BO]).data)
    (desktop.data / "öppen.pdf").write_bytes(pdf([(["Hej"], None)]).data)
    (desktop.data / "öppen.zip").write_bytes(zip_bytes([("a.txt", b"hej")]))
    (desktop.data / "öppen.txt").write_text(CARIN)
    first = desktop.scan()
    assert (first.read, desktop.found(ANNA)) == (5, 0)
    assert (name, "encrypted") in desktop.gaps()
    second = desktop.scan(OTHER, SECRET)
    assert (second.read, desktop.found(ANNA)) == (1, 1)
    assert name not in {path for path, _ in desktop.gaps()}
    assert desktop.scan(OTHER, SECRET).read == 0
    third = desktop.scan(OTHER)
    assert (third.read, desktop.found(ANNA)) == (1, 0), "what no password opens any more is no longer claimed"
    assert (name, "encrypted") in desktop.gaps()
    assert (desktop.found(BO), desktop.found(CARIN)) == (1, 1)


def test_what_lies_in_an_archive_hangs_on_them_too(desktop: Desktop) -> None:
    inner = office(docx([ANNA]).data, SECRET)
    (desktop.data / "a.zip").write_bytes(zip_bytes([("b.zip", zip_bytes([("c.docx", inner)]))]))
    (desktop.data / "b.zip").write_bytes(zip_bytes([("b.txt", BO.encode())]))
    desktop.scan()
    assert (desktop.scan(SECRET).read, desktop.found(ANNA)) == (1, 1)


def test_a_print_hangs_on_the_passwords_only_where_one_was_wanted() -> None:
    limits = Limits()
    for names, differs in ((["text"], False), (["zip", "text"], False), (["zip", "locked"], True)):
        one, other = (reader_print(names, "d", limits, Hangs(locked=word)) for word in ("1", "2"))
        assert (one != other) is differs


def test_the_fingerprint_is_keyed_and_knows_the_order(desktop: Desktop) -> None:
    settings = desktop.settings(SECRET)
    mine = settings.locked((SECRET, OTHER), desktop.sealer)
    assert mine != settings.locked((OTHER, SECRET), desktop.sealer)
    assert mine != settings.locked((SECRET, OTHER), Sealer(Keys.derive(b"another key for tests, 32 bytes!")))
    assert settings.locked((), desktop.sealer) == ""


def test_settings_hold_references_and_a_worker_finds_the_words(desktop: Desktop) -> None:
    import pickle

    sent = pickle.dumps(desktop.settings(SECRET))
    assert SECRET.encode() not in sent
    work = make_scan_job(pickle.loads(sent))
    assert isinstance(work, Reader)
    (desktop.root / "passwords.txt").unlink()
    with pytest.raises(ConfigError, match=r"file:passwords\.txt: cannot be read"):
        make_scan_job(pickle.loads(sent))


# -- as it is typed ----------------------------------------------------------------------------------------------------

CONFIG = '[[source]]\nname = "kunder"\nkind = "folder"\nbackup = "none"\npath = "kunder"\n'


@pytest.fixture
def typed(desk: Desk) -> Desk:
    (desk.root / "kunder").mkdir()
    (desk.root / "kunder" / "avtal.docx").write_bytes(office(docx([f"Avtal med {ANNA}, Anna Ek."]).data, SECRET))
    (desk.root / "kunder" / "öppen.txt").write_text(BO)
    return desk.write(CONFIG)


def with_passwords(desk: Desk) -> Desk:
    desk.env["GALLRA_WORDS"] = f"{OTHER}\n{SECRET}\n"
    return desk.write(CONFIG + '[read]\npasswords = ["env:GALLRA_WORDS"]\n')


def traces(root: Path) -> list[str]:
    """Files below the folder that hold a password in any of the usual encodings."""
    needles = [word.encode(code) for word in (SECRET, OTHER) for code in ("utf-8", "utf-16-le", "latin-1")]
    return [
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and any(needle in path.read_bytes() for needle in needles)
    ]


def test_found_by_name_and_confirmed_through_a_password(typed: Desk) -> None:
    """The second look opens it too: else a name's words would stay unconfirmed."""
    typed("scan", code=3)
    assert not typed("find", "--no-case", "--json", ANNA, code=[0, 3]).json["findings"]
    with_passwords(typed)
    typed("scan", code=0)
    named = typed("find", "--no-case", "--json", "Anna Ek", code=0).json["findings"]
    assert [("name", "body") for one in named for e in one["evidence"] if (e["type"], e["role"]) == ("name", "body")]
    assert [one["path"] for one in named] == ["avtal.docx"]
    found = typed("find", "--json", ANNA, "Anna Ek", code=0).json
    assert [(one["path"], one["action"], one["reason"]) for one in found["findings"]] == [
        ("avtal.docx", "remove", None)
    ]
    assert traces(typed.root) == []


def test_a_reference_that_leads_nowhere_stops_before_anything_is_read(typed: Desk) -> None:
    typed.write(CONFIG + '[read]\npasswords = ["env:GALLRA_WORDS", "file:borta.txt"]\n')
    run = typed("scan", code=2)
    assert "[read] passwords: env:GALLRA_WORDS: is not set; mend it, or take the reference out" in run.err
    assert "file:borta.txt: cannot be read" in run.err
    assert not (typed.root / ".gallra" / "index.sqlite").exists()
    told = typed("check", "--json", code=2).json["problems"]
    assert [one.split(":")[2] for one in told if one.startswith("[read]")] == ["GALLRA_WORDS", "borta.txt"]


def test_a_password_in_the_file_is_refused_and_not_repeated(typed: Desk) -> None:
    typed.write(CONFIG + f'[read]\npasswords = ["{OTHER}"]\n')
    run = typed("scan", code=2)
    assert "gallra.toml:7: [read] passwords: a secret is not written into this file" in run.err
    assert OTHER not in run.text


def test_the_file_of_passwords_in_a_source_is_not_searched(typed: Desk) -> None:
    file = typed.root / "kunder" / "passwords.txt"
    file.write_text(f"{SECRET}\ndan@kund.example\n", encoding="utf-8")
    file.chmod(0o600)
    typed.write(CONFIG + '[read]\npasswords = ["file:kunder/passwords.txt"]\n')
    typed("scan", code=0)
    assert typed("find", "--no-case", "--json", DAN, code=0).json["findings"] == []
    assert not traces(typed.root / ".gallra")


def test_nothing_of_them_is_told_when_all_goes_wrong(typed: Desk) -> None:
    with_passwords(typed)
    (typed.root / "kunder" / "trasig.docx").write_bytes(office(docx([ANNA]).data, "okänt")[:-900])
    typed.env["GALLRA_DEBUG"] = "1"
    run = typed("scan", code=3)
    shown = run.text + typed("check", code=3).text
    assert SECRET not in shown
    assert OTHER not in shown
    assert traces(typed.root / ".gallra") == []
