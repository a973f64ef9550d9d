"""Acknowledgements: a person of a recipient has read what must be known of one bundle, before its rows were shown.

The person signs a statement – under which agreement, of whom, to whom, which bundle, the digest of its sealed file,
which notices, who, when – with a key of their own, as an SSH signature over the statement's canonical JSON. With the
files that `exchange card export` writes, stock OpenSSH checks what either side keeps of it:

    ssh-keygen -Y verify -f allowed_signers -I gt-ntt/data.officer.1 -n data-sharing-exchange/acknowledgement/v1 \
        -s data.officer.1.20261006T010000Z.sig < data.officer.1.20261006T010000Z.json

The digest fixes the words that were read: they stand in that file. An acknowledgement counts if it is signed by
somebody whom the recipient's card certifies with the role `open` on that day. That somebody may open what comes under
the agreement is another question (`exchange.agreements.access`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator
from pydantic import Field as Attribute

from exchange.agreements.agreement import Reference
from exchange.agreements.clause import Clause, Code, Digest, PartyId, PersonId, no_repeats
from exchange.crypto import sshsig
from exchange.crypto.canonical import canonical
from exchange.crypto.signing import Signer
from exchange.errors import CryptoError, Problem
from exchange.keyring.namespaces import ACKNOWLEDGEMENT
from exchange.keyring.shapes import Person, Role
from exchange.locale import _

ROLE: Role = "open"


def _whole_second_in_utc(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone")
    return moment.astimezone(dt.UTC).replace(microsecond=0)


class Arrived(Clause):
    """One bundle as it came to one recipient."""

    agreement: Reference
    sender: PartyId
    recipient: PartyId
    bundle: Annotated[str, Attribute(pattern=r"^[0-9a-f]{32}$")]
    ciphertext: Digest


class Acknowledged(Clause):
    """What is signed by a person of the recipient. `acknowledgement`: the version of this format."""

    acknowledgement: Literal[1] = 1
    arrived: Arrived
    notices: Annotated[tuple[Code, ...], Attribute(min_length=1, max_length=3), AfterValidator(no_repeats)]
    person: PersonId
    at: Annotated[dt.datetime, AfterValidator(_whole_second_in_utc)]

    def message(self) -> bytes:
        """The bytes that are signed: canonical JSON (RFC 8785)."""
        return canonical(self.model_dump(mode="json"))

    @property
    def name(self) -> str:
        """Under which its two files are kept, `.json` and `.sig`."""
        return f"{self.person}.{self.at:%Y%m%dT%H%M%SZ}"


def sign(said: Acknowledged, key: Signer) -> str:
    """The armored SSH signature of the person who says it."""
    return sshsig.sign(key, ACKNOWLEDGEMENT, said.message())


def objection(said: Acknowledged, signature: str, people: Iterable[Person]) -> Problem | None:
    """Why an acknowledgement does not count; None if it does. `people`: whom the party's card certifies, less those
    whose key is revoked. Codes: acknowledgement.not_certified, acknowledgement.bad_signature."""
    person = next((each for each in people if each.id == said.person), None)
    if person is None or ROLE not in person.roles or not person.covers(said.at.date()):
        what = _("the card of {party} certifies nobody of this id to open anything on that day")
        hint = _("ask {party} for its newest card, add it, then: exchange receive --again")
        party = said.arrived.recipient
        return Problem("acknowledgement.not_certified", what.format(party=party), said.person, hint.format(party=party))
    try:
        sshsig.verify(signature, ACKNOWLEDGEMENT, said.message(), [person.verify_key])
    except CryptoError:
        what = _("the signature under the acknowledgement is not valid")
        return Problem("acknowledgement.bad_signature", what, said.person)
    return None
