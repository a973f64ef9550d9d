"""What is sealed for somebody is opened by them, as it was; outside it says nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from pathlib import Path

import pytest
from seal.parties import DAY, LATER, MEMBERS, NOW, Party, bundle, identity, letter

from exchange.bundle.parcel import Member, Parcel
from exchange.errors import KeyringError, SealError
from exchange.keyring.identity import rotate
from exchange.seal.opening import unpack_sealed
from exchange.seal.refusals import OpeningError
from exchange.seal.series import Place
from exchange.seal.sizes import MIB, STEPS, encrypted, padded, step


@pytest.mark.parametrize("parcel", [bundle(), letter(), letter(kind="card", agreement=None)])
def test_what_is_sealed_comes_out_as_it_was(sender: Party, recipient: Party, parcel: Parcel) -> None:
    file, sealed = sender.send(parcel)
    opened = recipient.take(file)
    assert opened.parcel == parcel
    assert (opened.envelope, opened.ciphertext_sha256) == (sealed.envelope, sealed.ciphertext_sha256)
    assert sealed.size == len(file)


def test_a_series_goes_on(sender: Party, recipient: Party) -> None:
    for number in range(1, 5):
        file, sealed = sender.send(bundle(number))
        assert sealed.envelope.sequence == number
        assert recipient.take(file).parcel.id == f"{number:032x}"


def test_a_letter_does_not_wait_for_a_bundle(sender: Party, recipient: Party) -> None:
    sender.send(bundle(1))
    file, _sealed = sender.send(letter(2))
    assert recipient.take(file).envelope.sequence == 1


def test_letters_and_small_bundles_have_one_size(sender: Party) -> None:
    small = (Member("a", b""),)
    large = (Member("a", bytes(200_000)),)
    sizes = {len(sender.seal(parcel)[0]) for parcel in (letter(), bundle(), bundle(2, small), bundle(3, large))}
    assert len(sizes) == 1
    assert STEPS[0] - 600 < sizes.pop() <= STEPS[0]


@pytest.mark.parametrize("content", [400_000, 3 * MIB, 17 * MIB - 99_999])
def test_larger_bundles_fall_on_the_next_steps(sender: Party, recipient: Party, content: int) -> None:
    parcel = bundle(1, (Member("data/a.csv", bytes(content)),))
    file, _sealed = sender.seal(parcel)
    assert step(content) - 600 < len(file) <= step(content)
    assert recipient.take(file).parcel == parcel


def test_steps_never_shrink_and_hold_what_they_must() -> None:
    for plain in [*range(1, 300_000, 997), *range(15 * MIB, 40 * MIB, 99_991), 10**9, 2**30, 2**30 + 1]:
        room = padded(plain, 1700)
        assert plain - 511 <= room
        assert (
            encrypted(room, 1700) <= step(encrypted(plain, 1700)) <= max(STEPS[0], encrypted(room, 1700) * 1.13 + 600)
        )


def test_outside_names_are_random_and_say_nothing(sender: Party) -> None:
    _file, sealed = sender.seal(bundle())
    assert len(sealed.name) == 36
    assert sealed.name.endswith(".age")
    assert sealed.name[:32] not in sealed.envelope.to_bytes().decode()


def test_rotated_keys_open_what_was_under_way(sender: Party, recipient: Party) -> None:
    file, _sealed = sender.seal(bundle())
    later = Party(rotate(recipient.identity, dt.date(2026, 10, 1)), recipient.cards, recipient.ledger)
    assert later.open(file).parcel == bundle()


def test_an_unconfirmed_or_revoked_card_receives_nothing(sender: Party) -> None:
    known = sender.cards.find("gt-ntt")
    assert known
    sender.knows("io-id", confirmed=False)
    for card, code in ((sender.cards.find("io-id"), ("seal.wrong_card", "seal.unconfirmed_card")),):
        assert card
        assert _refused_to_seal(sender, bundle(), card) == code
    sender.cards.revoke("gt-ntt", DAY)
    assert _refused_to_seal(sender, bundle(), sender.cards.known("gt-ntt")) == ("seal.unconfirmed_card",)


def _refused_to_seal(sender: Party, parcel: Parcel, card: object, **changes: dt.datetime) -> tuple[str, ...]:
    from exchange.seal.sealing import seal

    target = io.BytesIO()
    times = {"created": NOW, "expires": LATER} | changes
    with pytest.raises((SealError, KeyringError)) as caught:
        seal(parcel, sender.identity, card, Place(1, None), randomness=bytes, target=target, **times)  # type: ignore[arg-type]
    assert not target.getvalue()
    return caught.value.codes


def test_nothing_is_sealed_in_anothers_name_or_past_its_time(sender: Party) -> None:
    card = sender.cards.get("gt-ntt", DAY)
    stranger = Party(identity("io-id"), sender.cards, sender.ledger)
    assert _refused_to_seal(stranger, bundle(), card) == ("seal.wrong_sender",)
    assert _refused_to_seal(sender, bundle(), card, expires=NOW) == ("seal.times",)
    assert _refused_to_seal(
        sender, bundle(), card, created=NOW.replace(year=2028), expires=LATER.replace(year=2029)
    ) == ("card.expired",)


@pytest.mark.parametrize(
    "paths",
    [
        (),
        ("/etc/passwd",),
        ("../a",),
        ("a/../b",),
        ("a", "a"),
        ("a", "A"),
        ("a", "a/b"),
        (".hidden",),
        ("a//b",),
        ("a/",),
        ("nul.csv",),
        ("data/ä.csv",),
        ("a" * 101,),
        ("a\0",),
        ("a\n",),
    ],
)
def test_a_parcel_with_a_name_that_cannot_travel_is_not_sealed(sender: Party, paths: tuple[str, ...]) -> None:
    parcel = bundle(1, tuple(Member(path, b"") for path in paths))
    assert _refused_to_seal(sender, parcel, sender.cards.get("gt-ntt", DAY)) == ("seal.member",)


def test_a_full_disk_is_said_and_what_was_written_opens_for_nobody(sender: Party, recipient: Party) -> None:
    from exchange.seal.sealing import seal

    class Full(io.BytesIO):
        def write(self, data: bytes) -> int:  # type: ignore[override]
            room = 70_000 - self.tell()
            if len(data) > super().write(data[:room]):
                raise OSError(28, "No space left on device")
            return len(data)

    target = Full()
    card = sender.cards.get("gt-ntt", DAY)
    place = Place(1, None)
    with pytest.raises(SealError) as caught:
        seal(bundle(), sender.identity, card, place, created=NOW, expires=LATER, randomness=bytes, target=target)
    assert caught.value.codes == ("seal.not_written",)
    assert recipient.refuses(target.getvalue()).codes == ("seal.damaged",)


def test_opened_into_a_folder_files_are_private_and_whole(sender: Party, recipient: Party, tmp_path: Path) -> None:
    file, _sealed = sender.seal(bundle())
    out = tmp_path / "out"
    unpacked = unpack_sealed(io.BytesIO(file), recipient.identity, recipient.cards, recipient.facts(), out)
    assert unpacked.paths == tuple(member.path for member in MEMBERS)
    for member in MEMBERS:
        assert (out / member.path).read_bytes() == member.content
        assert (out / member.path).stat().st_mode & 0o777 == 0o600
    assert {path.stat().st_mode & 0o777 for path in (out, out / "data")} == {0o700}


def test_another_file_than_the_one_whose_notices_were_read_is_not_opened(
    sender: Party, recipient: Party, tmp_path: Path
) -> None:
    read, _sealed = sender.seal(bundle())
    other, _sealed = sender.seal(bundle())
    known_as = f"sha256:{hashlib.sha256(read).hexdigest()}"
    out, keys = tmp_path / "out", (recipient.identity, recipient.cards)
    with pytest.raises(OpeningError) as caught:
        unpack_sealed(io.BytesIO(other), *keys, recipient.facts(), out, known_as=known_as)
    assert caught.value.codes == ("seal.changed",)
    assert not out.exists()
    unpacked = unpack_sealed(io.BytesIO(read), *keys, recipient.facts(), out, known_as=known_as)
    assert unpacked.ciphertext_sha256 == known_as.removeprefix("sha256:")


def test_a_folder_that_is_there_is_not_touched(sender: Party, recipient: Party, tmp_path: Path) -> None:
    file, _sealed = sender.seal(bundle())
    (tmp_path / "out").mkdir()
    with pytest.raises(SealError) as caught:
        unpack_sealed(io.BytesIO(file), recipient.identity, recipient.cards, recipient.facts(), tmp_path / "out")
    assert caught.value.codes == ("seal.out_exists",)
    assert not list((tmp_path / "out").iterdir())


def test_a_disk_that_fills_while_unpacking_leaves_nothing(
    sender: Party, recipient: Party, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, _sealed = sender.seal(bundle(1, (*MEMBERS, Member("data/large.csv", bytes(3000)))))
    home = tmp_path / "home"
    home.mkdir()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SealError) as caught:
        unpack_sealed(io.BytesIO(file), recipient.identity, recipient.cards, recipient.facts(), home / "out")
    assert caught.value.codes == ("seal.not_written",)
    assert str(tmp_path) not in str(caught.value)
    assert not list(home.iterdir())
