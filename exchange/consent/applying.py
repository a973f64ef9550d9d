"""`apply_consent`: the rows that one recipient may have; each other row is held back for the first reason that applies.

Reasons stand in the order of `HeldReason`. What is not known, or not said, holds a row back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from exchange.agreements.permit import Permit
from exchange.consent.columns import Rows
from exchange.consent.consented import Consented, HeldBack, HeldReason
from exchange.consent.days import UNKNOWN, months_before, whole_years
from exchange.extracts import arrow
from exchange.extracts.extract import Extract

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from exchange.consent.columns import Which
    from exchange.consent.days import Numbers

REASONS: tuple[HeldReason, ...] = get_args(HeldReason)
_NOBODY: frozenset[str] = frozenset()


def apply_consent(
    extract: Extract, permit: Permit, withdrawn: frozenset[str], already: frozenset[str] = _NOBODY
) -> Consented:
    """What of `extract` may go to `permit.recipient`.

    `withdrawn`: case numbers of people who withdrew. `already`: case numbers that stand in what was sent for other
    periods, and so belong to those; without it, every row of the last `late_entries_days` before the period is a late
    entry. Days outside the agreement's term are outside every period.
    """
    import numpy as np

    rows = Rows(extract.table, frozenset(permit.agreement.data.missing()))
    ages = _ages_at_intake(rows, permit)
    dead = _dead(rows, permit)
    against = {
        **_belonging(rows, extract, permit, already),
        **_consenting(rows, permit, withdrawn),
        "minor": ~_an_adult_answers(rows, permit),
        "deceased": dead & (permit.agreement.consent.deceased.release == "hold_back"),
    }
    first = np.select([against[reason] for reason in REASONS], range(len(REASONS)), len(REASONS))
    goes = first == len(REASONS)
    keep = arrow.bools(goes)
    return Consented(
        permit=permit,
        table=extract.table.filter(keep),
        rows=extract.rows.filter(keep),
        ages=arrow.int32s(ages[goes], null=ages[goes] == UNKNOWN),
        tables_only=arrow.bools(dead[goes]),
        held_back=_account(first),
        considered=int((~against["outside_period"] & ~against["not_included"]).sum()),
        late_entries=int((goes & _before(rows, permit)).sum()),
    )


def _account(first: NDArray[np.integer]) -> HeldBack:
    counts = ((reason, int((first == number).sum())) for number, reason in enumerate(REASONS))
    return HeldBack(tuple((reason, count) for reason, count in counts if count))


def _belonging(rows: Rows, extract: Extract, permit: Permit, already: frozenset[str]) -> dict[HeldReason, Which]:
    """Whether a row is of this report at all.

    Where the very value that would tell was not accepted, its finding is the reason.
    """
    import numpy as np

    data = permit.agreement.data
    finding = np.isin(arrow.numbers_of(extract.rows), list(extract.held()))
    days = rows.days(data.period.field)
    # One who was sent late with October is not sent again with a corrected September: nobody is counted twice.
    outside = ~_within(days, permit) | rows.which(data.key, already.__contains__)
    excluded = np.zeros(len(extract), bool)
    for name, codes in data.include.items():
        excluded |= ~rows.holds(name, frozenset(codes)) & ~(finding & ~rows.said(name))
    return {
        "outside_period": outside & ~(finding & (days == UNKNOWN)),
        "not_included": excluded,
        "finding": finding,
    }


def _within(days: Numbers, permit: Permit) -> Which:
    """In the period, or late for it by no more than the agreement takes; and in the agreement's term."""
    term = permit.agreement.term
    first = permit.period.first.toordinal() - permit.agreement.data.period.late_entries_days
    in_term = (days >= term.effective.toordinal()) & (days <= term.expires.toordinal())
    return in_term & (days >= first) & (days <= permit.period.last.toordinal())


def _before(rows: Rows, permit: Permit) -> Which:
    return rows.days(permit.agreement.data.period.field) < permit.period.first.toordinal()


def _consenting(rows: Rows, permit: Permit, withdrawn: frozenset[str]) -> dict[HeldReason, Which]:
    """Whether the person said yes, to this, to this recipient, in a form that covers it, not too long ago."""
    import numpy as np

    consent = permit.agreement.consent
    fields, scope = consent.fields, consent.scope.get(permit.recipient.id)
    given = rows.days(fields.given_on)
    covered = np.zeros(len(given), bool)
    for name, form in consent.forms.items():
        if scope in form.covers:
            covered |= rows.which(fields.form, name.__eq__) & (given >= form.start.toordinal())
    return {
        "status": ~rows.which(fields.status, consent.accept.__contains__),
        "withdrawn": rows.refers(permit.agreement.data.key, withdrawn),  # typed by hand, and must hold however typed
        "scope": ~rows.holds(fields.scope, frozenset({scope} if scope else ())),
        "form": ~covered,
        "expired": ~_still_valid(rows, permit, given),
        "evidence": ~rows.said(fields.evidence) & (consent.evidence == "required"),
    }


def _still_valid(rows: Rows, permit: Permit, given: Numbers) -> Which:
    """Given by the day of sending, within the months of validity, and again by oneself once grown up."""
    import numpy as np

    consent = permit.agreement.consent
    oldest = months_before(permit.on, consent.valid_months).toordinal()
    born = rows.days(permit.agreement.data.age.birthdate)
    now, then = whole_years(born, np.full_like(born, permit.on.toordinal())), whole_years(born, given)
    outgrown = (now >= consent.minors.renew_at) & (then < consent.minors.renew_at)
    return (given > oldest) & (given <= permit.on.toordinal()) & ~outgrown


def _an_adult_answers(rows: Rows, permit: Permit) -> Which:
    """The person, if no child when consenting; else one of the adults who are also needed.

    A person of unknown age counts as a child. Age at intake says nothing here: what a child agreed to before intake, a
    child agreed to.
    """
    minors, fields = permit.agreement.consent.minors, permit.agreement.consent.fields
    when_consenting = whole_years(rows.days(permit.agreement.data.age.birthdate), rows.days(fields.given_on))
    return (when_consenting >= minors.below_age) | rows.which(fields.adult, minors.also_needs.__contains__)


def _ages_at_intake(rows: Rows, permit: Permit) -> Numbers:
    rule = permit.agreement.data.age
    return whole_years(rows.days(rule.birthdate), rows.days(rule.on))


def _dead(rows: Rows, permit: Permit) -> Which:
    return rows.which(permit.agreement.consent.deceased.field, "true".__eq__)
