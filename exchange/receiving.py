"""The recipient's half of the road, top to bottom: from sealed files to the store, and the answers to their senders.

    collect → open → accept a bundle, or heed a letter → acknowledge

Each file is taken in once, whenever and however often `receive` runs and wherever it was cut off: applying a bundle
twice changes nothing, and its number is noted before its receipt is written, so that a file that comes again is
answered again. What cannot be opened is put aside as it came; only a confirmed sender who meant us is told so.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

from exchange.acknowledging import receipt
from exchange.agent.station import forget_due
from exchange.agreements.agreement import Agreement
from exchange.attaching import take_out
from exchange.audit.entries import Counts, Entry, Kind
from exchange.bundle.agreed import check_agreed
from exchange.bundle.contents import read_contents
from exchange.bundle.describe import CHECKPOINT_FILE
from exchange.bundle.letters import Refusal
from exchange.bundle.parcel import Bundle, Parcel
from exchange.by_hand import Carried
from exchange.duties.correspondence import signed_agreements
from exchange.engines.sql import Database
from exchange.errors import BundleError, ExchangeError, Problem, TransportError
from exchange.giving_up import heed_given_up
from exchange.heeding import WAITING, agreement_of, heed, known_agreement
from exchange.locale import _
from exchange.merge.chosen.rules import LATEST, MergingRules, load_rules
from exchange.merge.merging import merge
from exchange.merge.people import Merged
from exchange.merge.store import Store
from exchange.office import Office
from exchange.roads import roads_in
from exchange.seal.envelope import Envelope
from exchange.seal.facts import KnownAgreement, OpeningFacts
from exchange.seal.opening import Opened, open_sealed
from exchange.seal.refusals import OpeningError
from exchange.seal.sealing import SealedBundle
from exchange.seal.series import Series
from exchange.transport.inbox import Arrived, Round
from exchange.transport.ledger import nobody_is_told
from exchange.transport.persistence import Pausing, Persistence, nobody_waits
from exchange.transport.road import Road, Watch, nobody_watches
from exchange.witnessing.taking import keep_checkpoint, take

Outcome = Literal["accepted", "heeded", "refused", "held", "quarantined", "repeated", "unfinished"]

_SAYS_KEYS = frozenset({"card", "revocation"})
# What a parcel is refused for besides a BundleError. Every other failure is ours: its sender is told nothing.
_ITS_FAULT = frozenset(
    {
        "store.corrected_twice",
        "store.no_descriptor",
        "network.other_secret",
        "network.epoch_over",
        "match.epoch_over",
        "links.older_round",
        "links.foreign_bundle",
        "links.foreign_row",
    }
)


ROUNDS = 20  # of fetching and judging in one run


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file that came. `kind`, `sender` and `period` are "" where nothing may be believed of it;
    `problems` say why it was not taken in. "unfinished": for a reason of our own; `receive` tries it again."""

    file: str
    outcome: Outcome
    kind: str = ""
    sender: str = ""
    period: str = ""
    rows: int = 0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """What `receive` did: every file that was waiting, what went wrong on the roads, and how much that was carried here
    was left as it lies, being somebody else's as far as one can see."""

    taken: tuple[Taken, ...]
    problems: tuple[Problem, ...]
    left: int = 0


# --- the road ---


class Watching(Protocol):
    """Gives the watch for what comes on the road of a party; "" where nobody knows whose it is."""

    def __call__(self, party: str) -> Watch: ...


def _nobody(party: str) -> Watch:
    return nobody_watches


