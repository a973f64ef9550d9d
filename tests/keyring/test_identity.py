"""An identity is made, kept under a passphrase, and given to nobody who does not know it."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from crypto.stock_age import at_a_terminal
from needs import needs

from exchange.crypto.age import WORK_FACTOR, decrypt, encrypt
from exchange.crypto.signing import SigningKey
from exchange.errors import KeyringError
from exchange.keyring.card import issue_card
from exchange.keyring.identity import Identity, new_identity, rotate
from exchange.keyring.identity_file import load_identity, save_identity
from exchange.keyring.locked_files import write_locked
from exchange.keyring.passphrase import VARIABLE, check_passphrase, passphrase_from_file
from exchange.keyring.people import certify, dismiss, load_person_key, save_person_key, who_may
from exchange.keyring.private_files import MAX_SIZE, read_private, write_private
from exchange.keyring.shapes import Names, Person

Make = Callable[[str], Identity]
PASSPHRASE = "enam kuda liar minum kopi"
LOW = 4
DAY = date(2026, 9, 1)
LATER = date(2026, 10, 1)


def saved(identity: Identity, folder: Path) -> Path:
    path = folder / "identity.age"
    save_identity(identity, path, PASSPHRASE, work_factor=LOW)
    return path


def refusal(call: Callable[[], object]) -> tuple[str, ...]:
    with pytest.raises(KeyringError) as caught:
        call()
    return caught.value.codes


def person(key: SigningKey, name: str = "Petugas Contoh") -> Person:
    return Person(
        id="data.officer.1",
        name=name,
        roles=("prepare", "open"),
        key=key.verify_key.openssh(),
        not_before=DAY,
        not_after=LATER,
    )


def test_what_is_saved_is_loaded(make: Make, tmp_path: Path) -> None:
    identity = certify(rotate(make("yks"), LATER), person(SigningKey.generate()))
    path = saved(identity, tmp_path)
    assert load_identity(path, PASSPHRASE) == identity
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["identity.age"]


def test_another_passphrase_is_refused(make: Make, tmp_path: Path) -> None:
    path = saved(make("yks"), tmp_path)
    assert refusal(lambda: load_identity(path, PASSPHRASE + " ")) == ("passphrase.wrong",)


@pytest.mark.parametrize("weak", ["", "short", "a" * 40, " " * 20, "ab" * 20, "thirteen char"])
def test_a_weak_passphrase_writes_nothing(make: Make, tmp_path: Path, weak: str) -> None:
    path = tmp_path / "identity.age"
    assert refusal(lambda: save_identity(make("yks"), path, weak, work_factor=LOW)) == ("passphrase.weak",)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("strong", ["fourteen chars", "di ke ya tu ra", PASSPHRASE])
def test_fourteen_characters_or_five_words_are_enough(strong: str) -> None:
    check_passphrase(strong)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_an_identity_that_others_may_touch_is_refused(make: Make, tmp_path: Path, mode: int) -> None:
    path = saved(make("yks"), tmp_path)
    path.chmod(mode)
    assert refusal(lambda: load_identity(path, PASSPHRASE)) == ("file.not_private",)


def test_a_missing_or_damaged_identity_is_refused_without_naming_folders(make: Make, tmp_path: Path) -> None:
    with pytest.raises(KeyringError) as caught:
        load_identity(tmp_path / "none.age", PASSPHRASE)
    assert caught.value.codes == ("file.missing",)
    assert str(tmp_path) not in str(caught.value)
    path = saved(make("yks"), tmp_path)
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[:50], b"", whole + b"x"):
        path.write_bytes(damaged)
        assert refusal(lambda: load_identity(path, PASSPHRASE)) == ("file.damaged",)
    save_person_key(SigningKey.generate(), path, PASSPHRASE, work_factor=LOW)
    assert refusal(lambda: load_identity(path, PASSPHRASE)) == ("identity.damaged",)
    write_locked(path, b"{}", PASSPHRASE, work_factor=LOW)
    assert set(refusal(lambda: load_identity(path, PASSPHRASE))) == {"identity.damaged"}
    assert refusal(lambda: load_identity(tmp_path, PASSPHRASE)) == ("file.unreadable",)


def test_an_oversized_file_is_not_read(tmp_path: Path) -> None:
    write_private(tmp_path / "big", bytes(MAX_SIZE + 1))
    assert refusal(lambda: read_private(tmp_path / "big")) == ("file.unreadable",)


def test_a_fault_while_writing_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_private(tmp_path / "kept", b"old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert refusal(lambda: write_private(tmp_path / "kept", b"new")) == ("file.not_written",)
    assert (tmp_path / "kept").read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["kept"]


def test_after_rotation_the_card_names_the_new_key_and_old_files_still_open(make: Make) -> None:
    before = make("yks")
    card = issue_card(before, DAY).card
    sealed = io.BytesIO()
    encrypt(io.BytesIO(b"under way"), sealed, [card.recipient(DAY)])
    after = rotate(before, LATER)
    assert after.fingerprint() == before.fingerprint()
    keys = issue_card(after, LATER).card.encryption_keys
    assert [key.recipient for key in keys] == [str(key.secret.recipient) for key in after.encryption_keys[-4:]]
    assert set(after.opening_keys[:4]) == {key.secret for key in after.encryption_keys[-4:]}
    opened = io.BytesIO()
    decrypt(io.BytesIO(sealed.getvalue()), opened, after.opening_keys)
    assert opened.getvalue() == b"under way"


def test_certifying_again_replaces_the_person(make: Make) -> None:
    identity = certify(make("yks"), person(SigningKey.generate()))
    again = person(SigningKey.generate(), "Orang Lain")
    assert certify(identity, again).people == (again,)
    assert not issue_card(certify(identity, again), date(2026, 10, 2)).card.people


def test_a_person_may_do_what_the_root_says_while_it_says_so(make: Make) -> None:
    key = SigningKey.generate()
    identity = certify(make("yks"), person(key))
    assert who_may(identity.people, "open", LATER) == (key.verify_key,)
    assert not who_may(identity.people, "approve", LATER)
    assert not who_may(identity.people, "open", date(2026, 10, 2))
    assert not dismiss(identity, "data.officer.1").people
    assert dismiss(identity, "data.officer.2").people


def test_a_person_keeps_their_own_key_under_their_own_passphrase(make: Make, tmp_path: Path) -> None:
    key, path = SigningKey.generate(), tmp_path / "officer.age"
    save_person_key(key, path, PASSPHRASE, work_factor=LOW)
    assert load_person_key(path, PASSPHRASE) == key
    save_identity(make("yks"), path, PASSPHRASE, work_factor=LOW)
    assert refusal(lambda: load_person_key(path, PASSPHRASE)) == ("file.damaged",)


def test_own_keys_differ_by_purpose_and_survive_rotation(make: Make) -> None:
    identity = make("yks")
    assert identity.key_for("store") != identity.key_for("releases")
    assert identity.key_for("store") == rotate(identity, LATER).key_for("store")
    assert identity.key_for("store") != make("yks").key_for("store")


@pytest.mark.parametrize("party", ["", "Yks", "../yks", "a b", "-a", "a" * 41])
def test_a_party_id_that_no_card_could_hold_is_refused(party: str) -> None:
    names = Names(id="a", en="b")
    assert refusal(lambda: new_identity(party, names, "x", DAY)) == ("identity.malformed",)


def test_no_repr_shows_a_secret(make: Make) -> None:
    identity = make("yks")
    assert identity.sftp_client
    for secret in (identity.root.seed, identity.sftp_client.seed, identity.encryption_keys[0].secret.seed):
        assert repr(secret) not in repr(identity)
    assert "AGE-SECRET" not in repr(identity)


def test_the_passphrase_of_an_unattended_machine_is_read_from_a_private_file(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    environment = {VARIABLE: str(file)}
    assert passphrase_from_file({}) is None
    assert refusal(lambda: passphrase_from_file(environment)) == ("file.missing",)
    write_private(file, PASSPHRASE.encode() + b"\r\n")
    assert passphrase_from_file(environment) == PASSPHRASE
    for unreadable in (b"", b"\n", b"two\nlines\n", b"\xff"):
        write_private(file, unreadable)
        assert refusal(lambda: passphrase_from_file(environment)) == ("passphrase.unreadable",)
    file.chmod(0o644)
    assert refusal(lambda: passphrase_from_file(environment)) == ("file.not_private",)


def test_keys_are_locked_with_all_the_work_unless_a_test_asks_for_less(make: Make, tmp_path: Path) -> None:
    save_identity(make("yks"), tmp_path / "identity", PASSPHRASE)
    save_person_key(SigningKey.generate(), tmp_path / "person", PASSPHRASE)
    for name in ("identity", "person"):
        stanza = (tmp_path / name).read_bytes().split(b"\n")[1].split()
        assert (stanza[:2], int(stanza[3])) == ([b"->", b"scrypt"], WORK_FACTOR)
    assert WORK_FACTOR == 18, "a second and 268 MB for each guess"


@needs("age", "ssh-keygen")
def test_stock_tools_reach_the_keys_without_this_program(make: Make, tmp_path: Path) -> None:
    identity = make("yks")
    at_a_terminal(["age", "-d", "-o", str(tmp_path / "plain"), str(saved(identity, tmp_path))], PASSPHRASE)
    content = json.loads((tmp_path / "plain").read_bytes())
    assert content["encryption_keys"][0]["secret"].startswith("AGE-SECRET-KEY-PQ-1")
    write_private(tmp_path / "root", content["root"].encode())
    command = ["ssh-keygen", "-l", "-f", str(tmp_path / "root")]
    assert identity.fingerprint() in subprocess.run(command, capture_output=True, text=True, check=True).stdout
