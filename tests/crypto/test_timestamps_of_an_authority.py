"""OpenSSL's timestamp authority answers what we ask, and whatever is not in order with an answer is refused.

What OpenSSL's own verifier says of each is the measure: nothing is accepted here that it refuses.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import library, needs
from timestamp_authority import (
    NOW,
    STAMPING,
    StampAuthority,
    certified,
    granted,
    openssl,
    refused,
    verified_by_openssl,
    with_elements,
)

from exchange.crypto import timestamp
from exchange.crypto.timestamp import MAX_ANSWER, Authorities, Timestamp, query
from exchange.errors import CryptoError, ExchangeError, UsageError

library("rfc3161_client")
pytestmark = needs("openssl")
MESSAGE = b"what a log says of itself\n"
DAY = dt.timedelta(days=1)
OTHER_USE = (ExtendedKeyUsageOID.SERVER_AUTH,)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> StampAuthority:
    return StampAuthority.founded(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def answer(authority: StampAuthority) -> bytes:
    return authority.answers(query(MESSAGE).data)


def believed(*authorities: StampAuthority) -> Authorities:
    found = Authorities()
    for each in authorities:
        found |= Authorities.of(each.root.pem)
    return found


def refusal(answer: bytes, *authorities: StampAuthority, message: bytes = MESSAGE) -> str:
    """The code with which an answer is refused."""
    with pytest.raises(CryptoError) as caught:
        Timestamp.read(answer).verify(message, believed(*authorities))
    (code,) = caught.value.codes
    return code


# --- what is asked, what is answered ---


def test_openssl_reads_what_we_ask(tmp_path: Path) -> None:
    asked = query(MESSAGE)
    (tmp_path / "asked.tsq").write_bytes(asked.data)
    text = openssl("ts", "-query", "-in", tmp_path / "asked.tsq", "-text")
    assert "Hash Algorithm: sha256" in text
    assert f"Nonce: 0x{asked.nonce:016X}" in text
    assert "Certificate required: yes" in text
    assert query(MESSAGE).nonce != asked.nonce


def test_what_an_authority_answers_is_read_and_verified(authority: StampAuthority) -> None:
    asked = query(MESSAGE)
    answer = authority.answers(asked.data)
    stamp = Timestamp.read(answer)
    stamp.verify(MESSAGE, believed(authority))
    assert verified_by_openssl(MESSAGE, answer, authority)
    assert (stamp.nonce, stamp.authority) == (asked.nonce, "CN=Stempel Contoh")
    assert abs(stamp.time - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)


def test_parts_of_seconds_are_read_and_left_out(authority: StampAuthority) -> None:
    stamp = Timestamp.read(authority.answers(query(MESSAGE).data, "clock_precision_digits = 6"))
    stamp.verify(MESSAGE, believed(authority))
    assert stamp.time.microsecond == 0


def test_a_chain_may_come_in_any_order_or_be_given_by_whoever_verifies(
    authority: StampAuthority, tmp_path: Path
) -> None:
    """Of its certificates a DER set is sorted, and authorities send chains: about half of these are not sorted."""
    for number in range(4):
        between = certified(tmp_path, f"Antara {number}", authority.root)
        own = certified(tmp_path, f"Bawah {number}", between, purposes=STAMPING)
        below = StampAuthority(tmp_path, authority.root, own, between.file)
        answer = below.answers(query(MESSAGE).data)
        Timestamp.read(answer).verify(MESSAGE, believed(authority))
        assert verified_by_openssl(MESSAGE, answer, authority)
        alone = StampAuthority(tmp_path, authority.root, own).answers(query(MESSAGE).data)
        assert refusal(alone, authority) == "timestamp.authority_unknown"
        Timestamp.read(alone).verify(MESSAGE, Authorities.of(authority.root.pem + between.pem))


# --- what is refused ---


def test_a_stamp_of_something_else_is_refused(authority: StampAuthority, answer: bytes) -> None:
    assert refusal(answer, authority, message=MESSAGE + b"\n") == "timestamp.other_message"


def test_another_root_does_not_count_even_under_the_same_name(authority: StampAuthority, tmp_path: Path) -> None:
    namesake = StampAuthority.founded(tmp_path / "namesake")
    answer = namesake.answers(query(MESSAGE).data)
    assert refusal(answer, authority) == "timestamp.authority_unknown"
    Timestamp.read(answer).verify(MESSAGE, believed(authority, namesake))


@pytest.mark.parametrize(
    ("purposes", "critical", "since", "until"),
    [
        (OTHER_USE, True, -DAY, DAY),
        ((*STAMPING, *OTHER_USE), True, -DAY, DAY),
        (STAMPING, False, -DAY, DAY),
        (STAMPING, True, -2 * DAY, -DAY),
        (STAMPING, True, DAY, 2 * DAY),
    ],
    ids=["another purpose", "one purpose more", "not critical", "expired", "not yet valid"],
)
def test_a_certificate_that_was_not_for_this_is_refused(
    authority: StampAuthority,
    answer: bytes,
    tmp_path: Path,
    purposes: tuple[x509.ObjectIdentifier, ...],
    critical: bool,
    since: dt.timedelta,
    until: dt.timedelta,
) -> None:
    wrong = certified(
        tmp_path, "Lain", authority.root, purposes=purposes, critical=critical, since=NOW + since, until=NOW + until
    )
    signed = StampAuthority(tmp_path, authority.root, wrong).signs(answer)
    assert refusal(signed, authority) == "timestamp.wrong"
    assert not verified_by_openssl(MESSAGE, signed, authority)


def test_the_same_made_with_the_right_certificate_is_accepted(authority: StampAuthority, answer: bytes) -> None:
    """So that what is refused above is refused for its certificate, not for how the test made it."""
    signed = authority.signs(answer)
    Timestamp.read(signed).verify(MESSAGE, believed(authority))
    assert verified_by_openssl(MESSAGE, signed, authority)


def test_a_certificate_that_expired_since_was_valid_when_it_stamped(authority: StampAuthority, tmp_path: Path) -> None:
    """The time of the stamp counts, not that of whoever verifies."""
    old = certified(tmp_path, "Dulu", authority.root, purposes=STAMPING, since=NOW - 20 * DAY, until=NOW - 5 * DAY)
    today = authority.answers(query(MESSAGE).data)
    stamp = Timestamp.read(StampAuthority(tmp_path, authority.root, old).signs(today, at=NOW - 9 * DAY))
    stamp.verify(MESSAGE, believed(authority))
    assert stamp.time == NOW - 9 * DAY


def test_whoever_has_another_certificate_of_the_same_root_cannot_show_one_for_stamps_beside_it(
    authority: StampAuthority, answer: bytes, tmp_path: Path
) -> None:
    """Two certificates of one issuer and number in one answer: neither is taken for the signer's."""
    server = certified(tmp_path, "Server", authority.root, purposes=OTHER_USE, serial=4242)
    stranger = certified(tmp_path, "Stempel Contoh Root")
    forged = certified(tmp_path, "Palsu", stranger, purposes=STAMPING, serial=4242)
    signed = StampAuthority(tmp_path, authority.root, server).signs(answer)
    genuine, beside = (each.certificate.public_bytes(serialization.Encoding.DER) for each in (server, forged))
    assert genuine in signed
    for both in (genuine + beside, beside + genuine):
        assert refusal(with_elements(signed, genuine, both), authority) == "timestamp.malformed"
    assert refusal(with_elements(signed, genuine, beside), authority) in {
        "timestamp.authority_unknown",
        "timestamp.wrong",
    }


