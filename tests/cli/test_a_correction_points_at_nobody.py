"""A period is sent again: against what the recipient holds already, the new bundle points at nobody, or stays here."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from typing import Any

import pytest
from cli.organisations import Said
from cli.town import AGREEMENT, Town

from exchange.agreements.period import Period
from exchange.checking import Job, check
from exchange.preparing import consented
from exchange.remembering import forget

OCTOBER = "2026-10-15T09:00:00+08:00"
NOVEMBER = "2026-11-05T09:00:00+08:00"


def packed(town: Town, recipient: str, *options: str, period: str = "2026-09") -> Said:
    job = ("-a", AGREEMENT, "-p", period, "--to", recipient, "--note", "-", *options)
    desk = town.sender.at(NOVEMBER) if period == "2026-10" else town.sender
    return desk.run("--json", "pack", town.workbook, *job, stdin="Tidak ada perubahan.")


def refused(town: Town, recipient: str, *options: str, period: str = "2026-09") -> list[str]:
    """The codes for which it is not packed."""
    said = packed(town, recipient, *options, period=period)
    assert said.status == 8
    return [problem["code"] for problem in said.json["error"]]


def sent(town: Town, recipient: str, *options: str, period: str = "2026-09") -> dict[str, Any]:
    """Packed, approved and delivered: what waits would be taken back when somebody in it withdraws."""
    (bundle,) = packed(town, recipient, *options, period=period).json
    town.sender.approves()
    town.sender.does("deliver", "--to-folder", town.stick)
    return dict(bundle)


def first_case(town: Town, recipient: str) -> str:
    """A living person's, who may stand in rows."""
    office = town.sender.office(dt.datetime.fromisoformat(town.sender.now))
    checked = check(office, Job(town.workbook, AGREEMENT, Period.read("2026-09"), (recipient,)))
    went = consented(office, checked, checked.permits[0])
    return str(went.table.column(went.permit.agreement.data.key)[went.tables_only.to_pylist().index(False)].as_py())


def book(town: Town) -> contextlib.closing[sqlite3.Connection]:
    return contextlib.closing(sqlite3.connect(town.sender.folder / "releases.sqlite"))


def test_one_who_withdrew_is_not_what_the_next_bundle_lacks(town: Town) -> None:
    case = first_case(town, "gt-ntt")
    first = sent(town, "gt-ntt")
    town.sender.run("withdraw", "-", "-a", AGREEMENT, stdin=case)
    said = packed(town, "gt-ntt", "--corrects")
    if said.status:
        assert [problem["code"] for problem in said.json["error"]] == ["disclosure.differs_by_few"]
        return
    against = said.json[0]["against_replaced"]
    assert against["gone"] >= 5 or (against["gone"], first["rows"]) == (0, said.json[0]["rows"])
    assert "few_left_out" in said.json[0]["caveats"]


def test_tables_that_would_lack_one_person_stay_here(town: Town) -> None:
    case = first_case(town, "gt-ntt")  # consent to share with the government covers both
    sent(town, "dinas-p3a", period="2026-Q3")
    town.sender.run("withdraw", "-", "-a", AGREEMENT, stdin=case)
    assert refused(town, "dinas-p3a", "--corrects", period="2026-Q3") == ["disclosure.differs_by_few"]


def test_personal_data_are_corrected_by_one_row_and_say_so(town: Town) -> None:
    case = first_case(town, "io-id")
    sent(town, "io-id")
    town.sender.run("withdraw", "-", "-a", AGREEMENT, stdin=case)
    (again,) = packed(town, "io-id", "--corrects").json
    assert again["against_replaced"]["gone"] == 1
    assert "changed_rows" in again["caveats"]
    assert "few_left_out" not in again["caveats"]


def test_nothing_leaves_where_the_memory_is_lost(town: Town) -> None:
    packed(town, "gt-ntt")
    for file in town.sender.folder.glob("releases.sqlite*"):
        file.unlink()
    assert refused(town, "gt-ntt") == ["releases.lost"]


@pytest.mark.parametrize("damage", ["DELETE FROM shown", "UPDATE shown SET locked = x'00'"])
def test_what_is_not_remembered_is_not_corrected(town: Town, damage: str) -> None:
    packed(town, "gt-ntt")
    with book(town) as memory, memory:
        memory.execute(damage)
    assert refused(town, "gt-ntt", "--corrects") == ["releases.forgotten"]


@pytest.mark.parametrize("damage", ["DELETE FROM shown", "UPDATE shown SET locked = x'00'"])
def test_nothing_of_another_period_leaves_beside_what_is_not_remembered(town: Town, damage: str) -> None:
    packed(town, "gt-ntt")
    with book(town) as memory, memory:
        memory.execute(damage)
    assert refused(town, "gt-ntt", period="2026-10") == ["releases.forgotten"]


def test_the_next_period_is_compared_with_the_earlier_ones(town: Town) -> None:
    first = packed(town, "gt-ntt").json[0]
    assert first["across_releases"] is None
    assert "across_releases" in first["caveats"]
    across = packed(town, "gt-ntt", period="2026-10").json[0]["across_releases"]
    assert (across["bundles"], across["again"], across["exposed"], across["cells"]) == (1, 0, 0, 0)


def test_the_memory_lies_locked_on_the_disk(town: Town) -> None:
    packed(town, "gt-ntt")
    files = [*town.sender.folder.glob("releases.sqlite*")]
    assert files
    for word in (b"Feminine", b"18-29", b"SUPPRESSED", b"row_fields"):
        assert not any(word in file.read_bytes() for file in files)


def test_the_memory_is_kept_as_long_as_the_recipient_keeps_the_data(town: Town) -> None:
    (made,) = packed(town, "gt-ntt").json
    for year, kept in ((2028, True), (2029, False)):  # 24 months from receipt
        office = town.sender.office(dt.datetime(year, 3, 1, tzinfo=dt.UTC))
        forget(office, office.workspace.agreements.newest(AGREEMENT).agreement)
        assert (office.workspace.releases.shown(made["bundle"]) is not None) == kept
