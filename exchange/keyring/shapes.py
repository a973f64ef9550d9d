"""What cards and identities are made of: names, validity, people, addresses. Frozen, and exact about every key."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from exchange.crypto.age import HybridRecipient
from exchange.crypto.canonical import digest_of_bytes
from exchange.crypto.signing import VerifyKey
from exchange.errors import CryptoError
from exchange.locale import Language, language


def _recipient(text: str) -> str:
    try:
        HybridRecipient.parse(text)
    except CryptoError:
        raise ValueError("not a hybrid recipient") from None
    return text


def _public_key(text: str) -> str:
    try:
        key = VerifyKey.from_openssh(text)
    except CryptoError:
        raise ValueError("not an Ed25519 key") from None
    if key.openssh() != text:
        raise ValueError("a key is written without comment")
    return text


def _one_line(text: str) -> str:
    # Neither line ends nor the marks that turn the direction of writing: a name must not rewrite a screen.
    if not text.isprintable() or text != text.strip():
        raise ValueError("not one plain line")
    return text


def _plausible(day: date) -> date:
    if not 2000 <= day.year < 2200:
        raise ValueError("a day of no use: days are counted on from it, and no calendar may end before they do")
    return day


def _whole_second(moment: datetime) -> datetime:
    if moment.utcoffset() != timedelta(0) or moment.microsecond:
        raise ValueError("not a whole second in UTC")
    return moment


PartyId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)]
NetworkId = PartyId
"""As agreements name a network."""
PersonId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
Line = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_one_line)]
RecipientText = Annotated[str, Field(max_length=4000), AfterValidator(_recipient)]
PublicKeyText = Annotated[str, Field(max_length=200), AfterValidator(_public_key)]
HOST_KEY: Final = re.compile(r"(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/]+={0,2}")
HostKeyText = Annotated[
    str,
    StringConstraints(pattern=f"^{HOST_KEY.pattern}$"),
    Field(max_length=2000),
]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9:][A-Za-z0-9.:-]*$", max_length=253)]
"""A name, or an address; `::1` begins with a colon."""
Port = Annotated[int, Field(ge=1, le=65535)]
Account = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.@-]*$", max_length=64)]
Day = Annotated[date, AfterValidator(_plausible)]
Moment = Annotated[datetime, AfterValidator(_whole_second), AfterValidator(_plausible)]
Role = Literal["prepare", "approve", "open", "review", "look_up", "sign", "director"]
"""What a person may do: approve what leaves, open what came, sign agreements, review, look up the case behind a
pseudonym; a director releases what is urgent, and another director or somebody with `review` looks at that. Nothing
asks for `prepare`: packing needs the organisation's passphrase alone."""


class Shape(BaseModel):
    """A part that is read from outside: no unknown key, no conversion, no change afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Names(Shape):
    """What a party calls itself."""

    id: Line
    en: Line

    def in_(self, tongue: Language) -> str:
        return self.id if tongue == "id" else self.en

    def __str__(self) -> str:
        return self.in_(language())


class Valid(Shape):
    """The days on which something counts, the first and the last among them."""

    not_before: Day
    not_after: Day

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Valid:
        if self.not_after < self.not_before:
            raise ValueError("ends before it begins")
        return self

    def covers(self, on: date) -> bool:
        return self.not_before <= on <= self.not_after


class EncryptionKey(Valid):
    """A public key for which bundles are encrypted, `age1pq1…`."""

    recipient: RecipientText

    @property
    def digest(self) -> str:
        """By which a revocation names it."""
        return digest_of_bytes(self.recipient.encode("ascii"))


class CertifiedKey(Valid):
    """A key with which the party signs what leaves every day, in the root's place."""

    key: PublicKeyText

    @property
    def verify_key(self) -> VerifyKey:
        return VerifyKey.from_openssh(self.key)


KeyUse = Literal["root", "signing", "encryption", "person"]


class RevokedKey(Shape):
    """A key that is not to be believed from `since` on: what came here before still counts.

    `key`: of one that signs the whole public key, as `ssh-keygen -Y verify -r` needs it; of an encryption key
    `sha256:` and the digest of its text, since it is long.
    """

    use: KeyUse
    key: Annotated[str, Field(max_length=200)]
    since: Moment
    reason: Literal["lost", "exposed", "replaced"]

    @property
    def signs(self) -> bool:
        return self.use != "encryption"

    @model_validator(mode="after")
    def _is_named_by_its_use(self) -> RevokedKey:
        if self.use != "encryption":
            _public_key(self.key)
        elif not re.fullmatch(r"sha256:[0-9a-f]{64}", self.key):
            raise ValueError("not the digest of an encryption key")
        return self


class Person(Valid):
    """Somebody whom the party's root certifies: what they may do, and the key with which they sign."""

    id: PersonId
    name: Line
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    key: PublicKeyText

    @property
    def verify_key(self) -> VerifyKey:
        return VerifyKey.from_openssh(self.key)


class SftpAddress(Shape):
    """Where a party takes what is sent to it, and the key by which its server is known (one OpenSSH public key).

    `user`: None where each sender has an account of its own there, named like its party.
    """

    host: Host
    port: Port = 22
    user: Account | None = None
    directory: Line = "."
    host_key: HostKeyText
