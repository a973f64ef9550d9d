"""A hub merges what two senders sent, and passes it on under an agreement of its own, where both said yes."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest
from cli.organisations import PACKING, SIGNING, Desk, Said, founded
from cli.town import AGREEMENT, AS_OFFICER, FOUNDED, SENDER, Town, drafted

from exchange.agreements.signatures import Signatures, sign
from exchange.by_hand import folder_for
from exchange.demo.cast import APPROVERS
from exchange.demo.scenario import build
from exchange.demo.workbooks import write_workbook

SECOND, HUB, THIRD = "DSA-RPK-2026-001", "DSA-HUB-2026-001", "io-id"
NOTE = "Tidak ada perubahan."
SAID = (
    *("--scope", "share_io", "--form", "F4", "--given-on", "2026-09-01"),
    *("--evidence", "files", "--adult", "social_worker"),
)
FIELDS = ("--field", "prs_Gender", "--field", "prs_Birthdate")


def signed(desks: dict[str, Desk], text: bytes, agreement_id: str) -> None:
    for desk in desks.values():
        desk.workspace.agreements.add(text)
    read = next(iter(desks.values())).workspace.agreements.newest(agreement_id).agreement
    those = [sign(read, party, desk.office(None).identity.root, dt.date(2026, 8, 25)) for party, desk in desks.items()]
    for desk in desks.values():
        desk.workspace.agreements.add_signatures(desk.workspace.agreements.newest(agreement_id), Signatures.of(*those))


def second_sender(town: Town) -> Desk:
    """rpk, with an agreement of its own like that of yks, and its own workbook."""
    desk = founded(town.folder, "rpk", FOUNDED)
    others = [town.recipient(party) for party in ("gt-ntt", "dinas-p3a", "io-id")]
    for person, name in APPROVERS:
        desk.certifies(person, name, "approve")
    for one, other in [(desk, each) for each in others] + [(each, desk) for each in others]:
        one.workspace.cards.add(other.workspace.own.card(), FOUNDED)
        one.workspace.cards.confirm(other.party, FOUNDED)
    keys = {each.party: each.workspace.own.card().card.fingerprint for each in (desk, *others)}
    keys |= {SENDER: keys["rpk"], "independent-auditor": "SHA256:" + "B" * 43}
    text = drafted(keys).replace(AGREEMENT.encode(), SECOND.encode()).replace(b"network: ntt", b"network: alor")
    text = re.sub(rb"\b(yks|YKS)\b", lambda found: b"rpk" if found[0] == b"yks" else b"RPK", text)  # no part of a key
    signed({"rpk": desk} | {each.party: each for each in others}, text, SECOND)
    mapping = files("exchange.demo").joinpath("mapping-htcds.yaml").read_bytes()
    desk.workspace.agreements.newest(SECOND).mapping_file.write_bytes(mapping)
    desk.at(SIGNING).does("network", "new", "--epoch", "2026")
    return desk


@pytest.fixture(scope="module")
def _merged(_one_town: Town, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """gt-ntt's store holds a month of two senders."""
    town = _one_town.copied(tmp_path_factory.mktemp("merged") / "town")
    rpk, hub = second_sender(town), town.recipient()
    workbook = town.folder / "rpk.xlsx"
    write_workbook(build().workbook("rpk", "2026-09").reports[:60], workbook)
    for desk, book, agreement in ((town.sender, town.workbook, AGREEMENT), (rpk, workbook, SECOND)):
        desk.does("pack", book, "-a", agreement, "-p", "2026-09", "--to", "gt-ntt", "--note", "-", stdin=NOTE)
        desk.approves()
        desk.does("deliver", "--to-folder", town.stick)
    hub.does("receive", "--from-folder", town.stick)
    return town


@pytest.fixture
def hub(town: Town, _merged: Town) -> Desk:
    town.becomes(_merged)
    return town.recipient()


@pytest.fixture
def agreement(town: Town, hub: Desk) -> Path:
    """The hub's own agreement with a third party, signed by both."""
    third = town.recipient(THIRD)
    text = Path(__file__).with_name("hub.yaml").read_text(encoding="utf-8")
    for desk in (hub, third):
        text = text.replace(f"<{desk.party}>", desk.workspace.own.card().card.fingerprint)
    text = text.replace("<independent-auditor>", "SHA256:" + "B" * 43)
    file = town.folder / "hub.yaml"
    file.write_text(text)
    signed({"gt-ntt": hub, THIRD: third}, file.read_bytes(), HUB)
    return file


