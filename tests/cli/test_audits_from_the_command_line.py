"""An auditor with nothing but packs and cards: verifying, asking, and what a pack holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.organisations import Desk, files_of, founded
from cli.town import AGREEMENT, FOUNDED, RECIPIENTS, SENDER


def test_an_altered_entry_is_found(packs: tuple[Path, Path]) -> None:
    auditor = Desk(packs[0].parent / "independent-auditor", "independent-auditor")
    sound = auditor.run("audit", "verify", *packs)
    assert (sound.status, "nothing is wrong" in sound.out) == (0, True)
    entries = packs[0] / "entries.jsonl"
    entries.write_bytes(entries.read_bytes().replace(b'"rows_out":', b'"rows_0ut":', 1))
    said = auditor.run("audit", "verify", *packs, "--json")
    assert (said.status, said.json["ok"]) == (13, False)
    assert any(each["weight"] == "wrong" and each["entry"] is not None for each in said.json["findings"])


def test_what_nobody_has_witnessed_is_said_once_and_names_the_logs(packs: tuple[Path, Path], tmp_path: Path) -> None:
    auditor, page = Desk(tmp_path / "nothing", "auditor"), tmp_path / "audit.html"
    documents = auditor.run("audit", "verify", *packs, "--json").json["findings"]
    each = [found for found in documents if found["code"] == "audit.unwitnessed"]
    assert len(each) == 2
    told = [f"{found['origin'].split('/')[0]} ({found['last'] - found['entry'] + 1})" for found in each]
    line = f"nobody else has witnessed the newest entries of {', '.join(told)} yet"
    said = auditor.run("audit", "verify", *packs).out
    assert (said.count("[audit.unwitnessed]"), f"look: {line} [audit.unwitnessed]" in said) == (1, True)
    auditor.run("audit", "report", *packs, "--out", page)
    assert page.read_text(encoding="utf-8").count("<code>audit.unwitnessed</code>") == 2  # once in each language
    alone = auditor.run("audit", "verify", packs[0]).out
    assert "nobody else has witnessed these entries yet [audit.unwitnessed]" in alone


def test_a_pack_under_another_key_than_the_cards_is_found(packs: tuple[Path, Path], tmp_path: Path) -> None:
    stranger = founded(tmp_path / "elsewhere", "yks", FOUNDED)
    auditor = Desk(tmp_path / "nothing", "auditor")
    said = auditor.run("audit", "verify", packs[0], "--key", f"yks={stranger.card}")
    assert said.status == 13
    assert "[audit.key_differs]" in said.out
    assert auditor.run("audit", "verify", packs[0], "--key", "yks").codes == ["usage.key"]
    assert auditor.run("audit", "verify", packs[0], "--key", f"gt-ntt={stranger.card}").codes == ["usage.key"]


def test_what_is_no_pack_is_a_finding(tmp_path: Path) -> None:
    auditor = Desk(tmp_path / "nothing", "auditor")
    rubbish = tmp_path / "rubbish.tar"
    rubbish.write_bytes(b"rubbish")
    said = auditor.run("audit", "verify", rubbish)
    assert (said.status, "something is wrong" in said.out) == (13, True)
    assert all(line.count("rubbish.tar") <= 1 for line in said.out.splitlines())


def test_a_name_that_somebody_gave_a_pack_moves_no_cursor_and_says_nothing_of_its_own(
    packs: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "sent"
    folder.mkdir()
    pack = folder / "hasil \u00e9\u4e2d\x1b[2J\x9b8m\u202e\nnothing is wrong"
    packs[0].rename(pack)
    (pack / "entries.jsonl").write_bytes(b"rubbish\n")
    auditor = Desk(tmp_path / "nothing", "auditor")
    said = auditor.run("audit", "verify", folder)
    assert said.status == 13
    assert all(line.isprintable() for line in (said.out + said.err).splitlines())
    assert "nothing is wrong" not in said.out.splitlines()
    assert "hasil \u00e9\u4e2d?[2J?8m??nothing is wrong" in said.out
    as_json = auditor.run("audit", "verify", folder, "--json")
    assert {each["pack"] for each in as_json.json["logs"]} == {pack.name}
    assert all(line.isprintable() for line in as_json.out.splitlines())


def test_a_name_that_was_mistyped_says_nothing_of_a_log(tmp_path: Path) -> None:
    auditor = Desk(tmp_path / "nothing", "auditor")
    said = auditor.run("audit", "verify", tmp_path / "absent.tar", tmp_path / "gone")
    assert (said.status, said.out, said.codes) == (13, "", ["audit.pack_missing"] * 2)
    asked = ("audit", "query", "sent", "--to", "x", "--since", "2026-10-01", "--until", "2026-10-02", "--pack")
    assert auditor.run(*asked, tmp_path / "gone").codes == ["audit.pack_missing"]


def test_the_log_answers_what_was_sent_from_the_log_and_from_a_pack(packs: tuple[Path, Path]) -> None:
    sender = Desk(packs[0].parent / SENDER, SENDER)
    question = ("audit", "query", "sent", "--to", "gt-ntt", "--since", "2026-10-01", "--until", "2026-10-31", "--json")
    ours, theirs = sender.run(*question).json, sender.run(*question, "--pack", packs[0]).json
    assert [[each["period"] for each in those["evidence"]] for those in (ours, theirs)] == [["2026-09"]] * 2
    assert all("c2sp.org" in each["proof"] for each in ours["evidence"])
    assert "1 bundle went from yks to gt-ntt" in ours["sentence"]["en"]


def test_a_pack_holds_what_an_auditor_needs_and_nothing_secret(packs: tuple[Path, Path]) -> None:
    content = files_of(packs[0])
    assert "cards/yks.card.json" in content
    assert f"agreements/{AGREEMENT}-1.1.0.yaml" in content
    assert json.loads(content[f"agreements/{AGREEMENT}-1.1.0.signatures.json"])["entries"]
    assert "receipts.txt" not in content
    assert not any(b"PRIVATE KEY" in each or b"AGE-SECRET" in each for each in content.values())
    again = Desk(packs[0].parent / SENDER, SENDER).run("audit", "export", packs[0])
    assert (again.status, again.codes) == (13, ["audit.pack_exists"])


def test_one_page_tells_what_was_found(packs: tuple[Path, Path], tmp_path: Path) -> None:
    auditor, page = Desk(tmp_path / "nothing", "auditor"), tmp_path / "audit.html"
    said = auditor.run("audit", "report", packs[0].parent, "--out", page)
    assert (said.status, said.out.strip()) == (0, str(page))
    text = page.read_text(encoding="utf-8")
    assert "yks → gt-ntt" in text
    assert f"exchange audit report {packs[0].parent} --out audit.html" in text


def test_a_folder_stands_for_the_packs_in_it(packs: tuple[Path, Path], tmp_path: Path) -> None:
    auditor = Desk(tmp_path / "nothing", "auditor")
    whole, each = auditor.run("audit", "verify", packs[0].parent), auditor.run("audit", "verify", *sorted(packs))
    assert (whole.status, whole.out) == (each.status, each.out)
    (tmp_path / "empty").mkdir()
    assert auditor.run("audit", "verify", tmp_path / "empty").codes == ["audit.pack_missing"]


SENT = ("audit", "query", "sent", "--to", "gt-ntt", "--since", "2026-10-01", "--until", "2026-10-31")


def test_two_packs_of_one_log_are_one_log(packs: tuple[Path, Path], tmp_path: Path) -> None:
    auditor, again = Desk(tmp_path / "nothing", "auditor"), tmp_path / "again"
    Desk(packs[0].parent / SENDER, SENDER).does("audit", "export", again)
    said = auditor.run(*SENT, "--pack", packs[0], "--pack", again)
    assert said.status == 0
    assert said.out.startswith("1 bundle went from yks to gt-ntt")


def test_a_pack_that_is_not_in_order_is_not_asked_and_the_others_are(packs: tuple[Path, Path], tmp_path: Path) -> None:
    auditor = Desk(tmp_path / "nothing", "auditor")
    lines = (packs[1] / "entries.jsonl").read_bytes().splitlines(keepends=True)
    (packs[1] / "entries.jsonl").write_bytes(b"".join(lines[1:]))
    said = auditor.run(*SENT, "--pack", packs[0].parent)
    assert said.status == 0
    assert said.out.startswith("1 bundle went from yks to gt-ntt")
    assert "this log is not in order and was not asked" in said.err
    alone = auditor.run(*SENT, "--pack", packs[1])
    assert (alone.status, alone.out) == (13, "")
    assert "audit.entry_missing" in alone.codes


def test_an_old_pack_is_not_taken_for_what_is_so_today(packs: tuple[Path, Path], tmp_path: Path) -> None:
    auditor = Desk(tmp_path / "nothing", "auditor")
    months_later = auditor.at("2027-03-01T01:00:00+00:00")
    late = months_later.run("audit", "verify", packs[0].parent)
    assert late.out.count("what came after it is not shown; ask for a new one") == 2
    assert "not shown; ask" not in auditor.run("audit", "verify", packs[0].parent).out


# --- of some agreements only ---

ELSEWHERE = "DSA-NTT-2026-009"


@pytest.fixture
def two_agreements(packs: tuple[Path, Path], tmp_path: Path) -> tuple[Desk, Desk]:
    """Both sides have another agreement, too, that does not let the auditor inspect."""
    folder = packs[0].parent
    sides = Desk(folder / SENDER, SENDER), Desk(folder / "gt-ntt", "gt-ntt")
    text = sides[0].workspace.agreements.newest(AGREEMENT).file.read_text(encoding="utf-8")
    other = tmp_path / "other.yaml"
    other.write_text(
        text.replace(AGREEMENT, ELSEWHERE).replace("io-id, independent-auditor]", "io-id]"), encoding="utf-8"
    )
    for each in sides:
        each.does("agreement", "add", other)
        each.does("agreement", "sign", ELSEWHERE)
    return sides


def test_an_auditor_of_one_agreement_sees_nothing_of_another(two_agreements: tuple[Desk, Desk], tmp_path: Path) -> None:
    for each in two_agreements:
        said = each.run("audit", "export", tmp_path / "packs" / "no", "--for", "independent-auditor")
        assert said.codes == ["audit.may_not_inspect"]
        assert "name with --agreement those that do" in said.err
    (tmp_path / "packs").mkdir()
    for each in two_agreements:
        made = each.run("audit", "export", tmp_path / "packs" / each.party, "-a", AGREEMENT, "--json")
        assert (made.json["for"], made.json["agreements"]) == ("independent-auditor", [AGREEMENT])
        everything = files_of(tmp_path / "packs" / each.party)
        assert not any(ELSEWHERE.encode() in content for content in everything.values())
        assert {path.split("-1.")[0] for path in everything if path.startswith("agreements/")} == {
            f"agreements/{AGREEMENT}"
        }
    auditor = Desk(two_agreements[0].folder.parent / "independent-auditor", "independent-auditor")
    said = auditor.run("audit", "verify", tmp_path / "packs")
    assert said.status == 0
    assert "entries withheld, outside of its agreements: " in said.out
    assert f"ntt: only what is told of these agreements was matched and asked: {AGREEMENT}" in said.out
    assert "1 sendings matched" in said.out
    page = tmp_path / "audit.html"
    assert auditor.run("audit", "report", tmp_path / "packs", "--out", page).status == 0
    assert "was matched and asked" in page.read_text(encoding="utf-8")
    sent = auditor.run(*SENT, "--pack", tmp_path / "packs")
    assert sent.out.startswith("1 bundle went from yks to gt-ntt")


def test_a_pack_of_one_agreement_has_its_text_and_the_cards_of_its_parties_alone(
    two_agreements: tuple[Desk, Desk], tmp_path: Path
) -> None:
    sender = two_agreements[0]
    stranger = founded(tmp_path / "elsewhere", "peduli", FOUNDED)
    sender.workspace.cards.add(stranger.workspace.own.card(), FOUNDED)
    sender.workspace.cards.confirm("peduli", FOUNDED)
    sender.does("audit", "export", tmp_path / "some", "--agreement", AGREEMENT, "--for", "gt-ntt")
    sender.does("audit", "export", tmp_path / "whole", "--for", "gt-ntt")
    some, whole = files_of(tmp_path / "some"), files_of(tmp_path / "whole")
    assert "cards/peduli.card.json" in whole
    assert f"agreements/{ELSEWHERE}-1.1.0.yaml" in whole
    assert not any(ELSEWHERE in path for path in some)
    assert {path for path in some if path.startswith("cards/")} == {
        f"cards/{party}.card.json" for party in (SENDER, *RECIPIENTS, "independent-auditor")
    }
    assert not any(b"peduli" in content for content in some.values())  # nor among the keys of witnesses
    assert b"peduli" in whole["vkeys"]


def test_packs_of_different_agreements_say_nothing_is_wrong_only_of_what_is_examined(
    two_agreements: tuple[Desk, Desk], tmp_path: Path
) -> None:
    (tmp_path / "packs").mkdir()
    sender, recipient = two_agreements
    sender.does("audit", "export", tmp_path / "packs" / SENDER, "--for", "gt-ntt")
    recipient.does("audit", "export", tmp_path / "packs" / "gt-ntt", "-a", AGREEMENT, "--for", "gt-ntt")
    auditor = Desk(sender.folder.parent / "independent-auditor", "independent-auditor")
    said = auditor.run("audit", "verify", tmp_path / "packs")
    assert (said.status, "audit.scope_narrower" in said.out, ELSEWHERE in said.out) == (13, True, True)
    said = auditor.run("audit", "verify", tmp_path / "packs", "--agreement", AGREEMENT)
    assert (said.status, "nothing is wrong" in said.out) == (0, True)
    page = tmp_path / "audit.html"
    assert auditor.run("audit", "report", tmp_path / "packs", "--out", page, "-a", AGREEMENT).status == 0
    assert f"--agreement {AGREEMENT}" in page.read_text(encoding="utf-8")
    assert "audit.scope_narrower" in auditor.run(*SENT, "--pack", tmp_path / "packs").err


def test_an_agreement_of_which_our_log_does_not_tell_is_no_scope(packs: tuple[Path, Path], tmp_path: Path) -> None:
    said = Desk(packs[0].parent / SENDER, SENDER).run("audit", "export", tmp_path / "no", "-a", "DSA-NTT-2026-404")
    assert (said.status, said.codes, (tmp_path / "no").exists()) == (2, ["usage.agreement"], False)
    assert AGREEMENT in said.err


def test_the_auditor_of_one_agreement_may_cosign(two_agreements: tuple[Desk, Desk], tmp_path: Path) -> None:
    sender, auditor = two_agreements[0], two_agreements[0].folder.parent / "independent-auditor"
    shown, of_one = tmp_path / "yks.showing", ("--agreement", AGREEMENT)
    assert sender.run("audit", "show", shown, "--for", "independent-auditor").codes == ["audit.may_not_inspect"]
    sender.does("audit", "show", shown, *of_one)
    Desk(auditor, "independent-auditor").does("audit", "cosign", shown, "--out", tmp_path / "back")
