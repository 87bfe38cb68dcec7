"""References to secrets, and the installation key: what is on the disk is looked at with os."""

from __future__ import annotations

import os
import sys
import types
from pathlib import Path

import pytest

from config.secrets import load_key, resolve, resolve_lines
from connectors.errors import ConfigError


def problem(reference: str, base: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        resolve(reference, base)
    (found,) = caught.value.problems
    return found


def private(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o600)


class Keyring(types.ModuleType):
    """What the client keeps, in a dict."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = False

    def get_password(self, service: str, user: str) -> str | None:
        if self.broken:
            raise RuntimeError("hunter2")
        return self.kept.get((service, user))

    def set_password(self, service: str, user: str, value: str) -> None:
        self.kept[service, user] = value


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    found = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", found)
    return found


def test_env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GALLRA_T", " hunter2\n")
    assert resolve("env:GALLRA_T", tmp_path) == " hunter2\n"
    monkeypatch.setenv("GALLRA_T", "")
    assert problem("env:GALLRA_T", tmp_path) == "env:GALLRA_T: is empty"
    monkeypatch.delenv("GALLRA_T")
    assert problem("env:GALLRA_T", tmp_path) == "env:GALLRA_T: is not set"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"hunter2", "hunter2"),
        (b"hunter2\n", "hunter2"),
        (b"hunter2\n\n", "hunter2\n"),
        (b"hunter2\r\n", "hunter2"),
        (b" \xc3\xa5 \n", " å "),
        (b"x\r", "x\r"),
    ],
)
def test_a_file_loses_one_line_end(data: bytes, expected: str, tmp_path: Path) -> None:
    private(tmp_path / "s", data)
    assert resolve("file:s", tmp_path) == expected
    assert resolve(f"file:{tmp_path}/s", Path("/nowhere")) == expected


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_can_use_is_refused(mode: int, tmp_path: Path) -> None:
    private(tmp_path / "s", b"hunter2")
    (tmp_path / "s").chmod(mode)
    assert problem("file:s", tmp_path) == "file:s: others than its owner can read it; run `chmod 600 s`"


def test_files_that_hold_no_secret(tmp_path: Path) -> None:
    assert problem("file:s", tmp_path) == "file:s: cannot be read: No such file or directory"
    (tmp_path / "d").mkdir()
    assert problem("file:d", tmp_path) == "file:d: cannot be read: Is a directory"
    os.mkfifo(tmp_path / "p", 0o600)
    assert problem("file:p", tmp_path) == "file:p: is not a file"
    private(tmp_path / "s", b"\n")
    assert problem("file:s", tmp_path) == "file:s: is empty"
    private(tmp_path / "s", b"hunter2\xff")
    assert problem("file:s", tmp_path) == "file:s: is not UTF-8 text"
    private(tmp_path / "s", b"hunter2" * 20_000)
    assert "hunter2" not in problem("file:s", tmp_path)


def test_what_is_no_reference_is_not_repeated(tmp_path: Path) -> None:
    assert "hunter2" not in problem("hunter2", tmp_path)
    assert "hunter2" not in problem("https:hunter2", tmp_path)


def test_keyring(keyring: Keyring, tmp_path: Path) -> None:
    keyring.kept["gallra", "info/x"] = "hunter2"
    assert resolve("keyring:gallra/info/x", tmp_path) == "hunter2"
    assert problem("keyring:gallra/other", tmp_path) == "keyring:gallra/other: is not set"
    keyring.broken = True
    assert problem("keyring:gallra/x", tmp_path) == "keyring:gallra/x: the keyring does not answer (RuntimeError)"


def test_without_the_keyring_client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "pip install gallra[keyring]" in problem("keyring:gallra/info", tmp_path)


def test_a_key_is_made_once(tmp_path: Path) -> None:
    key = load_key("file:gallra.key", tmp_path, create=True)
    path = tmp_path / "gallra.key"
    assert len(key) == 32
    assert path.read_text() == key.hex() + "\n"
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.stat()
    assert load_key("file:gallra.key", tmp_path, create=True) == key
    assert load_key("file:gallra.key", tmp_path) == key
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert os.listdir(tmp_path) == ["gallra.key"]


def test_two_keys_differ(tmp_path: Path) -> None:
    assert load_key("file:a", tmp_path, create=True) != load_key("file:b", tmp_path, create=True)


def test_a_key_is_brought_to_the_disk_with_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    load_key("file:gallra.key", tmp_path, create=True)
    assert synced == [str(tmp_path / "gallra.key"), str(tmp_path)]


def test_a_key_that_another_process_made_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def other(count: int) -> str:
        private(tmp_path / "k", b"0f" * count)
        return "ee" * count

    monkeypatch.setattr("secrets.token_hex", other)
    assert load_key("file:k", tmp_path, create=True) == b"\x0f" * 32
    assert (tmp_path / "k").read_bytes() == b"0f" * 32


def test_a_key_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match=r"file:gallra.key: the key cannot be written: No space left"):
        load_key("file:gallra.key", tmp_path, create=True)
    assert os.listdir(tmp_path) == []


def test_no_key_is_made_unasked(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no key here. Put your copy of it back"):
        load_key("file:gallra.key", tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("text", ["", "ab" * 31, "ab" * 33, "xy" * 32, "ab " * 32, "ab" * 32 + "\n\n"])
def test_a_key_of_the_wrong_length_or_form(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.secrets._PATIENCE", 0.02)
    private(tmp_path / "k", text.encode())
    with pytest.raises(ConfigError) as caught:
        load_key("file:k", tmp_path, create=True)
    assert caught.value.problems[0].startswith("file:k: is not a key: 32 bytes")
    assert not text.strip() or text.strip() not in str(caught.value)
    assert (tmp_path / "k").read_text() == text


def test_a_key_that_others_can_read(tmp_path: Path) -> None:
    load_key("file:k", tmp_path, create=True)
    (tmp_path / "k").chmod(0o644)
    with pytest.raises(ConfigError, match="file:k: others than its owner can read it; run `chmod 600 k`"):
        load_key("file:k", tmp_path, create=True)


def test_a_key_that_leads_nowhere_is_not_made_there(tmp_path: Path) -> None:
    (tmp_path / "k").symlink_to(tmp_path / "gone")
    with pytest.raises(ConfigError, match="file:k: cannot be read"):
        load_key("file:k", tmp_path, create=True)
    assert not (tmp_path / "gone").exists()


def test_a_key_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GALLRA_KEY_T", "0f" * 32)
    assert load_key("env:GALLRA_KEY_T", tmp_path) == b"\x0f" * 32
    monkeypatch.delenv("GALLRA_KEY_T")
    with pytest.raises(ConfigError, match="openssl rand -hex 32"):
        load_key("env:GALLRA_KEY_T", tmp_path, create=True)


def test_a_key_in_the_keyring(tmp_path: Path, keyring: Keyring) -> None:
    with pytest.raises(ConfigError, match="there is no key here"):
        load_key("keyring:gallra/key", tmp_path)
    key = load_key("keyring:gallra/key", tmp_path, create=True)
    assert keyring.kept == {("gallra", "key"): key.hex()}
    assert load_key("keyring:gallra/key", tmp_path, create=True) == key


def test_a_key_written_into_the_configuration_is_refused_unseen(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_key("0f" * 32, tmp_path, create=True)
    assert "0f0f" not in str(caught.value)


def test_lines_are_kept_as_they_stand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keyring: Keyring) -> None:
    private(tmp_path / "p.txt", "\n sommar 24 \r\n\n\u00e5\u00e4\u00f6\u2028x\n   \nhöst\n".encode())
    monkeypatch.setenv("GALLRA_T", "höst\nvår")
    keyring.kept["gallra", "doc"] = "is"
    found = resolve_lines(["file:p.txt", "env:GALLRA_T", "keyring:gallra/doc"], tmp_path)
    assert found == (" sommar 24 ", "\u00e5\u00e4\u00f6\u2028x", "höst", "vår", "is")


def test_every_reference_that_leads_to_nothing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GALLRA_T", raising=False)
    private(tmp_path / "blank.txt", b"\n  \n\n")
    (tmp_path / "open.txt").write_text("hunter2")
    (tmp_path / "open.txt").chmod(0o644)
    with pytest.raises(ConfigError) as caught:
        resolve_lines(["env:GALLRA_T", "file:blank.txt", "file:open.txt"], tmp_path)
    assert list(caught.value.problems) == [
        "env:GALLRA_T: is not set",
        "file:blank.txt: holds only blank lines",
        "file:open.txt: others than its owner can read it; run `chmod 600 open.txt`",
    ]


def test_the_mark_that_windows_writes_before_a_text_is_none_of_it(tmp_path: Path) -> None:
    file = tmp_path / "pw.txt"
    file.write_bytes("\ufeffförsta\r\nandra\r\n".encode())
    file.chmod(0o600)
    assert resolve_lines(["file:pw.txt"], tmp_path) == ("första", "andra")
