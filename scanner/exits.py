"""The exit codes, of commands and of what the agent does (design: 7)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Exit(IntEnum):
    """The exit codes (design: 7)."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    INCOMPLETE = 3
    REFUSED = 4
    UNREACHABLE = 5


_PRECEDENCE = (Exit.FAULT, Exit.USAGE, Exit.UNREACHABLE, Exit.REFUSED, Exit.INCOMPLETE, Exit.DONE)


def exit_code(codes: Iterable[int]) -> int:
    """The one code for a run of several outcomes; 0 for none. What is no known code counts as a fault."""
    seen = {code if code in _PRECEDENCE else Exit.FAULT for code in codes}
    return int(next((code for code in _PRECEDENCE if code in seen), Exit.DONE))
