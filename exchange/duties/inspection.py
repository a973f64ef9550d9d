"""Who may inspect our log, and how long it is kept (clause `audit`).

A pack of the whole log goes only to whoever may inspect every agreement that the log tells of. For whoever may inspect
some of them, a pack is of these alone (`exchange.audit.scope`). The program deletes no log; `kept_until` says
until when nobody else may either: for the years agreed, counted from the last entry. What is still to be destroyed and
certified adds an entry in time, since no data are kept for longer than a log (`agreements.check_duties`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from exchange.agreements.agreement import Agreement, Reference
from exchange.audit.checkpoint import SignedCheckpoint, log_origin
from exchange.audit.entries import Kind
from exchange.audit.heads import Heads
from exchange.audit.history import History
from exchange.audit.log import Log
from exchange.audit.pack import Enclosures, Reader, export
from exchange.audit.scope import Scope
from exchange.crypto.canonical import digest_of_bytes
from exchange.crypto.signing import VerifyKey
from exchange.duties.retention import months_later
from exchange.errors import AuditError, Problem, UsageError
from exchange.keyring.card import file_name
from exchange.locale import _
from exchange.office import Office
from exchange.papers import papers_kept
from exchange.workspace.agreements import LEAVE

_TEXTS: tuple[Kind, ...] = ("agreement.made", "agreement.amended")


def reader_of(agreements: Sequence[Agreement], named: str | None = None) -> Reader:
    """Whom a pack about these agreements is for: `named`, else the one auditor who may inspect all of them.

    AuditError (audit.may_not_inspect) for each agreement that does not let `named` inspect; UsageError (usage.auditor)
    where nobody is named and there is not one such auditor.
    """
    if named is None:
        named = _the_auditor(agreements)
    barred = [each for each in agreements if named not in each.audit.may_inspect]
    what, hint = (
        _("this agreement does not let {party} inspect"),
        _("name with --agreement those that do: of the others nothing is shown"),
    )
    AuditError.raise_all(
        Problem("audit.may_not_inspect", what.format(party=named), str(Reference.to(each)), hint) for each in barred
    )
    known = tuple(_known_as(agreements, named))
    keys = tuple(sorted({key for _name, key in known}))
    return Reader(party=named, name=known[0][0] if known else named, keys=keys)


def kept_until(agreements: Sequence[Agreement], last: dt.date) -> dt.date | None:
    """The day until which a log about these agreements is kept whose last entry is of the day `last`: the years agreed,
    and the days in which the last certificate may still come. None where there is no agreement."""
    days = [each.certificate_within_days for one in agreements for each in one.retention.values()]
    years = max((each.audit.keep_years for each in agreements), default=None)
    return None if years is None else months_later(last, 12 * years) + dt.timedelta(days=max(days, default=0))


def may_read(office: Office, network: str, named: str | None = None, agreements: Collection[str] = ()) -> Reader:
    """As `reader_of`, of the agreements that our log in a network tells of, or of those that are named by id.
    AuditError (audit.agreement_missing) where one of them is not here; UsageError (usage.agreement) for an id of which
    it does not tell."""
    with office.workspace.logs.open(network) as log:
        return reader_of(_told_of(office, log, agreements), named)


def write_pack(
    office: Office, network: str, target: Path, reader: Reader, agreements: Collection[str] = ()
) -> SignedCheckpoint:
    """Our pack of a network, up to now, of these agreements only where any are named; its head. AuditError as
    `exchange.audit.pack.export`, and as `may_read`."""
    workspace, key = office.workspace, office.identity.log
    with workspace.witnesses.open(network) as witness:
        held = (*workspace.witnesses.held_checkpoints(network), *witness.held())
    with workspace.logs.open(network) as log:
        # Of a part of the log, its size shall tell no more than the calendar.
        Heads(log).checkpoint_due(key, office.now, at_once=True) if agreements else Heads(log).checkpoint(key)
        scope = _scope(_told_of(office, log, agreements)) if agreements else None
        enclosures = _enclosures(office, network, reader, scope)
        return export(
            log,
            key,
            target,
            at=office.now,
            made_for=reader,
            scope=scope,
            held=held,
            enclosures=enclosures,
            witnesses=_witnesses(office, network, scope),
        )


def _witnesses(office: Office, network: str, scope: Scope | None) -> list[tuple[str, VerifyKey]]:
    """Who may have cosigned our log: the logs of those whose cards we believe, with their keys; where there is a scope,
    of those who are in it: who else we know is nobody's business."""
    believed = (each for each in office.workspace.cards.all() if each.believed(office.now.date()))
    known = (each for each in believed if scope is None or each.signed.party in scope.parties)
    return [(log_origin(each.signed.party, network), each.card.log_verify_key) for each in known]


