"""What the tests of file sources share: a child without root's rights, and a folder that one may be kept out of."""

from __future__ import annotations

import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NOBODY = 65534


@pytest.fixture
def without_rights() -> Callable[[Callable[[], Any]], Any]:
    """Runs a call in a forked child that is not root; gives what it gives, or raises what it raises."""

    def run(call: Callable[[], Any]) -> Any:
        readable, writable = os.pipe()
        child = os.fork()
        if child == 0:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setegid(NOBODY)
                os.seteuid(NOBODY)
            try:
                answer: Any = (True, call())
            except BaseException as error:
                error.__traceback__ = None
                answer = (False, error)
            with os.fdopen(writable, "wb") as stream:
                stream.write(pickle.dumps(answer))
            os._exit(0)
        os.close(writable)
        with os.fdopen(readable, "rb") as stream:
            data = stream.read()
        os.waitpid(child, 0)
        fine, value = pickle.loads(data)
        if fine:
            return value
        raise value

    return run


@pytest.fixture
def open_tmp() -> Iterator[Path]:
    """A temporary folder that any account may enter (pytest's own is its user's only)."""
    path = Path(tempfile.mkdtemp(prefix="gallra-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)
