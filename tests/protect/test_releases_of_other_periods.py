"""What is asked of a release together with those of other periods, one case at a time."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from protect.chains import Month, a_month
from protect.people import permit, redacted, tokens_for

from exchange.agreements.period import Period
from exchange.protect.promise import Diverse, Promise
from exchange.protect.protected import Protected
from exchange.protect.protecting import protect
from exchange.protect.releases import intersecting, subtracting
from exchange.protect.releases.intersecting import Exposed, Told
from exchange.protect.releases.joining import Seen, same_people
from exchange.protect.releases.memory import Case, Kept, Memory, Shown, Values
from exchange.protect.releases.subtracting import Reading, Table
from exchange.protect.tables.counting import Key

JANUARY, FEBRUARY, MARCH, QUARTER = (Period.read(text) for text in ("2026-01", "2026-02", "2026-03", "2026-Q1"))
OVER, CODES = ("gender", "state"), "form"
READING = Reading(by=(("gender",),), lists=frozenset(), missing=frozenset(), min_cell=5)


def promise(k: int = 3, percent: float = 80) -> Promise:
    return Promise(OVER, k, (Diverse(CODES, percent, False),), None, frozenset({""}), "SUPPRESSED")


def rows(*told: str, names: tuple[str, ...] = (*OVER, CODES), epoch: str = "", tokens: bool = False) -> Shown:
    """A release; each row is written "case gender state form"."""
    values: dict[Case, Values] = {}
    for text in told:
        case, *its = text.split()
        values[case.encode()] = tuple(its)
    return Shown(
        form="",
        row_fields=names,
        rows=values,
        household={case: number for number, case in enumerate(values)},
        table_fields=(),
        people={},
        cells={},
        epoch=epoch,
        tokens={case: (("nik", case.decode()),) for case in values} if tokens else {},
        known=values,
    )


def counted(**people: str) -> Shown:
    """A release of tables: who is counted by which gender; every cell of two or more is printed."""
    values = {case.encode(): (gender,) for case, gender in people.items()}
    genders = [gender for (gender,) in values.values()]
    cells = {(("gender", gender),): genders.count(gender) for gender in set(genders) if genders.count(gender) > 1}
    return Shown("", (), None, {}, ("gender",), values, {(): len(values), **cells})


def exposed(earlier: list[Shown], new: Shown, asked: Promise) -> Exposed:
    return intersecting.exposed([Told(shown, asked, new.row_fields) for shown in earlier], new, asked)


def cells_apart(earlier: list[Kept], new: Kept) -> frozenset[Key]:
    return subtracting.cells_apart([Table(kept, READING) for kept in earlier], new, READING)


def many(gender: str, first: int, last: int) -> dict[str, str]:
    return {f"{gender}{number}": gender for number in range(first, last)}


FIRST = rows("a F open x", "b F open x", "c F open y", "d F open y", "e F open z")


def test_codes_that_never_occurred_beside_somebody_leave_too_few() -> None:
    later = rows("a F shut x", "f F shut x", "g F shut w", "h F shut w", "i F shut v")
    found = exposed([FIRST], later, promise())
    assert found.few == {b"a"}
    assert exposed([FIRST], later, promise(k=1, percent=100)).all == frozenset()


def test_codes_that_all_occurred_leave_enough() -> None:
    later = rows("a F shut x", "f F shut y", "g F shut z", "h F shut x", "i F shut y")
    assert exposed([FIRST], later, promise()).all == frozenset()


def test_one_code_that_is_left_of_several_is_pinned() -> None:
    later = rows("a F shut x", "f F shut x", "g F shut x", "h F shut w", "i F shut v")
    before = rows("a F open x", "b F open x", "c F open x", "d F open y", "e F open z")
    found = exposed([before], later, promise())
    assert (found.few, found.pinned) == (frozenset(), {b"a"})


def test_a_code_withheld_from_the_whole_group_excludes_nobody() -> None:
    later = rows(*(f"{case} F shut SUPPRESSED" for case in "afghi"))
    assert exposed([FIRST], later, promise()).all == frozenset()


def test_one_who_was_left_out_is_asked_about_too() -> None:
    later = rows("f F shut x", "g F shut w", "h F shut w", "i F shut v", "j F shut v")
    there = replace(later, known={**later.known, b"a": ("F", "shut", "x")})
    assert exposed([FIRST], there, promise()).few == {b"a"}


def test_a_group_that_one_person_enters_is_found() -> None:
    later = rows("a F open x", "b F open x", "c F open y", "d F open y", "e F open z", "f F open z")
    assert exposed([FIRST], later, promise()).moved == later.known.keys()
    assert exposed([FIRST], FIRST, promise()).all == frozenset()


def test_a_group_in_which_one_code_changes_is_found() -> None:
    later = rows("a F open x", "b F open x", "c F open y", "d F open x", "e F open z")
    assert b"c" in exposed([FIRST], later, promise()).moved


def test_tokens_make_of_a_history_what_people_must_have_in_common() -> None:
    stay = [f"{case} F open {form}" for case, form in zip("abcdef", "xyzxyz", strict=True)]
    come = [f"{case} F open {form}" for case, form in zip("ghijkl", "xyzxyz", strict=True)]
    first, later = rows(*stay), rows(*stay[1:], *come)
    assert exposed([first], later, promise()).all == frozenset()  # seven have changed in the group
    told = exposed(
        [replace(first, epoch="1", tokens={case: (("nik", case.decode()),) for case in first.known})],
        replace(later, epoch="1", tokens={case: (("nik", case.decode()),) for case in later.known}),
        promise(),
    )
    assert told.few == {b"a"}  # she alone is gone


def test_tokens_of_one_epoch_join_two_cases_of_one_person() -> None:
    one, other = Seen([b"1"], "2026", {b"1": (("nik", "t"),)}), Seen([b"2"], "2026", {b"2": (("nik", "t"),)})
    assert same_people([one, other]) == {b"1": b"1", b"2": b"1"}
    assert same_people([one, replace(other, epoch="2027")]) == {b"1": b"1", b"2": b"2"}
    both = Seen([b"1", b"2"], "2026", {**one.tokens, **other.tokens})
    assert same_people([both]) == {b"1": b"1", b"2": b"2"}


def test_cells_of_two_months_that_differ_by_one_person_are_found() -> None:
    before = Kept(JANUARY, counted(**many("F", 0, 10), **many("M", 0, 10)))
    after = Kept(FEBRUARY, counted(**many("F", 0, 10), **many("M", 0, 11)))
    assert cells_apart([before], after) == {(), (("gender", "M"),)}


def test_a_net_of_one_is_no_difference_of_one() -> None:
    before = Kept(JANUARY, counted(**many("F", 0, 10), **many("M", 0, 10)))
    after = Kept(FEBRUARY, counted(**many("F", 0, 10), **many("M", 5, 16)))
    assert cells_apart([before], after) == frozenset()


def test_what_is_left_of_a_total_is_found() -> None:
    before = counted(**many("F", 0, 10), **many("M", 0, 10), **many("N", 0, 8))
    after = counted(**many("F", 0, 10), **many("M", 0, 10), **many("N", 0, 9), **many("O", 0, 9))
    hidden = [
        replace(each, cells={k: n for k, n in each.cells.items() if k not in (_n("N"),)}) for each in (before, after)
    ]
    assert cells_apart([Kept(JANUARY, hidden[0])], Kept(FEBRUARY, hidden[1])) == frozenset()
    after = counted(**many("F", 0, 10), **many("M", 0, 10), **many("N", 0, 9))
    alone = replace(after, cells={k: n for k, n in after.cells.items() if k != _n("N")})
    found = cells_apart([Kept(JANUARY, hidden[0])], Kept(FEBRUARY, alone))
    assert _n("F") in found or _n("M") in found


def test_a_quarter_without_two_of_its_months_tells_the_third() -> None:
    three = [many("F", 0, 20), many("F", 20, 40), many("F", 40, 43)]
    months = [Kept(period, counted(**people)) for period, people in zip((JANUARY, FEBRUARY, MARCH), three, strict=True)]
    silent = replace(months[2], shown=replace(months[2].shown, cells={}))
    quarter = Kept(QUARTER, counted(**three[0], **three[1], **three[2]))
    assert _n("F") in cells_apart([*months[:2], silent], quarter)
    whole = Kept(QUARTER, counted(**three[0], **three[1], **many("F", 40, 60)))
    assert _n("F") not in cells_apart([*months[:2], silent], whole)


def _n(gender: str) -> tuple[tuple[str, str], ...]:
    return (("gender", gender),)


# --- through protect ---


def released(month: Month, recipient: str = "gt-ntt", earlier: tuple[Kept, ...] = (), **clauses: object) -> Protected:
    leave = permit(recipient, **clauses)
    tokens = tokens_for([{"x_CaseRef": case} for case in month]) if leave.tier.match else None
    memory = Memory(tuple(case.encode() for case in month), (), earlier)
    return protect(redacted(leave, list(month.values())), tokens, random.Random(1), memory)


def shown(made: Protected) -> Shown:
    assert made.shown is not None
    return made.shown


def test_where_nobody_comes_again_a_release_is_what_it_would_be_alone() -> None:
    month = a_month(60, 3)
    other = {f"other {case}": each for case, each in a_month(60, 4).items()}
    earlier = (Kept(JANUARY, shown(released(other))),)
    alone, after = released(month), released(month, earlier=earlier)
    assert alone.rows == after.rows
    assert alone.tables == after.tables
    across = after.account.across
    assert across is not None
    assert (across.bundles, across.again, across.exposed, across.cells, across.left_out) == (1, 0, 0, 0, 0)


def test_most_who_come_again_with_tokens_are_left_out_and_counted() -> None:
    month = a_month(60, 3)
    fewer = dict(list(month.items())[:-3])
    after = released(fewer, earlier=(Kept(JANUARY, shown(released(month))),), max_suppressed_cells_percent=90)
    across = after.account.across
    assert across is not None
    assert (across.again, across.exposed, across.cells) == (57, 0, 0)
    assert after.account.rows_out < 57
    assert across.left_out > 0 or after.account.gate != "met"


def test_where_it_is_reported_months_that_point_at_few_go_and_say_so() -> None:
    month = a_month(60, 3)
    fewer = dict(list(month.items())[:-1])
    first = released(month, "io-id")
    after = released(fewer, "io-id", (Kept(JANUARY, shown(first)),))
    across = after.account.across
    assert after.account.rows_out == 59
    assert across is not None
    assert across.again == 59
    assert across.exposed > 0


@pytest.mark.parametrize("seed", range(3))
def test_tables_of_a_month_with_one_person_more_print_nothing_that_tells_of_her(seed: int) -> None:
    month = a_month(80, seed)
    fewer = dict(list(month.items())[:-1])
    first = shown(released(fewer, "dinas-p3a"))
    after = shown(released(month, "dinas-p3a", (Kept(JANUARY, first),)))
    both = first.cells.keys() & after.cells.keys()
    (new,) = month.keys() - fewer.keys()
    her = dict(zip(after.table_fields, after.people[new.encode()], strict=True))
    assert not [cell for cell in both if all(value in her[name].split(";") for name, value in cell)]
