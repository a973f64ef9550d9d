"""Everybody watches everybody's log: by parcels, and the auditor by file. A counterpart that lies about its own is
named first, and nothing that comes with a lie is refused for it."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from cli.organisations import PACKING, Desk, Said
from cli.town import AGREEMENT, Town

from exchange.agreements.agreement import Reference
from exchange.audit import witness as witness_module
from exchange.audit.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    cosign,
    cosignatures,
    log_origin,
    open_checkpoint,
    sign_checkpoint,
    witness_name,
)
from exchange.audit.heads import STEP, Heads
from exchange.audit.notes import Note, Signature
from exchange.audit.proofs import Showing
from exchange.bundle.letters import RightsRequest
from exchange.keyring.card_book import CardBook
from exchange.office import Office
from exchange.posting import post_letter
from exchange.witnessing.logs import witnesses_of

NETWORK, SENDER, RECIPIENT, OTHER, AUDITOR = "ntt", "yks", "gt-ntt", "dinas-p3a", "independent-auditor"
FIRST = dt.datetime.fromisoformat(PACKING)


def later(days: int) -> str:
    return (FIRST + dt.timedelta(days=days)).isoformat()


def desk(town: Town, party: str, days: int = 0) -> Desk:
    return Desk(town.folder / party, party, later(days))


def office(town: Town, party: str, days: int = 0) -> Office:
    return desk(town, party).office((FIRST + dt.timedelta(days=days)).astimezone(dt.UTC))


def written(town: Town, one: str, other: str, days: int = 0) -> Path:
    """A letter of one party to another, under the agreement, on a stick of its own."""
    at_work = office(town, one, days)
    body = RightsRequest(kind="rights_request", right="access", pseudonym=None, text="Salinan data.", asked=at_work.now)
    reference = Reference.to(at_work.workspace.agreements.newest(AGREEMENT).agreement)
    post_letter(at_work, other, body, NETWORK, reference)
    stick = town.folder / f"stick-{len(list(town.folder.iterdir()))}"
    desk(town, one, days).does("deliver", "--to-folder", stick)
    return stick


def received(town: Town, other: str, stick: Path, days: int = 0) -> Said:
    return desk(town, other, days).run("receive", "--from-folder", stick)


def says(town: Town, one: str, other: str, days: int = 0) -> Said:
    """A letter goes and is taken in, whatever it shows."""
    said = received(town, other, written(town, one, other, days), days)
    assert (said.status, "rights_request" in said.out) == (0, True), said
    return said


def heads(town: Town, party: str) -> tuple[SignedCheckpoint, ...]:
    """What a party's log has signed, with the cosignatures that it knows."""
    workspace = desk(town, party).workspace
    with workspace.logs.open(NETWORK) as log:
        return Heads(log).checkpoints(workspace.own.card().card.log_verify_key)


def cosigned(town: Town, head: SignedCheckpoint) -> set[str]:
    """Who has cosigned a head."""
    parties = (SENDER, RECIPIENT, OTHER, AUDITOR)
    keys = {each: desk(town, each).workspace.own.card().card.log_verify_key for each in parties}
    names = [(witness_name(log_origin(party, NETWORK)), key) for party, key in keys.items()]
    return {each.witness.partition(".")[0] for each in cosignatures(head, names)}


def seen_of(town: Town, watcher: str, party: str) -> SignedCheckpoint:
    """The longest head of a party's log that the watcher holds."""
    key = desk(town, party).workspace.own.card().card.log_verify_key
    with desk(town, watcher).workspace.witnesses.open(NETWORK) as witness:
        mine = [note for note in witness.held() if note.startswith(log_origin(party, NETWORK).encode())]
    return open_checkpoint(mine[-1], key)


def noted(town: Town, party: str) -> list[tuple[str, ...]]:
    """The codes of the contradictions of which a party's log tells."""
    with desk(town, party).workspace.logs.open(NETWORK) as log:
        openings = [record.opening.entry for record in log.records() if record.opening]
    return [each.codes for each in openings if each.kind == "log.contradicted"]


def told_first(said: Said) -> str:
    """The code in the first line that people see, after that on the time."""
    lines = (line for line in said.err.splitlines() if not line.startswith("EXCHANGE_NOW"))
    return next(lines, "").rpartition("[")[2].rstrip("]")


