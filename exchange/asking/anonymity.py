"""16. Which k was asked, and reached, for every release; and what do several releases tell together?

From the senders' logs. Rows have a k: it is a gate for statistics and pseudonymised data; of personal data it is
measured and told. Tables have a smallest count, which is a gate always. What a release and earlier ones tell together,
of people in rows and by cells of tables, is a gate where the agreement says so (`across_releases`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from exchange.agreements.tiers import Tier
from exchange.asking.answer import Answer, Asked, drawn, grouped, joined
from exchange.asking.bound import agreement_id, not_shown
from exchange.asking.noted import Noted, evidence
from exchange.asking.shown import Shown
from exchange.audit.entries import Counts, Entry
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.locale import Said, counted_later, later


@dataclass(frozen=True, slots=True)
class _Release:
    """A bundle as it was packed; `tier`: what is agreed, None where that was not shown. `before`: whether the recipient
    holds other periods."""

    packed: Noted
    tier: Tier | None
    before: bool

    @property
    def counts(self) -> Counts:
        return self.packed.entry.counts or Counts()

    @property
    def k(self) -> int | None:
        """The k that is asked: as agreed, or more."""
        agreed = None if self.tier is None else self.tier.protect.k
        return max(filter(None, (agreed, self.counts.k_asked)), default=None)

    @property
    def is_gate(self) -> bool:
        """Whether nothing may leave below it; unknown where the agreement was not shown."""
        return self.tier is not None and self.tier.gated and self.k is not None

    @property
    def may_have_rows(self) -> bool:
        return self.counts.rows_out != 0 and (self.tier is None or "rows" in self.tier.protect.output)

    @property
    def cell(self) -> int | None:
        """The smallest count of tables that is asked: as agreed, or more."""
        tables = None if self.tier is None else self.tier.protect.tables
        agreed = None if tables is None else tables.min_cell
        return max(filter(None, (agreed, self.counts.cell_asked)), default=None)

    @property
    def may_have_tables(self) -> bool:
        """Whether it has any, or it is not told that it has none."""
        given = self.tier is None or self.tier.protect.tables is not None
        return given if self.counts.tables is None else self.counts.tables > 0

    @property
    def cells_untold(self) -> bool:
        """Whether it is not told how small its tables' counts are; all may be withheld."""
        return self.may_have_tables and self.counts.cell_asked is None and self.counts.cell_reached is None

    @property
    def across_untold(self) -> bool:
        counts = self.counts
        return self.before and (counts.exposed is None or (self.may_have_tables and counts.cells_exposed is None))


def answer(shown: Shown, asked: Asked) -> Answer:
    """Of the bundles that were packed in the days that are asked about, and that nobody kept from leaving."""
    logs = [each for each in shown.histories if asked.sender in (None, each.party)]
    found = [each for log in logs for each in _releases(shown, log) if _is_asked(each.packed.entry, asked)]
    absent = (each for log in logs for each in not_shown(shown, log, asked.agreement))
    return Answer(
        "anonymity",
        asked,
        _sentence(found),
        tuple(_line(each) for each in found),
        evidence(each.packed for each in found),
        (*(one for each in found for one in _judged(each)), *_untold(found), *absent),
        later("k was worked out by the sender's program: that it is right, only the sender's rows can show"),
        drawn((each.packed.entry.bundle for each in found if each.packed.entry.bundle and each.counts.rows_out), logs),
    )


def _is_asked(entry: Entry, asked: Asked) -> bool:
    recipient, agreement = (None, entry.counterpart), (None, agreement_id(entry))
    return asked.recipient in recipient and asked.agreement in agreement and asked.within(entry.time)


def _releases(shown: Shown, log: History) -> Iterator[_Release]:
    stayed = {each.ciphertext for _number, each in log.of("release.rejected", "release.taken_back")}
    gone = {each.ciphertext for _number, each in log.of("bundle.refused", "release.given_up")}
    held: dict[tuple[str | None, str | None], set[str | None]] = {}
    for packed in Noted.of(log, "bundle.packed"):
        entry = packed.entry
        if entry.ciphertext not in stayed:
            periods = held.setdefault((entry.counterpart, agreement_id(entry)), set())
            yield _Release(packed, _tier(shown, entry), bool(periods - {entry.period}))
            periods |= set() if entry.ciphertext in gone else {entry.period}


