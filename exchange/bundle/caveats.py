"""Caveats: what a reader must know before using the data, beside those that the agreement carries itself.

Each derived caveat follows from the account of a step, never from somebody's typing, so that what is said and what was
done cannot part. The kinds are a closed list: `CaveatCode`. Figures that could point at people leave only in bands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from exchange.agreements.clause import Text
from exchange.agreements.dictionary import Data
from exchange.agreements.duties import CaveatKind
from exchange.consent.bands import Band, band
from exchange.locale import _, speaking
from exchange.protect.protected import Protected

CaveatCode = Literal[
    "consent_gap",  # people assisted who are not here, in a band
    "deceased",  # those known to have died: in tables only, or nowhere
    "no_rows",  # no rows leave: none, or too few to be safe; which of the two is not said
    "cells_withheld",  # values in rows withheld so that every group reaches k
    "rows_withheld",  # rows left out for the same reason
    "k_measured",  # k is reported here, not a gate
    "table_cells_withheld",
    "reading_tables",  # what a value means that a table does not list
    "random_order",  # of the rows
    "coarser",  # fields that are less exact than what the sender holds
    "recoded",  # fields whose rarer codes were put together
    "masked",  # fields of which only the last characters are left
    "scrubbed",  # case notes in which something is masked
    "row_keys",  # rows have keys that say nothing
    "pseudonyms",  # fields that hold pseudonyms
    "fields_not_shared",
    "tokens",  # match tokens serve counting, never a decision
    "links",  # so do the links that come from a linking agent
    "months_left_out",  # of the period, outside the agreement's term
    "late_entries",
    "sent_late",
    "correction",
    "changed_rows",  # against what is replaced: how many rows are new, changed, gone
    "changed_tables",  # against what is replaced: which tables differ
    "few_left_out",  # changes that concern too few people are not in a correction
    "across_releases",  # what all bundles together would tell of few people: left out, or counted
]

KINDS: dict[CaveatCode, CaveatKind] = {
    "consent_gap": "selection_bias",
    "deceased": "selection_bias",
    "no_rows": "population",
    "cells_withheld": "quality",
    "rows_withheld": "selection_bias",
    "k_measured": "method",
    "table_cells_withheld": "quality",
    "reading_tables": "method",
    "random_order": "method",
    "coarser": "quality",
    "recoded": "quality",
    "masked": "quality",
    "scrubbed": "quality",
    "row_keys": "method",
    "pseudonyms": "method",
    "fields_not_shared": "method",
    "tokens": "method",
    "links": "method",
    "months_left_out": "population",
    "late_entries": "population",
    "sent_late": "other",
    "correction": "other",
    "changed_rows": "other",
    "changed_tables": "other",
    "few_left_out": "quality",
    "across_releases": "quality",
}


@dataclass(frozen=True, slots=True)
class DerivedCaveat:
    """One caveat that the program adds, with the figure that triggered it ("" where the figure is not said)."""

    code: CaveatCode
    text: Text
    figure: str = ""

    @property
    def kind(self) -> CaveatKind:
        return KINDS[self.code]


def in_both(say: Callable[[], str]) -> Text:
    """The same sentence in both languages."""
    with speaking("id"):
        indonesian = say()
    with speaking("en"):
        english = say()
    return Text(id=indonesian, en=english)


def derive(protected: Protected) -> tuple[DerivedCaveat, ...]:
    """Every caveat that follows from what was done, in the order of `CaveatCode`."""
    found = (
        *_about_who_is_missing(protected),
        *_about_rows(protected),
        *_about_fields(protected),
        *_about_time(protected),
        *_about_other_periods(protected),
    )
    order = {code: place for place, code in enumerate(CaveatCode.__args__)}  # type: ignore[attr-defined]  # Literal
    return tuple(sorted(found, key=lambda caveat: order[caveat.code]))


def share_held_back(protected: Protected) -> Band | None:
    """The band of people who are not here; None where nothing is said of them."""
    return None if _says_nothing(protected) else band(protected.held_back_total, protected.considered)


def _about_who_is_missing(protected: Protected) -> Iterator[DerivedCaveat]:
    if not _says_nothing(protected):  # always then: a caveat that is absent in one month says "nobody" in that month
        share = band(protected.held_back_total, protected.considered)
        yield DerivedCaveat(
            "consent_gap",
            in_both(
                lambda: _(
                    "Of the people assisted in the period, {share} are not here, because consent for this recipient "
                    "was not given or other conditions of the agreement were not met."
                ).format(share=str(share))
            ),
            figure=share.value,
        )
    if "rows" in protected.permit.tier.protect.output:  # whether anybody has died or not
        yield DerivedCaveat("deceased", in_both(lambda: _about_the_dead(protected)))


def _about_the_dead(protected: Protected) -> str:
    if protected.permit.agreement.consent.deceased.release == "hold_back":
        return _("People who are known to have died are not here at all.")
    if protected.permit.tier.protect.tables is None:
        return _("People who are known to have died stand in no row.")
    return _("People who are known to have died stand in no row; the tables may count them.")


def _says_nothing(protected: Protected) -> bool:
    """Neither a row nor a count leaves. Beside that even a band would tell a month without cases from one with few."""
    return not protected.account.rows_out and all(cell.count is None for t in protected.tables for cell in t.cells)


def _about_rows(protected: Protected) -> Iterator[DerivedCaveat]:
    account = protected.account
    if "rows" in protected.permit.tier.protect.output and not account.rows_out:
        yield DerivedCaveat(
            "no_rows",
            in_both(lambda: _("No rows this time: there were none, or too few to protect the people in them.")),
        )
    if account.cells_withheld:
        fields = ", ".join(_label(protected, name) for name, _count in account.cells_withheld)
        total = sum(count for _name, count in account.cells_withheld)
        yield DerivedCaveat(
            "cells_withheld",
            in_both(
                lambda: _(
                    "{count} values were withheld (written {mark}) so that no one stands in a group of fewer than {k} "
                    "look-alikes: {fields}. Those who are rare are the ones withheld: do not count them as unknown."
                ).format(count=total, mark=_mark(protected), k=account.k_asked, fields=fields)
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
            in_both(lambda: _about_tables(least, _mark(protected) if of_rows else "")),
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


def _about_fields(protected: Protected) -> Iterator[DerivedCaveat]:
    sentences: tuple[tuple[CaveatCode, str, Callable[[str], str]], ...] = (
        (
            "coarser",
            "generalise round top_code bottom_code",
            lambda f: _("Less exact than what the sender holds: {fields}.").format(fields=f),
        ),
        ("recoded", "map", lambda f: _("Rarer codes were put together: {fields}.").format(fields=f)),
        ("masked", "mask", lambda f: _("Only the last characters are left: {fields}.").format(fields=f)),
        (
            "row_keys",
            "row_key",
            lambda f: _keys_of_rows(protected).format(fields=f),
        ),
        ("pseudonyms", "pseudonymise", lambda f: _("Pseudonyms, for this recipient only: {fields}.").format(fields=f)),
        ("fields_not_shared", "drop", lambda f: _("Held by the sender and not shared: {fields}.").format(fields=f)),
    )
    for code, rules, sentence in sentences:
        if names := [change.field for change in protected.changes if change.rule in rules.split()]:
            fields = ", ".join(_label(protected, name) for name in names)
            yield DerivedCaveat(code, in_both(lambda s=sentence, f=fields: s(f)), figure=str(len(names)))  # type: ignore[misc]  # bound early
    yield from _about_case_notes(protected)
    agent = _agent(protected)
    if agent:
        yield DerivedCaveat(
            "links",
            in_both(
                lambda: _(
                    "Which rows are of one person, {agent} tells in letters of its own, so that each person is counted "
                    "once. A link is never a reason to decide anything about a person."
                ).format(agent=agent)
            ),
        )
    if protected.match:
        yield DerivedCaveat(
            "tokens",
            in_both(
                lambda: _(
                    "Match tokens serve to count each person once. A link is never a reason to decide anything about "
                    "a person."
                )
            ),
        )


def _agent(protected: Protected) -> str:
    """The name of the linking agent; "" where the tier is not linked through one."""
    agent, match = protected.permit.agreement.agent, protected.permit.tier.match
    return agent.name if agent is not None and match is not None and match.via == "agent" else ""


def _keys_of_rows(protected: Protected) -> str:
    if _agent(protected):
        return _("Keys by which the linking agent tells which rows are of one person, new in each bundle: {fields}.")
    return _("Keys that join rows to their match tokens, new in each bundle: {fields}.")


def _about_case_notes(protected: Protected) -> Iterator[DerivedCaveat]:
    scrubbed = [change for change in protected.changes if change.masks is not None]
    if not scrubbed:
        return
    fields = ", ".join(_label(protected, change.field) for change in scrubbed)
    masks = [change.masks for change in scrubbed if change.masks is not None]
    total, notes, kept = (sum(each) for each in zip(*((m.total, m.notes, m.kept) for m in masks), strict=True))
    yield DerivedCaveat(
        "scrubbed",
        in_both(
            lambda: _(
                "In the case notes ({fields}) names, numbers and addresses are masked: {masks} masks in {notes} notes. "
                "{kept} words of which no program can be sure stand because a person decided so. A mask says of what "
                "kind it is, never whose."
            ).format(fields=fields, masks=total, notes=notes, kept=kept)
        ),
        figure=str(total),
    )


def _about_time(protected: Protected) -> Iterator[DerivedCaveat]:
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
    if protected.late_entries and not _says_nothing(protected):
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


def _about_other_periods(protected: Protected) -> Iterator[DerivedCaveat]:
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
    names = "; ".join(" × ".join(_label(protected, name) for name in table) for table in changed)
    return _("Against the bundle that this one replaces, these tables differ: {tables}.").format(tables=names)


def _label(protected: Protected, name: str) -> str:
    return _data(protected).field(name).label


def _mark(protected: Protected) -> str:
    return _data(protected).suppressed()


def _data(protected: Protected) -> Data:
    return protected.permit.agreement.data
