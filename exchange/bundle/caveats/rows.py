"""What happened to rows and to the cells of tables, and how they are to be read."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.bundle.both_languages import in_both
from exchange.bundle.caveats.kinds import DerivedCaveat
from exchange.bundle.caveats.naming import label, mark
from exchange.locale import _
from exchange.protect.protected import Protected


def about_rows(protected: Protected) -> Iterator[DerivedCaveat]:
    """What was withheld or left out, and what k was reached."""
    account = protected.account
    if "rows" in protected.permit.tier.protect.output and not account.rows_out:
        yield DerivedCaveat(
            "no_rows",
            in_both(lambda: _("No rows this time: there were none, or too few to protect the people in them.")),
        )
    if account.cells_withheld:
        fields = ", ".join(label(protected, name) for name, _count in account.cells_withheld)
        total = sum(count for _name, count in account.cells_withheld)
        yield DerivedCaveat(
            "cells_withheld",
            in_both(
                lambda: _(
                    "{count} values were withheld (written {mark}) so that no one stands in a group of fewer than {k} "
                    "look-alikes: {fields}. Those who are rare are the ones withheld: do not count them as unknown."
                ).format(count=total, mark=mark(protected), k=account.k_asked, fields=fields)
            ),
            figure=str(total),
        )
    if account.rows_withheld:
        yield DerivedCaveat(
            "rows_withheld",
            in_both(lambda: _("Some rows were left out because no group of look-alikes was large enough for them.")),
        )
    if account.gate == "reported" and account.k_reached is not None:
        yield DerivedCaveat(
            "k_measured",
            in_both(
                lambda: _(
                    "These rows are personal data. The smallest group of look-alikes has {k}; {unique} rows are the "
                    "only ones of their kind."
                ).format(k=account.k_reached, unique=account.unique_rows)
            ),
            figure=str(account.k_reached),
        )
    if account.table_cells_withheld:
        yield DerivedCaveat(
            "table_cells_withheld",
            in_both(
                lambda: _(
                    "{count} cells of the tables are withheld, some of them only so that others cannot be worked out: "
                    "an empty cell is not zero."
                ).format(count=account.table_cells_withheld)
            ),
            figure=str(account.table_cells_withheld),
        )
    yield from _about_reading(protected)


def _about_reading(protected: Protected) -> Iterator[DerivedCaveat]:
    """What nobody can see in the files, and would take for something else."""
    asked = protected.permit.tier.protect
    if asked.tables is not None:
        least, of_rows = asked.tables.min_cell, asked.tables.source == "released_rows"
        yield DerivedCaveat(
            "reading_tables",
            in_both(lambda: _about_tables(least, mark(protected) if of_rows else "")),
            figure=str(least),
        )
    if "rows" in asked.output:
        yield DerivedCaveat("random_order", in_both(lambda: _("The rows stand in random order.")))


def _about_tables(least: int, mark: str) -> str:
    said = _(
        "No count in a table is below {least}. A value that a table does not list is zero, or few, or withheld so that "
        "another cannot be worked out: nobody can tell which. Where a person may have several codes, the codes do not "
        "add up to the people."
    ).format(least=least)
    if not mark:
        return said
    of_rows = _(
        "The tables count the rows as they are here: {mark} counts people from whose row the value is withheld."
    ).format(mark=mark)
    return f"{said} {of_rows}"
