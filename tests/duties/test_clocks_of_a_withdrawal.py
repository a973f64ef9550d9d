"""A clock of a withdrawal stops by its own entry and by nothing else, in whatever order a log tells it."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from duties.logs import DAY, HOUR, START, Notebook, a_digest, an_id, asked, certified
from hypothesis import given
from hypothesis import strategies as st

from exchange.duties import withdrawal
from exchange.duties.clock import Clock

NOW = START + 400 * DAY
RECIPIENTS = ("io-id", "gt-ntt")
# A letter by its number, who says it is erased, and when: in hours from when everybody was asked.
CERTIFICATES = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(RECIPIENTS), st.integers(-48, 480)), max_size=8)


def erase(notebook: Notebook, now: dt.datetime = NOW) -> dict[str, Clock]:
    found = withdrawal.clocks(notebook.facts(now))
    return {each.about: each for each in found if each.code == "withdrawal.erase"}


@given(st.lists(st.sampled_from(RECIPIENTS), min_size=1, max_size=5), CERTIFICATES, st.randoms(use_true_random=False))
def test_a_clock_stops_only_by_the_certificate_of_its_letter(
    told: list[str], answers: list[tuple[int, str, int]], chance: random.Random
) -> None:
    notebook = Notebook()
    for number, recipient in enumerate(told):
        asked(notebook, number, recipient, START)
    for number, by, hours in answers:
        certified(notebook, number, by, START + hours * HOUR)
    in_order = set(withdrawal.clocks(notebook.facts(NOW)))
    chance.shuffle(notebook.entries)
    assert set(withdrawal.clocks(notebook.facts(NOW))) == in_order

    clocks = erase(notebook)
    for number, recipient in enumerate(told):
        fitting = [hours for letter, by, hours in answers if (letter, by) == (number, recipient) and hours >= 0]
        expected = START + min(fitting) * HOUR if fitting else None
        assert clocks[an_id(number)].stopped == expected


def test_a_second_withdrawal_neither_stops_nor_lengthens_the_first() -> None:
    notebook = Notebook()
    asked(notebook, 1, "io-id", START)
    before = erase(notebook)[an_id(1)]
    asked(notebook, 2, "io-id", START + DAY)
    certified(notebook, 2, "io-id", START + 2 * DAY)
    assert erase(notebook)[an_id(1)] == before
    assert erase(notebook)[an_id(2)].state(NOW) == "met"


@pytest.mark.parametrize(("after", "state"), [(7 * DAY, "running"), (7 * DAY + dt.timedelta(seconds=1), "overdue")])
def test_erasing_is_overdue_after_seven_days(after: dt.timedelta, state: str) -> None:
    notebook = Notebook()
    asked(notebook, 1, "io-id", START)
    clock = erase(notebook, START + after)[an_id(1)]
    assert (clock.state(START + after), clock.party, clock.owed_to) == (state, "io-id", "yks")


def test_a_certificate_that_comes_late_stays_late() -> None:
    """Whatever day the certificate itself names: the entry is ours."""
    notebook = Notebook()
    asked(notebook, 1, "io-id", START)
    certified(notebook, 1, "io-id", START + 9 * DAY)
    certified(notebook, 1, "io-id", START + 10 * DAY)
    clock = erase(notebook)[an_id(1)]
    assert (clock.stopped, clock.state(NOW)) == (START + 9 * DAY, "missed")


def test_a_letter_that_waits_in_the_outbox_tells_nobody() -> None:
    notebook = Notebook()
    asked(notebook, 1, "io-id", START)
    (clock,) = notebook.clocks(START + 25 * HOUR, "withdrawal.tell")
    assert (clock.state(START + 25 * HOUR), clock.party, clock.owed_to) == ("overdue", "yks", "io-id")
    notebook.there[a_digest(2)] = START  # another letter is there
    assert notebook.clocks(NOW, "withdrawal.tell")[0].open
    notebook.there[a_digest(1)] = START + 3 * HOUR
    assert notebook.clocks(NOW, "withdrawal.tell")[0].state(NOW) == "met"


def test_what_was_recorded_has_stopped_at_once() -> None:
    notebook = Notebook()
    notebook.note("consent.withdrawn", START, letter=an_id(1))
    (clock,) = notebook.clocks(NOW, "withdrawal")
    assert (clock.code, clock.stopped, clock.ends) == ("withdrawal.stop", START, START + 72 * HOUR)


def test_a_recipient_sees_by_when_it_must_erase() -> None:
    notebook = Notebook("io-id")
    notebook.note("letter.received", START, counterpart="yks", letter=an_id(1), note="withdrawal")
    notebook.note("letter.received", START, counterpart="yks", letter=an_id(2), note="receipt")
    (clock,) = notebook.clocks(START, "withdrawal")
    assert (clock.party, clock.owed_to, clock.ends) == ("io-id", "yks", START + 7 * DAY)
    certified(notebook, 1, "yks", START + HOUR)
    assert not erase(notebook)[an_id(1)].open