def in_status(town: Town, party: str, days: int = 0) -> list[tuple[str, str]]:
    said = desk(town, party, days).run("status", "--json")
    return [(each["code"], each["where"]) for each in said.json["logs"]]


# --- on the road ---


def test_a_bundle_and_its_receipt_bring_cosignatures_both_ways(town: Town) -> None:
    bundle = town.packed()
    received(town, RECIPIENT, bundle.parent)
    desk(town, RECIPIENT).does("deliver", "--to-folder", town.stick)
    assert received(town, SENDER, town.stick).err.count("[audit.") == 0
    [head] = heads(town, SENDER)
    assert cosigned(town, head) == {RECIPIENT}
    assert all(cosigned(town, each) == set() for each in heads(town, RECIPIENT))
    says(town, SENDER, RECIPIENT, 1)  # whatever goes next brings ours back
    assert [cosigned(town, each) for each in heads(town, RECIPIENT)] == [{SENDER}]
    assert seen_of(town, RECIPIENT, SENDER).checkpoint == head.checkpoint


def test_all_that_is_known_is_passed_on(town: Town) -> None:
    says(town, SENDER, RECIPIENT)
    says(town, RECIPIENT, SENDER)
    says(town, SENDER, OTHER)
    assert cosigned(town, seen_of(town, OTHER, SENDER)) == {RECIPIENT, OTHER}


def test_what_others_see_tells_weeks_and_no_letters(town: Town) -> None:
    for days in (0, 1, 2, 7, 28):
        says(town, SENDER, RECIPIENT, days)
    sizes = [each.checkpoint.size for each in heads(town, SENDER)]
    assert sizes == [STEP, 2 * STEP, 5 * STEP]
    entries = desk(town, SENDER).run("audit", "entries", "--json").json
    assert "log.padding" not in {each["kind"] for each in entries}
    assert len(desk(town, SENDER).run("audit", "entries", "--kind", "log.padding", "--json").json) > 4 * STEP


def test_months_without_an_answer_are_still_proved(town: Town) -> None:
    """Every answer is lost; what comes is cosigned all the same."""
    for days in range(0, 40, 7):
        assert "[audit." not in says(town, SENDER, RECIPIENT, days).err
    newest = heads(town, SENDER)[-1].checkpoint
    assert seen_of(town, RECIPIENT, SENDER).checkpoint == newest


def test_a_parcel_that_was_overtaken_or_comes_twice_accuses_nobody(town: Town) -> None:
    sticks = [written(town, SENDER, RECIPIENT, days) for days in (0, 7, 14)]
    for stick in (sticks[0], sticks[2], sticks[1], sticks[0]):
        assert "[audit." not in received(town, RECIPIENT, stick, 15).err
    assert in_status(town, RECIPIENT, 15) == []
    assert seen_of(town, RECIPIENT, SENDER).checkpoint.size == 3 * STEP


def test_a_crash_between_storing_and_cosigning_forgets_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    class Crash(BaseException):
        pass

    def crash(*_arguments: object, **_named: object) -> SignedCheckpoint:
        raise Crash

    stick = written(town, SENDER, RECIPIENT)
    monkeypatch.setattr(witness_module, "cosign", crash)
    with pytest.raises(Crash):
        received(town, RECIPIENT, stick)
    monkeypatch.undo()
    stored = seen_of(town, RECIPIENT, SENDER)
    assert cosigned(town, stored) == set()
    received(town, RECIPIENT, stick)
    assert cosigned(town, seen_of(town, RECIPIENT, SENDER)) == {RECIPIENT}


# --- a counterpart that lies ---


def forked(town: Town, showing: Showing) -> bytes:
    """Another history of the same length."""
    held = seen_of(town, SENDER, RECIPIENT).checkpoint
    key = office(town, RECIPIENT).identity.log
    return Showing(sign_checkpoint(Checkpoint(held.origin, held.size, b"\1" * 32), key).data).data


def rolled_back(town: Town, showing: Showing) -> bytes:
    held = seen_of(town, SENDER, RECIPIENT).checkpoint
    key = office(town, RECIPIENT).identity.log
    return Showing(sign_checkpoint(Checkpoint(held.origin, held.size - 1, b"\1" * 32), key).data).data


