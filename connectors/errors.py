"""The errors of the contract, sorted by what a caller may do about them.

Transient ones may be retried by the layer; final ones may not. Each maps to a documented exit code (design: 7).
Texts name the kind of thing and the next step; they never hold content, identifiers or paths: `locator` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from connectors.locator import Locator


class ConnectorError(Exception):
    """Anything a source can answer besides what was asked for."""

    exit_code: ClassVar[int] = 1
    transient: ClassVar[bool] = False

    def __init__(self, text: str, locator: Locator | None = None) -> None:
        super().__init__(text)
        self.locator = locator


class Unreachable(ConnectorError):
    """The source cannot be reached, is not mounted, or stopped half-way. Never "all deleted"."""

    exit_code = 5
    transient = True


class Throttled(ConnectorError):
    """The source asks for patience. `retry_after` is in seconds."""

    exit_code = 5
    transient = True

    def __init__(self, text: str, retry_after: float, locator: Locator | None = None) -> None:
        super().__init__(text, locator)
        self.retry_after = retry_after


class NotFound(ConnectorError):
    """The item is not there."""

    exit_code = 3


class Denied(ConnectorError):
    """The account may not do this."""

    exit_code = 3


class Changed(ConnectorError):
    """The item is not what was expected; nothing was altered."""

    exit_code = 4


class Held(ConnectorError):
    """The source keeps the item by a rule of its own."""

    exit_code = 4


class Unsupported(ConnectorError):
    """The source cannot do this safely, and says why."""

    exit_code = 3


class Malformed(ConnectorError):
    """What was asked is not an address or content this source can have."""

    exit_code = 2


class ProtocolBroken(ConnectorError):
    """The source answered what its protocol does not allow."""

    exit_code = 5


class ConfigError(Exception):
    """Settings that cannot work. `problems` holds all of them, one sentence each, with file and line."""

    exit_code: ClassVar[int] = 2

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
