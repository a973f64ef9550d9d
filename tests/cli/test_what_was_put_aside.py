"""What was not taken in is seen by a person: alarms until they are settled, gaps with their numbers, and no more on the
screen than somebody can read."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.organisations import Desk
from cli.town import FOUNDED, Town
from seal.forging import Parts, for_, locked, unlocked

from exchange.keyring.identity import Identity
from exchange.keyring.identity_file import load_identity

OTHER = "0" * 31 + "1"


def identity_of(desk: Desk) -> Identity:
    return load_identity(desk.folder / "identity.age", "orang-orang rekaan saja")


def signed_anew(town: Town, bundle: Path, **changes: object) -> bytes:
    """The bundle with another envelope, by the hand of its sender, for gt-ntt."""
    ours = identity_of(town.recipient())
    said = Parts.of(bundle.read_bytes(), ours).saying(**changes)
    mtime = int(bundle_time(bundle, ours))
    parts = Parts(said.sums, said.signature, said.envelope, said.payload, mtime)
    return parts.signed(identity_of(town.sender).signing_key(FOUNDED)).written(for_(ours))


def bundle_time(bundle: Path, ours: Identity) -> int:
    return int(unlocked(bundle.read_bytes(), ours)[136:147], 8)


def came(desk: Desk) -> list[tuple[str, str]]:
    return [(each["state"], each["code"]) for each in desk.run("status", "--json").json["inbox"]]


def test_two_parcels_of_one_number_raise_an_alarm_that_stands_until_somebody_lets_go(town: Town, bundle: Path) -> None:
    recipient = town.recipient()
    twin = signed_anew(town, bundle, id=OTHER)
    recipient.does("receive", "--from-folder", bundle.parent)
    (bundle.parent / "twin.age").write_bytes(twin)
    said = recipient.run("receive", "--from-folder", bundle.parent)
    assert (said.status, said.codes) == (10, ["seal.sequence_conflict"])
    assert "call yks at once" in said.err
    shown = recipient.run("status")
    assert "warning: yks " in shown.err
    assert "two different parcels bear one number [seal.sequence_conflict]" in shown.err
    (file,) = (each["ciphertext"][7:19] for each in recipient.run("status", "--json").json["inbox"] if each["code"])
    dry = recipient.run("receive", "--discard", file, "--dry-run", "--json")
    assert [each[:12] for each in dry.json["discarded"]] == [file]
    assert "seal.sequence_conflict" in recipient.run("status").err
    recipient.does("receive", "--discard", file)
    assert "seal.sequence_conflict" not in recipient.run("status").err
    assert {state for state, _code in came(recipient)} == {"done"}


def test_what_one_recipient_passed_on_to_another_raises_an_alarm_there_and_no_answer(
    town: Town, bundle: Path, tmp_path: Path
) -> None:
    other = town.recipient("io-id")
    passed_on = locked(unlocked(bundle.read_bytes(), identity_of(town.recipient())), for_(identity_of(other)))
    (tmp_path / "x.age").write_bytes(passed_on)
    said = other.run("receive", "--from-folder", tmp_path)
    assert said.codes == ["seal.wrong_recipient"]
    assert "somebody passed on to us what was for another recipient" in other.run("status").err
    assert other.run("status", "--json").json["outbox"] == []


def test_what_came_too_early_is_held_and_the_gap_is_said(town: Town, bundle: Path) -> None:
    recipient = town.recipient()
    whole = bundle.read_bytes()
    bundle.write_bytes(signed_anew(town, bundle, id=OTHER, sequence=4, previous="sha256:" + "0" * 64))
    for _twice in range(2):
        said = recipient.run("receive", "--from-folder", bundle.parent)
        assert said.status == 0
        assert "number 4 came before 1–3" in said.err
        assert "waits for what comes before it" in said.out
        assert came(recipient) == [("held", "seal.out_of_sequence")]
    assert "waits for what comes before it" in recipient.does("status")
    (bundle.parent / "first.age").write_bytes(whole)
    said = recipient.run("receive", "--from-folder", bundle.parent, "--json")
    assert sorted(each["outcome"] for each in said.json["taken"]) == ["accepted", "held"]


def test_what_is_let_go_must_be_in_quarantine(town: Town, bundle: Path) -> None:
    recipient = town.recipient()
    recipient.does("receive", "--from-folder", bundle.parent)
    (file,) = (each["ciphertext"][7:19] for each in recipient.run("status", "--json").json["inbox"])
    for word in (file, "seal.damaged", "abc"):
        said = recipient.run("receive", "--discard", word)
        assert (said.status, said.codes) == (2, ["receive.not_in_quarantine"])


def test_a_flood_pushes_nothing_off_the_screen_and_what_is_not_kept_is_said(
    town: Town, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exchange.transport.arrivals import Bounds, Share

    recipient, whole = town.recipient(), bundle.read_bytes()
    for number in range(6):
        (bundle.parent / f"0{number}.age").write_bytes(whole[: 3000 + number])
    monkeypatch.setattr("exchange.transport.inbox.Bounds", lambda: Bounds(round=6000, quarantine=Share(9000, 9000)))
    monkeypatch.setattr("exchange.cli.status._SHOWN", 3)
    said = recipient.run("receive", "--from-folder", bundle.parent)
    assert set(said.codes) == {"seal.damaged"}
    assert said.out.count("in quarantine") == 6
    assert said.out.count("accepted") == 1
    assert "quarantine had no room for 4 files, which are not kept here [receive.quarantine_full]" in said.err
    shown = recipient.run("status")
    assert "[receive.quarantine_full]" in shown.err
    assert "the last 3 of 7" in shown.out
    assert shown.out.count("seal.damaged") <= 3
    recipient.does("receive", "--discard", "seal.damaged", "--from-folder", bundle.parent)
    assert {state for state, _code in came(recipient)} == {"done"}
    assert list(bundle.parent.iterdir()) == []
