"""What to change in a plan that cannot be met, and at what price: the three best offers.

Methods coarsen as far as they must by themselves, so a plan fails because its promise cannot be kept even in the
coarsest table: k is more than all rows, or a model of diversity or of households asks more than the whole table has;
or because too few rows may be suppressed. An offer changes as little as it can: it lowers k, raises the limit of
suppression, weakens a model that the whole table breaks, or leaves a field out. Each was tried with the plan's own
method and holds. One that would tell nothing, every cell "*", or that gives a promise up altogether, is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil

from pydantic import ValidationError

from exchange.locale import _
from exchange.protect.anonymise.coded import Coded
from exchange.protect.anonymise.loss import measured
from exchange.protect.anonymise.measuring.risk import before
from exchange.protect.anonymise.offers.changes import Change, coded_for, taken
from exchange.protect.anonymise.offers.promises import whole_table
from exchange.protect.anonymise.plan import Plan
from exchange.protect.anonymise.recoded import Recoded

Solve = Callable[[Coded, Plan], Recoded | None]
BEST = 3
_SOLVES = 20  # of them; a third of a second each for a table of 30,000 rows
_STEPS = 5  # of a bisection
_FIELDS = 4  # that are tried to be left out
_NOTHING_TOLD = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan that holds: what changes, and what it gives then. `loss`: NCP of the release, where a field that is left
    out is lost in every row."""

    changes: tuple[Change, ...]
    k: int
    suppressed_rows: int
    loss: float

    @property
    def price(self) -> float:
        """What is lost of the data, and what is given up of the promise."""
        return self.loss + sum(each.given_up for each in self.changes)

    def __str__(self) -> str:
        text = _(
            "{changes} would hold: k = {k}, rows suppressed {rows}, loss {loss} (NCP), promise given up {given_up}"
        )
        return text.format(
            changes=", ".join(map(str, self.changes)),
            k=self.k,
            rows=self.suppressed_rows,
            loss=f"{self.loss:.2f}",
            given_up=f"{100 * sum(each.given_up for each in self.changes):.0f}%",
        )


def offers(coded: Coded, plan: Plan, solve: Solve) -> tuple[Offer, ...]:
    """At most three offers, the cheapest first; () where no change of these kinds helps.

    `solve` gives what the plan's method finds for a table under a plan, as `recoded` for what it is given.
    """
    trying = _Trying(coded, plan, solve)
    found = [*_weaker(trying), *_lower_k(trying), *_more_suppressed(trying), *_without_a_field(trying)]
    cheapest = sorted(dict.fromkeys(found), key=lambda each: (each.price, each.suppressed_rows, str(each.changes)))
    return tuple(cheapest[:BEST])


class _Trying:
    """Tries changes of one plan, and counts how often its method was asked."""

    def __init__(self, coded: Coded, plan: Plan, solve: Solve) -> None:
        self.coded, self.plan = coded, plan
        self._solve = solve
        self._left = _SOLVES

    def offer(self, *changes: Change) -> Offer | None:
        """The offer of these changes; None where they are none, or too much was tried already."""
        if not changes or self._left == 0 or any(each.given_up >= 1 for each in changes):
            return None
        self._left -= 1
        try:
            plan = taken(self.plan, changes)
        except ValidationError:  # what the whole table has is less than any plan can ask
            return None
        coded = coded_for(self.coded, plan)
        recoded = self._solve(coded, plan)
        if recoded is None or not recoded.kept.any():
            return None
        loss = self._with_fields_left_out(measured(coded, recoded, plan.protect.k, "ncp"), plan)
        suppressed = int(coded.counts[~recoded.kept].sum())
        return Offer(changes, plan.protect.k, suppressed, loss) if loss < _NOTHING_TOLD else None

    def _with_fields_left_out(self, loss: float, plan: Plan) -> float:
        """A field that is left out is lost in every row; a sensitive one weighs as much as a field of weight 1."""
        whole = sum(each.weight for each in self.coded.quasi)
        left = sum(each.weight for each in self.coded.quasi if each.name in plan.quasi)
        sensitive = sum(plan.fields[each.name].class_ != "sensitive" for each in self.coded.sensitive)
        return (loss * left + (whole - left) + sensitive) / (whole + sensitive)


def _lower_k(trying: _Trying) -> Iterator[Offer]:
    """The largest k that holds, or one near it."""
    asked = trying.plan.protect.k
    low, high, best = 1, min(asked - 1, trying.coded.rows), None
    for step in range(_STEPS + 1):
        if low >= high:
            break
        k = high if step == 0 else (low + high + 1) // 2
        offer = trying.offer(Change(("protect", "k"), k, (asked - k) / (asked - 1)))
        if offer is None:
            high = k - 1
        else:
            low, best = k, offer
    if best:
        yield best


def _more_suppressed(trying: _Trying) -> Iterator[Offer]:
    """The smallest limit of suppression that holds, or one near it."""

    def with_limit(percent: float) -> Offer | None:
        return trying.offer(Change(("protect", "max_suppressed_rows_percent"), percent))

    low, high = trying.plan.protect.max_suppressed_rows_percent, 100.0
    best = with_limit(high) if low < high else None
    for _step in range(_STEPS if best else 0):
        middle = round((low + high) / 2, 2)
        offer = with_limit(middle)
        if offer is None:
            low = middle
        else:
            high, best = middle, offer
    if best:
        needed = ceil(10_000 * best.suppressed_rows / trying.coded.rows) / 100
        yield with_limit(needed) or best


def _without_a_field(trying: _Trying) -> Iterator[Offer]:
    """Without one of the quasi-identifiers, those first without which most rows have enough look-alikes."""
    groups, k = before(trying.coded), trying.plan.protect.k
    places = range(len(trying.coded.quasi))
    alone = [groups.seen_by([other for other in places if other != place]) for place in places]
    below = [int(sizes[sizes < k].sum()) for sizes in alone]
    for place in sorted(places, key=below.__getitem__)[: _FIELDS if len(places) > 1 else 0]:
        if offer := trying.offer(_left_out(trying.coded.quasi[place].name)):
            yield offer


def _left_out(field: str) -> Change:
    return Change(("fields", field, "class"), "direct")


def _weaker(trying: _Trying) -> Iterator[Offer]:
    """With every promise that the whole table breaks made as weak as it must be, or weaker by half of the rest; and
    with a sensitive field left out whose promise it breaks."""
    broken = [each for each in whole_table(trying.coded, trying.plan) if each.is_broken]
    for further in (0.0, 0.5):
        if broken and (offer := trying.offer(*(each.at(further) for each in broken))):
            yield offer
    for field in dict.fromkeys(each.field for each in broken if each.field):
        others = (each.at(0.0) for each in broken if each.field != field)
        if offer := trying.offer(_left_out(field), *others):
            yield offer
