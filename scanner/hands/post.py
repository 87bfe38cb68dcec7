"""Sending a letter by mail: one message, one receiver, by the server of `[smtp]`. Nothing of it is logged.

What the server says is never repeated, for it may hold an address: its code is (RFC 5321, 4.2). Where the line is cut
while the message is handed over, nobody knows whether it was taken, and that is what is said.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as MAIL
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import ClassVar, Final

from config.model import Smtp
from config.secrets import resolve
from connectors.errors import ConfigError
from scanner.refusal import Refusal

_SECONDS: Final = 30.0  # that the server may be silent
_BAD_LOGIN: Final = "the server of [smtp] does not take user and password: check both"


class MailRefused(Refusal):
    """The server does not take this message; it was not sent."""


class MailUnreachable(Refusal):
    """The server cannot be reached, or not safely; nothing was sent."""

    exit_code: ClassVar[int] = 5


class MailUnsure(MailUnreachable):
    """The line was cut while the message was handed over: it may have been sent."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes along."""

    name: str
    kind: str  # as in "application/pdf"
    data: bytes


def message(smtp: Smtp, to: str, subject: str, body: str, attached: Attached | None = None) -> EmailMessage:
    """A mail of one receiver. Names of this machine and its user stand nowhere in it."""
    made = EmailMessage(policy=MAIL)
    made["From"], made["To"], made["Subject"] = smtp.sender, to, subject
    made["Date"] = format_datetime(datetime.now(UTC))
    made["Message-ID"] = make_msgid(domain=_domain(smtp))
    made.set_content(body, cte="quoted-printable")
    if attached is not None:
        main, _, sub = attached.kind.partition("/")
        made.add_attachment(attached.data, maintype=main, subtype=sub, filename=attached.name)
    return made


def send(smtp: Smtp, base: Path, mail: EmailMessage) -> None:
    """Hand the mail to the server. Raises MailRefused, MailUnreachable, MailUnsure, ConfigError.

    `base` is the folder that the reference of the password is relative to.
    """
    password = resolve(smtp.password, base) if smtp.user else ""
    with _connected(smtp) as server:
        if smtp.user:
            _log_in(server, smtp.user, password)
        try:
            server.send_message(mail)
        except smtplib.SMTPServerDisconnected:
            raise MailUnsure(_unsure()) from None
        except smtplib.SMTPRecipientsRefused as error:
            codes = {code for code, _ in error.recipients.values()}
            raise MailRefused(f"the mail server does not take mail for this receiver ({_codes(codes)})") from None
        except smtplib.SMTPResponseException as error:
            raise MailRefused(f"the mail server does not take it ({_codes({error.smtp_code})})") from None
        except smtplib.SMTPException:
            raise MailRefused("the mail server cannot take an address with such letters") from None
        except OSError:
            raise MailUnsure(_unsure()) from None


@contextmanager
def _connected(smtp: Smtp) -> Iterator[smtplib.SMTP]:
    """A line to the server, encrypted as `tls` says, closed at the end."""
    server = _dialled(smtp)
    try:
        if smtp.tls == "starttls":
            _encrypt(server)
        yield server
    finally:
        with suppress(smtplib.SMTPException, OSError):  # what was taken stays taken, however the talk ends
            server.quit()
        server.close()


def _dialled(smtp: Smtp) -> smtplib.SMTP:
    own = _domain(smtp)  # what is said in greeting: not the name of this machine
    try:
        if smtp.tls == "tls":
            safe = ssl.create_default_context()
            return smtplib.SMTP_SSL(smtp.host, smtp.port, own, timeout=_SECONDS, context=safe)
        return smtplib.SMTP(smtp.host, smtp.port, own, timeout=_SECONDS)
    except ssl.SSLError as error:
        raise MailUnreachable(_no_tls(error)) from None
    except (smtplib.SMTPException, OSError):
        raise MailUnreachable(
            "the mail server cannot be reached: is it running, are host, port and tls of [smtp] right?"
        ) from None


def _encrypt(server: smtplib.SMTP) -> None:
    try:
        server.starttls(context=ssl.create_default_context())
    except ssl.SSLError as error:
        raise MailUnreachable(_no_tls(error)) from None
    except smtplib.SMTPNotSupportedError:
        raise MailUnreachable('the mail server offers no STARTTLS: is tls = "tls" or another port right?') from None
    except (smtplib.SMTPException, OSError):
        raise MailUnreachable("the mail server did not begin encryption; nothing was sent") from None


def _log_in(server: smtplib.SMTP, user: str, password: str) -> None:
    try:
        server.login(user, password)
    except smtplib.SMTPAuthenticationError as error:
        raise ConfigError([f"{_BAD_LOGIN} ({_codes({error.smtp_code})})"]) from None
    except UnicodeError:
        raise ConfigError(
            ["[smtp] user and password may hold letters of ASCII only, as mail servers sign in"]
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise ConfigError(["the server of [smtp] asks for no password here: leave user out, or look at tls"]) from None
    except (smtplib.SMTPException, OSError):
        raise MailUnreachable("the line to the mail server was cut; nothing was sent") from None


def _no_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "the mail server's certificate is not one of a known authority for this host; nothing was sent"
    return "no safe line to the mail server: are port and tls of [smtp] right? Nothing was sent"


def _unsure() -> str:
    return "the line to the mail server was cut while the mail was handed over: it may have been sent"


def _codes(codes: set[int]) -> str:
    return ", ".join(f"SMTP code {code}" for code in sorted(codes))


def _domain(smtp: Smtp) -> str:
    return smtp.sender.rpartition("@")[2]
