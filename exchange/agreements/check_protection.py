"""How a tier protects people: its gate is closed, its tables are over released fields, no field is there in vain."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.agreements.agreement import Agreement
from exchange.agreements.check_dictionary import find
from exchange.agreements.contradiction import Contradiction, absent
from exchange.agreements.shape import Path
from exchange.agreements.tiers import Pseudonymise, RowKey, Tables, Tier
from exchange.locale import _


def check_protection(agreement: Agreement) -> Iterator[Contradiction]:
    for tier_id, tier in agreement.tiers.items():
        path: Path = ("tiers", tier_id)
        yield from _kind(tier, path)
        if tier.gated:
            yield from _gate(tier, path)
        yield from _quasi_identifiers(tier, path)
        yield from _diversity(agreement, tier, path)
        yield from _households(agreement, tier, path)
        yield from _tables(agreement, tier, path)
        yield from _unused(tier, path)
        yield from _tokens(agreement, tier, path)


def _kind(tier: Tier, path: Path) -> Iterator[Contradiction]:
    rows = "rows" in tier.protect.output
    if tier.treated_as == "statistics" and (rows or tier.match is not None):
        hint = _("statistics are tables; rows belong in a tier treated as pseudonymised or personal_data")
        what = _("a tier of statistics releases neither rows nor match tokens")
        yield Contradiction("rows_in_statistics", (*path, "protect", "output"), what, hint)
    if rows and not tier.row_fields:
        yield Contradiction("no_row_fields", (*path, "release"), _("rows are agreed, and no field stands in them"))


def _gate(tier: Tier, path: Path) -> Iterator[Contradiction]:
    """What a tier that is not personal data must have before anything leaves."""
    protect, here = tier.protect, (*path, "protect")
    if protect.across_releases != "gate":
        what = _("a gated tier gates across releases")
        yield Contradiction("no_gate", (*here, "across_releases"), what)
    if "rows" not in protect.output:
        return
    needed = {
        "k": protect.k,
        "method": protect.method,
        "max_suppressed_cells_percent": protect.max_suppressed_cells_percent,
    }
    for key, value in needed.items():
        if value is None:
            what = _("rows of a gated tier need {key}").format(key=key)
            yield Contradiction("no_gate", here, what, _("without it nothing says when the rows are safe"))
    steps = protect.if_not_met or ()
    if steps[-1:] != ("nothing",) or "report" in steps:
        what = _("it must be agreed what happens where k is not met, with nothing as the last step")
        yield Contradiction("no_gate", (*here, "if_not_met"), what, "if_not_met: [tables, nothing]")
    if "tables" in steps and protect.tables is None:
        what = _("tables are to be sent where k is not met, and none are agreed")
        yield Contradiction("tables_undefined", (*here, "if_not_met"), what)


def _quasi_identifiers(tier: Tier, path: Path) -> Iterator[Contradiction]:
    here = (*path, "protect", "quasi_identifiers")
    named = [(name, (*here, index)) for index, name in enumerate(tier.protect.quasi_identifiers or ())]
    yield from absent("not_in_rows", named, tier.row_fields, _("{name} does not stand in the rows"))


def _diversity(agreement: Agreement, tier: Tier, path: Path) -> Iterator[Contradiction]:
    here = (*path, "protect", "l_diversity")
    named = [(name, (*here, name)) for name in tier.protect.l_diversity or {}]
    yield from absent("not_in_rows", named, tier.row_fields, _("{name} does not stand in the rows"))
    for name, at in named:
        if (tier.protect.l_diversity or {})[name].no_code_above_percent >= 100:
            yield Contradiction("no_gate", at, _("a code may not stand in a whole group of look-alikes"))
        field = find(agreement.data, name)
        if field is not None and field.kind != "sensitive":
            # Whatever is under diversity stands outside k: for a field that others know, that would open the gate.
            what = _("only a sensitive field stands under diversity instead of k")
            yield Contradiction("wrong_class", at, what)


def _households(agreement: Agreement, tier: Tier, path: Path) -> Iterator[Contradiction]:
    rule, here = tier.protect.households, (*path, "protect", "households")
    if rule is None:
        return
    if agreement.data.household is None:
        hint = _("name the field under data: household")
        yield Contradiction("no_household", here, _("no field says who is of one household"), hint)
    if tier.protect.k is None or rule.at_least > tier.protect.k:
        what = _("a group of k people cannot come from more than k households")
        yield Contradiction("no_household", (*here, "at_least"), what)


def _tables(agreement: Agreement, tier: Tier, path: Path) -> Iterator[Contradiction]:
    tables, here = tier.protect.tables, (*path, "protect", "tables")
    if (tables is not None) != ("tables" in tier.protect.output):
        what = _("output and tables must agree: tables are listed in both or in neither")
        yield Contradiction("tables_undefined", (*path, "protect", "output"), what)
    if tables is None:
        return
    if "rows" in tier.protect.output and tables.source != "released_rows":
        what = _("beside rows, tables are counted from the rows as released, or they give withheld cells back")
        yield Contradiction("tables_from", here, what, "from: released_rows")
    yield from _breakdowns(agreement, tier, tables, (*here, "by"))


def _breakdowns(agreement: Agreement, tier: Tier, tables: Tables, path: Path) -> Iterator[Contradiction]:
    counted = [name for name, rule in tier.release.items() if rule.rule != "drop"]
    seen: set[frozenset[str]] = set()
    for at, breakdown in enumerate(tables.by):
        named = [(name, (*path, at, index)) for index, name in enumerate(breakdown)]
        what = _("{name} is not released to this tier, so no table is made over it")
        yield from absent("table_not_released", named, counted, what)
        for name, place in named:
            field = find(agreement.data, name)
            if field is not None and field.kind in ("direct", "free_text"):
                what = _("no table is made over a direct identifier or over free text")
                yield Contradiction("identifier_in_tables", place, what)
        if frozenset(breakdown) in seen:
            yield Contradiction("repeated_table", (*path, at), _("the same table is listed twice"))
        seen.add(frozenset(breakdown))


def _unused(tier: Tier, path: Path) -> Iterator[Contradiction]:
    leaving = {*tier.row_fields, *tier.table_fields}
    for name, rule in tier.release.items():
        if name not in leaving and rule.rule != "drop":
            what = _("{field} stands in no row and in no table").format(field=name)
            yield Contradiction("unused_field", (*path, "release", name), what, _("remove it, or add a table"))


def _tokens(agreement: Agreement, tier: Tier, path: Path) -> Iterator[Contradiction]:
    key = tier.release.get(agreement.data.key)
    if tier.match is not None and not isinstance(key, (RowKey, Pseudonymise)):
        what = _("match tokens need a row key or a pseudonym to join them to the rows")
        yield Contradiction("no_row_key", (*path, "match"), what)
