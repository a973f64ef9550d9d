"""Cards: a party's public keys, signed by its root key.

    card = issue_card(identity, on=date(2026, 9, 1))
    Path("yks.card.json").write_bytes(card.to_bytes())
    read_card(Path("yks.card.json").read_bytes())

The file is JSON with two keys: `card`, and `signature`, an SSH signature by the card's own root over the canonical
JSON (RFC 8785) of `card`. So a card proves that one root key stands behind it; whose root that is, only people can
confirm, by safety words.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from exchange.crypto.age import HybridRecipient
from exchange.crypto.canonical import canonical, parse
from exchange.crypto.signing import VerifyKey
from exchange.crypto.sshsig import MAX_TEXT, sign, verify
from exchange.errors import CryptoError
from exchange.keyring.identity import Identity
from exchange.keyring.namespaces import CARD
from exchange.keyring.refusals import misshapen, refused
from exchange.keyring.shapes import (
    CertifiedKey,
    Day,
    EncryptionKey,
    Line,
    Names,
    PartyId,
    Person,
    PublicKeyText,
    SftpAddress,
    Shape,
)
from exchange.locale import _

MAX_CARD = 256 * 1024
"""Bytes of a card's file that we read."""


class Card(Shape):
    """What a party says of itself. `serial` grows with every card that it issues.

    `signing_keys` sign what leaves every day; those whose time is over stay, so that what they signed can be verified.
    `encryption_keys`: one for this month and each of the next ones. `log_key` signs the checkpoints of its log.
    """

    format: Literal[1]
    party: PartyId
    names: Names
    root: PublicKeyText
    fingerprint: str
    log_key: PublicKeyText
    signing_keys: Annotated[tuple[CertifiedKey, ...], Field(min_length=1, max_length=40)]
    encryption_keys: Annotated[tuple[EncryptionKey, ...], Field(min_length=1, max_length=24)]
    people: Annotated[tuple[Person, ...], Field(max_length=200)]
    contact: Line
    sftp: SftpAddress | None
    sftp_client_key: PublicKeyText | None
    issued: Day
    serial: Annotated[int, Field(ge=1, lt=2**53)]

    @model_validator(mode="after")
    def _holds_together(self) -> Card:
        if self.fingerprint != self.root_key.fingerprint():
            raise ValueError("the fingerprint is not the root key's")
        if len({person.id for person in self.people}) != len(self.people):
            raise ValueError("a person stands twice")
        daily, theirs = (each.key for each in self.signing_keys), (each.key for each in self.people)
        all_keys = [self.root, self.log_key, *daily, *theirs, *filter(None, [self.sftp_client_key])]
        if len(set(all_keys)) != len(all_keys):
            raise ValueError("one key for two uses")
        return self

    @property
    def root_key(self) -> VerifyKey:
        return VerifyKey.from_openssh(self.root)

    @property
    def log_verify_key(self) -> VerifyKey:
        """With which the party signs the checkpoints of its log."""
        return VerifyKey.from_openssh(self.log_key)

    @property
    def signers(self) -> tuple[VerifyKey, ...]:
        """The root key, and the signing keys of all times."""
        return self.root_key, *(each.verify_key for each in self.signing_keys)

    def bears(self, key: str) -> bool:
        """Whether a key that a revocation names so is on the card."""
        daily, theirs = (each.key for each in self.signing_keys), (each.key for each in self.people)
        return key in {self.root, self.log_key, *daily, *theirs, *(each.digest for each in self.encryption_keys)}

    def recipient(self, on: date, revoked: Collection[str] = ()) -> HybridRecipient:
        """The newest encryption key that counts on that day, and is not among the `revoked` digests. KeyringError
        (card.expired) if there is none."""
        counting = [key for key in self.encryption_keys if key.covers(on) and key.digest not in revoked]
        if not counting:
            hint = _("ask {party} for its new card").format(party=self.party)
            what = _("the card holds no encryption key for this day")
            raise refused("card.expired", what, where=self.party, hint=hint)
        return HybridRecipient.parse(max(counting, key=lambda key: key.not_before).recipient)


