"""OpenDocument presentations and drawings made by hand, and the parts that all OpenDocument files share."""

from __future__ import annotations

import io
import zipfile

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats import registry
from scanner.formats.base import Nested
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Unread

LIMITS = Limits()
URN = "urn:oasis:names:tc:opendocument:xmlns:"
SPACES = (
    " ".join(
        f'xmlns:{word}="{URN}{word}:1.0"'
        for word in ("office", "text", "table", "draw", "presentation", "form", "meta")
    )
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:svg="svg"'
)
Found = tuple[dict[tuple[str, ...], Record], list[Unread]]


def content(inner: str, kind: str = "presentation") -> str:
    return (
        f"<office:document-content {SPACES}><office:body><office:{kind}>{inner}</office:{kind}></office:body>"
        "</office:document-content>"
    )


def packed(inner: str, kind: str = "presentation", **parts: str | bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", content(inner, kind))
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def read(data: bytes) -> Found:
    records: dict[tuple[str, ...], Record] = {}
    gaps = []
    for found in expand(Blob(data, "a.odp"), LIMITS):
        if isinstance(found, Unread):
            gaps.append(found)
        else:
            assert found.steps not in records
            records[found.steps] = found
    return records, gaps


def body(record: Record) -> str:
    return "\n".join(text for role, text in record.texts if role is Role.BODY)


def author(name: str) -> Entity:
    return Entity(Role.AUTHOR, [Fact(IdType.NAME, name)])


def frame(text: str) -> str:
    return f"<draw:frame><draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame>"


def test_pages_with_notes_comments_tables_and_names_of_pictures() -> None:
    cells = "".join(
        f"<table:table-cell><text:p>{text}</text:p></table:table-cell>" for text in ("Karin Ek", "k@x.example")
    )
    inner = (
        f'<draw:page draw:name="page1">{frame("karin<text:span>@x.ex</text:span>ample")}<presentation:notes>'
        f"{frame('Säg till Siv')}</presentation:notes><office:annotation><dc:creator>Lena Skog</dc:creator>"
        "<text:p>Ring Bo</text:p></office:annotation><draw:frame><draw:image/>"
        "<svg:desc>Foto av Ada</svg:desc></draw:frame>"
        "</draw:page>"
        f'<draw:page draw:name="Kund Ulf"><draw:frame><table:table><table:table-row>{cells}</table:table-row>'
        "</table:table></draw:frame></draw:page>"
    )
    for kind in ("presentation", "drawing"):
        records, gaps = read(packed(inner, kind))
        assert gaps == []
        assert body(records[("page 1",)]) == "karin@x.example\nFoto av Ada"
        assert body(records[("page 1", "part notes")]) == "Säg till Siv"
        assert body(records[("page 1", "part comments")]) == "Ring Bo"
        assert records[("page 1", "part comments")].entities == [author("Lena Skog")]
        assert body(records[("page 2",)]) == "Kund Ulf"
        assert body(records[("page 2", "row 1")]) == "Karin Ek\tk@x.example"


def test_declared_headers_and_masters() -> None:
    declared = "<presentation:footer-decl>Sidfot Karin</presentation:footer-decl>"
    good = f'<s {SPACES} xmlns:style="s"><style:master-page>{frame("Ansvarig Bo")}</style:master-page></s>'
    records, gaps = read(packed(declared, **{"styles.xml": good}))
    assert gaps == []
    assert body(records[("part header",)]) == "Ansvarig Bo"


def test_tracked_changes_hidden_text_fields_and_forms() -> None:
    change = (
        "<text:tracked-changes><text:changed-region><text:deletion><office:change-info>"
        "<dc:creator>Lena Skog</dc:creator></office:change-info><text:p>Struken Karin</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
    )
    inner = (
        f'{change}<text:user-field-decls><text:user-field-decl text:name="kund" office:string-value="Bo Lind"/>'
        '</text:user-field-decls><office:forms><form:form><form:text form:current-value="Siv Berg"/></form:form>'
        '</office:forms><text:section text:display="none"><text:p>gömd<text:hidden-text text:string-value="Ada Alm"/>'
        "</text:p></text:section>"
    )
    records, gaps = read(packed(inner, "text"))
    assert gaps == []
    assert body(records[("part changes",)]) == "Struken Karin"
    assert records[("part changes",)].entities == [author("Lena Skog")]
    assert body(records[()]) == "gömd\nAda Alm"
    assert {"Bo Lind", "Siv Berg"} <= set(body(records[("part rules",)]).split("\n"))


def test_meta_with_who_printed_and_what_users_add() -> None:
    meta = (
        f"<office:document-meta {SPACES}><office:meta><meta:printed-by>Karin Ek</meta:printed-by><dc:creator>Bo Lind"
        '</dc:creator><meta:user-defined meta:name="Kund hos oss">Ada</meta:user-defined></office:meta>'
        "</office:document-meta>"
    )
    records, _ = read(packed("", **{"meta.xml": meta}))
    record = records[("part properties",)]
    assert record.entities == [author("Karin Ek"), author("Bo Lind")]
    assert body(record) == "Ada\nKund hos oss"


def test_documents_inside_are_read_where_they_are() -> None:
    cell = "<table:table-cell><text:p>Karin Ek</text:p></table:table-cell>"
    sheet = f'<table:table table:name="Blad"><table:table-row>{cell}</table:table-row></table:table>'
    parts = {"Object 1/content.xml": content(sheet, "spreadsheet"), "Object 2": b"Bo Lind, i text"}
    records, gaps = read(packed("", **parts))
    assert gaps == []
    assert body(records[("attachment 1: Object 1", "sheet Blad", "row 1")]) == "Karin Ek"
    assert body(records[("attachment 2: Object 2",)]) == "Bo Lind, i text"


def test_pictures_but_no_previews_or_settings() -> None:
    kept = {"Pictures/1.png": b"ett"}
    left = {
        "Thumbnails/thumbnail.png": b"x",
        "ObjectReplacements/Object 1": b"x",
        "settings.xml": b"x",
    }
    found = list(registry.load("odt").extract(Blob(packed("", **kept, **left), "a"), LIMITS))
    assert [(one.steps, one.kind) for one in found if isinstance(one, Nested)] == [(("part 1.png",), "image")]
    assert not [one for one in found if isinstance(one, Unread)]


def test_macros_are_text() -> None:
    module = "<script:module xmlns:script='urn:x' script:name='M'>REM av Karin Ek, maj 2020\nSub A</script:module>"
    records, gaps = read(packed("", **{"Basic/Standard/M.xml": module.encode()}))
    assert gaps == []
    assert "REM av Karin Ek" in body(records[("part M.xml",)])


@pytest.mark.parametrize("cut", [0.3, 0.7])
def test_cut_pages_keep_what_came_before(cut: float) -> None:
    inner = "".join(f"<draw:page>{frame(f'sida {n}')}</draw:page>" for n in range(50))
    text = content(inner)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.presentation")
        archive.writestr("content.xml", text[: int(len(text) * cut)])
    records, gaps = read(buffer.getvalue())
    assert body(records[("page 10",)]) == "sida 9"
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.UNREADABLE)]
