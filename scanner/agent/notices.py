"""Telling people what the agent has noted, by mail and by a webhook, each thing once; what fails is tried again later.

A notice counts as told when the server took it. That a try is made is noted before it is made, so that a full disk or a
crash leads to no flood. Where the line is cut while a mail is handed over, it counts as told: once at most, rather than
twice. A webhook is asked again then, with the same key, by which it can tell that it has it.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from structlog.stdlib import BoundLogger

from config.model import Config
from config.secrets import resolve
from connectors.errors import ConfigError
from scanner.agent.book import Book, Told
from scanner.agent.notice_texts import body_of, line_of, next_command, subject_of, title
from scanner.agent.webhook import Hook, HookUnreachable, post
from scanner.hands.post import MailUnsure, message, send
from scanner.refusal import Refusal

BACK_OFF: Final = (60.0, 300.0, 1800.0, 7200.0, 21600.0)
"""Seconds until the next try, by how many have failed; the last one for all further ones."""

_LOOK: Final = 5.0  # seconds between two looks at what is to be told
_MOST: Final = 50  # notices of one mail, and of one round
_ENDS: Final = 5.0  # seconds that `stop` waits for a try


class Notices:
    """What is to be told, of one configuration. `start` tells in a thread of its own until `stop`."""

    def __init__(self, config: Config, book_path: Path, log: BoundLogger | None = None) -> None:
        self._config = config
        self._book = book_path
        self._log = log
        self._language = config.agent.language
        self.by_mail = bool(config.notify.mail) and config.smtp is not None
        self.by_hook = bool(config.notify.webhook)
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to tell; nothing where nobody is to be told."""
        if (self.by_mail or self.by_hook) and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Tell no more. What is being handed over is waited for, a few seconds at most."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(_ENDS)

    def send_due(self, now: datetime) -> int:
        """Tell what is due now, and note what came of it; how many notices went all ways that they should."""
        if not (self.by_mail or self.by_hook):
            return 0
        with Book(self._book) as book:
            wanted = self._config.notify.events
            untold = book.untold(now, mail=self.by_mail, webhook=self.by_hook)
            due = [_tried(one, now) for one in untold if one.notice.event in wanted][:_MOST]
            for one in due:
                book.sent(one)
            due = self._mail(book, due, now)
            due = self._post(book, due, now)
            return sum(one.next is None for one in due)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self.send_due(datetime.now(UTC))
            except Exception as error:  # a full disk, a book that is locked: it is looked at again
                self._warn("notices not looked at", error=error)
            self._stopped.wait(_LOOK)

    def _mail(self, book: Book, due: Sequence[Told], now: datetime) -> list[Told]:
        """All that have not gone by mail, in one mail to all receivers."""
        fresh = [one for one in due if self.by_mail and one.mailed is None]
        if not fresh or not self._is_mailed(fresh):
            return list(due)
        keys = {one.notice.key for one in fresh}
        return [self._note(book, replace(one, mailed=now)) if one.notice.key in keys else one for one in due]

    def _is_mailed(self, fresh: Sequence[Told]) -> bool:
        notices = [one.notice for one in fresh]
        smtp = self._config.smtp
        assert smtp is not None
        to, subject = ", ".join(self._config.notify.mail), subject_of(notices, self._language)
        mail = message(smtp, to, subject, body_of(notices, self._language))
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers
        mail.replace_header("Message-ID", f"<{_id(fresh)}@{smtp.sender.rpartition('@')[2]}>")
        try:
            send(smtp, self._config.base, mail)
        except MailUnsure as error:
            self._warn("notice perhaps told", way="mail", error=str(error))
        except (Refusal, ConfigError) as error:
            self._warn("notice not told", way="mail", tries=max(one.tries for one in fresh), error=_told(error))
            return False
        return True

    def _post(self, book: Book, due: Sequence[Told], now: datetime) -> list[Told]:
        """Each that has not gone by the webhook. Where the server is away, the rest waits with it."""
        done: list[Told] = []
        later: float | None = None  # seconds that the server asks for, once it takes nothing
        for one in due:
            if not self.by_hook or one.posted is not None:
                done.append(one)
                continue
            if later is None and not self._stopped.is_set():
                try:
                    post(self._hook(), self._document(one), _id([one]))
                    done.append(self._note(book, replace(one, posted=now)))
                    continue
                except HookUnreachable as error:
                    later = error.retry_after
                    self._warn("notice not told", way="webhook", tries=one.tries, error=str(error))
                except (Refusal, ConfigError) as error:
                    self._warn("notice not told", way="webhook", tries=one.tries, error=_told(error))
            done.append(self._put_off(book, one, now, later or 0.0))
        return done

    def _put_off(self, book: Book, one: Told, now: datetime, seconds: float) -> Told:
        wait = now + timedelta(seconds=seconds)
        return self._note(book, replace(one, next=wait)) if one.next is not None and wait > one.next else one

    def _note(self, book: Book, one: Told) -> Told:
        if (one.mailed or not self.by_mail) and (one.posted or not self.by_hook):
            one = replace(one, next=None)
        book.sent(one)
        return one

    def _hook(self) -> Hook:
        notify = self._config.notify
        secret = resolve(notify.secret, self._config.base).encode() if notify.secret else b""
        return Hook(notify.webhook, secret)

    def _document(self, one: Told) -> bytes:
        notice = one.notice
        told = {
            "version": 1,
            "id": _id([one]),
            "event": notice.event,
            "title": title(notice, self._language),
            "text": line_of(notice, self._language),
            "case": notice.case or None,
            "source": notice.source or None,
            "due": notice.due.isoformat() if notice.due else None,
            "counts": dict(notice.counts),
            "noted": one.noted.isoformat(timespec="seconds"),
            "next": next_command(notice) or None,
        }
        return json.dumps(told).encode()

    def _warn(self, event: str, **more: object) -> None:
        if self._log is not None:
            self._log.warning(event, **more)


def _tried(one: Told, now: datetime) -> Told:
    """The notice with one more try, and when the next one is, should this fail."""
    wait = BACK_OFF[min(one.tries, len(BACK_OFF) - 1)]
    return replace(one, tries=one.tries + 1, next=now + timedelta(seconds=wait))


def _id(notices: Sequence[Told]) -> str:
    """What these are known by, the same at each try: the receiver can tell that it has them."""
    told = json.dumps([(one.notice.key, one.noted.isoformat()) for one in notices])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _told(error: Refusal | ConfigError) -> str:
    return "; ".join(error.problems) if isinstance(error, ConfigError) else str(error)