def test_what_is_signed_must_name_the_certificate(authority: StampAuthority, answer: bytes, tmp_path: Path) -> None:
    """Else another certificate of the same key could stand in its place, as here one that is valid for longer."""
    unnamed = authority.signs(answer, named=False)
    assert refusal(unnamed, authority) == "timestamp.wrong"
    assert not verified_by_openssl(MESSAGE, unnamed, authority)
    own = authority.own
    longer = (
        x509.CertificateBuilder(
            own.certificate.issuer,
            own.certificate.subject,
            own.key.public_key(),
            own.certificate.serial_number,
            own.certificate.not_valid_before_utc,
            own.certificate.not_valid_after_utc + DAY,
            [*own.certificate.extensions],
        )
        .sign(authority.root.key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    exchanged = with_elements(answer, own.certificate.public_bytes(serialization.Encoding.DER), longer)
    assert refusal(exchanged, authority) == "timestamp.wrong"
    assert not verified_by_openssl(MESSAGE, exchanged, authority)


@pytest.mark.parametrize("algorithm", ["sha1", "sha384", "sha512"])
def test_it_may_be_named_by_any_hash_that_the_standard_has(authority: StampAuthority, algorithm: str) -> None:
    named = authority.answers(query(MESSAGE).data, f"ess_cert_id_alg = {algorithm}")
    Timestamp.read(named).verify(MESSAGE, believed(authority))


def test_an_answer_without_the_authority_s_certificate_is_refused(authority: StampAuthority, answer: bytes) -> None:
    assert refusal(authority.signs(answer, certificates=False), authority) == "timestamp.no_certificate"


@pytest.mark.parametrize("status", [1, 2, 3, 5, 255])
def test_a_status_that_is_not_granted_is_refused(authority: StampAuthority, status: int) -> None:
    assert refusal(refused(status), authority) == ("timestamp.refused" if status < 128 else "timestamp.malformed")


def test_what_the_authority_itself_rejects_is_refused(authority: StampAuthority) -> None:
    asked = query(MESSAGE).data.replace(
        bytes.fromhex("0609608648016503040201"), bytes.fromhex("0609608648016503040202")
    )
    assert refusal(authority.answers(asked), authority) == "timestamp.refused"


def test_a_stamp_by_another_hash_is_refused(authority: StampAuthority, tmp_path: Path) -> None:
    (tmp_path / "message").write_bytes(MESSAGE)
    openssl("ts", "-query", "-data", tmp_path / "message", "-sha512", "-cert", "-out", tmp_path / "asked.tsq")
    answer = authority.answers((tmp_path / "asked.tsq").read_bytes())
    assert refusal(answer, authority) == "timestamp.malformed"


def test_a_token_that_is_no_timestamp_is_refused(authority: StampAuthority, answer: bytes) -> None:
    """Signed by the authority, of another kind: its word on something else is no word on a time."""
    stamp_info, data = (bytes.fromhex(each) for each in ("060b2a864886f70d0109100104", "060b2a864886f70d0109100106"))
    assert refusal(answer.replace(stamp_info, data), authority) == "timestamp.malformed"


@pytest.mark.parametrize("content", [b"", b"\x30", b"\x30\x80", b"\xff" * 100, b"\x30\x84" + b"\xff" * 60])
def test_what_is_no_answer_is_refused(authority: StampAuthority, content: bytes) -> None:
    assert refusal(content, authority) == "timestamp.malformed"


def test_an_answer_that_is_too_long_is_refused_unread(authority: StampAuthority, answer: bytes) -> None:
    for long in (answer + bytes(MAX_ANSWER), granted(bytes(10_000_000)), b"\x30" * 10_000_000):
        assert refusal(long, authority) == "timestamp.malformed"


def test_many_certificates_cost_nobody_a_day(authority: StampAuthority, answer: bytes, tmp_path: Path) -> None:
    own = authority.own.certificate.public_bytes(serialization.Encoding.DER)
    more = [certified(tmp_path, "Sama").certificate.public_bytes(serialization.Encoding.DER) for _each in range(12)]
    assert refusal(with_elements(answer, own, own + b"".join(more)), authority) == "timestamp.malformed"


def test_no_key_is_tried_that_nobody_who_is_believed_has_certified(
    authority: StampAuthority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger's chain under one name, each link with a key that may take long: only the roots' own are tried."""
    tried: list[object] = []
    may_issue = timestamp._may_issue

    def noted(key: object) -> bool:
        tried.append(key)
        return may_issue(key)

    stranger = certified(tmp_path, "Stempel Contoh Root")
    between = certified(tmp_path, "Antara", stranger)
    below = certified(tmp_path, "Antara", between)
    own = certified(tmp_path, "Asing", below, purposes=STAMPING)
    chain = tmp_path / "chain.pem"
    chain.write_bytes(between.pem + below.pem + stranger.pem)
    answer = StampAuthority(tmp_path, stranger, own, chain).answers(query(MESSAGE).data)
    roots = believed(authority)
    monkeypatch.setattr(timestamp, "_may_issue", noted)
    with pytest.raises(CryptoError) as caught:
        Timestamp.read(answer).verify(MESSAGE, roots)
    assert caught.value.codes == ("timestamp.authority_unknown",)
    assert tried
    assert all(key == authority.root.key.public_key() for key in tried)


@pytest.mark.parametrize(
    ("key", "may"),
    [
        (rsa.RSAPublicNumbers(65537, 2**2048 - 1).public_key(), True),
        (rsa.RSAPublicNumbers(2**32 - 1, 2**8192 - 1).public_key(), True),
        (rsa.RSAPublicNumbers(2**32 + 1, 2**2048 - 1).public_key(), False),
        (rsa.RSAPublicNumbers(2**2000 + 1, 2**2048 - 1).public_key(), False),
        (rsa.RSAPublicNumbers(65537, 2**8193 - 1).public_key(), False),
        (ec.generate_private_key(ec.SECP384R1()).public_key(), True),
        (ec.generate_private_key(ec.BrainpoolP512R1()).public_key(), True),
        (ed25519.Ed25519PrivateKey.generate().public_key(), True),
        (dsa.generate_private_key(2048).public_key(), False),
        (None, False),
    ],
    ids=lambda each: "" if isinstance(each, bool) else type(each).__name__,
)
def test_a_key_that_takes_long_certifies_nobody(key: object, may: bool) -> None:
    assert timestamp._may_issue(key) is may


def test_a_root_with_a_key_that_takes_long_is_none() -> None:
    key = dsa.generate_private_key(2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lambat")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 7, NOW - DAY, NOW + DAY).sign(key, hashes.SHA256())
    with pytest.raises(CryptoError) as caught:
        Authorities.of(made.public_bytes(serialization.Encoding.PEM))
    assert caught.value.codes == ("timestamp.root",)


@pytest.mark.parametrize("cut", [1, 3, 20, 100, 400, 800])
def test_an_answer_that_is_cut_off_is_refused(authority: StampAuthority, answer: bytes, cut: int) -> None:
    assert refusal(answer[:-cut], authority) == "timestamp.malformed"
    assert refusal(answer[: len(answer) // 2 + cut // 2], authority) == "timestamp.malformed"


@settings(max_examples=400, deadline=None)
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_single_bit_can_be_changed_unless_openssl_does_not_mind_either(
    authority: StampAuthority, answer: bytes, place: int, bit: int
) -> None:
    """Some bits of an answer are under no signature; whatever else is changed is refused, with our own error."""
    changed = bytearray(answer)
    changed[place % len(answer)] ^= 1 << bit
    try:
        Timestamp.read(bytes(changed)).verify(MESSAGE, believed(authority))
    except ExchangeError:
        return
    assert verified_by_openssl(MESSAGE, bytes(changed), authority)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_is_crafted_only_our_own_errors_come(
    authority: StampAuthority, answer: bytes, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(answer)))
    end = data.draw(st.integers(start, min(len(answer), start + 60)))
    put = data.draw(st.one_of(st.binary(max_size=60), st.just(answer[end : end + 200])))
    with contextlib.suppress(ExchangeError):
        Timestamp.read(answer[:start] + put + answer[end:]).verify(MESSAGE, believed(authority))


def test_a_name_is_one_line_however_it_was_certified(authority: StampAuthority, answer: bytes, tmp_path: Path) -> None:
    """It is shown to people before anybody knows whose it is."""
    liar = certified(tmp_path, "A\nnothing is wrong\r\n" + "x" * 40, authority.root, purposes=STAMPING)
    name = Timestamp.read(StampAuthority(tmp_path, authority.root, liar).signs(answer)).authority
    assert name.startswith("CN=A nothing is wrong x")
    assert name.isprintable()


@pytest.mark.parametrize("unseen", ["\u202e", "\x1b[2J", "\u009b31m", "\u200f", "\u2066", "\x07", "\ue000"])
def test_a_name_turns_no_line_around_and_commands_no_terminal(
    authority: StampAuthority, answer: bytes, tmp_path: Path, unseen: str
) -> None:
    liar = certified(tmp_path, f"A{unseen}B", authority.root, purposes=STAMPING)
    name = Timestamp.read(StampAuthority(tmp_path, authority.root, liar).signs(answer)).authority
    assert name == f"CN=A?{unseen[1:]}B"


# --- whom somebody believes ---


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\n", b"\x30\x82\x01", b"x" * 1000])
def test_what_is_no_root_is_refused(content: bytes) -> None:
    with pytest.raises(CryptoError) as caught:
        Authorities.of(content)
    assert caught.value.codes == ("timestamp.root",)


def test_a_certificate_that_is_no_root_is_not_taken_for_one(authority: StampAuthority) -> None:
    with pytest.raises(CryptoError) as caught:
        Authorities.of(authority.own.pem)
    assert caught.value.codes == ("timestamp.root",)


def test_who_has_not_installed_the_extra_is_told_how(
    monkeypatch: pytest.MonkeyPatch, authority: StampAuthority
) -> None:
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    for call in (lambda: query(MESSAGE), lambda: Timestamp.read(b""), lambda: Authorities.of(authority.root.pem)):
        with pytest.raises(UsageError) as caught:
            call()
        assert caught.value.codes == ("timestamp.not_installed",)
        assert "requirements-timestamps.lock" in caught.value.problems[0].hint


def test_a_panic_of_the_library_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    class Panic(BaseException):
        """What Rust raises through Python is no Exception."""

    class Library:
        def decode_timestamp_response(self, _answer: bytes) -> None:
            raise Panic

    monkeypatch.setattr(timestamp, "_library", Library)
    with pytest.raises(CryptoError) as caught:
        Timestamp.read(refused())
    assert caught.value.codes == ("timestamp.malformed",)
