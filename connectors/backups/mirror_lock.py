"""rsnapshot's lock file: who holds it makes or rotates generations, and nobody else does meanwhile.

rsnapshot writes its process id into it, and takes no lock whose process lives (its source, `add_lockfile`). gallra does
the same with a second line of its own, so that it knows a lock that a crash of its own left behind.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.backups.processes import lives
from connectors.errors import Unreachable
from connectors.files.failures import failure

_PATIENCE = 60.0  # seconds
_LOOK = 0.5
_OURS = "gallra"
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


@contextmanager
def held(path: str, patience: float = _PATIENCE) -> Iterator[None]:
    """The lock, for the `with` block; nothing where no path is set.

    Raises Unreachable where a backup is being made for longer than `patience` seconds, or where a lock stands whose
    process has ended: that is for rsnapshot or an admin to remove. Denied where it may not be taken.
    """
    if not path:
        yield
        return
    _take(Path(path), time.monotonic() + patience)
    try:
        yield
    finally:
        Path(path).unlink(missing_ok=True)


def _take(lock: Path, until: float) -> None:
    while True:
        try:
            handle = os.open(lock, _CREATE, 0o644)
        except FileExistsError:
            if _is_free_now(lock):
                continue
            if time.monotonic() >= until:
                raise Unreachable("a backup is being made, which holds the lock file: run again afterwards") from None
            time.sleep(_LOOK)
            continue
        except OSError as error:
            raise failure(error) from None
        with os.fdopen(handle, "w") as stream:
            stream.write(f"{os.getpid()}\n{_OURS}\n")
        return


def _is_free_now(lock: Path) -> bool:
    """True where it went, or was a crashed run's of gallra. Raises Unreachable for one that nobody holds any more."""
    try:
        told = lock.read_text("ascii", "replace").split("\n")
        age = time.time() - lock.stat().st_mtime
    except FileNotFoundError:
        return True
    except OSError as error:
        raise failure(error) from None
    number = told[0].strip()
    if not number and age < _PATIENCE:
        return False  # being written in this moment
    if number.isdecimal() and lives(int(number)):
        return False
    if _OURS in told[1:]:
        lock.unlink(missing_ok=True)
        return True
    raise Unreachable("a lock file stands whose process has ended: see that no backup is being made, and remove it")
