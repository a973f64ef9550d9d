"""How long describing and writing a bundle takes, beside what XlsxWriter alone needs to write its rows as .xlsx.

`make bench-describe` invents a release of 20 fields (pseudonyms, bands, codes, lists of codes, places, a date, two
numbers, a free text), and times two whole processes in turns: ours describes the release and writes csv, xlsx, README
and descriptor to disk, through the program's own `describe`; theirs writes the one sheet with XlsxWriter, as its
documentation does for tables: one `write_string`, `write_number` or `write_datetime` for each cell, row by row, and
numbers and dates made once per column beforehand. XlsxWriter is timed in three of its modes:

- `default`: the table in memory, the parts of the file in temporary files;
- `in_memory`: no temporary files, which is what we promise;
- `constant_memory`: what it advises for large files: rows go to a temporary file at once, texts stand in every cell.

What counts is the ratio of the medians to the quickest of them: all are taken on the same machine, in the same minutes,
under the same load. Both sides read the same Arrow file first. Afterwards ours is made again in other surroundings
(hash seed, language, time zone) and must be the same bytes.

    python -m benchmarks.describe [--runs 3] [--rows 100000]
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).parents[1]
RECIPIENT, PERIOD, NOW = "io-id", "2026-10", dt.datetime(2026, 11, 5, 3, 30, tzinfo=dt.UTC)
TO_REACH, LARGEST_PAGE = 1.3, 300_000
MODES: dict[str, dict[str, bool]] = {
    "default": {},
    "in_memory": {"in_memory": True},
    "constant_memory": {"constant_memory": True},
}
HERE = {"PYTHONHASHSEED": "1", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
ELSEWHERE = {"PYTHONHASHSEED": "2", "LANG": "id_ID.UTF-8", "LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Makassar"}


def main() -> None:
    options = _options()
    if options.write:
        _write(options.write, Path(options.release), Path(options.folder))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        release = folder / "release.arrow"
        _save(_columns(options.rows), release)
        compare(folder, release, options.runs)
        say_the_same_bytes(folder, release)


def compare(folder: Path, release: Path, runs: int) -> None:
    libraries = ("XlsxWriter", "pyarrow", "numpy", "pydantic", "Jinja2")
    print(f"Python {platform.python_version()}, " + ", ".join(f"{each} {version(each)}" for each in libraries))
    print(f"{os.cpu_count()} processors, {platform.machine()}; medians of {runs} runs, in turns")
    taken: dict[str, list[Taken]] = {name: [] for name in ("ours", *MODES)}
    for _run in range(runs):
        for name, runs_so_far in taken.items():
            runs_so_far.append(timed(name, release, folder / name, HERE))
    print(f"{'':18}{'wall s':>8} {'cpu s':>8} {'MB':>8}")
    for name, each in taken.items():
        print(f"{name:18}{_median(each, 'wall'):8.2f} {_median(each, 'cpu'):8.2f} {_median(each, 'memory'):8.0f}")
    for what in ("wall", "cpu"):
        quickest = min(MODES, key=lambda mode: _median(taken[mode], what))
        ratios = {mode: _median(taken["ours"], what) / _median(taken[mode], what) for mode in MODES}
        told = ", ".join(f"{ratio:.2f} × {mode}" for mode, ratio in ratios.items())
        print(f"{what:5} {told}; to reach: {TO_REACH} × {quickest}   (load {os.getloadavg()[0]:.1f})")
    for path in sorted(path for path in (folder / "ours").rglob("*") if path.is_file()):
        print(f"{path.stat().st_size:12,} bytes  {path.relative_to(folder / 'ours')}")
    if (folder / "ours" / "README.html").stat().st_size > LARGEST_PAGE:
        raise SystemExit("README.html is larger than 300 KB")


def say_the_same_bytes(folder: Path, release: Path) -> None:
    timed("ours", release, folder / "elsewhere", ELSEWHERE)
    if _digests(folder / "ours") != _digests(folder / "elsewhere"):
        raise SystemExit("the same input gave other bytes")
    print("in other surroundings (hash seed, language, time zone): the same bytes")


def _digests(folder: Path) -> dict[str, str]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


# --- timing ---


@dataclass(frozen=True, slots=True)
class Taken:
    """What one process took: seconds on the clock, seconds of its processors, megabytes at its largest."""

    wall: float
    cpu: float
    memory: float


def timed(what: str, release: Path, folder: Path, surroundings: dict[str, str]) -> Taken:
    """This file as a process of its own that writes `what` into `folder`; it must end well."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HOUSE), **surroundings}
    command = [sys.executable, __file__, "--write", what, "--release", str(release), "--folder", str(folder)]
    began = time.perf_counter()
    child = subprocess.Popen(command, env=environment)  # noqa: S603  # this very file
    _pid, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"writing failed: {what}")
    return Taken(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _median(taken: Sequence[Taken], what: str) -> float:
    return float(statistics.median(getattr(each, what) for each in taken))


# --- the two that are timed ---


def _write(what: str, release: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    table = _load(release)
    if what == "ours":
        _ours(table, folder)
    else:
        _xlsxwriter(table, folder / "cases.xlsx", MODES[what])


def _ours(table: Any, folder: Path) -> None:
    from exchange.bundle.describe import describe

    bundle, _metadata = describe(_protected(table), bundle="0123456789abcdef" * 2, created=NOW, note="Tidak ada.")
    for member in bundle.members:
        path = folder / member.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(member.content)


def _xlsxwriter(table: Any, path: Path, mode: dict[str, bool]) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), mode)
    sheet, day = book.add_worksheet("rows"), book.add_format({"num_format": "yyyy-mm-dd"})
    for at, name in enumerate(table.column_names):
        sheet.write_string(0, at, name)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, table.num_rows, table.num_columns - 1)
    columns = [[_typed(name, value) for value in table[name].to_pylist()] for name in table.column_names]
    for row, values in enumerate(zip(*columns, strict=True), 1):
        for at, value in enumerate(values):
            if isinstance(value, str):
                sheet.write_string(row, at, value)
            elif isinstance(value, dt.date):
                sheet.write_datetime(row, at, value, day)
            else:
                sheet.write_number(row, at, value)
    book.close()