def inconsistent(town: Town, showing: Showing) -> bytes:
    """A longer one that does not begin as it did."""
    key, size = office(town, RECIPIENT).identity.log, 5 * STEP
    lie = sign_checkpoint(Checkpoint(log_origin(RECIPIENT, NETWORK), size, b"\1" * 32), key)
    return Showing(lie.data, showing.continues).data


def other_log(town: Town, showing: Showing) -> bytes:
    """The genuine log of somebody else, as if it were its own."""
    return Showing(heads(town, SENDER)[-1].data).data


def forged_by_a_third(town: Town, showing: Showing) -> bytes:
    """With a cosignature that the auditor never made."""
    key = desk(town, RECIPIENT).workspace.own.card().card.log_verify_key
    signed, other = open_checkpoint(showing.note, key), heads(town, SENDER)[-1]
    auditor = office(town, AUDITOR).identity.log
    line = cosign(other, auditor, name=f"{AUDITOR}.{NETWORK}/exchange-witness", at=FIRST).note.signatures[-1]
    return Showing(signed.note.signed(line).data, showing.continues).data


def forged_by_itself(town: Town, showing: Showing) -> bytes:
    """With a cosignature on our head that is none: it was made on another."""
    ours, name = heads(town, SENDER)[-1], witness_name(log_origin(RECIPIENT, NETWORK))
    elsewhere = cosign(heads(town, RECIPIENT)[-1], office(town, RECIPIENT).identity.log, name=name, at=FIRST)
    return Showing(showing.note, showing.continues, ours.note.signed(elsewhere.note.signatures[-1]).data).data


def never_ours(town: Town, showing: Showing) -> bytes:
    """Signed with our key: somebody has it, or our workspace is an old copy."""
    key, theirs = office(town, SENDER).identity.log, office(town, RECIPIENT).identity.log
    unknown = sign_checkpoint(Checkpoint(log_origin(SENDER, NETWORK), 7, b"\1" * 32), key)
    name = witness_name(log_origin(RECIPIENT, NETWORK))
    return Showing(showing.note, showing.continues, cosign(unknown, theirs, name=name, at=FIRST).data).data


def huge(town: Town, showing: Showing) -> bytes:
    return b"[" * 5_000_000


def nonsense(town: Town, showing: Showing) -> bytes:
    return b'{"checkpoint":"\\ud800","continues":[]}'


CONTRADICTIONS: dict[Callable[[Town, Showing], bytes], str] = {
    forked: "audit.forked",
    rolled_back: "audit.rolled_back",
    inconsistent: "audit.inconsistent",
    never_ours: "audit.own_log_differs",
}
OTHER_LIES: dict[Callable[[Town, Showing], bytes], str] = {
    other_log: "audit.checkpoint_unsigned",
    forged_by_a_third: "audit.cosignature_forged",
    forged_by_itself: "audit.cosignature_forged",
    huge: "audit.proof_unreadable",
    nonsense: "audit.proof_unreadable",
}


def lying(town: Town, lie: Callable[[Town, Showing], bytes], days: int) -> Said:
    """A letter of a recipient who shows a lie; it must be taken in all the same."""
    genuine = Office.showing

    def shows(at_work: Office, network: str, party: str, *, at_once: bool = False) -> bytes:
        return lie(town, Showing.parse(genuine(at_work, network, party, at_once=at_once)))

    with mock.patch.object(Office, "showing", shows):
        stick = written(town, RECIPIENT, SENDER, days)
    said = received(town, SENDER, stick, days)
    assert (said.status, "rights_request" in said.out) == (0, True), said
    return said


@pytest.fixture
def watched(town: Town) -> Town:
    """Both have seen each other's log once."""
    says(town, RECIPIENT, SENDER)
    says(town, SENDER, RECIPIENT)
    return town


@pytest.mark.parametrize("lie", CONTRADICTIONS, ids=lambda lie: lie.__name__)
def test_a_contradiction_is_told_first_and_kept_and_stops_nothing(
    watched: Town, lie: Callable[[Town, Showing], bytes]
) -> None:
    before, code = seen_of(watched, SENDER, RECIPIENT), CONTRADICTIONS[lie]
    assert told_first(lying(watched, lie, 7)) == code
    assert in_status(watched, SENDER, 7) == [(code, RECIPIENT)]
    assert told_first(desk(watched, SENDER, 7).run("status")) == code
    assert noted(watched, SENDER) == [(code,)]
    if lie is not never_ours:  # of which its own log is as it was, and grows
        assert seen_of(watched, SENDER, RECIPIENT).data == before.data
        assert len(desk(watched, SENDER).workspace.witnesses.held_checkpoints(NETWORK)) == 1  # for the auditor
    lying(watched, lie, 7)
    assert noted(watched, SENDER) == [(code,)]  # once is enough


