"""Whose data a breach exposed, and which parties it concerns: worked out from our log (clause `breach`).

    bundles_of(entries, us)      every bundle of which the log tells, from its making to its destruction
    scope(entries, us, exposed)  those of them that were exposed

The log holds no data, and no person of whom they are. It tells which bundle went to whom and when, with how many rows
and which fields, who opened it and when it was destroyed. What comes out is the most that this log can tell: where an
entry has lost its opening, there may be more.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from exchange.audit.entries import AgreementRef, Entry, Kind
from exchange.errors import Problem, UsageError
from exchange.keyring.card import Card
from exchange.locale import _
from exchange.merge.publishing import PUBLISHED
from exchange.posting import LIFETIME

_OF_THE_STORE: tuple[Kind, ...] = ("store.read", "store.reviewed", "store.exported")
_ACTS: tuple[Kind, ...] = (*_OF_THE_STORE, "bundle.opened", "pseudonym.looked_up", "pseudonym.listed")
_SHORT = 6  # digits of a bundle's id that are enough
_KEY_SHORT = 12  # characters of a key's fingerprint that are enough


@dataclass(frozen=True, slots=True)
class Opens:
    """What a key opens: what was sealed for `party` from the first day to the last (in UTC), both among them."""

    party: str
    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Exposed:
    """What was exposed, as far as somebody knows it; all that is said must hold, and what is not said leaves nothing
    out. `bundles`: by their ids, or how they begin. `party`: what went to it or came from it. `person`: what somebody
    saw under the name of this person of ours. `period`: of which the data are. `since`, `until`: what lay in that time
    with whom it had gone to. `opens`: what a key opens.
    """

    bundles: tuple[str, ...] = ()
    party: str | None = None
    person: str | None = None
    period: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    opens: Opens | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """A bundle: from `sender`, when it was made (at a recipient: when it came), at `recipient` since `arrived` until
    `destroyed`. `rows`, `fields`: None and () where our log does not say it; of tables alone there are 0 rows.
    """

    bundle: str
    ciphertext: str
    agreement: AgreementRef | None
    sender: str
    recipient: str
    period: str | None
    made: dt.datetime
    rows: int | None = None
    fields: tuple[str, ...] = ()
    arrived: dt.datetime | None = None
    destroyed: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What was exposed, oldest first. `acts`: what was done under the name of a person, where that was asked, by kind
    and how often. `forgotten`: how many entries of the log have lost their openings."""

    bundles: tuple[Reached, ...]
    acts: tuple[tuple[Kind, int], ...] = ()
    forgotten: int = 0

    @property
    def rows(self) -> int:
        """At most: somebody who is in several bundles, or in one and its correction, is counted in each."""
        return sum(each.rows or 0 for each in self.bundles)

    @property
    def uncounted(self) -> int:
        """Bundles of which the log does not say how many rows they have."""
        return sum(each.rows is None for each in self.bundles)

    @property
    def parties(self) -> tuple[str, ...]:
        """Who has sent or has got what was exposed."""
        return tuple(sorted({party for each in self.bundles for party in (each.sender, each.recipient)}))

    @property
    def agreements(self) -> tuple[AgreementRef, ...]:
        """Under which versions it went."""
        named = {(each.agreement.id, each.agreement.version): each.agreement for each in self.bundles if each.agreement}
        return tuple(named[key] for key in sorted(named))


def scope(entries: Iterable[Entry], us: str, exposed: Exposed) -> Scope:
    """What of the bundles that `entries`, oldest first, tell of was exposed."""
    told = tuple(entries)
    bundles = [each for each in bundles_of(told, us) if _is_in(each, us, exposed)]
    acts = tuple(_acts(told, exposed)) if exposed.person else ()
    if exposed.person is not None:
        bundles = [each for each in bundles if _was_seen(each, us, acts)]
    counted = Counter(each.kind for each in acts)
    forgotten = sum(each.kind == "opening.erased" for each in told)
    return Scope(tuple(bundles), tuple((kind, counted[kind]) for kind in _ACTS if counted[kind]), forgotten)


# --- every bundle ---


def bundles_of(entries: Iterable[Entry], us: str) -> tuple[Reached, ...]:
    """Every bundle that we made and did not take back, or that came to us, in the order in which they did."""
    found: dict[str, Reached] = {}
    for each in entries:
        if each.bundle is None:
            continue
        before = found.get(each.bundle)
        if each.kind in ("release.rejected", "release.taken_back"):
            found.pop(each.bundle, None)
        elif before is None:
            found |= {one.bundle: one for one in _begun(each, us)}
        else:
            found[each.bundle] = _going_on(before, each)
    return tuple(sorted(found.values(), key=lambda each: each.made))


