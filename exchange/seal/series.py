"""Series: who counts what. Bundles and letters count apart, so that a letter never waits for a month's bundle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exchange.bundle.parcel import Bundle, Parcel
from exchange.seal.envelope import Envelope

Kind = Literal["bundle", "letter"]


@dataclass(frozen=True, slots=True)
class Series:
    """All bundles, or all letters, from one party to another under one agreement.

    `agreement` is its id without a version, since a new version goes on counting; "" for letters outside any.
    """

    sender: str
    recipient: str
    agreement: str
    kind: Kind

    @classmethod
    def of(cls, thing: Parcel | Envelope) -> Series:
        """The series in which a parcel, or the parcel of an envelope, counts."""
        agreement = thing.agreement.id if thing.agreement else ""
        return cls(thing.sender, thing.recipient, agreement, kind_of(thing))


@dataclass(frozen=True, slots=True)
class Place:
    """The next number of a series, and the digest of the envelope that has the number before; None for the first."""

    sequence: int
    previous: str | None


def kind_of(thing: Parcel | Envelope) -> Kind:
    if isinstance(thing, Envelope):
        return "bundle" if thing.kind == "bundle" else "letter"
    return "bundle" if isinstance(thing, Bundle) else "letter"
