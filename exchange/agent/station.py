"""The agent's station: filters are taken in, linked, answered to recipients, deleted, and their deletion certified.

It sees no row: a bundle that comes here is refused. Filters are deleted as soon as a round was complete, and after two
days in any case, whoever has linked or not, so that a command a day is in time for the three days that it has. In this
order, so that a crash leaves nothing undone that is said: the key and the file go; that they are gone is noted; the
certificate is written, and noted in one piece.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from exchange.agent.keeping import FilterKeep, Letter, delete_old
from exchange.agent.rounds import Group, Linked, groups, linked
from exchange.agreed import signed_agreements
from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.clause import numbers
from exchange.agreements.parties import FORGETS_WITHIN_HOURS
from exchange.audit.entries import Counts, Entry
from exchange.bundle.letters import Certificate, MatchFiltersLetter, MatchLinksLetter
from exchange.bundle.match_tables import RowLink, read_filters, refuse_the_future, unreadable, write_links
from exchange.bundle.parcel import Letter as SealedLetter
from exchange.duties.linking import taken_in
from exchange.errors import BundleError, KeyringError, MergeError, Problem
from exchange.locale import _
from exchange.office import Office
from exchange.posting import post_letter, resume
from exchange.workspace.workspace import Workspace

KEPT = dt.timedelta(hours=FORGETS_WITHIN_HOURS - 24)


@dataclass(frozen=True, slots=True)
class Round:
    """What was linked for a recipient: rows of how many senders, how many people."""

    network: str
    epoch: str
    recipient: str
    senders: int
    rows: int
    people: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A letter of filters that is deleted: of how many rows, from whom."""

    letter: str
    sender: str
    rows: int


# --- what comes ---


def take_filters(
    office: Office, agreement: Agreement, letter: SealedLetter, said: MatchFiltersLetter, ciphertext: str
) -> None:
    """Keep filters, locked; note that they came. Repeating it changes nothing. BundleError: linking.not_the_agent,
    linking.agent_receives, match.other_network, letter.unreadable."""
    _refuse_what_is_not_ours(office, agreement, letter, said)
    refuse_the_future(said.made, office.now)
    table = read_filters(letter)
    counted = {each["values"]: each["counts"] for each in table.column("bundle").value_counts().to_pylist()}
    if counted != {each.bundle: each.rows for each in said.bundles if each.rows}:
        raise unreadable()
    entries = tuple(office.entries(agreement.network, "letter.received", "filters.destroyed"))
    if letter.id not in {each.letter for each in entries if each.kind == "filters.destroyed"}:
        kept = Letter(letter.id, letter.sender, agreement.id, said.recipient, office.now)
        with _keep(office) as keep:
            if _is_newest(keep, kept, said):
                keep.put(kept, said, table)
    if letter.id not in {each.letter for each in entries if each.kind == "letter.received"}:
        entry = office.entry(
            "letter.received",
            counterpart=letter.sender,
            agreement=Reference.to(agreement),
            ciphertext=ciphertext,
            letter=letter.id,
            note=letter.kind,
            counts=Counts(reports=table.num_rows),
        )
        office.note(agreement.network, entry)


def _refuse_what_is_not_ours(
    office: Office, agreement: Agreement, letter: SealedLetter, said: MatchFiltersLetter
) -> None:
    agent, linked_for = agreement.agent, {party.id for party in agreement.linked_recipients}
    ours = agent is not None and agent.id == office.party
    if not ours or letter.sender != agreement.sender.id or said.recipient not in linked_for:
        what = _("the agreement does not make us link this sender's rows for this recipient")
        raise BundleError(Problem("linking.not_the_agent", what, where=letter.sender))
    if said.network != agreement.network:
        what = _("the filters are of another network than the agreement's")
        raise BundleError(Problem("match.other_network", what, where=letter.sender))
    for each in signed_agreements(office):
        if each.network == agreement.network and office.party in {party.id for party in each.recipients}:
            what = _("we receive rows of this network, and must not have filters beside them")
            raise BundleError(Problem("linking.agent_receives", what, where=str(Reference.to(each))))


