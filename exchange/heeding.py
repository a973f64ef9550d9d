"""What letters ask of us, done: receipts, refusals, withdrawals, certificates, secrets, notices.

A letter is believed as far as its sender may say such a thing: a receipt or a refusal comes from the one to whom the
bundle went, a withdrawal from the agreement's sender, a network's secret never from somebody who gets its data. What a
letter has done is noted once, also where a crash makes it come again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from functools import partial

from exchange import who_read
from exchange.agent.station import take_filters
from exchange.agreements.acknowledgement import Arrived
from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.parties import Party
from exchange.audit.entries import Counts, Kind
from exchange.bundle.letters import (
    Acknowledgement,
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
from exchange.bundle.match_tables import read_links, read_tokens, refuse_the_future, unreadable
from exchange.bundle.metadata import Linking
from exchange.bundle.parcel import Letter
from exchange.duties.correspondence import signed_agreements, take_letter
from exchange.duties.disposal import take_certificate
from exchange.duties.feedback import check_given, who_gives
from exchange.duties.notices import Given, take_notice
from exchange.duties.urgent import check_signed
from exchange.errors import BundleError, Problem
from exchange.locale import _
from exchange.matching.secret import NetworkSecret
from exchange.merge.merging import forget, known_as
from exchange.merge.segment import Round
from exchange.merge.store import Store
from exchange.office import LIFETIME, Office
from exchange.partners_keys import take_keys
from exchange.protect.protected import RowToken
from exchange.protect.releases.releases import Release
from exchange.registers import has_secret, keep_network_secret, secret_giver
from exchange.witnessing.taking import keep_checkpoint

_DAY = dt.timedelta(days=1)
_HERE = {"packed", "rejected", "queued", "failed"}
"""States of what lies with us, unless an attempt was cut off."""
_CERTIFIED: dict[str, Kind] = {"withdrawal": "erasure.certified", "match_filters": "filters.certified"}
"""The letters of ours that a certificate may answer, and what is noted then."""
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
            _heed_withdrawal(office, letter, withdrawal, ciphertext)
        case Certificate() as certificate:
            _heed_certificate(office, letter, certificate, ciphertext)
        case NetworkSecretLetter() | MatchFiltersLetter() | MatchLinksLetter() | MatchTokensLetter() as said:
            _heed_matching(office, letter, said, ciphertext)
        case NewCard() | RevocationLetter() as said:
            take_keys(office, letter, said, ciphertext)
        case Suspension() | Resumption() | Termination() as given:
            reference = _reference(letter)
            agreement = agreement_of(office, reference)
            ours, sender = office.party == agreement.sender.id, agreement.sender.id
            _check_may_say(letter, [each.id for each in agreement.parties if (each.id != sender) is ours])
            notice = _in_time(given, letter, office.today(agreement))
            take_notice(office, letter.sender, reference, notice, letter=letter.id, ciphertext=ciphertext)
        case RightsRequest() | UrgentDisclosure() | CompelledDisclosure() | BreachNotice() | Feedback() as said:
            agreement = agreement_of(office, _reference(letter))
            _check_may_say(letter, _who_may_say(said, agreement, office.party))
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


def _who_may_say(
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


def _heed_answer(office: Office, letter: Letter, answer: Receipt | Refusal, ciphertext: str) -> None:
    if isinstance(answer, Receipt):
        _heed_receipt(office, letter, answer, ciphertext)
    else:
        _heed_refusal(office, letter, answer, ciphertext)


def _heed_receipt(office: Office, letter: Letter, receipt: Receipt, ciphertext: str) -> None:
    release = office.workspace.releases.find(receipt.ciphertext)
    if release is None or _answered(letter, receipt) != (release.recipient, release.agreement, release.bundle):
        raise _foreign_receipt(letter.sender)
    _check_left(office, receipt.ciphertext, letter.sender)
    network = _letters_network(office, letter)
    arrived = _arrived(office, release)
    new = who_read.new(office, network, arrived, receipt.acknowledged)
    _check_read(office, arrived, new, release)
    keep_checkpoint(office, letter.sender, network, receipt.checkpoint.encode("utf-8"))
    about = partial(
        office.entry,
        counterpart=letter.sender,
        agreement=release.agreement,
        period=release.period,
        bundle=release.bundle,
        ciphertext=release.ciphertext,
        receipt=ciphertext,
    )
    office.workspace.outbox.acknowledge(receipt.ciphertext.removeprefix("sha256:"), office.now)
    if release.ciphertext not in office.noted(network, "bundle.acknowledged"):  # else it is answered again
        office.note(network, about("bundle.acknowledged"))
    who_read.take(office, arrived, new)
    for each in new:
        office.note(network, about("notices.acknowledged", person=each.person, codes=each.notices, since=each.at))


def _answered(letter: Letter, receipt: Receipt) -> tuple[str, Reference | None, str]:
    """What a receipt is about: the version of the agreement stands in the letter's signed envelope."""
    return letter.sender, letter.agreement, receipt.bundle


