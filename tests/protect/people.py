"""Invented people for the tests of protect, and the agreement under which they are sent."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest

from exchange.agreements.agreement import Agreement
from exchange.agreements.period import Period
from exchange.agreements.permit import Permit
from exchange.agreements.reading import load_agreement
from exchange.agreements.tiers import Protect
from exchange.matching.tokens import MatchTokens
from exchange.protect.columns import Column
from exchange.protect.protected import Protected
from exchange.redact.redacted import Redacted

CHECKOUT = Path(__file__).parents[2]
PLACES = (CHECKOUT / "exchange/demo/dsa-ntt.yaml", CHECKOUT.parent / "shared/examples/dsa-ntt.yaml")
TIER_OF = {"gt-ntt": "task-force", "dinas-p3a": "statistics", "io-id": "case-coordination"}
Person = dict[str, str]


@cache
def _example() -> Agreement:
    found = [place for place in PLACES if place.exists()]
    if not found:
        pytest.skip("the example agreement is not here")
    return load_agreement(found[0])


def permit(recipient: str, **protect: object) -> Permit:
    """Leave under the example agreement, with some clauses of the tier's `protect` changed, or taken out by None."""
    agreement = _example()
    tier_id = TIER_OF[recipient]
    tier = agreement.tiers[tier_id]
    clauses = {**tier.protect.model_dump(by_alias=True, exclude_none=True), **protect}
    changed = Protect.model_validate({name: clause for name, clause in clauses.items() if clause is not None})
    tiers = {**agreement.tiers, tier_id: tier.model_copy(update={"protect": changed})}
    agreement = agreement.model_copy(update={"tiers": tiers})
    return Permit(agreement, agreement.party(recipient), Period.read("2026-10"), dt.date(2026, 11, 5))


def redacted(
    leave: Permit, people: Sequence[Person], household: Sequence[int] | None = None, dead: Sequence[int] = ()
) -> Redacted:
    """`people` as redact leaves them; fields that a person lacks are missing. `dead`: places of those only counted."""
    names = [name for name, rule in leave.tier.release.items() if rule.rule != "drop"]
    columns = {name: pa.array([p.get(name, "") for p in people], pa.string()).dictionary_encode() for name in names}
    own = range(len(people))
    return Redacted(
        permit=leave,
        table=pa.table(columns),
        household=pa.array(household if household is not None else own, pa.int32()),
        tables_only=pa.array([place in set(dead) for place in own], pa.bool_()),
        changes=(),
        held_back_total=0,
        considered=len(people),
        late_entries=0,
    )


def column(name: str, values: Sequence[str]) -> Column:
    return Column.of(pa.table({name: pa.array(values, pa.string()).dictionary_encode()}), name)


def tokens_for(people: Sequence[Person]) -> MatchTokens:
    return MatchTokens("ntt", "2026", tuple((("nik", f"nik-{p['x_CaseRef']}"),) for p in people))


FORMS = ("forcedLabour", "sexualExploitation", "debtBondage;forcedLabour", "debtBondage", "forcedMarriage")
SHARES: dict[str, dict[str, int]] = {
    "prs_Birthdate": {"0-17": 12, "18-29": 45, "30-44": 32, "45+": 8, "UNKNOWN": 3},
    "prs_Gender": {"Feminine": 68, "Masculine": 29, "TransgenderFeminine": 2, "": 1},
    "vic_ForcedLabourIndustry": {"domestic": 40, "farm": 20, "fishing": 15, "building": 12, "UNKNOWN": 8, "": 5},
    "vic_MethodOfRecruitment": {"fraud": 40, "deception;fraud": 25, "debt": 20, "force": 9, "UNKNOWN": 6},
    "x_OriginProvince": {"53": 88, "52": 8, "73": 4},
    "x_OriginRegency": {f"53{n:02}": 1 for n in range(1, 22)},
    "x_ExploitationCountry": {"MY": 60, "ID": 25, "OTHER": 15},
}


def person(dice: random.Random) -> Person:
    """Somebody as a CSO's months have them: mostly young women, mostly in forced labour."""
    drawn = {name: dice.choices(list(shares), list(shares.values()))[0] for name, shares in SHARES.items()}
    shares = (40, 25, 15, 13, 7) if drawn["prs_Gender"] == "Feminine" else (45, 5, 20, 30, 0)
    key = f"{dice.getrandbits(64):016x}"
    return {"x_CaseRef": key, **drawn, "vic_TypeOfExploitation": dice.choices(FORMS, shares)[0]}


def month(size: int, seed: int) -> tuple[list[Person], list[int]]:
    """`size` people and their households."""
    dice = random.Random(seed)
    household: list[int] = []
    while len(household) < size:
        members = dice.choices([1, 2, 3, 4], [80, 12, 5, 3])[0]
        household += [len(set(household))] * members
    return [person(dice) for _n in range(size)], household[:size]


def row_texts(release: Protected, *without: str) -> list[tuple[str, ...]]:
    """The rows as released, in their order."""
    assert release.rows is not None
    names = [name for name in release.rows.column_names if name not in without]
    return list(zip(*(release.rows[name].to_pylist() for name in names), strict=True)) if names else []
