"""16. Which k was asked, and reached, for every release; and what do several releases tell together?

From the senders' logs. k is a gate for statistics and pseudonymised data; of personal data it is measured and told. The
same holds for people whom a release and earlier ones together single out, where the agreement says so
(`across_releases`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exchange.agreements.tiers import Tier
from exchange.asking.answer import Answer, Asked, Evidence, drawn, finding, grouped, joined
from exchange.asking.bound import agreement_id, not_shown
from exchange.asking.shown import Shown
from exchange.audit.entries import Counts, Entry
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.locale import Said, counted_later, later


@dataclass(frozen=True, slots=True)
class _Release:
    """A bundle as it was packed; `tier`: what is agreed, None where that was not shown. `before`: whether the recipient
    holds other periods."""

    history: History
    number: int
    entry: Entry
    tier: Tier | None
    before: bool

    @property
    def counts(self) -> Counts:
        return self.entry.counts or Counts()

    @property
    def k(self) -> int | None:
        """The k that is asked: as agreed, or more."""
        agreed = None if self.tier is None else self.tier.protect.k
        return max(filter(None, (agreed, self.counts.k_asked)), default=None)

    @property
    def is_gate(self) -> bool:
        """Whether nothing may leave below it; unknown where the agreement was not shown."""
        return self.tier is not None and self.tier.gated and self.k is not None


def answer(shown: Shown, asked: Asked) -> Answer:
    """Of the bundles that were packed in the days that are asked about, and that nobody kept from leaving."""
    logs = [each for each in shown.histories if asked.sender in (None, each.party)]
    found = [each for log in logs for each in _releases(shown, log) if _is_asked(each.entry, asked)]
    absent = (each for log in logs for each in not_shown(shown, log, asked.agreement))
    return Answer(
        "anonymity",
        asked,
        _sentence(found),
        tuple(_line(each) for each in found),
        tuple(Evidence.of(each.history, each.number) for each in found),
        (*(one for each in found for one in _judged(each)), *_untold(found), *absent),
        later("k was worked out by the sender's program: that it is right, only the sender's rows can show"),
        drawn((each.entry.bundle for each in found if each.entry.bundle and each.counts.rows_out), logs),
    )


def _is_asked(entry: Entry, asked: Asked) -> bool:
    recipient, agreement = (None, entry.counterpart), (None, agreement_id(entry))
    return asked.recipient in recipient and asked.agreement in agreement and asked.within(entry.time)


def _releases(shown: Shown, log: History) -> Iterator[_Release]:
    stayed = {each.ciphertext for _number, each in log.of("release.rejected", "release.taken_back")}
    gone = {each.ciphertext for _number, each in log.of("bundle.refused", "release.given_up")}
    held: dict[tuple[str | None, str | None], set[str | None]] = {}
    for number, entry in log.of("bundle.packed"):
        if entry.ciphertext not in stayed:
            periods = held.setdefault((entry.counterpart, agreement_id(entry)), set())
            yield _Release(log, number, entry, _tier(shown, entry), bool(periods - {entry.period}))
            periods |= set() if entry.ciphertext in gone else {entry.period}


def _tier(shown: Shown, entry: Entry) -> Tier | None:
    text = shown.agreement(entry.agreement)
    if text is None or not text.signed():
        return None
    parties = {each.id for each in text.agreement.recipients}
    return text.agreement.tier_of(entry.counterpart) if entry.counterpart in parties else None


# --- what is not in order ---


def _judged(release: _Release) -> Iterator[Finding]:
    tier, counts = release.tier, release.counts
    if tier is None:
        return
    k = release.k if release.is_gate else None
    if k is not None and counts.rows_out and counts.k_reached is not None and counts.k_reached < k:
        what = later(
            "{bundle} left with k {reached}; asked was {asked}", **_named(release), reached=counts.k_reached, asked=k
        )
        yield finding(release.history, "audit.k_below", what, release.number)
    if k is not None and counts.rows_out and counts.k_reached is None:
        what = later("{bundle} has rows, and no k is told of it", **_named(release))
        yield finding(release.history, "audit.k_untold", what, release.number)
    if tier.protect.across_releases == "gate" and counts.exposed:
        what = counted_later(
            "{bundle} and earlier ones together single out {count} person beyond what is agreed",
            "{bundle} and earlier ones together single out {count} people beyond what is agreed",
            counts.exposed,
            **_named(release),
        )
        yield finding(release.history, "audit.exposed_across", what, release.number)


def _untold(releases: Sequence[_Release]) -> Iterator[Finding]:
    """One finding for each log: earlier versions of the program did not write it down."""
    untold = (each for each in releases if each.before and each.counts.exposed is None)
    for _log, those in grouped(untold, lambda each: each.history.origin):
        what = counted_later(
            "of {count} bundle it is not told what it tells together with earlier ones",
            "of {count} bundles it is not told what they tell together with earlier ones",
            len(those),
        )
        yield finding(those[0].history, "audit.across_untold", what, those[0].number)


# --- what is said of it ---


def _sentence(releases: Sequence[_Release]) -> Said:
    """A small k is one thing where it is a gate, and another where it is measured and told."""
    packed = counted_later("{count} bundle was packed", "{count} bundles were packed", len(releases))
    exposed = sum(each.counts.exposed or 0 for each in releases)
    people = counted_later(
        "{count} person is singled out across releases", "{count} people are singled out across releases", exposed
    )
    return joined((packed, *_smallest(releases), *_without_k(releases), people))


def _smallest(releases: Sequence[_Release]) -> Iterator[Said]:
    told = [(each.counts.k_reached, each) for each in releases if each.counts.k_reached is not None]
    gates = [(reached, each.k or 0) for reached, each in told if each.is_gate]
    if gates:
        reached, asked = min(gates, key=lambda each: (each[0] - each[1], each))
        yield later("smallest k where k is a gate: {reached} of {asked}", reached=reached, asked=asked)
    reported = [reached for reached, each in told if each.tier is not None and not each.is_gate]
    if reported:
        yield later("smallest k where it is only reported: {k}", k=min(reported))
    unknown = [reached for reached, each in told if each.tier is None]
    if unknown:
        yield later("smallest k where it is not known whether it is a gate: {k}", k=min(unknown))


def _without_k(releases: Sequence[_Release]) -> Iterator[Said]:
    untold = [each for each in releases if each.counts.k_reached is None]
    empty = sum(not each.counts.rows_out for each in untold)
    if empty:
        yield counted_later("{count} bundle has no rows of people", "{count} bundles have no rows of people", empty)
    if len(untold) > empty:
        yield counted_later(
            "of {count} bundle with rows no k is told", "of {count} bundles with rows no k is told", len(untold) - empty
        )


def _line(release: _Release) -> Said:
    entry, counts = release.entry, release.counts
    told = later(
        "{day}: {sender} to {recipient}, {period}, {bundle}: {k}",
        day=f"{entry.time:%Y-%m-%d}",
        sender=entry.party,
        recipient=entry.counterpart,
        period=entry.period or "–",
        **_named(release),
        k=_k(release),
    )
    if counts.exposed is None:
        return told
    return joined((told, later("across releases {exposed}", exposed=counts.exposed)), ", ")


def _k(release: _Release) -> Said:
    reached = release.counts.k_reached
    if reached is None:
        return later("no k is told") if release.counts.rows_out else later("no rows of people")
    if release.is_gate:
        return later("k {reached} of {asked}, a gate", reached=reached, asked=release.k)
    if release.tier is None:
        return later("k {reached}, and it is not known whether that is a gate", reached=reached)
    return later("k {reached}, only reported", reached=reached)


def _named(release: _Release) -> dict[str, str]:
    return {"bundle": release.entry.bundle or release.entry.ciphertext or "–"}