def receive(
    office: Office,
    *,
    folder: Path | None = None,
    files: Iterable[Path] = (),
    watching: Watching = _nobody,
    pausing: Pausing = nobody_waits,
    waits: Callable[[], None] = nobody_is_told,
    persistence: Persistence | None = None,
) -> Received:
    """Collect what has come on every road, and take it in. Safe to repeat. `folder`: also what somebody carried
    here in it; `files`: also what came attached to mail, as it was saved. `watching` and `pausing` see what moves and
    when nothing does; `waits` is told that another process is at it.

    Names are random, so what belongs together comes in any order: what is held is looked at again after each round
    that took something in, and a key that nobody knows yet may stand on a card that comes with it. What came is judged
    before more is fetched, so that rubbish never fills the disk; whoever keeps bringing more does not keep others from
    getting their receipts, since a run has an end. One process is here at a time; another waits for its turn
    (transport.queue_busy).
    """
    how = _Fetching(watching, pausing, persistence or Persistence())
    with office.workspace.turn("receiving", waits), office.workspace.kept_open():
        office.resume()
        office.workspace.inbox.fetch_held()
        taken: dict[str, Taken] = {}
        carried = None if folder is None else Carried(office, folder)
        attached = office.workspace.attached_folder()
        not_found = take_out(files, attached, office.identity)
        for _round in range(ROUNDS):
            problems = _collect(office, roads_in(office, carried, attached), how)
            came = [each for each in _waiting(office) if each.sha256 not in taken]
            _take_all(office, taken)
            if not came or not office.workspace.inbox.round_is_full(came):
                break
        else:
            problems = (*problems, _more_waits())
        forget_due(office)
        shutil.rmtree(attached, ignore_errors=True)  # whoever saved them has them still
        left = 0 if carried is None else len(carried.left)
        outcomes = (*_outcomes(taken, held=False), *_outcomes(taken, held=True))
        return Received(outcomes, (*not_found, *problems), left)


def _more_waits() -> Problem:
    return Problem(
        "receive.more_waits",
        _("more lies there than one run takes"),
        hint=_("run the command again; if it stays so, see in exchange status who brings so much"),
    )


def open_store(office: Office) -> Store:
    """What was received, locked under a key of our identity."""
    return Store.open(office.workspace.store_folder, office.identity.key_for("store"))


def merge_received(office: Office, database: Database | None = None) -> Merged:
    """The merged view of all that was received, each person once, by the rules that lie in the workspace; noted in the
    log of every network of ours. `database`: where to link, else in memory here.

    MergeError: also as `merging_rules`.
    """
    rules = merging_rules(office)
    with open_store(office) as store:
        merged = merge(store, rules=rules, database=database)
    counts = Counts(reports=merged.counts.reports, people=merged.counts.people)
    for network in office.workspace.logs.networks():
        office.note(network, office.entry("store.merged", counts=counts))
    return merged


def merging_rules(office: Office, file: Path | None = None) -> MergingRules:
    """How a person's record is made: by `file`, else by the workspace's own, else each value by the latest.

    MergeError: as `exchange.merge.chosen.rules.load_rules`.
    """
    file = file or office.workspace.merging_file
    if file == office.workspace.merging_file and not file.exists():
        return LATEST
    ours = [each.agreement for each in office.workspace.agreements.all() if office.party in each.agreement.retention]
    fields = {field.name for agreement in ours for field in agreement.data.fields}
    return load_rules(file, fields, {agreement.sender.id for agreement in ours})


def opening_facts(office: Office, first_seen: dt.datetime) -> OpeningFacts:
    """What we know when we open something: when it came here, our agreements, the numbers that came before."""
    return OpeningFacts(first_seen, _known_agreements(office), office.workspace.ledger)


def _known_agreements(office: Office) -> tuple[KnownAgreement, ...]:
    return tuple(KnownAgreement.of(each) for each in signed_agreements(office))


# --- collect ---


@dataclass(frozen=True, slots=True)
class _Fetching:
    """How what comes is fetched: seen by whom, over links that break."""

    watching: Watching
    pausing: Pausing
    persistence: Persistence


def _collect(office: Office, roads: Iterable[Road], how: _Fetching) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    for road in roads:
        try:
            _fetch(office, road, how)
        except TransportError as error:
            problems += error.problems
    return tuple(problems)


def _fetch(office: Office, road: Road, how: _Fetching) -> None:
    """A round from one road, which is entered anew while its link is gone."""
    inbox, fetching = office.workspace.inbox, Round()

    def receive(watch: Watch) -> None:
        with road:
            try:
                inbox.receive(road, office.now, watch, fetching)
            finally:  # one file that cannot be fetched keeps no other from being removed
                with suppress(TransportError):  # where we may only read, what is done stays until its owner removes it
                    inbox.clear(road)

    def pausing(seconds: float, attempt: int, problem: Problem) -> None:
        inbox.paused(road, seconds, attempt, problem)
        how.pausing(seconds, attempt, problem)

    how.persistence.on(receive, how.watching(office.workspace.whose(road.place)), pausing)


