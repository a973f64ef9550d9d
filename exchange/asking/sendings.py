"""Every sealed bundle as the logs of both sides tell of it, and what of them was not shown.

What ties the two logs together is the digest of the sealed file; the destruction of what it brought names its id. A
sending is what its sender's log or its recipient's claims of itself: where several claim one file, each is judged by
its own logs, and none stands in another's way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from exchange.asking.answer import Asked, grouped
from exchange.asking.noted import Noted
from exchange.asking.shown import Shown
from exchange.audit.entries import AgreementRef, Kind
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.locale import counted_later, later

_BY_THE_SENDER: tuple[Kind, ...] = ("bundle.packed", "bundle.delivered", "bundle.acknowledged")
_BY_THE_RECIPIENT: tuple[Kind, ...] = ("bundle.opened", "bundle.accepted")
_STAGES: tuple[Kind, ...] = (
    "bundle.packed",
    "release.approved",
    "bundle.queued",
    "bundle.delivered",
    "bundle.received",
    "bundle.opened",
    "bundle.accepted",
    "bundle.acknowledged",
)
_ABOUT_FILES = ("bundle.", "release.", "notices.")
CAME: tuple[Kind, ...] = ("bundle.received", "bundle.opened", "bundle.accepted", "bundle.refused")
"""What a recipient's log says of a bundle that has reached it."""


@dataclass(frozen=True, slots=True)
class Sending:
    """One sealed bundle. `sent`, `came`: the logs of its sender and its recipient, None where nobody showed them;
    `noted`: every entry about it, by its time."""

    ciphertext: str
    sender: str
    recipient: str
    sent: History | None
    came: History | None
    noted: tuple[Noted, ...]

    @property
    def bundle(self) -> str:
        """Its id; the digest of the file where no entry tells it."""
        return next((each.entry.bundle for each in self.noted if each.entry.bundle), self.ciphertext)

    @property
    def period(self) -> str:
        return next((each.entry.period for each in self.noted if each.entry.period), "–")

    @property
    def agreement(self) -> AgreementRef | None:
        """Under which it went, by its sender where its log was shown."""
        named = (each for each in (*self.by_sender(), *self.by_recipient()) if each.entry.agreement)
        return next((each.entry.agreement for each in named), None)

    @property
    def left(self) -> dt.datetime:
        """When it was first delivered; where that is not told, when it is first told of."""
        first = next(self.by_sender("bundle.delivered"), None) or self.noted[0]
        return first.entry.time

    def by_sender(self, *kinds: Kind) -> Iterator[Noted]:
        """What the sender's log tells of it, in the order of the log; of these kinds, or all."""
        return _of(self.sent, self.noted, kinds)

    def by_recipient(self, *kinds: Kind) -> Iterator[Noted]:
        """The same of the recipient's log."""
        return _of(self.came, self.noted, kinds)

    @property
    def delivered(self) -> Noted | None:
        """When it left first, by its sender's log."""
        return next(self.by_sender("bundle.delivered"), None)

    @property
    def arrived(self) -> Noted | None:
        """What the recipient's log says first of its arrival."""
        return next(self.by_recipient(*CAME), None)


def sendings(shown: Shown, asked: Asked) -> tuple[Sending, ...]:
    """The bundles that are asked about, those that left first before others."""
    about, ends = _by_file(shown), _by_id(shown)
    found = (_sending(shown, claim, about, ends) for claim in _claims(shown))
    chosen = (each for each in found if _asked_about(each, asked))
    return tuple(sorted(chosen, key=lambda each: (each.left, each.ciphertext, each.sender, each.recipient)))


def claimed_besides(shown: Shown, found: Iterable[Sending]) -> Iterator[Finding]:
    """A finding at whoever claims a file that others claim, too; of those others none where both sides tell of it."""
    files = {each.ciphertext for each in found}
    claimed = (each for each in sendings(shown, Asked()) if each.ciphertext in files)
    for _file, those in grouped(claimed, lambda each: each.ciphertext):
        by_both = [each for each in those if any(each.by_sender(*_BY_THE_SENDER)) and each.arrived is not None]
        for each in those if len(those) > 1 else ():
            if each not in by_both or len(by_both) > 1:
                first = next(iter((*each.by_sender(*_BY_THE_SENDER), *each.by_recipient(*_BY_THE_RECIPIENT))))
                what = later("{party} claims a file that others claim, too", party=first.history.party)
                yield first.finding("audit.claimed_besides", what)


# --- what was not shown ---


def without_agreement(shown: Shown, found: Iterable[Sending]) -> Iterator[Finding]:
    """A finding for each version of an agreement whose text was not shown: nothing is judged by it."""
    return unshown(shown, ((each.agreement, each.noted[0]) for each in found))


def unshown(shown: Shown, named: Iterable[tuple[AgreementRef | None, Noted]]) -> Iterator[Finding]:
    """The same of versions that are named somewhere."""
    first: dict[AgreementRef, Noted] = {}
    for reference, at in named:
        if reference is not None and shown.agreement(reference) is None:
            first.setdefault(reference, at)
    for reference, at in first.items():
        what = later("the text of {agreement} was not shown: nothing is judged by it", agreement=name_of(reference))
        yield at.finding("audit.agreement_absent", what)


