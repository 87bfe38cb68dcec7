"""A CalDAV server that schedules by itself (RFC 6638): invitations, cancellations and replies go out by real SMTP."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

from tests.standins.dav_server import Asked, DavServer
from tests.standins.itip import Message, messages


class Scheduling(DavServer):
    """Every message goes to the mail server at `smtp` before the request is answered."""

    features = f"{DavServer.features}, calendar-schedule, calendar-auto-schedule"
    schedules = True

    def __init__(self, smtp: int) -> None:
        self._smtp = smtp
        super().__init__()

    def seed(self, href: str, data: bytes) -> None:
        """Lay something there without a message, as if it had always been there."""
        with self.store.lock:
            self.store.put(href, data)

    def written(self, asked: Asked, owner: str, before: bytes | None, after: bytes | None) -> None:
        reply = asked.headers.get("Schedule-Reply", "T").strip().upper() != "F"
        told = messages(before, after, self.store.addresses[owner], reply=reply)
        if not told:
            return
        with smtplib.SMTP("127.0.0.1", self._smtp, local_hostname="standin.example") as mailer:
            for one in told:
                mailer.send_message(_mail(one, after or before or b""), one.sender, [one.recipient])


def _mail(one: Message, data: bytes) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = one.sender, one.recipient
    mail["Subject"] = {"REQUEST": "Inbjudan", "CANCEL": "Avbokat", "REPLY": "Svar"}[one.method]
    mail.set_content("En kalenderhändelse.")
    mail.add_alternative(data.decode(), subtype="calendar", params={"method": one.method})
    return mail
