"""By what rows of ours are of one person: the links of the agreement's agent, or tokens made anew by its sender."""

from __future__ import annotations

from collections.abc import Iterable

from exchange.agreed import agreement_of
from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.parties import Party
from exchange.audit.entries import Counts
from exchange.bundle.letters import MatchLinksLetter, MatchTokensLetter
from exchange.bundle.match_tables import read_links, read_tokens, refuse_the_future, unreadable
from exchange.bundle.metadata import Linking
from exchange.bundle.parcel import Letter
from exchange.errors import BundleError, Problem
from exchange.heeding.who_may_say import check_may_say, reference_of
from exchange.locale import _
from exchange.merge.merging import known_as
from exchange.merge.segment import Round
from exchange.merge.store import Store
from exchange.merging import open_store
from exchange.office import Office
from exchange.protect.protected import RowToken


def heed_linking(office: Office, letter: Letter, said: MatchLinksLetter | MatchTokensLetter, ciphertext: str) -> None:
    """Which of our rows are of one person, from the agreement's agent; or their tokens anew, from its sender."""
    agreement = agreement_of(office, reference_of(letter))
    match = agreement.tier_of(office.party).match if office.party in _ids(agreement.recipients) else None
    links = isinstance(said, MatchLinksLetter)
    agent = agreement.agent.id if agreement.agent else ""
    check_may_say(letter, [agent if links else agreement.sender.id])
    if match is None or match.via != ("agent" if links else "recipient"):
        what = _("the agreement does not have our rows linked so")
        raise BundleError(Problem("letter.not_agreed", what, where=letter.sender))
    if isinstance(said, MatchLinksLetter):
        refuse_the_future(said.made, office.now)
    with open_store(office) as store:
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
