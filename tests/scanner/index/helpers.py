"""An index and a short way to rows, for the tests of the index."""

from __future__ import annotations

from pathlib import Path

from connectors.base import ItemKind, Strength, Version
from connectors.locator import Locator
from scanner.detect.base import Mention
from scanner.index.pack import Packer, Words
from scanner.index.rows import ItemRow
from scanner.index.seal import Keys, Sealer
from scanner.index.sqlite import Index
from scanner.records import IdType, Record, Role, Unread

MASTER = b"a master key for tests, 32 bytes"


class World:
    """An index, and a short way to rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sealer = Sealer(Keys.derive(MASTER))
        self.packer = Packer(self.sealer)
        self.index = Index.open(path, self.sealer)

    def row(
        self,
        path: str,
        *records: tuple[Record, list[Mention], Words],
        version: str = "1",
        strength: Strength = Strength.WEAK,
        unread: tuple[Unread, ...] = (),
        content: bytes | None = None,
        reader: str = "r1",
    ) -> ItemRow:
        return self.packer.pack_item(
            Locator("kunder", path),
            Version(version, strength),
            ItemKind.FILE,
            size=10,
            content=content,
            reader=reader,
            formats=["mail"],
            records=records,
            unread=unread,
        )

    def store(self, *rows: ItemRow, source: str = "kunder", scope: str = "") -> None:
        self.index.store(source, scope, rows)

    def email(self, value: str) -> int:
        return self.sealer.token("email", value)

    def bytes(self) -> dict[str, bytes]:
        """The bytes of every file that the index keeps."""
        return {file.name: file.read_bytes() for file in self.path.parent.iterdir() if file.is_file()}


def mail(value: str, role: Role = Role.BODY, entity: int = 0) -> Mention:
    return Mention(IdType.EMAIL, value, role, entity)


def record(*steps: str, kind: str = "file") -> Record:
    return Record(steps, kind)
