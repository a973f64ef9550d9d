"""Letters that say what is not theirs to say, in the name of somebody who did not, or to somebody else; and machines
that stop between what is recorded and what is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from unittest import mock

import pytest
from cli.organisations import PACKING
from cli.test_partners_who_turn import carried, codes, logged, reference, told
from cli.town import AGREEMENT, Town

from exchange.audit.log import Log
from exchange.bundle.letters import (
    BreachNotice,
    CompelledDisclosure,
    Feedback,
    LetterBody,
    RightsRequest,
    UrgentDisclosure,
    write_letter,
)
from exchange.crypto import sshsig
from exchange.crypto.signing import SigningKey
from exchange.duties import breach, rights, urgent
from exchange.duties.correspondence import KeptLetter, facts_of, forget_letter, kept_letters
from exchange.errors import BundleError, KeyringError
from exchange.keyring.card import issue_card
from exchange.keyring.namespaces import AGREEMENT as SIGNING_AGREEMENTS
from exchange.keyring.namespaces import URGENT
from exchange.keyring.people import Acting, certify
from exchange.keyring.shapes import Person, Role
from exchange.office import Office
from exchange.posting import post, post_letter
from exchange.receiving import receive

NOW = dt.datetime.fromisoformat(PACKING).astimezone(dt.UTC)
DIRECTOR = SigningKey.generate()
RIGHTS = RightsRequest(kind="rights_request", right="access", pseudonym=None, text="Tentang dirinya.", asked=NOW)
FEEDBACK = Feedback(kind="feedback", period="2026-Q3", figures=None, data_quality="Baik.", results="Tidak ada.")
COMPELLED = CompelledDisclosure(
    kind="compelled_disclosure", authority="P", law="L", asked="A", given="G", given_on=None, not_told_before=None
)
BREACH = BreachNotice(
    kind="breach_notice",
    breach="4f" * 16,
    noticed=NOW,
    data_exposed="Buku kerja.",
    when_and_how="Hilang.",
    handling_and_recovery="Diganti.",
    law_deadline=NOW,
)
TEXTS = dict.fromkeys(("data_exposed", "when_and_how", "handling_and_recovery"), "Ada.")


@pytest.fixture
def sender(town: Town) -> Office:
    """The sender certifies a director, and every recipient has the card that says so."""
    return certifying(town, "director.1", "director", DIRECTOR)


@pytest.fixture
def recipient(town: Town, sender: Office) -> Office:
    return town.recipient("io-id").office(NOW)


def certifying(town: Town, who: str, role: Role, key: SigningKey) -> Office:
    office = town.sender.office(NOW)
    identity = certify(office.identity, person(who, role, key))
    card = issue_card(identity, NOW.date(), previous=office.workspace.own.card())
    office.workspace.own.save_card(card)
    for party in ("gt-ntt", "dinas-p3a", "io-id"):
        town.recipient(party).workspace.cards.add(card, NOW.date())
    return replace(office, identity=identity)


def person(who: str, role: Role, key: SigningKey) -> Person:
    days = {"not_before": dt.date(2026, 9, 1), "not_after": dt.date(2027, 9, 1)}
    return Person(id=who, name=f"{who} (contoh)", roles=(role,), key=key.verify_key.openssh(), **days)


def warning(office: Office, to: str = "io-id", *, key: SigningKey = DIRECTOR, space: str = URGENT) -> UrgentDisclosure:
    """A warning for `to` as a director signs it."""
    body = UrgentDisclosure(
        kind="urgent_disclosure",
        ground="risk_to_life",
        text="Pindahkan ia malam ini.",
        released_by="director.1",
        released=NOW,
        review_by=NOW + dt.timedelta(hours=24),
        sshsig="-",
    )
    signed = urgent.UrgentStatement.of(body, reference(office), to).to_bytes()
    return body.model_copy(update={"sshsig": sshsig.sign(key, space, signed)})


def test_a_warning_that_a_director_signed_is_believed(town: Town, sender: Office, recipient: Office) -> None:
    assert told(town, sender, recipient, warning(sender), reference(sender)).outcome == "heeded"
    (kept,) = kept_letters(recipient)
    assert kept.body == warning(sender)


@pytest.mark.parametrize(
    "wrong", ["another key", "another recipient", "another text", "a later review", "a signature for agreements"]
)
def test_a_warning_that_was_signed_otherwise_is_not(town: Town, sender: Office, recipient: Office, wrong: str) -> None:
    """Whoever has the organisation's keys is not thereby its director."""
    bodies = {
        "another key": warning(sender, key=SigningKey.generate()),
        "another recipient": warning(sender, "gt-ntt"),
        "another text": warning(sender).model_copy(update={"text": "Ia di Jalan Contoh 1."}),
        "a later review": warning(sender).model_copy(update={"review_by": NOW + dt.timedelta(days=90)}),
        "a signature for agreements": warning(sender, space=SIGNING_AGREEMENTS),
    }
    taken = told(town, sender, recipient, bodies[wrong], reference(sender))
    assert (taken.outcome, codes(taken)) == ("refused", ("urgent.not_signed",))
    assert kept_letters(recipient) == ()


