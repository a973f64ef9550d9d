"""Every caveat that follows from what was done."""

from __future__ import annotations

from exchange.bundle.caveats.fields import about_fields
from exchange.bundle.caveats.kinds import CaveatCode, DerivedCaveat
from exchange.bundle.caveats.missing import about_who_is_missing
from exchange.bundle.caveats.periods import about_other_periods, about_time
from exchange.bundle.caveats.rows import about_rows
from exchange.protect.protected import Protected


def derive(protected: Protected) -> tuple[DerivedCaveat, ...]:
    """Every caveat that follows from what was done, in the order of `CaveatCode`."""
    found = (
        *about_who_is_missing(protected),
        *about_rows(protected),
        *about_fields(protected),
        *about_time(protected),
        *about_other_periods(protected),
    )
    order = {code: place for place, code in enumerate(CaveatCode.__args__)}  # type: ignore[attr-defined]  # Literal
    return tuple(sorted(found, key=lambda caveat: order[caveat.code]))
