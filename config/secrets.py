"""Secrets and the installation's two keys: references in, values out. No text here ever holds a value.

A reference is `env:NAME`, `file:PATH` (relative to the configuration file) or `keyring:SERVICE/USER`.
"""

from __future__ import annotations

import importlib
import os
import secrets as random
import stat
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from connectors.errors import ConfigError

KEY_BYTES = 32
HOW_TO_REFER = 'write "env:NAME", "file:PATH" or "keyring:SERVICE/USER" and keep the secret itself there'
_LARGEST = 1 << 16  # bytes of a secret file
_PATIENCE = 1.0  # seconds for another process that is just writing the key


def wrong_reference(text: str) -> str | None:
    """What is wrong with a reference, or None. Never repeats the text: it may be a secret written by mistake."""
    scheme, colon, rest = text.partition(":")
    if not colon or scheme not in ("env", "file", "keyring"):
        return f"a secret is not written into this file; {HOW_TO_REFER}"
    if not rest or "\0" in rest or (scheme == "env" and "=" in rest):
        return f"is not a whole reference; {HOW_TO_REFER}"
    if scheme == "keyring" and not all(rest.partition("/")):
        return 'must name a service and a user, as in "keyring:gallra/info"'
    return None


def file_path(reference: str, base: Path) -> Path | None:
    """The path of a `file:` reference, absolute if the base is; None for the other kinds."""
    scheme, _, rest = reference.partition(":")
    return base / rest if scheme == "file" and rest else None


def resolve(reference: str, base: Path) -> str:
    """The secret that the reference leads to.

    Raises ConfigError that names the reference: it is not set, cannot be read, is empty, or lies in a file that
    others than its owner can read.
    """
    said = wrong_reference(reference)
    if said:
        raise ConfigError([f"a secret: {said}"])
    scheme, _, rest = reference.partition(":")
    if scheme == "env":
        value = os.environ.get(rest)
    elif scheme == "file":
        value = _read(reference, base / rest)
    else:
        value = _from_keyring(reference)
    if not value:
        raise ConfigError([f"{reference}: {'is empty' if value == '' else 'is not set'}"])
    return value


def resolve_lines(references: Iterable[str], base: Path) -> tuple[str, ...]:
    """All secrets that the references lead to, one a line, each once and in their order. Blank lines are none.

    A line counts as it stands, spaces at its ends too. Raises ConfigError with a problem for every reference that
    leads to none.
    """
    found: dict[str, None] = {}
    problems: list[str] = []
    for reference in references:
        try:
            lines = [line.removesuffix("\r") for line in resolve(reference, base).split("\n")]
        except ConfigError as error:
            problems += error.problems
            continue
        good = [line for line in lines if line.strip()]
        if not good:
            problems.append(f"{reference}: holds only blank lines")
        found.update(dict.fromkeys(good))
    if problems:
        raise ConfigError(problems)
    return tuple(found)


def load_key(reference: str, base: Path, *, create: bool = False) -> bytes:
    """The installation key: 32 bytes, kept as 64 hexadecimal digits.

    With `create`, a key that is not there yet is made (`file:` and `keyring:`; an environment variable can only be
    set by the admin). An existing one is never replaced. Raises ConfigError.
    """
    return _load(reference, base, "key", _NO_KEY, create=create)


def load_ledger_key(reference: str, base: Path, *, create: bool = False) -> bytes:
    """The ledger's own key, made, kept and refused like the installation key."""
    return _load(reference, base, "ledger_key", _NO_LEDGER_KEY, create=create)


_NO_KEY = (
    "there is no key here. Put your copy of it back; if there never was one, `gallra init` or the first `gallra scan` "
    "makes it"
)
_NO_LEDGER_KEY = (
    "the key of the ledger is not here. Put your copy of it back: without it nobody can tell what comes back of those "
    "who were erased. Only if it is lost for good, move ledger.sqlite out of the state folder: a new ledger begins"
)


