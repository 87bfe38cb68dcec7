"""A scan of a source with a budget of bytes: slower, and nothing is missed for it."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from config.model import Source
from scanner.detect.base import DetectSettings
from scanner.index.seal import Keys, Sealer
from scanner.index.sqlite import Index
from scanner.limits import Limits
from scanner.read import ReaderSettings
from scanner.scan import Scanner
from tests.scanner.scan_world import MASTER


def test_what_waits_for_its_budget_is_read_whole_and_not_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    top = tmp_path / "kunder"
    top.mkdir()
    for name in ("a.txt", "b.txt"):
        (top / name).write_bytes(b"nothing of note\n" * 25_000)
    usual = {"path": str(top), "exclude": [], "follow_symlinks": False, "sentinel": "", "open_files": "leave"}
    source = Source("kunder", "folder", usual, tmp_path, bytes_per_second=200_000)
    sealer = Sealer(Keys.derive(MASTER))
    settings = ReaderSettings((source,), replace(Limits(), seconds=1.5), DetectSettings(), MASTER)
    with Index.open(tmp_path / "index.sqlite", sealer) as index:
        begun = time.monotonic()
        (report,) = Scanner(index, sealer, settings, workers=2).scan([source])
        taken = time.monotonic() - begun
    assert (report.read, report.gaps, report.complete) == (2, 0, True)
    assert taken >= (800_000 - 200_000 - 2 * 50_000) / 200_000
