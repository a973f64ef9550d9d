"""Each kind of letter comes back as it was written; anything else is refused."""

from __future__ import annotations

import datetime as dt
import json
import traceback
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.agreements.agreement import Reference
from exchange.bundle.letters import (
    LETTER_FILE,
    Acknowledgement,
    BreachNotice,
    Certificate,
    CompelledDisclosure,
    Feedback,
    FilteredBundle,
    GivenUp,
    LetterBody,
    MatchFiltersLetter,
    MatchLinksLetter,
    MatchTokensLetter,
    NetworkSecretLetter,
    NewCard,
    Receipt,
    Refusal,
    Resumption,
    RevocationLetter,
    RightsRequest,
    Suspension,
    Termination,
    UrgentDisclosure,
    Withdrawal,
    read_letter,
    write_letter,
)
from exchange.bundle.match_tables import filters_schema, write_filters, write_links, write_tokens
from exchange.bundle.parcel import Letter, LetterKind, Member
from exchange.crypto.canonical import canonical
from exchange.errors import BundleError

NOW = dt.datetime(2026, 11, 5, 3, 30, tzinfo=dt.UTC)
DIGEST = "sha256:" + "ab" * 32
SECRET = "5ec2e7" * 10 + "abcd"
UNDER = Reference(id="DSA-1", version="1.0.0", digest=DIGEST)
BODIES: tuple[LetterBody, ...] = (
    Receipt(
        kind="receipt",
        bundle="0" * 32,
        ciphertext=DIGEST,
        acknowledged=(Acknowledgement(person="data.officer.1", notices=("caveats",), at=NOW, sshsig="x"),),
        received=NOW,
        checkpoint="log\n1\n",
    ),
    Refusal(kind="refusal", ciphertext=DIGEST, reason="bundle.disagrees", received=NOW),
    Withdrawal(kind="withdrawal", pseudonym="p" + "a" * 26, earlier=("p" + "b" * 26,), erase_by=NOW),
    Certificate(kind="certificate", letter="1" * 32, bundles=(), erased=NOW, reports_erased=2),
    Certificate(kind="certificate", letter=None, bundles=("4" * 32, "5" * 32), erased=NOW, reports_erased=40),
    NetworkSecretLetter(kind="network_secret", network="ntt", epoch="2026", secret=SECRET),
    GivenUp(kind="given_up", bundle="0" * 32, ciphertext=DIGEST, sequence=3, envelope=DIGEST),
    Suspension(kind="suspension", on=NOW.date()),
    Resumption(kind="resumption", on=NOW.date()),
    Termination(kind="termination", on=NOW.date(), ground=None),
    Termination(kind="termination", on=NOW.date(), ground="breach_unreported"),
    RightsRequest(kind="rights_request", right="access", pseudonym="p" + "a" * 26, text="Minta salinan.", asked=NOW),
    UrgentDisclosure(
        kind="urgent_disclosure",
        ground="risk_to_life",
        text="Rekaan.",
        released_by="director.1",
        released=NOW,
        review_by=NOW,
        sshsig="-----BEGIN SSH SIGNATURE-----",
    ),
    CompelledDisclosure(
        kind="compelled_disclosure",
        authority="Pengadilan (rekaan)",
        law="KUHAP",
        asked="Semua",
        given="Jumlah",
        given_on=None,
        not_told_before=None,
    ),
    BreachNotice(
        kind="breach_notice",
        breach="3" * 32,
        noticed=NOW,
        data_exposed="Satu paket",
        when_and_how=None,
        handling_and_recovery=None,
        law_deadline=NOW,
    ),
    Feedback(kind="feedback", period="2026-Q3", figures=None, data_quality="Baik", results=None),
    NewCard(kind="card", card='{"rekaan": true}'),
    RevocationLetter(kind="revocation", revocation='{"rekaan": true}'),
    MatchFiltersLetter(
        kind="match_filters",
        recipient="gt-ntt",
        network="ntt",
        epoch="2026",
        made=NOW,
        bundles=(FilteredBundle(bundle="0" * 32, rows=0),),
    ),
    MatchLinksLetter(kind="match_links", round="6" * 32, made=NOW, bundles=("0" * 32,)),
    MatchTokensLetter(kind="match_tokens", network="ntt", epoch="2027", bundles=("0" * 32,)),
)
TABLES: dict[LetterKind, Member] = {
    "match_filters": write_filters(filters_schema().empty_table()),
    "match_links": write_links([]),
    "match_tokens": write_tokens([]),
}


def letter(body: LetterBody) -> Letter:
    return write_letter(body, "2" * 32, "yks", "gt-ntt", UNDER, TABLES.get(body.kind))


def saying(content: bytes, kind: LetterKind = "receipt") -> Letter:
    table = (TABLES[kind],) if kind in TABLES else ()
    return Letter("2" * 32, kind, "yks", "gt-ntt", UNDER, (Member(LETTER_FILE, content), *table))