@dataclass(frozen=True, slots=True)
class SignedCard:
    """A card whose signature was made or verified here: only `issue_card` and `verified` construct one."""

    card: Card
    signature: str

    @property
    def party(self) -> str:
        return self.card.party

    @property
    def file(self) -> CardFile:
        return CardFile(card=self.card, signature=self.signature)

    def to_bytes(self) -> bytes:
        """The file `<party>.card.json`, laid out for people; its meaning is what is signed, not its layout."""
        content = self.file.model_dump(mode="json")
        return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


class CardFile(Shape):
    """A card as its file says it, not yet verified: `verified` does."""

    card: Card
    signature: Annotated[str, Field(max_length=MAX_TEXT)]


def file_name(party: str) -> str:
    """What a card's file is called."""
    return f"{party}.card.json"


def issue_card(
    identity: Identity,
    on: date,
    *,
    sftp: SftpAddress | None = None,
    previous: SignedCard | None = None,
    unseen: int = 0,
) -> SignedCard:
    """Our card as of that day, signed by our root. `previous` is the card that it replaces; `unseen`, how many others
    may have been issued since. KeyringError: card.expired where no encryption key counts any more; identity.root_apart;
    identity.root_revoked."""
    identity.check_root()
    keys = identity.published_keys(on)
    if not keys:
        what, hint = _("every encryption key of ours has expired"), _("make a new one: exchange card rotate")
        raise refused("card.expired", what, where=identity.party, hint=hint)
    card = Card(
        format=1,
        party=identity.party,
        names=identity.names,
        root=identity.root_key.openssh(),
        fingerprint=identity.fingerprint(),
        log_key=identity.log.verify_key.openssh(),
        signing_keys=identity.certified_keys(),
        encryption_keys=keys,
        people=tuple(person for person in identity.people if person.not_after >= on),
        contact=identity.contact,
        sftp=sftp,
        sftp_client_key=identity.sftp_client.verify_key.openssh() if identity.sftp_client else None,
        issued=on,
        serial=previous.card.serial + 1 + unseen if previous else 1,
    )
    return _of_a_cards_size(SignedCard(card, sign(identity.root, CARD, _signed_bytes(card))))


def read_card(data: bytes) -> SignedCard:
    """The card in a card's file. KeyringError: card.malformed (each part that is wrong), card.signature."""
    if len(data) > MAX_CARD:
        raise refused("card.malformed", _("this is too large to be a card"))
    return _read(data)


@lru_cache(maxsize=64)
def _read(data: bytes) -> SignedCard:
    """The same bytes are read and verified once in a process: one command asks many times whose key is whose."""
    try:
        content = canonical(parse(data))
        file = CardFile.model_validate_json(content)
    except CryptoError as error:
        raise refused("card.malformed", str(error)) from None
    except ValidationError as error:
        raise misshapen("card.malformed", error) from None
    # What we understood must be all that was signed: a date or number written otherwise would not come back the same.
    if canonical(file.model_dump(mode="json")) != content:
        raise refused("card.malformed", _("the card is not written as cards are"))
    return verified(file)


def verified(file: CardFile) -> SignedCard:
    """The card, if its own root key signed it. KeyringError: card.signature; card.malformed where the file in which we
    keep it would be larger than any that we read."""
    try:
        verify(file.signature, CARD, _signed_bytes(file.card), [file.card.root_key])
    except CryptoError:
        what = _("the card is not signed by its own root key")
        raise refused("card.signature", what, where=file.card.party) from None
    return _of_a_cards_size(SignedCard(file.card, file.signature))


def _of_a_cards_size(signed: SignedCard) -> SignedCard:
    if len(signed.to_bytes()) > MAX_CARD:
        raise refused("card.malformed", _("this is too large to be a card"), where=signed.party)
    return signed


def _signed_bytes(card: Card) -> bytes:
    return canonical(card.model_dump(mode="json"))
