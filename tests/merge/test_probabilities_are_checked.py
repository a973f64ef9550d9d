"""What is said of pairs is compared with what their numbers show."""

from __future__ import annotations

import numpy as np

from exchange.merge.linking.calibration import calibration
from exchange.merge.linking.comparing import Comparison, Level
from exchange.merge.linking.learning import Learned, Patterns, Witness
from exchange.merge.linking.model import ASK, LINK

NUMBER = Comparison("number", "", (Level("same", ""), Level("another", "ELSE")))
NAME = Comparison("name", "", (Level("same", ""), Level("another", "ELSE")))


def learned(matching: float) -> Learned:
    witnesses = (
        Witness("number", (NUMBER,), np.array([0.8, 0.2]), np.array([1e-6, 1 - 1e-6]), 1.0, 1.0, "in blocks"),
        Witness("name", (NAME,), np.array([0.9, 0.1]), np.array([1e-4, 1 - 1e-4]), 1.0, 1.0, "in blocks"),
    )
    return Learned(witnesses, matching)


def patterns(agree: int, differ: int, silent: int) -> Patterns:
    places = np.array([[0, 0], [1, 0], [-1, 0]])
    return Patterns((NUMBER, NAME), places, np.array([agree, differ, silent], dtype=np.float64))


def test_what_is_said_rightly_is_seen() -> None:
    (checked,) = calibration(learned(0.2), patterns(800, 200, 5000))  # 8 in 10 of one person's numbers agree
    assert (checked.least, checked.pairs, checked.seen) == (LINK, 1000, 1.0)
    assert checked.said > LINK


def test_what_is_said_wrongly_is_seen() -> None:
    (checked,) = calibration(learned(0.2), patterns(400, 600, 5000))
    assert (checked.pairs, checked.seen) == (1000, 0.5)


def test_what_is_asked_about_is_told_apart() -> None:
    (checked,) = calibration(learned(3e-4), patterns(800, 200, 0))
    assert checked.least == ASK
    assert ASK < checked.said < LINK


def test_of_few_pairs_nothing_is_said() -> None:
    assert calibration(learned(0.2), patterns(10, 5, 5000)) == ()
