"""What a letter asks of us, done: each kind goes to the one who obeys it."""

from __future__ import annotations

import datetime as dt

from exchange.agent.station import take_filters
from exchange.agreed import agreement_of
from exchange.bundle.letters import (
    BreachNotice,
    Certificate,
    CompelledDisclosure,
    Feedback,
    MatchFiltersLetter,
    MatchLinksLetter,
    MatchTokensLetter,
    NetworkSecretLetter,
    NewCard,
    Receipt,
    Refusal,
    Resumption,
    RevocationLetter,
    RightsRequest,
    Suspension,
    Termination,
    UrgentDisclosure,
    Withdrawal,
    read_letter,
)
from exchange.bundle.parcel import Letter
from exchange.duties.correspondence import take_letter
from exchange.duties.feedback import check_given
from exchange.duties.notices import Given, take_notice
from exchange.duties.urgent import check_signed
from exchange.errors import BundleError, Problem
from exchange.heeding.answers import heed_receipt, heed_refusal
from exchange.heeding.erasure import heed_certificate, heed_withdrawal
from exchange.heeding.linking import heed_linking
from exchange.heeding.network_secret import heed_secret
from exchange.heeding.who_may_say import check_may_say, reference_of, who_may_say
from exchange.locale import _
from exchange.office import Office
from exchange.partners_keys import take_keys
from exchange.posting import LIFETIME

_DAY = dt.timedelta(days=1)
WAITING = frozenset(
    {"network.not_ours", "network.giver_unconfirmed", "network.other_giver", "acknowledgement.not_certified"}
)
"""Of what a letter is refused for: what a person here may mend. Its sender is told nothing, and it waits."""


def heed(office: Office, letter: Letter, ciphertext: str) -> None:
    """Do what a letter asks; `ciphertext` is the digest of the file in which it came.

    BundleError where it asks for what its sender may not ask, or for what cannot be.
    """
    match read_letter(letter):
        case Receipt() | Refusal() as answer:
            _heed_answer(office, letter, answer, ciphertext)
        case Withdrawal() as withdrawal:
            heed_withdrawal(office, letter, withdrawal, ciphertext)
        case Certificate() as certificate:
            heed_certificate(office, letter, certificate, ciphertext)
        case NetworkSecretLetter() | MatchFiltersLetter() | MatchLinksLetter() | MatchTokensLetter() as said:
            _heed_matching(office, letter, said, ciphertext)
        case NewCard() | RevocationLetter() as said:
            take_keys(office, letter, said, ciphertext)
        case Suspension() | Resumption() | Termination() as given:
            reference = reference_of(letter)
            agreement = agreement_of(office, reference)
            ours, sender = office.party == agreement.sender.id, agreement.sender.id
            check_may_say(letter, [each.id for each in agreement.parties if (each.id != sender) is ours])
            notice = _in_time(given, letter, office.today(agreement))
            take_notice(office, letter.sender, reference, notice, letter=letter.id, ciphertext=ciphertext)
        case RightsRequest() | UrgentDisclosure() | CompelledDisclosure() | BreachNotice() | Feedback() as said:
            agreement = agreement_of(office, reference_of(letter))
            check_may_say(letter, who_may_say(said, agreement, office.party))
            if isinstance(said, UrgentDisclosure):
                people = office.workspace.cards.believed(letter.sender, office.now.date()).people(office.now)
                check_signed(said, agreement, office.party, people, office.now.date())
            if isinstance(said, Feedback):
                check_given(said, agreement, office.today(agreement))
            take_letter(office, agreement, letter, ciphertext)


def _in_time(given: Given, letter: Letter, today: dt.date) -> Given:
    """As of today at the earliest where days of notice run from it: nobody shortens them by writing an earlier day."""
    if not today - LIFETIME - _DAY <= given.on <= today + _DAY:
        raise BundleError(Problem("letter.day", _("the notice is of a day that cannot be"), letter.sender))
    late = isinstance(given, Termination) and given.on < today
    return given.model_copy(update={"on": today}) if late else given


def _heed_answer(office: Office, letter: Letter, answer: Receipt | Refusal, ciphertext: str) -> None:
    if isinstance(answer, Receipt):
        heed_receipt(office, letter, answer, ciphertext)
    else:
        heed_refusal(office, letter, answer, ciphertext)


def _heed_matching(
    office: Office,
    letter: Letter,
    said: NetworkSecretLetter | MatchFiltersLetter | MatchLinksLetter | MatchTokensLetter,
    ciphertext: str,
) -> None:
    """The secret that makes senders' rows comparable, and what is made with it."""
    match said:
        case NetworkSecretLetter():
            heed_secret(office, letter, said, ciphertext)
        case MatchFiltersLetter():
            take_filters(office, agreement_of(office, reference_of(letter)), letter, said, ciphertext)
        case MatchLinksLetter() | MatchTokensLetter():
            heed_linking(office, letter, said, ciphertext)
