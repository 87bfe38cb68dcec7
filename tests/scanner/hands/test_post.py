"""Mail that was sent, was not, or may have been: told apart, and nothing of it in what is told.

The witness is what a server on loopback took, as bytes, read by the standard library's parser.
"""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from config.model import Smtp
from connectors.errors import ConfigError
from scanner.hands.post import Attached, MailRefused, MailUnreachable, MailUnsure, message, send
from tests.servers.certificates import Authority
from tests.standins.smtp_moods import Moods, smtp_with

TO, FROM = "dpo@lon.example", "dataskydd@invex.example"
BODY = "Radera Åsa Öberg.\n.ensam punkt\n"


def through(moods: Moods, **more: str) -> Smtp:
    values = {"tls": "none"} | more
    return Smtp("127.0.0.1", FROM, port=moods.port, **values)


def post(smtp: Smtp) -> None:
    send(smtp, Path(), message(smtp, TO, "Ärende 2026-0001", BODY, Attached("a.pdf", "application/pdf", b"%PDF-1")))


def test_one_mail_of_one_receiver_arrives_as_it_was_made() -> None:
    with smtp_with(Moods()) as server:
        post(through(server))
    (data,) = server.taken
    mail = message_from_bytes(data, policy=policy.default)
    assert (mail["From"], mail["To"], mail["Subject"]) == (FROM, TO, "Ärende 2026-0001")
    assert mail["Message-ID"].endswith("@invex.example>")
    body, attached = mail.iter_parts()
    assert body.get_content().replace("\r\n", "\n") == BODY
    assert (attached.get_filename(), attached.get_content()) == ("a.pdf", b"%PDF-1")
    assert all(line.isascii() for line in data.splitlines())
    assert server.verbs == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


@pytest.mark.parametrize(
    ("says", "error"),
    [
        ({"RCPT": "550 no such user dpo@lon.example"}, MailRefused),
        ({"MAIL": "553 not you dataskydd@invex.example"}, MailRefused),
        ({"DATA": "554 spam"}, MailRefused),
        ({"DATA": "452 disk full"}, MailRefused),
        ({"EHLO": "", "HELO": ""}, MailUnreachable),
        ({"DATA": ""}, MailUnsure),
    ],
)
def test_a_refusal_is_told_by_its_code_alone(says: dict[str, str], error: type[Exception]) -> None:
    with smtp_with(Moods(says=says)) as server, pytest.raises(error) as told:
        post(through(server))
    assert type(told.value) in (error, MailUnsure)
    assert "example" not in str(told.value)
    assert "spam" not in str(told.value)
    assert server.taken == []


def test_a_line_that_is_cut_after_the_message_may_have_sent_it() -> None:
    with smtp_with(Moods(cut_after_data=True)) as server, pytest.raises(MailUnsure, match="may have been sent"):
        post(through(server))
    assert len(server.taken) == 1


def test_what_was_taken_is_sent_however_the_talk_ends() -> None:
    with smtp_with(Moods(says={"QUIT": "500 never heard of it"})) as server:
        post(through(server))
    assert len(server.taken) == 1


def test_nobody_there_is_unreachable() -> None:
    with smtp_with(Moods()) as server:
        pass
    with pytest.raises(MailUnreachable, match="cannot be reached") as told:
        post(through(server))
    assert told.value.exit_code == 5


class TestSafeLines:
    @pytest.fixture
    def ours(self, tmp_path: Path) -> Authority:
        return Authority(tmp_path)

    @pytest.mark.parametrize("tls", ["tls", "starttls"])
    def test_an_unknown_certificate_is_refused_and_nothing_is_handed_over(self, ours: Authority, tls: str) -> None:
        moods = Moods(ours.sign("server"), tls=tls == "tls", starttls=tls == "starttls")
        with smtp_with(moods) as server, pytest.raises(MailUnreachable, match="certificate"):
            post(through(server, tls=tls))
        assert server.taken == []
        assert "MAIL" not in server.verbs

    @pytest.mark.parametrize("tls", ["tls", "starttls"])
    def test_a_known_one_is_spoken_with(self, ours: Authority, tls: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(ours.ca))
        moods = Moods(ours.sign("server"), tls=tls == "tls", starttls=tls == "starttls")
        with smtp_with(moods) as server:
            post(through(server, tls=tls))
        assert len(server.taken) == 1
        assert ("STARTTLS" in server.verbs) is (tls == "starttls")

    def test_a_server_without_starttls_gets_nothing(self) -> None:
        with smtp_with(Moods()) as server, pytest.raises(MailUnreachable, match="STARTTLS"):
            post(through(server, tls="starttls"))
        assert server.verbs == ["EHLO", "QUIT"]


class TestSigningIn:
    @pytest.fixture
    def secret(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
        monkeypatch.setenv("GALLRA_TEST_POST", "hemligt")
        return {"user": "utskick", "password": "env:GALLRA_TEST_POST"}

    def test_with_the_password_of_the_reference(self, secret: dict[str, str]) -> None:
        with smtp_with(Moods(password="hemligt")) as server:
            post(through(server, **secret))
        assert len(server.taken) == 1

    def test_a_wrong_password_is_a_matter_of_the_configuration(self, secret: dict[str, str]) -> None:
        with (
            smtp_with(Moods(password="ett annat")) as server,
            pytest.raises(ConfigError, match="SMTP code 535") as told,
        ):
            post(through(server, **secret))
        assert "hemligt" not in str(told.value)
        assert server.taken == []

    def test_a_server_that_asks_for_none_says_so(self, secret: dict[str, str]) -> None:
        with smtp_with(Moods()) as server, pytest.raises(ConfigError, match="asks for no password"):
            post(through(server, **secret))
        assert server.taken == []

    def test_letters_that_no_login_takes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GALLRA_TEST_POST", "lösen")
        with smtp_with(Moods(password="x")) as server, pytest.raises(ConfigError, match="ASCII"):
            post(through(server, user="utskick", password="env:GALLRA_TEST_POST"))
        assert server.taken == []
