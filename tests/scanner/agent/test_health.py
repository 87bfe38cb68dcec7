"""The endpoint over real sockets: what it answers, whom it refuses, and that no client makes it wait.

The witnesses are urllib and plain sockets, and Prometheus' own parser.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import stat
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from connectors.errors import ConfigError
from scanner.agent import health
from scanner.agent.book import Book
from scanner.agent.health import AT_ONCE, Health
from scanner.agent.status import Snapshot
from tests.scanner.agent.told_world import GOOD, ILL, WELL


@contextmanager
def listening(snapshot: Callable[[], Snapshot], listen: str = "127.0.0.1:0") -> Iterator[tuple[str, int]]:
    one = Health(listen, snapshot)
    one.start()
    try:
        assert isinstance(one.address, tuple)
        yield one.address
    finally:
        one.stop()


def ask(address: tuple[str, int], path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    request = urllib.request.Request(f"http://{host}:{address[1]}{path}", method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def test_all_is_well() -> None:
    with listening(lambda: WELL) as address:
        code, headers, body = ask(address, "/health?verbose")
    told = json.loads(body)
    assert (code, told["ok"], told["problems"]) == (200, True, [])
    assert told["agent"]["pid"] == 4711
    assert told["sources"][0]["last_good"]["counts"] == {"items": 120, "gaps": 2}
    assert headers["Content-Type"] == "application/json"
    assert headers["Server"].strip() == "gallra"


def test_something_is_wrong() -> None:
    with listening(lambda: ILL) as address:
        code, _, body = ask(address, "/health")
        assert (code, json.loads(body)["problems"]) == (503, list(ILL.problems))
        assert ask(address, "/metrics")[0] == 200


def test_metrics_are_such_as_prometheus_reads_and_tell_nothing_of_the_process() -> None:
    with listening(lambda: ILL) as address:
        code, headers, body = ask(address, "/metrics")
    assert (code, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    families = list(text_string_to_metric_families(body.decode()))
    found = {(s.name, *sorted(s.labels.items())): s.value for one in families for s in one.samples}
    assert found["gallra_ok",] == 0
    assert found["gallra_running",] == 1
    assert found["gallra_job_state", ("job", "scan:kunder"), ("state", "failing")] == 1
    assert found["gallra_job_state", ("job", "scan:kunder"), ("state", "idle")] == 0
    assert found["gallra_job_failures", ("job", "scan:kunder")] == 3
    assert found["gallra_job_count", ("job", "scan:kunder"), ("what", "items")] == 120
    assert found["gallra_job_last_good_duration_seconds", ("job", "scan:kunder")] == 300
    assert found["gallra_job_last_good_timestamp_seconds", ("job", "scan:kunder")] == GOOD.begun.timestamp()
    assert found["gallra_job_last_outcome", ("job", "scan:kunder"), ("outcome", "failed")] == 1
    assert found["gallra_source_watched", ("source", "kunder")] == 1
    assert found["gallra_policy_breaking", ("rule", "ansökningar")] == 4
    assert all(one.name.startswith("gallra_") for one in families)
    assert {label for key in found for label, _ in key[1:]} <= {"job", "state", "outcome", "what", "source", "rule"}


@pytest.mark.parametrize(
    ("path", "method", "code"),
    [
        ("/", "GET", 404),
        ("/health/", "GET", 404),
        ("/metrics/../health", "GET", 404),
        ("/health", "POST", 405),
        ("/health", "DELETE", 405),
        ("/health", "OPTIONS", 405),
        ("/health", "HEAD", 200),
    ],
)
def test_all_else_is_refused_and_not_repeated(path: str, method: str, code: int) -> None:
    with listening(lambda: WELL) as address:
        found, headers, body = ask(address, path, method)
    assert found == code
    assert b"metrics" not in body
    assert (method == "HEAD") == (body == b"")
    assert headers.get("Allow") == ("GET, HEAD" if code == 405 else None)


def test_a_name_that_is_not_this_machine_s_is_refused() -> None:
    with listening(lambda: WELL) as address:
        port = address[1]
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", f"localhost:{port + 1}", ""):
            assert ask(address, "/health", Host=host)[0] == 421
        for host in (f"127.0.0.1:{port}", "127.0.0.1", f"localhost:{port}", "LOCALHOST"):
            assert ask(address, "/health", Host=host)[0] == 200
        assert raw(address, b"GET /health HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200")
        two = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n"
        assert b" 421 " in raw(address, two)


def test_on_the_other_loopback_too() -> None:
    try:
        with closing(socket.create_server(("::1", 0), family=socket.AF_INET6)):
            pass
    except OSError:
        pytest.skip("no IPv6 here")
    with listening(lambda: WELL, "[::1]:0") as address:
        assert ask(address, "/health")[0] == 200
        assert ask(address, "/health", Host="evil.example")[0] == 421


def raw(address: tuple[str, int], data: bytes) -> bytes:
    """What comes back until the end."""
    with socket.create_connection(address, 30) as line:
        with suppress(OSError):
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
        found = b""
        with suppress(ConnectionResetError):
            while part := line.recv(65536):
                found += part
        return found


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        b"GET /health HTTP/9\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
        b"GET /health HTTP/1.1\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"POST /health HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n",
    ],
)
def test_nonsense_harms_nothing(data: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    with listening(lambda: WELL) as address:
        answer = raw(address, data)
        assert b" 200 " not in answer.split(b"\n", 1)[0]
        assert len(answer) < 1000
        assert ask(address, "/health")[0] == 200
    assert "".join(capfd.readouterr()) == ""


def test_clients_that_drip_are_cut_and_never_more_than_so_many_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "SECONDS", 0.5)
    with listening(lambda: WELL) as address:
        before = threading.active_count()
        slow = [socket.create_connection(address, 30) for _ in range(AT_ONCE * 4)]
        until = time.monotonic() + 30
        answered = 0
        most = 0
        while time.monotonic() < until and not answered:
            for line in slow:
                with suppress(OSError):
                    line.send(b"G")  # never silent for as long as a limit on each read
            most = max(most, threading.active_count() - before)
            with suppress(OSError, http.client.HTTPException):
                answered = ask(address, "/health")[0]
            time.sleep(0.1)
        assert answered == 200
        assert most <= 2 * AT_ONCE + 2  # each with its timer
        for line in slow:
            line.close()


def test_many_askers_cost_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_KEPT", 3600.0)
    looks = []

    def look() -> Snapshot:
        looks.append(1)
        return WELL

    with listening(look) as address:
        assert {ask(address, "/health")[0] for _ in range(20)} == {200}
    assert len(looks) == 1


def test_where_the_agent_cannot_tell_only_the_kind_of_fault_is_told(tmp_path: Path) -> None:
    def look() -> Snapshot:
        Book(tmp_path / "Anna Testsson" / "agent.sqlite")
        return WELL

    with listening(look) as address:
        code, _, body = ask(address, "/health")
        assert ask(address, "/metrics")[0] == 503
    assert code == 503
    assert b"cannot tell how it is" in body
    assert b"Anna" not in body


def over(path: Path, what: str = "/health") -> int:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(30)
        line.connect(str(path))
        line.sendall(f"GET {what} HTTP/1.1\r\nHost: evil.example\r\n\r\n".encode())
        return int(line.makefile("rb").readline().split()[1])


def test_a_socket_in_a_folder_is_for_its_owner_alone_and_leaves_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "health"
    one = Health(f"unix:{path}", lambda: WELL)
    one.start()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert one.address == str(path)
    assert over(path) == 200
    assert over(path, "/none") == 404
    one.stop()
    one.stop()
    assert not path.exists()


def test_a_socket_that_nobody_listens_at_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "health"
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(path))
    one = Health(f"unix:{path}", lambda: WELL)
    one.start()
    assert over(path) == 200
    one.stop()


def test_a_socket_that_somebody_listens_at_stays(tmp_path: Path) -> None:
    path = tmp_path / "health"
    one = Health(f"unix:{path}", lambda: WELL)
    one.start()
    with pytest.raises(ConfigError, match="another process listens"):
        Health(f"unix:{path}", lambda: ILL).start()
    assert over(path) == 200
    one.stop()


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_what_is_no_socket_stays(tmp_path: Path, kind: str) -> None:
    path, other = tmp_path / "health", tmp_path / "other"
    other.write_text("kept")
    if kind == "file":
        path.write_text("kept")
    elif kind == "link":
        path.symlink_to(other)
    else:
        path.mkdir()
    with pytest.raises(ConfigError, match="something else"):
        Health(f"unix:{path}", lambda: WELL).start()
    assert os.path.lexists(path)
    assert other.read_text() == "kept"


def test_a_socket_that_another_put_in_the_place_of_ours_stays(tmp_path: Path) -> None:
    path = tmp_path / "health"
    one = Health(f"unix:{path}", lambda: WELL)
    one.start()
    path.unlink()
    path.write_text("kept")
    one.stop()
    assert path.read_text() == "kept"


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:0", "[::]:0", "192.0.2.1:9618", "localhost:1", "127.0.0.1:x", "unix:/no/x"]
)
def test_what_is_not_this_machine_s_alone_or_cannot_be_is_refused(listen: str) -> None:
    with pytest.raises(ConfigError, match=r"\[health\] listen"):
        Health(listen, lambda: WELL).start()


def test_a_taken_address_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigError, match=r"listen: .* another port"):
        Health(f"127.0.0.1:{taken.getsockname()[1]}", lambda: WELL).start()


def test_nowhere_to_listen_is_no_error() -> None:
    one = Health("", lambda: WELL)
    one.start()
    assert one.address is None
    one.stop()
