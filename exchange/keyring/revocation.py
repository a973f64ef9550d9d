"""Revocations: which keys of a party are not to be believed any more, and since when, signed by its root key.

    revocation = issue_revocation(identity, issued=now)
    Path("yks.revocation.json").write_bytes(revocation.to_bytes())
    read_revocation(Path("yks.revocation.json").read_bytes())

The file is JSON with two keys, as a card's: `revocation`, and `signature`, an SSH signature by the root over the
canonical JSON (RFC 8785) of `revocation`. Each holds all keys that the party has ever revoked, so the newest is enough,
and it does not matter in which order they come, nor how often. A revoked key is never believed again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from exchange.crypto.canonical import canonical, parse
from exchange.crypto.signing import VerifyKey
from exchange.crypto.sshsig import MAX_TEXT, sign, verify
from exchange.errors import CryptoError
from exchange.keyring.identity import Identity
from exchange.keyring.namespaces import REVOCATION
from exchange.keyring.refusals import misshapen, refused
from exchange.keyring.shapes import Moment, PartyId, PublicKeyText, RevokedKey, Shape
from exchange.locale import _

MAX_REVOCATION = 256 * 1024
"""Bytes of a revocation's file that we read."""


class Revocation(Shape):
    """What a party says of keys of its own. The root may be among them: then nothing of the party counts any more."""

    format: Literal[1]
    party: PartyId
    root: PublicKeyText
    issued: Moment
    keys: Annotated[tuple[RevokedKey, ...], Field(min_length=1, max_length=1000)]

    @property
    def root_key(self) -> VerifyKey:
        return VerifyKey.from_openssh(self.root)

    @property
    def revokes_root(self) -> bool:
        """Whatever its use is said to be: what revokes a key must not depend on a word beside it."""
        return any(each.key == self.root for each in self.keys)


@dataclass(frozen=True, slots=True)
class SignedRevocation:
    """A revocation whose signature was made or verified here: only `issue_revocation` and `read_revocation` construct
    one. That its root is the party's, only the party's card can say."""

    revocation: Revocation
    signature: str

    @property
    def party(self) -> str:
        return self.revocation.party

    def to_bytes(self) -> bytes:
        """The file `<party>.revocation.json`, laid out for people; its meaning is what is signed, not its layout."""
        content = {"revocation": self.revocation.model_dump(mode="json"), "signature": self.signature}
        return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


class _RevocationFile(Shape):
    revocation: Revocation
    signature: Annotated[str, Field(max_length=MAX_TEXT)]


def revocation_name(party: str) -> str:
    """What a revocation's file is called."""
    return f"{party}.revocation.json"


def issue_revocation(identity: Identity, issued: datetime) -> SignedRevocation:
    """All that we have revoked, signed by our root. KeyringError: revocation.empty, identity.root_apart."""
    if not identity.revoked:
        raise refused("revocation.empty", _("no key of ours is revoked"), where=identity.party)
    revocation = Revocation(
        format=1,
        party=identity.party,
        root=identity.root_key.openssh(),
        issued=issued.replace(microsecond=0),
        keys=identity.revoked,
    )
    return SignedRevocation(revocation, sign(identity.root, REVOCATION, _signed_bytes(revocation)))


def read_revocation(data: bytes) -> SignedRevocation:
    """The revocation in its file. KeyringError: revocation.malformed (each part that is wrong),
    revocation.signature."""
    if len(data) > MAX_REVOCATION:
        raise refused("revocation.malformed", _("this is too large to be a revocation"))
    try:
        content = canonical(parse(data))
        file = _RevocationFile.model_validate_json(content)
    except CryptoError as error:
        raise refused("revocation.malformed", str(error)) from None
    except ValidationError as error:
        raise misshapen("revocation.malformed", error) from None
    # What we understood must be all that was signed: a time written otherwise would not come back the same.
    if canonical(file.model_dump(mode="json")) != content:
        raise refused("revocation.malformed", _("the revocation is not written as revocations are"))
    try:
        verify(file.signature, REVOCATION, _signed_bytes(file.revocation), [file.revocation.root_key])
    except CryptoError:
        what = _("the revocation is not signed by its own root key")
        raise refused("revocation.signature", what, where=file.revocation.party) from None
    return SignedRevocation(file.revocation, file.signature)


def is_revocation(data: bytes) -> bool:
    """Whether the file means to be a revocation, which `read_revocation` will judge; else it may be a card."""
    try:
        content = parse(data)
    except CryptoError:
        return False
    return isinstance(content, dict) and "revocation" in content


def together(known: Iterable[RevokedKey], more: Iterable[RevokedKey]) -> tuple[RevokedKey, ...]:
    """All revoked keys of both, each once, from the earliest time that was ever said: nobody takes one back."""
    found: dict[tuple[str, str], RevokedKey] = {}
    for each in (*known, *more):
        before = found.get((each.use, each.key))
        if before is None or each.since < before.since:
            found[each.use, each.key] = each
    return tuple(sorted(found.values(), key=lambda each: (each.since, each.use, each.key)))


def at_the_latest(keys: Iterable[RevokedKey], now: datetime) -> tuple[RevokedKey, ...]:
    """The same, none from a later time than now: a key that is revoked for tomorrow is in doubt today."""
    now = now.replace(microsecond=0)
    return tuple(each.model_copy(update={"since": min(each.since, now)}) for each in keys)


def _signed_bytes(revocation: Revocation) -> bytes:
    return canonical(revocation.model_dump(mode="json"))
