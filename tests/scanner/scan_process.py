"""`gallra scan` in a process of its own, over folders whose files are slow to read or break their reader.

    python -m tests.scanner.scan_process BATCH gallra-arguments...

The kind `rough` is known there and in the workers where an installed package offers it: see `offer`.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import scanner.scan_batches
from connectors.base import Content, Locator
from connectors.files.local import Folder
from scanner.cli.main import main


class Rough(Folder):
    """A folder in which `krasch` in a name kills the reader, and `seg` makes it slow."""

    kind = "rough"

    def read(self, locator: Locator) -> Content:
        if "krasch" in locator.path:
            os.kill(os.getpid(), signal.SIGKILL)
        if "seg" in locator.path:
            time.sleep(0.02)
        return super().read(locator)


def offer(folder: Path) -> None:
    """Lay a package in the folder that offers the kind, as a third party's would."""
    package = folder / "rough-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: rough\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[gallra.connectors]\nrough = tests.scanner.scan_process:Rough\n")


if __name__ == "__main__":
    scanner.scan_batches._BATCH = int(sys.argv.pop(1))
    main()
