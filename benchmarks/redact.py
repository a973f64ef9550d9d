"""How long redaction takes and how much memory it needs, beside pandas that only reads and writes the same file.

`make bench-redact` makes a table of invented people, 1,000,000 rows of 25 fields, as a CSV, and times whole processes,
in turns, each of which starts Python, reads the file as text and writes a file:

    pandas      read_csv(dtype=str, keep_default_na=False), to_csv: nothing is done to any value
    redact      pyarrow reads; `redact` with the rules below; the rows written as a bundle's CSV is
    + look      the same, and the last look for all direct identifiers of all rows over what was written

Reading and checking a workbook, consent, the gate and the seal are in no figure (`make bench-check` times checking);
nor are case notes (`make bench-notes`). What counts is the ratios: all are taken on one machine, in the same minutes,
under the same load. To reach: redact ≤ 2 × pandas' time, its memory ≤ 2 × the table, the look ≤ 25 % on top.

    python -m benchmarks.redact [--runs 3] [--rows 1000000]
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.timing import HOUSE, Taken, median, timed
from exchange.agreements.agreement import Agreement
from exchange.agreements.dictionary import Field
from exchange.agreements.period import Period
from exchange.agreements.permit import Permit
from exchange.agreements.reading import load_agreement

if TYPE_CHECKING:
    import pyarrow as pa

    from exchange.consent.consented import Consented

EXAMPLE = "exchange/demo/dsa-ntt.yaml"
TIER, RECIPIENT, PERIOD = "case-coordination", "io-id", "2026-10"
ROOT_SECRET = bytes(range(32))  # of nobody
MIB = 2**20
PANDAS = """
import sys, pandas
pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False).to_csv(sys.argv[2], index=False)
"""
SIZES = """
import sys, pandas, pyarrow, pyarrow.csv
names = pandas.read_csv(sys.argv[1], nrows=0).columns
text = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pyarrow.string()), strings_can_be_null=False)
print(pyarrow.csv.read_csv(sys.argv[1], convert_options=text).nbytes)
print(pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False).memory_usage(deep=True).sum())
print(pandas.read_csv(sys.argv[1], dtype=object, keep_default_na=False).memory_usage(deep=True).sum())
"""
BANDS = [0, 12, 15, 18, 21, 25, 30, 40, 50, 60]
# The tier as agreed, and fields beside it that the example does not have.
ADDED = (
    {"name": "x_OriginVillage", "type": "string", "x-class": "quasi", "x-codes": "kemendagri-village"},
    {"name": "x_MonthsWorked", "type": "integer", "x-class": "quasi"},
    {"name": "x_DebtRupiah", "type": "integer", "x-class": "sensitive"},
    {"name": "x_PeopleRescuedTogether", "type": "integer", "x-class": "quasi"},
)
RULES: dict[str, dict[str, object]] = {
    "x_CaseRef": {"rule": "pseudonymise"},
    "x_HouseholdRef": {"rule": "pseudonymise"},
    "prs_Birthdate": {"rule": "generalise", "ladder": "age_band", "edges": BANDS},
    "prs_Gender": {"rule": "keep"},
    "prs_Citizenship": {"rule": "keep"},
    "x_OriginProvince": {"rule": "keep"},
    "x_OriginRegency": {"rule": "keep"},
    "x_OriginVillage": {"rule": "generalise", "ladder": "place", "to": "district"},
    "vic_TraffickingStatus": {"rule": "keep"},
    "vic_TypeOfExploitation": {"rule": "keep"},
    "vic_ForcedLabourIndustry": {"rule": "generalise", "ladder": "industry", "to": "sector"},
    "vic_MethodsOfControl": {"rule": "keep"},
    "x_ExploitationCountry": {"rule": "map", "to": {"ID": "ID", "MY": "MY"}, "otherwise": "OTHER"},
    "x_MonthsWorked": {"rule": "top_code", "at": 60},
    "x_DebtRupiah": {"rule": "round", "to": 1000000},
    "x_PeopleRescuedTogether": {"rule": "generalise", "ladder": "interval", "edges": [1, 2, 5, 20]},
    "cas_Status": {"rule": "keep"},
    "cas_IncomingReferralDate": {"rule": "generalise", "ladder": "date", "to": "month"},
    "spl_Type": {"rule": "keep"},
}
DROPPED = (
    "prs_FirstName", "prs_SecondName", "prs_IdentityNumber", "prs_MobilePhone", "cas_ReferringOrganisation",
    "cas_CaseOwner",
)  # fmt: skip


def main() -> None:
    options = _options()
    if options.what:
        _work(options.what, *options.files)
        return
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "rows.csv", Path(folder) / "out.csv"
        write_people(source, options.rows)
        _say_versions()
        print(f"{options.rows:,} rows of {len(agreement().data.fields)} fields, {source.stat().st_size / MIB:.0f} MiB")
        sizes = [int(line) for line in timed(sys.executable, "-c", SIZES, str(source)).said.split()]
        compare(source, out, sizes, options.runs)


def compare(source: Path, out: Path, sizes: Sequence[int], runs: int) -> None:
    """Each in turn, several times; medians, and what they are beside each other."""
    arguments = {
        "pandas": ("-c", PANDAS, str(source), str(out)),
        "redact": (__file__, "redact", str(source), str(out)),
        "+ look": (__file__, "look", str(source), str(out)),
    }
    taken: dict[str, list[Taken]] = {name: [] for name in arguments}
    for _run in range(runs):
        for name, each in arguments.items():
            taken[name].append(timed(sys.executable, *each))
    print(f"{'':8}{'wall s':>8}{'cpu s':>8}{'peak MiB':>10}   (medians of {runs} runs, in turns)")
    for name, those in taken.items():
        wall, cpu, peak = (median(those, what) for what in ("wall", "cpu", "peak"))
        print(f"{name:8}{wall:8.1f}{cpu:8.1f}{peak / MIB:10.0f}   {those[-1].said.strip()}")
    ours, theirs, looked = (taken[name] for name in ("redact", "pandas", "+ look"))
    for what, word in (("wall", "time"), ("cpu", "processor time")):
        ratio = median(ours, what) / median(theirs, what)
        adds = median(looked, what) / median(ours, what) - 1
        print(f"{word}: redact {ratio:.2f} × pandas (to reach: 2); the last look adds {adds:.0%} (to reach: 25 %)")
    for size, called in zip(sizes, ("Arrow text", "pandas str, deep", "pandas object, deep"), strict=True):
        ratios = [f"{name} {median(taken[name], 'peak') / size:.2f}" for name in taken]
        print(f"peak memory ÷ table as {called} ({size / MIB:.0f} MiB): {', '.join(ratios)} (to reach: 2)")


# --- one process ---


def _work(what: str, source: str, out: str) -> None:
    """Redact one file as its own process, with the last look or without; says how long each step took."""
    from exchange.bundle import csv_text
    from exchange.extracts.extract import Extract, Source
    from exchange.redact.allowed import allowed
    from exchange.redact.identifiers import identifiers
    from exchange.redact.keys import redact_keys
    from exchange.redact.last_look import last_look
    from exchange.redact.redact import redact

    steps = _Steps()
    terms = agreement()
    table = _read(Path(source), terms)
    rows = _consented(table, terms)
    steps.done("read")
    redacted = redact(rows, redact_keys(ROOT_SECRET, terms.id, RECIPIENT), os.urandom)
    steps.done("redact")
    content = csv_text.write_table(redacted.table)
    Path(out).write_bytes(content)
    steps.done("write")
    if what == "look":
        extract = Extract(table, rows.rows, Source("rows.csv", "0" * 64, ""), ())
        problems = last_look([("data/cases.csv", content)], identifiers(extract, terms.data), allowed(terms))
        steps.done("look")
        if problems:
            raise SystemExit("\n".join(f"{each.where}: {each.what}" for each in problems))
    print(", ".join(steps.said))


class _Steps:
    def __init__(self) -> None:
        self._began, self.said = time.perf_counter(), list[str]()

    def done(self, name: str) -> None:
        now = time.perf_counter()
        self.said.append(f"{name} {now - self._began:.1f}")
        self._began = now


def _read(source: Path, terms: Agreement) -> pa.Table:
    """As an extract's table is: texts, distinct ones once."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    kinds = {field.name: pa.dictionary(pa.int32(), pa.string()) for field in terms.data.fields}
    options = arrow_csv.ConvertOptions(column_types=kinds, strings_can_be_null=False)
    table = arrow_csv.read_csv(source, convert_options=options).unify_dictionaries().combine_chunks()
    pa.default_memory_pool().release_unused()  # what reading took for a moment
    return table


