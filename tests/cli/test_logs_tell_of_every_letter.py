"""Whatever a letter did, or did not do, its recipient's log tells that it came: an audit misses none between honest
sides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import pytest
from cli.organisations import PACKING
from cli.test_letters_that_lie import BREACH, FEEDBACK
from cli.test_partners_who_turn import carried, reference
from cli.town import SENDER, Town

from exchange.audit.verify import verify
from exchange.bundle.letters import LetterBody, NewCard, Refusal, Suspension
from exchange.keyring.card import issue_card
from exchange.office import Office
from exchange.posting import post_letter
from exchange.receiving import receive

NOW = dt.datetime.fromisoformat(PACKING).astimezone(dt.UTC)
NEXT = (NOW + dt.timedelta(days=1)).isoformat()
LATER = (NOW + dt.timedelta(days=40)).isoformat()
SUSPENSION = Suspension(kind="suspension", on=NOW.date())


@pytest.fixture
def sender(town: Town) -> Office:
    return town.sender.office(NOW)


@pytest.fixture
def recipient(town: Town, sender: Office) -> Office:
    """Whose log has begun: a first letter came."""
    office = town.recipient().office(NOW)
    assert come(town, sender, office, BREACH) == ["heeded"]
    return office


def come(town: Town, office: Office, to: Office, *bodies: LetterBody) -> list[str]:
    """What becomes of letters, each of which comes by itself."""
    outcomes = []
    for body in bodies:
        under = None if body.kind in ("card", "revocation") else reference(office)
        post_letter(office, to.party, body, "ntt", under)
        outcomes += [each.outcome for each in receive(to, folder=carried(town, office, to.party)).taken]
    return outcomes


def missed(town: Town, parties: Iterable[str] = (SENDER, "gt-ntt")) -> list[str]:
    """What an audit says of letters a good month later."""
    packs = [town.folder / f"{party}-pack" for party in parties]
    for party, pack in zip(parties, packs, strict=True):
        desk = town.sender if party == SENDER else town.recipient(party)
        desk.at(LATER).does("audit", "export", pack)
    of_letters = ("audit.letter_", "audit.in_transit")
    return [each.what for each in verify(packs).findings if each.code.startswith(of_letters)]


def test_an_older_card_changes_nothing_and_came(town: Town, sender: Office, recipient: Office) -> None:
    old = sender.workspace.own.card()
    new = issue_card(sender.identity, NOW.date(), previous=old)
    cards = [NewCard(kind="card", card=each.to_bytes().decode()) for each in (new, old)]
    assert come(town, sender, recipient, *cards) == ["heeded", "heeded"]
    assert missed(town) == []


def test_a_revocation_that_came_by_hand_before_changes_nothing_and_came(town: Town, recipient: Office) -> None:
    loser, partner = town.sender.at(NEXT), town.recipient().at(NEXT)
    loser.does("card", "revoke", "--lost", "--since", PACKING)
    loser.does("card", "export", town.folder / "files")
    partner.does("card", "add", town.folder / "files" / "yks.revocation.json")
    loser.does("deliver", "--to-folder", town.stick)
    partner.does("receive", "--from-folder", town.stick)
    assert "revocation" in {each.note for each in recipient.entries("ntt", "letter.received")}
    assert missed(town) == []


def test_a_card_that_is_another_partys_is_refused_and_came(town: Town, sender: Office, recipient: Office) -> None:
    theirs = town.recipient("io-id").workspace.own.card()
    body = NewCard(kind="card", card=theirs.to_bytes().decode())
    assert come(town, sender, recipient, body) == ["refused"]
    assert missed(town) == []


def test_a_letter_that_is_not_its_senders_to_write_is_refused_and_came(
    town: Town, sender: Office, recipient: Office
) -> None:
    assert come(town, sender, recipient, FEEDBACK) == ["refused"]
    assert come(town, recipient, sender) == []
    receive(sender, folder=carried(town, recipient, SENDER))  # its refusal
    assert missed(town) == []


def test_a_refusal_that_is_told_twice_came_twice(town: Town, sender: Office, recipient: Office) -> None:
    bundle = town.packed()
    digest = next(each.parcel.sha256 for each in sender.workspace.outbox.status() if each.parcel.kind == "bundle")
    no = Refusal(kind="refusal", ciphertext=f"sha256:{digest}", reason="seal.damaged", received=NOW)
    assert bundle.exists()
    assert come(town, recipient, sender, no, no) == ["heeded", "heeded"]
    assert [each for each in missed(town) if "letter" in each] == []


def test_what_one_side_keeps_out_of_its_log_is_missed(town: Town, sender: Office, recipient: Office) -> None:
    post_letter(sender, recipient.party, SUSPENSION, "ntt", reference(sender))
    assert missed(town) == ["gt-ntt does not say that this letter came: suspension"]


def test_a_letter_that_was_put_aside_has_not_been_told_of_until_it_is_read(recipient: Office) -> None:
    letter, file = "0123456789abcdef", "sha256:" + "c" * 64
    aside = recipient.entry("bundle.quarantined", counterpart=SENDER, ciphertext=file, codes=("seal.unknown",))
    recipient.note("ntt", aside)
    assert not recipient.tells_of_letter("ntt", SENDER, letter, file)
    came = recipient.entry("letter.received", counterpart=SENDER, ciphertext=file, letter=letter, note="card")
    recipient.note("ntt", came)
    assert recipient.tells_of_letter("ntt", SENDER, letter, file)
