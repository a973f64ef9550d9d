"""What the one who opens knows: the time, the agreements, and which numbers came before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Protocol

from exchange.agreements.agreement import Agreement, Reference
from exchange.seal.ledger import Taken
from exchange.seal.series import Place, Series


@dataclass(frozen=True, slots=True)
class KnownAgreement:
    """An agreement under which we accept parcels: its exact text, who sends bundles to whom, and each party's root.

    `roots` pairs the id of each party or auditor with the fingerprint that the agreement names for it.
    """

    reference: Reference
    sender: str
    recipients: frozenset[str]
    roots: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, agreement: Agreement) -> KnownAgreement:
        parties = {(party.id, party.key) for party in agreement.parties}
        auditors = {(auditor.id, auditor.key) for auditor in agreement.audit.auditors}
        recipients = frozenset(party.id for party in agreement.recipients)
        return cls(Reference.to(agreement), agreement.sender.id, recipients, frozenset(parties | auditors))


class Seen(Protocol):
    """What came before: a `Ledger`."""

    def expected(self, series: Series) -> Place: ...

    def taken(self, series: Series, sequence: int) -> Taken | None: ...


@dataclass(frozen=True, slots=True)
class OpeningFacts:
    """`now`: when this file was first seen here (aware), never a time that its sender gives. `agreements`: those that
    are accepted, each version of its own. `seen`: the ledger. `skew`: how far a sender's clock may run ahead;
    `oldest`: how long ago a parcel may have been made, whatever its sender says of its end.

    `reading_again`: a person opens by hand what was taken in before, or looks at what is held; its place in the series
    is not looked at, so nothing may be taken in from it.
    """

    now: dt.datetime
    agreements: tuple[KnownAgreement, ...]
    seen: Seen
    skew: dt.timedelta = field(default=dt.timedelta(days=1))
    oldest: dt.timedelta = field(default=dt.timedelta(days=366))
    reading_again: bool = False