def _tier(shown: Shown, entry: Entry) -> Tier | None:
    text = shown.agreement(entry.agreement)
    if text is None or not text.signed():
        return None
    parties = {each.id for each in text.agreement.recipients}
    return text.agreement.tier_of(entry.counterpart) if entry.counterpart in parties else None


# --- what is not in order ---


def _judged(release: _Release) -> Iterator[Finding]:
    if release.tier is None:
        return
    yield from _rows_judged(release)
    reached, asked = release.counts.cell_reached, release.cell
    if reached is not None and asked is not None and reached < asked:
        what = later(
            "{bundle} left with a count of {reached} in a table; the smallest asked was {asked}",
            **_named(release),
            reached=reached,
            asked=asked,
        )
        yield release.packed.finding("audit.cell_below", what)
    if release.tier.protect.across_releases == "gate":
        yield from _across_judged(release)


def _rows_judged(release: _Release) -> Iterator[Finding]:
    reached, asked = release.counts.k_reached, release.k
    if asked is None or not release.is_gate or not release.may_have_rows:
        return
    if reached is None:
        what = later("no k is told of the rows in {bundle}", **_named(release))
        yield release.packed.finding("audit.k_untold", what)
    elif reached < asked:
        what = later(
            "{bundle} left with k {reached}; asked was {asked}", **_named(release), reached=reached, asked=asked
        )
        yield release.packed.finding("audit.k_below", what)


def _across_judged(release: _Release) -> Iterator[Finding]:
    if release.counts.exposed:
        what = counted_later(
            "{bundle} and earlier ones together single out {count} person beyond what is agreed",
            "{bundle} and earlier ones together single out {count} people beyond what is agreed",
            release.counts.exposed,
            **_named(release),
        )
        yield release.packed.finding("audit.exposed_across", what)
    if release.counts.cells_exposed:
        what = counted_later(
            "{count} cell of the tables in {bundle} differs from earlier ones by too few people",
            "{count} cells of the tables in {bundle} differ from earlier ones by too few people",
            release.counts.cells_exposed,
            **_named(release),
        )
        yield release.packed.finding("audit.exposed_across", what)


def _untold(releases: Sequence[_Release]) -> Iterator[Finding]:
    """One finding of a kind for each log: earlier versions of the program did not write it down."""
    for those in _by_log(each for each in releases if each.cells_untold):
        what = counted_later(
            "of {count} bundle it is not told how small the counts in its tables are",
            "of {count} bundles it is not told how small the counts in their tables are",
            len(those),
        )
        yield those[0].packed.finding("audit.cell_untold", what)
    for those in _by_log(each for each in releases if each.across_untold):
        what = counted_later(
            "of {count} bundle it is not told what it tells together with earlier ones",
            "of {count} bundles it is not told what they tell together with earlier ones",
            len(those),
        )
        yield those[0].packed.finding("audit.across_untold", what)


def _by_log(releases: Iterable[_Release]) -> Iterator[list[_Release]]:
    return (those for _log, those in grouped(releases, lambda each: each.packed.history.origin))


# --- what is said of it ---


def _sentence(releases: Sequence[_Release]) -> Said:
    """A small k is one thing where it is a gate, and another where it is measured and told."""
    packed = counted_later("{count} bundle was packed", "{count} bundles were packed", len(releases))
    return joined(
        (packed, *_smallest(releases), *_without_k(releases), *_smallest_counts(releases), *_across(releases))
    )


def _smallest(releases: Sequence[_Release]) -> Iterator[Said]:
    told = [(each.counts.k_reached, each) for each in releases if each.counts.k_reached is not None]
    gates = [(reached, each.k or 0) for reached, each in told if each.is_gate]
    if gates:
        reached, asked = min(gates, key=_how_near)
        yield later("smallest k where k is a gate: {reached} of {asked}", reached=reached, asked=asked)
    reported = [reached for reached, each in told if each.tier is not None and not each.is_gate]
    if reported:
        yield later("smallest k where it is only reported: {k}", k=min(reported))
    unknown = [reached for reached, each in told if each.tier is None]
    if unknown:
        yield later("smallest k where it is not known whether it is a gate: {k}", k=min(unknown))


