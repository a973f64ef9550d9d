"""Signatures under an agreement, in a file beside its YAML that travels by e-mail or stick.

A party signs a statement: this agreement, this version, exactly this digest, on this day. It is signed with the root
key whose fingerprint the agreement itself names, or by a person whom that key certifies (`signers.py`), as an SSH
signature over the statement's canonical JSON, so that `ssh-keygen -Y verify` checks it without this program. A
signature on paper is the same with the digest of the scan, by the root key alone.

Files of signatures merge without conflict: the result is all of them, whoever merges, in whatever order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, cast

from pydantic import Field as Attribute
from pydantic import ValidationError

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.clause import AgreementId, Clause, Digest, Line, PartyId, Version
from exchange.agreements.crosschecks import check_agreement
from exchange.agreements.parties import Signatory
from exchange.agreements.signers import objections_to
from exchange.crypto import sshsig
from exchange.crypto.canonical import Json, canonical, parse
from exchange.crypto.signing import Signer, VerifyKey
from exchange.errors import AgreementError, CryptoError, Problem
from exchange.keyring import namespaces
from exchange.keyring.certification import SignedCertification
from exchange.keyring.shapes import RevokedKey
from exchange.locale import _

SUFFIX = ".signatures.json"
_MAX_BYTES = 1024 * 1024  # a longer file loses its end, and so is no JSON

By: TypeAlias = Literal["key", "paper"]


class Statement(Clause):
    """What is signed. `scan`: the digest of the scanned page, for a signature on paper alone."""

    id: AgreementId
    version: Version
    digest: Digest
    party: PartyId
    by: By
    signer: Line
    title: Line
    signed_on: dt.date
    scan: Digest | None = None

    @property
    def reference(self) -> Reference:
        return Reference(id=self.id, version=self.version, digest=self.digest)

    def message(self) -> bytes:
        """The bytes that are signed: canonical JSON (RFC 8785), absent keys left out."""
        return canonical(self.model_dump(mode="json", exclude_none=True))


class Signature(Clause):
    """A statement and the SSH signature over it, armored. `certification`: the root's word on the person who signed;
    None where the root key itself signed."""

    statement: Statement
    certification: SignedCertification | None = None
    sshsig: Annotated[str, Attribute(min_length=1, max_length=sshsig.MAX_TEXT)]

    @property
    def party(self) -> PartyId:
        return self.statement.party

    def _order(self) -> tuple[str, str, bytes, str, bytes]:
        certification = self.certification.to_bytes() if self.certification else b""
        return self.party, self.statement.version, self.statement.message(), self.sshsig, certification


class Signatures(Clause):
    """The signatures of one file: each once, in one order. Nothing here has been verified."""

    signatures: Literal[1] = 1  # version of this file's format
    entries: Annotated[tuple[Signature, ...], Attribute(max_length=1000)] = ()

    @classmethod
    def of(cls, *signatures: Signature) -> Signatures:
        return cls(entries=tuple(sorted(set(signatures), key=Signature._order)))

    def to_json(self) -> bytes:
        return canonical(self.model_dump(mode="json", exclude_none=True)) + b"\n"

    @classmethod
    def from_json(cls, data: bytes, file: str) -> Signatures:
        """The signatures in `data`; `file` names it in messages. AgreementError (agreement.signatures_unreadable)."""
        try:
            return _parsed(data[:_MAX_BYTES])
        except (CryptoError, ValidationError):
            hint = _("ask the sender for the file of signatures again")
            raise AgreementError(
                Problem("agreement.signatures_unreadable", _("this is not a file of signatures"), file, hint)
            ) from None


@lru_cache(maxsize=16)
def _parsed(data: bytes) -> Signatures:
    """The same bytes are parsed once in a process: one command asks many times what is signed."""
    return Signatures.of(*Signatures.model_validate_json(canonical(parse(data))).entries)


def merge(first: Signatures, second: Signatures) -> Signatures:
    """All signatures of both, each once."""
    return Signatures.of(*first.entries, *second.entries)


def without_revoked(signatures: Signatures, revoked: Callable[[PartyId], Iterable[RevokedKey]]) -> Signatures:
    """Those that still count once a party has revoked keys: made with another key, or on a day before. `revoked`: the
    keys that a party has revoked. A signature bears no time but the day that its signer wrote, so one that comes later
    under an earlier day must not be taken in at all: `revoked_for`."""
    counted = [
        each
        for each in signatures.entries
        if not any(one.since.date() <= each.statement.signed_on for one in revoked_for(each, revoked(each.party)))
    ]
    return signatures if len(counted) == len(signatures.entries) else Signatures.of(*counted)


def revoked_for(signature: Signature, revoked: Iterable[RevokedKey]) -> tuple[RevokedKey, ...]:
    """Of the revoked keys the one that made this signature, as its file says; nothing if none did."""
    revoked = tuple(revoked)
    if not revoked:
        return ()
    try:
        key = sshsig.claimed_signer(signature.sshsig).openssh()
    except CryptoError:  # it counts for nothing in any case
        return ()
    return tuple(each for each in revoked if each.key == key)


def signatures_path(agreement: Path) -> Path:
    """Where the signatures of the agreement in this file lie: beside it, `dsa.yaml` → `dsa.signatures.json`."""
    return agreement.with_suffix(SUFFIX)


def load_signatures(path: Path) -> Signatures:
    """The signatures in the file at `path`; none where there is no such file. AgreementError as of `from_json`."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return Signatures()
    except OSError:
        raise AgreementError(Problem("agreement.no_file", _("the file cannot be opened"), where=path.name)) from None
    return Signatures.from_json(data, path.name)


