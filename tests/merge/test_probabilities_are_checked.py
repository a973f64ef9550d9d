"""What is said of pairs is compared with what their numbers show."""

from __future__ import annotations

import numpy as np

from exchange.merge.linking.calibration import calibration
from exchange.merge.linking.comparing import Comparison, Level
from exchange.merge.linking.learning import Learned, Patterns, Witness, learn
from exchange.merge.linking.model import ASK, LINK

NUMBER = Comparison("number", "", (Level("same", ""), Level("another", "ELSE")))
NAME = Comparison("name", "", (Level("same", ""), Level("another", "ELSE")))
OF_NUMBER = Witness("number", (NUMBER,), np.array([0.8, 0.2]), np.array([1e-6, 1 - 1e-6]), 500.0, 1.0, "in blocks")
OF_NAME = Witness("name", (NAME,), np.array([0.9, 0.1]), np.array([1e-7, 1 - 1e-7]), 500.0, 1.0, "in blocks")


def patterns(agree: int, differ: int, silent: int) -> Patterns:
    places = np.array([[0, 0], [1, 0], [-1, 0]])
    return Patterns((NUMBER, NAME), places, np.array([agree, differ, silent], dtype=np.float64))


def without_number(matching: float) -> Learned:
    return Learned((OF_NAME,), matching)


def test_what_is_said_rightly_is_seen() -> None:
    (checked,) = calibration(without_number(0.2), OF_NUMBER, patterns(800, 200, 5000))  # 8 in 10 of one person's agree
    assert (checked.least, checked.pairs, checked.seen) == (LINK, 1000, 1.0)
    assert checked.said > LINK


def test_what_is_said_wrongly_is_seen_also_after_learning() -> None:
    """Learning with the number would make of its disagreement a habit of one person."""
    found = patterns(40_000, 60_000, 100_000)  # half of them are one person
    drawn = Patterns((NUMBER, NAME), np.array([[1, 1], [-1, 1]]), np.array([100_000.0, 100_000.0]))
    (checked,) = calibration(learn([OF_NAME], found, drawn, 1e9), OF_NUMBER, found)
    assert checked.said > LINK
    assert 0.49 < checked.seen < 0.51


def test_what_is_asked_about_is_told_apart() -> None:
    (checked,) = calibration(without_number(3e-7), OF_NUMBER, patterns(800, 200, 0))
    assert checked.least == ASK
    assert ASK < checked.said < LINK


def test_of_few_pairs_nothing_is_said() -> None:
    assert calibration(without_number(0.2), OF_NUMBER, patterns(10, 5, 5000)) == ()
