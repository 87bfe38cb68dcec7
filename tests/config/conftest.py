"""A connector of our own to be configured, and a way to write a configuration file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors import registry
from connectors.base import (
    Capabilities,
    Connector,
    Content,
    Locator,
    Option,
    Presence,
    Receipt,
    Staged,
    Version,
    WalkEvent,
)

Write = Callable[[str], Path]


class Box(Connector):
    """Like a mailbox on a server: an option of every type, one secret."""

    kind = "box"
    options: ClassVar[tuple[Option, ...]] = (
        Option("host", str, "the server"),
        Option("user", str, "who signs in"),
        Option("password", str, "of the user", secret=True),
        Option("token", str, "another way in", None, secret=True),
        Option("port", int, "of the server", 993),
        Option("tls", bool | str, "encryption", True, choices=("starttls",)),  # type: ignore[arg-type]
        Option("wait", float, "seconds", 1.5),
        Option("folders", list, "which", []),
        Option("store", str, "where", "store", path=True),
    )

    @classmethod
    def validate(cls, settings: Mapping[str, Any]) -> list[str]:
        problems = []
        if settings["port"] > 65535:
            problems.append("port: there is no such port")
        if settings["user"] == settings["host"]:
            problems.append("user and host are the same")
        return problems

    def open(self) -> Capabilities:
        raise NotImplementedError

    def scopes(self) -> Iterator[str]:
        raise NotImplementedError

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        raise NotImplementedError

    def read(self, locator: Locator) -> Content:
        raise NotImplementedError

    def version(self, locator: Locator) -> Version:
        raise NotImplementedError

    def presence(self, locator: Locator) -> Presence:
        raise NotImplementedError

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        raise NotImplementedError

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        raise NotImplementedError

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        raise NotImplementedError

    def abandon(self, staged: Staged) -> None:
        raise NotImplementedError


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> type[Box]:
    """The kind "box" beside the real ones."""
    real_kinds, real_load = registry.kinds, registry.load
    monkeypatch.setattr(registry, "kinds", lambda *, backup=False: [*real_kinds(backup=backup), "box"])
    monkeypatch.setattr(
        registry, "load", lambda kind, *, backup=False: Box if kind == "box" else real_load(kind, backup=backup)
    )
    return Box


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes gallra.toml in the current folder and gives its relative path, as a user would name it."""
    monkeypatch.chdir(tmp_path)

    def writer(text: str) -> Path:
        Path("gallra.toml").write_text(text, encoding="utf-8")
        return Path("gallra.toml")

    return writer
