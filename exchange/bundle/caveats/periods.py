"""Which months are here, what is replaced, and what bundles of other periods would tell together with this one."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.bundle.both_languages import in_both
from exchange.bundle.caveats.kinds import DerivedCaveat
from exchange.bundle.caveats.missing import says_nothing
from exchange.bundle.caveats.naming import label
from exchange.locale import _
from exchange.protect.protected import Protected


def about_time(protected: Protected) -> Iterator[DerivedCaveat]:
    """Months, lateness, and what a correction replaces."""
    if left_out := protected.permit.left_out:
        months = ", ".join(str(month) for month in left_out)
        yield DerivedCaveat(
            "months_left_out",
            in_both(
                lambda: _("Months of the period that are outside the agreement's term are not here: {months}.").format(
                    months=months
                )
            ),
            figure=str(len(left_out)),
        )
    if protected.late_entries and not says_nothing(protected):
        yield DerivedCaveat(
            "late_entries",
            in_both(lambda: _("Includes cases of earlier months that were entered late.")),
        )
    if protected.permit.late:
        yield DerivedCaveat("sent_late", in_both(lambda: _("Sent after the agreed day.")))
    if protected.permit.replaces:
        yield DerivedCaveat(
            "correction",
            in_both(lambda: _("Replaces an earlier bundle for the same period: do not add the two together.")),
        )
        yield from _about_what_is_replaced(protected)


def _about_what_is_replaced(protected: Protected) -> Iterator[DerivedCaveat]:
    against, protect = protected.account.against, protected.permit.tier.protect
    if against is not None and "rows" in protect.output:
        yield DerivedCaveat(
            "changed_rows",
            in_both(
                lambda: _(
                    "Against the bundle that this one replaces, {new} rows are new, {changed} have changed and {gone} "
                    "are gone."
                ).format(new=against.new, changed=against.changed, gone=against.gone)
            ),
            figure=str(against.new + against.changed + against.gone),
        )
    if against is not None and protect.tables is not None:
        yield DerivedCaveat(
            "changed_tables",
            in_both(lambda: _about_changed_tables(protected, against.tables)),
            figure=str(len(against.tables)),
        )
    if protect.across_releases == "gate":  # always: where it were absent, one would know that there were none
        yield DerivedCaveat(
            "few_left_out",
            in_both(
                lambda: _(
                    "A correction leaves out what would point at fewer than {few} people: they may stand here with "
                    "their earlier values, be missing, or have left together with others."
                ).format(few=protect.k or (protect.tables.min_cell if protect.tables else 0))
            ),
        )


def about_other_periods(protected: Protected) -> Iterator[DerivedCaveat]:
    """What of a few people all bundles together would show."""
    across, protect = protected.account.across, protected.permit.tier.protect
    few = protect.k or (protect.tables.min_cell if protect.tables else 0)
    if protect.across_releases == "gate":  # always: where it were absent, one would know that there was nothing
        yield DerivedCaveat(
            "across_releases",
            in_both(
                lambda: _(
                    "What would point at fewer than {few} people together with bundles of other periods is not here: "
                    "people may be missing, and values or cells withheld, that this bundle alone could have shown."
                ).format(few=few)
            ),
        )
    elif across is not None and (across.exposed or across.cells):
        yield DerivedCaveat(
            "across_releases",
            in_both(
                lambda: _(
                    "Together with bundles of other periods, {people} people here look like fewer than {few} others or "
                    "share a code with most of them, and {cells} cells of the tables differ by fewer."
                ).format(people=across.exposed, few=few, cells=across.cells)
            ),
            figure=str(across.exposed + across.cells),
        )


def _about_changed_tables(protected: Protected, changed: tuple[tuple[str, ...], ...]) -> str:
    if not changed:
        return _("The tables show what those of the bundle that this one replaces showed.")
    names = "; ".join(" × ".join(label(protected, name) for name in table) for table in changed)
    return _("Against the bundle that this one replaces, these tables differ: {tables}.").format(tables=names)