def refused(found: Letter) -> None:
    with pytest.raises(BundleError) as refusal:
        read_letter(found)
    assert refusal.value.codes == ("letter.unreadable",)
    assert refusal.value.__context__ is None or refusal.value.__suppress_context__


def test_every_kind_that_can_be_written_is_tried_here() -> None:
    kinds = get_args(get_args(LetterBody)[0])
    assert {type(body) for body in BODIES} == set(kinds)


@pytest.mark.parametrize(
    "name", ["YKS-2026-0001", "yks2026", "3171234567890001", "p" + "1" * 26, "p" + "a2" * 12, "-a"]
)
def test_what_has_digits_and_no_key_made_is_no_pseudonym(name: str) -> None:
    for kept in (name, "p" + "a2" * 13, "Melati", "Bunga-Kecil"):
        said = {"kind": "withdrawal", "pseudonym": kept, "earlier": [], "erase_by": NOW.isoformat()}
        if kept == name:
            refused(saying(canonical(said), "withdrawal"))
        else:
            read_letter(saying(canonical(said), "withdrawal"))


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_that_is_missing_or_another_kind_s_says_nothing(kind: LetterKind) -> None:
    (whole,) = [letter(body) for body in BODIES if body.kind == kind]
    refused(replace(whole, members=whole.members[:1]))
    refused(replace(whole, members=(*whole.members, Member("more.csv", b""))))
    refused(replace(whole, members=(whole.members[0], replace(TABLES[kind], path="other.csv"))))


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.kind)
def test_every_kind_comes_back(body: LetterBody) -> None:
    found = letter(body)
    assert read_letter(found) == body
    assert found.kind == body.kind
    assert letter(body) == found


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.kind)
@pytest.mark.parametrize("kind", get_args(LetterKind))
def test_a_letter_that_says_another_kind_than_its_envelope_is_refused(body: LetterBody, kind: LetterKind) -> None:
    if kind != body.kind:
        refused(replace(letter(body), kind=kind))


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.kind)
def test_more_or_less_than_one_member_is_refused(body: LetterBody) -> None:
    found = letter(body)
    refused(replace(found, members=(*found.members, Member("more.txt", b"x"))))
    refused(replace(found, members=found.members * 2))
    refused(replace(found, members=()))
    refused(replace(found, members=(Member("other.json", found.members[0].content),)))


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.kind)
def test_a_key_more_or_less_is_refused(body: LetterBody) -> None:
    said = body.model_dump(mode="json")
    refused(saying(json.dumps({**said, "more": 1}).encode(), body.kind))
    for key in said:
        refused(saying(json.dumps({k: v for k, v in said.items() if k != key}).encode(), body.kind))


@pytest.mark.parametrize("kind", ["feedback", "breach_notice", "invented"])
def test_a_kind_that_this_version_does_not_know_is_refused(kind: LetterKind) -> None:
    refused(saying(json.dumps({"kind": kind}).encode(), kind))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"kind":' * 50_000,
        b'{"kind":"receipt","kind":"refusal"}',
        b"NaN",
    ],
    ids=range(8),
)
def test_what_is_no_letter_is_refused(content: bytes) -> None:
    refused(saying(content))


def test_half_a_character_is_refused() -> None:
    said = {**BODIES[0].model_dump(mode="json"), "checkpoint": "\ud800"}
    refused(saying(json.dumps(said).encode()))


@pytest.mark.parametrize(
    ("asked", "bundles"), [(None, []), ("1" * 32, ["4" * 32]), (None, ["4" * 32] * 2), (None, ["4" * 31])]
)
def test_a_certificate_is_about_a_withdrawal_or_about_bundles(asked: str | None, bundles: list[str]) -> None:
    said = {"kind": "certificate", "letter": asked, "bundles": bundles, "erased": NOW.isoformat(), "reports_erased": 1}
    refused(saying(json.dumps(said).encode(), "certificate"))


def test_a_time_without_a_zone_is_refused() -> None:
    said = {**BODIES[1].model_dump(mode="json"), "received": "2026-11-05T03:30:00"}
    refused(saying(json.dumps(said).encode(), "refusal"))


def test_a_secret_stands_in_no_message() -> None:
    body = next(each for each in BODIES if isinstance(each, NetworkSecretLetter))
    assert SECRET not in repr(body)
    said = {**body.model_dump(mode="json"), "secret": SECRET + "00"}
    with pytest.raises(BundleError) as refusal:
        read_letter(saying(json.dumps(said).encode(), "network_secret"))
    assert SECRET not in "".join(traceback.format_exception(refusal.value))


@given(st.binary(max_size=60))
def test_no_bytes_bring_a_foreign_exception(content: bytes) -> None:
    with pytest.raises(BundleError):
        read_letter(saying(content))