@pytest.mark.parametrize(("who", "role"), [("director.1", "review"), ("officer.1", "director")])
def test_a_warning_by_somebody_who_is_no_director_is_refused(town: Town, who: str, role: Role) -> None:
    office = certifying(town, who, role, DIRECTOR)
    recipient = town.recipient("io-id").office(NOW)
    taken = told(town, office, recipient, warning(office), reference(office))
    assert (taken.outcome, codes(taken)) == ("refused", ("urgent.no_director",))


def test_a_director_whose_days_are_over_is_none(town: Town, sender: Office) -> None:
    agreement = sender.workspace.agreements.newest(AGREEMENT).agreement
    people = sender.workspace.own.card().card.people
    with mock.patch.object(urgent, "LIFETIME", dt.timedelta(days=1000)):
        urgent.check_signed(warning(sender), agreement, "io-id", people, dt.date(2027, 9, 1))
    with pytest.raises(Exception, match="nobody as director"):
        urgent.check_signed(warning(sender), agreement, "io-id", people, dt.date(2027, 9, 2))


def test_an_old_warning_is_not_believed_again(town: Town, sender: Office) -> None:
    agreement = sender.workspace.agreements.newest(AGREEMENT).agreement
    people = sender.workspace.own.card().card.people
    with pytest.raises(BundleError) as caught:
        urgent.check_signed(warning(sender), agreement, "io-id", people, dt.date(2027, 1, 15))
    assert caught.value.codes == ("urgent.stale",)


def test_a_director_under_a_second_name_does_not_review(sender: Office) -> None:
    """Dismissed and certified again with the same key, it is the same person."""
    again = Acting(person("officer.9", "review", DIRECTOR), DIRECTOR)
    with pytest.raises(KeyringError) as caught:
        urgent.check_reviewer(warning(sender), again)
    assert caught.value.codes == ("urgent.own_review",)


@pytest.mark.parametrize(
    ("said_by", "to", "body"),
    [
        ("gt-ntt", "io-id", RIGHTS),  # neither of them answers
        ("gt-ntt", "io-id", COMPELLED),
        ("gt-ntt", "io-id", FEEDBACK),
        ("dinas-p3a", "yks", FEEDBACK),  # nobody asked it
        ("yks", "io-id", COMPELLED),
        ("yks", "io-id", FEEDBACK),
        ("independent-auditor", "yks", RIGHTS),
        ("independent-auditor", "yks", BREACH),
    ],
)
def test_nobody_says_what_the_agreement_does_not_let_them(town: Town, said_by: str, to: str, body: LetterBody) -> None:
    writer, reader = (town.recipient(party).office(NOW) for party in (said_by, to))
    taken = told(town, writer, reader, body, reference(reader))
    assert (taken.outcome, codes(taken)[0].split(".")[1]) == ("refused", "not_a_party")
    assert kept_letters(reader) == ()
    assert "letter.received" not in logged(reader)


def test_another_recipient_releases_nothing_urgent(town: Town, sender: Office, recipient: Office) -> None:
    other = town.recipient("gt-ntt").office(NOW)
    taken = told(town, other, recipient, warning(sender), reference(sender))
    assert (taken.outcome, codes(taken)) == ("refused", ("letter.not_a_party",))


def test_a_letter_hides_behind_no_other_letters_id(town: Town, sender: Office) -> None:
    """Its sender chooses the id: under one that is kept already it would be logged, and read by nobody."""
    for party, outcome in (("io-id", "heeded"), ("gt-ntt", "refused")):
        asker = town.recipient(party).office(NOW)
        post(asker, write_letter(RIGHTS, "ab" * 16, party, "yks", reference(asker)), awaits_receipt=False)
        taken = receive(sender, folder=carried(town, asker, "yks")).taken[-1]
        assert taken.outcome == outcome
    assert codes(taken) == ("letter.same_id",)
    forget_letter(sender, kept_letters(sender)[0])
    again = town.recipient("dinas-p3a").office(NOW)
    post(again, write_letter(RIGHTS, "ab" * 16, again.party, "yks", reference(again)), awaits_receipt=False)
    assert codes(receive(sender, folder=carried(town, again, "yks")).taken[-1]) == ("letter.same_id",)