def approved(town: Town, agreement: Path, party: str, *said: str) -> Path:
    file = town.folder / f"{party}-says.json"
    under = AGREEMENT if party == SENDER else SECOND
    told = ("--to", agreement, *FIELDS, "--until", "2027-08-31", *said)
    Desk(town.folder / party, party).does("agreement", "onward", under, *told, file)
    return file


def passes_on(hub: Desk, out: Path, *approvals: Path) -> Said:
    given = [part for each in approvals for part in ("--approval", each)]
    job = ("--as-extract", "-a", HUB, "-p", "2026-09", "--out", out)
    return hub.run("export", *job, *given, *AS_OFFICER, "--acknowledge", *(("--json",) if approvals else ()))


def refused(hub: Desk, out: Path, approval: Path) -> list[str]:
    """The codes of all that is wrong with an approval."""
    said = passes_on(hub, out, approval)
    assert said.status == 5, said
    return [each["code"] for each in said.json["error"]]


def test_two_senders_a_hub_and_a_third_party(town: Town, hub: Desk, agreement: Path, tmp_path: Path) -> None:
    approvals = [approved(town, agreement, party, *SAID) for party in (SENDER, "rpk")]
    extract = tmp_path / "hub.xlsx"
    said = passes_on(hub, extract, *approvals)
    assert said.status == 0, said.err
    assert said.json["not_approved"] == []
    assert said.json["k"] == 5
    assert said.json["people"] > 20

    # Each source's log says that its data went on, and under which agreement; whoever audits it sees no other's.
    for network, agreement_id in (("ntt", AGREEMENT), ("alor", SECOND)):
        noted = hub.run("audit", "entries", "--network", network, "--kind", "store.exported", "--json").json
        told = [(each["agreement"]["id"], each["onward"]["id"], each["note"]) for each in noted]
        assert told == [(agreement_id, HUB, "onward")]

    # By whose leave, its pack shows: the auditor's question finds nothing wrong.
    asked = hub.run("audit", "query", "onward", "--network", "ntt", "--json").json
    assert asked["findings"] == []
    assert f"by leave of {SENDER} (" in asked["lines"][0]["en"]

    # What is written is what check and pack take, as it is.
    mapping, note = tmp_path / "hub.mapping.yaml", tmp_path / "hub.note.txt"
    job = (extract, "-a", HUB, "-p", "2026-09", "--mapping", mapping)
    hub.does("check", *job)
    hub.certifies("director.9", "Petugas Contoh", "approve")
    (packed,) = hub.run("pack", *job, "--note", note, "--json").json
    assert packed["rows"] == said.json["people"], packed
    hub.does("approve", "--all", "--yes", "--as", "director.9")
    third, stick = town.recipient(THIRD), town.folder / "on"
    third.workspace.cards.add(hub.workspace.own.card(), FOUNDED)
    hub.does("deliver", "--to-folder", stick)

    # The third party opens it; each caveat of either source has come along.
    (bundle,) = folder_for(hub.office(dt.datetime.fromisoformat(PACKING)), THIRD, stick).iterdir()
    third.does("receive", "--from-folder", bundle.parent)
    third.does("open", bundle, "--out", tmp_path / "opened", "--as", "case.data.officer", "--acknowledge")
    (rows,) = (tmp_path / "opened").rglob("data/people.csv")
    told = list(csv.DictReader(rows.read_text().splitlines()))
    groups = Counter((each["prs_Gender"], each["prs_Birthdate"]) for each in told)
    assert min(groups.values()) >= 5
    package = json.loads(next((tmp_path / "opened").rglob("datapackage.json")).read_text())
    written = package["x-exchange"]["note"]
    for words in ("Only cases YKS assisted", "Only cases RPK assisted", "links between reports serve counting"):
        assert words in written
    assert "was not measured" in written


def test_without_an_approval_nothing_goes_on(town: Town, hub: Desk, agreement: Path, tmp_path: Path) -> None:
    said = passes_on(hub, tmp_path / "hub.xlsx")
    assert (said.status, said.codes) == (8, ["onward.not_approved"] * 2)
    assert not list(tmp_path.glob("hub*"))


def test_what_only_one_approved_goes_on_alone(town: Town, hub: Desk, agreement: Path, tmp_path: Path) -> None:
    both = passes_on(hub, tmp_path / "both.xlsx", *(approved(town, agreement, p, *SAID) for p in (SENDER, "rpk")))
    one = passes_on(hub, tmp_path / "one.xlsx", approved(town, agreement, SENDER, *SAID))
    assert one.json["not_approved"] == [SECOND]
    assert 0 < one.json["people"] < both.json["people"]
    assert "RPK" not in (tmp_path / "one.note.txt").read_text()


