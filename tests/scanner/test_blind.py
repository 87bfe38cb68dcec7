"""Sources that an answer is blind to, by the index's views and notes and by the day; and what a walk passes by."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from config.model import Source
from connectors.base import GapReason, Item, LeftOut
from connectors.files.local import Folder
from connectors.layers import ReadOnly
from connectors.mail.maildir import Maildir
from scanner.blind import AHEAD, UNENDED, Known, left_out, searched, source_gaps
from scanner.case_json import dump_case, load_case
from scanner.index.notes import ScanNote
from scanner.index.seal import Keys, Sealer
from scanner.index.sqlite import Index
from scanner.index.views import SearchedView
from scanner.model import Case, Searched

DAY = date(2026, 11, 23)


def view(days: int, *, complete: bool = True) -> SearchedView:
    when = datetime(2026, 11, 23, 12, tzinfo=UTC) - timedelta(days=days)
    return SearchedView("a", 5, 9, when, complete)


@pytest.mark.parametrize(
    ("known", "reason", "detail"),
    [
        (Known(None), GapReason.NEVER_SCANNED, ""),
        (Known(SearchedView("a", 5, 9, None, False)), GapReason.NEVER_SCANNED, ""),
        (
            Known(None, ScanNote("it is not there")),
            GapReason.NEVER_SCANNED,
            "the last scan failed: it is not there",
        ),
        (Known(view(0)), None, ""),
        (Known(view(7)), None, ""),
        (Known(view(8)), GapReason.STALE, "last scanned 8 days ago"),
        (Known(view(-2)), GapReason.STALE, AHEAD),
        (Known(view(-1)), None, ""),  # another time zone
        (Known(view(1, complete=False)), GapReason.STALE, UNENDED),
        (
            Known(view(9, complete=False), ScanNote("cut off")),
            GapReason.STALE,
            f"last scanned 9 days ago; {UNENDED}; the last scan failed: cut off",
        ),
    ],
)
def test_a_source_as_a_whole(known: Known, reason: GapReason | None, detail: str) -> None:
    found = source_gaps({"a": known}, DAY, 7)
    assert [(one.locator.source, one.locator.path, one.reason, one.detail) for one in found] == (
        [("a", "", reason, detail)] if reason else []
    )


def test_one_day_is_no_days() -> None:
    (gap,) = source_gaps({"a": Known(view(1))}, DAY, 0)
    assert gap.detail == "last scanned 1 day ago"


def test_what_was_left_out_then_and_what_is_left_out_since() -> None:
    source = Source("a", "folder", {"path": "/nowhere", "exclude": ["*.iso", "*.tmp"]})
    note = ScanNote(left_out=(LeftOut("*.iso", 3), LeftOut("Arkiv", 1, 1)))
    assert left_out(source, note) == (LeftOut("*.iso", 3), LeftOut("Arkiv", 1, 1), LeftOut("*.tmp", None))
    (one,) = searched({"a": Known(view(0), note)}, [source])
    assert (one.source, one.items, one.left_out[2].items) == ("a", 5, None)
    assert searched({"gone": Known(view(0), note)}, [source]) == []


def test_a_case_keeps_it_and_opens_what_was_written_before() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    case = Case("2026-0001", now, [])
    case.searched = [Searched("a", 1, 2, now, (LeftOut("*.iso", 3, 1), LeftOut("x")), "cut off")]
    assert load_case(dump_case(case)).searched == case.searched
    raw = json.loads(dump_case(case))
    raw["searched"] = [row[:4] for row in raw["searched"]]  # as 0.3 wrote it
    cut = json.dumps(raw).encode()
    assert load_case(cut).searched == [Searched("a", 1, 2, now)]


def test_the_index_keeps_the_note_sealed_and_forgets_it_with_its_source(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    note = ScanNote("cut off", (LeftOut("Anna Andersson*", 3, 1), LeftOut("x", None)))
    with Index.open(path, Sealer(Keys.derive(b"k" * 32))) as index:
        assert index.note("a") == ScanNote()
        index.set_note("a", note)
        index.set_note("b", ScanNote("other"))
        assert (index.note("a"), index.note("b").error) == (note, "other")
        index.forget_source("b")
        assert (index.note("a"), index.note("b")) == (note, ScanNote())
        index.compact()
    assert b"Anna Andersson" not in path.read_bytes()


def test_a_walk_counts_what_it_passes_by_once(tmp_path: Path) -> None:
    for name in ("a.iso", "b/c.iso", "b/Arkiv/x.iso", "Arkiv/y.txt", "b/keep.txt", "Arkiv.txt", "c/Arkiv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "länk.iso").symlink_to(tmp_path / "Arkiv")
    folder = Folder("a", {"path": str(tmp_path), "exclude": ["*.iso", "Arkiv", "a.*", "b/Arkiv/**"]})
    assert [one.items for one in folder.left_out()] == [None, None, None, None]
    with folder:
        walked = sorted(one.locator.path for one in folder.walk("") if isinstance(one, Item))
        assert walked == ["Arkiv.txt", "b/keep.txt"]
        for _ in range(2):
            assert folder.left_out() == (
                LeftOut("*.iso", 3, 0),  # a link is none of the folders
                LeftOut("Arkiv", 3, 2),
                LeftOut("a.*", 0, 0),  # the first pattern that fits counts
                LeftOut("b/Arkiv/**", 0, 0),
            )
            list(folder.walk(""))
        walk = folder.walk("")
        next(walk)
        assert [one.items for one in folder.left_out()] == [None] * 4  # not walked to its end
        assert ReadOnly(folder).left_out() == folder.left_out()


def test_mail_folders_that_are_not_named_are_left_out(tmp_path: Path) -> None:
    for folder in ("", ".Arkiv", ".Privat"):
        for box in ("cur", "new", "tmp"):
            (tmp_path / folder / box).mkdir(parents=True)
    with Maildir("post", {"path": str(tmp_path), "folders": ["INBOX"]}) as post:
        assert list(post.scopes()) == ["INBOX"]
        assert post.left_out() == (LeftOut("Arkiv", None, 1), LeftOut("Privat", None, 1))
    with Maildir("post", {"path": str(tmp_path), "folders": []}) as post:
        assert post.left_out() == ()