@pytest.mark.parametrize("asked", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_no_clock_could_show_is_not_read(town: Town, sender: Office, asked: str) -> None:
    asker = town.recipient("io-id").office(NOW)
    body = RIGHTS.model_copy(update={"asked": dt.datetime.fromisoformat(asked)})
    taken = told(town, asker, sender, body, reference(sender))
    assert (taken.outcome, codes(taken)) == ("refused", ("letter.unreadable",))


def test_a_letter_with_terminal_escapes_is_not_read(town: Town, sender: Office) -> None:
    asker = town.recipient("io-id").office(NOW)
    body = RIGHTS.model_copy(update={"text": "\x1b]0;milik saya\x07"})
    taken = told(town, asker, sender, body, reference(sender))
    assert (taken.outcome, codes(taken)) == ("refused", ("letter.unreadable",))


# --- a machine that stops ---


def noticed(office: Office) -> KeptLetter:
    return breach.record(office, breach.check(office, AGREEMENT, TEXTS, NOW - dt.timedelta(hours=1)))


def test_a_breach_that_was_half_told_is_told_to_the_others_and_to_nobody_twice(sender: Office) -> None:
    recorded, appended = noticed(sender), Log.append
    calls = iter((appended, None))

    def once(log: Log, *entries: object) -> object:
        real = next(calls)
        if real is None:
            raise KeyboardInterrupt
        return real(log, *entries)  # type: ignore[arg-type]

    with mock.patch.object(Log, "append", once), pytest.raises(KeyboardInterrupt):
        breach.tell(sender, recorded)
    assert breach.tell(sender, recorded) == breach.Told(("dinas-p3a", "io-id"), ())
    assert logged(sender).count("breach.told") == 3
    assert sorted(each.parcel.recipient for each in sender.workspace.outbox.status()) == [
        "dinas-p3a",
        "gt-ntt",
        "io-id",
    ]


def test_a_request_that_was_cut_off_while_it_was_forwarded_goes_once(town: Town) -> None:
    asker = town.recipient("io-id").office(NOW)
    body = rights.check(asker, AGREEMENT, "access", "Tentang dirinya.", asked=NOW)
    recorded = rights.record(asker, body)
    with mock.patch.object(Log, "append", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        rights.forward(asker, recorded)
    assert rights.forward(asker, recorded)
    assert not rights.forward(asker, recorded)
    (waiting,) = asker.workspace.outbox.status()
    assert waiting.parcel.id == recorded.id


def test_what_was_cut_off_before_it_was_noted_is_said_to_be(town: Town) -> None:
    desk = town.recipient("io-id")
    asker = desk.office(NOW)
    body = rights.check(asker, AGREEMENT, "access", "Tentang dirinya.", asked=NOW)
    with mock.patch.object(Log, "append", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        rights.record(asker, body)
    (listed,) = desk.run("--json", "letters").json
    assert (listed["recorded"], listed["clocks"]) == (False, [])
    assert "cut off before it was recorded" in desk.does("letters", "list")


def test_a_letter_that_is_taken_in_again_is_kept_and_noted_once(town: Town, sender: Office) -> None:
    asker = town.recipient("io-id").office(NOW)
    post_letter(asker, "yks", RIGHTS, "ntt", reference(asker))
    folder = carried(town, asker, "yks")
    with mock.patch.object(Log, "append", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        receive(sender, folder=folder)
    (taken,) = receive(sender, folder=folder).taken
    assert taken.outcome == "heeded"
    assert len(kept_letters(sender)) == 1
    assert logged(sender).count("letter.received") == 1


def test_a_notice_that_a_party_refuses_does_not_count_as_told(town: Town, sender: Office) -> None:
    recorded = noticed(sender)
    breach.tell(sender, recorded)
    agreement = sender.workspace.agreements.newest(AGREEMENT).agreement
    folder = carried(town, sender, "io-id")
    assert next(breach.clocks(facts_of(sender, agreement))).stopped == NOW
    other = town.recipient("io-id").office(NOW)
    with mock.patch("exchange.heeding.heed.who_may_say", return_value=()):
        receive(other, folder=folder)
    receive(sender, folder=carried(town, other, "yks"))
    assert next(breach.clocks(facts_of(sender, agreement))).stopped is None
