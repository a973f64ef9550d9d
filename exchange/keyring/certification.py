"""Certifications: one person of a card, signed by the root key alone, small enough to lie beside what the person signs.

    certification = issue_certification(identity, person)
    check_certification(certification, "yks", fingerprint)      # the root's, as an agreement names it

A card holds all keys of a party and is replaced by the next; whoever judges a signature years later needs only what its
root said of the one person who signed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationError

from exchange.crypto.canonical import canonical, parse
from exchange.crypto.signing import VerifyKey
from exchange.crypto.sshsig import MAX_TEXT, sign, verify
from exchange.errors import CryptoError
from exchange.keyring.identity import Identity
from exchange.keyring.namespaces import PERSON
from exchange.keyring.refusals import misshapen, refused
from exchange.keyring.shapes import PartyId, Person, PublicKeyText, Shape
from exchange.locale import _


class Certification(Shape):
    """What the root key of a party says of one person."""

    format: Literal[1]
    party: PartyId
    root: PublicKeyText
    person: Person

    def message(self) -> bytes:
        """The bytes that are signed: canonical JSON (RFC 8785)."""
        return canonical(self.model_dump(mode="json"))


class SignedCertification(Shape):
    """A certification and the SSH signature over it, armored. It has not been verified: `check_certification` does."""

    certification: Certification
    signature: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]

    @property
    def person(self) -> Person:
        return self.certification.person

    def to_bytes(self) -> bytes:
        return canonical(self.model_dump(mode="json")) + b"\n"


def issue_certification(identity: Identity, person: Person) -> SignedCertification:
    """What our root says of `person`."""
    root = identity.root.verify_key.openssh()
    certification = Certification(format=1, party=identity.party, root=root, person=person)
    return SignedCertification(
        certification=certification, signature=sign(identity.root, PERSON, certification.message())
    )


def read_certification(data: bytes) -> SignedCertification:
    """What `to_bytes` wrote, not yet verified. KeyringError (person.bad_certification)."""
    try:
        return SignedCertification.model_validate_json(canonical(parse(data)))
    except ValidationError as error:
        raise misshapen("person.bad_certification", error) from None
    except CryptoError:
        raise refused("person.bad_certification", _("this is not the certification of a person")) from None


def check_certification(signed: SignedCertification, party: str, fingerprint: str) -> Person:
    """The person, if `party`, whose root key has that fingerprint, really certified them. KeyringError
    (person.bad_certification)."""
    certification = signed.certification
    root = VerifyKey.from_openssh(certification.root)
    try:
        verify(signed.signature, PERSON, certification.message(), [root])
    except CryptoError:
        what = _("the certification of this person is not signed by the root key of {party}").format(party=party)
        raise refused("person.bad_certification", what) from None
    if certification.party != party or root.fingerprint() != fingerprint:
        what = _("this person is certified by somebody else than {party}").format(party=party)
        raise refused("person.bad_certification", what)
    return certification.person
