"""Others see of the rows held back a band, never a count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.consent.bands import Band, band
from exchange.locale import speaking


@pytest.mark.parametrize(
    ("count", "of", "says"),
    [
        (0, 0, "none or under a twentieth"),
        (0, 100, "none or under a twentieth"),
        (1, 100, "none or under a twentieth"),
        (5, 100, "a twentieth to a tenth"),
        (10, 100, "a tenth to a fifth"),
        (20, 100, "a fifth to a third"),
        (33, 99, "a third to a half"),
        (50, 100, "a third to a half"),
        (51, 100, "over a half"),
        (1, 1, "over a half"),
    ],
)
def test_a_share_is_in_its_band(count: int, of: int, says: str) -> None:
    with speaking("en"):
        assert str(band(count, of)) == says


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_is_never_in_a_lower_band(count: int, more: int) -> None:
    order = list(Band)
    whole = count + more + 1
    assert order.index(band(count, whole)) <= order.index(band(count + more, whole))


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.sampled_from(["en", "id"]))
def test_no_band_holds_a_number(count: int, more: int, language: object) -> None:
    with speaking(language):  # type: ignore[arg-type]  # one of the two languages
        assert not any(letter.isdigit() for letter in str(band(count, count + more)))


def test_more_than_the_whole_is_a_mistake() -> None:
    with pytest.raises(AssertionError):
        band(2, 1)
