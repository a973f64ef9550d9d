"""Who at a recipient may look at what came: the people whom the agreement names, and nobody else.

This is what `security.access: named_users` means, the only value that the format knows.
"""

from __future__ import annotations

from collections.abc import Iterator

from exchange.agreements.agreement import Agreement
from exchange.errors import Problem
from exchange.locale import _


def objections_to_opening(agreement: Agreement, party: str, person: str) -> Iterator[Problem]:
    """Why this person of `party` may not open what came under the agreement; nothing if they may. That `party` has
    really certified the person is not asked here. Code: open.not_a_named_user."""
    named = next((each.named_users or () for each in agreement.recipients if each.id == party), ())
    if person not in named:
        what = _("{person} is not among those who may open what comes under {agreement}")
        hint = _("named there for {party}: {names}").format(party=party, names=", ".join(named) or "–")
        yield Problem("open.not_a_named_user", what.format(person=person, agreement=agreement.id), hint=hint)
