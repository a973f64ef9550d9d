"""How long one run goes on: while something moves, and a little longer; not where there was no server at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from exchange.errors import TransportError
from exchange.transport.persistence import WORTH, Persistence
from exchange.transport.refusals import connection_lost, no_connection
from exchange.transport.road import Watch, nobody_watches

LOST, NOBODY = TransportError(connection_lost("far")), TransportError(no_connection("far", "nothing listens"))


def tries(outcomes: list[TransportError | int | None]) -> list[float]:
    """The pauses of a run whose attempts end so; a number: the link breaks after that many pieces worth counting."""
    pauses: list[float] = []
    left: Iterator[TransportError | int | None] = iter(outcomes)

    def attempt(watch: Watch) -> None:
        outcome = next(left)
        if isinstance(outcome, int):
            watch("x7Qk", outcome * WORTH, 1000 * WORTH)
            raise LOST
        if outcome is not None:
            raise outcome

    Persistence(sleep=pauses.append, chance=lambda: 1.0).on(attempt, nobody_watches)
    assert next(left, "over") == "over"
    return pauses


def test_it_goes_on_while_something_moves() -> None:
    assert tries([10, 20, 30, 40, 50, 60, 70, None]) == [1] * 7


def test_what_gets_no_further_counts_as_standing_still() -> None:
    assert tries([10, 10, 5, 10, None]) == [1, 2, 4, 8]
    with pytest.raises(TransportError):
        tries([10, *[10] * 5])


def test_a_first_attempt_that_finds_no_server_is_not_repeated() -> None:
    with pytest.raises(TransportError) as refused:
        tries([NOBODY])
    assert refused.value.codes == ("transport.no_connection",)


@pytest.mark.parametrize("first", [LOST, 10])
def test_a_server_that_was_there_is_waited_for_while_it_starts_again(first: TransportError | int) -> None:
    """Also where its end came before the first byte was confirmed."""
    assert len(tries([first, NOBODY, NOBODY, None])) == 3


@pytest.mark.parametrize(("step", "attempts"), [(1, 5), (WORTH, 100)])
def test_a_server_that_brings_nobody_on_holds_up_no_run_for_ever(step: int, attempts: int) -> None:
    """It confirms a little more each time, and hangs up."""
    done: list[int] = []

    def attempt(watch: Watch) -> None:
        done.append(step)
        watch("x7Qk", sum(done), 1 << 40)
        raise LOST

    with pytest.raises(TransportError):
        Persistence(sleep=lambda _seconds: None).on(attempt, nobody_watches)
    assert len(done) == attempts
