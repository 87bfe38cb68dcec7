"""Whom a server would write to by itself if an item went or changed (RFC 6638): told before anything is planned.

Where it would write to anybody, erasing is a person's decision. The executor asks nothing of this: a connector that
notifies refuses every step that no person has let go (`Notifying.allow`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from connectors import registry
from connectors.base import Connector, Locator, Notifying
from connectors.errors import ConfigError, ConnectorError, NotFound, Throttled
from connectors.layers import role_of
from scanner.model import ERASING, Action, Finding, State, Verdict

UNTOLD = "its server could not be asked whom erasing it would notify"
AND = "; "  # between the reason that a finding had and what is added here

_NOTICE = re.compile(rf"(?:{AND})?(?:would notify [0-9]+ (?:person|people)|{UNTOLD})$")
_TRIES = 3
_PATIENCE = 30.0  # seconds that a server may ask for between two questions

Connect = Callable[[str], Connector]


def would_notify(people: int) -> str:
    """The reason of a decision."""
    return f"would notify {people} {'person' if people == 1 else 'people'}"


def tell_notifying(findings: Sequence[Finding], kinds: Mapping[str, str], connect: Connect) -> None:
    """Ask the servers that write to people; what they would write about waits for a person, with what it comes to.

    `kinds` is each source's kind, by its name. Where nobody could be asked the proposal stays and says so.
    """
    asked: dict[str, dict[Locator, list[Finding]]] = {}
    for one in findings:
        if one.state is State.OPEN and one.erasing in ERASING and _may(kinds.get(one.locator.source)):
            asked.setdefault(one.locator.source, {}).setdefault(one.locator.item, []).append(one)
    for source, items in asked.items():
        for locator, people in _answers(connect, source, list(items)).items():
            for one in items[locator]:
                one.notifies = people
                settle_notice(one)


def settle_notice(one: Finding) -> None:
    """A finding of which it is known whom its server would write to: told, and a decision where that is anybody."""
    if one.notifies == 0 or one.erasing not in ERASING:
        return
    told = UNTOLD if one.notifies is None else would_notify(one.notifies)
    one.reason = f"{one.reason}{AND}{told}" if one.reason else told
    if one.notifies is not None:
        one.offer, one.action = one.erasing, Action.DECIDE


def without_notice(reason: str | None) -> str | None:
    """A reason as it was before `settle_notice` added to it: what is asked anew is told anew."""
    return (_NOTICE.sub("", reason) or None) if reason else reason


def tells_more(old: Finding, fresh: Finding) -> bool:
    """Whether a decision to erase was made when fewer people, or nobody, would have been told: it is asked again."""
    return old.verdict is Verdict.ERASE and (fresh.notifies or 0) > (old.notifies or 0)


def _may(kind: str | None) -> bool:
    """Whether the kind of source has servers that write to people."""
    try:
        return kind is not None and issubclass(registry.load(kind), Notifying)
    except ConfigError:  # its client is not installed: nothing can be erased there either
        return False


@dataclass(slots=True)
class _Asking:
    """One source that is asked; after it stopped answering it is left in peace."""

    role: Notifying | None = None
    lost: bool = False

    def people(self, locator: Locator) -> int | None:
        """None where nobody can tell."""
        if self.lost:
            return None
        try:
            return _patiently(self.role, locator) if self.role is not None else 0
        except NotFound:
            return 0  # what is not there any more is not erased: the executor will see
        except ConnectorError as error:
            self.lost = error.transient
            return None


def _answers(connect: Connect, source: str, items: Sequence[Locator]) -> dict[Locator, int | None]:
    """How many people would be told of each item. None where the server could not be asked."""
    try:
        with connect(source) as connector:
            asking = _Asking(role_of(connector, Notifying))
            return {one: asking.people(one) for one in items}
    except (ConnectorError, ConfigError):
        return dict.fromkeys(items)


def _patiently(role: Notifying, locator: Locator) -> int:
    """The answer, after the waits that the server asks for: a role's calls go past the layer that would wait."""
    for _ in range(_TRIES - 1):
        try:
            return role.would_notify(locator)
        except Throttled as error:
            if error.retry_after > _PATIENCE:
                raise
            time.sleep(error.retry_after)
    return role.would_notify(locator)
