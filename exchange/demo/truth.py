"""What the generator knows and no recipient does: how many people stand behind the reports that a recipient holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exchange.demo.scenario import Scenario
from exchange.sending import Packed


@dataclass(frozen=True, slots=True)
class Truth:
    """`reports` in rows that one recipient holds at the end, and the `people` behind them."""

    reports: int
    people: int


def truth(scenario: Scenario, packed: Iterable[Packed], recipient: str, *, erases: bool) -> Truth:
    """What `recipient` holds after corrections, and, where it `erases` on request, after the withdrawal."""
    theirs = [each for each in packed if each.sealed.envelope.recipient == recipient]
    replaced = {each.sealed.envelope.replaces for each in theirs}
    cases = [case for each in theirs if each.sealed.envelope.id not in replaced for case in _cases_in_rows(each)]
    if erases:
        cases = [case for case in cases if case != scenario.withdrawal.case_ref]
    return Truth(len(cases), scenario.distinct_people(cases))


def _cases_in_rows(packed: Packed) -> list[str]:
    """The cases behind a bundle's rows."""
    protected, consented = packed.prepared.protected, packed.prepared.consented
    if not protected.account.rows_out:
        return []
    cases = consented.table.column(consented.permit.agreement.data.key).to_pylist()
    return [cases[place] for place in protected.counted]
