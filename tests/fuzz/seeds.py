"""Real files to break, by the format that reads them: the shared samples, and files that other tools make."""

from __future__ import annotations

import gzip
import io
import json
import plistlib
import sqlite3
import tarfile
import zipfile
from collections import defaultdict
from pathlib import Path

from scanner.blob import Blob
from scanner.formats.sniff import sniff
from tests.samples import SAMPLES
from tests.scanner import pst_bytes
from tests.scanner.emf_bytes import emf, text_out
from tests.scanner.rar_bytes import new_rar, old_rar
from tests.scanner.tnef_bytes import ATTACHMENT, DATA, MAPI, MESSAGE, STRING, SUBJECT, properties, tnef
from tests.world import build_documents

_AREAS = ("documents", "contacts", "calendars", "spamassassin", "composed_sheets", "composed_contacts")
_LARGEST = 300 << 10
_MOST = 12  # files of one format


def seeds(folder: Path) -> dict[str, list[bytes]]:
    """Files by format, smallest first. `folder` is where the made-up ones are written."""
    found: defaultdict[str, list[bytes]] = defaultdict(list)
    for name, data in made().items():
        found[sniff(Blob(data, name)) or name].append(data)
    found["row"] += rows()  # known by the media type that a register gives, not by content
    build_documents(folder, 40, seed=3)
    roots = [folder, *(SAMPLES / area for area in _AREAS if SAMPLES.is_dir())]
    for root in roots:
        for path in sorted(root.rglob("*")):
            if path.is_file() and 0 < path.stat().st_size <= _LARGEST:
                data = path.read_bytes()
                name = sniff(Blob(data, path.name))
                if name is not None:
                    found[name].append(data)
    return {name: _spread(ones) for name, ones in found.items()}


def _spread(ones: list[bytes]) -> list[bytes]:
    """Some of all sizes; the small ones are read fast, the large ones are rich."""
    ones = sorted(set(ones), key=lambda data: (len(data), data))
    step = max(1, len(ones) // _MOST)
    return ones[::step][:_MOST]


def rows() -> list[bytes]:
    """Database rows as the registers' connectors give them."""
    who = {"related": False, "columns": [["name", "namn", "Stina Falk"], ["email", "epost", "stina@falk.example"]]}
    guardian = {"related": True, "columns": [["first_name", "f", "Bo"], ["last_name", "e", "Falk"]]}
    bare: dict[str, object] = {"table": "kunder", "persons": [who], "text": []}
    beside = [
        {"table": "adresser", "key": str(one), "persons": [], "text": [["gata", "Storgatan 2"]]} for one in range(9)
    ]
    rich = bare | {"persons": [who, guardian], "text": [["not", "ring 070-174 06 05 " * 30]], "with": beside}
    owned = {
        "table": "order",
        "persons": [],
        "text": [["vara", "Bord"]],
        "parent": {"table": "kunder", "persons": [who]},
    }
    return [json.dumps(one).encode() for one in (bare, rich, owned)]


def made() -> dict[str, bytes]:
    """What the samples have none of."""
    card = {"First": "Stina", "Last": "Falk", "Email": {"values": ["stina@falk.example"]}, "n": list(range(20))}
    text = b"Stina Falk, stina@falk.example, 070-174 06 05\n" * 20
    return {
        "a.plist": plistlib.dumps(card, fmt=plistlib.FMT_BINARY),
        "b.plist": plistlib.dumps(card, fmt=plistlib.FMT_XML),
        "a.json": json.dumps(
            [{"name": "Stina Falk", "email": "stina@falk.example", "x": [1, {"y": "å"}]}] * 5
        ).encode(),
        "a.ldif": b"dn: cn=Stina Falk,o=Falk\ncn: Stina Falk\nmail: stina@falk.example\nsn:: w4VzYQ==\n\n" * 3,
        "a.xml": b"<?xml version='1.0'?><list><c><name>Stina</name><mail>stina@falk.example</mail></c></list>",
        "a.sqlite": _database(),
        "a.epub": _epub(),
        "a.zip": _zip(text),
        "a.tar": _tar(text),
        "a.gz": gzip.compress(text),
        "a.rtf": rb"{\rtf1\ansi\ansicpg1252 {\info{\author S Falk}}\trowd Anna\cell \'e5sa\cell\row \u246?sten\par}",
        "a.fodt": _FLAT,
        "a.pages": _iwork(),
        "a.emf": emf(text_out("Stina Falk", 10, 10), text_out("stina@falk.example", 10, 30), description="Skiss"),
        "winmail.dat": _winmail(),
        "a.pst": pst_bytes.store("Kunder", [pst_bytes.Message({(0x37, 0x1F): pst_bytes.text("Hej Stina Falk")})] * 3),
        "a.rar": old_rar({"brev.txt": text}),
        "b.rar": new_rar({"brev.txt": text}),
        **_by_libarchive(text),
    }


_FLAT = b"""<?xml version="1.0"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 office:mimetype="application/vnd.oasis.opendocument.text">
<office:meta><dc:creator>Stina Falk</dc:creator></office:meta>
<office:body><office:text><text:p>Hej Stina Falk, stina@falk.example</text:p></office:text></office:body>
</office:document>
"""


def _iwork() -> bytes:
    out = io.BytesIO()
    page = '<sl:document xmlns:sl="a" xmlns:sf="b"><sf:p>Hej Stina Falk</sf:p></sl:document>'
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.xml", page)
        archive.writestr("buildVersionHistory.plist", plistlib.dumps(["x"]))
    return out.getvalue()


def _winmail() -> bytes:
    message = {(0x0C1A, STRING): "Stina Falk", (0x0C1F, STRING): "stina@falk.example", (0x1000, STRING): "Hej"}
    return tnef((MESSAGE, SUBJECT, b"Hej\0"), (MESSAGE, MAPI, properties(message)), (ATTACHMENT, DATA, b"Stina Falk"))


def _database() -> bytes:
    with sqlite3.connect(":memory:") as db:
        db.execute("CREATE TABLE contacts (id INTEGER PRIMARY KEY, name TEXT, email TEXT, photo BLOB)")
        rows = [(f"Stina Falk {number}", f"s{number}@falk.example", bytes(50)) for number in range(60)]
        db.executemany("INSERT INTO contacts (name, email, photo) VALUES (?, ?, ?)", rows)
        db.execute("DELETE FROM contacts WHERE id % 7 = 0")
        db.commit()
        return db.serialize()


def _zip(text: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Stina Falk/brev.txt", text)
        archive.writestr("inre.zip", _epub())
    return out.getvalue()


def _epub() -> bytes:
    out = io.BytesIO()
    container = '<container><rootfiles><rootfile full-path="c.opf"/></rootfiles></container>'
    creator = '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Stina Falk</dc:creator>'
    package = f"<package><metadata>{creator}</metadata></package>"
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("c.opf", package)
        archive.writestr("a.xhtml", "<html><body><p>Hej Stina Falk</p></body></html>")
    return out.getvalue()


def _tar(text: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("Stina Falk/brev.txt")
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))
    return out.getvalue()


def _by_libarchive(text: bytes) -> dict[str, bytes]:
    import libarchive

    found = {}
    for name, form in (("a.7z", "7zip"), ("a.cpio", "cpio"), ("a.iso", "iso9660")):
        parts: list[bytes] = []

        def keep(data: bytes, parts: list[bytes] = parts) -> int:
            parts.append(bytes(data))
            return len(data)

        with libarchive.custom_writer(keep, form) as archive:
            archive.add_file_from_memory("brev.txt", len(text), text)
        found[name] = b"".join(parts)
    return found