def _begun(entry: Entry, us: str) -> Iterator[Reached]:
    if entry.kind not in ("bundle.packed", "bundle.received", "bundle.opened", "bundle.accepted"):
        return
    ours, other = entry.kind == "bundle.packed", entry.counterpart or ""
    begun = Reached(
        bundle=entry.bundle or "",
        ciphertext=entry.ciphertext or "",
        agreement=entry.agreement,
        sender=us if ours else other,
        recipient=other if ours else us,
        period=entry.period,
        made=entry.time,
    )
    yield _going_on(begun, entry)


def _going_on(before: Reached, entry: Entry) -> Reached:
    counts = entry.counts
    match entry.kind:
        case "bundle.packed":
            return replace(before, rows=counts.rows_out if counts else None, fields=entry.fields)
        case "bundle.accepted":
            agreement, period = entry.agreement or before.agreement, entry.period or before.period
            rows = counts.rows_in if counts else None
            return replace(before, agreement=agreement, period=period, rows=rows, arrived=before.arrived or entry.time)
        case "bundle.delivered" | "bundle.received" | "bundle.opened":
            return replace(before, arrived=before.arrived or entry.time)
        case "disposal.done" | "disposal.certified":
            return replace(before, destroyed=before.destroyed or entry.happened)
    return before


# --- which of them ---


def _is_in(one: Reached, us: str, exposed: Exposed) -> bool:
    named = any(len(begin) >= _SHORT and one.bundle.startswith(begin) for begin in exposed.bundles)
    if exposed.bundles and not named:
        return False
    return (
        (named or one.arrived is not None)  # what never left was exposed only if somebody says so
        and exposed.party in (None, one.sender, one.recipient)
        and exposed.period in (None, one.period)
        and (exposed.until is None or (one.arrived or one.made) <= exposed.until)
        and (exposed.since is None or one.destroyed is None or one.destroyed >= exposed.since)
        and (exposed.opens is None or _is_opened(one, us, exposed.opens))
    )


def _is_opened(one: Reached, us: str, key: Opens) -> bool:
    """By a key of its recipient that counted when it was sealed. Of what came to us we know only that this was before
    it came, and not longer before than a parcel may be on its way."""
    latest = one.made.astimezone(dt.UTC).date()
    earliest = latest - LIFETIME if key.party == us else latest
    return one.recipient == key.party and key.first <= latest and earliest <= key.last


def _was_seen(one: Reached, us: str, acts: Sequence[Entry]) -> bool:
    """Opened by that person, or in the store when the person read or wrote out what lay there."""
    if any(each.kind == "bundle.opened" and each.ciphertext == one.ciphertext for each in acts):
        return True
    return one.recipient == us and any(
        each.kind in _OF_THE_STORE
        and (each.agreement is None or one.agreement is None or each.agreement.id == one.agreement.id)
        and one.arrived is not None
        and one.arrived <= each.time
        and (one.destroyed is None or one.destroyed > each.time)
        for each in acts
    )


def _acts(entries: Iterable[Entry], exposed: Exposed) -> Iterator[Entry]:
    """What was done under the name of the person; an attempt that failed, and figures for everybody, show nobody."""
    return (
        each
        for each in entries
        if each.kind in _ACTS
        and each.person == exposed.person
        and not (each.kind.startswith("pseudonym.") and each.codes)
        and each.note != PUBLISHED
        and (exposed.since is None or each.time >= exposed.since)
        and (exposed.until is None or each.time <= exposed.until)
    )


# --- a key ---


def exposed_by_key(cards: Iterable[Card], us: str, key: str, exposed: Exposed) -> Exposed:
    """`exposed` with what somebody gets who has this key: one of a person (fingerprint), or one for encryption (digest,
    as a revocation names it), on one of the `cards`; the beginning is enough.

    UsageError: breach.key_unknown; breach.key_opens_nothing for one that only signs.
    """
    begins = key if len(key) >= _KEY_SHORT else " "
    for card in cards:
        for person in card.people:
            if person.verify_key.fingerprint().startswith(begins):
                ours = card.party == us
                return replace(exposed, person=person.id) if ours else replace(exposed, party=card.party)
        for each in card.encryption_keys:
            if each.digest.startswith(begins):
                return replace(exposed, opens=Opens(card.party, each.not_before, each.not_after))
        if any(each.fingerprint().startswith(begins) for each in card.signers):
            what, hint = _("this key signs, and opens nothing"), _("revoke it: exchange card revoke --lost")
            raise UsageError(Problem("breach.key_opens_nothing", what, where=card.party, hint=hint))
    hint = _("say whose it was and since when instead: --party PARTY --since TIME")
    raise UsageError(Problem("breach.key_unknown", _("no card that is known here has this key"), hint=hint))