def _typed(name: str, value: str) -> str | dt.date | float:
    if name == "cas_IncomingReferralDate":
        return dt.date.fromisoformat(value)
    return float(value) if name in NUMBERS and value else value


# --- a release of 20 fields ---

NUMBERS = {"x_Months": "integer", "x_Amount": "number"}


def _columns(rows: int) -> dict[str, list[str]]:
    """Invented values, the same at every run: what is nobody's number stands in no column."""
    chance = random.Random(20)  # noqa: S311  # invented people, the same at every run
    return {name: [draw(chance, row) for row in range(rows)] for name, draw in _draws()}


def _draws() -> Iterator[tuple[str, Callable[[random.Random, int], str]]]:
    """Each field of the rows but those of a closed list, and how a value of it is drawn."""
    from exchange.bundle.released import released_fields

    agreement = _agreement()
    for each in released_fields(agreement, agreement.tier_of(RECIPIENT)):
        name = each.field.name
        if name in OPEN:
            yield name, OPEN[name]
        elif each.several:
            yield name, _several(each.values or ())
        else:
            yield name, _one((*(each.values or ()), "UNKNOWN"))


def _one(values: Sequence[str]) -> Callable[[random.Random, int], str]:
    return lambda chance, _row: chance.choice(values)


def _several(values: Sequence[str]) -> Callable[[random.Random, int], str]:
    return lambda chance, _row: ";".join(sorted(chance.sample(values, chance.randint(1, 3))))


def _key(chance: random.Random, _row: int) -> str:
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz234567", k=26))


