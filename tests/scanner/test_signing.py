"""Signatures are judged with another implementation: RFC 8032 in plain integers, and HMAC for RFC 5869."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.load import load
from connectors.errors import ConfigError
from scanner.index.seal import Keys
from scanner.signing import Signer, canonical, is_public_key, is_signed, of_installation

MASTER = b"k" * 32
P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P
ORDER = 2**252 + 27742317777372353535851937790883648493
Point = tuple[int, int]


def add(one: Point, other: Point) -> Point:
    (x1, y1), (x2, y2) = one, other
    k = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + k, P - 2, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - k, P - 2, P)
    return x % P, y % P


def times(point: Point, number: int) -> Point:
    found = (0, 1)
    while number:
        if number & 1:
            found = add(found, point)
        point = add(point, point)
        number >>= 1
    return found


def decoded(data: bytes) -> Point:
    whole = int.from_bytes(data, "little")
    y = whole & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert (x * x - square) % P == 0
    return (x if x % 2 == whole >> 255 else P - x), y


def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    base = decoded(bytes.fromhex("58" + "66" * 31))
    s = int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    return s < ORDER and times(base, s) == add(decoded(signature[:32]), times(decoded(public), h))


def test_another_implementation_of_ed25519_agrees() -> None:
    signer = Signer.derive(MASTER)
    values = {"b": 1, "a": ["å", None, True]}
    signature = bytes.fromhex(signer.sign(b"test", values))
    message = b'test\n{"a":["\\u00e5",null,true],"b":1}'
    assert verifies(bytes.fromhex(signer.public), message, signature)
    assert not verifies(bytes.fromhex(signer.public), message + b" ", signature)


def test_the_key_is_made_from_the_master_key_for_this_use_alone() -> None:
    pseudo = hmac.digest(b"\0" * 32, MASTER, "sha256")
    seed = hmac.digest(pseudo, b"gallra signing 1 Ed25519\x01", "sha256")
    assert Signer.derive(MASTER).public == Signer.derive(MASTER).public
    assert Signer.derive(MASTER).public != Signer.derive(b"l" * 32).public
    hashed = bytearray(hashlib.sha512(seed).digest()[:32])
    hashed[0] &= 248
    hashed[31] = hashed[31] & 127 | 64
    x, y = times(decoded(bytes.fromhex("58" + "66" * 31)), int.from_bytes(hashed, "little"))
    assert (y | (x & 1) << 255).to_bytes(32, "little").hex() == Signer.derive(MASTER).public
    keys = Keys.derive(MASTER)
    assert seed not in (keys.token, keys.content, keys.plan, keys.seal[:32], keys.seal[32:])


def test_a_short_master_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Signer.derive(b"short")


def test_the_signer_shows_no_secret() -> None:
    signer = Signer.derive(MASTER)
    seed = hmac.digest(hmac.digest(b"\0" * 32, MASTER, "sha256"), b"gallra signing 1 Ed25519\x01", "sha256")
    assert seed.hex() not in repr(signer) + str(vars(signer))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_values_survive_json_and_any_order_of_names(values: dict[str, Any]) -> None:
    signer = Signer.derive(MASTER)
    signature = signer.sign(b"p", values)
    again = json.loads(json.dumps(dict(reversed(values.items())), indent=3))
    assert is_signed(signer.public, b"p", again, signature)
    assert not is_signed(signer.public, b"q", again, signature)
    assert not is_signed(signer.public, b"p", {**again, "more": 1, "": 2}, signature)
    assert canonical(values) == canonical(again)


@pytest.mark.parametrize(
    ("public", "signature"),
    [
        ("", ""),
        ("00", "11"),
        ("zz" * 32, "ab" * 64),
        ("ab" * 32, "ab" * 64),
        ("0" * 64, "0" * 128),
        ("AB" * 32, "ab" * 64),
    ],
)
def test_what_is_no_key_or_no_signature_proves_nothing(public: str, signature: str) -> None:
    assert not is_signed(public, b"p", {"a": 1}, signature)


def test_numbers_that_are_no_json_are_not_signed() -> None:
    signer = Signer.derive(MASTER)
    with pytest.raises(ValueError, match="JSON"):
        signer.sign(b"p", {"a": float("nan")})
    assert not is_signed(signer.public, b"p", {"a": float("nan")}, "ab" * 64)
    assert not is_public_key("٠" * 64)


def test_the_installation_signs_with_its_own_key_and_makes_none(tmp_path: Path) -> None:
    (tmp_path / "kunder").mkdir()
    file = tmp_path / "gallra.toml"
    file.write_text('[[source]]\nname = "kunder"\nkind = "folder"\npath = "kunder"\n')
    with pytest.raises(ConfigError):
        of_installation(load(file))
    assert not (tmp_path / "gallra.key").exists()
    (tmp_path / "gallra.key").write_text(MASTER.hex() + "\n")
    (tmp_path / "gallra.key").chmod(0o600)
    assert of_installation(load(file)).public == Signer.derive(MASTER).public
