"""A ledger died with its disk: with what the other side has, numbers go on, and none ever belongs to two contents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from seal.parties import RECIPIENT, SENDER, Party, bundle, letter

from exchange.errors import SealError
from exchange.seal.counted import Counted
from exchange.seal.ledger import Last, Ledger
from exchange.seal.series import Place, Series


def fresh(party: Party, tmp_path: Path) -> Party:
    return replace(party, ledger=Ledger(tmp_path / "fresh.sqlite"))


def test_a_sender_goes_on_after_what_its_recipient_took(sender: Party, recipient: Party, tmp_path: Path) -> None:
    for number in (1, 2):
        recipient.take(sender.send(bundle(number))[0])
    _file, written = sender.send(letter(3))
    recipient.take(_file)
    lost = fresh(sender, tmp_path)
    assert recipient.refuses(lost.seal(bundle(4))[0]).codes == ("seal.sequence_conflict",)
    told = recipient.ledger.last(SENDER)
    assert {(each.series.kind, each.sequence) for each in told} == {("bundle", 2), ("letter", 1)}
    assert all(lost.ledger.resume(each, as_sender=True) for each in told)
    assert lost.ledger.next_place(letter(5)) == Place(2, written.envelope.digest)
    recipient.take(lost.send(bundle(4))[0])
    recipient.take(lost.send(letter(5))[0])
    assert not any(lost.ledger.resume(each, as_sender=True) for each in told)
    assert lost.ledger.unqueued() == ()


def test_a_recipient_goes_on_after_what_its_sender_gave(sender: Party, recipient: Party, tmp_path: Path) -> None:
    files = [sender.send(bundle(number))[0] for number in (1, 2)]
    third, _sealed = sender.send(bundle(3))
    lost = fresh(recipient, tmp_path)
    assert lost.refuses(third).answer == "hold"
    before = Last(Series.of(bundle()), 2, sender.seal(bundle(9), Place(1, None))[1].envelope.digest)
    assert lost.ledger.resume(before, as_sender=False)
    assert lost.refuses(third).codes == ("seal.chain_broken",)  # a list that lies does not make us believe anything
    lost = replace(recipient, ledger=Ledger(tmp_path / "again.sqlite"))
    (told,) = sender.ledger.last(RECIPIENT)
    assert lost.ledger.resume(replace(told, sequence=2, envelope_digest=_digest(sender, 2)), as_sender=False)
    lost.take(third)
    assert {lost.refuses(file).codes for file in files} == {("seal.given_up",), ("seal.sequence_conflict",)}


def _digest(party: Party, sequence: int) -> str:
    with party.ledger._open() as book:
        query = "SELECT envelope FROM given WHERE sequence = ?"
        return str(book.execute(query, (sequence,)).fetchone()[0])


def test_what_is_not_on_its_way_yet_is_not_told(sender: Party) -> None:
    _file, sealed = sender.seal(bundle())
    sender.ledger.gave(sealed.envelope, sealed.ciphertext_sha256)
    assert sender.ledger.last(RECIPIENT) == ()
    assert sender.ledger.last(SENDER) == ()


def test_numbers_never_go_back_nor_over_what_is_there(sender: Party, recipient: Party) -> None:
    recipient.take(sender.send(bundle(1))[0])
    (told,) = recipient.ledger.last(SENDER)
    with pytest.raises(SealError) as caught:
        sender.ledger.resume(replace(told, envelope_digest="sha256:" + "0" * 64), as_sender=True)
    assert caught.value.codes == ("seal.numbers_differ",)
    _file, sealed = sender.seal(bundle(2))
    sender.ledger.gave(sealed.envelope, sealed.ciphertext_sha256)
    with pytest.raises(SealError) as caught:
        sender.ledger.resume(replace(told, sequence=5), as_sender=True)
    assert caught.value.codes == ("seal.unsettled",)
    assert sender.ledger.next_place(letter(3)) == Place(1, None)


@pytest.mark.parametrize(
    "change",
    [
        ('"sequence": 2', '"sequence": 0'),
        ('"sequence": 2', '"sequence": "2"'),
        ('"sender": "yks"', '"sender": "io-id"'),
        ('"kind": "bundle"', '"kind": "parcel"'),
        ("sha256:", "sha512:"),
        ('"agreement": "DSA-1"', '"agreement": "../x"'),
        ('"of"', '"by"'),
        ("{", "["),
    ],
)
def test_a_list_that_is_not_between_the_two_is_none(change: tuple[str, str]) -> None:
    text = (
        '{"of": "gt-ntt", "with": "yks", "last": [{"sender": "yks", "recipient": "gt-ntt", "agreement": "DSA-1", '
        f'"kind": "bundle", "sequence": 2, "envelope": "sha256:{"a" * 64}"}}]}}'
    )
    read = Counted.read(text.encode())
    assert read is not None
    assert read.lasts() == [Last(Series("yks", "gt-ntt", "DSA-1", "bundle"), 2, "sha256:" + "a" * 64)]
    assert Counted.read(text.replace(*change).encode()) is None
