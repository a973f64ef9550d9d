"""Agreements: every mistake with its line; signatures that travel; a state that is derived, never typed."""

from __future__ import annotations

import json
from pathlib import Path

from cli.organisations import SIGNING, Desk, files_of, founded
from cli.town import AGREEMENT, FOUNDED, RECIPIENTS, Town, drafted


def text_of(town: Town) -> str:
    return (town.sender.folder / "agreements" / AGREEMENT / "1.1.0.yaml").read_text(encoding="utf-8")


def test_every_mistake_is_said_at_once_with_its_line(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "dsa.yaml"
    file.write_text(text_of(town).replace("due_day: ", "due_dai: ").replace("grace_days: ", "grace_dais: "))
    said = town.sender.run("agreement", "check", file)
    assert (said.status, said.out) == (5, "")
    assert len(said.codes) >= 2
    assert all(line.startswith("error: dsa.yaml") for line in said.err.splitlines() if line.startswith("error:"))


def test_a_contradiction_is_neither_checked_nor_kept_nor_signed(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "dsa.yaml"
    file.write_text(text_of(town).replace("expires: ", "expires: 2020-01-01 #"))
    before = files_of(town.sender.folder)
    for verb in ("check", "add"):
        said = town.sender.run("agreement", verb, file)
        assert said.status == 5
        assert any(code.startswith("agreement.") for code in said.codes)
    assert files_of(town.sender.folder) == before


def test_the_example_with_placeholders_cannot_be_kept(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "dsa.yaml"
    file.write_bytes(drafted(dict.fromkeys(("yks", *RECIPIENTS, "independent-auditor"), "SHA256:<fingerprint>")))
    assert town.sender.run("agreement", "add", file).status == 5


def test_another_text_of_a_version_is_refused(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "dsa.yaml"
    file.write_text(text_of(town).replace("due_day: 10", "due_day: 11"))
    assert file.read_text() != text_of(town)
    said = town.sender.run("agreement", "add", file)
    assert (said.status, said.codes) == (3, ["agreement.changed"])


def test_a_key_that_is_not_the_cards_is_warned_of(town: Town, tmp_path: Path) -> None:
    stranger = founded(tmp_path, "gt-ntt", FOUNDED).run("card", "show", "--json").json["fingerprint"]
    known = town.recipient().run("card", "show", "--json").json["fingerprint"]
    file = tmp_path / "dsa.yaml"
    file.write_text(text_of(town).replace(known, stranger).replace("1.1.0", "1.2.0"))
    said = town.sender.run("agreement", "add", file, "--dry-run")
    assert "[agreement.key_differs]" in said.err


def test_signatures_travel_and_join(town: Town, tmp_path: Path) -> None:
    """Two parties sign on their own machines; their files come together at the sender."""
    for desk in (town.sender, town.recipient()):
        (desk.folder / "agreements" / AGREEMENT / "1.1.0.signatures.json").unlink()
    sender, recipient = town.sender.at(SIGNING), town.recipient().at(SIGNING)
    recipient.does("agreement", "sign", AGREEMENT)
    file = tmp_path / "signatures.json"
    recipient.does("agreement", "signatures", "export", AGREEMENT, file)
    sender.does("agreement", "sign", AGREEMENT, "--on", "2026-08-24")
    assert sender.does("agreement", "signatures", "import", file).split() == [AGREEMENT, "1.1.0", "gt-ntt"]
    (state,) = sender.run("agreement", "status", AGREEMENT, "--json").json
    assert (state["state"], sorted(state["signed"])) == ("part-signed", ["gt-ntt", "yks"])
    assert sorted(state["not_signed"]) == ["dinas-p3a", "io-id"]
    kinds = [each["kind"] for each in sender.run("audit", "entries", "--json").json]
    assert [kind for kind in kinds if kind.startswith("agreement.")] == [
        "agreement.made",
        "agreement.signed",
        "agreement.signed",
    ]


def test_a_forged_signature_is_left_out_and_said_and_the_good_ones_are_kept(town: Town, tmp_path: Path) -> None:
    beside = town.sender.folder / "agreements" / AGREEMENT / "1.1.0.signatures.json"
    content = json.loads(beside.read_text())
    forged = next(each for each in content["entries"] if each["statement"]["party"] == "gt-ntt")
    forged["statement"]["signed_on"] = "2026-08-01"
    file = tmp_path / "signatures.json"
    file.write_text(json.dumps(content))
    beside.unlink()
    said = town.sender.run("agreement", "signatures", "import", file)
    assert (said.status, said.codes) == (5, ["agreement.bad_signature"])
    assert sorted(line.split()[-1] for line in said.out.splitlines()) == ["dinas-p3a", "io-id", "yks"]
    assert "gt-ntt has not signed" in town.sender.run("check", town.workbook, *town.job).err
    with_json = town.sender.run("agreement", "signatures", "import", file, "--json")
    assert [each["code"] for each in with_json.json["problems"]] == ["agreement.bad_signature"]
    assert with_json.json["status"] == with_json.status == 5


def test_nobody_signs_for_the_future_or_for_another(town: Town) -> None:
    assert town.sender.run("agreement", "sign", AGREEMENT, "--on", "2026-10-06").codes == ["usage.day_in_the_future"]
    auditor = Desk(town.folder / "independent-auditor", "independent-auditor")
    assert auditor.run("agreement", "sign", AGREEMENT).codes == ["agreement.not_a_signatory"]


def test_the_summary_says_who_gets_what_and_who_signed(town: Town) -> None:
    lines = town.sender.does("agreement", "show", AGREEMENT)
    assert all(party in lines for party in ("yks", *RECIPIENTS))
    assert town.sender.run("agreement", "show", AGREEMENT, "--json").json["id"] == AGREEMENT
    said = town.sender.run("agreement", "show", "DSA-UNKNOWN")
    assert (said.status, said.codes) == (3, ["agreement.unknown"])


def test_the_schema_is_one(town: Town) -> None:
    schema = json.loads(town.sender.does("agreement", "schema"))
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert "tiers" in schema["required"]


def test_a_mapping_that_does_not_fit_is_not_kept(town: Town, tmp_path: Path) -> None:
    agreement, mapping = tmp_path / "dsa.yaml", tmp_path / "mapping.yaml"
    agreement.write_text(text_of(town))
    kept = (town.sender.folder / "agreements" / AGREEMENT / "mapping.yaml").read_text()
    mapping.write_text(kept.replace(": sex", ": seks").replace("cas_Status", "no_such_field"))
    assert mapping.read_text() != kept
    said = town.sender.run("agreement", "add", agreement, "--mapping", mapping)
    assert said.status == 6
    assert (town.sender.folder / "agreements" / AGREEMENT / "mapping.yaml").read_text() == kept
