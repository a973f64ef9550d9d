"""Which agreements bind us as a recipient: those in force, and those under which what we hold came."""

from __future__ import annotations

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.clause import numbers
from exchange.agreements.signatures import verify
from exchange.errors import AgreementError, Problem
from exchange.locale import _
from exchange.merge.store import Store
from exchange.office import Office


def receiving_under(office: Office) -> tuple[Agreement, ...]:
    """Of each agreement under which we receive the newest version that all have signed and that has taken effect."""
    newest: dict[str, Agreement] = {}
    for each in sorted(office.workspace.agreements.all(), key=lambda each: numbers(each.agreement.version)):
        agreement = each.agreement
        ours = office.party in agreement.retention and agreement.term.effective <= office.today(agreement)
        if ours and not verify(agreement, each.signatures):
            newest[agreement.id] = agreement
    return tuple(newest.values())


def bound_by(office: Office, store: Store) -> tuple[Agreement, ...]:
    """The versions under which what is in the store came, and the newest of the same agreements: all of them bind.

    AgreementError (agreement.not_here) where the text of one is missing: nobody knows then what it allows.
    """
    references = dict.fromkeys(each.agreement for each in store.metadata())
    known = {each: office.workspace.agreements.find(each) for each in references}
    missing = [each for each, found in known.items() if found is None]
    what, hint = _("data came under an agreement that is not here"), _("put its text back: exchange agreement add")
    AgreementError.raise_all(Problem("agreement.not_here", what, str(each), hint) for each in missing)
    came_under = {Reference.to(found.agreement): found.agreement for found in known.values() if found is not None}
    ids = {each.id for each in references}
    newest = {Reference.to(each): each for each in receiving_under(office) if each.id in ids}
    return tuple({**came_under, **newest}.values())
