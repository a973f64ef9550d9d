"""May this be sent, to this recipient, for this period, on this day? A `Permit`, or every reason against.

Pure: the date, the signatures and what was sent before come in as arguments.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.parties import Party
from exchange.agreements.period import Period
from exchange.agreements.tiers import Tier


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to send one period to one recipient under one agreement. Made only by `permit`.

    `replaces` is the id of the bundle that this one corrects, or None. `late` is true where the period's due day and
    its days of grace have passed: allowed, and said in a caveat.
    """

    agreement: Agreement
    recipient: Party
    period: Period
    on: dt.date
    replaces: str | None = None
    late: bool = False

    @property
    def tier(self) -> Tier:
        return self.agreement.tier_of(self.recipient.id)

    @property
    def reference(self) -> Reference:
        return Reference.to(self.agreement)
