"""The narrow way out because a life is at risk: a director releases a text to one recipient, somebody else looks at it.

Outside all tiers, so the agreement draws it narrow: only for a risk to life, only by a person certified as director,
who signs with a key of their own; logged with the person's id; reviewed within hours by another person. The recipient
believes it only with that person's signature, made for that recipient.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.state import state
from exchange.bundle.letters import UrgentDisclosure
from exchange.crypto import sshsig
from exchange.crypto.canonical import canonical, digest_of_bytes
from exchange.duties.clock import Clock, Facts
from exchange.duties.correspondence import (
    Draft,
    KeptLetter,
    agreement_under,
    binding,
    kept_letter,
    log_of,
    plain,
    send_letter,
)
from exchange.errors import AgreementError, BundleError, CryptoError, KeyringError, Problem, UsageError
from exchange.keyring.card import Card
from exchange.keyring.namespaces import URGENT
from exchange.keyring.people import Acting, certified
from exchange.keyring.shapes import Person, Role
from exchange.locale import _
from exchange.office import Office
from exchange.posting import LIFETIME
from exchange.registers import notices


@dataclass(frozen=True, slots=True)
class UrgentStatement:
    """What a director signs: this text, for this recipient, under this agreement, at this time."""

    agreement: Reference
    recipient: str
    text: str
    person: str
    released: dt.datetime
    review_by: dt.datetime
    ground: str

    def to_bytes(self) -> bytes:
        """RFC 8785 JSON; the text stands in it as its digest."""
        return canonical(
            {
                "agreement": self.agreement.model_dump(mode="json"),
                "ground": self.ground,
                "person": self.person,
                "recipient": self.recipient,
                "released": self.released.isoformat(),
                "review_by": self.review_by.isoformat(),
                "text": digest_of_bytes(self.text.encode("utf-8")),
            }
        )

    @classmethod
    def of(cls, body: UrgentDisclosure, agreement: Reference, recipient: str) -> UrgentStatement:
        """What must have been signed for `body` to be believed."""
        moments = (body.released.astimezone(dt.UTC), body.review_by.astimezone(dt.UTC))
        return cls(agreement, recipient, body.text, body.released_by, *moments, body.ground)


def check_recipient(office: Office, agreement_id: str, recipient: str) -> Agreement:
    """The agreement, if something urgent may go to this recipient under it. AgreementError as `binding`;
    urgent.not_the_sender, urgent.no_recipient, urgent.not_in_force. A suspension does not stop a warning."""
    agreement = binding(office, agreement_id)
    problems = []
    if office.party != agreement.sender.id:
        problems.append(Problem("urgent.not_the_sender", _("only the sender releases anything under this agreement")))
    if recipient not in {party.id for party in agreement.recipients}:
        problems.append(Problem("urgent.no_recipient", _("this is no recipient of the agreement"), where=agreement_id))
    signed = office.workspace.agreements.find(Reference.to(agreement))
    now = state(agreement, signed.signatures, office.today(agreement), notices(office)) if signed else "draft"
    if now not in {"active", "suspended"}:
        problems.append(Problem("urgent.not_in_force", _("the agreement is not in force"), where=agreement_id))
    AgreementError.raise_all(problems)
    return agreement


def release(office: Office, agreement_id: str, recipient: str, text: str, director: Acting) -> KeptLetter:
    """Release `text` to one recipient at once. AgreementError as `check_recipient`; KeyringError where the person is no
    director; UsageError (letter.text)."""
    agreement = check_recipient(office, agreement_id, recipient)
    term = agreement.urgent
    certified(office.workspace.own.card().card, director.person.id, term.released_by, office.now.date())
    what = UrgentStatement(
        agreement=Reference.to(agreement),
        recipient=recipient,
        text=plain("text", text),
        person=director.person.id,
        released=office.now,
        review_by=review_by(agreement, office.now),
        ground=term.only,
    )
    body = UrgentDisclosure(
        kind="urgent_disclosure",
        ground=term.only,
        text=what.text,
        released_by=what.person,
        released=what.released,
        review_by=what.review_by,
        sshsig=sshsig.sign(director.key, URGENT, what.to_bytes()),
    )
    return send_letter(
        office,
        Draft(agreement, body),
        recipient,
        noting=lambda sealed: (
            office.entry(
                "disclosure.urgent",
                counterpart=recipient,
                agreement=what.agreement,
                letter=sealed.envelope.id,
                person=what.person,
            ),
        ),
    )


def review_by(agreement: Agreement, released: dt.datetime) -> dt.datetime:
    """By when somebody else must have looked at it."""
    return released + dt.timedelta(hours=agreement.urgent.review_within_hours)


def check_signed(body: UrgentDisclosure, agreement: Agreement, us: str, people: Sequence[Person], on: dt.date) -> None:
    """Refuse what no director of the sender released to us: `people` are those whom the sender's card certifies.

    BundleError: urgent.no_director (nobody of that id, not as director, not on that day), urgent.not_signed (signed by
    another key, for another recipient, another text or time).
    """
    role: Role = agreement.urgent.released_by
    person = next((each for each in people if each.id == body.released_by), None)
    if person is None or role not in person.roles or not person.covers(on):
        what = _("the sender's card certifies nobody as director who could have released this")
        hint = _("call the sender at once; if its card is newer than ours, add it and ask for the letter again")
        raise BundleError(Problem("urgent.no_director", what, where=agreement.sender.id, hint=hint))
    if not on - LIFETIME - dt.timedelta(days=1) <= body.released.date() <= on + dt.timedelta(days=1):
        what = _("the director released this at another time")
        raise BundleError(Problem("urgent.stale", what, where=agreement.sender.id))
    try:
        said = UrgentStatement.of(body, Reference.to(agreement), us)
        sshsig.verify(body.sshsig, URGENT, said.to_bytes(), [person.verify_key])
    except (CryptoError, OverflowError):
        what = _("the director's signature is not for this text and for us")
        hint = _("call the sender at once; nothing in the letter may be believed")
        raise BundleError(Problem("urgent.not_signed", what, where=agreement.sender.id, hint=hint)) from None


def disclosure(office: Office, letter_id: str) -> tuple[KeptLetter, UrgentDisclosure]:
    """What we released urgently under this id: the letter, and what it says. UsageError: letter.unknown,
    urgent.not_ours."""
    letter = kept_letter(office, letter_id)
    if not isinstance(letter.body, UrgentDisclosure) or letter.sender != office.party:
        raise UsageError(Problem("urgent.not_ours", _("this is no urgent disclosure of ours"), where=letter.id))
    return letter, letter.body


def reviewing_role(card: Card, person_id: str | None) -> Role:
    """As what somebody reviews: another director may, and whoever is certified to review."""
    directors = {each.id for each in card.people if "director" in each.roles}
    return "director" if person_id in directors else "review"


def review(office: Office, letter_id: str, reviewer: Acting) -> KeptLetter:
    """Somebody else has looked at an urgent disclosure: its clock stops. KeyringError as `check_reviewer`. Repeating it
    changes nothing."""
    letter, body = disclosure(office, letter_id)
    check_reviewer(body, reviewer)
    agreement = agreement_under(office, letter)
    done = {each.letter for each in log_of(office, agreement) if each.kind == "disclosure.reviewed"}
    if letter.id not in done:
        entry = office.entry(
            "disclosure.reviewed", agreement=letter.agreement, letter=letter.id, person=reviewer.person.id
        )
        office.note(agreement.network, entry)
    return letter


def check_reviewer(body: UrgentDisclosure, reviewer: Acting) -> None:
    """KeyringError (urgent.own_review) for whoever released it, under whatever id."""
    same_key = sshsig.claimed_signer(body.sshsig) == reviewer.key.verify_key
    if same_key or reviewer.person.id == body.released_by:
        what, hint = _("whoever released it does not review it"), _("let another person do it")
        raise KeyringError(Problem("urgent.own_review", what, where=reviewer.person.id, hint=hint))


def clocks(facts: Facts) -> Iterator[Clock]:
    """Of each urgent disclosure of ours: the review by somebody else."""
    reviewed = {each.letter: each.time for each in facts.of("disclosure.reviewed")}
    for given in facts.of("disclosure.urgent"):
        ends = review_by(facts.agreement, given.time)
        yield Clock(
            code="urgent.review",
            clause="urgent.review_within_hours",
            agreement=facts.reference,
            party=facts.party,
            about=given.letter or "",
            began=given.time,
            ends=ends,
            stopped=reviewed.get(given.letter),
        )
