"""One digest for one meaning; keyed hashes that cannot be confused; boxes that open in one way."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any
from unittest import mock

import pytest
import rfc8785
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import example, given
from hypothesis import strategies as st

from exchange.crypto.box import OVERHEAD, lock, new_key, unlock
from exchange.crypto.canonical import Json, canonical, digest, parse
from exchange.crypto.hashing import all_keyed, derive, hash_stream, hkdf, keyed
from exchange.errors import CryptoError

values: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    # A float of 2^53 and more is written as an integer that the next reader refuses: closed, not wrong.
    | st.floats(-(2.0**53), 2.0**53, exclude_min=True, exclude_max=True)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def test_the_example_of_rfc_8785() -> None:
    text = rb"""{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical(parse(text)) == expected.encode()


@given(values)
def test_reading_and_writing_again_changes_no_byte(value: Json) -> None:
    assert canonical(parse(canonical(value))) == canonical(value)
    assert canonical(parse(json.dumps(value, indent=3).encode())) == canonical(value)


odd = st.sampled_from(
    ["\ud800", "\U0001f600", "\ue000", "\x7f", "\u2028", 2**53, -(2**53), 1e300, float("nan"), b"x", 0.0]
)
keys = st.text(max_size=3) | st.sampled_from(["\U0001f600", "\ue000", "\ud800"]) | st.integers(0, 2) | st.none()


@given(st.recursive(values | odd, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)))
@example({"\U0001f600": 1, "\ue000": 2})  # in UTF-16 the other way round
@example([True, 1, -1, None, '\x00\x1f"\\\x7f/', (), {}, ("a", {"b": []})])
def test_the_fast_way_writes_what_rfc8785_writes(value: Any) -> None:
    try:
        expected = rfc8785.dumps(value)
    except (ValueError, TypeError, AttributeError):
        with pytest.raises(CryptoError):
            canonical(value)
    else:
        assert canonical(value) == expected


def test_most_documents_go_the_fast_way() -> None:
    """Or the test above would compare rfc8785 with itself."""
    with mock.patch("rfc8785.dumps", side_effect=AssertionError):
        assert canonical({"b": [1, "é", None], "a": {"c": True}}) == '{"a":{"c":true},"b":[1,"é",null]}'.encode()
        for slow in (1.5, {"é": 1}, {1: 1}, 2**53):
            with pytest.raises(AssertionError):
                canonical([slow])


@pytest.mark.parametrize("value", [2**53, float("nan"), float("inf"), "\ud800", {1: 2}, {"a": {1}}, object()])
def test_what_json_cannot_say_in_one_way_is_refused(value: Json) -> None:
    with pytest.raises(CryptoError) as caught:
        canonical(value)
    assert caught.value.codes == ("json.not_canonical",)


@pytest.mark.parametrize(
    "text", [b"", b'{"a":1,"a":2}', b'[{"a":{"b":1,"b":1}}]', b"NaN", b"[1", b"\xff", b"\xef\xbb\xbf{}", b"[" * 99999]
)
def test_text_that_two_readers_may_read_differently_is_refused(text: bytes) -> None:
    with pytest.raises(CryptoError) as caught:
        parse(text)
    assert caught.value.codes == ("json.malformed",)


def test_digest_names_its_hash() -> None:
    assert digest({}) == "sha256:" + hashlib.sha256(b"{}").hexdigest()


def test_a_stream_hashes_as_its_bytes() -> None:
    data = bytes(3_000_001)
    assert hash_stream("sha256", io.BytesIO(data)) == hashlib.sha256(data).digest()


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_different_parts_give_different_keyed_hashes(one: list[str], other: list[str]) -> None:
    assert (keyed(b"k" * 32, *one) == keyed(b"k" * 32, *other)) == (one == other)


@given(st.text(), st.lists(st.text(), max_size=4))
def test_keyed_hashes_of_many_are_those_of_each(first: str, parts: list[str]) -> None:
    assert list(all_keyed(b"k" * 32, first, parts)) == [keyed(b"k" * 32, first, part) for part in parts]


def test_keyed_hash_depends_on_the_key() -> None:
    assert keyed(b"k" * 32, "a") != keyed(b"l" * 32, "a")


@given(st.binary(max_size=80), st.binary(max_size=80), st.binary(max_size=80), st.integers(1, 200))
def test_hkdf_is_that_of_another_library(secret: bytes, salt: bytes, info: bytes, length: int) -> None:
    theirs = HKDF(hashes.SHA256(), length, salt, info).derive(secret)
    assert hkdf(secret, salt=salt, info=info, length=length) == theirs


def test_each_purpose_has_its_own_key() -> None:
    assert derive(b"k" * 32, "store") != derive(b"k" * 32, "releases")


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_what_is_locked_unlocks(plain: bytes, context: bytes) -> None:
    key = new_key()
    locked = lock(key, plain, context=context)
    assert unlock(key, locked, context=context) == plain
    assert len(locked) == len(plain) + OVERHEAD
    assert locked != lock(key, plain, context=context)


def test_another_key_use_or_byte_stays_locked() -> None:
    key = new_key()
    locked = lock(key, b"rows", context=b"segment 7")
    attempts = [(new_key(), locked, b"segment 7"), (key, locked, b"segment 8"), (key, locked[:10], b"segment 7")]
    for place in range(len(locked)):
        altered = bytearray(locked)
        altered[place] ^= 1
        attempts.append((key, bytes(altered), b"segment 7"))
    for with_key, data, context in attempts:
        with pytest.raises(CryptoError) as caught:
            unlock(with_key, data, context=context)
        assert caught.value.codes == ("box.locked",)
