"""The `[notify]` table: who `gallra run` tells, by mail and by a webhook, and of what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from config.fields import Table, table, wrong_email
from config.model import unknown
from config.problems import Problems
from config.running import EVENTS, Notify
from config.secrets import wrong_reference
from config.smtp import is_loopback

KEYS = ("mail", "webhook", "secret", "on")
"""The keys of the table."""


def notify(document: Mapping[str, Any], problems: Problems) -> Notify:
    """The `[notify]` table. Without it nobody is told; all events, where it does not say which."""
    if "notify" not in document:
        return Notify()
    found = table(document, "notify", problems)
    found.refuse_unknown(KEYS)
    mail = found.texts("mail", wrong_email)
    if "mail" in found.values and "smtp" not in document:
        found.problem("needs [smtp], the server that mails are sent by: add that table, or take this key out", "mail")
    webhook = found.checked("webhook", "", _wrong_webhook) if "webhook" in found.values else ""
    if not found.values.get("mail") and "webhook" not in found.values:
        found.problem('tells nobody: add "mail" or "webhook", or take the table out')
    return Notify(mail=tuple(dict.fromkeys(mail)), webhook=webhook, secret=_secret(found), events=_events(found))


def _events(found: Table) -> tuple[str, ...]:
    if "on" not in found.values:
        return EVENTS
    if found.values["on"] == []:
        found.problem("is empty: name events, or take the key out to be told of all", "on")
    return tuple(
        dict.fromkeys(found.texts("on", lambda text: None if text in EVENTS else unknown("event", text, EVENTS)))
    )


def _secret(found: Table) -> str:
    """The reference, checked. The value is never repeated: it may be the secret itself."""
    if "secret" not in found.values:
        return ""
    value = found.values["secret"]
    said = wrong_reference(value if isinstance(value, str) else "")
    if said is None and "webhook" not in found.values:
        said = "goes with a webhook, whose body it signs"
    if said is not None:
        found.problem(said, "secret")
        return ""
    return str(value)


def _wrong_webhook(text: str) -> str | None:
    """What is wrong with the address. It is not repeated: it may hold a password."""
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        host = None
    if not host or not text.isprintable() or " " in text:
        return 'must be an address, as in "https://hooks.invex.example/gallra"'
    if url.username is not None or url.password is not None:
        return "must not hold a user or password: sign what is sent with `secret` instead"
    if url.scheme == "https" or (url.scheme == "http" and is_loopback(host)):
        return None
    return "must begin with https://; http:// is for this machine alone"
