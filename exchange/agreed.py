"""Under what we accept anything: the agreements that lie here and that all their parties have signed."""

from __future__ import annotations

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.signatures import verify
from exchange.errors import BundleError, Problem
from exchange.locale import _
from exchange.office import Office


def signed_agreements(office: Office) -> tuple[Agreement, ...]:
    """Every version that all have signed: what some have not signed yet binds nobody."""
    return tuple(
        each.agreement for each in office.workspace.agreements.all() if not verify(each.agreement, each.signatures)
    )


def known_agreement(office: Office, reference: Reference) -> Agreement | None:
    """Exactly the text that `reference` names; None if it is not here, or not signed by all."""
    return next((each for each in signed_agreements(office) if Reference.to(each) == reference), None)


def agreement_of(office: Office, reference: Reference) -> Agreement:
    """The same. BundleError: receive.no_agreement."""
    known = known_agreement(office, reference)
    if known is None:
        raise BundleError(Problem("receive.no_agreement", _("the agreement is not here"), where=str(reference)))
    return known
