"""What linking starts from, counted on invented reports whose truth is known: how often two reports of one
person, and of two people, stand so to each other.

    python -m benchmarks.linking_learn exchange/merge/linking

None of these reports is among those that the linking is measured on.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.linking_ours import Roles, filters_of_table, tokens_of_table
from benchmarks.linking_people import HIGH, LOW, MIDDLE, generate
from exchange.engines.duckdb import Engine
from exchange.merge.linking import field_model, field_nodes, token_model, token_nodes
from exchange.merge.linking.blocking import block
from exchange.merge.linking.comparing import compare

SETS = [(MIDDLE, 9001), (MIDDLE, 9002), (MIDDLE, 9003), (HIGH, 9004), (LOW, 9005)]
PEOPLE = 15_000
ROLES: Roles = {
    "name": ["full_name"],
    "birth": "dob",
    "year": "birth_year",
    "place": "regency",
    "sex": "sex",
    "number": "nik",
    "phone": "phone",
}


def main() -> None:
    for file, strength in (("token_table.json", "tokens"), ("field_table.json", "fields")):
        Path(sys.argv[1], file).write_text(_table(strength))


def _table(strength: str) -> str:
    learned = token_model.LEARNED if strength == "tokens" else field_model.LEARNED
    one: dict[str, Counter[tuple[int, ...]]] = {name: Counter() for name in learned}
    two: dict[str, Counter[tuple[int, ...]]] = {name: Counter() for name in learned}
    pairs = 0.0
    for errors, seed in SETS:
        table = generate(PEOPLE, seed, errors)
        found = _compared(table, strength)
        _names, cluster = np.unique(table["cluster"].to_numpy(), return_inverse=True)
        same = cluster[found["l"]] == cluster[found["r"]]
        pairs += len(table) * (len(table) - 1) / 2
        for name, those in learned.items():
            places = np.stack([found[each] for each in those], axis=1)
            for counted, which in ((one, same), (two, ~same)):
                values, counts = np.unique(places[which], axis=0, return_counts=True)
                counted[name].update({tuple(map(int, v)): int(c) for v, c in zip(values, counts, strict=True)})
        print(strength, seed, len(table), int(same.sum()), int((~same).sum()), file=sys.stderr)
    told = {
        name: [
            {"places": places, "one": one[name][places], "two": two[name][places]}
            for places in sorted({*one[name], *two[name]})
        ]
        for name in learned
    }
    lines = ",\n".join(
        f'"{name}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]" for name, rows in told.items()
    )
    return f'{{"pairs": {pairs:.0f},\n{lines}}}\n'


def _compared(table: pd.DataFrame, strength: str) -> dict[str, np.ndarray]:
    """Pairs of rows that met, and how they stand to each other."""
    with Engine.open() as engine:
        if strength == "tokens":
            reports, tokens = tokens_of_table(table, ROLES)
            engine.add("report", reports)
            engine.add("token", tokens)
            token_nodes.prepare(engine)
            first = "first_report"
        else:
            engine.add("nodes", field_nodes.nodes(filters_of_table(table, ROLES)))
            engine.make("node", "SELECT * FROM nodes")
            field_model.keys(engine, "keys")
            first = "unique_id"
        comparisons = token_model.COMPARISONS if strength == "tokens" else field_model.COMPARISONS
        block(engine, "keys", "pairs")
        engine.make("worth_comparing", "SELECT l, r, 'm' AS why FROM pairs")
        compare(engine, comparisons, "worth_comparing", "compared")
        names = ", ".join(f"compared.{each.name}" for each in comparisons)
        found = engine.run(
            f"""SELECT a.{first} AS l, b.{first} AS r, {names} FROM compared
                JOIN node AS a ON a.unique_id = l JOIN node AS b ON b.unique_id = r"""  # noqa: S608  # names of our own
        )
    return {name: np.asarray(found.column(name)) for name in found.column_names}


if __name__ == "__main__":
    main()