def _is_newest(keep: FilterKeep, letter: Letter, said: MatchFiltersLetter) -> bool:
    """Letters come in any order: what an older one says, a newer one has said since."""
    same = (
        each.said.made
        for each in keep.filters()
        if (each.letter.sender, each.letter.agreement, each.letter.recipient)
        == (letter.sender, letter.agreement, letter.recipient)
        and each.letter.id != letter.id
    )
    return all(made <= said.made for made in same)


# --- link ---


def link(office: Office, *, incomplete: bool = False) -> tuple[Round, ...]:
    """Link what is here, answer the recipients, and delete what took part in a complete round.

    MergeError, with all that is wrong: linking.nothing; linking.missing, where somebody who has sent filters before has
    none here, or under another epoch than others, unless `incomplete`: then what is here stays until its time is over.
    """
    with office.workspace.turn("receiving"):
        resume(office)
        forget_due(office)
        with _keep(office) as keep:
            found = groups(keep.filters())
        if not found:
            hint = _("let the senders write them: exchange link --send; then: exchange receive")
            raise MergeError(Problem("linking.nothing", _("there are no filters here to link"), hint=hint))
        missing = tuple(_missing(office, found))
        if not incomplete:
            MergeError.raise_all(missing)
        done = [linked(each, office.randomness) for each in found]
        for each in done:
            _answer(office, each)
        if not missing:
            _forget(office, [filters.letter for each in found for filters in each.filters])
        return tuple(_round(each) for each in done)


def would_link(office: Office) -> tuple[tuple[Group, ...], tuple[Problem, ...]]:
    """What `link` would link, and what is missing. Changes nothing."""
    with _keep(office) as keep:
        found = groups(keep.filters())
    return found, tuple(_missing(office, found))


def _round(done: Linked) -> Round:
    group = done.group
    return Round(group.network, group.epoch, group.recipient, len(group.filters), group.rows, done.people)


def _missing(office: Office, found: Iterable[Group]) -> Iterator[Problem]:
    """Whoever took part before and does not now, or under another epoch: what it sent cannot be compared with others,
    and links that a recipient had would be lost."""
    here: dict[tuple[str, str], set[str]] = {}
    those = tuple(found)
    for group in those:
        for each in group.filters:
            here.setdefault((group.network, group.recipient), set()).add(each.letter.agreement)
    for agreement in _linking_under(office):
        for party in agreement.linked_recipients:
            others = here.get((agreement.network, party.id))
            if others and agreement.id not in others and _sent_before(office, agreement):
                what = _("{sender} has sent filters before, and none are here for {recipient}")
                hint = _("let it send them: exchange link --send; or go on without: exchange link --incomplete")
                said = what.format(sender=agreement.sender.id, recipient=party.id)
                yield Problem("linking.missing", said, where=agreement.id, hint=hint)
    for network, recipient in here:
        epochs = sorted({each.epoch for each in those if (each.network, each.recipient) == (network, recipient)})
        if len(epochs) > 1:
            what = _("the filters for {recipient} are of several epochs, which cannot be compared: {epochs}")
            hint = _("let all senders take the newest secret, and send again: exchange link --send")
            said = what.format(recipient=recipient, epochs=", ".join(epochs))
            yield Problem("linking.several_epochs", said, where=network, hint=hint)


def _linking_under(office: Office) -> tuple[Agreement, ...]:
    """Of each agreement the newest version that makes us its agent and that all have signed."""
    newest: dict[str, Agreement] = {}
    for each in sorted(signed_agreements(office), key=lambda one: numbers(one.version)):
        if each.agent is not None and each.agent.id == office.party:
            newest[each.id] = each
    return tuple(newest.values())


def _sent_before(office: Office, agreement: Agreement) -> bool:
    return any(entry.agreement and entry.agreement.id == agreement.id for entry in _came(office, agreement.network))