def _household(_chance: random.Random, row: int) -> str:
    return hashlib.sha256(b"%d" % (row // 3)).hexdigest()[:26]


def _organisation(chance: random.Random, _row: int) -> str:
    return f"Lembaga rekaan {chance.randrange(400)}"


def _note(chance: random.Random, row: int) -> str:
    return f"Catatan rekaan {row}: " + " ".join(chance.choices(WORDS, k=20))


def _day(chance: random.Random, _row: int) -> str:
    return str(dt.date(2026, 10, 1) + dt.timedelta(chance.randrange(31)))


def _months(chance: random.Random, _row: int) -> str:
    return str(chance.randrange(48))


def _amount(chance: random.Random, _row: int) -> str:
    return f"{chance.randrange(-50_000, 5_000_000) / 100:.2f}"


WORDS = (
    "dijanjikan",
    "kerja",
    "kebun",
    "tanpa",
    "upah",
    "agen",
    "paspor",
    "ditahan",
    "pulang",
    "rumah",
    "aman",
    "=",
    "&",
)
OPEN: dict[str, Callable[[random.Random, int], str]] = {
    "x_CaseRef": _key,
    "x_HouseholdRef": _household,
    "cas_ReferringOrganisation": _organisation,
    "cas_IncomingReferralDetails": _note,
    "cas_IncomingReferralDate": _day,
    "x_Months": _months,
    "x_Amount": _amount,
}


def _agreement() -> Any:
    """The example, but its tier of personal data has 20 fields, among them a kept date, two numbers, a text, a note."""
    from exchange.agreements.dictionary import Field
    from exchange.agreements.reading import load_agreement
    from exchange.agreements.tiers import Keep, Scrub

    agreement = load_agreement(HOUSE / "exchange/demo/dsa-ntt.yaml")
    keep = Keep.model_validate({"rule": "keep", "for": ["coordination"]})
    scrub = Scrub.model_validate({"rule": "scrub", "for": ["coordination"]})
    told = {"x-class": "attribute", "description": "invented"}
    more = (Field.model_validate({"name": n, "type": kind, "x-label": n, **told}) for n, kind in NUMBERS.items())
    schema = agreement.data.schema_.model_copy(update={"fields": (*agreement.data.schema_.fields, *more)})
    tier = agreement.tier_of(RECIPIENT)
    kept = dict.fromkeys(("cas_IncomingReferralDate", "cas_ReferringOrganisation", *NUMBERS), keep)
    release = {**tier.release, **kept, "cas_IncomingReferralDetails": scrub}
    del release["x_OriginProvince"]
    tiers = {
        "case-coordination": tier.model_copy(update={"release": release, "formats": ("csv", "xlsx"), "match": None})
    }
    data = agreement.data.model_copy(update={"schema_": schema})
    return agreement.model_copy(update={"tiers": {**agreement.tiers, **tiers}, "data": data})


def _protected(table: Any) -> Any:
    """The release that `protect` would hand on."""
    from exchange.agreements.period import Period
    from exchange.agreements.permit import Permit
    from exchange.protect.protected import Account, Protected
    from exchange.redact.redacted import Change, Masks

    agreement = _agreement()
    permit = Permit(agreement, agreement.party(RECIPIENT), Period.read(PERIOD), NOW.date(), None, False)
    rules = {name: rule.rule for name, rule in permit.tier.release.items()}
    return Protected(
        permit=permit,
        rows=table,
        tokens=(),
        match=None,
        tables=(),
        account=Account(table.num_rows, table.num_rows, (), None, 1, "reported", (), 0, 0, 0),
        changes=tuple(
            Change(
                *(field.name, rules.get(field.name, "drop"), table.num_rows, table.num_rows),
                masks=Masks(1, (), 0) if rules.get(field.name) == "scrub" else None,
            )
            for field in agreement.data.fields
        ),
        held_back_total=0,
        considered=table.num_rows,
        late_entries=0,
    )


def _save(columns: dict[str, list[str]], path: Path) -> None:
    import pyarrow as pa

    table = pa.table({name: pa.array(values, pa.string()).dictionary_encode() for name, values in columns.items()})
    with pa.OSFile(str(path), "wb") as target, pa.ipc.new_file(target, table.schema) as writer:
        writer.write_table(table)


def _load(path: Path) -> Any:
    import pyarrow as pa

    with pa.OSFile(str(path), "rb") as source:
        return pa.ipc.open_file(source).read_all()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="how often each is timed")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the release")
    parser.add_argument("--write", choices=("ours", *MODES), help=argparse.SUPPRESS)
    parser.add_argument("--release", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