def _consented(table: pa.Table, terms: Agreement) -> Consented:
    """All rows, as if everybody had said yes."""
    import numpy as np

    from exchange.consent.columns import Rows
    from exchange.consent.consented import Consented, HeldBack
    from exchange.consent.days import UNKNOWN, whole_years
    from exchange.extracts import arrow

    days = Rows(table, frozenset(terms.data.missing()))
    ages = whole_years(days.days(terms.data.age.birthdate), days.days(terms.data.age.on))
    return Consented(
        permit=Permit(terms, terms.party(RECIPIENT), Period.read(PERIOD), dt.date(2026, 11, 5)),
        table=table,
        rows=arrow.int32s(np.arange(2, len(table) + 2)),
        ages=arrow.int32s(ages, null=ages == UNKNOWN),
        tables_only=arrow.bools(np.zeros(len(table), bool)),
        held_back=HeldBack(()),
        considered=len(table),
        late_entries=0,
    )


# --- the agreement: the example's fields, and four more ---


def agreement() -> Agreement:
    """The example agreement over 25 fields, with a rule of nearly every kind in one tier."""
    from pydantic import TypeAdapter

    from exchange.agreements.tiers import Rule

    example = load_agreement(HOUSE / EXAMPLE)
    added = [Field.model_validate({"x-label": "rekaan", "description": "invented"} | each) for each in ADDED]
    fields = tuple(field for field in (*example.data.fields, *added) if field.name in RULES or field.name in DROPPED)
    data = example.data.model_copy(update={"schema_": example.data.schema_.model_copy(update={"fields": fields})})
    rule: TypeAdapter[Rule] = TypeAdapter(Rule)
    release = {name: rule.validate_python(each | {"for": ["coordination"]}) for name, each in RULES.items()}
    tier = example.tiers[TIER].model_copy(update={"release": release})
    return example.model_copy(update={"data": data, "tiers": {**example.tiers, TIER: tier}})


