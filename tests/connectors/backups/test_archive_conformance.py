"""Archives before the suite: a packed tar, a plain one with pax headers, and zip; the witnesses are tar and unzip."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.backups.conformance import BackupConformance, states
from tests.connectors.backups.archive_world import ArchiveWorld, ZipWorld, archives, copied


class TestTarGz(BackupConformance):
    @pytest.fixture(scope="class")
    def prepared(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return archives(tmp_path_factory.mktemp("gz"), [dict(one) for one in states.states()], ".tar.gz")

    @pytest.fixture
    def world(self, prepared: Path, tmp_path: Path) -> ArchiveWorld:
        return ArchiveWorld(copied(prepared, tmp_path), tmp_path)


class TestPaxTar(BackupConformance):
    @pytest.fixture(scope="class")
    def prepared(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        pax = ["--format=pax"]
        return archives(tmp_path_factory.mktemp("pax"), [dict(one) for one in states.states()], ".tar", pax)

    @pytest.fixture
    def world(self, prepared: Path, tmp_path: Path) -> ArchiveWorld:
        return ArchiveWorld(copied(prepared, tmp_path), tmp_path)


class TestZip(BackupConformance):
    @pytest.fixture(scope="class")
    def prepared(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        base = tmp_path_factory.mktemp("zip")
        return archives(base, ZipWorld(base, base).states(), ".zip")

    @pytest.fixture
    def world(self, prepared: Path, tmp_path: Path) -> ZipWorld:
        return ZipWorld(copied(prepared, tmp_path), tmp_path)
