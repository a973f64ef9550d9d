"""Entries: a closed list of kinds, canonical bytes, a salt each; no place where a name could stand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
import rfc8785
from pydantic import ValidationError

from exchange.audit.entries import NEEDS, AgreementRef, Counts, Entry, Kind, Opening
from exchange.errors import AuditError

AT = datetime(2026, 10, 3, 7, 8, 9, tzinfo=UTC)
SALT = bytes(range(16))
AGREEMENT = AgreementRef(id="DSA-NTT-2026-004", version="1.1.0", digest="sha256:" + "a" * 64)
DELIVERED = Entry(
    time=AT,
    kind="bundle.delivered",
    party="yks",
    counterpart="gt-ntt",
    agreement=AGREEMENT,
    period="2026-09",
    bundle="0d1f6a0c-5d8e",
    ciphertext="sha256:" + "b" * 64,
    counts=Counts(attempts=2, bytes=262144),
    codes=("transport.retried",),
)


def test_an_opening_is_canonical_json_of_entry_and_salt() -> None:
    opening = Opening(DELIVERED, SALT)
    written = json.loads(opening.data)
    assert rfc8785.dumps(written) == opening.data
    assert written["salt"] == SALT.hex()
    assert written["entry"]["time"] == "2026-10-03T07:08:09Z"
    assert written["entry"]["counts"] == {"attempts": 2, "bytes": 262144}
    assert "person" not in written["entry"]
    assert Opening.read(opening.data) == opening


def test_the_salt_hides_the_entry() -> None:
    assert Opening(DELIVERED, SALT).leaf != Opening(DELIVERED, bytes(16)).leaf


def test_a_moment_is_kept_in_utc_to_the_second() -> None:
    kupang = datetime(2026, 10, 3, 15, 8, 9, 999_999, tzinfo=timezone(timedelta(hours=8)))
    assert Entry(time=kupang, kind="store.merged", party="gt-ntt").time == AT


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError):
        Entry(time=AT.replace(tzinfo=None), kind="store.merged", party="gt-ntt")


@pytest.mark.parametrize(
    "change",
    [
        {"note": "Maria from Kupang"},
        {"party": "Yayasan Kasih"},
        {"bundle": "a path/of.csv"},
        {"codes": ("Maria T.",)},
        {"period": "2026-13"},
        {"period": "٢٠٢٦-10"},
        {"ciphertext": "b" * 64},
        {"person": "Maria"},
        {"counts": {"rows_in": -1}},
        {"counts": {"marias": 1}},
        {"kind": "bundle.leaked"},
        {"remark": "free"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_words_that_could_name_someone_do_not_fit(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        Entry.model_validate(DELIVERED.model_dump(exclude_none=True) | change)
    assert "Maria" not in str(refused.value)


@pytest.mark.parametrize("kind", sorted(NEEDS))
def test_an_entry_that_says_too_little_is_refused(kind: Kind) -> None:
    with pytest.raises(ValidationError):
        Entry(time=AT, kind=kind, party="yks")


def test_what_a_kind_needs_are_fields_of_an_entry() -> None:
    assert set(NEEDS) <= set(get_args(Kind))
    assert {name for names in NEEDS.values() for name in names} <= set(Entry.model_fields)


GOOD = Opening(DELIVERED, SALT).data


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (GOOD[:-1], "audit.entry_unreadable"),
        (GOOD + b"\n", "audit.entry_unreadable"),
        (GOOD.replace(b":", b": ", 1), "audit.entry_unreadable"),
        (GOOD.replace(b"gt-ntt", b"Maria "), "audit.entry_unreadable"),
        (GOOD.replace(b'"kind"', b'"maria":1,"kind"'), "audit.entry_unreadable"),
        (GOOD.replace(b'"kind"', b'"kind":"store.read","kind"'), "audit.entry_unreadable"),
        (GOOD.replace(b"bundle.delivered", b"bundle.teleported"), "audit.entry_future"),
        (GOOD.replace(b"09Z", b"09.000Z"), "audit.entry_unreadable"),
        (b"\xff", "audit.entry_unreadable"),
        (b"[]", "audit.entry_unreadable"),
        (b"", "audit.entry_unreadable"),
    ],
)
def test_bytes_that_are_no_opening_are_refused_without_repeating_them(data: bytes, code: str) -> None:
    with pytest.raises(AuditError) as refused:
        Opening.read(data)
    assert refused.value.codes == (code,)
    assert "aria" not in str(refused.value)
