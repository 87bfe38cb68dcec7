"""The registry, and what every kind in it must have."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from pathlib import Path

import pytest

from connectors import registry
from connectors.backups.base import Backup
from connectors.backups.memory import MemoryBackup
from connectors.base import Connector, Option
from connectors.errors import ConfigError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def third_party(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    offered = [
        EntryPoint("memory", "connectors.memory:Memory", registry.GROUP),
        EntryPoint("folder", "connectors.memory:Memory", registry.GROUP),
        EntryPoint("no-such-class", "connectors.memory:Nothing", registry.GROUP),
        EntryPoint("misnamed", "connectors.memory:Memory", registry.GROUP),
        EntryPoint("extra", "connectors.no_such_module:X", registry.GROUP),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: offered if group == "gallra.connectors" else [])
    registry._known.cache_clear()
    yield
    registry._known.cache_clear()


def test_a_backup_of_a_third_party_is_one_and_takes_no_built_in_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    group = "gallra.backups"
    offered = [
        EntryPoint("memory", "connectors.backups.memory:MemoryBackup", group),
        EntryPoint("restic", "connectors.backups.memory:MemoryBackup", group),
        EntryPoint("maildir", "connectors.mail.maildir:Maildir", group),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: offered if group == "gallra.backups" else [])
    registry._known_backups.cache_clear()
    try:
        assert "memory" in registry.kinds(backup=True)
        assert registry.load("memory", backup=True) is MemoryBackup
        assert registry.load("restic", backup=True) is not MemoryBackup
        with pytest.raises(ConfigError, match="does not hold a connector"):
            registry.load("maildir", backup=True)
    finally:
        registry._known_backups.cache_clear()


@pytest.mark.parametrize("kind", registry.BUILT_IN)
def test_every_kind_is_whole(kind: str) -> None:
    found = registry.load(kind)
    is_told(kind, found, "connectors")
    suites = (
        path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "connectors").rglob("test_*conformance.py")
    )
    subclass = re.compile(r"^class Test\w+\(Conformance\):", re.M)
    assert any(subclass.search(text) and f"import {found.__name__}\n" in text for text in suites)


@pytest.mark.parametrize("kind", registry.BACKUPS)
def test_every_kind_of_backup_is_whole(kind: str) -> None:
    found = registry.load(kind, backup=True)
    assert issubclass(found, Backup)
    is_told(kind, found, "backups")
    suite = (ROOT / "tests" / "connectors" / "backups" / f"test_{kind}_conformance.py").read_text(encoding="utf-8")
    assert re.search(r"^class Test\w+\(BackupConformance\):", suite, re.M)


def is_told(kind: str, found: type[Connector], pages: str) -> None:
    assert issubclass(found, Connector)
    assert found.kind == kind
    assert found.__doc__
    assert found.options
    assert all(isinstance(option, Option) and len(option.help) > 10 for option in found.options)
    page = ROOT / "docs" / pages / f"{kind}.md"
    assert page.is_file()
    text = page.read_text(encoding="utf-8")
    assert all(f"`{option.name}`" in text for option in found.options)


def test_the_first_kinds_are_there() -> None:
    assert {"folder", "maildir"} <= set(registry.kinds())


def test_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match='did you mean "folder"'):
        registry.load("foldr")
    with pytest.raises(ConfigError, match="known kinds: caldav, carddav, folder"):
        registry.load("qqqqqq")


def test_third_parties_add_kinds_and_take_none_over(third_party: None) -> None:
    assert registry.load("memory").__name__ == "Memory"
    assert registry.load("folder").__name__ == "Folder"


@pytest.mark.parametrize("kind", ["no-such-class", "misnamed"])
def test_a_third_party_that_offers_nothing_is_a_config_error(third_party: None, kind: str) -> None:
    with pytest.raises(ConfigError, match="does not hold a connector"):
        registry.load(kind)


def test_a_missing_extra_is_named(third_party: None) -> None:
    with pytest.raises(ConfigError, match=r"needs connectors\.no_such_module"):
        registry.load("extra")


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    code = "import sys, connectors.registry as r; r.kinds(); assert not any('files' in m for m in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.parametrize(
    ("kind", "client", "extra"),
    [
        ("imap", "imapclient", "imap"),
        ("caldav", "requests", "dav"),
        ("carddav", "requests", "dav"),
        ("s3", "boto3", "s3"),
        ("sql", "sqlalchemy", "sql"),
    ],
)
def test_a_kind_without_its_client_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, kind: str, client: str, extra: str
) -> None:
    monkeypatch.setattr(registry, "find_spec", lambda name: None if name == client else find_spec(name))
    with pytest.raises(ConfigError, match=rf"\"{kind}\" needs {client}, .*: pip install 'gallra\[{extra}\]'"):
        registry.load(kind)
