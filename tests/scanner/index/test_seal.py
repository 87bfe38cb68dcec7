"""Seal, tokens, hashes: against hashlib and cryptography used directly."""

from __future__ import annotations

import hashlib
import pickle

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st

from scanner.index import seal
from scanner.index.seal import Keys, SealBroken, Sealer, from_bytes, to_bytes

KEYS = Keys.derive(b"k" * 32)
SEALER = Sealer(KEYS)
ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.text(st.sampled_from("\udcff\ud800\udc80a\x00\x01å"))


def test_derived_keys_differ_from_each_other_and_from_those_of_another_master() -> None:
    mine, others = KEYS, Keys.derive(b"l" * 32)
    parts = [mine.seal, mine.token, mine.content, mine.plan, others.seal, others.token, others.content, others.plan]
    assert len(set(parts)) == 8
    assert [len(part) for part in parts[:4]] == [64, 32, 32, 32]
    assert Keys.derive(b"k" * 32) == mine


def test_a_short_master_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        Keys.derive(b"short")


def test_keys_are_not_printed() -> None:
    assert KEYS.seal.hex() not in repr(KEYS)
    assert repr(KEYS) == "Keys()"


def test_sealing_is_aes_siv_and_bound_to_its_context() -> None:
    sealed = SEALER.seal(b"Inkorg/1", b"path")
    assert AESSIV(KEYS.seal).decrypt(sealed, [b"path"]) == b"Inkorg/1"
    assert SEALER.open(sealed, b"path") == b"Inkorg/1"
    assert SEALER.open(SEALER.seal(b"", b"path"), b"path") == b""
    for wrong in (b"steps", b""):
        with pytest.raises(SealBroken):
            SEALER.open(sealed, wrong)


@pytest.mark.parametrize("data", [b"", b"x" * 7, b"y" * 40])
def test_what_was_not_sealed_with_this_key_does_not_open(data: bytes) -> None:
    with pytest.raises(SealBroken):
        SEALER.open(data, b"path")
    with pytest.raises(SealBroken):
        Sealer(Keys.derive(b"l" * 32)).open(SEALER.seal(b"z", b"path"), b"path")


@given(ANY_TEXT)
def test_every_string_survives(text: str) -> None:
    assert from_bytes(to_bytes(text)) == text
    assert SEALER.open_text(SEALER.seal_text(text, b"path"), b"path") == text


@given(ANY_TEXT, ANY_TEXT)
def test_different_strings_have_different_bytes(one: str, other: str) -> None:
    assert (to_bytes(one) == to_bytes(other)) == (one == other)


def test_a_name_that_is_no_utf8_keeps_its_bytes() -> None:
    assert to_bytes(b"bj\xf6rk.txt".decode("utf-8", "surrogateescape")) == b"bj\xf6rk.txt"


def test_a_token_is_keyed_blake2b_of_kind_and_value() -> None:
    expected = hashlib.blake2b(
        b"email\0anna@invex.example", key=KEYS.token, digest_size=8, person=b"gallra token"
    ).digest()
    token = SEALER.token("email", "anna@invex.example")
    assert token == int.from_bytes(expected, "big", signed=True)
    assert -(2**63) <= token < 2**63
    assert token != SEALER.token("name", "anna@invex.example")
    assert token != Sealer(Keys.derive(b"l" * 32)).token("email", "anna@invex.example")
    assert token == SEALER.token("email", "anna@invex.example")


def test_kind_and_value_do_not_run_into_each_other() -> None:
    assert SEALER.token("a", "bc") != SEALER.token("ab", "c")


def test_a_word_token_has_forty_bits_in_base32() -> None:
    import base64

    digest = hashlib.blake2b("åberg".encode(), key=KEYS.token, digest_size=5, person=b"gallra word").digest()
    assert SEALER.word("åberg") == base64.b32encode(digest).decode().lower()
    assert SEALER.words(["åberg", "anna"]) == f"{SEALER.word('åberg')} {SEALER.word('anna')}"


def test_word_tokens_stay_the_same_when_the_cache_is_emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "_WORD_CACHE", 10)
    sealer = Sealer(KEYS)
    first = [sealer.word(f"ord{n}") for n in range(95)]
    assert len(sealer._words) <= 10
    assert [sealer.word(f"ord{n}") for n in range(95)] == first
    assert len(set(first)) == 95


def test_content_and_plan_hashes_are_keyed() -> None:
    hasher = SEALER.content_hasher()
    hasher.update(b"ett ")
    hasher.update(b"brev")
    expected = hashlib.blake2b(b"ett brev", key=KEYS.content, digest_size=16, person=b"gallra content").digest()
    assert hasher.digest() == SEALER.content(b"ett brev") == expected
    plan = hashlib.blake2b(b"plan", key=KEYS.plan, digest_size=16, person=b"gallra plan").hexdigest()
    assert SEALER.plan_hash(b"plan") == plan


def test_a_sealer_goes_to_a_worker() -> None:
    twin = pickle.loads(pickle.dumps(SEALER))
    assert twin.open(SEALER.seal(b"x", b"c"), b"c") == b"x"
    assert (twin.token("email", "a"), twin.word("a")) == (SEALER.token("email", "a"), SEALER.word("a"))