@pytest.mark.parametrize("lie", OTHER_LIES, ids=lambda lie: lie.__name__)
def test_what_proves_nothing_is_said_once_and_held_against_nobody(
    watched: Town, lie: Callable[[Town, Showing], bytes]
) -> None:
    assert told_first(lying(watched, lie, 7)) == OTHER_LIES[lie]
    assert (noted(watched, SENDER), in_status(watched, SENDER, 7)) == ([], [])
    assert "[audit." not in says(watched, RECIPIENT, SENDER, 14).err


def never_proved(town: Town, showing: Showing) -> bytes:
    """A longer one that begins otherwise, and no way to it."""
    key = office(town, RECIPIENT).identity.log
    lie = Checkpoint(log_origin(RECIPIENT, NETWORK), 3 * STEP, b"\1" * 32)
    return Showing(sign_checkpoint(lie, key).data).data


def test_another_history_for_us_alone_is_told_once_its_proof_stays_away(watched: Town) -> None:
    assert "[audit." not in lying(watched, never_proved, 7).err
    assert in_status(watched, SENDER, 28) == []
    assert in_status(watched, SENDER, 29) == [("audit.proof_missing", RECIPIENT)]
    assert told_first(lying(watched, never_proved, 29)) == "audit.proof_missing"
    assert noted(watched, SENDER) == []  # it accuses nobody
    pack = watched.folder / "gt-ntt.tar"
    desk(watched, RECIPIENT, 29).does("audit", "export", pack, "--for", SENDER)
    assert found_in(watched, pack, 29) & {"audit.history_rewritten", "audit.rolled_back"}
    assert desk(watched, SENDER, 30).run("audit", "accept", RECIPIENT, "--json").json["settled"] == 1
    assert in_status(watched, SENDER, 30) == []
    assert found_in(watched, pack, 30) & {"audit.history_rewritten", "audit.rolled_back"}  # it is kept


def found_in(town: Town, pack: Path, days: int) -> set[str]:
    """What the sender finds in a pack with what it has seen itself."""
    said = desk(town, SENDER, days).run("audit", "verify", pack, "--json")
    return {each["code"] for each in said.json["findings"]}


def test_a_bare_head_that_a_receipt_brought_is_compared_in_our_own_audit(watched: Town) -> None:
    key = office(watched, RECIPIENT).identity.log
    other = sign_checkpoint(Checkpoint(log_origin(RECIPIENT, NETWORK), 5, b"\1" * 32), key)
    pack = watched.folder / "gt-ntt.tar"
    desk(watched, RECIPIENT, 1).does("audit", "export", pack, "--for", SENDER)
    assert "audit.history_rewritten" not in found_in(watched, pack, 1)
    desk(watched, SENDER).workspace.witnesses.keep_checkpoint(NETWORK, other.data)
    assert "audit.history_rewritten" in found_in(watched, pack, 1)


def test_an_older_version_shows_no_log_and_is_read(watched: Town) -> None:
    with mock.patch("exchange.posting._shown_if_sound", return_value=b""):
        assert "[audit." not in says(watched, RECIPIENT, SENDER, 7).err


def test_a_bundle_of_an_older_version_is_accepted_and_its_bare_head_kept(town: Town) -> None:
    def bare_head(at_work: Office, network: str, _party: str) -> bytes:
        return at_work.checkpoint(network).encode()

    with (
        mock.patch("exchange.bundle.describe.SHOWING_FILE", "log/checkpoint"),
        mock.patch.object(Office, "showing", bare_head),
    ):
        bundle = town.packed()
    said = received(town, RECIPIENT, bundle.parent)
    assert (said.status, "accepted" in said.out) == (0, True), said
    [kept] = desk(town, RECIPIENT).workspace.witnesses.held_checkpoints(NETWORK)
    assert kept == heads(town, SENDER)[0].data


