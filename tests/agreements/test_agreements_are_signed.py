"""Only the agreed keys, over exactly the agreed text, make an agreement signed."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path

import pytest
from agreements.example import SIGNED_ON, agreement, changed, key, signed
from hypothesis import given
from hypothesis import strategies as st
from needs import needs

from exchange.agreements.reading import read_agreement
from exchange.agreements.signatures import (
    Signature,
    Signatures,
    load_signatures,
    merge,
    sign,
    signatures_path,
    signed_by,
    verify,
)
from exchange.crypto import sshsig
from exchange.crypto.allowed_signers import AllowedSigner, allowed_signers
from exchange.crypto.signing import SigningKey
from exchange.errors import AgreementError
from exchange.keyring.namespaces import AGREEMENT, CARD

SCAN = "sha256:" + "ab" * 32
ALL = ("yks", "gt-ntt", "dinas-p3a", "io-id")


def codes(signatures: Signatures) -> list[str]:
    return [each.code for each in verify(agreement(), signatures)]


def forged(signature: Signature, forger: SigningKey, namespace: str = AGREEMENT, **changes: object) -> Signature:
    """The statement, changed, signed by another key or in another namespace."""
    statement = signature.statement.model_copy(update=changes)
    return Signature(statement=statement, sshsig=sshsig.sign(forger, namespace, statement.message()))


def test_an_agreement_is_signed_when_every_party_has_signed() -> None:
    assert verify(agreement(), signed(agreement())) == ()
    assert signed_by(agreement(), signed(agreement())) == ALL


def test_one_signature_missing_is_named() -> None:
    (problem,) = verify(agreement(), signed(agreement(), "yks", "gt-ntt", "io-id"))
    assert problem.code == "agreement.unsigned"
    assert problem.what == "dinas-p3a has not signed"


def test_a_signature_does_not_count_before_its_day() -> None:
    assert len(verify(agreement(), signed(agreement()), SIGNED_ON - dt.timedelta(days=1))) == 4
    assert verify(agreement(), signed(agreement()), SIGNED_ON) == ()


def test_a_scan_on_paper_is_signed_by_the_partys_key() -> None:
    on_paper = sign(agreement(), "gt-ntt", key("gt-ntt"), SIGNED_ON, scan=SCAN)
    others = signed(agreement(), "yks", "dinas-p3a", "io-id")
    assert verify(agreement(), merge(others, Signatures.of(on_paper))) == ()
    tampered = forged(on_paper, key("gt-ntt")).model_copy(
        update={"statement": on_paper.statement.model_copy(update={"scan": "sha256:" + "00" * 32})}
    )
    assert codes(merge(others, Signatures.of(tampered))) == ["agreement.bad_signature"]


def test_a_party_signs_only_in_an_agreed_way_with_its_own_key() -> None:
    with pytest.raises(AgreementError) as caught:
        sign(agreement(), "yks", key("gt-ntt"), SIGNED_ON, scan=SCAN)
    assert caught.value.codes == ("agreement.wrong_key", "agreement.way_of_signing")
    with pytest.raises(AgreementError) as stranger:
        sign(agreement(), "independent-auditor", key("independent-auditor"), SIGNED_ON)
    assert stranger.value.codes == ("agreement.not_a_signatory",)


def test_nobody_signs_what_contradicts_itself() -> None:
    broken = read_agreement(changed(("due_day: 10", "due_day: 28")), "dsa.yaml")
    with pytest.raises(AgreementError) as caught:
        sign(broken, "yks", key("yks"), SIGNED_ON)
    assert caught.value.codes == ("agreement.deadline",)


def test_forgeries_are_not_signatures() -> None:
    genuine = sign(agreement(), "io-id", key("io-id"), SIGNED_ON)
    backdated = genuine.statement.model_copy(update={"signed_on": dt.date(2026, 1, 1)})
    others = signed(agreement(), "yks", "gt-ntt", "dinas-p3a")
    stranger = SigningKey(b"\x07" * 32)
    forgeries = [
        forged(genuine, stranger),
        forged(genuine, key("yks")),  # another party of the same agreement
        forged(genuine, key("io-id"), CARD),  # a signature made for another kind of thing
        forged(genuine, key("io-id"), scan=SCAN),  # a scan that is not said to be one
        forged(genuine, key("io-id"), by="paper", scan=SCAN),  # paper, which the agreement does not let io-id use
        forged(genuine, key("io-id"), signer="Someone Else"),
        genuine.model_copy(update={"statement": backdated}),
        genuine.model_copy(update={"sshsig": "-----BEGIN SSH SIGNATURE-----"}),
    ]
    for forgery in forgeries:
        assert codes(merge(others, Signatures.of(forgery))) == ["agreement.bad_signature"]
    assert codes(merge(others, Signatures.of(genuine, *forgeries))) == []  # what others add does no harm


def test_a_signature_does_not_carry_over_to_another_text() -> None:
    widened = read_agreement(changed(("keep_months: 24", "keep_months: 60")), "dsa.yaml")
    found = verify(widened, signed(agreement()))
    assert [each.code for each in found] == ["agreement.signed_another_text"] * 4


def test_with_a_key_swapped_in_the_text_the_owner_has_not_signed() -> None:
    intruder = SigningKey(b"\x09" * 32)
    swapped = read_agreement(changed((key("io-id").fingerprint(), intruder.fingerprint())), "dsa.yaml")
    theirs = signed(swapped, "yks", "gt-ntt", "dinas-p3a")
    with pytest.raises(AgreementError):
        sign(swapped, "io-id", key("io-id"), SIGNED_ON)
    assert [each.code for each in verify(swapped, merge(theirs, signed(agreement(), "io-id")))] == [
        "agreement.signed_another_text"
    ]


@given(st.lists(st.sets(st.sampled_from(ALL)), min_size=1, max_size=5), st.randoms())
def test_files_merge_to_the_same_bytes_in_whatever_order(parts: list[set[str]], random: object) -> None:
    files = [Signatures.of(*(sign(agreement(), party, key(party), SIGNED_ON) for party in part)) for part in parts]
    shuffled = list(files)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = Signatures(), Signatures()
    for each in files:
        first = merge(first, each)
    for each in [*shuffled, *files]:
        second = merge(each, second)
    assert first.to_json() == second.to_json()
    assert Signatures.from_json(first.to_json(), "x") == first


def test_the_file_lies_beside_the_agreement(tmp_path: Path) -> None:
    path = signatures_path(tmp_path / "dsa-ntt.yaml")
    assert path == tmp_path / "dsa-ntt.signatures.json"
    assert load_signatures(path) == Signatures()
    path.write_bytes(signed(agreement()).to_json())
    assert load_signatures(path) == signed(agreement())


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"entries":[1]}', b'{"entries":[],"entries":[]}', b"\xff"])
def test_a_damaged_file_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "dsa.signatures.json"
    path.write_bytes(data)
    with pytest.raises(AgreementError) as caught:
        load_signatures(path)
    assert caught.value.codes == ("agreement.signatures_unreadable",)
    assert caught.value.problems[0].where == "dsa.signatures.json"


@needs("ssh-keygen")
def test_ssh_keygen_verifies_a_signature_made_here(tmp_path: Path) -> None:
    signature = sign(agreement(), "yks", key("yks"), SIGNED_ON)
    (tmp_path / "sig").write_text(signature.sshsig, encoding="ascii")
    signer = AllowedSigner("yks", key("yks").verify_key, (AGREEMENT,))
    (tmp_path / "allowed").write_text(allowed_signers([signer]), encoding="ascii")
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "yks", "-n", AGREEMENT, "-s", "sig"]
    good = subprocess.run(command, input=signature.statement.message(), cwd=tmp_path, capture_output=True, check=False)
    assert good.returncode == 0, good.stderr
    other = signature.statement.model_copy(update={"version": "9.9.9"}).message()
    assert subprocess.run(command, input=other, cwd=tmp_path, capture_output=True, check=False).returncode != 0
