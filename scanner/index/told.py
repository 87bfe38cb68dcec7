"""What SQLite raises, as the index's own errors. Apart from them, since workers need those and no SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import apsw

from scanner.index.errors import Busy, Corrupt, DiskFailed, DiskFull

_CORRUPT = "the index file is damaged: move it away and run `gallra scan`, which makes a new one"
_FULL = "the disk with the index is full; what was indexed so far is kept: make room and run `gallra scan` again"
_BUSY = "another gallra is writing to this index: wait until it is done, then try again"
_FAILED = "the index file cannot be read or written: check the disk and the rights on the state folder"


@contextmanager
def told() -> Iterator[None]:
    """Turn what SQLite raises into the index's errors."""
    try:
        yield
    except apsw.FullError as error:
        raise DiskFull(_FULL) from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise Corrupt(_CORRUPT) from error
    except (apsw.BusyError, apsw.LockedError, apsw.ProtocolError) as error:
        raise Busy(_BUSY) from error
    except (apsw.IOError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
        raise DiskFailed(_FAILED) from error