def test_whoever_shows_nothing_new_or_cosigns_no_more_is_named(watched: Town) -> None:
    says(watched, RECIPIENT, SENDER, 7)
    says(watched, SENDER, RECIPIENT, 7)
    assert in_status(watched, SENDER, 45) == []
    assert in_status(watched, SENDER, 53) == [("audit.stale", RECIPIENT), ("audit.silent", RECIPIENT)]
    says(watched, RECIPIENT, SENDER, 53)
    assert in_status(watched, SENDER, 53) == []


# --- a workspace that was restored from an older copy ---


def test_a_restored_workspace_is_seen_by_others_and_by_itself_and_can_begin_anew(watched: Town) -> None:
    logs = watched.folder / SENDER / "log"
    shutil.copytree(logs, watched.folder / "copy")
    for days in (7, 14):
        says(watched, SENDER, RECIPIENT, days)
    shutil.rmtree(logs)
    shutil.copytree(watched.folder / "copy", logs)
    assert told_first(says(watched, SENDER, RECIPIENT, 15)) == "audit.forked"
    assert told_first(says(watched, RECIPIENT, SENDER, 15)) == "audit.own_log_differs"
    for party, other in ((SENDER, RECIPIENT), (RECIPIENT, SENDER)):
        assert desk(watched, party, 16).run("audit", "accept", other, "--dry-run").status == 0
        assert in_status(watched, party, 16) != []
        desk(watched, party, 16).does("audit", "accept", other)
        assert in_status(watched, party, 16) == []
        assert desk(watched, party, 16).run("audit", "accept", other).codes == ["audit.not_contradicted"]
    received(watched, RECIPIENT, written(watched, SENDER, RECIPIENT, 21), 21)
    assert in_status(watched, RECIPIENT, 21) == []
    assert seen_of(watched, RECIPIENT, SENDER).checkpoint == heads(watched, SENDER)[-1].checkpoint
    assert desk(watched, RECIPIENT).workspace.witnesses.held_checkpoints(NETWORK)  # what was seen before is kept


def test_a_log_that_somebody_changed_is_named_and_a_letter_leaves_all_the_same(watched: Town) -> None:
    with sqlite3.connect(watched.folder / SENDER / "log" / f"{NETWORK}.sqlite") as log:
        log.execute("UPDATE node SET hash = zeroblob(32) WHERE level = 6")
    assert in_status(watched, SENDER, 7) == [("audit.log_altered", log_origin(SENDER, NETWORK))]
    says(watched, SENDER, RECIPIENT, 7)


# --- the auditor, by file ---


def shown(town: Town, party: str, days: int, name: str = "") -> Path:
    file = town.folder / f"{party}{name}-{days}.showing"
    desk(town, party, days).does("audit", "show", file)
    return file


def cosigns(town: Town, days: int, *files: Path) -> Said:
    return desk(town, AUDITOR, days).run("audit", "cosign", *files, "--out", town.folder / "cosigned", "--json")


def takes(town: Town, party: str, days: int, said: Said) -> Said:
    [file] = [each["file"] for each in said.json["cosigned"] if each["party"] == party]
    return desk(town, party, days).run("audit", "take", town.folder / "cosigned" / file, "--json")


def test_an_auditor_cosigns_by_file_and_everybody_sees_it(watched: Town) -> None:
    said = cosigns(watched, 1, shown(watched, SENDER, 1), shown(watched, RECIPIENT, 1))
    assert (said.status, [each["party"] for each in said.json["cosigned"]]) == (0, [SENDER, RECIPIENT])
    assert takes(watched, SENDER, 1, said).json["by"] == [AUDITOR]
    says(watched, SENDER, RECIPIENT, 2)
    newest = seen_of(watched, RECIPIENT, SENDER)
    assert cosigned(watched, newest) == {AUDITOR, RECIPIENT}
    again = cosigns(watched, 31, shown(watched, SENDER, 31), shown(watched, RECIPIENT, 31))
    assert again.status == 0  # also of the recipient, who never took the first one back


def test_a_file_that_is_none_of_ours_is_not_taken(watched: Town) -> None:
    said = cosigns(watched, 1, shown(watched, SENDER, 1))
    [file] = (watched.folder / "cosigned").iterdir()
    assert desk(watched, RECIPIENT, 1).run("audit", "take", file).codes == ["audit.checkpoint_unsigned"]
    bare = watched.folder / "bare"
    bare.write_bytes(heads(watched, SENDER)[-1].data)
    assert desk(watched, SENDER, 1).run("audit", "take", bare).codes == ["audit.cosignature_absent"]
    assert desk(watched, SENDER, 1).run("audit", "take", watched.folder / "gone").codes == ["audit.file_missing"]
    bare.write_bytes(b"-" * 300_000)
    assert desk(watched, SENDER, 1).run("audit", "take", bare).codes == ["audit.proof_unreadable"]
    assert takes(watched, SENDER, 1, said).status == 0


