"""Data were exposed: by commands alone, whose they were, who got them, and what is written to whom, naming nobody."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cli.organisations import Desk, Said, files_of
from cli.test_a_withdrawal_reaches_whoever_got_the_person import packed_for_coordination
from cli.test_something_happens import BREACH, files
from cli.town import AGREEMENT, OFFICERS, SENDER, Town

from exchange.crypto.canonical import digest_of_bytes

SCOPE, DRAFT = ("breach", "scope", AGREEMENT), ("breach", "draft", AGREEMENT)
NOTICED = ("--noticed", "2026-10-05T08:00")


@pytest.fixture
def arrived(town: Town, bundle: Path) -> Desk:
    """The recipient who has a month of the sender's."""
    recipient = town.recipient()
    recipient.does("receive", "--from-folder", bundle.parent)
    return recipient


def entries(desk: Desk, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.run("audit", "entries", "--kind", kind, "--json").json
    return found


def drafted(desk: Desk, out: Path, *exposed: str) -> dict[str, str]:
    desk.does(*DRAFT, *NOTICED, *exposed, "--out", out)
    return {file.name: file.read_text(encoding="utf-8") for file in out.iterdir()}


def test_both_ends_say_the_same_of_what_a_recipient_lost(town: Town, arrived: Desk) -> None:
    told = [desk.run(*SCOPE, "--json", "--party", "gt-ntt") for desk in (town.sender, arrived)]
    assert [each.status for each in told] == [0, 0]
    ours, theirs = (each.json for each in told)
    assert [each["bundle"] for each in ours["bundles"]] == [each["bundle"] for each in theirs["bundles"]]
    assert ours["rows"] == theirs["rows"] > 0
    assert ours["parties"] == theirs["parties"] == ["gt-ntt", SENDER]
    assert ours["bundles"][0]["fields"]
    assert f"at most {ours['rows']} rows in all" in town.sender.does(*SCOPE, "--party", "gt-ntt")
    assert town.sender.run(*SCOPE, "--json", "--party", "io-id").json["bundles"] == []


def test_what_had_not_come_yet_was_not_exposed(town: Town, arrived: Desk) -> None:
    assert arrived.run(*SCOPE, "--json", "--until", "2026-10-01T00:00").json["bundles"] == []
    assert len(arrived.run(*SCOPE, "--json", "--since", "2026-10-01T00:00").json["bundles"]) == 1


def test_an_account_exposes_what_was_read_under_its_name(town: Town, arrived: Desk, tmp_path: Path) -> None:
    officer = OFFICERS["gt-ntt"]
    assert arrived.run(*SCOPE, "--json", "--person", officer).json["bundles"] == []
    arrived.does("export", "--out", tmp_path / "out", "--as", officer, "--acknowledge")
    said = arrived.run(*SCOPE, "--json", "--person", officer).json
    assert (len(said["bundles"]), said["acts"]) == (1, {"store.exported": 1})
    (person,) = (each for each in arrived.workspace.own.card().card.people if each.id == officer)
    by_key = arrived.run(*SCOPE, "--json", "--key", person.verify_key.fingerprint()).json
    assert by_key == said


def test_a_key_exposes_what_it_opens_and_one_that_signs_nothing(town: Town, arrived: Desk) -> None:
    card = arrived.workspace.own.card().card
    opened = [
        str(key.not_before)
        for key in card.encryption_keys
        if town.sender.run(*SCOPE, "--json", "--key", key.digest).json["bundles"]
    ]
    assert opened == ["2026-10-01"]
    assert arrived.run(*SCOPE, "--key", card.fingerprint).codes == ["breach.key_opens_nothing"]
    assert arrived.run(*SCOPE, "--key", "SHA256:" + "A" * 43).codes == ["breach.key_unknown"]
    assert arrived.run(*SCOPE, "--key", "S").codes == ["breach.key_unknown"]


# --- whose cases ---


def test_a_sender_says_whose_cases_they_are_to_a_person_who_may(town: Town) -> None:
    case = packed_for_coordination(town)
    town.sender.approves()
    town.sender.does("deliver", "--to-folder", town.stick)
    job = (*SCOPE, "--party", "io-id", "--cases")
    assert town.sender.run(*job).codes == ["person.none"]
    town.sender.certifies("keeper.1", "Petugas Contoh", "look_up")
    said = town.sender.run("--json", *job, "--as", "keeper.1")
    (named,) = said.json["cases"]
    assert case in named["cases"]
    assert len(named["cases"]) >= said.json["rows"] > 0, "also those who stand in tables alone"
    assert named["missing"] == 0
    listed = [(each.get("person"), each.get("counterpart")) for each in entries(town.sender, "pseudonym.listed")]
    assert listed == [(None, None), ("keeper.1", "io-id")], "the attempt that failed is there as well"
    assert case not in json.dumps(town.sender.run("audit", "entries", "--json").json)


def test_a_recipient_cannot_say_whose_cases_they_are(arrived: Desk) -> None:
    assert arrived.run(*SCOPE, "--cases", "--as", OFFICERS["gt-ntt"]).codes == ["breach.not_the_sender"]


# --- the drafts ---


def test_drafts_in_both_languages_say_what_by_when_and_to_whom(town: Town, arrived: Desk, tmp_path: Path) -> None:
    made = drafted(town.sender, tmp_path / "drafts", "--party", "gt-ntt")
    assert set(made) == {"parties.html", "authority.html", "survivors.html", "data_exposed.txt"}
    rows = town.sender.run(*SCOPE, "--json", "--party", "gt-ntt").json["rows"]
    for name in ("parties.html", "authority.html", "survivors.html"):
        assert re.findall(r'<section id="(\w+)"', made[name]) == ["id", "en"]
    assert "2026-10-06 08:00 (Asia/Makassar)" in made["parties.html"]  # 24 hours
    assert "2026-10-08 08:00 (Asia/Makassar)" in made["authority.html"]  # 72 hours
    assert "UU 27/2022 ps. 46" in made["authority.html"]
    assert f"at most {rows} rows in all" in made["data_exposed.txt"]
    assert made["data_exposed.txt"].count("2026-09") == 2
    assert len(made["data_exposed.txt"]) <= 2000


def test_each_half_of_a_draft_calls_fields_in_its_language(town: Town, arrived: Desk, tmp_path: Path) -> None:
    made = drafted(town.sender, tmp_path / "drafts", "--party", "gt-ntt")
    for name in ("parties.html", "authority.html", "survivors.html", "data_exposed.txt"):
        indonesian, english = made[name].split('<section id="en"' if name.endswith("html") else "\n\n")
        assert ("Tanggal lahir" in indonesian, "Tanggal lahir" in english) == (True, False)
        assert ("Date of birth" in indonesian, "Date of birth" in english) == (False, True)


def test_a_draft_says_how_the_cases_of_just_this_breach_are_found(town: Town, arrived: Desk, tmp_path: Path) -> None:
    since = ("--since", "2026-10-01T00:00")
    made = drafted(town.sender, tmp_path / "drafts", "--party", "gt-ntt", *since)
    command = f"exchange breach scope {AGREEMENT} --party gt-ntt --since 2026-10-01T00:00 --cases"
    assert made["survivors.html"].count(command) == 2  # once in each language


def test_no_draft_names_a_person(town: Town, arrived: Desk, tmp_path: Path) -> None:
    officer = OFFICERS["gt-ntt"]
    arrived.does("export", "--out", tmp_path / "out", "--as", officer, "--acknowledge")
    made = {
        **drafted(town.sender, tmp_path / "ours", "--party", "gt-ntt"),
        **{f"their {name}": text for name, text in drafted(arrived, tmp_path / "theirs", "--person", officer).items()},
    }
    agreement = town.sender.workspace.agreements.newest(AGREEMENT).agreement
    people = {each.name for each in agreement.signatories} | {*OFFICERS.values(), *town.identifiers}
    people |= {person.name for desk in (town.sender, arrived) for person in desk.workspace.own.card().card.people}
    for name, text in made.items():
        assert [each for each in people if each in text] == [], name
    assert "their survivors.html" not in made, "survivors are told by the sender alone"


def test_other_parties_are_not_told_how_much_one_of_them_gets(town: Town, arrived: Desk, tmp_path: Path) -> None:
    made = drafted(town.sender, tmp_path / "drafts")
    assert "<caption>What was exposed, at most</caption>" in made["authority.html"]
    assert "<caption>What was exposed, at most</caption>" not in made["parties.html"]


def test_nothing_is_drafted_of_nothing_and_no_draft_is_overwritten(town: Town, arrived: Desk, tmp_path: Path) -> None:
    out = tmp_path / "drafts"
    before = files_of(town.folder)
    assert town.sender.run(*DRAFT, *NOTICED, "--party", "io-id", "--out", out).codes == ["breach.nothing_exposed"]
    assert town.sender.run(*DRAFT, *NOTICED, "--party", "nobody", "--out", out).codes == ["breach.no_such_party"]
    assert town.sender.run(*DRAFT, "--noticed", "2026-10-05T23:00", "--out", out).codes == ["letter.future"]
    town.sender.does(*DRAFT, *NOTICED, "--out", out, "--dry-run")
    assert files_of(town.folder) == before
    assert not out.exists()
    drafted(town.sender, out)
    assert "usage.file_there" in town.sender.run(*DRAFT, *NOTICED, "--out", out).codes


# --- told, and recorded ---


def noticed(desk: Desk, folder: Path, **texts: str) -> Said:
    return desk.run("--json", "breach", "notice", AGREEMENT, *NOTICED, *files(folder, **texts))


def test_a_draft_becomes_the_letter_and_the_log_has_what_was_sent(town: Town, arrived: Desk, tmp_path: Path) -> None:
    made = drafted(town.sender, tmp_path / "drafts", "--party", "gt-ntt")
    said = noticed(town.sender, tmp_path, **{**BREACH, "data_exposed": made["data_exposed.txt"]})
    assert said.status == 0, said
    told = entries(town.sender, "breach.told")
    assert {each["counterpart"] for each in told} == {"gt-ntt", "dinas-p3a", "io-id"}
    assert all(each["ciphertext"].startswith("sha256:") for each in told)

    notice = tmp_path / "notice.pdf"
    notice.write_bytes(b"%PDF the notice, as it was signed")
    town.sender.does("breach", "reported", said.json["breach"], "--file", notice)
    (reported,) = entries(town.sender, "breach.reported")
    (kept,) = (town.sender.folder / "reported").iterdir()
    assert reported["page"] == digest_of_bytes(kept.read_bytes())
    assert reported["page"] != digest_of_bytes(notice.read_bytes()), "whoever guesses at the notice learns nothing"
    assert notice.read_bytes() not in kept.read_bytes()
