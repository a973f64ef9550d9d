"""How often the last look stops a bundle in which nobody can be recognised: `make bench-lastlook`.

Extracts of the demo's organisations, from several seeds (other people, other names); for each, the bundle of every
recipient as the road makes it, and 156 innocent notes of a month (`innocent_notes.txt`), in both languages, full of
look-alikes: months that are names, places, the director, saints' and organisations' words, numbers, links, digests.
A bundle leaves with one note, so each bundle is counted with each note. To reach: at most 0.1 % stopped.

    python -m benchmarks.last_look [--seeds 8] [--show]      --show says which notes were stopped
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from exchange.agreements.agreement import Agreement
from exchange.agreements.period import Period
from exchange.agreements.permit import Permit
from exchange.agreements.reading import load_agreement
from exchange.bundle.describe import describe
from exchange.consent.applying import apply_consent
from exchange.demo.scenario import CSOS, Workbook, build
from exchange.demo.workbooks import write_workbook
from exchange.extracts.extract import Extract
from exchange.extracts.mapping import load_mapping
from exchange.extracts.reading import read_extract
from exchange.matching.encode import encode
from exchange.matching.secret import NetworkSecret
from exchange.protect.protecting import protect
from exchange.redact.allowed import allowed
from exchange.redact.identifiers import identifiers
from exchange.redact.keys import redact_keys
from exchange.redact.last_look import last_look
from exchange.redact.redact import redact

DEMO = Path(str(files("exchange.demo")))
NOTES = (Path(__file__).parent / "innocent_notes.txt").read_text(encoding="utf-8").splitlines()
MADE = dt.datetime(2026, 11, 5, 3, 30, tzinfo=dt.UTC)
QUARTER = {"2026-09": "2026-Q3", "2026-10": "2026-Q4"}
SECRET = NetworkSecret.new("ntt", "2026", lambda n: b"n" * n)  # of nobody


@dataclass(slots=True)
class Tally:
    """Of `bundles`, which without their note were stopped; of all pairs of an extract and a note, which were."""

    bundles: int = 0
    stopped_bundles: int = 0
    notes: int = 0
    stopped_notes: int = 0
    pairs: int = 0
    stopped_pairs: int = 0


def main() -> None:
    options = _options()
    tally, places, notes = Tally(), Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, options.seeds + 1):
            for book in build(seed).workbooks:
                terms = agreement_of(book.cso, Path(folder))
                measure(terms, extract_of(book, terms, Path(folder)), book.month, tally, places, notes)
    print(f"{tally.bundles} bundles of {options.seeds} seeds, {len(NOTES)} notes")
    print(f"stopped: {_share(tally.stopped_pairs, tally.pairs)} of bundles with a note (to reach: 0.1 %)")
    print(f"  bundles without their note {_share(tally.stopped_bundles, tally.bundles)}")
    print(f"  notes by themselves        {_share(tally.stopped_notes, tally.notes)}")
    for what, count in (*places.most_common(), *(notes.most_common() if options.show else ())):
        print(f"  {count:5}  {what}")


def measure(
    terms: Agreement, extract: Extract, month: str, tally: Tally, places: Counter[str], notes: Counter[str]
) -> None:
    sought, passes = identifiers(extract, terms.data), allowed(terms)
    stopped = {
        int(each.where.partition(".")[0])
        for each in last_look([(f"{number}.txt", note) for number, note in enumerate(NOTES)], sought, passes)
        if each.where[0].isdigit()
    }
    notes.update(NOTES[number] for number in stopped)
    tally.notes += len(NOTES)
    tally.stopped_notes += len(stopped)
    for members, made in bundles(terms, extract, month):
        problems = last_look(members, sought, passes, made)
        places.update({each.where for each in problems})
        tally.bundles += 1
        tally.stopped_bundles += bool(problems)
        tally.pairs += len(NOTES)
        tally.stopped_pairs += len(NOTES) if problems else len(stopped)


def bundles(terms: Agreement, extract: Extract, month: str) -> Iterator[tuple[list[tuple[str, bytes]], set[str]]]:
    """The files of each recipient's bundle, and its match tokens."""
    for party in terms.recipients:
        period = QUARTER[month] if terms.tier_of(party.id).every == "quarter" else month
        leave = Permit(terms, party, Period.read(period), MADE.date())
        rows = apply_consent(extract, leave, frozenset())
        chance = random.Random(month)  # noqa: S311  # it protects nobody: the people are invented
        redacted = redact(rows, redact_keys(b"s" * 32, terms.id, party.id), chance.randbytes)
        protected = protect(redacted, encode(rows, SECRET) if leave.tier.match else None, chance)
        bundle, _metadata = describe(protected, bundle=f"{chance.getrandbits(128):032x}", created=MADE, note="")
        yield [(member.path, member.content) for member in bundle.members], {each.token for each in protected.tokens}


def agreement_of(cso: str, folder: Path) -> Agreement:
    """The example, under this sender's name."""
    name = {each.id: each.name for each in CSOS}
    text = (DEMO / "dsa-ntt.yaml").read_text(encoding="utf-8").replace(name["yks"], name[cso])
    written = folder / "dsa.yaml"
    written.write_text(text.replace("yks", cso).replace("YKS", cso.upper()), encoding="utf-8")
    return load_agreement(written)


def extract_of(book: Workbook, terms: Agreement, folder: Path) -> Extract:
    path = folder / "cases.xlsx"
    write_workbook(book.reports, path)
    return read_extract(path, load_mapping(DEMO / "mapping-htcds.yaml"), terms.data, on=MADE.date())


def _share(some: int, of: int) -> str:
    return f"{some}/{of} = {some / max(1, of):.3%}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=8, help="how many times the demo's people are drawn")
    parser.add_argument("--show", action="store_true", help="print the notes that were stopped")
    return parser.parse_args()


if __name__ == "__main__":
    main()
