"""What nobody knows is refused: an answer about it would read as if nothing had happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from asking.books import digest
from asking.story import Story

from exchange.asking.answer import Asked
from exchange.asking.known import checked
from exchange.asking.shown import Shown
from exchange.errors import UsageError


@pytest.fixture
def shown() -> Shown:
    story = Story()
    story.send("aa000001")
    story.send("aa000002")
    return Shown.of([story.yks.history(), story.recipient.history()], story.yks.made)


def refused(shown: Shown, asked: Asked) -> UsageError:
    with pytest.raises(UsageError) as error:
        checked(shown, asked)
    return error.value


def test_what_is_known_is_asked_as_it_is(shown: Shown) -> None:
    asked = Asked(sender="yks", recipient="gt-ntt", party="io-id", agreement="DSA-NTT-2026-004")
    assert checked(shown, asked) == asked
    assert checked(shown, Asked()) == Asked()


def test_everything_that_no_log_knows_is_refused_at_once_with_what_is_known(shown: Shown) -> None:
    asked = Asked(sender="yks2", party="nobody", agreement="DSA-1", bundle="ffff")
    asked = replace(asked, since=date(2026, 12, 31), until=date(2026, 10, 1))
    error = refused(shown, asked)
    assert error.codes == ("usage.days", "usage.party", "usage.party", "usage.agreement", "usage.bundle")
    assert "gt-ntt" in error.problems[1].hint
    assert "DSA-NTT-2026-004" in error.problems[3].hint


def test_one_day_is_no_wrong_order(shown: Shown) -> None:
    day = date(2026, 10, 1)
    assert checked(shown, Asked(since=day, until=day)).since == day


@pytest.mark.parametrize(
    "begins",
    ["aa000001", "AA000001", digest("aa000001"), digest("aa000001").removeprefix("sha256:")[:12] + "…"],
)
def test_a_bundle_is_known_by_its_id_its_digest_and_the_beginning_of_either(shown: Shown, begins: str) -> None:
    assert checked(shown, Asked(bundle=begins)).bundle == "aa000001"


def test_a_beginning_that_several_bundles_have_is_refused_with_their_names(shown: Shown) -> None:
    error = refused(shown, Asked(bundle="aa00"))
    assert error.codes == ("usage.bundle_unclear",)
    assert "aa000001, aa000002" in error.problems[0].hint
    assert refused(shown, Asked(bundle="…")).codes == ("usage.bundle",)


def test_a_whole_id_is_that_bundle_whatever_else_begins_so() -> None:
    story = Story()
    story.send("aa0000011")
    story.send("aa000001")
    shown = Shown.of([story.yks.history()], story.yks.made)
    assert checked(shown, Asked(bundle="aa000001")).bundle == "aa000001"
