"""A number belongs to one content, for ever, whatever crashes; and none is missing for ever."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from seal.parties import RECIPIENT, SENDER, THIRD, Party, agreement, bundle, letter, party

from exchange.agreements.agreement import Reference
from exchange.errors import SealError
from exchange.seal.ledger import Given, Ledger
from exchange.seal.sealing import SealedBundle
from exchange.seal.series import Place, Series


def codes(call: object, *arguments: object) -> tuple[str, ...]:
    with pytest.raises(SealError) as caught:
        call(*arguments)  # type: ignore[operator]
    return caught.value.codes


def test_each_series_counts_for_itself(sender: Party) -> None:
    sender.knows(THIRD)
    other = Reference(id="DSA-NTT-2027-01", version="1.0.0", digest="sha256:" + "c" * 64)
    parcels = [
        bundle(1),
        letter(2),
        replace(bundle(3), recipient=THIRD),
        replace(bundle(4), agreement=other),
        letter(5, "card", None),
    ]
    for parcel in parcels:
        _file, sealed = sender.send(parcel)
        assert (sealed.envelope.sequence, sealed.envelope.previous) == (1, None)
    for parcel in parcels:
        assert sender.ledger.next_place(parcel).sequence == 2


def test_a_new_version_of_the_agreement_goes_on_counting(sender: Party) -> None:
    _file, sealed = sender.send(bundle(1))
    assert bundle().agreement
    newer = bundle().agreement.model_copy(update={"version": "1.1.0", "digest": "sha256:" + "d" * 64})
    assert sender.ledger.next_place(replace(bundle(2), agreement=newer)) == Place(2, sealed.envelope.digest)


def test_a_number_is_given_to_one_content_only(sender: Party) -> None:
    _file, first = sender.seal(bundle(1))
    _file, second = sender.seal(bundle(2))
    sender.ledger.gave(first.envelope, first.ciphertext_sha256)
    sender.ledger.gave(first.envelope, first.ciphertext_sha256)
    assert codes(sender.ledger.gave, second.envelope, second.ciphertext_sha256) == ("seal.place_taken",)
    assert codes(sender.ledger.gave, first.envelope, second.ciphertext_sha256) == ("seal.place_taken",)


def test_what_was_sealed_and_not_queued_is_found_after_a_crash(sender: Party) -> None:
    _file, sealed = sender.seal(bundle())
    sender.ledger.gave(sealed.envelope, sealed.ciphertext_sha256)
    (found,) = sender.ledger.unqueued()
    assert found == Given(
        Series.of(bundle()), 1, sealed.envelope.digest, sealed.envelope.id, sealed.ciphertext_sha256, queued=False
    )
    sender.ledger.queued(found.ciphertext_sha256)
    assert sender.ledger.unqueued() == ()
    assert codes(sender.ledger.take_back, found) == ("seal.given",)


def test_a_number_whose_file_never_left_is_given_anew(sender: Party, recipient: Party) -> None:
    _file, lost = sender.seal(bundle(1))
    sender.ledger.gave(lost.envelope, lost.ciphertext_sha256)
    sender.ledger.take_back(sender.ledger.unqueued()[0])
    file, again = sender.send(bundle(2))
    assert again.envelope.sequence == 1
    recipient.take(file)


def test_a_series_gives_no_number_while_the_one_before_may_be_lost(sender: Party) -> None:
    _file, first = sender.seal(bundle(1))
    _file, second = sender.seal(bundle(2), Place(2, first.envelope_digest))
    sender.ledger.gave(first.envelope, first.ciphertext_sha256)
    assert codes(sender.ledger.next_place, bundle(2)) == ("seal.unsettled",)
    assert codes(sender.ledger.gave, second.envelope, second.ciphertext_sha256) == ("seal.unsettled",)
    assert sender.ledger.next_place(letter(3)).sequence == 1
    (unqueued,) = sender.ledger.unqueued()
    sender.ledger.queued(first.ciphertext_sha256)
    sender.ledger.gave(second.envelope, second.ciphertext_sha256)
    assert codes(sender.ledger.take_back, unqueued) == ("seal.given",)


def test_two_processes_that_pack_at_once_get_two_numbers(sender: Party) -> None:
    sealed = [sender.seal(bundle(number))[1] for number in range(1, 9)]
    kept: list[SealedBundle] = []

    def give(each: SealedBundle) -> None:
        try:
            Ledger(sender.ledger._file).gave(each.envelope, each.ciphertext_sha256)
            kept.append(each)
        except SealError:
            pass

    threads = [threading.Thread(target=give, args=(each,)) for each in sealed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 1


def test_a_refused_number_is_used_up_and_the_series_goes_on(sender: Party, recipient: Party) -> None:
    first, sealed = sender.send(bundle(1))
    second, _sealed = sender.send(bundle(2))
    error = recipient.refuses(first, recipient.facts(recipient.facts().now, agreement(SENDER, THIRD)))
    assert error.answer == "refusal"
    assert error.envelope
    recipient.ledger.took(error.envelope, sealed.ciphertext_sha256, "refused")
    assert recipient.refuses(first).codes == ("seal.replayed",)
    recipient.take(second)


def test_an_answered_break_in_the_chain_does_not_stop_the_series(sender: Party, recipient: Party) -> None:
    recipient.take(sender.send(bundle(1))[0])
    strange, sealed = sender.seal(bundle(2), Place(2, "sha256:" + "0" * 64))
    error = recipient.refuses(strange)
    assert codes(recipient.ledger.took, sealed.envelope, sealed.ciphertext_sha256, "accepted") == ("seal.place_taken",)
    assert error.envelope
    recipient.ledger.took(error.envelope, sealed.ciphertext_sha256, "refused")
    recipient.take(sender.seal(bundle(3), Place(3, sealed.envelope.digest))[0])


def test_nothing_is_taken_out_of_its_order(sender: Party, recipient: Party) -> None:
    _file, sealed = sender.send(bundle(1))
    _file, second = sender.send(bundle(2))
    for outcome in ("accepted", "refused"):
        refused = codes(recipient.ledger.took, second.envelope, second.ciphertext_sha256, outcome)
        assert refused == ("seal.place_taken",)
    for _twice in range(2):
        recipient.ledger.took(sealed.envelope, sealed.ciphertext_sha256, "accepted")
    assert codes(recipient.ledger.took, sealed.envelope, "0" * 64, "accepted") == ("seal.place_taken",)


def test_what_is_lost_for_good_is_given_up_by_people(sender: Party, recipient: Party) -> None:
    recipient.take(sender.send(bundle(1))[0])
    lost = [sender.send(bundle(number)) for number in (2, 3)]
    file, _sealed = sender.send(bundle(4))
    series = Series.of(bundle(4))
    for _file, each in reversed(lost):  # letters come in any order
        assert recipient.refuses(file).codes == ("seal.out_of_sequence",)
        for _twice in range(2):
            recipient.ledger.close(series, each.envelope.sequence, each.envelope_digest)
    recipient.take(file)
    assert [recipient.refuses(each).codes for each, _sealed in lost] == [("seal.given_up",)] * 2
    recipient.take(sender.send(bundle(5))[0])


def test_what_has_come_is_not_closed_and_what_is_closed_waits_for_what_is_before_it(
    sender: Party, recipient: Party
) -> None:
    files = [sender.send(bundle(number)) for number in (1, 2, 3)]
    series = Series.of(bundle(1))
    second, third = files[1][1], files[2][1]
    recipient.ledger.close(series, 2, second.envelope_digest)
    assert recipient.ledger.expected(series).sequence == 1
    recipient.take(files[0][0])
    assert recipient.ledger.expected(series) == Place(3, second.envelope_digest)
    recipient.take(files[2][0])
    recipient.ledger.close(series, 3, third.envelope_digest)
    taken = recipient.ledger.taken(series, 3)
    assert taken
    assert taken.outcome == "accepted"
    recipient.take(sender.send(bundle(4))[0])


def test_a_person_may_read_again_by_hand(sender: Party, recipient: Party) -> None:
    file, _sealed = sender.send(bundle(1))
    later, _sealed = sender.send(bundle(2))
    recipient.take(file)
    again = replace(recipient.facts(), reading_again=True)
    assert recipient.open(file, again).parcel == bundle(1)
    assert recipient.open(later, again).parcel == bundle(2)


def test_the_ledger_is_private_and_says_when_it_is_damaged(sender: Party, tmp_path: Path) -> None:
    sender.send(bundle())
    file = sender.ledger._file
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(b"not a database at all" * 100)
    with pytest.raises(SealError) as caught:
        sender.ledger.next_place(bundle())
    assert caught.value.codes == ("seal.ledger",)
    assert str(tmp_path) not in str(caught.value)
    assert codes(Ledger(tmp_path / "no" / "folder").unqueued) == ("seal.ledger",)


def test_a_full_disk_changes_nothing(sender: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    _file, sealed = sender.seal(bundle())
    connect = sqlite3.connect

    class Full(sqlite3.Connection):
        def execute(self, sql: str, *more: object) -> sqlite3.Cursor:
            if sql == "COMMIT":
                raise sqlite3.OperationalError("database or disk is full")
            return super().execute(sql, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, factory=Full, **k))
    assert codes(sender.ledger.gave, sealed.envelope, sealed.ciphertext_sha256) == ("seal.ledger",)
    monkeypatch.undo()
    assert sender.ledger.unqueued() == ()
    sender.ledger.gave(sealed.envelope, sealed.ciphertext_sha256)


class Crashing(RuleBasedStateMachine):
    """A sender who crashes between any two steps and goes on as `ledger.py` says; a recipient who gets what left."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.folder = Path(tempfile.mkdtemp())
        self.sender = party(SENDER, self.folder, RECIPIENT)
        self.recipient = party(RECIPIENT, self.folder, SENDER)
        self.files: dict[str, bytes] = {}  # sealed, private, on the disk
        self.left: dict[str, bytes] = {}  # queued, so others may see them
        self.order: list[str] = []
        self.number = 0

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @rule(stop=st.integers(1, 4))
    def pack(self, stop: int) -> None:
        """Crash after the step `stop`; the fourth is the last."""
        if self.sender.ledger.unqueued():
            assert codes(self.sender.ledger.next_place, bundle()) == ("seal.unsettled",)
            self.recover()
        self.number += 1
        file, sealed = self.sender.seal(bundle(self.number))
        digest = sealed.ciphertext_sha256
        self.files[digest] = file
        if stop > 1:
            self.sender.ledger.gave(sealed.envelope, digest)
        if stop > 2:
            self._queue(digest)
        if stop > 3:
            self.sender.ledger.queued(digest)

    @rule()
    def lose_the_private_files(self) -> None:
        self.files.clear()

    def _queue(self, digest: str) -> None:
        if digest not in self.left:
            self.left[digest] = self.files[digest]
            self.order.append(digest)

    @rule()
    def recover(self) -> None:
        for given in self.sender.ledger.unqueued():
            digest = given.ciphertext_sha256
            if digest in self.files or digest in self.left:
                self._queue(digest)
                self.sender.ledger.queued(digest)
            else:
                self.sender.ledger.take_back(given)

    @invariant()
    def what_left_can_all_be_taken_in(self) -> None:
        while self.order:
            self.recipient.take(self.left[self.order.pop(0)])


TestASenderWhoCrashes = Crashing.TestCase
TestASenderWhoCrashes.settings = settings(max_examples=10, stateful_step_count=7, deadline=None)
