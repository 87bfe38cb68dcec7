"""OLE files for tests: streams by name, storages parted by `/`. That olefile reads them is tested in test_ole."""

from __future__ import annotations

from scanner.formats.ole.ole_write import written


def cfb(streams: dict[str, bytes]) -> bytes:
    """The bytes of an OLE file with these streams."""
    return written({tuple(name.split("/")): data for name, data in streams.items()})