def _arrived(office: Office, release: Release) -> Arrived:
    return Arrived(
        agreement=release.agreement,
        sender=office.party,
        recipient=release.recipient,
        bundle=release.bundle,
        ciphertext=release.ciphertext,
    )


def _check_left(office: Office, ciphertext: str, party: str) -> None:
    """Nobody can have got what never left. A queue that was lost with its machine knows of nothing."""
    digest = ciphertext.removeprefix("sha256:")
    for standing in office.workspace.outbox.status():
        if standing.parcel.sha256 == digest and standing.state in _HERE and not standing.maybe_there:
            raise _foreign_receipt(party)


def _check_read(office: Office, arrived: Arrived, told: Sequence[Acknowledgement], release: Release) -> None:
    versions = [each for each in signed_agreements(office) if each.id == release.agreement.id]
    people = office.workspace.cards.believed(arrived.recipient, office.now.date()).people(office.now)
    who_read.check(told, arrived, versions, people, release.created, office.now)


def _foreign_receipt(party: str) -> BundleError:
    return BundleError(
        Problem(
            "letter.foreign_receipt",
            _("the receipt is for a bundle that never went to its sender"),
            where=party,
            hint=_("ask its sender to look at its log; nothing was acknowledged"),
        )
    )


def _heed_refusal(office: Office, letter: Letter, refusal: Refusal, ciphertext: str) -> None:
    network = _letters_network(office, letter)
    reason, digest = _("{party} refused it").format(party=letter.sender), refusal.ciphertext.removeprefix("sha256:")
    sent = [each.parcel for each in office.workspace.outbox.status() if each.parcel.sha256 == digest]
    if [each.recipient for each in sent] != [letter.sender]:
        raise _foreign_receipt(letter.sender)
    _check_left(office, refusal.ciphertext, letter.sender)
    release = office.workspace.releases.find(refusal.ciphertext)
    if refusal.ciphertext in office.noted(network, "bundle.acknowledged") or (
        release is not None and release.agreement.id != _reference(letter).id
    ):
        raise _foreign_receipt(letter.sender)
    office.workspace.outbox.refuse(digest, office.now, refusal.reason, reason)
    if refusal.ciphertext not in office.noted(network, "bundle.refused"):
        entry = office.entry(
            "bundle.refused",
            counterpart=letter.sender,
            agreement=_reference(letter),
            ciphertext=refusal.ciphertext,
            receipt=ciphertext,
            codes=(refusal.reason,),
        )
        office.note(network, entry)


def _heed_certificate(office: Office, letter: Letter, certificate: Certificate, ciphertext: str) -> None:
    """Note that our withdrawal was obeyed, our filters deleted, or that what we sent was destroyed. Clocks stop at the
    entry, so the letter that it answers must be ours."""
    if certificate.bundles:
        agreement = agreement_of(office, _reference(letter))
        _check_may_say(letter, tuple(agreement.retention))
        take_certificate(office, agreement, letter, certificate, ciphertext)
        return
    network, reference = _letters_network(office, letter), _reference(letter)
    answered = next(
        (
            each.note
            for each in office.entries(network, "letter.sent")
            if (each.letter, each.counterpart) == (certificate.letter, letter.sender)
            and each.note in _CERTIFIED
            and each.agreement is not None
            and each.agreement.id == reference.id
        ),
        None,
    )
    if answered is None:
        what, hint = (
            _("the certificate answers no withdrawal and no filters that we sent to its sender"),
            _("nothing was noted; ask them"),
        )
        raise BundleError(Problem("letter.foreign_certificate", what, where=letter.sender, hint=hint))
    kind = _CERTIFIED[answered]
    if ciphertext not in office.noted(network, kind):
        entry = office.entry(
            kind,
            counterpart=letter.sender,
            agreement=reference,
            ciphertext=ciphertext,
            letter=certificate.letter,
            counts=Counts(reports=certificate.reports_erased),
        )
        office.note(network, entry)


def _heed_withdrawal(office: Office, letter: Letter, withdrawal: Withdrawal, ciphertext: str) -> None:
    """Erase, then certify: the certificate says what was done, and nobody can prove more.

    How many reports there are is noted before they go, so that a crash between does not certify that there were none.
    """
    reference = _reference(letter)
    _check_may_say(letter, [agreement_of(office, reference).sender.id])
    network, named = _letters_network(office, letter), dict.fromkeys((withdrawal.pseudonym, *withdrawal.earlier))
    about = partial(
        office.entry, counterpart=letter.sender, ciphertext=ciphertext, agreement=reference, letter=letter.id
    )
    with Store.open(office.workspace.store_folder, office.identity.key_for("store")) as store:
        if ciphertext not in office.noted(network, "letter.received"):
            there = Counts(reports=sum(store.reports_of(letter.sender, reference.id, each) for each in named))
            office.note(network, about("letter.received", note=letter.kind, counts=there))
        for each in named:
            store.withdraw(letter.sender, reference.id, each)
        forget(store)
    if ciphertext in office.noted(network, "erasure.certified"):
        return
    counts = office.noted(network, "letter.received")[ciphertext].counts
    erased = (counts and counts.reports) or 0
    certified = (about("erasure.certified", counts=Counts(reports=erased)),)
    body = Certificate(kind="certificate", letter=letter.id, bundles=(), erased=office.now, reports_erased=erased)
    office.write(letter.sender, body, network, reference, noting=lambda _sealed: certified)


