"""From a release to its metadata: every answer is read off the agreement and the accounts of the steps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal

from exchange.agreements.agreement import Agreement
from exchange.bundle.both_languages import in_both
from exchange.bundle.caveats.kinds import DerivedCaveat
from exchange.bundle.caveats.missing import share_held_back
from exchange.bundle.metadata import (
    AgainstReplaced,
    Area,
    CaveatLine,
    Corrected,
    Days,
    FieldStory,
    Linking,
    Metadata,
    Protection,
    ScrubbedNotes,
)
from exchange.bundle.missing import missing_in
from exchange.bundle.released import ReleasedField
from exchange.bundle.terms import own_caveats, terms_of
from exchange.bundle.treatment import how, why
from exchange.protect.protected import Protected
from exchange.protect.releases.releases import Release

_PLACES = ("kemendagri-", "iso-3166-")  # how the names of lists of places begin


def tell(
    protected: Protected,
    derived: tuple[DerivedCaveat, ...],
    released: Sequence[ReleasedField],
    *,
    bundle: str,
    created: dt.datetime,
    note: str,
    earlier: Sequence[Release] = (),
) -> Metadata:
    """The metadata of one release. `note`: the month's note in the sender's words, "" where there is none. `earlier`:
    what this recipient got before under the agreement, in the order in which it was made.

    pydantic's ValidationError for a note that is too long or holds what cannot be seen.
    """
    permit = protected.permit
    agreement, party = permit.agreement, permit.recipient
    return Metadata(
        **dict(terms_of(agreement, party)),
        bundle=bundle,
        period=str(permit.period),
        covers=Days(first=permit.first, last=permit.last),
        created=created,
        made=agreement.day(created),
        replaces=permit.replaces,
        corrections=_corrections(earlier, agreement),
        area=Area(jurisdiction=agreement.sender.jurisdiction, fields=_places(released)),
        fields=_stories(protected, {each.field.name: each for each in released}),
        missing=missing_in(protected),
        scrubbed=_scrubbed(protected),
        protection=_protection(protected),
        linking=None if protected.match is None else Linking(network=protected.match[0], epoch=protected.match[1]),
        caveats=(
            *own_caveats(agreement),
            *(CaveatLine(code=each.code, kind=each.kind, text=each.text, figure=each.figure) for each in derived),
        ),
        note=note,
    )


# --- of whom, after what ---


def _places(released: Sequence[ReleasedField]) -> tuple[str, ...]:
    return tuple(each.field.name for each in released if (each.field.codes or "").startswith(_PLACES))


def _corrections(earlier: Sequence[Release], agreement: Agreement) -> tuple[Corrected, ...]:
    """Those made after the last bundle that replaced nothing."""
    first = max((place for place, each in enumerate(earlier) if each.replaces is None), default=-1)
    return tuple(
        Corrected(period=each.period, bundle=each.bundle, replaces=each.replaces, made=agreement.day(each.created))
        for each in earlier[first + 1 :]
        if each.replaces is not None
    )


# --- fields ---


def _stories(protected: Protected, released: Mapping[str, ReleasedField]) -> tuple[FieldStory, ...]:
    permit = protected.permit
    data, tier = permit.agreement.data, permit.tier
    basis = {each.purpose: each.dpv for each in permit.agreement.legal_basis}
    found = []
    for change in protected.changes:
        field, leaves = data.field(change.field), released.get(change.field)
        purposes = tier.release[field.name].purposes if field.name in tier.release else ()
        found.append(
            FieldStory(
                name=field.name,
                label=field.label,
                description=field.description,
                kind=field.kind,
                rule=change.rule,
                level=change.level,
                how=in_both(partial(how, leaves)),
                why=in_both(partial(why, field, leaves)),
                purposes=purposes,
                legal_basis=tuple(dict.fromkeys(basis[each] for each in purposes)),
                place=_place(protected, field.name),
            )
        )
    return tuple(found)


def _scrubbed(protected: Protected) -> tuple[ScrubbedNotes, ...]:
    return tuple(
        ScrubbedNotes(field=each.field, notes=each.masks.notes, masks=dict(each.masks.by_kind), kept=each.masks.kept)
        for each in protected.changes
        if each.masks is not None
    )


def _place(protected: Protected, name: str) -> Literal["rows", "tables", "nowhere"]:
    tier = protected.permit.tier
    if name in tier.row_fields:
        return "rows"
    return "tables" if name in tier.table_fields else "nowhere"


# --- protection ---


def _protection(protected: Protected) -> Protection:
    account, asked = protected.account, protected.permit.tier.protect
    return Protection(
        treated_as=protected.permit.tier.treated_as,
        held_back=share_held_back(protected),
        min_cell=None if asked.tables is None else asked.tables.min_cell,
        k_asked=account.k_asked,
        k_reached=account.k_reached,
        over=account.over,
        diversity={name: rule.no_code_above_percent for name, rule in (asked.l_diversity or {}).items()},
        households=None if asked.households is None else asked.households.at_least,
        cells_withheld=dict(account.cells_withheld),
        table_cells_withheld=account.table_cells_withheld,
        highest_risk=None if not account.k_reached else 1 / account.k_reached,
        against=_against(protected),
    )


def _against(protected: Protected) -> AgainstReplaced | None:
    found = protected.account.against
    return None if found is None else AgainstReplaced(new=found.new, changed=found.changed, gone=found.gone)
