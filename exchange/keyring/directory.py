"""Directories: the cards of a network, signed by the root key of its coordinator.

    directory = issue_directory(identity, "ntt", cards, version=1, on=date(2026, 9, 1), days=90)
    read_directory(directory.to_bytes())

The layout, and what each field defends against, is in `DIRECTORY.md`. A directory proves that one root key stands
behind it, and that each card in it is whole; whether that root may vouch for anybody is decided in
`exchange.keyring.vouching`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from exchange.crypto.canonical import canonical, digest_of_bytes, parse
from exchange.crypto.signing import VerifyKey
from exchange.crypto.sshsig import MAX_TEXT, sign, verify
from exchange.errors import CryptoError, KeyringError, Problem
from exchange.keyring.card import CardFile, SignedCard, verified
from exchange.keyring.identity import Identity
from exchange.keyring.namespaces import DIRECTORY
from exchange.keyring.refusals import misshapen, refused
from exchange.keyring.shapes import Day, NetworkId, PartyId, PublicKeyText, Shape
from exchange.locale import _

MAX_DIRECTORY = 8 * 1024 * 1024
"""Bytes of a directory's file that we read."""
MAX_DAYS = 366
"""For how long a directory may vouch: whoever keeps newer ones from us gains no more than that."""


class Directory(Shape):
    """What a coordinator says of a network. `version` grows with every directory of that network.

    It vouches from `issued` to `expires`, both days (in UTC) among them, for each party in `cards`, which stand in the
    order of their parties' ids.
    """

    format: Literal[1]
    network: NetworkId
    coordinator: PartyId
    root: PublicKeyText
    version: Annotated[int, Field(ge=1, lt=2**53)]
    issued: Day
    expires: Day
    cards: Annotated[tuple[CardFile, ...], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _holds_together(self) -> Directory:
        if not timedelta() <= self.expires - self.issued <= timedelta(days=MAX_DAYS):
            raise ValueError("it ends before it begins, or lasts too long")
        parties = [each.card.party for each in self.cards]
        if parties != sorted(set(parties)):
            raise ValueError("a party stands twice, or not in its place")
        if len({each.card.root for each in self.cards}) != len(parties):
            raise ValueError("one root for two parties")
        if any((each.card.party == self.coordinator) != (each.card.root == self.root) for each in self.cards):
            raise ValueError("the coordinator's card has another root")
        return self

    @property
    def root_key(self) -> VerifyKey:
        return VerifyKey.from_openssh(self.root)

    def message(self) -> bytes:
        """The bytes that are signed: canonical JSON (RFC 8785)."""
        return canonical(self.model_dump(mode="json"))


@dataclass(frozen=True, slots=True)
class SignedDirectory:
    """A directory whose signature, and that of each of its `cards`, was made or verified here: only `issue_directory`
    and `read_directory` construct one."""

    directory: Directory
    cards: tuple[SignedCard, ...]
    signature: str

    @property
    def digest(self) -> str:
        """Two directories of one version and different digests are a lie of their coordinator."""
        return digest_of_bytes(self.directory.message())

    def to_bytes(self) -> bytes:
        """The file, laid out for people; its meaning is what is signed, not its layout."""
        content = {"directory": self.directory.model_dump(mode="json"), "signature": self.signature}
        return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


class _DirectoryFile(Shape):
    directory: Directory
    signature: Annotated[str, Field(max_length=MAX_TEXT)]


def file_name(network: str) -> str:
    """What a directory's file is called."""
    return f"{network}.directory.json"


def issue_directory(
    identity: Identity, network: str, cards: Iterable[SignedCard], *, version: int, on: date, days: int
) -> SignedDirectory:
    """A directory of these cards, signed by our root. KeyringError: directory.malformed where they cannot stand
    together; identity.root_apart."""
    ordered = tuple(sorted(cards, key=lambda each: each.party))
    try:
        directory = Directory(
            format=1,
            network=network,
            coordinator=identity.party,
            root=identity.root.verify_key.openssh(),
            version=version,
            issued=on,
            expires=on + timedelta(days=days),
            cards=tuple(each.file for each in ordered),
        )
    except ValidationError as error:
        raise misshapen("directory.malformed", error) from None
    signed = SignedDirectory(directory, ordered, sign(identity.root, DIRECTORY, directory.message()))
    if len(signed.to_bytes()) > MAX_DIRECTORY:
        raise refused("directory.malformed", _("these are too many cards for one directory"))
    return signed


def read_directory(data: bytes) -> SignedDirectory:
    """The directory in a directory's file. KeyringError: directory.malformed (each part that is wrong),
    directory.signature, card.signature (each card that its own root did not sign)."""
    if len(data) > MAX_DIRECTORY:
        raise refused("directory.malformed", _("this is too large to be a directory of cards"))
    try:
        content = canonical(parse(data))
        file = _DirectoryFile.model_validate_json(content)
    except CryptoError as error:
        raise refused("directory.malformed", str(error)) from None
    except ValidationError as error:
        raise misshapen("directory.malformed", error) from None
    # What we understood must be all that was signed, in the directory and in each card.
    if canonical(file.model_dump(mode="json")) != content:
        raise refused("directory.malformed", _("the directory is not written as directories are"))
    try:
        verify(file.signature, DIRECTORY, file.directory.message(), [file.directory.root_key])
    except CryptoError:
        what = _("the directory is not signed by the root key that it names")
        raise refused("directory.signature", what, where=file.directory.coordinator) from None
    return SignedDirectory(file.directory, _verified(file.directory.cards), file.signature)


def _verified(files: Iterable[CardFile]) -> tuple[SignedCard, ...]:
    found: list[SignedCard] = []
    problems: list[Problem] = []
    for file in files:
        try:
            found.append(verified(file))
        except KeyringError as error:
            problems += error.problems
    KeyringError.raise_all(problems)
    return tuple(found)
