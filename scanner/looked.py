"""What a look at an item right before its step came to, as the result of a step that is not tried. See `prepare`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.base import Connector
from scanner.journal import Result
from scanner.model import State, Step
from scanner.outcomes import CHANGED, of_error

if TYPE_CHECKING:  # it needs every reader, which `find` needs not
    from scanner.prepare import Prepared


def refused(connector: Connector, step: Step, found: Prepared) -> Result | None:
    """Why the step is not tried; None where it may be."""
    if found.held is not None:
        held = found.held
        return Result(State.HELD, held.reason, held.until, statute=held.statute, hold=held.rule)
    if found.changed or (found.absent and step.cuts):
        return Result(State.OPEN, CHANGED)
    if found.stays:
        return Result(State.OPEN, found.stays)
    if found.refused:
        return Result(State.BLOCKED, f"it cannot be taken out: {found.refused}")
    if found.unread:
        return _unread(connector, step, found.unread)
    return None


def _unread(connector: Connector, step: Step, reason: str) -> Result:
    """The error that the source gives here too, or what kept the worker from looking."""
    try:
        connector.version(step.locator)
    except Exception as error:
        return of_error(error)
    return Result(State.FAILED, f"could not be looked at before erasing: {reason}")