def _how_near(reached_of_asked: tuple[int, int]) -> tuple[int, tuple[int, int]]:
    reached, asked = reached_of_asked
    return reached - asked, reached_of_asked


def _without_k(releases: Sequence[_Release]) -> Iterator[Said]:
    untold = [each for each in releases if each.counts.k_reached is None]
    may_have = sum(each.may_have_rows for each in untold)
    if len(untold) > may_have:
        yield counted_later(
            "{count} bundle has no rows of people", "{count} bundles have no rows of people", len(untold) - may_have
        )
    if may_have:
        yield counted_later(
            "of {count} bundle with rows no k is told", "of {count} bundles with rows no k is told", may_have
        )


def _smallest_counts(releases: Sequence[_Release]) -> Iterator[Said]:
    """Of tables, which may all be empty."""
    told = [(each.counts.cell_reached, each.cell or 0) for each in releases if each.counts.cell_reached is not None]
    if told:
        reached, asked = min(told, key=_how_near)
        yield later("smallest count in tables: {reached} of {asked}", reached=reached, asked=asked)
    untold = sum(each.cells_untold for each in releases)
    if untold:
        yield counted_later(
            "of {count} bundle with tables no smallest count is told",
            "of {count} bundles with tables no smallest count is told",
            untold,
        )


def _across(releases: Sequence[_Release]) -> Iterator[Said]:
    yield counted_later(
        "{count} person is singled out across releases",
        "{count} people are singled out across releases",
        sum(each.counts.exposed or 0 for each in releases),
    )
    if any(each.may_have_tables for each in releases):
        yield counted_later(
            "{count} cell of tables differs by too few",
            "{count} cells of tables differ by too few",
            sum(each.counts.cells_exposed or 0 for each in releases),
        )
    untold = sum(each.across_untold for each in releases)
    if untold:
        yield counted_later("of {count} bundle this is not told", "of {count} bundles this is not told", untold)


def _line(release: _Release) -> Said:
    entry = release.packed.entry
    told = later(
        "{day}: {sender} to {recipient}, {period}, {bundle}: {k}",
        day=f"{entry.time:%Y-%m-%d}",
        sender=entry.party,
        recipient=entry.counterpart,
        period=entry.period or "–",
        **_named(release),
        k=_k(release),
    )
    return joined((told, *_tables(release), *_across_of(release)), ", ")


def _k(release: _Release) -> Said:
    reached = release.counts.k_reached
    if reached is None:
        return later("no k is told") if release.may_have_rows else later("no rows of people")
    if release.is_gate:
        return later("k {reached} of {asked}, a gate", reached=reached, asked=release.k)
    if release.tier is None:
        return later("k {reached}, and it is not known whether that is a gate", reached=reached)
    return later("k {reached}, only reported", reached=reached)


def _tables(release: _Release) -> Iterator[Said]:
    counts = release.counts
    if release.cells_untold:
        yield later("no smallest count of its tables is told")
    elif counts.cell_reached is not None:
        names = {"reached": counts.cell_reached, "asked": release.cell}
        yield later("smallest count in tables: {reached} of {asked}", **names)
    elif release.may_have_tables:
        yield later("every count in its tables is withheld")


def _across_of(release: _Release) -> Iterator[Said]:
    counts = release.counts
    if counts.exposed is not None:
        yield later("across releases {exposed}", exposed=counts.exposed)
    if counts.cells_exposed is not None and release.may_have_tables:
        yield later("cells across releases {cells}", cells=counts.cells_exposed)
    if release.across_untold:
        yield later("not all of what it tells across releases is told")


def _named(release: _Release) -> dict[str, str]:
    entry = release.packed.entry
    return {"bundle": entry.bundle or entry.ciphertext or "–"}