def own_history(office: Office, network: str) -> History:
    """Our own log up to now, with the papers that a pack for ourselves would have."""
    key, held = office.identity.log, office.workspace.witnesses.held_checkpoints(network)
    with office.workspace.logs.open(network) as log:
        Heads(log).checkpoint(key)
        papers = _enclosures(office, network)
        return History.of_log(log, key.verify_key, papers.documents(), office.now, held)


def log_kept_until(office: Office, log: Log) -> dt.date | None:
    """The day until which our log is kept, as things stand; None where it is empty or no agreement says so."""
    known = [each.agreement for each in map(office.workspace.agreements.find, _named(log)) if each is not None]
    times = log.told("time")
    return kept_until(known, dt.datetime.fromisoformat(times[-1]).date()) if times else None


def _told_of(office: Office, log: Log, agreements: Collection[str] = ()) -> tuple[Agreement, ...]:
    """The versions of agreements that a log tells of; where any are named, of these. Where one is not here, nobody
    knows whom it lets inspect."""
    named = _named(log)
    ids = sorted({each.id for each in named})
    what, hint = _("our log tells of no such agreement"), _("known are: {names}").format(names=", ".join(ids) or "–")
    UsageError.raise_all(Problem("usage.agreement", what, each, hint) for each in agreements if each not in ids)
    found = {each: office.workspace.agreements.find(each) for each in named if not agreements or each.id in agreements}
    what, hint = _("the log tells of an agreement that is not here"), _("put its text back: exchange agreement add")
    AuditError.raise_all(
        Problem("audit.agreement_missing", what, str(each), hint) for each, known in found.items() if known is None
    )
    return tuple(known.agreement for known in found.values() if known is not None)


def _scope(agreements: Sequence[Agreement]) -> Scope:
    """Of these versions, with everybody who is a party or an auditor of one of them."""
    parties = {party.id for each in agreements for party in each.parties}
    parties |= {auditor.id for each in agreements for auditor in each.audit.auditors}
    return Scope(agreements=tuple(sorted({each.id for each in agreements})), parties=tuple(sorted(parties)))


def _named(log: Log) -> tuple[Reference, ...]:
    told = log.told("agreement", besides=_TEXTS)  # a draft that nobody signed binds nobody
    return tuple(map(Reference.model_validate_json, told))


def _the_auditor(agreements: Sequence[Agreement]) -> str:
    auditors = [{each.id for each in one.audit.auditors} & {*one.audit.may_inspect} for one in agreements]
    of_all = sorted(set.intersection(*auditors)) if auditors else []
    if len(of_all) != 1:
        what = _("it is not clear whom the pack is for")
        hint = _("name who is to read it with --for; auditors of all agreements: {names}")
        raise UsageError(Problem("usage.auditor", what, hint=hint.format(names=", ".join(of_all) or "–")))
    return of_all[0]


def _known_as(agreements: Sequence[Agreement], party: str) -> Iterator[tuple[str, str]]:
    """The name and the key's fingerprint by which each agreement knows a party or an auditor."""
    for each in agreements:
        yield from ((one.name, one.key) for one in each.parties if one.id == party)
        yield from ((one.name, one.key) for one in each.audit.auditors if one.id == party)


def _enclosures(office: Office, network: str, reader: Reader | None = None, scope: Scope | None = None) -> Enclosures:
    """Public documents only: nothing of a row, nothing of a key that is secret. Of agreements those that the reader may
    inspect, all of them for ourselves; where there is a scope, those that lie in it, and the cards of who is in it;
    the receipts and certificates that an entry in it names."""
    workspace, today = office.workspace, office.now.date()
    believed = (known.signed for known in workspace.cards.all() if known.believed(today))
    signed = [workspace.own.card(), *(each for each in believed if scope is None or each.party in scope.parties)]
    agreements: dict[str, bytes] = {}
    for each in workspace.agreements.all():
        shown = reader is None or reader.party in each.agreement.audit.may_inspect
        shown = shown and (scope is None or each.agreement.id in scope.agreements)
        if each.agreement.network == network and shown:
            name = f"{each.agreement.id}-{each.agreement.version}"
            agreements[f"{name}.yaml"] = each.file.read_bytes()
            agreements[f"{name}.signatures.json"] = each.signatures.to_json()
            leaves = {digest_of_bytes(leave)[7:23]: leave for leave in workspace.agreements.leaves(each.agreement.id)}
            agreements |= {f"{each.agreement.id}-{digest}{LEAVE}": leave for digest, leave in leaves.items()}
    return Enclosures(
        cards={file_name(each.party): each.to_bytes() for each in signed},
        agreements=agreements,
        papers=dict(papers_kept(office, network, scope)),
    )