def _heed_matching(
    office: Office,
    letter: Letter,
    said: NetworkSecretLetter | MatchFiltersLetter | MatchLinksLetter | MatchTokensLetter,
    ciphertext: str,
) -> None:
    """The secret that makes senders' rows comparable, and what is made with it."""
    match said:
        case NetworkSecretLetter():
            _heed_secret(office, letter, said, ciphertext)
        case MatchFiltersLetter():
            take_filters(office, agreement_of(office, _reference(letter)), letter, said, ciphertext)
        case MatchLinksLetter() | MatchTokensLetter():
            _heed_linking(office, letter, said, ciphertext)


def _heed_linking(office: Office, letter: Letter, said: MatchLinksLetter | MatchTokensLetter, ciphertext: str) -> None:
    """Which of our rows are of one person, from the agreement's agent; or their tokens anew, from its sender."""
    agreement = agreement_of(office, _reference(letter))
    match = agreement.tier_of(office.party).match if office.party in _ids(agreement.recipients) else None
    links = isinstance(said, MatchLinksLetter)
    agent = agreement.agent.id if agreement.agent else ""
    _check_may_say(letter, [agent if links else agreement.sender.id])
    if match is None or match.via != ("agent" if links else "recipient"):
        what = _("the agreement does not have our rows linked so")
        raise BundleError(Problem("letter.not_agreed", what, where=letter.sender))
    if isinstance(said, MatchLinksLetter):
        refuse_the_future(said.made, office.now)
    with Store.open(office.workspace.store_folder, office.identity.key_for("store")) as store:
        if isinstance(said, MatchLinksLetter):
            told = _take_links(store, agreement, letter, said)
        else:
            told = _take_tokens(store, agreement, letter, said)
    if ciphertext not in office.noted(agreement.network, "letter.received"):
        entry = office.entry(
            "letter.received",
            counterpart=letter.sender,
            agreement=Reference.to(agreement),
            ciphertext=ciphertext,
            letter=letter.id,
            note=letter.kind,
            counts=Counts(reports=told),
        )
        office.note(agreement.network, entry)


def _take_links(store: Store, agreement: Agreement, letter: Letter, said: MatchLinksLetter) -> int:
    links: dict[str, dict[str, str]] = {bundle: {} for bundle in said.bundles}
    for each in read_links(letter):
        if each.bundle not in links:
            raise unreadable()
        links[each.bundle][each.row_key] = each.person
    return store.link(
        agreement.sender.id, agreement.id, Round(agent=letter.sender, id=said.round, made=said.made), links
    )


def _take_tokens(store: Store, agreement: Agreement, letter: Letter, said: MatchTokensLetter) -> int:
    if said.network != agreement.network:
        what = _("the match tokens are of another network than the agreement's")
        raise BundleError(Problem("match.other_network", what, where=letter.sender))
    tokens: dict[str, list[RowToken]] = {bundle: [] for bundle in said.bundles}
    for each in read_tokens(letter):
        if each.bundle not in tokens:
            raise unreadable()
        tokens[each.bundle].append(RowToken(each.row_key, each.kind, each.token))
    ring = Linking(network=said.network, epoch=said.epoch)
    moved = store.encode_anew(agreement.sender.id, agreement.id, ring, tokens)
    known_as(store, moved)
    return len(moved)


def _ids(parties: Iterable[Party]) -> frozenset[str]:
    return frozenset(party.id for party in parties)


def _heed_secret(office: Office, letter: Letter, brought: NetworkSecretLetter, ciphertext: str) -> None:
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


# --- what a parcel belongs to ---


def known_agreement(office: Office, reference: Reference) -> Agreement | None:
    return next((each for each in signed_agreements(office) if Reference.to(each) == reference), None)


def agreement_of(office: Office, reference: Reference) -> Agreement:
    known = known_agreement(office, reference)
    if known is None:
        raise BundleError(Problem("receive.no_agreement", _("the agreement is not here"), where=str(reference)))
    return known


def _reference(letter: Letter) -> Reference:
    if letter.agreement is None:
        raise BundleError(
            Problem("letter.no_agreement", _("such a letter must name its agreement"), where=letter.sender)
        )
    return letter.agreement


def _check_may_say(letter: Letter, parties: Collection[str]) -> None:
    """An auditor is in the agreement as well, and other recipients are: not everybody may say everything."""
    if letter.sender not in parties:
        what = _("the agreement does not let {party} send this to us").format(party=letter.sender)
        raise BundleError(Problem("letter.not_a_party", what, where=letter.sender))


def _letters_network(office: Office, letter: Letter) -> str:
    return agreement_of(office, _reference(letter)).network