def test_another_file_is_said_with_the_command_that_takes_it(watched: Town) -> None:
    shown_file, pack, folder = shown(watched, SENDER, 1), watched.folder / "yks.tar", watched.folder / "yks-pack"
    for target in (pack, folder):
        desk(watched, SENDER, 2).does("audit", "export", target)
    card = next(folder.glob("cards/*.json"))
    signatures = next(folder.glob("agreements/*.signatures.json"))
    sealed = next(watched.folder.rglob("*.age"))
    for file, command in (
        (pack, "exchange audit verify yks.tar"),
        (folder, "exchange audit verify yks-pack"),
        (card, f"exchange card add {card.name}"),
        (signatures, f"exchange agreement signatures import {signatures.name}"),
        (sealed, f"exchange receive --from-file {sealed.name}"),
        (shown_file, f"exchange audit cosign {shown_file.name}"),
    ):
        said = desk(watched, SENDER, 2).run("audit", "take", file)
        assert (said.status, said.codes, command in said.err) == (13, ["audit.another_file"], True)
    head = folder / "checkpoint"
    for file, command in ((pack, "exchange audit verify yks.tar"), (head, "exchange audit take checkpoint")):
        refused = desk(watched, AUDITOR, 2).run("audit", "cosign", file, "--out", watched.folder / "never")
        assert (refused.status, refused.codes, command in refused.err) == (13, ["audit.another_file"], True)
    assert not (watched.folder / "never").exists()


def test_a_dry_run_says_what_would_be_done_and_does_nothing(watched: Town) -> None:
    file, before = shown(watched, SENDER, 1), heads(watched, SENDER)
    size = before[-1].checkpoint.size
    cosigned_file = watched.folder / "cosigned" / cosigns(watched, 1, file).json["cosigned"][0]["file"]
    never = watched.folder / "never"
    for party, would, *command in (
        (SENDER, f"would write into never how our log of {NETWORK} stands now, for", "show", never),
        (SENDER, f"would write the evidence pack of our log of {NETWORK} to never, for", "export", never),
        (AUDITOR, f"would cosign {size} entries of {log_origin(SENDER, NETWORK)}", "cosign", file, "--out", never),
        (SENDER, f"would keep that {size} entries of our log are cosigned by {AUDITOR}", "take", cosigned_file),
        (AUDITOR, f"would begin anew with the log of {SENDER} in {NETWORK}", "accept", SENDER),
    ):
        said = desk(watched, party, 8).run("audit", *command, "--dry-run")
        assert (said.status, would in said.err) == (0, True)
    assert not never.exists()
    assert heads(watched, SENDER) == before
    assert AUDITOR not in cosigned(watched, heads(watched, SENDER)[-1])


def test_a_dry_run_of_taking_refuses_what_would_not_be_taken(watched: Town) -> None:
    cosigns(watched, 1, shown(watched, SENDER, 1))
    [file] = (watched.folder / "cosigned").iterdir()
    refused = desk(watched, RECIPIENT, 1).run("audit", "take", file, "--dry-run")
    assert refused.codes == ["audit.checkpoint_unsigned"]


def test_two_histories_for_two_readers_are_found_by_the_auditor(watched: Town) -> None:
    """A sender keeps two workspaces, one for the auditor's eyes: the one that she saw binds it."""
    shutil.copytree(watched.folder / SENDER, watched.folder / "second" / SENDER)
    assert cosigns(watched, 1, shown(watched, SENDER, 1)).status == 0
    second = Town(watched.folder / "second", ())
    for name in (f"{SENDER}.passphrase", f"{SENDER}.person.passphrase"):
        shutil.copy(watched.folder / name, second.folder / name)
    shutil.copy(shown(second, SENDER, 2, "-other"), watched.folder / "other.showing")
    said = cosigns(watched, 2, watched.folder / "other.showing")
    assert (said.status, said.json["cosigned"]) == (13, [])
    assert [each["code"] for each in said.json["problems"]] == ["audit.forked"]
    assert in_status(watched, AUDITOR, 2) == [("audit.forked", SENDER)]
    pack = watched.folder / "second.tar"
    desk(second, SENDER, 2).does("audit", "export", pack)
    verdict = desk(watched, AUDITOR, 3).run("audit", "verify", pack, "--json")
    assert verdict.status == 13
    assert {"audit.history_rewritten", "audit.rolled_back"} & {each["code"] for each in verdict.json["findings"]}


