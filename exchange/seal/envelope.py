"""The envelope: the signed facts about a parcel, read before its body. See FORMAT.md."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from exchange.agreements.agreement import Reference
from exchange.agreements.clause import Digest, Fingerprint, PartyId
from exchange.bundle.parcel import LetterKind

ParcelId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Envelope(BaseModel):
    """`envelope.json`: who, to whom, under what, in which order; each field names the attack that it stops.

    kind, id; sender and recipient (a recipient cannot re-encrypt to another), the recipient's root fingerprint (a
    party that takes another's name); the agreement's digest (an older or other agreement); period; `sequence` counts
    from 1 per sender, recipient and agreement and `previous` is the digest of the envelope before it (nothing is
    dropped, repeated or reordered unseen); created, expires; `replaces` the bundle that this one corrects.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    envelope: Literal[1]
    kind: Literal["bundle"] | LetterKind
    id: ParcelId
    sender: PartyId
    recipient: PartyId
    recipient_key: Fingerprint
    agreement: Reference | None
    period: str | None
    sequence: Annotated[int, Field(ge=1)]
    previous: Digest | None
    created: dt.datetime
    expires: dt.datetime
    replaces: ParcelId | None
