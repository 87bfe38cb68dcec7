"""What `gallra check` tells of a DAV account: the server's own words about itself, and what erasing leaves there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from connectors.dav.account import Collection, Flavour
from connectors.errors import ConnectorError

if TYPE_CHECKING:
    from connectors.dav.session import Session

_PRODUCT = re.compile(r"[A-Za-z][A-Za-z0-9._ -]{0,39}(?:/[0-9A-Za-z._-]{1,20})?")
_TOOLS = ("WSGIServer", "Python", "nginx", "Apache")  # what it is served by, not what it is
_LIMITS = (
    "servers keep versions, backups and logs of their own",
    "phones and other clients that sync with the account keep their copies until they sync, and may bring them back",
)
SCHEDULES = "calendar-auto-schedule"
_MOST = 30  # collections that are told by name
_MEGA = 1_000_000


def limits_of(collections: Sequence[Collection]) -> tuple[str, ...]:
    """What cannot be erased, one sentence each."""
    trash = next((one for one in collections if one.is_trash), None)
    if trash is None:
        return _LIMITS
    return (*_LIMITS, "the server has a trash bin: what is erased is taken out of it too, else told as recoverable")


def facts_of(flavour: Flavour, session: Session, chosen: Sequence[Collection]) -> tuple[str, ...]:
    """What the server says of itself. Asks for no more than three things."""
    return tuple(
        fact
        for fact in (
            *_abilities(flavour, session, chosen),
            _rights(flavour, chosen),
            *_named(flavour, chosen),
            _walked(session, chosen),
            _quota(session, chosen),
        )
        if fact
    )


def _abilities(flavour: Flavour, session: Session, chosen: Sequence[Collection]) -> list[str]:
    at = next((one.path for one in chosen), "")
    if not at:
        return []
    try:
        abilities = session.abilities(at)
    except ConnectorError:
        return []
    product = None if session.server.startswith(_TOOLS) else _PRODUCT.match(session.server)
    told = [f"server: {product.group()}"] if product else []
    if flavour.ending == ".ics":
        told.append(
            "the server writes to attendees by itself (calendar-auto-schedule)"
            if SCHEDULES in abilities
            else "the server does not say that it writes to attendees"
        )
    return told


def _rights(flavour: Flavour, chosen: Sequence[Collection]) -> str:
    untold = sum(one.rights is None for one in chosen)
    fixed = sum(not (one.may("unbind") and one.may("write-content")) for one in chosen)
    word = flavour.one if len(chosen) == 1 else flavour.one + "s"
    text = f"{len(chosen)} {word}"
    if fixed:
        text += f", {fixed} of them may not be changed"
    return text + (f", {untold} of them without a word about rights" if untold else "")


def _named(flavour: Flavour, chosen: Sequence[Collection]) -> list[str]:
    """Which name that people know stands for which path in answers."""
    told = [f"{one.path} is the {flavour.one} {one.name}" for one in chosen if one.path != f"/{one.name}/"]
    return [*told[:_MOST], *([f"and {len(told) - _MOST} more"] if len(told) > _MOST else [])]


def _walked(session: Session, chosen: Sequence[Collection]) -> str:
    if not chosen:
        return ""
    try:
        if session.syncs(chosen[0]):
            return "walked by what changed since the last time (sync-collection)"
    except ConnectorError:
        pass
    if chosen[0].ctag:
        return "walked in full where anything changed (ctag)"
    return "walked in full each time: the server tells neither sync tokens nor ctags"


def _quota(session: Session, chosen: Sequence[Collection]) -> str:
    told = next((quota for one in chosen if (quota := session.quota(one))), None)
    return f"quota: {told[0] // _MEGA} MB used, {told[1] // _MEGA} MB free" if told else ""
