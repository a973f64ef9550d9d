"""What it takes to link a million reports, and to add a month's 20,000 to them, beside splink used directly.

`make bench-linking-scale`. Reports are made (`linking_people.py`) and so are their tokens, as a store
holds them; each job is a process of its own that reads them from a file, and writes persons:

    splink   splink alone with the blocking rules and comparisons of ours, and its own clustering
    ours     the same by ours
    old      ours without the 20,000, leaving what a store keeps
    add      ours: the 20,000 added to that
    full     ours: everything at once; its persons must be those of `add`

The jobs run in turns, in one order and then in the other, so that a slow hour strikes all alike; what counts is the
ratio of medians. A quiet machine is needed all the same: the load is printed.

    python -m benchmarks.linking_scale [--reports 1000000] [--added 20000] [--rounds 2]
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from benchmarks import linking_stored
from benchmarks.timing import Taken, median, timed

LINK = 0.995
REPORTS_A_PERSON = 1.76
# What is to be reached.
OF_SPLINK, OF_FULL, MEMORY = 0.7, 0.1, 4 * 2**30


def main() -> None:
    options = _options()
    if options.job:
        JOBS[options.job[0]](*options.job[1:])
        return
    with tempfile.TemporaryDirectory() as folder:
        scale = Scale(Path(folder))
        scale.make(options.reports, options.added)
        print(f"splink {version('splink')}, duckdb {version('duckdb')}; {os.cpu_count()} processors")
        print(f"{'':8}{'wall s':>9}{'cpu s':>9}{'MiB':>8}   load")
        for turn in range(options.rounds):
            jobs = ["splink", "ours", "old", "add", "full"]
            # `add` needs `old` before it, whichever way round.
            for job in jobs if turn % 2 == 0 else ["old", "full", "add", "ours", "splink"]:
                scale.run(job)
        scale.tell()


class Scale:
    """The files of a run, and what each job took each time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken: defaultdict[str, list[Taken]] = defaultdict(list)
        self.differing: int | None = None

    def make(self, reports: int, added: int) -> None:
        """`old.parquet`, `added.parquet` and both: the added are a random part, so many are about people known."""
        arguments = (str(self.folder), str(reports), str(added))
        timed(sys.executable, __file__, "--job", "make", *arguments)

    def run(self, job: str) -> None:
        if job == "old":
            shutil.rmtree(self.folder / "kept", ignore_errors=True)
            (self.folder / "kept").mkdir()
        load = os.getloadavg()[0]
        taken = timed(sys.executable, "-W", "ignore", __file__, "--job", job, str(self.folder))
        if taken.said.strip():
            print(f"{job:8}{taken.said.strip()}", flush=True)
            return
        self.taken[job].append(taken)
        print(f"{job:8}{taken.wall:9.1f}{taken.cpu:9.1f}{taken.peak / 2**20:8.0f}   {load:.1f}", flush=True)
        if job in ("add", "full"):
            self._compare()

    def _compare(self) -> None:
        files = [self.folder / f"{job}.persons" for job in ("add", "full")]
        if all(file.exists() for file in files):
            one, other = (pd.read_parquet(file)["person"].to_numpy() for file in files)
            self.differing = int((first_rows(one) != first_rows(other)).sum())

    def tell(self) -> None:
        for what, by, to_reach in (("ours", "splink", OF_SPLINK), ("add", "full", OF_FULL)):
            if self.taken[what] and self.taken[by]:
                wall, cpu = (median(self.taken[what], of) / median(self.taken[by], of) for of in ("wall", "cpu"))
                print(f"{what} / {by}: {wall:.3f} of the time (to reach {to_reach}), {cpu:.3f} of the processors'")
        if self.taken["ours"]:
            peak = max(taken.peak for taken in self.taken["ours"])
            print(f"ours at its peak: {peak / 2**30:.2f} GiB (to reach {MEMORY / 2**30:.0f})")
        if self.differing is not None:
            print(f"rows whose person differs between add and full: {self.differing} (to reach 0)")


