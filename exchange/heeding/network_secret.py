"""The secret that makes senders' rows comparable: from whom it is taken, and by whom it must never be held."""

from __future__ import annotations

from functools import partial

from exchange.agreements.agreement import Agreement
from exchange.bundle.letters import NetworkSecretLetter
from exchange.bundle.parcel import Letter
from exchange.errors import BundleError, Problem
from exchange.locale import _
from exchange.matching.secret import NetworkSecret
from exchange.office import Office
from exchange.registers import has_secret, keep_network_secret, secret_giver


def heed_secret(office: Office, letter: Letter, brought: NetworkSecretLetter, ciphertext: str) -> None:
    """Only senders of a network share its secret. Whoever could give us one of its own making could undo every token:
    so none is taken from who receives or audits, and none for a network in which we are not known to send only; none of
    whom a coordinator of cards alone vouches for, whose word is on cards and, it may be, on another network; and, where
    one is here, a newer one only of whom gave that."""
    agreements = [each.agreement for each in office.workspace.agreements.all()]
    ours = [each for each in agreements if each.network == brought.network]
    if not ours:
        what = _("this is no network in which we only send")
        raise BundleError(Problem("network.not_ours", what, where=letter.sender))
    if any(agreement.sender.id != office.party for agreement in ours):
        raise _no_secret(_("a recipient of this network must never hold its secret"), letter.sender)
    if any(_gets_or_audits(letter.sender, each) for each in agreements):
        raise _no_secret(_("whoever receives, audits or links must never hold the secret"), letter.sender)
    secret = NetworkSecret(brought.network, brought.epoch, bytes.fromhex(brought.secret))
    _check_giver(office, letter.sender, secret)
    keep_network_secret(office, secret, letter.sender)
    about = partial(office.entry, "letter.received", counterpart=letter.sender, note=letter.kind)
    office.note(brought.network, about(ciphertext=ciphertext, letter=letter.id))


def _check_giver(office: Office, party: str, secret: NetworkSecret) -> None:
    known = office.workspace.cards.find(party)
    if known is None or not known.confirmed:
        hint = _("read the safety words with {party} over the phone, then: exchange receive --again")
        what = _("a network's secret is taken only from a party whose own safety words were read")
        raise BundleError(Problem("network.giver_unconfirmed", what, party, hint.format(party=party)))
    giver = secret_giver(office, secret.network)
    if giver not in {None, party} and not has_secret(office, secret):
        hint = _("call {giver}; if {party} gives it from now on: exchange network accept {party}")
        what = _("the secret of {network} that is here was given by {giver}, and this is another one")
        raise BundleError(
            Problem(
                "network.other_giver",
                what.format(network=secret.network, giver=giver),
                where=party,
                hint=hint.format(giver=giver, party=party),
            )
        )


def _gets_or_audits(party: str, agreement: Agreement) -> bool:
    known = {each.id for each in agreement.recipients} | {each.id for each in agreement.audit.auditors}
    return party in known or (agreement.agent is not None and party == agreement.agent.id)


def _no_secret(what: str, party: str) -> BundleError:
    hint = _("it was not kept; tell its sender, who must begin a new epoch")
    return BundleError(Problem("letter.secret_not_for_us", what, where=party, hint=hint))