def without_senders(found: Iterable[Sending]) -> Iterator[Finding]:
    """A finding for each sender whose log was not shown."""
    return _without((each for each in found if each.sent is None), lambda each: each.sender)


def without_recipients(found: Iterable[Sending]) -> Iterator[Finding]:
    """A finding for each recipient whose log was not shown."""
    return _without((each for each in found if each.came is None), lambda each: each.recipient)


def _without(missing: Iterable[Sending], party_of: Callable[[Sending], str]) -> Iterator[Finding]:
    for party, those in grouped(missing, party_of):
        what = counted_later(
            "no log of {party} was shown: what it tells of {count} bundle is not known",
            "no log of {party} was shown: what it tells of {count} bundles is not known",
            len(those),
            party=party,
        )
        yield those[0].noted[0].finding("audit.pack_absent", what)


def name_of(reference: AgreementRef | None) -> str:
    return "–" if reference is None else f"{reference.id} {reference.version}"


# --- putting them together ---


def _of(log: History | None, noted: Sequence[Noted], kinds: Sequence[Kind]) -> Iterator[Noted]:
    ours = (each for each in noted if log is not None and each.history.origin == log.origin)
    return iter(sorted((e for e in ours if not kinds or e.entry.kind in kinds), key=lambda each: each.number))


@dataclass(frozen=True, slots=True)
class _Claim:
    """Who sent a file to whom, as one of both says in its own log."""

    network: str
    ciphertext: str
    sender: str
    recipient: str

    def covers(self, noted: Noted) -> bool:
        """Whether an entry is by one of both, and about the other or about nobody."""
        log, other = noted.history, noted.entry.counterpart
        ours = log.party == self.sender and other in (self.recipient, None)
        theirs = log.party == self.recipient and other in (self.sender, None)
        return log.network == self.network and (ours or theirs)


def _claims(shown: Shown) -> frozenset[_Claim]:
    found: set[_Claim] = set()
    for log, _number, each in shown.entries():
        if each.ciphertext and each.counterpart and each.kind in _BY_THE_SENDER:
            found.add(_Claim(log.network, each.ciphertext, log.party, each.counterpart))
        elif each.ciphertext and each.counterpart and each.kind in _BY_THE_RECIPIENT:
            found.add(_Claim(log.network, each.ciphertext, each.counterpart, log.party))
    return frozenset(found)


def _by_file(shown: Shown) -> dict[str, list[Noted]]:
    found: dict[str, list[Noted]] = {}
    for log, number, entry in shown.entries():
        if entry.ciphertext and entry.kind.startswith(_ABOUT_FILES):
            found.setdefault(entry.ciphertext, []).append(Noted(log, number, entry))
    return found


def _by_id(shown: Shown) -> dict[str, list[Noted]]:
    """What names a bundle by its id alone, and its end."""
    found: dict[str, list[Noted]] = {}
    for log, number, entry in shown.entries():
        by_id = entry.kind.startswith(_ABOUT_FILES) and entry.ciphertext is None
        if entry.bundle and (by_id or entry.kind.startswith("disposal.")):
            found.setdefault(entry.bundle, []).append(Noted(log, number, entry))
    return found


def _sending(
    shown: Shown, claim: _Claim, about: Mapping[str, Sequence[Noted]], ends: Mapping[str, Sequence[Noted]]
) -> Sending:
    logs = {each.party: each for each in shown.histories if each.network == claim.network}
    noted = [each for each in about[claim.ciphertext] if claim.covers(each)]
    told = {(each.history.party, each.entry.bundle) for each in noted if each.entry.bundle}
    more = (
        each
        for bundle in sorted({bundle for _party, bundle in told})
        for each in ends.get(bundle, ())
        if claim.covers(each) and _knows_as(told, each)
    )
    sent, came = logs.get(claim.sender), logs.get(claim.recipient)
    return Sending(claim.ciphertext, claim.sender, claim.recipient, sent, came, _by_time((*noted, *more)))


def _knows_as(told: AbstractSet[tuple[str, str]], noted: Noted) -> bool:
    """Whether a log names the bundle so; where it does not say, as the other side does."""
    own = {bundle for party, bundle in told if party == noted.history.party}
    return noted.entry.bundle in own or not own


def _by_time(noted: Iterable[Noted]) -> tuple[Noted, ...]:
    """What is noted in one second, in the order in which it happens."""
    return tuple(sorted(noted, key=_place))


def _place(noted: Noted) -> tuple[dt.datetime, int, int, str]:
    return noted.entry.time, _stage(noted.entry.kind), noted.number, noted.history.origin


def _stage(kind: Kind) -> int:
    return _STAGES.index(kind) if kind in _STAGES else len(_STAGES)


def _asked_about(sending: Sending, asked: Asked) -> bool:
    return (
        asked.sender in (None, sending.sender)
        and asked.recipient in (None, sending.recipient)
        and asked.party in (None, sending.sender, sending.recipient)
        and asked.agreement in (None, sending.agreement and sending.agreement.id)
        and _is_named(sending, asked.bundle)
        and asked.within(sending.left)
    )


def _is_named(sending: Sending, named: str | None) -> bool:
    digest = sending.ciphertext.removeprefix("sha256:")
    return named is None or named in (sending.bundle, sending.ciphertext, digest)
