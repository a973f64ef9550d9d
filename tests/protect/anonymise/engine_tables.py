"""The same small tables for every engine: as files, and as plain reading releases them."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from protect.anonymise.tables import LADDERS, Case, plan_of, quasi

from exchange.engines.opening import EngineName, opened
from exchange.protect.anonymise.alike import distinct
from exchange.protect.anonymise.coded import Coded, Tally
from exchange.protect.anonymise.models import Judge
from exchange.protect.anonymise.recoded import Recoded, ladder_labels
from exchange.protect.anonymise.table.through_engine import coded_by, released_by
from exchange.protect.anonymise.table.writing import released

Rows = Counter[tuple[str, ...]]
SECRET = bytes(range(16))
FIELDS: dict[str, Any] = {
    "name": {"class": "direct"},
    "place": quasi(ladder="places.csv"),
    "age": quasi(ladder="ages.csv"),
    "house": {"class": "household"},
    "sex": quasi(),
    "form": {"class": "sensitive", "list": "|"},
    "remark": {"class": "attribute"},
}
ASKED: dict[str, Any] = {
    "k": 3,
    "method": "full_domain",
    "max_suppressed_rows_percent": 100,
    "l_diversity": {"form": {"no_code_above_percent": 80}},
    "households": {"at_least": 2, "none_above_percent": 60},
}
REMARKS = ("x, y", 'said "no"', "*", "=1", "", "two\nlines", "  spaces\u3000")


def case_of(rows: int = 200, *, output: dict[str, str] | None = None, seed: int = 1) -> Case:
    """A table with all that a CSV can hold: quotes, separators, lines in a value, spaces around, nothing at all."""
    chance = np.random.default_rng(seed)
    places, ages = [row[0] for row in LADDERS["place"]] + ["", " Ende "], [row[0] for row in LADDERS["age"]]
    forms = ("labour", "labour|sexual", "begging", "", " organs")
    columns = (places, ages, [f"h{n}" for n in range(40)], ["f", "m"], forms, REMARKS)
    drawn = [[column[n] for n in chance.integers(len(column), size=rows)] for column in columns]
    numbered = zip([f"person {n}" for n in range(rows)], *drawn, strict=True)
    return Case(plan_of(ASKED, FIELDS, output), tuple(FIELDS), tuple(numbered))


def write(case: Case, file: Path) -> Path:
    if file.suffix == ".parquet":
        import pyarrow as pa
        from pyarrow import parquet

        columns = zip(case.head, zip(*case.rows, strict=True), strict=True)
        parquet.write_table(pa.table({name: list(cells) for name, cells in columns}), file)
    else:
        with file.open("w", encoding="utf-8", newline="") as opened_file:
            csv.writer(opened_file, lineterminator="\n").writerows([case.head, *case.rows])
    return file


def plainly(case: Case, levels: tuple[int, ...]) -> Rows:
    """What plain reading releases. Reading leaves out columns of class direct, and spaces around values."""
    read = [place for place, name in enumerate(case.head) if case.plan.fields[name].class_ != "direct"]
    rows = tuple(tuple(row[place] for place in read) for row in stripped(case).rows)
    source = Case(case.plan, tuple(case.head[place] for place in read), rows).source
    coded, of_row = stripped(case).coded()
    lines = released(source, case.plan, of_row, recode(coded, case, levels), bytes(16))
    return Counter(map(tuple, csv.reader("".join(lines).splitlines(keepends=True))))


def stripped(case: Case) -> Case:
    return Case(case.plan, case.head, tuple(tuple(cell.strip() for cell in row) for row in case.rows))


def recode(coded: Coded, case: Case, levels: tuple[int, ...]) -> Recoded:
    """Every column on one level; what does not hold is suppressed."""
    columns = [q.nodes[level][coded.combinations[:, n]] for n, (q, level) in enumerate(zip(coded.quasi, levels))]  # noqa: B905
    looks, group = distinct(columns, [len(q.labels[level]) for q, level in zip(coded.quasi, levels, strict=True)])
    held = Judge(coded, case.plan.protect).holds(group, len(looks))
    labels = tuple(ladder_labels(q, level) for q, level in zip(coded.quasi, levels, strict=True))
    return Recoded(labels, np.stack(columns, axis=1).astype(np.int32), held[group])


def through(
    engine: EngineName, case: Case, file: Path, out: Path, levels: tuple[int, ...], secret: bytes = SECRET
) -> Coded:
    """The whole road through an engine; what it found."""
    with opened(engine, file, ",", out, memory_limit="1GB", master="local[2]") as table:
        found = coded_by(table, case.plan, {name: LADDERS[name] for name in case.plan.quasi})
        released_by(table, case.plan, found, recode(found.coded, case, levels), out, secret)
    return found.coded


def rows_of(out: Path) -> Rows:
    """What was written: the head once, and every row; of a folder, of all its files."""
    files = sorted(out.glob(f"*{out.suffix}")) if out.is_dir() else [out]
    tables = [_table(file) for file in files]
    assert len({table[0] for table in tables}) == 1
    return Counter([tables[0][0], *(row for table in tables for row in table[1:])])


def _table(file: Path) -> list[tuple[str, ...]]:
    if file.suffix == ".parquet":
        from pyarrow import parquet

        table = parquet.ParquetFile(file).read()
        return [tuple(table.column_names), *zip(*(column.to_pylist() for column in table.columns), strict=True)]
    with file.open(encoding="utf-8", newline="") as opened_file:
        return [tuple(row) for row in csv.reader(opened_file)]


def comparable(coded: Coded) -> str:
    """A coded table as text, households by how many rows each has: their numbers mean nothing."""
    tallies = [(field.name, field.missing, _tally(field.tally)) for field in coded.sensitive]
    living = coded.households
    spread = living and [
        sorted(living.rows[living.starts[n] : living.starts[n + 1]].tolist()) for n in range(len(coded.counts))
    ]
    fields = [(q.name, q.values, q.missing, [level.tolist() for level in q.nodes]) for q in coded.quasi]
    return json.dumps([fields, coded.combinations.tolist(), coded.counts.tolist(), tallies, spread])


def _tally(tally: Tally) -> list[Any]:
    return [tally.kinds, tally.starts.tolist(), tally.what.tolist(), tally.rows.tolist()]