def _take_all(office: Office, taken: dict[str, Taken]) -> None:
    """Until nothing but what must wait is left; into `taken`, by the files' digests."""
    last = False
    facts = OpeningFacts(office.now, _known_agreements(office), office.workspace.ledger)
    while True:
        waiting = [
            each for each in _waiting(office) if each.sha256 not in taken or taken[each.sha256].outcome == "held"
        ]
        came: dict[str, Taken] = {}
        for each in waiting:
            came[each.sha256] = _take(office, each, replace(facts, now=each.arrived_at), last=last)
            if came[each.sha256].kind in _SAYS_KEYS:  # what somebody has revoked signs no agreement any more
                facts = replace(facts, agreements=_known_agreements(office))
        taken |= came
        stuck = all(each.outcome == "held" for each in came.values())
        if last and stuck:
            return
        last = stuck


def _outcomes(taken: dict[str, Taken], *, held: bool) -> tuple[Taken, ...]:
    return tuple(each for each in taken.values() if (each.outcome == "held") is held)


def _waiting(office: Office) -> Iterator[Arrived]:
    """What is new or held, and what was being taken in when the machine stopped."""
    inbox = office.workspace.inbox
    for arrived in inbox.status():
        if arrived.state == "opened":
            yield inbox.again(arrived.sha256, office.now)
        elif arrived.state == "new" or (arrived.state == "held" and arrived.path is not None):
            yield arrived


# --- open ---


def _take(office: Office, arrived: Arrived, facts: OpeningFacts, *, last: bool) -> Taken:
    """What fails for a reason of our own (a disk, a card, the log) stays, and keeps nothing else from coming. `last`:
    nothing else comes that could tell more of it."""
    try:
        return _judged(office, arrived, facts, last=last)
    except ExchangeError as error:
        return Taken(arrived.sha256, "unfinished", problems=error.problems)


def _judged(office: Office, arrived: Arrived, facts: OpeningFacts, *, last: bool) -> Taken:
    inbox = office.workspace.inbox
    if arrived.path is None:
        return Taken(arrived.sha256, "quarantined")
    try:
        with arrived.path.open("rb") as source:
            opened = open_sealed(source, office.identity, office.workspace.cards, facts)
    except OpeningError as error:
        if error.codes == ("seal.wrong_signer",) and not last:
            return Taken(arrived.sha256, "held", problems=error.problems)
        return _not_opened(office, arrived, error)
    except OSError:
        return _put_aside(office, arrived, Problem("receive.unreadable", _("the file cannot be read"), arrived.name))
    inbox.opened(arrived.sha256, office.now)
    _note_received(office, arrived, opened.envelope)
    try:
        taken = _take_in(office, arrived, opened)
    except ExchangeError as error:
        if isinstance(error, BundleError) or _ITS_FAULT & set(error.codes):
            return _refuse(office, arrived, opened.envelope, error)
        raise
    inbox.done(arrived.sha256, office.now)
    return taken


def _not_opened(office: Office, arrived: Arrived, error: OpeningError) -> Taken:
    envelope = error.envelope
    if envelope is None or error.answer == "silence":
        office.workspace.inbox.doubt(arrived.sha256)
        return _put_aside(office, arrived, *error.problems)
    _note_received(office, arrived, envelope)
    if error.answer == "hold":
        office.workspace.inbox.held(arrived.sha256, error.problems[0].code, office.now)
        return Taken(arrived.sha256, "held", envelope.kind, envelope.sender, envelope.period or "", 0, error.problems)
    if error.answer == "receipt" and _was_accepted(office, envelope):
        return _repeat(office, arrived, envelope)
    return _refuse(office, arrived, envelope, error)


def _note_received(office: Office, arrived: Arrived, envelope: Envelope) -> None:
    """A bundle is here whose sender is known for certain, whatever becomes of it: noted once, in the log of its
    network, also where it comes again or waits for others."""
    network, ciphertext = _network_of(office, envelope), f"sha256:{arrived.sha256}"
    if envelope.kind == "bundle" and network and ciphertext not in office.noted(network, "bundle.received"):
        office.note(network, _entry(office, "bundle.received", envelope, ciphertext))


