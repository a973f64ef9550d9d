"""An error says everything at once, and its number is its own."""

from __future__ import annotations

import pytest

from exchange import errors
from exchange.errors import AgreementError, ExchangeError, Problem


def kinds() -> list[type[ExchangeError]]:
    return [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ExchangeError)]


def test_every_kind_has_an_exit_status_of_its_own() -> None:
    assert len({kind.exit_status for kind in kinds()}) == len(kinds())


def test_every_kind_stands_in_the_picture_of_the_tree() -> None:
    assert errors.__doc__
    assert all(f"{kind.__name__} " in errors.__doc__ or kind is ExchangeError for kind in kinds())


def test_all_problems_are_raised_together() -> None:
    with pytest.raises(AgreementError) as caught:
        AgreementError.raise_all([Problem("a.one", "first"), Problem("a.two", "second", where="line 3")])
    assert caught.value.codes == ("a.one", "a.two")
    assert str(caught.value) == "first; line 3: second"


def test_no_problem_raises_nothing() -> None:
    AgreementError.raise_all([])