def first_rows(persons: np.ndarray) -> np.ndarray:
    """Each row's person, named by the first row that has it: equal where two partitions are.

    >>> first_rows(np.array([7, 3, 7])).tolist()
    [0, 1, 0]
    """
    _persons, first, number = np.unique(persons, return_index=True, return_inverse=True)
    named: np.ndarray = first[number.ravel()]
    return named


# --- jobs, each in a process of its own ---


def make(folder: str, reports: str, added: str) -> None:
    """What a store holds: reports and their tokens. How senders make tokens is not what is measured here."""
    from benchmarks import linking_ours, linking_people
    from benchmarks.linking import PEOPLE

    table = linking_people.generate(
        int((int(reports) + int(added)) / REPORTS_A_PERSON * 1.01) + 10, 7, linking_people.MIDDLE
    )
    table = table[: int(reports) + int(added)].reset_index(drop=True)
    whole, tokens = linking_ours.tokens_of_table(table, PEOPLE)
    # The added month comes after all that was there.
    turn = np.asarray(whole.column("turn"))
    late = np.arange(whole.num_rows) >= int(reports)
    turn = np.where(late, turn + whole.num_rows, turn)
    whole = whole.set_column(whole.column_names.index("turn"), "turn", pa.array(np.argsort(np.argsort(turn))))
    old = pc.less(tokens.column("report"), int(reports))
    for name, part in (("old", tokens.filter(old)), ("added", tokens.filter(pc.invert(old))), ("all", tokens)):
        parquet.write_table(part, Path(folder) / f"{name}.tokens")
    parquet.write_table(whole, Path(folder) / "all.reports")
    parquet.write_table(whole[: int(reports)], Path(folder) / "old.reports")
    linking_ours.splink_table(whole[: int(reports)], tokens.filter(old)).to_parquet(Path(folder) / "old.splink")


def splink(folder: str) -> None:
    from splink import DuckDBAPI, Linker

    database = DuckDBAPI()
    rows = database.register(pd.read_parquet(Path(folder) / "old.splink"))
    linker = Linker(rows, linking_stored.splink_settings(), log_level=None)
    pairs = linker.inference.predict(threshold_match_probability=0.5, warning_mode="never")
    groups = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, LINK)
    found = groups.as_pandas_dataframe()  # type: ignore[no-untyped-call]  # splink's own
    _write(folder, "splink", found.sort_values("unique_id")["cluster_id"].to_numpy())


def ours(folder: str) -> None:
    _write(folder, "ours", linking_stored.persons(*_read(folder, "old")))


def full(folder: str) -> None:
    _write(folder, "full", linking_stored.persons(*_read(folder, "all")))


def old(folder: str) -> None:
    reports, tokens = _read(folder, "old")
    _write(folder, "old", linking_stored.persons(reports, tokens, Path(folder) / "kept", (_old(reports),)))


def add(folder: str) -> None:
    reports, tokens = (
        parquet.read_table(Path(folder) / "all.reports"),
        parquet.read_table(Path(folder) / "added.tokens"),
    )
    known = _old(parquet.read_table(Path(folder) / "old.reports", columns=["report"]))
    releases = (known, ("added", "2026-10", reports.num_rows - known[2]))
    _write(folder, "add", linking_stored.persons_with_more(Path(folder) / "kept", reports, tokens, releases))


def _old(reports: pa.Table) -> tuple[str, str, int]:
    return "old", "2026-09", reports.num_rows


JOBS = {job.__name__: job for job in (make, splink, ours, full, old, add)}


def _read(folder: str, name: str) -> tuple[pa.Table, pa.Table]:
    return parquet.read_table(Path(folder) / f"{name}.reports"), parquet.read_table(Path(folder) / f"{name}.tokens")


def _write(folder: str, job: str, persons: np.ndarray) -> None:
    pd.DataFrame({"person": persons}).to_parquet(Path(folder) / f"{job}.persons", index=False)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reports", type=int, default=1_000_000)
    parser.add_argument("--added", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--job", nargs="+", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
