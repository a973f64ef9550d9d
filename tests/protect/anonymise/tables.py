"""Random tables, ladders and plans, as files and as what the search sees."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from exchange.agreements.strict_yaml import read
from exchange.errors import DisclosureError
from exchange.protect.anonymise.coded import Coded, Numbers
from exchange.protect.anonymise.plan import Plan
from exchange.protect.anonymise.table.coding import coded
from exchange.protect.anonymise.table.ladders import Row
from exchange.protect.anonymise.table.reading import Source, Texts

# The ladders of the random tables: places, ages, and sex, which has none of its own.
PLACES: tuple[Row, ...] = (
    ("Kupang", "Timor", "NTT"),
    ("Soe", "Timor", "NTT"),
    ("Ende", "Flores", "NTT"),
    ("Maumere", "Flores", "NTT"),
    ("Bima", "Sumbawa", "NTB"),
    ("Dompu", "Sumbawa", "NTB"),
)
AGES: tuple[Row, ...] = tuple((str(age), f"{age // 3 * 3}-{age // 3 * 3 + 2}") for age in range(12, 24))
LADDERS: Mapping[str, Sequence[Row]] = {"place": PLACES, "age": AGES, "sex": ()}
CODES = ("labour", "sexual", "begging", "organs", "")


@dataclass(frozen=True)
class Case:
    """A table, row by row, under a plan."""

    plan: Plan
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def source(self) -> Source:
        return Source(
            tuple(texts(n, c) for n, c in zip(self.head, zip(*self.rows, strict=True), strict=True)), len(self.rows)
        )

    def coded(self) -> tuple[Coded, Numbers]:
        return coded(self.source, self.plan, {name: LADDERS[name] for name in self.plan.quasi})


def texts(name: str, column: Sequence[str]) -> Texts:
    values = tuple(dict.fromkeys(column))
    return Texts(name, values, np.array([values.index(text) for text in column], dtype=np.int32))


def plan_of(protect: Mapping[str, Any], fields: Mapping[str, Any], output: Mapping[str, Any] | None = None) -> Plan:
    """A plan as it is read from its file; JSON is YAML."""
    document = {"plan": 1, "fields": fields, "protect": protect, "output": output or {}}
    return read(json.dumps(document), Plan, "plan.yaml", DisclosureError, prefix="plan")


def quasi(weight: float = 1, **more: Any) -> dict[str, Any]:
    return {"class": "quasi", "weight": weight, **more}


DIVERSITY = (
    {"distinct": 2},
    {"entropy": 1.5},
    {"recursive": {"c": 2, "l": 2}},
    {"no_code_above_percent": 70},
)


@st.composite
def protections(draw: st.DrawFn, method: str, losses: Sequence[str] = ("ncp", "non_uniform_entropy")) -> dict[str, Any]:
    """k and any mix of the other models."""
    asked: dict[str, Any] = {"k": draw(st.integers(1, 5)), "method": method, "loss": draw(st.sampled_from(losses))}
    asked["max_suppressed_rows_percent"] = draw(st.sampled_from((0, 10, 30)))
    if draw(st.booleans()):
        asked["l_diversity"] = {"form": draw(st.sampled_from(DIVERSITY))}
    if draw(st.booleans()):
        distance = draw(st.sampled_from(("equal", "ordered")))
        asked["t_closeness"] = {"wage": {"max": draw(st.sampled_from((0.2, 0.4, 0.7))), "distance": distance}}
    if draw(st.booleans()):
        asked["households"] = {"at_least": draw(st.integers(1, 3)), "none_above_percent": 60}
    return asked


@st.composite
def cases(draw: st.DrawFn, method: str, losses: Sequence[str] = ("ncp", "non_uniform_entropy"), most: int = 40) -> Case:
    """A random table of `place`, `age`, `sex`, and sensitive fields and households as the random plan asks."""
    asked = draw(protections(method, losses))
    weights = st.sampled_from((1, 1, 2.5))
    fields: dict[str, Any] = {
        "place": quasi(draw(weights), ladder="places.csv"),
        "age": quasi(draw(weights), ladder="ages.csv"),
        "sex": quasi(draw(weights)),
    }
    columns = [
        st.sampled_from([row[0] for row in PLACES] + [""]),
        st.sampled_from([row[0] for row in AGES]),
        st.sampled_from(["f", "m"]),
    ]
    for name, clause, values in (
        ("form", "l_diversity", st.sampled_from(CODES)),
        ("wage", "t_closeness", st.sampled_from(["0", "5", "10"])),
    ):
        if clause in asked:
            fields[name] = {"class": "sensitive"}
            columns.append(values)
    if "households" in asked:
        fields["household"] = {"class": "household"}
        columns.append(st.sampled_from([f"h{number}" for number in range(12)]))
    rows = draw(st.lists(st.tuples(*columns), min_size=1, max_size=most))
    return Case(plan_of(asked, fields), tuple(fields), tuple(rows))


ADULT = Path(__file__).parents[4] / "shared" / "bench" / "anonymise"