def _entry(office: Office, kind: Kind, envelope: Envelope, ciphertext: str, codes: tuple[str, ...] = ()) -> Entry:
    """About a parcel whose sender is known for certain. It names no agreement that is not here: whoever sends what we
    never agreed to would make our log one that nobody may inspect."""
    known = envelope.agreement is not None and known_agreement(office, envelope.agreement) is not None
    about = partial(office.entry, kind, counterpart=envelope.sender, ciphertext=ciphertext, codes=codes)
    named = partial(about, agreement=envelope.agreement if known else None, period=envelope.period)
    return named(bundle=envelope.id) if envelope.kind == "bundle" else named(letter=envelope.id, note=envelope.kind)


def _put_aside(office: Office, arrived: Arrived, *problems: Problem, envelope: Envelope | None = None) -> Taken:
    """In silence: whoever sent it learns nothing. It stays as it came, until somebody looks at it. `envelope`: where
    its sender is known for certain; else every log of ours says that something came."""
    ciphertext, codes = f"sha256:{arrived.sha256}", tuple(sorted({problem.code for problem in problems}))
    network = None if envelope is None else _network_of(office, envelope)
    if envelope is not None and network is not None:
        office.note(network, _entry(office, "bundle.quarantined", envelope, ciphertext, codes))
    else:
        for each in office.workspace.logs.networks():
            office.note(each, office.entry("bundle.quarantined", ciphertext=ciphertext, codes=codes))
    office.workspace.inbox.quarantined(arrived.sha256, problems[0].code, office.now)
    return Taken(arrived.sha256, "quarantined", problems=problems)


def _refuse(office: Office, arrived: Arrived, envelope: Envelope, error: ExchangeError) -> Taken:
    """Tell a confirmed sender that its parcel was not accepted, with the code of the reason and nothing else."""
    network, ledger = _network(office, envelope), office.workspace.ledger
    reason = error.problems[0].code
    if (envelope.agreement is not None and network is None) or reason in WAITING:
        # Once a person has mended it, it is taken up again.
        return _put_aside(office, arrived, *error.problems, envelope=envelope)
    if network is not None and f"sha256:{arrived.sha256}" not in office.noted(network, "bundle.refused"):
        _answer_no(office, f"sha256:{arrived.sha256}", envelope, network, reason)
    if ledger.taken(Series.of(envelope), envelope.sequence) is None:
        ledger.took(envelope, arrived.sha256, "refused")
    office.workspace.inbox.quarantined(arrived.sha256, reason, office.now)
    return Taken(arrived.sha256, "refused", envelope.kind, envelope.sender, envelope.period or "", 0, error.problems)


def _answer_no(office: Office, ciphertext: str, envelope: Envelope, network: str, reason: str) -> None:
    entry = _entry(office, "bundle.refused", envelope, ciphertext, (reason,))
    if envelope.kind == "refusal":  # or two offices would refuse each other's refusals for ever
        office.note(network, entry)
        return
    body = Refusal(kind="refusal", ciphertext=ciphertext, reason=reason, received=office.now)
    office.write(envelope.sender, body, network, envelope.agreement, noting=lambda _sealed: (entry,))


def _was_accepted(office: Office, envelope: Envelope) -> bool:
    """What was refused before the machine stopped is refused again, and never acknowledged."""
    taken = office.workspace.ledger.taken(Series.of(envelope), envelope.sequence)
    return taken is not None and taken.outcome == "accepted"


def _repeat(office: Office, arrived: Arrived, envelope: Envelope) -> Taken:
    """It was taken in before, and its sender asks again because our receipt was lost. Nothing is taken in again."""
    taken = office.workspace.ledger.taken(Series.of(envelope), envelope.sequence)
    if envelope.kind == "bundle" and envelope.agreement is not None and taken is not None:
        agreement = agreement_of(office, envelope.agreement)
        answer = receipt(office, agreement, envelope.id, f"sha256:{taken.ciphertext_sha256}")
        office.write(envelope.sender, answer, agreement.network, envelope.agreement)
    office.workspace.inbox.done(arrived.sha256, office.now)
    return Taken(arrived.sha256, "repeated", envelope.kind, envelope.sender, envelope.period or "")


