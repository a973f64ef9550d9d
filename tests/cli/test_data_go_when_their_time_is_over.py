"""By commands alone: what is due goes and is certified, figures are published, packs go to whoever may inspect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.organisations import Desk, files_of
from cli.town import AGREEMENT, AS_OFFICER, Town


@pytest.fixture
def recipient(town: Town, bundle: Path) -> Desk:
    """gt-ntt, which has received a bundle."""
    recipient = town.recipient()
    recipient.does("receive", "--from-folder", bundle.parent)
    recipient.does("deliver", "--to-folder", town.stick)
    town.sender.does("receive", "--from-folder", town.stick)
    return recipient


def test_what_is_due_goes_and_its_sender_is_told(town: Town, recipient: Desk) -> None:
    assert "nothing is due" in recipient.run("dispose").err
    later = recipient.at("2028-10-05T09:00:00+08:00")
    (due,) = later.run("dispose", "--dry-run", "--json").json["bundles"]
    assert (due["due"], due["period"]) == ("2028-10-05", "2026-09")
    assert recipient.run("dispose", "--all-now").codes == ["dispose.all_of_what"]
    assert recipient.run("--json", "status", "--store").json["store"]  # none of this has changed anything

    out = town.folder / "tables"
    recipient.does("export", *AS_OFFICER, "--acknowledge", "--out", out)
    said = recipient.run("--json", "dispose", AGREEMENT, "--all-now")
    (disposed,) = said.json
    assert (said.status, disposed["exported_before"], disposed["reports"]) == (0, 1, due["reports"])
    assert "destroy by hand every copy elsewhere" in said.err
    assert recipient.run("--json", "status", "--store").json["store"] == []

    recipient.does("deliver", "--to-folder", town.stick)
    taken = town.sender.run("--json", "receive", "--from-folder", town.stick).json["taken"]
    assert [each["outcome"] for each in taken if each["kind"] == "certificate"] == ["heeded"]
    (certified,) = town.sender.run("--json", "audit", "entries", "--kind", "disposal.certified").json
    assert (certified["bundle"], certified["counterpart"]) == (due["bundle"], "gt-ntt")


def test_rows_are_not_passed_on_and_only_tables_are_published(town: Town, recipient: Desk, tmp_path: Path) -> None:
    rows = recipient.run("export", *AS_OFFICER, "--acknowledge", "--out", tmp_path / "rows")
    assert "may not be passed on without the approval of Yayasan Kasih Sesama" in rows.err
    said = recipient.run("--json", "export", *AS_OFFICER, "--acknowledge", "--publish", "--out", tmp_path / "figures")
    assert (said.status, said.json["min_cell"]) == (0, 11)
    files = files_of(tmp_path / "figures")
    assert {Path(name).suffix for name in files} == {".csv", ".txt"}
    assert b"CONFIDENTIAL" in files["about.txt"]
    assert {len(line.split(b",")) for line in files["people-by-prs_Birthdate-prs_Gender.csv"].split()} == {3}
    assert recipient.run("export", *AS_OFFICER, "--publish", "--format", "xlsx", "--out", tmp_path / "x").codes == [
        "usage.format"
    ]
    (noted, _rows) = sorted(recipient.run("--json", "audit", "entries", "--kind", "store.exported").json, key=len)[::-1]
    assert noted["note"] == "published"


def test_a_pack_is_for_whoever_may_inspect(town: Town, recipient: Desk, tmp_path: Path) -> None:
    said = recipient.run("--json", "audit", "export", tmp_path / "default")
    assert (said.json["for"], said.json["keep_until"]) == ("independent-auditor", "2031-10-19")
    auditor = Desk(town.folder / "independent-auditor", "independent-auditor").workspace.own.card().card
    assert json.loads((tmp_path / "default/pack.json").read_text())["made_for"]["keys"] == [auditor.fingerprint]
    assert recipient.run("--json", "audit", "export", tmp_path / "io", "--for", "io-id").json["for"] == "io-id"
    refused = recipient.run("audit", "export", tmp_path / "no", "--for", "police")
    assert (refused.codes, (tmp_path / "no").exists()) == (["audit.may_not_inspect"], False)
    for file in (recipient.folder / "agreements" / AGREEMENT).glob("*.yaml"):
        file.unlink()
    assert recipient.run("audit", "export", tmp_path / "no").codes == ["audit.agreement_missing"]
