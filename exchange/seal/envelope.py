"""The envelope: the signed facts about a parcel, read before its body. See FORMAT.md, "envelope.json"."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from exchange.agreements.agreement import Reference
from exchange.agreements.clause import Digest, Fingerprint, PartyId
from exchange.bundle.parcel import LetterKind
from exchange.crypto.canonical import canonical, digest_of_bytes

MAX_ENVELOPE = 16 * 1024
"""Bytes of an envelope that we read; ours have under 1,000."""

_LATEST = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)  # a tar's times end in 2242


def _whole_second(moment: dt.datetime) -> dt.datetime:
    if moment.utcoffset() != dt.timedelta(0) or moment.microsecond:
        raise ValueError("not a whole second in UTC")
    if not 2000 <= moment.year < _LATEST.year:
        raise ValueError("not a time of ours")
    return moment


ParcelId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Moment = Annotated[dt.datetime, AfterValidator(_whole_second)]
Period = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2]|Q[1-4])$")]


class Envelope(BaseModel):
    """`envelope.json`: who, to whom, under what, in which order; each field names the attack that it stops.

    kind, id; sender and recipient (a recipient cannot re-encrypt to another), the recipient's root fingerprint (a
    party that takes another's name); the agreement's digest (an older or other agreement); period; `sequence` counts
    from 1 in each `Series` and `previous` is the digest of the envelope before it (nothing is dropped, repeated or
    reordered unseen); created, expires; `replaces` the bundle that this one corrects.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    envelope: Literal[1]
    kind: Literal["bundle"] | LetterKind
    id: ParcelId
    sender: PartyId
    recipient: PartyId
    recipient_key: Fingerprint
    agreement: Reference | None
    period: Period | None
    sequence: Annotated[int, Field(ge=1, lt=2**53)]
    previous: Digest | None
    created: Moment
    expires: Moment
    replaces: ParcelId | None

    @model_validator(mode="after")
    def _holds_together(self) -> Envelope:
        bundle = self.kind == "bundle"
        if bundle != (self.period is not None) or (bundle and self.agreement is None):
            raise ValueError("a bundle has an agreement and a period, a letter has no period")
        if self.replaces is not None and not bundle:
            raise ValueError("only a bundle replaces another")
        if (self.sequence == 1) != (self.previous is None):
            raise ValueError("the first of a series has none before it, every other one has")
        if self.expires <= self.created:
            raise ValueError("expires before it was made")
        return self

    def to_bytes(self) -> bytes:
        """The content of `envelope.json`: canonical JSON (RFC 8785)."""
        return canonical(self.model_dump(mode="json"))

    @property
    def says_keys(self) -> bool:
        """Whether it brings what the root of its sender has signed: a card, or a revocation."""
        return self.kind in {"card", "revocation"}

    @property
    def digest(self) -> Digest:
        """What the next envelope of the series gives as `previous`."""
        return digest_of_bytes(self.to_bytes())
