"""What can be wrong with the index, each with its exit code (design: 7) and the next step in its text."""

from __future__ import annotations

from typing import ClassVar


class IndexProblem(Exception):
    """The index cannot be used as asked. The text names the next step and holds no path and no content."""

    exit_code: ClassVar[int] = 1


class SealBroken(IndexProblem):
    """A sealed value does not open: another key, another context, or changed bytes."""

    exit_code = 2


class WrongKey(IndexProblem):
    """The key is not the one that the index was made with."""

    exit_code = 2


class WrongSchema(IndexProblem):
    """The index was written by another version of gallra, or is no index at all."""

    exit_code = 2


class NoIndex(IndexProblem):
    """There is nothing to read yet."""

    exit_code = 2


class Busy(IndexProblem):
    """Another gallra writes to this index."""

    exit_code = 4


class Corrupt(IndexProblem):
    """The file is damaged. Nothing read from it may be trusted."""


class DiskFull(IndexProblem):
    """No room left. What was committed before is whole; the transaction in hand was undone."""


class DiskFailed(IndexProblem):
    """The system refused to read or write the file."""
