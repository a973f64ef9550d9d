"""What our logs say of agreements and keys: which texts are here and who has signed them, whose cards we trust, and who
may act for us.

Each is noted as far as a log does not say it yet. So nothing is noted twice, what a crash cut off is noted the next
time, and a network's log begins with what was so before there was one: its first agreement brings the trusted cards and
the certified people along, each with the day since when.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.clause import numbers
from exchange.agreements.signatures import Signature, Signatures, signed_by
from exchange.audit.entries import AgreementRef, Entry, Kind, Opening
from exchange.audit.log import Log
from exchange.keyring.known_card import KnownCard
from exchange.workspace.agreements import SignedAgreement
from exchange.workspace.workspace import Workspace

_TEXTS: tuple[Kind, ...] = ("agreement.made", "agreement.amended")
_KEYS: tuple[Kind, ...] = ("card.trusted", "card.revoked", "person.certified", "person.dismissed")


@dataclass(frozen=True, slots=True)
class Trusted:
    """A card that we believe, by its root key; `until` is the last day, None where it has no end."""

    party: str
    key: str
    since: dt.date
    until: dt.date | None = None


def note_agreement(workspace: Workspace, kept: SignedAgreement, now: dt.datetime) -> None:
    """Note in its network's log that this text is here, and who has signed it."""
    with workspace.logs.open(kept.agreement.network) as log:
        told = tuple(_told(log, *_TEXTS, "agreement.signed"))
        entries = [*_of_keys(workspace, log, now), *_of_text(workspace, kept, told, now)]
        _append(log, (*entries, *_of_signatures(workspace, kept, told, now)))


def note_keys(workspace: Workspace, now: dt.datetime) -> None:
    """Note in each log of ours whose cards we trust today, and whom our card certifies."""
    for network in _networks(workspace):
        with workspace.logs.open(network) as log:
            _append(log, _of_keys(workspace, log, now))


def note_trusted(workspace: Workspace, trusted: Iterable[Trusted], now: dt.datetime) -> None:
    """Note in each log of ours that these cards are about to be trusted: nobody is of whom the log does not know."""
    those = tuple(trusted)
    for network in _networks(workspace):
        with workspace.logs.open(network) as log:
            _append(log, _of_cards(workspace.party, those, tuple(_told(log, *_KEYS)), now))


def _networks(workspace: Workspace) -> list[str]:
    """Also those of agreements under which nothing was noted yet."""
    return sorted({*workspace.logs.networks(), *(each.agreement.network for each in workspace.agreements.all())})


def _append(log: Log, entries: Iterable[Entry]) -> None:
    those = tuple(entries)
    if those:
        log.append(*those)


def _told(log: Log, *kinds: Kind) -> Iterator[Entry]:
    for data in log.openings_with(*(f'"{kind}"'.encode() for kind in kinds)):
        entry = Opening.read(data).entry
        if entry.kind in kinds:
            yield entry


# --- keys ---


def _of_keys(workspace: Workspace, log: Log, now: dt.datetime) -> Iterator[Entry]:
    told = tuple(_told(log, *_KEYS))
    believed = (each for each in workspace.cards.all() if each.believed(now.date()))
    yield from _of_cards(workspace.party, map(_trusted, believed), told, now)
    yield from _of_people(workspace, told, now)


def _trusted(known: KnownCard) -> Trusted:
    party, key = known.card.party, known.card.fingerprint
    if known.trust.confirmed_on is not None:
        return Trusted(party, key, known.trust.confirmed_on)
    newest = max(known.vouched, key=lambda each: each.until)
    return Trusted(party, key, newest.since, newest.until)


def _of_cards(party: str, trusted: Iterable[Trusted], told: Iterable[Entry], now: dt.datetime) -> Iterator[Entry]:
    known: dict[str | None, tuple[str | None, dt.date | None]] = {}
    for each in told:
        if each.kind == "card.trusted":
            known[each.counterpart] = (each.key, each.until)
        elif each.kind == "card.revoked" and known.get(each.counterpart, (None, None))[0] == each.key:
            del known[each.counterpart]
    for one in trusted:
        if known.get(one.party) != (one.key, one.until):
            entry = partial(Entry, time=now, kind="card.trusted", party=party, counterpart=one.party, key=one.key)
            yield entry(since=_before(one.since, now), until=one.until)


def _of_people(workspace: Workspace, told: Iterable[Entry], now: dt.datetime) -> Iterator[Entry]:
    known: dict[str | None, tuple[str | None, dt.date | None, tuple[str, ...]]] = {}
    for each in told:
        if each.kind == "person.certified":
            known[each.person] = (each.key, each.until, each.codes)
        elif each.kind == "person.dismissed":
            known.pop(each.person, None)
    for person in workspace.own.card().card.people:
        key, until, roles = person.verify_key.fingerprint(), person.not_after, tuple(person.roles)
        if until >= now.date() and known.get(person.id) != (key, until, roles):
            entry = partial(Entry, time=now, kind="person.certified", party=workspace.party, person=person.id, key=key)
            yield entry(since=_before(person.not_before, now), until=until, codes=roles)


def _before(day: dt.date, now: dt.datetime, zone: dt.tzinfo = dt.UTC) -> dt.datetime | None:
    """The beginning of a day that is over; None for one that is not: then it is as of now."""
    if day >= now.astimezone(zone).date():
        return None
    return dt.datetime.combine(day, dt.time(), zone)


# --- agreements ---


def _of_text(workspace: Workspace, kept: SignedAgreement, told: Iterable[Entry], now: dt.datetime) -> Iterator[Entry]:
    read = kept.agreement
    if any(each.kind in _TEXTS and each.agreement == _ref(read) for each in told):
        return
    others = [each.agreement for each in workspace.agreements.all() if each.agreement.id == read.id]
    earlier = any(numbers(each.version) < numbers(read.version) for each in others)
    kind: Kind = "agreement.amended" if earlier else "agreement.made"
    yield Entry(time=now, kind=kind, party=workspace.party, agreement=_ref(read))


def _of_signatures(
    workspace: Workspace, kept: SignedAgreement, told: Iterable[Entry], now: dt.datetime
) -> Iterator[Entry]:
    """Of each valid signature, and once for each who signed: another day of the same signer is no other signature."""
    read = kept.agreement
    signers = {
        (each.counterpart or each.party, each.person)
        for each in told
        if each.kind == "agreement.signed" and each.agreement == _ref(read)
    }
    for signature in kept.signatures.entries:
        signer = (signature.party, _person(signature))
        if signer not in signers and signed_by(read, Signatures.of(signature)):
            signers.add(signer)
            yield _of_signature(workspace.party, read, signature, now)


def _of_signature(party: str, read: Agreement, signature: Signature, now: dt.datetime) -> Entry:
    said, certified = signature.statement, signature.certification
    named = {each.id: each.key for each in read.parties}
    return Entry(
        time=now,
        kind="agreement.signed",
        party=party,
        counterpart=None if signature.party == party else signature.party,
        agreement=_ref(read),
        key=certified.person.verify_key.fingerprint() if certified else named.get(signature.party),
        person=_person(signature),
        since=_before(said.signed_on, now, ZoneInfo(read.delivery.timezone)),
        note=said.by if said.by == "paper" else None,
    )


def _person(signature: Signature) -> str | None:
    return signature.certification.person.id if signature.certification else None


def _ref(read: Agreement) -> AgreementRef:
    return AgreementRef(**Reference.to(read).model_dump())
