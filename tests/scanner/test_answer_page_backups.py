"""What is told of backups on a Swedish page: all of it in Swedish, and by the words that the code says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.errors import Unreachable
from scanner.backups import copies, erasing, pending
from scanner.outcomes import of_error
from scanner.page.of_backups import OF_TOOLS
from scanner.page.reasons import in_swedish

ROOT = Path(__file__).parents[2]
ENGLISH = re.compile(r"\b(the|is|are|it|this|was|and|of|be|may|not|room)\b")
USERS = ("Denied", "Unreachable", "Unsupported")  # whose texts say what a user has to do
# Whoever sees these has a fault before the eyes, or a state that no case gets into.
INSIDE = (
    "a rewritten", "a snapshot was changed", "a snapshot of that name", "a member of the archive", "an Attic",
    "a segment of", "the repository holds no list", "the repository's segments", "`binary` is no borg",
    "borg broke off", "borg does not give", "borg was ended", "borg left bytes", "gallra knows borg",
    "the snapshot holds it twice", "the backup's folder does not answer", "what was noted of it",
)  # fmt: skip


def _said() -> Iterator[str]:
    """The texts of errors that connectors of backups raise, by their code: those that are one text each."""
    for path in sorted((ROOT / "connectors/backups").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        known = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in USERS and node.args:
                text = node.args[0]
                value = text.value if isinstance(text, ast.Constant) else known.get(getattr(text, "id", ""))
                if isinstance(value, str) and " " in value and path.name != "memory.py":
                    yield value


@pytest.mark.parametrize("text", sorted({one for one in _said() if not one.startswith(INSIDE)}))
def test_what_a_user_can_do_about_a_backup_is_told_in_swedish(text: str) -> None:
    shown = in_swedish(of_error(Unreachable(text)).reason or "")
    assert not ENGLISH.search(re.sub(r"`[^`]*`|\(.*?\)", "", shown)), shown


def test_what_is_translated_is_what_backups_say() -> None:
    said = set()
    for path in (ROOT / "connectors/backups").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said |= {one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    assert set(OF_TOOLS) <= said


@pytest.mark.parametrize("reason", [
    copies.RECORD, copies.IN_LEDGER, copies.BESIDE, copies.ALONE, f"{copies.IN_LEDGER}: ett kort skäl",
    erasing.LIVE_STAYS, erasing.STILL_READ.format(number="2026-0001"), erasing.UNPROVEN.format(number="2026-0001"),
    pending.WAITS, pending.STORED, pending.UNTOLD, pending.FOLDER_LEFT, pending.unreclaimed("2026-0001"),
    f"{pending.unreclaimed('2026-0001')} (could not be reached: part of the backup could not be listed)",
    "the repository is locked since 2026-11-23 02:00 by a process on another computer; try again when that is done, or "
    "run `restic unlock` where nothing is at work on it any more",
    "the repository is locked by a process on this computer that has ended; nobody else removes that lock: when no "
    "restic is at work on it, run `restic unlock`, and try again",
])  # fmt: skip
def test_what_gallra_makes_of_copies_is_told_in_swedish(reason: str) -> None:
    shown = in_swedish(reason)
    assert shown != reason
    assert not ENGLISH.search(re.sub(r"`[^`]*`", "", shown)), shown
    assert "()" not in shown


def test_the_time_of_a_lock_and_the_reason_in_brackets_are_told_where_there_are_any() -> None:
    assert "låst sedan 2026-11-23 02:00;" in in_swedish(
        "the repository is locked since 2026-11-23 02:00 by somebody else; try again when that is done, or run ..."
    )
    assert in_swedish(pending.unreclaimed("2026-0001")).endswith("igen")
    assert in_swedish(f"{pending.unreclaimed('2026-0001')} (it is there again)").endswith("igen (det finns där igen)")
