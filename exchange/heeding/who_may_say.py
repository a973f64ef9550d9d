"""What a letter belongs to, and whether its sender may say such a thing."""

from __future__ import annotations

from collections.abc import Collection

from exchange.agreed import agreement_of
from exchange.agreements.agreement import Agreement, Reference
from exchange.bundle.letters import BreachNotice, CompelledDisclosure, Feedback, RightsRequest, UrgentDisclosure
from exchange.bundle.parcel import Letter
from exchange.duties.feedback import who_gives
from exchange.errors import BundleError, Problem
from exchange.locale import _
from exchange.office import Office


def reference_of(letter: Letter) -> Reference:
    """The version of the agreement that the letter names. BundleError: letter.no_agreement."""
    if letter.agreement is None:
        raise BundleError(
            Problem("letter.no_agreement", _("such a letter must name its agreement"), where=letter.sender)
        )
    return letter.agreement


def network_of(office: Office, letter: Letter) -> str:
    """The network of its agreement. BundleError: letter.no_agreement, receive.no_agreement."""
    return agreement_of(office, reference_of(letter)).network


def check_may_say(letter: Letter, parties: Collection[str]) -> None:
    """An auditor is in the agreement as well, and other recipients are: not everybody may say everything.
    BundleError: letter.not_a_party."""
    if letter.sender not in parties:
        what = _("the agreement does not let {party} send this to us").format(party=letter.sender)
        raise BundleError(Problem("letter.not_a_party", what, where=letter.sender))


def who_may_say(
    said: RightsRequest | UrgentDisclosure | CompelledDisclosure | BreachNotice | Feedback,
    agreement: Agreement,
    to: str,
) -> Collection[str]:
    """Of the agreement's parties those to whom it gives this word, to the party `to`."""
    everybody = tuple(party.id for party in agreement.parties)
    recipients, to_sender = tuple(party.id for party in agreement.recipients), to == agreement.sender.id
    match said:
        case UrgentDisclosure():
            return (agreement.sender.id,) if to in recipients else ()
        case CompelledDisclosure():
            return recipients if to_sender else ()
        case Feedback():
            return who_gives(agreement) if to_sender else ()
        case RightsRequest():  # for the one who answers, or from that one, for what is to be done
            answers = agreement.rights_requests.answered_by
            return everybody if to == answers else (answers,)
        case BreachNotice():
            return everybody