def another_network(town: Town, network: str) -> Path:
    """A genuine head of the sender's, in a network of which the auditor may know nothing."""
    key = office(town, SENDER).identity.log
    file = town.folder / f"{network}.showing"
    file.write_bytes(Showing(sign_checkpoint(Checkpoint(log_origin(SENDER, network), 5, b"\1" * 32), key).data).data)
    return file


def test_an_auditor_cosigns_in_no_network_of_which_she_knows_nothing(watched: Town) -> None:
    said = cosigns(watched, 1, shown(watched, SENDER, 1), another_network(watched, "elsewhere"))
    assert (said.status, [each["network"] for each in said.json["cosigned"]]) == (13, [NETWORK])
    assert [(each["code"], each["where"]) for each in said.json["problems"]] == [
        ("audit.network_unknown", log_origin(SENDER, "elsewhere"))
    ]
    assert desk(watched, AUDITOR).workspace.witnesses.networks() == (NETWORK,)


@pytest.mark.parametrize("others", [(), ("second",)])
def test_an_auditor_who_keeps_no_log_accepts_in_what_she_watches(watched: Town, others: tuple[str, ...]) -> None:
    at_work = desk(watched, AUDITOR, 2)
    assert at_work.run("audit", "accept", SENDER, "--dry-run").codes == ["usage.network"]  # nothing was seen yet
    for network in others:
        at_work.workspace.witnesses.open(network).close()
    cosigns(watched, 1, shown(watched, SENDER, 1))
    key, held = office(watched, SENDER).identity.log, seen_of(watched, AUDITOR, SENDER).checkpoint
    fork = watched.folder / "fork.showing"
    lie = sign_checkpoint(Checkpoint(held.origin, held.size, b"\1" * 32), key)
    fork.write_bytes(Showing(lie.data).data)
    assert cosigns(watched, 2, fork).status == 13
    if others:
        unclear = at_work.run("audit", "accept", SENDER)
        assert unclear.codes == ["usage.network"]
        assert f"{NETWORK}, second" in unclear.err
    assert at_work.run("audit", "accept", SENDER, "--network", "third").codes == ["usage.network"]
    at_work.does("audit", "accept", SENDER, "--network", NETWORK)
    assert in_status(watched, AUDITOR, 2) == []


def test_a_thousand_strangers_under_a_head_are_not_looked_up(watched: Town) -> None:
    head = heads(watched, SENDER)[-1]
    lines = [
        *(Signature(f"{RECIPIENT}.n{number}/exchange-witness", b"1234", b"5") for number in range(500)),
        *(Signature(f"{RECIPIENT}.{NETWORK}/exchange-witness", b"1234", bytes([number])) for number in range(100)),
        *(Signature(f"s{number}.{NETWORK}/exchange-witness", b"1234", b"5") for number in range(500)),
    ]
    note = Note(head.note.text, (*head.note.signatures, *lines)).data
    workspace, now = desk(watched, OTHER).workspace, office(watched, OTHER).now
    with mock.patch.object(CardBook, "find", autospec=True, side_effect=CardBook.find) as find:
        known = witnesses_of(workspace, note, NETWORK, SENDER, now)
    assert [name for name, _key in known] == [witness_name(log_origin(RECIPIENT, NETWORK))]
    assert find.call_count <= 64
    assert [each.args[1] for each in find.call_args_list].count(RECIPIENT) == 1


def test_what_an_auditor_has_cosigned_is_witnessed_in_a_pack(watched: Town) -> None:
    cosigns(watched, 1, shown(watched, SENDER, 1))
    pack = watched.folder / "yks.tar"
    desk(watched, SENDER, 2).does("audit", "export", pack)
    [log] = desk(watched, AUDITOR, 3).run("audit", "verify", pack, "--json").json["logs"]
    assert (log["ok"], log["witnessed"]) == (True, 2 * STEP)
    assert log["size"] >= log["witnessed"]
