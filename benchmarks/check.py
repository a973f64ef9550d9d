"""How long `exchange check` takes, beside what fastexcel alone needs to read the same workbook as text.

`make bench-check` makes an organisation with an agreement in effect and two workbooks of invented people, and times
both as whole processes, one after the other, several times. What counts is the ratio of the medians: both are taken on
the same machine, in the same minutes, under the same load.

    python -m benchmarks.check [--runs 5] [--rows 100000]
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from exchange.agreements.signatures import Signatures, sign
from exchange.keyring.card import issue_card
from exchange.keyring.identity import Identity, new_identity
from exchange.keyring.identity_file import save_identity
from exchange.keyring.shapes import Names
from exchange.workspace.workspace import Workspace

HOUSE = Path(__file__).parents[1]
AGREEMENT, SENDER, PERIOD = "DSA-NTT-2026-004", "yks", "2026-10"
PARTIES = (SENDER, "gt-ntt", "dinas-p3a", "io-id", "independent-auditor")  # in the order of the example's keys
FOUNDED, SIGNED, NOW = dt.date(2026, 8, 20), dt.date(2026, 8, 25), "2026-11-03T09:00:00+08:00"
PASSPHRASE = "orang-orang rekaan saja"  # noqa: S105  # nobody's: the organisation is invented and lives for minutes
STAYING = ("Salutation", "Email", "Home Phone", "Mailing Street", "Mailing City", "Mailing Country", "Title", "Consent")
READ = """
import fastexcel, sys
fastexcel.read_excel(sys.argv[1]).load_sheet(0, header_row=None, dtypes="string").to_arrow()
"""


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        workspace = found(Path(folder))
        _say_versions()
        print(f"{'rows':>8} {'':14}{'wall s':>8} {'cpu s':>8}   (medians of {options.runs} runs, in turns)")
        books = {rows: Path(folder) / f"{rows}.xlsx" for rows in (1_000, options.rows)}
        for rows, book in books.items():
            write(book, rows)
            compare(workspace, book, rows, options.runs)
        print("the same, once something locked must be read: a withdrawal was noted, so the keys are unlocked (scrypt)")
        exchange(workspace, "withdraw", "--agreement", AGREEMENT, "K-000007")
        for rows, book in books.items():
            compare(workspace, book, rows, options.runs)


def compare(workspace: Path, book: Path, rows: int, runs: int) -> None:
    ours, theirs = [], []
    for _run in range(runs):
        theirs.append(timed("-c", READ, str(book)))
        ours.append(exchange(workspace, "check", str(book), "-a", AGREEMENT, "-p", PERIOD))
    for name, taken in (("fastexcel", theirs), ("exchange check", ours)):
        print(f"{rows:8} {name:14}{_median(taken, 'wall'):8.2f} {_median(taken, 'cpu'):8.2f}")
    ratios = " ".join(f"{_median(ours, what) / _median(theirs, what):.2f} {what}" for what in ("wall", "cpu"))
    each = " ".join(f"{one.wall / other.wall:.2f}" for one, other in zip(ours, theirs, strict=True))
    print(f"{'':8} ratio: {ratios}   (wall, run by run: {each}; load {os.getloadavg()[0]:.1f})")


# --- timing ---


@dataclass(frozen=True, slots=True)
class Taken:
    """What one process took: seconds on the clock, seconds of its processors."""

    wall: float
    cpu: float


def exchange(workspace: Path, *arguments: str) -> Taken:
    """One command of the program."""
    return timed("-m", "exchange", "-w", str(workspace), *arguments, secret=workspace.parent / "passphrase")


def timed(*arguments: str, secret: Path | None = None) -> Taken:
    """Python run with these arguments, until it has ended; it must end well."""
    environment = {"PATH": os.environ["PATH"], "EXCHANGE_NOW": NOW, "PYTHONPATH": str(HOUSE)}
    if secret:
        environment["EXCHANGE_PASSPHRASE_FILE"] = str(secret)
    began = time.perf_counter()
    child = subprocess.Popen(  # noqa: S603  # our own program, and one line of a library's
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
    )
    said = child.stderr.read() if child.stderr else b""
    _pid, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(said.decode())
    return Taken(wall, used.ru_utime + used.ru_stime)


def _median(taken: list[Taken], what: str) -> float:
    return float(statistics.median(getattr(each, what) for each in taken))


def _say_versions() -> None:
    libraries = ("fastexcel", "pyarrow", "numpy", "pydantic", "XlsxWriter")
    print(f"Python {platform.python_version()}, " + ", ".join(f"{each} {version(each)}" for each in libraries))
    print(f"{os.cpu_count()} processors, {platform.machine()}")


# --- an organisation, and its agreement in effect ---


def found(folder: Path) -> Path:
    """The sender's workspace, with the example agreement signed by everybody and the demo's mapping beside it."""
    identities = {party: _identity(party) for party in PARTIES}
    cards = {party: issue_card(identity, FOUNDED) for party, identity in identities.items()}
    text = files("exchange.demo").joinpath("dsa-ntt.yaml").read_text(encoding="utf-8")
    for party in PARTIES:
        text = text.replace("SHA256:<fingerprint>", identities[party].fingerprint(), 1)
    workspace = Workspace.create(folder / SENDER, SENDER)
    save_identity(identities[SENDER], workspace.identity_file, PASSPHRASE)
    workspace.own.save_card(cards[SENDER])
    kept = workspace.agreements.add(text.encode())
    signatures = (sign(kept.agreement, party, identities[party].root, SIGNED) for party in PARTIES[:-1])
    workspace.agreements.add_signatures(kept, Signatures.of(*signatures))
    workspace.agreements.save_mapping(kept, _mapping())
    secret = folder / "passphrase"
    secret.touch(mode=0o600)
    secret.write_text(PASSPHRASE + "\n")
    return workspace.folder


def _identity(party: str) -> Identity:
    return new_identity(party, Names(id=f"{party} (contoh)", en=f"{party} (example)"), f"dpo@{party}.example", FOUNDED)


def _mapping() -> bytes:
    return files("exchange.demo").joinpath("mapping-htcds.yaml").read_bytes()


# --- workbooks of 40 columns: the row's number, 31 mapped, 8 that stay ---


def write(path: Path, rows: int) -> None:
    """A case sheet of invented people; the same number of rows gives the same people."""
    import xlsxwriter

    labels = tuple(next(people(1)))
    book = xlsxwriter.Workbook(str(path), {"in_memory": True})  # texts once, as Excel itself keeps them
    sheet, day = book.add_worksheet("Case Sheet"), book.add_format({"num_format": "dd/mm/yyyy"})
    for column, label in enumerate(labels, 1):
        sheet.write_string(1, column, label)
    for row, person in enumerate(people(rows), 2):
        sheet.write_number(row, 0, row - 1)
        for column, value in enumerate(person.values(), 1):
            if isinstance(value, dt.date):
                sheet.write_datetime(row, column, value, day)
            else:
                sheet.write_string(row, column, value)
    book.close()


def people(count: int) -> Iterator[dict[str, str | dt.date]]:
    """Invented people as a workbook describes them: labels of pick lists, real dates, NIKs that fit birth and sex."""
    chance = random.Random(40)  # noqa: S311  # invented people, the same at every run
    for number in range(1, count + 1):
        born = dt.date(1960, 1, 1) + dt.timedelta(chance.randrange(17_000))
        female = chance.random() < 0.6
        yield {
            "Case Owner": f"Pendamping {number % 20}",
            "First Name": f"Contoh{number}",
            "Second Name": f"Rekaan{number % 5_000}",
            "Birthdate": born,
            "Gender": "Perempuan" if female else "Laki-laki",
            "Citizenship": "Indonesia",
            "Mobile Phone": f"0812{number:08}",
            "Trafficking Status": chance.choice(("Actual victim of trafficking", "Possible victim of trafficking")),
            "Trafficking Status Decision Making Organization": "NGO",
            "Method of Recruitment": "At work",
            "Methods of Control": chance.choice(("Debt bondage", "Debt bondage; False promises")),
            "Type of Exploitation": chance.choice(("Forced labour", "Forced labour; Sexual exploitation")),
            "Forced Labour Industry": "Manufacturing",
            "Status": chance.choice(("Active", "Closed")),
            "Referring Organisation": f"Lembaga {number % 50}",
            "Incoming Referral Date": dt.date(2026, 10, 1) + dt.timedelta(chance.randrange(31)),
            "Incoming Referral Details": f"Catatan rekaan tentang kasus nomor {number}, untuk mengukur saja.",
            "Nomor kasus": f"K-{number:06}",
            "Nomor keluarga": f"R-{number // 3:06}",
            "NIK": f"5301{chance.randrange(1, 30):02}{born.day + 40 * female:02}{born:%m%y}{number % 9_999 + 1:04}",
            "Meninggal": "tidak tahu" if number % 500 == 0 else "tidak",  # a finding here and there
            "Provinsi asal": "Nusa Tenggara Timur",
            "Kabupaten asal": chance.choice(("Kab. Kupang", "Kab. Belu", "Kota Kupang", "Kab. Ende")),
            "Negara eksploitasi": chance.choice(("Malaysia", "Indonesia")),
            "Layanan dibutuhkan": "Social care",
            "Status persetujuan": "ConsentGiven",
            "Cakupan persetujuan": "share_government; share_io",
            "Tanggal persetujuan": dt.date(2026, 9, 15),
            "Versi formulir": "F4",
            "Bukti persetujuan": f"B-{number:06}",
            "Persetujuan orang dewasa": "parent",
            **dict.fromkeys(STAYING, "Tetap di sini"),
        }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="how often each is timed")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the large workbook")
    return parser.parse_args()


if __name__ == "__main__":
    main()