# --- a table of invented people, free of anybody's data ---


def write_people(path: Path, rows: int) -> None:
    """The same number of rows gives the same people."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    table = pa.table({field.name: people(rows)[field.name] for field in agreement().data.fields})
    arrow_csv.write_csv(table, path, arrow_csv.WriteOptions(quoting_style="none"))


@cache
def people(rows: int) -> dict[str, pa.Array]:
    """A column for each field: names of syllables, numbers that fit, codes of the real lists, gaps as people leave."""
    import numpy as np
    import pyarrow as pa

    chance = np.random.default_rng(25)

    def one_of(values: Sequence[str], missing: float = 0.0, form: str = "") -> pa.Array:
        drawn = chance.integers(len(values), size=rows)
        drawn[chance.random(rows) < missing] = len(values)
        return pa.DictionaryArray.from_arrays(pa.array(drawn, pa.int32()), pa.array([*values, form])).cast(pa.string())

    def each(texts: Iterator[str], missing: float = 0.0) -> pa.Array:
        absent = chance.random(rows) < missing
        return pa.array(["" if gone else text for text, gone in zip(texts, absent.tolist(), strict=False)], pa.string())

    def listed(codes: Sequence[str], most: int) -> pa.Array:
        combined = [";".join(sorted(chance.choice(codes, size=1 + n % most, replace=False))) for n in range(300)]
        return one_of(sorted(set(combined)), 0.04, "UNKNOWN")

    def number(most: int, step: int = 1) -> pa.Array:
        return one_of([str(n * step) for n in range(most)], 0.06, "UNKNOWN")

    villages = sorted(code for code in place_codes("village"))
    homes = [villages[n] for n in chance.integers(len(villages), size=rows)]
    born = [dt.date(1960, 1, 1) + dt.timedelta(int(n)) for n in chance.integers(17_000, size=rows)]
    referred = [str(dt.date(2026, 10, 1) + dt.timedelta(n)) for n in range(31)]
    tails = chance.integers(1, 10_000, size=rows).tolist()
    niks = (
        f"{home[:2]}{home[3:5]}{home[6:8]}{day.day + 40 * (n % 2):02}{day:%m%y}{tail:04}"
        for n, (home, day, tail) in enumerate(zip(homes, born, tails, strict=True))
    )
    phones = (f"08{12 + n % 8}{n * 7919 % 10**8:08}" for n in range(rows))
    families = chance.permutation(rows // 2 + 1)[chance.integers(rows // 2 + 1, size=rows)].tolist()
    return {
        "x_CaseRef": each(f"YKS-2026-{n:07}" for n in chance.permutation(rows).tolist()),
        "x_HouseholdRef": each((f"H-{n}" for n in families), 0.4),
        "prs_FirstName": one_of(invented_names(30_000, 1)),
        "prs_SecondName": one_of(invented_names(60_000, 2), 0.1),
        "prs_IdentityNumber": each(niks, 0.25),
        "prs_MobilePhone": each(phones, 0.3),
        "prs_Birthdate": each(map(str, born), 0.02),
        "prs_Gender": one_of(["Feminine", "Masculine", "Feminine", "TransgenderFeminine"], 0.01, "DECLINED"),
        "prs_Citizenship": listed(["ID", "MY", "TL", "SG"], 2),
        "x_OriginProvince": each(home[:2] for home in homes),
        "x_OriginRegency": each(home[:5] for home in homes),
        "x_OriginVillage": each(iter(homes), 0.1),
        "vic_TraffickingStatus": one_of(["ActualVictimOfTrafficking", "PossibleVictimOfTrafficking"]),
        "vic_TypeOfExploitation": listed(htcds("vic_TypeOfExploitation"), 3),
        "vic_ForcedLabourIndustry": one_of(htcds("vic_ForcedLabourIndustry"), 0.2, "UNKNOWN"),
        "vic_MethodsOfControl": listed(htcds("vic_MethodsOfControl"), 4),
        "x_ExploitationCountry": one_of(["MY", "ID", "SG", "TW", "HK", "SA", "AE"], 0.02, "UNKNOWN"),
        "cas_Status": one_of(["Active", "FollowUp", "Closed", "ClosedReferred"]),
        "cas_IncomingReferralDate": one_of(referred),
        "cas_ReferringOrganisation": one_of([f"Lembaga {n}" for n in range(200)], 0.1),
        "cas_CaseOwner": one_of([f"Pendamping {name}" for name in invented_names(40, 3)]),
        "spl_Type": listed(htcds("spl_Type"), 3),
        "x_MonthsWorked": number(120),
        "x_DebtRupiah": number(400, 250_000),
        "x_PeopleRescuedTogether": number(20),
    }


def invented_names(count: int, seed: int) -> list[str]:
    """Of syllables; no list of names was used."""
    chance = random.Random(seed)  # noqa: S311  # invented people, the same at every run
    starts = ("Ba", "Da", "Ka", "La", "Ma", "Na", "Pa", "Ra", "Sa", "Ta", "Wa", "Yo", "Ju", "Se")
    middles = ("ri", "lo", "ne", "mu", "ta", "si", "ko", "ba")
    ends = ("na", "mbu", "lis", "tun", "rek", "ndo", "fa", "los", "sia", "hik", "nak", "bere")
    names: dict[str, None] = {}
    while len(names) < count:
        name = "".join((chance.choice(starts), *chance.choices(middles, k=chance.randrange(1, 5)), chance.choice(ends)))
        names[name if chance.random() < 0.8 else f"{name} {chance.choice(starts)}{chance.choice(ends)}"] = None
    return list(names)


def htcds(field: str) -> list[str]:
    from exchange.codes.lists import code_list

    return [code.code for code in code_list("htcds-2.0", field=field).codes]


def place_codes(level: str) -> Iterator[str]:
    from exchange.codes.lists import code_list

    return (code.code for code in code_list(f"kemendagri-{level}").codes)


def _say_versions() -> None:
    libraries = ("pandas", "pyarrow", "numpy")
    print(f"Python {platform.python_version()}, " + ", ".join(f"{each} {version(each)}" for each in libraries))
    print(f"{os.cpu_count()} processors, {platform.machine()}, load {os.getloadavg()[0]:.1f}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="how often each is timed")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the table")
    parser.add_argument("what", nargs="?", choices=("redact", "look"), help=argparse.SUPPRESS)
    parser.add_argument("files", nargs="*", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