def _load(reference: str, base: Path, name: str, missing: str, *, create: bool) -> bytes:
    said = wrong_reference(reference)
    if said:
        raise ConfigError([f"[agent] {name}: {said}"])
    if not _exists(reference, base):
        if not create:
            raise ConfigError([_no_key(reference, missing)])
        _make_key(reference, base, missing)
    return _decode(reference, _settled(reference, base))


def _exists(reference: str, base: Path) -> bool:
    scheme, _, rest = reference.partition(":")
    if scheme == "env":
        return rest in os.environ
    if scheme == "file":
        return os.path.lexists(base / rest)
    return _from_keyring(reference) is not None


def _make_key(reference: str, base: Path, missing: str) -> None:
    value = random.token_hex(KEY_BYTES)
    path = file_path(reference, base)
    if path is not None:
        _write_new(reference, path, value + "\n")
    elif reference.startswith("keyring:"):
        service, _, user = reference.partition(":")[2].partition("/")
        _keyring(reference, "set_password", service, user, value)
    else:
        raise ConfigError([_no_key(reference, missing)])


def _no_key(reference: str, missing: str) -> str:
    if reference.startswith("env:"):
        name = reference.partition(":")[2]
        return (
            f"{reference}: the key is not set. Make one with `openssl rand -hex {KEY_BYTES}`, keep a copy of it, and "
            f"set {name} to it wherever gallra runs"
        )
    return f"{reference}: {missing}"


def _write_new(reference: str, path: Path, text: str) -> None:
    """Make the file, readable by its owner only, and bring it to the disk. One that another made meanwhile stays."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise ConfigError([f"{reference}: the key cannot be made: {_reason(error)}"]) from None
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise ConfigError([f"{reference}: the key cannot be written: {_reason(error)}"]) from None
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _settled(reference: str, base: Path) -> str:
    """The key's text; a file that another process has made but not yet written is waited for."""
    path = file_path(reference, base)
    if path is None:
        return resolve(reference, base)
    until = time.monotonic() + _PATIENCE
    while (text := _read(reference, path)) == "" and time.monotonic() < until:
        time.sleep(_PATIENCE / 50)
    return text


def _decode(reference: str, text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES or len(text) != 2 * KEY_BYTES:
        raise ConfigError(
            [
                f"{reference}: is not a key: {KEY_BYTES} bytes in {2 * KEY_BYTES} hexadecimal digits are needed. Put "
                "your copy back; only if nothing was ever scanned with it, remove it and run `gallra init` again"
            ]
        )
    return key


def _read(reference: str, path: Path) -> str:
    """The text of a secret file without its last line end, and without the mark that Windows writes before UTF-8."""
    try:
        with open(path, "rb", opener=_opener) as stream:
            _check_mode(reference, os.fstat(stream.fileno()))
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigError([f"{reference}: cannot be read: {_reason(error)}"]) from None
    if len(data) > _LARGEST:
        raise ConfigError([f"{reference}: is larger than {_LARGEST} bytes, and so no secret"])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError([f"{reference}: is not UTF-8 text"]) from None
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe at this place is refused, not waited for


def _check_mode(reference: str, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError([f"{reference}: is not a file"])
    if found.st_mode & 0o077:
        path = reference.partition(":")[2]
        raise ConfigError([f"{reference}: others than its owner can read it; run `chmod 600 {path}`"])


def _from_keyring(reference: str) -> str | None:
    service, _, user = reference.partition(":")[2].partition("/")
    found = _keyring(reference, "get_password", service, user)
    return None if found is None else str(found)


def _keyring(reference: str, call: str, *arguments: str) -> Any:  # noqa: ANN401 - the library is optional
    try:
        library = importlib.import_module("keyring")
    except ImportError:
        raise ConfigError([f"{reference}: needs the keyring client; run `pip install gallra[keyring]`"]) from None
    try:
        return getattr(library, call)(*arguments)
    except Exception as error:  # its backends raise what they like, and their texts may hold what was asked
        raise ConfigError([f"{reference}: the keyring does not answer ({type(error).__name__})"]) from None


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
