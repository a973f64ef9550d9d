"""What must not leave any more does not, at whatever moment that is known; what may be there is never called gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from transport.queues import LATER, NOW, Interrupted, an_outbox, queued

from exchange.errors import KeyringError, Problem, TransportError
from exchange.transport.folder import FolderRoad
from exchange.transport.landing import name_taken
from exchange.transport.outbox import Outbox
from exchange.transport.parcels import Queued, Standing
from exchange.transport.refusals import connection_lost
from exchange.transport.road import Delivery, NotPut, NotThereError, Outgoing, Watch, nobody_watches

WHY = Problem("approval.withdrawn_since", "somebody withdrew")


@pytest.fixture
def far(tmp_path: Path) -> Path:
    folder = tmp_path / "far"
    folder.mkdir()
    return folder


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return an_outbox(tmp_path)


def standing(outbox: Outbox) -> Standing:
    (found,) = outbox.status()
    return found


class Broken(FolderRoad):
    def __init__(self, path: Path, error: type[TransportError]) -> None:
        super().__init__(path, settle=0)
        self._error = error

    def put_file(self, outgoing: Outgoing) -> Delivery:
        raise self._error(connection_lost("far"))


def test_what_is_held_is_not_sent_and_can_be_rejected(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    parcel = queued(outbox, tmp_path, "one")
    assert outbox.hold(parcel.sha256, NOW, WHY)
    outbox.deliver(lambda _who: FolderRoad(far), NOW, at_once=True)
    assert (standing(outbox).state, standing(outbox).code) == ("packed", WHY.code)
    assert outbox.reject(parcel.sha256, NOW)
    assert not list(far.iterdir())
    assert not outbox.hold(parcel.sha256, NOW, WHY)


def test_what_is_held_while_others_are_sent_does_not_follow_them(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    """Another process holds the second while the first is on its way."""
    queued(outbox, tmp_path, "one")
    second = queued(outbox, tmp_path, "two", queued_at=NOW + timedelta(seconds=1))
    road = Interrupted(far, after=lambda: outbox.hold(second.sha256, NOW, WHY))
    outbox.deliver(lambda _who: road, NOW, at_once=True)
    assert [each.name for each in far.iterdir()] == ["one"]
    assert [each.state for each in outbox.status()] == ["delivered", "packed"]


def test_the_objection_is_asked_again_before_each(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    queued(outbox, tmp_path, "one")
    queued(outbox, tmp_path, "two", queued_at=NOW + timedelta(seconds=1))
    known: list[Problem] = []

    def objection(of: Standing) -> Problem | None:
        return known[0] if known and of.parcel.name == "two" else None

    road = Interrupted(far, after=lambda: known.append(WHY))
    outbox.deliver(lambda _who: road, NOW, at_once=True, objection=objection)
    assert [each.name for each in far.iterdir()] == ["one"]


@pytest.mark.parametrize(("error", "maybe"), [(TransportError, True), (NotThereError, False)])
def test_only_what_never_got_its_name_can_be_rejected(
    outbox: Outbox, far: Path, tmp_path: Path, error: type[TransportError], maybe: bool
) -> None:
    parcel = queued(outbox, tmp_path, "one")
    outbox.deliver(lambda _who: Broken(far, error), NOW, at_once=True)
    assert (standing(outbox).state, standing(outbox).maybe_there) == ("queued", maybe)
    outbox.hold(parcel.sha256, NOW, WHY)
    assert (outbox.reject(parcel.sha256, NOW) is None) is maybe
    outbox.never_came(parcel.sha256, NOW)
    assert (outbox.reject(parcel.sha256, NOW) is None) is not maybe


def test_what_may_be_there_stays_so_when_a_later_attempt_breaks_early(
    outbox: Outbox, far: Path, tmp_path: Path
) -> None:
    queued(outbox, tmp_path, "one")
    for error in (TransportError, NotThereError):
        outbox.deliver(lambda _who, error=error: Broken(far, error), NOW, at_once=True)  # type: ignore[misc]
    assert standing(outbox).maybe_there


class SeveralAtOnce(FolderRoad):
    """As over SFTP: further parcels are pulled before it is told what became of the first."""

    def put(self, files: Iterable[Outgoing], watch: Watch = nobody_watches) -> Iterator[Delivery | NotPut]:
        del watch
        yield from [self.put_file(each) for each in files]


def test_what_was_on_its_way_when_something_of_ours_failed_may_be_there(
    outbox: Outbox, far: Path, tmp_path: Path
) -> None:
    first = queued(outbox, tmp_path, "one")
    queued(outbox, tmp_path, "two", queued_at=NOW + timedelta(seconds=1))

    def objection(of: Standing) -> Problem | None:
        if of.parcel.name == "two" and list(far.iterdir()):
            raise KeyringError(Problem("card.damaged", "it was damaged a moment ago"))
        return None

    outbox.deliver(lambda _who: SeveralAtOnce(far, settle=0), NOW, at_once=True, objection=objection)
    assert [each.name for each in far.iterdir()] == ["one"]
    assert [(each.state, each.maybe_there) for each in outbox.status()] == [("queued", True), ("queued", False)]
    outbox.hold(first.sha256, NOW, WHY)
    assert outbox.reject(first.sha256, NOW) is None, "the recipient can take it"


def test_what_was_held_while_it_failed_is_still_to_be_released(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    parcel = queued(outbox, tmp_path, "one")

    def fail() -> None:
        outbox.hold(parcel.sha256, NOW, WHY)
        raise TransportError(name_taken("one"))

    outbox.deliver(lambda _who: Interrupted(far, before=fail), NOW)
    assert (standing(outbox).state, standing(outbox).code) == ("packed", WHY.code)
    assert outbox.retry(parcel.id, NOW) is None


def test_a_server_that_is_down_gets_nothing(outbox: Outbox, tmp_path: Path) -> None:
    queued(outbox, tmp_path, "one")
    outbox.deliver(lambda _who: FolderRoad(tmp_path / "nowhere"), NOW, at_once=True)
    assert (standing(outbox).attempts, standing(outbox).maybe_there) == (1, False)


def test_a_receipt_is_late_when_whoever_asks_says_so(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    queued(outbox, tmp_path, "one")
    outbox.deliver(lambda _who: FolderRoad(far), NOW)

    def two_days(_parcel: Queued) -> timedelta:
        return timedelta(days=2)

    for at, count in ((NOW + timedelta(days=2), 0), (NOW + timedelta(days=2, seconds=1), 1)):
        assert len(outbox.deliver(lambda _who: FolderRoad(far), at, receipt_within=two_days)) == count


def test_when_the_server_had_it_is_kept_whatever_comes_later(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    parcel = queued(outbox, tmp_path, "one")
    assert outbox.delivered() == {}
    outbox.deliver(lambda _who: FolderRoad(far), NOW)
    outbox.acknowledge(parcel.sha256, LATER)
    assert outbox.delivered() == {parcel.sha256: NOW}


def test_what_is_queued_in_the_same_second_keeps_its_order(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    names = list("kcaxbz")
    for name in names:
        queued(outbox, tmp_path, name)
    sent = [each.parcel.name for each in outbox.deliver(lambda _who: FolderRoad(far), NOW) if each.state == "delivered"]
    assert sent == [each.parcel.name for each in outbox.status()] == names