def sign(
    agreement: Agreement,
    party: PartyId,
    key: Signer,
    on: dt.date,
    *,
    scan: Digest | None = None,
    certification: SignedCertification | None = None,
) -> Signature:
    """The signature of `party` on the day `on`, with its root key, or with that of the person of `certification`; with
    `scan`, of the page that was signed on paper.

    Nobody signs what cannot be carried out: AgreementError with all that `check_agreement` finds. Also
    agreement.not_a_signatory, agreement.way_of_signing (on paper or by key, where the agreement does not allow it; a
    person on paper), and the codes of `signers.objections_to`.
    """
    AgreementError.raise_all(check_agreement(agreement))
    signatory, root = _signatory(agreement, party), agreement.party(party).key
    by: By = "paper" if scan else "key"
    AgreementError.raise_all(
        [
            *objections_to(key.verify_key, certification, signatory, root, on),
            *_to_the_way(signatory, by, certification),
        ]
    )
    statement = Statement(
        **Reference.to(agreement).model_dump(),
        party=party,
        by=by,
        signer=signatory.name,
        title=signatory.title,
        signed_on=on,
        scan=scan,
    )
    made = sshsig.sign(key, namespaces.AGREEMENT, statement.message())
    return Signature(statement=statement, certification=certification, sshsig=made)


def verify(agreement: Agreement, signatures: Signatures, on: dt.date | None = None) -> tuple[Problem, ...]:
    """Why the agreement is not signed; empty if every party that must sign has signed exactly this text.

    With `on`, signatures of a later day do not count. One valid signature of a party is enough: what else stands in
    the file, anyone may have added. Codes: agreement.unsigned, agreement.signed_another_text,
    agreement.bad_signature.
    """
    reference, signed = Reference.to(agreement), signed_by(agreement, signatures, on)
    return tuple(_unsigned(reference, each, signatures) for each in agreement.signatories if each.party not in signed)


def signed_by(agreement: Agreement, signatures: Signatures, on: dt.date | None = None) -> tuple[PartyId, ...]:
    """The parties whose signature under exactly this text is valid, in the order of the signatories."""
    reference, keys = Reference.to(agreement), {party.id: party.key for party in agreement.parties}
    counted = [
        each
        for each in signatures.entries
        if each.statement.reference == reference and (on is None or each.statement.signed_on <= on)
    ]
    return tuple(
        signatory.party
        for signatory in agreement.signatories
        if any(_is_valid(each, signatory, keys.get(signatory.party)) for each in counted)
    )


def _is_valid(signature: Signature, signatory: Signatory, root: str | None) -> bool:
    """Whether this signature is the signatory's, in an agreed way, by the key with the fingerprint `root`, or by a
    person whom it certifies."""
    statement, certification = signature.statement, signature.certification
    if (
        root is None
        or (statement.party, statement.signer, statement.title) != (signatory.party, signatory.name, signatory.title)
        or any(_to_the_way(signatory, statement.by, certification))
        or (statement.by == "paper") != (statement.scan is not None)
    ):
        return False
    key = _maker(signature.sshsig, statement.message())
    return key is not None and not any(objections_to(key, certification, signatory, root, statement.signed_on))


@lru_cache(maxsize=256)
def _maker(signature: str, message: bytes) -> VerifyKey | None:
    """The key that made an SSH signature over a message; None where it does not fit. One command asks many times."""
    try:
        key = sshsig.claimed_signer(signature)
        sshsig.verify(signature, namespaces.AGREEMENT, message, [key])
    except CryptoError:
        return None
    return key


def _signatory(agreement: Agreement, party: PartyId) -> Signatory:
    for each in agreement.signatories:
        if each.party == party:
            return each
    raise AgreementError(
        Problem("agreement.not_a_signatory", _("{party} does not sign this agreement").format(party=party))
    )


def _to_the_way(signatory: Signatory, by: By, certification: SignedCertification | None) -> Iterator[Problem]:
    """Why it cannot be signed in this way. That a page was signed by hand is for the party to say, by its root key."""
    if by not in signatory.by or (by == "paper" and certification is not None):
        what = _("the agreement does not let {party} sign in this way").format(party=signatory.party)
        ways = ", ".join(signatory.by)
        yield Problem("agreement.way_of_signing", what, hint=_("allowed: {ways}").format(ways=ways))


def _unsigned(reference: Reference, signatory: Signatory, signatures: Signatures) -> Problem:
    party = signatory.party
    theirs = [each for each in signatures.entries if each.party == party]
    if any(each.statement.reference == reference for each in theirs):
        what, code = _("the signature of {party} is not valid"), "agreement.bad_signature"
    elif theirs:
        what, code = _("{party} has signed another text or version"), "agreement.signed_another_text"
    else:
        what, code = _("{party} has not signed"), "agreement.unsigned"
    hint = _("ask {party} to sign version {version}").format(party=party, version=reference.version)
    return Problem(code, what.format(party=party), hint=hint)


def as_json(signature: Signature) -> Json:
    """One signature as JSON, for a letter or a log."""
    return cast(Json, signature.model_dump(mode="json", exclude_none=True))
