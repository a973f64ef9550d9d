"""A paper proves who signed a letter, long after its sealed file is gone; changed in any byte it proves nothing."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from needs import needs
from seal.parties import AGREEMENT, DAY, NOW, RECIPIENT, SENDER, Party, bundle

from exchange import seal
from exchange.bundle.letters import Certificate, Receipt, write_letter
from exchange.bundle.parcel import Letter
from exchange.crypto.signing import VerifyKey
from exchange.crypto.sshsig import sign
from exchange.errors import BundleError, CryptoError, SealError
from exchange.keyring.namespaces import LETTER
from exchange.keyring.signers_file import signers_file
from exchange.seal import layout, ustar
from exchange.seal.layout import Front
from exchange.seal.paper import MAX_PAPER, cut, read_paper, signer_of

RECEIPT = Receipt(
    kind="receipt",
    bundle="3" * 32,
    ciphertext="sha256:" + "c" * 64,
    acknowledged=(),
    received=NOW,
    checkpoint="yks.ntt/exchange-log\n64\n…\n",
)


def said(body: Receipt | Certificate = RECEIPT, showing: bytes = b"") -> Letter:
    return write_letter(body, "7" * 32, SENDER, RECIPIENT, AGREEMENT, showing=showing)


def signers(party: Party) -> tuple[VerifyKey, ...]:
    return tuple(key.secret.verify_key for key in party.identity.signing_keys)


@pytest.fixture
def paper(sender: Party, recipient: Party) -> bytes:
    kept = cut(recipient.open(sender.send(said())[0]))
    assert kept is not None
    return kept


def test_it_says_what_the_letter_said_and_who_signed_it(sender: Party, recipient: Party, paper: bytes) -> None:
    read = read_paper(paper)
    assert (read.body, read.envelope.sender, read.envelope.id) == (RECEIPT, SENDER, "7" * 32)
    assert signer_of(read, signers(sender)) == sender.identity.signing_key(NOW.date()).verify_key
    with pytest.raises(CryptoError, match="may not sign this"):
        signer_of(read, signers(recipient))
    assert len(paper) < 5000, "the zeros of its step are left out"


def test_whatever_byte_of_it_is_changed_it_proves_nothing(sender: Party, paper: bytes) -> None:
    keys = signers(sender)
    for place in range(len(paper)):
        changed = bytearray(paper)
        changed[place] ^= 1 << place % 8
        with pytest.raises((SealError, BundleError, CryptoError)):
            signer_of(read_paper(bytes(changed)), keys)


def test_cut_elsewhere_or_with_something_behind_it_is_none(paper: bytes) -> None:
    for spoiled in (*(paper[:end] for end in range(len(paper))), paper + b"\0", paper + bytes(512), paper + b"more"):
        with pytest.raises(SealError):
            read_paper(spoiled)


@pytest.mark.parametrize("size", [2 * 1024**3, 2 * 1024**2, 512])
def test_what_says_that_it_was_huge_or_tiny_is_not_made_so(paper: bytes, size: int) -> None:
    """No memory and no time for zeros that a stranger's header promises."""
    place = paper.index(b"payload.tar\0")
    header = ustar.encode(ustar.Entry("payload.tar", size, int(NOW.timestamp())))
    with pytest.raises(SealError) as refused:
        read_paper(paper[:place] + header + paper[place + len(header) :])
    assert refused.value.codes == ("seal.layout",)


def test_members_of_another_time_than_the_envelopes_are_no_letters(sender: Party, paper: bytes) -> None:
    """An opener of the sealed file would have refused it, whoever signed it."""
    for later, fits in ((0, True), (1, False)):
        read, mtime = read_paper(paper), int(NOW.timestamp()) + later
        payload = [*layout.payload_blocks(said().members, mtime, layout.payload_size(said().members))]
        sums = layout.sums(read.front.envelope, payload)
        signature = sign(sender.identity.signing_key(NOW.date()), LETTER, sums).encode()
        front = Front(sums, signature, read.front.envelope, sum(map(len, payload)), mtime)
        made = b"".join(layout.archive_blocks(front, payload)).rstrip(b"\0")
        if fits:
            assert read_paper(made).body == RECEIPT
        else:
            with pytest.raises(SealError, match="time is not the envelope's"):
                read_paper(made)


def test_a_bundle_leaves_none_and_a_letter_that_is_too_large_neither(sender: Party, recipient: Party) -> None:
    whole = cut(recipient.open(sender.send(bundle())[0]))
    assert whole is not None
    with pytest.raises(SealError) as refused:
        read_paper(whole)
    assert refused.value.codes == ("seal.wrong_kind",)
    assert cut(recipient.open(sender.send(said(showing=b"x" * MAX_PAPER))[0])) is None
    assert cut(recipient.open(sender.send(said(showing=b"x" * 1024**2))[0])) is None
    with pytest.raises(SealError, match="larger"):
        read_paper(bytes(MAX_PAPER + 1))


def test_the_largest_certificate_has_room(sender: Party, recipient: Party) -> None:
    ids = tuple(f"{number:032x}" for number in range(1000))
    body = Certificate(kind="certificate", letter=None, bundles=ids, erased=NOW, reports_erased=10**6)
    kept = cut(recipient.open(sender.send(said(body, b"x" * 64 * 1024))[0]))
    assert kept is not None
    assert read_paper(kept).body == body


@needs("ssh-keygen", "tar", "sha256sum", "truncate")
def test_stock_tools_verify_it_as_the_text_says(recipient: Party, paper: bytes, tmp_path: Path) -> None:
    text = (Path(seal.__file__).parent / "FORMAT.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"`(truncate [^`]*)`", text)
    (tmp_path / "DIGEST.paper").write_bytes(paper)
    (tmp_path / "allowed_signers").write_text(signers_file([recipient.cards.get(SENDER, DAY).signed]), encoding="utf-8")
    for each in (
        command,
        "tar -xf DIGEST.paper SHA256SUMS SHA256SUMS.sig envelope.json payload.tar",
        f"ssh-keygen -Y verify -f allowed_signers -I {SENDER} -n {LETTER} -s SHA256SUMS.sig < SHA256SUMS",
        "sha256sum --strict -c SHA256SUMS && tar -xf payload.tar letter.json",
    ):
        run = subprocess.run(each, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S602  # as a person types it
        assert run.returncode == 0, (each, run.stderr)
    assert Receipt.model_validate_json((tmp_path / "letter.json").read_bytes()) == RECEIPT
