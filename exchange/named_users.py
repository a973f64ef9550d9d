"""Which of our people may look at what came, by the agreements that hold today."""

from __future__ import annotations

from collections.abc import Iterable

from exchange.agreed import agreement_of, signed_agreements
from exchange.agreements.access import objections_to_opening
from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.clause import numbers
from exchange.errors import AgreementError
from exchange.office import Office


def check_named_user(office: Office, person: str, references: Iterable[Reference]) -> None:
    """Return if `person` may open what came under each of these agreements; else AgreementError
    (open.not_a_named_user) with all that object, or BundleError (receive.no_agreement).

    It is the newest version in effect that says who may: whoever left an organisation opens nothing any more, and
    whoever came after them opens what was there before.
    """
    signed = signed_agreements(office)
    governing = {each.id: _in_effect(office, each, signed) for each in references}
    AgreementError.raise_all(
        problem
        for _id, agreement in sorted(governing.items())
        for problem in objections_to_opening(agreement, office.party, person)
    )


def _in_effect(office: Office, reference: Reference, signed: Iterable[Agreement]) -> Agreement:
    """The newest version that all have signed and that has begun; else the very text that `reference` names."""
    begun = [each for each in signed if each.id == reference.id and each.term.effective <= office.today(each)]
    return max(begun, key=lambda each: numbers(each.version), default=None) or agreement_of(office, reference)
