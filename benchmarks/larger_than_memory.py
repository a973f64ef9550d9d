"""How long a file larger than the memory given takes through DuckDB, how much memory it needs, what touches the disk.

`make bench-engines` makes a table of Adult's columns (see `benchmarks/anonymise.py`), 10,000,000 rows as a CSV, and
releases it as a whole process that is allowed half of the file's size. While it runs, the folder that DuckDB would
spill into, the folder of temporary files and the folder of the result are watched: the result and its draft are all
that may appear.

    python -m benchmarks.larger_than_memory [--rows 10000000] [--memory 400MB]
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from benchmarks.anonymise import BENCH, MIB, MILLION
from benchmarks.timing import HOUSE, timed


def main() -> None:
    options = _options()
    if options.work:
        table, asked, out, given = options.work
        release(Path(table), Path(asked), Path(out), given)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made_by = str(Path(__file__).with_name("anonymise.py"))
        adult, large, plan = folder / "adult.csv", folder / "large.csv", folder / "plan.yaml"
        for file in BENCH.glob("*.csv"):
            (folder / file.name).write_bytes(file.read_bytes())
        if not adult.exists():
            print("Adult is not there: a made table of its shape")
            timed(sys.executable, made_by, "--make", "like_adult", str(adult))
        fields = adult.read_text(encoding="utf-8").splitlines()[0].split(";")
        plan.write_text(MILLION.plan(fields).replace('"order": "input"', '"order": "shuffled"'), encoding="utf-8")
        timed(sys.executable, made_by, "--make", "sampled", str(adult), str(large), str(options.rows))
        libraries = ", ".join(f"{each} {version(each)}" for each in ("duckdb", "pyarrow", "numpy"))
        print(f"Python {platform.python_version()}, {libraries}; load {os.getloadavg()[0]:.1f}")
        print(f"{options.rows:,} rows, {large.stat().st_size / MIB:.0f} MiB; memory given to DuckDB: {options.memory}")
        watched(folder, large, plan, options.memory)


def watched(folder: Path, large: Path, plan: Path, memory: str) -> None:
    """The release as a process of its own, in a folder of its own; what appears there and among temporary files."""
    work, temporary = folder / "work", folder / "temporary"
    work.mkdir()
    temporary.mkdir()
    command = [sys.executable, __file__, "--work", str(large), str(plan), str(work / "released.csv"), memory]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HOUSE), "TMPDIR": str(temporary)}
    began = time.perf_counter()
    child = subprocess.Popen(command, env=environment, cwd=work)  # noqa: S603  # ourselves
    seen: set[str] = set()
    while True:
        pid, status, used = os.wait4(child.pid, os.WNOHANG)
        seen |= {each.name for place in (work, temporary) for each in place.rglob("*") if each.is_file()}
        if pid:
            break
        time.sleep(0.05)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit("the release failed")
    wall, cpu = time.perf_counter() - began, used.ru_utime + used.ru_stime
    print(f"{wall:.0f} s on the clock, {cpu:.0f} s of processors, {used.ru_maxrss / 1024:.0f} MiB at the peak")
    print(f"on the disk, at any time: {', '.join(sorted(seen))}")
    if any(not name.startswith(("released.", "part-")) for name in seen):
        raise SystemExit("something else was written")


def release(large: Path, plan_file: Path, out: Path, memory: str) -> None:
    """Read, found, released; says how long each took."""
    import secrets

    from exchange.engines.opening import opened
    from exchange.protect.anonymise.finding import find
    from exchange.protect.anonymise.plan_file import load_plan
    from exchange.protect.anonymise.table.coding import ladders_of
    from exchange.protect.anonymise.table.through_engine import coded_by, released_by

    plan, began = load_plan(plan_file), time.perf_counter()

    def done(what: str) -> None:
        print(f"  {what}: {time.perf_counter() - began:.0f} s", flush=True)

    with opened("duckdb", large, plan.input.separator, out, memory_limit=memory) as table:
        found = coded_by(table, plan, ladders_of(plan, plan_file.parent))
        done(f"{len(found.coded.counts):,} combinations counted")
        recoded = find(found.coded, plan.protect)
        if recoded is None:
            raise SystemExit("the plan cannot be met")
        done(f"recoding found, {int(found.coded.counts[~recoded.kept].sum()):,} rows suppressed")
        released_by(table, plan, found, recoded, out, secrets.token_bytes(16))
        done("released and counted anew")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--memory", default="400MB", help="as DuckDB writes it")
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