def _answer(office: Office, done: Linked) -> None:
    """A letter under each agreement, since a recipient believes of a bundle only its own agreement's agent."""
    round_id, group = office.new_id(), done.group
    under = {agreement.id: agreement for agreement in _linking_under(office)}
    for filters, links in zip(group.filters, done.links, strict=True):
        agreement = under.get(filters.letter.agreement)
        if agreement is None:  # no longer signed, since a key was revoked: nobody is answered under it
            continue
        body = MatchLinksLetter(
            kind="match_links",
            round=round_id,
            made=office.now,
            bundles=tuple(each.bundle for each in filters.said.bundles),
        )
        entry = office.entry(
            "links.made",
            counterpart=group.recipient,
            agreement=Reference.to(agreement),
            letter=filters.letter.id,
            counts=Counts(reports=len(links), people=_people(links)),
        )
        post_letter(
            office,
            group.recipient,
            body,
            agreement.network,
            Reference.to(agreement),
            table=write_links(links),
            noting=partial(_with, entry),
        )


def _with(entry: Entry, _sealed: object) -> tuple[Entry, ...]:
    return (entry,)


def _people(links: Iterable[RowLink]) -> int:
    return len({each.person for each in links})


# --- forget ---


def delete_files_due(workspace: Workspace, now: dt.datetime) -> int:
    """Delete what has been here too long, where nobody unlocks our keys; how many letters' filters. The certificates
    follow with the next `forget_due`."""
    return delete_old(workspace.agent_folder, now - KEPT)


def forget_due(office: Office) -> tuple[Forgotten, ...]:
    """Delete and certify what has been here for two days, and what a newer letter has taken the place of; certify also
    what was deleted and not certified when the machine stopped."""
    if not office.workspace.agent_folder.is_dir():
        return ()
    with _keep(office) as keep:
        kept = keep.letters()
        there = {each.letter.id for each in keep.filters()}
    old = [each for each in kept if each.received <= office.now - KEPT or each.id not in there]
    return _forget(office, old)


def _forget(office: Office, letters: Iterable[Letter]) -> tuple[Forgotten, ...]:
    with _keep(office) as keep:
        keep.destroy(each.id for each in letters)
        left = {each.id for each in keep.letters()}
    return tuple(done for network in office.workspace.logs.networks() for done in _certified(office, network, left))


def _certified(office: Office, network: str, left: set[str]) -> Iterator[Forgotten]:
    """Note of every letter that is here no more that it is deleted, and write its certificate: once each."""
    noted = {each.letter for each in office.entries(network, "filters.destroyed")}
    certified = {each.letter for each in office.entries(network, "filters.certified")}
    for entry in _came(office, network):
        if entry.letter in left or entry.letter in certified or entry.letter is None:
            continue
        about = partial(
            office.entry,
            counterpart=entry.counterpart,
            agreement=_reference(entry),
            letter=entry.letter,
            counts=entry.counts,
        )
        if entry.letter not in noted:
            office.note(network, about("filters.destroyed"))
        try:
            _certify(office, network, entry, partial(about, "filters.certified"))
        except (
            KeyringError
        ):  # the sender's card has expired: the filters are gone all the same, and the next run writes
            continue
        yield Forgotten(entry.letter, entry.counterpart or "", _rows(entry))


def _certify(office: Office, network: str, entry: Entry, certified: Callable[..., Entry]) -> None:
    body = Certificate(
        kind="certificate", letter=entry.letter, bundles=(), erased=office.now, reports_erased=_rows(entry)
    )
    post_letter(
        office,
        entry.counterpart or "",
        body,
        network,
        _reference(entry),
        noting=lambda sealed: (certified(ciphertext=sealed.ciphertext),),
    )


def _came(office: Office, network: str) -> Iterator[Entry]:
    """The letters of filters that came, as our log has them."""
    return taken_in(office.entries(network, "letter.received"))


def _rows(entry: Entry) -> int:
    return (entry.counts and entry.counts.reports) or 0


def _reference(entry: Entry) -> Reference:
    assert entry.agreement is not None  # noqa: S101  # `take_filters` names it
    return Reference.model_validate(entry.agreement.model_dump())


def _keep(office: Office) -> FilterKeep:
    return FilterKeep.open(office.workspace.agent_folder, office.identity.key_for("agent"))