def _take_in(office: Office, arrived: Arrived, opened: Opened) -> Taken:
    envelope, rows = opened.envelope, 0
    shown = _witness(office, opened.parcel)  # before it is answered: the answer brings our cosignature back
    if isinstance(opened.parcel, Bundle):
        rows = _accept(office, opened.parcel, envelope, f"sha256:{arrived.sha256}")
    else:
        does = heed_given_up if opened.parcel.kind == "given_up" else heed
        does(office, opened.parcel, f"sha256:{arrived.sha256}")
    # Last of all: a crash before leaves a parcel that is taken in again, and each step of it does its work once.
    office.workspace.ledger.took(envelope, arrived.sha256, "accepted")
    outcome: Outcome = "accepted" if envelope.kind == "bundle" else "heeded"
    return Taken(arrived.sha256, outcome, envelope.kind, envelope.sender, envelope.period or "", rows, shown)


# --- accept a bundle ---


def _accept(office: Office, bundle: Bundle, envelope: Envelope, ciphertext: str) -> int:
    """Store it, then acknowledge it; how many rows it brought. Repeating it changes nothing."""
    agreement = agreement_of(office, bundle.agreement)
    contents = read_contents(bundle)
    check_agreed(contents, agreement, office.party)
    _keep_bare_checkpoint(office, bundle, agreement)
    with open_store(office) as store:
        applied = store.apply(contents, office.now)
        rows = _rows_of(store, bundle) if applied.already_there else applied.rows  # the machine stopped after it
    if ciphertext not in office.noted(agreement.network, "bundle.accepted"):
        _acknowledge(office, agreement, envelope, ciphertext, rows)
    return rows


def _rows_of(store: Store, bundle: Bundle) -> int:
    return sum(each.reports or 0 for each in store.holdings() if each.bundle == bundle.id)


def _acknowledge(office: Office, agreement: Agreement, envelope: Envelope, ciphertext: str, rows: int) -> None:
    """Note that it was opened, then write the receipt: its checkpoint covers what was noted, and the log says that it
    was accepted before the receipt can leave."""
    about = partial(office.entry, counterpart=envelope.sender, agreement=envelope.agreement, ciphertext=ciphertext)
    counts = Counts(rows_in=rows, corrections=1 if envelope.replaces else 0)

    def accepted(sealed: SealedBundle) -> tuple[Entry, ...]:
        of_bundle = partial(about, period=envelope.period, bundle=envelope.id, counts=counts)
        return (of_bundle("bundle.accepted", receipt=sealed.ciphertext),)

    if ciphertext not in office.noted(agreement.network, "bundle.opened"):
        office.note(agreement.network, about("bundle.opened", bundle=envelope.id, period=envelope.period))
    answer = receipt(office, agreement, envelope.id, ciphertext)
    office.write(envelope.sender, answer, agreement.network, envelope.agreement, noting=accepted)


def _witness(office: Office, parcel: Parcel) -> tuple[Problem, ...]:
    """Take what it shows of its sender's log; what is wrong with that, which stops nothing."""
    agreement = None if parcel.agreement is None else known_agreement(office, parcel.agreement)
    return () if agreement is None else take(office, parcel, agreement.network)


def _keep_bare_checkpoint(office: Office, bundle: Bundle, agreement: Agreement) -> None:
    """Keep the sender's log as a bundle of an earlier version shows it."""
    for member in bundle.members:
        if member.path == CHECKPOINT_FILE:
            keep_checkpoint(office, bundle.sender, agreement.network, member.content)


# --- what a parcel belongs to ---


def _network(office: Office, envelope: Envelope) -> str | None:
    """None also where the agreement is not here: that is no reason to stop receiving what else has come."""
    known = None if envelope.agreement is None else known_agreement(office, envelope.agreement)
    return None if known is None else known.network


def _network_of(office: Office, envelope: Envelope) -> str | None:
    """Also by another version of its agreement, which is always of the same network; None where none is here."""
    named = None if envelope.agreement is None else envelope.agreement.id
    return next(
        (each.agreement.network for each in office.workspace.agreements.all() if each.agreement.id == named), None
    )
