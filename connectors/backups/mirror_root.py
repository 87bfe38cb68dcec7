"""The folder that a mirror or archives lie in: opened once, and vouched for before anything is said to be absent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.backups.base import Key, parted
from connectors.base import Locator, require
from connectors.errors import Malformed, NotFound, Unreachable
from connectors.files.atomic import Place
from connectors.files.handles import Root, parts_of
from connectors.files.states import look

EMPTY = "nothing is in the backup's folder: is it mounted?"


class Rooted:
    """The opened folder of a backup, with its sentinel. A handle on a folder that was moved away is told from it."""

    def __init__(self, settings: Mapping[str, Any], path: str | None = None) -> None:
        """Raises Unreachable, Denied."""
        self.sentinel = str(settings.get("sentinel") or "")
        self.root = Root(path or str(require(settings, "path")))
        try:
            self.vouch(expect_items=False)
        except BaseException:
            self.root.close()
            raise

    def close(self) -> None:
        """Let go of the folder."""
        self.root.close()

    def vouch(self, *, expect_items: bool) -> None:
        """Raises Unreachable unless this is still the backup. An empty folder is one only under its sentinel's word."""
        self.root.check()
        if self.sentinel:
            *folders, name = self.sentinel.split("/")
            try:
                with self.root.folder(folders) as folder:
                    found = look(Place(folder, name)) is not None
            except NotFound:
                found = False
            if not found:
                raise Unreachable("the sentinel file is not there: is the folder mounted?")
        if (expect_items or not self.sentinel) and self.root.is_empty():
            raise Unreachable(EMPTY)


def sentinel_problems(settings: Mapping[str, Any]) -> list[str]:
    """What is wrong with the setting, in sentences."""
    sentinel = settings.get("sentinel") or ""
    if sentinel and any(part in ("", ".", "..") for part in str(sentinel).split("/")):
        return ["sentinel: must be a path inside the folder, without . and .."]
    return []


def address(locator: Locator, source: str) -> Key:
    """The path and the content that a locator of this backup means. Raises Malformed for what is none."""
    if locator.source != source or locator.steps:
        raise Malformed("not an item of this backup", locator)
    path, content = parted(locator.path)
    parts_of(Locator(source, path), source)
    return path, content