def test_where_consent_is_not_attested_no_row_leaves_the_hub(
    town: Town, hub: Desk, agreement: Path, tmp_path: Path
) -> None:
    extract = tmp_path / "hub.xlsx"
    assert passes_on(hub, extract, approved(town, agreement, SENDER)).status == 0
    hub.certifies("director.9", "Petugas Contoh", "approve")
    job = (extract, "-a", HUB, "-p", "2026-09", "--mapping", tmp_path / "hub.mapping.yaml")
    said = hub.run("pack", *job, "--note", tmp_path / "hub.note.txt", "--dry-run", "--json")
    assert said.status == 0, said
    (rehearsed,) = said.json
    assert (rehearsed["rows"], set(rehearsed["held_back"])) == (0, {"status"})


def test_an_approval_that_does_not_hold_is_refused(town: Town, hub: Desk, agreement: Path, tmp_path: Path) -> None:
    good = approved(town, agreement, SENDER, *SAID)
    told = json.loads(good.read_text())
    for change, code in (
        ({"fields": ["prs_Gender", "vic_TypeOfExploitation"]}, "onward.signature"),
        ({"until": "2026-09-30"}, "onward.over"),
        ({"party": "gt-ntt"}, "onward.not_the_approver"),
        ({"to": told["statement"]["under"]}, "onward.other_agreement"),
    ):
        forged = tmp_path / "forged.json"
        forged.write_text(json.dumps({**told, "statement": told["statement"] | change}))
        assert code in refused(hub, tmp_path / "hub.xlsx", forged)
    (tmp_path / "rubbish.json").write_text("{}")
    assert refused(hub, tmp_path / "hub.xlsx", tmp_path / "rubbish.json") == ["onward.unreadable"]
    assert not list(tmp_path.glob("hub*"))


def test_only_the_party_that_the_agreement_names_can_approve(town: Town, hub: Desk, agreement: Path) -> None:
    told = ("--to", agreement, *FIELDS, "--until", "2027-08-31", town.folder / "no.json")
    said = hub.run("agreement", "onward", AGREEMENT, *told)
    assert said.codes == ["onward.not_the_approver"]
    said = town.sender.run("agreement", "onward", AGREEMENT, "--field", "nothing", *told)
    assert said.codes == ["onward.unknown_field"]
    assert not (town.folder / "no.json").exists()


def test_every_figure_lies_beside_the_rows(hub: Desk, tmp_path: Path) -> None:
    out = tmp_path / "tables"
    hub.does("export", "--out", out, "--format", "csv,xlsx,parquet", *AS_OFFICER, "--acknowledge")
    for name in ("people", "reports", "conflicts", "counts", "overlap", "coverage", "trends"):
        assert (out / f"{name}.csv").exists()
        assert (out / f"{name}.parquet").exists()
    about = (out / "about.txt").read_text()
    for words in (
        "serve counting",
        "was not measured",
        "counts below 11 are withheld",
        "YKS assisted",
        "RPK assisted",
    ):
        assert words in about
    covered = list(csv.DictReader((out / "coverage.csv").read_text().splitlines()))
    assert [(each["source"], each["period"], each["state"]) for each in covered] == [
        ("rpk", "2026-09", "reported"),
        ("yks", "2026-09", "reported"),
    ]
    counts = [each["people"] for each in csv.DictReader((out / "counts.csv").read_text().splitlines())]
    assert all(not each or int(each) >= 11 for each in counts)
    told = {each["what"]: each["people"] for each in csv.DictReader((out / "overlap.csv").read_text().splitlines())}
    assert int(told["all"]) > 20


def test_rules_are_kept_and_a_bad_file_changes_nothing(hub: Desk, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("merging: 1\nfields: {prs_Gendre: latest}\nsensitive: [nobody]\n")
    said = hub.run("merge", "--rules", rules)
    assert (said.status, said.codes) == (12, ["merging.unknown_field", "merging.unknown_sender"])
    assert "line 2" in said.err
    rules.write_text("merging: 1\ndefault: majority\nsensitive: [rpk]\n")
    hub.does("merge", "--rules", rules, "--dry-run")
    assert not (hub.folder / "merging.yaml").exists()
    hub.does("merge", "--rules", rules)
    hub.does("export", "--out", tmp_path / "out", *AS_OFFICER, "--acknowledge")
    assert ",rpk," not in (tmp_path / "out/reports.csv").read_text()  # as a source: an id may spell anything
    assert "marked sensitive" in (tmp_path / "out/about.txt").read_text()
