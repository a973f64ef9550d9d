"""Each step of the road is in the log of whoever did it: agreements, trust, people, bundles that wait and that come."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args
from unittest import mock

import pytest
from cli.organisations import SIGNING, Desk, founded
from cli.test_agreements_are_amended_by_command import written
from cli.town import AGREEMENT, AS_OFFICER, FOUNDED, RECIPIENTS, SENDER, Town, drafted

from exchange.audit.entries import Counts, Kind, KindCount
from exchange.audit.wording import happened
from exchange.cli.entry_words import counts_in_words
from exchange.crypto.canonical import digest_of_bytes
from exchange.transport.outbox import Outbox

WORDS = ("card", "words")


def entries(desk: Desk, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.run("audit", "entries", "--kind", kind, "--json").json
    return found


def kinds_about(desk: Desk, ciphertext: str) -> list[str]:
    found = desk.run("audit", "entries", "--json").json
    return [each["kind"] for each in found if each.get("ciphertext") == ciphertext]


# --- agreements, cards, people ---


def test_a_log_begins_with_whom_we_trust_and_who_acts_for_us(tmp_path: Path) -> None:
    """Cards are trusted and people certified before the first agreement of a network is here."""
    desks = {party: founded(tmp_path, party, FOUNDED) for party in (SENDER, *RECIPIENTS, "independent-auditor")}
    sender, partner = desks[SENDER].at(SIGNING), desks["gt-ntt"]
    sender.certifies("director.1", "Maria T.", "approve")
    sender.workspace.cards.add(partner.workspace.own.card(), FOUNDED)
    sender.workspace.cards.confirm(partner.party, FOUNDED)
    sender.workspace.cards.add(desks["io-id"].workspace.own.card(), FOUNDED)  # whose words nobody has read
    assert not sender.workspace.logs.networks()
    file = tmp_path / "dsa.yaml"
    file.write_bytes(drafted({party: desk.workspace.own.card().card.fingerprint for party, desk in desks.items()}))
    sender.does("agreement", "add", file)

    (trusted,), (person,) = entries(sender, "card.trusted"), entries(sender, "person.certified")
    assert (trusted["counterpart"], trusted["since"]) == ("gt-ntt", "2026-08-20T00:00:00Z")
    assert trusted["key"] == partner.workspace.own.card().card.fingerprint
    assert (person["person"], person["codes"]) == ("director.1", ["approve"])
    assert person["until"] == str(sender.workspace.own.card().card.people[0].not_after)
    (made,) = entries(sender, "agreement.made")
    assert made["agreement"]["id"] == AGREEMENT

    sender.does("agreement", "add", file)  # what is noted is not noted again
    assert [len(entries(sender, kind)) for kind in ("card.trusted", "person.certified", "agreement.made")] == [1] * 3


def test_whoever_is_confirmed_later_is_noted_then(town: Town) -> None:
    sender, partner = town.sender, town.recipient("io-id")
    sender.workspace.cards.forget("io-id")
    sender.workspace.cards.add(partner.workspace.own.card(), FOUNDED)
    partner.workspace.cards.confirm(SENDER, FOUNDED)
    sender.does(*WORDS, "io-id", "--confirmed", partner.run(*WORDS, SENDER).out.strip())
    (trusted,) = entries(sender, "card.trusted")
    assert trusted["counterpart"] == "io-id"
    assert {"since", "until"}.isdisjoint(trusted)


def test_a_new_version_and_everybodys_signatures_are_noted(town: Town, tmp_path: Path) -> None:
    sender, partner = town.sender.at(SIGNING), town.recipient().at(SIGNING)
    new = written(town, tmp_path, "1.2.0", ("dpo@yks.example", "data@yks.example"))
    for desk in (sender, partner):
        desk.does("agreement", "add", new)
    amended = {desk.party: entries(desk, "agreement.amended") for desk in (sender, partner)}
    assert [[each["agreement"]["version"] for each in found] for found in amended.values()] == [["1.2.0"], ["1.2.0"]]

    partner.does("agreement", "sign", AGREEMENT, "--on", "2026-08-24")
    file = tmp_path / "signatures.json"
    partner.does("agreement", "signatures", "export", AGREEMENT, file)
    sender.does("agreement", "signatures", "import", file)
    sender.does("agreement", "signatures", "import", file)
    (own,), (others,) = entries(partner, "agreement.signed"), entries(sender, "agreement.signed")
    assert ("counterpart" in own, others["counterpart"]) == (False, "gt-ntt")
    assert own["key"] == others["key"] == partner.workspace.own.card().card.fingerprint
    assert own["since"] == others["since"] == "2026-08-23T16:00:00Z"  # the day began there, at +08:00
    assert sender.run("audit", "export", tmp_path / "pack").status == 0


def test_a_draft_of_somebody_who_lets_nobody_inspect_bars_no_pack(town: Town, tmp_path: Path) -> None:
    inspect = ("may_inspect: [yks, gt-ntt, dinas-p3a, io-id, independent-auditor]", "may_inspect: [yks]")
    draft = written(town, tmp_path, "1.2.0", inspect)
    town.packed()
    town.sender.does("agreement", "add", draft)
    assert town.sender.run("audit", "export", tmp_path / "pack", "--for", "independent-auditor").status == 0


# --- bundles ---


def test_what_is_packed_says_which_fields_leave_and_why_rows_stay(town: Town) -> None:
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada perubahan.")
    (packed,), (checked,) = entries(town.sender, "bundle.packed"), entries(town.sender, "extract.checked")
    agreement = town.sender.workspace.agreements.newest(AGREEMENT).agreement
    assert set(packed["fields"]) <= {field.name for field in agreement.data.fields}
    assert set(packed["fields"]) <= set(agreement.tier_of("gt-ntt").release)
    assert packed["fields"]
    for entry in (packed, checked):
        counts = entry["counts"]
        assert sum(each["count"] for each in counts.get("reasons", ())) == counts["held_back"]
    assert {each["kind"] for each in packed["counts"]["reasons"]} & {"status", "scope", "minor", "form"}
    assert checked["counts"]["rows_in"] == packed["counts"]["rows_in"] + packed["counts"]["held_back"]


def test_a_guess_at_the_page_is_not_confirmed_by_its_digest(town: Town) -> None:
    """The page can be made again from what somebody knows; the random bytes at its end cannot."""
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada perubahan.")
    (packed,) = entries(town.sender, "bundle.packed")
    page = (town.sender.folder / "approvals" / packed["bundle"] / "page.html").read_bytes()
    assert digest_of_bytes(page) == packed["page"]
    guess, _salt = page.rsplit(b"<!-- ", 1)
    assert len(_salt) > 32
    assert digest_of_bytes(guess) != packed["page"]


def test_a_bundle_is_queued_when_the_last_has_approved_and_once(town: Town) -> None:
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada perubahan.")
    assert not entries(town.sender, "bundle.queued")
    town.sender.approves()
    town.sender.does("deliver", "--to-folder", town.stick)
    town.sender.does("deliver", "--to-folder", town.stick)
    (packed,) = entries(town.sender, "bundle.packed")
    order = kinds_about(town.sender, packed["ciphertext"])
    assert [kind for kind in order if kind.startswith("bundle.")] == [
        "bundle.packed",
        "bundle.queued",
        "bundle.delivered",
    ]


def test_a_bundle_whose_release_was_cut_off_is_noted_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada perubahan.")
    with monkeypatch.context() as breaking:
        breaking.setattr(Outbox, "release", mock.Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(AssertionError):
            town.sender.approves()
    town.sender.approves()
    town.sender.does("deliver", "--to-folder", town.stick)
    assert len(entries(town.sender, "bundle.queued")) == 1
    assert len(entries(town.sender, "bundle.delivered")) == 1


def test_a_refused_bundle_was_received_too(town: Town, bundle: Path) -> None:
    """Else its sender would say "delivered", and its recipient nothing."""
    recipient = town.recipient()
    (packed,) = entries(town.sender, "bundle.packed")
    recipient.at("2026-12-20T09:00:00+08:00").run("receive", "--from-folder", bundle.parent)
    assert kinds_about(recipient, packed["ciphertext"]) == ["bundle.received", "bundle.refused"]
    (received,), (refused,) = entries(recipient, "bundle.received"), entries(recipient, "bundle.refused")
    for each in (received, refused):
        assert (each["counterpart"], each["bundle"], each["period"]) == (SENDER, packed["bundle"], "2026-09")
        assert each["agreement"] == packed["agreement"]


def test_a_bundle_under_a_version_that_is_not_here_was_received_and_names_no_agreement(
    town: Town, bundle: Path
) -> None:
    """Whoever names an agreement that we do not know would else make our log one that nobody may inspect."""
    recipient = town.recipient()
    (file,) = (recipient.folder / "agreements" / AGREEMENT).glob("*.yaml")
    file.write_text(file.read_text().replace("dpo@yks.example", "data@yks.example"))
    recipient.run("receive", "--from-folder", bundle.parent)
    (received,) = entries(recipient, "bundle.received")
    assert received["counterpart"] == SENDER
    assert "agreement" not in received
    (aside,) = entries(recipient, "bundle.quarantined")
    assert aside["counterpart"] == SENDER


def test_what_nobody_can_attribute_was_not_received_from_anybody(town: Town, bundle: Path) -> None:
    recipient = town.recipient()
    whole = bundle.read_bytes()
    bundle.write_bytes(whole[:-40] + bytes(40))
    recipient.run("receive", "--from-folder", bundle.parent)
    assert not entries(recipient, "bundle.received")
    (aside,) = entries(recipient, "bundle.quarantined")
    assert "counterpart" not in aside


def test_a_bundle_that_is_accepted_is_received_once(town: Town, bundle: Path) -> None:
    recipient = town.recipient()
    for _again in range(2):
        recipient.does("receive", "--from-folder", bundle.parent)
    (received,) = entries(recipient, "bundle.received")
    order = [kind for kind in kinds_about(recipient, received["ciphertext"]) if kind.startswith("bundle.")]
    assert order == ["bundle.received", "bundle.opened", "bundle.accepted"]


def test_an_export_names_the_agreement_under_which_the_data_came(town: Town, tmp_path: Path) -> None:
    recipient = town.recipient()
    recipient.does("receive", "--from-folder", town.packed().parent)
    recipient.does("export", "--out", tmp_path / "out", *AS_OFFICER, "--acknowledge")
    (exported,) = entries(recipient, "store.exported")
    assert exported["agreement"]["id"] == AGREEMENT
    assert "onward" not in exported


# --- in words ---


def test_an_entry_is_told_in_words_in_both_languages(town: Town) -> None:
    town.packed()
    [packed] = entries(town.sender, "bundle.packed")
    counts = packed["counts"]
    assert isinstance(counts["rows_in"], int), "programs get names and numbers"
    asked = ("audit", "entries", "--kind", "bundle.packed")
    english, indonesian = (town.sender.spawn("--language", tongue, *asked).out for tongue in ("en", "id"))
    for said, what, read, held in (
        (english, "a bundle was packed and sealed", "rows read", "no consent"),
        (indonesian, "sebuah paket dikemas dan disegel", "baris dibaca", "tidak ada persetujuan"),
    ):
        assert f"bundle.packed: {what}" in said
        assert f"{read}: {counts['rows_in']}" in said
        assert f"{held}: " in said
        assert not [name for name in counts if f"{name}=" in said]


def test_every_kind_of_entry_and_every_count_has_words() -> None:
    assert all(str(happened(kind)) for kind in get_args(Kind))
    numbers = {name: 7 for name in Counts.model_fields if name not in ("masks", "reasons")}
    said = list(counts_in_words(Counts(**numbers)))  # type: ignore[arg-type]  # all that are left are numbers
    assert len(said) == len(numbers) == len({each for each in said if "7" in each})
    of_kinds = Counts(held_back=7, reasons=(KindCount(kind="scope", count=7),), masks=(KindCount(kind="nik", count=3),))
    assert list(counts_in_words(of_kinds)) == [
        "held back: 7 (no consent for this recipient: 7)",
        "masked in case notes: NIK and family card numbers: 3",
    ]
