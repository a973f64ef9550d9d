"""SSH signatures beside `ssh-keygen`, and against people who move them elsewhere."""

from __future__ import annotations

import io
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import needs

from exchange.crypto import ssh_wire
from exchange.crypto.allowed_signers import AllowedSigner, allowed_signers, revoked_keys
from exchange.crypto.signing import SigningKey, VerifyKey
from exchange.crypto.sshsig import claimed_signer, sign, verify
from exchange.errors import CryptoError
from exchange.keyring.namespaces import ALL

KEY = SigningKey(bytes(range(32)))
OTHER = SigningKey(bytes(32))
SPACE = "data-sharing-exchange/bundle/v1"
MESSAGE = b"isi bundel\n"


def private_file(folder: Path, key: SigningKey) -> Path:
    file = folder / "key"
    file.touch(mode=0o600)
    file.write_text(key.openssh_private(), encoding="ascii")
    return file


def refused(text: str, namespace: str = SPACE, message: bytes = MESSAGE, *signers: VerifyKey) -> tuple[str, ...]:
    with pytest.raises(CryptoError) as caught:
        verify(text, namespace, message, signers or (KEY.verify_key,))
    return caught.value.codes


@needs("ssh-keygen")
@settings(max_examples=16, deadline=None)
@given(
    seed=st.binary(min_size=32, max_size=32),
    message=st.binary(max_size=300) | st.sampled_from([bytes(65_537), b"\r\n" * 40_000]),
    namespace=st.sampled_from([SPACE, *ALL]) | st.text("aZ09-_./@+ \u00e9\u4e2d", min_size=1, max_size=80),
)
def test_signature_is_byte_for_byte_that_of_ssh_keygen(
    tmp_path_factory: pytest.TempPathFactory, seed: bytes, message: bytes, namespace: str
) -> None:
    key = SigningKey(seed)
    file = private_file(tmp_path_factory.mktemp("sign"), key)
    command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(file), f"-n{namespace}"]
    theirs = subprocess.run(command, input=message, capture_output=True, check=True).stdout.decode()
    assert sign(key, namespace, message) == theirs
    assert verify(theirs, namespace, message, [key.verify_key]) == key.verify_key


@needs("ssh-keygen")
def test_keys_and_fingerprint_are_those_of_ssh_keygen(tmp_path: Path) -> None:
    file = private_file(tmp_path, KEY)
    public = subprocess.run(["ssh-keygen", "-y", "-f", str(file)], capture_output=True, text=True, check=True).stdout
    listed = subprocess.run(["ssh-keygen", "-l", "-f", str(file)], capture_output=True, text=True, check=True).stdout
    assert public.strip() == KEY.verify_key.openssh()
    assert listed.split()[1] == KEY.fingerprint()
    assert VerifyKey.from_openssh(public) == KEY.verify_key


def keygen_verifies(folder: Path, signers: str, *options: str, namespace: str = SPACE) -> bool:
    (folder / "allowed_signers").write_text(signers, encoding="ascii")
    (folder / "signature").write_text(sign(KEY, SPACE, MESSAGE), encoding="ascii")
    command = ["ssh-keygen", "-Y", "verify", "-f", str(folder / "allowed_signers"), "-I", "yks", "-n", namespace]
    command += ["-s", str(folder / "signature"), *options]
    return subprocess.run(command, input=MESSAGE, capture_output=True, check=False).returncode == 0


@needs("ssh-keygen")
def test_ssh_keygen_verifies_with_the_files_that_we_write(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    day = timedelta(days=1)

    def line(key: SigningKey = KEY, **limits: datetime) -> str:
        return allowed_signers([AllowedSigner("yks", key.verify_key, (SPACE, "other/v1"), **limits)])

    assert keygen_verifies(tmp_path, line())
    assert keygen_verifies(tmp_path, line(valid_after=now - day, valid_before=now + day))
    assert not keygen_verifies(tmp_path, line(valid_after=now + day))
    assert not keygen_verifies(tmp_path, line(valid_before=now - day))
    assert not keygen_verifies(tmp_path, line(OTHER))
    assert not keygen_verifies(tmp_path, line(), namespace="other/v1")
    for key, fine in ((OTHER, True), (KEY, False)):
        (tmp_path / "revoked").write_text(revoked_keys([key.verify_key]), encoding="ascii")
        assert keygen_verifies(tmp_path, line(), "-r", str(tmp_path / "revoked")) is fine


@needs("ssh-keygen")
def test_ssh_keygen_counts_validity_to_the_second_as_we_write_it(tmp_path: Path) -> None:
    begin, end = datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 9, 1, tzinfo=timezone(timedelta(hours=8)))
    line = allowed_signers([AllowedSigner("yks", KEY.verify_key, (SPACE,), begin, end)])
    second = timedelta(seconds=1)
    for moment, fine in ((begin - second, False), (begin, True), (end - second, True), (end + second, False)):
        stamp = moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ")
        assert keygen_verifies(tmp_path, line, f"-Overify-time={stamp}") is fine, stamp


@needs("ssh-keygen")
def test_ssh_keygen_refuses_who_is_revoked_and_nobody_else(tmp_path: Path) -> None:
    """Of two keys of one principal, and of many that were revoked, in any order."""
    both = allowed_signers([AllowedSigner("yks", key.verify_key, (SPACE,)) for key in (OTHER, KEY)])
    others = [SigningKey(bytes([number]) * 32).verify_key for number in range(40)]
    for revoked, fine in (([*others, OTHER.verify_key], True), ([*others[:20], KEY.verify_key, *others[20:]], False)):
        (tmp_path / "revoked").write_text(revoked_keys(revoked), encoding="ascii")
        assert keygen_verifies(tmp_path, both, "-r", str(tmp_path / "revoked")) is fine


@needs("ssh-keygen")
@pytest.mark.parametrize("namespace", ALL)
def test_ssh_keygen_takes_a_signature_for_one_kind_of_thing_only(tmp_path: Path, namespace: str) -> None:
    line = allowed_signers([AllowedSigner("yks", KEY.verify_key, tuple(each for each in ALL if each != namespace))])
    (tmp_path / "allowed_signers").write_text(line, encoding="ascii")
    for said in (namespace, next(each for each in ALL if each != namespace)):
        (tmp_path / "signature").write_text(sign(KEY, said, MESSAGE), encoding="ascii")
        command = ["ssh-keygen", "-Y", "verify", "-f", str(tmp_path / "allowed_signers"), "-I", "yks", "-n", said]
        run = subprocess.run(
            [*command, "-s", str(tmp_path / "signature")], input=MESSAGE, capture_output=True, check=False
        )
        assert (run.returncode == 0) is (said != namespace)


@needs("ssh-keygen")
def test_ssh_keygen_reads_a_list_of_no_revoked_keys(tmp_path: Path) -> None:
    (tmp_path / "revoked").write_text(revoked_keys([]), encoding="ascii")
    line = allowed_signers([AllowedSigner("yks", KEY.verify_key, (SPACE,))])
    assert keygen_verifies(tmp_path, line, "-r", str(tmp_path / "revoked"))


@pytest.mark.parametrize("word", ["", "a b", 'a"', "*", "a,b", "#a", "!a", "a\nb"])
def test_a_principal_that_would_change_the_line_is_refused(word: str) -> None:
    with pytest.raises(ValueError):
        AllowedSigner(word, KEY.verify_key, (SPACE,)).line()
    with pytest.raises(ValueError):
        AllowedSigner("yks", KEY.verify_key, (word,)).line()


def test_a_stream_is_signed_as_its_bytes_are() -> None:
    text = sign(KEY, SPACE, io.BytesIO(MESSAGE * 1000))
    assert text == sign(KEY, SPACE, MESSAGE * 1000)
    verify(text, SPACE, io.BytesIO(MESSAGE * 1000), [KEY.verify_key])


def test_a_signature_for_another_kind_of_thing_is_refused() -> None:
    assert refused(sign(KEY, "data-sharing-exchange/card/v1", MESSAGE)) == ("sshsig.namespace",)


def test_a_signature_by_another_key_is_refused() -> None:
    assert refused(sign(OTHER, SPACE, MESSAGE)) == ("sshsig.signer",)
    assert claimed_signer(sign(OTHER, SPACE, MESSAGE)) == OTHER.verify_key


def test_another_message_is_refused() -> None:
    assert refused(sign(KEY, SPACE, MESSAGE), SPACE, MESSAGE + b"!") == ("signature.wrong",)


def test_nobody_allowed_means_refused() -> None:
    with pytest.raises(CryptoError):
        verify(sign(KEY, SPACE, MESSAGE), SPACE, MESSAGE, [])


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_no_altered_signature_verifies(data: st.DataObject) -> None:
    text = sign(KEY, SPACE, MESSAGE)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters(codec="ascii").filter(lambda found: found != text[place]))
    assert refused(text[:place] + letter + text[place + 1 :])


@given(st.text(max_size=200))
def test_any_other_text_is_refused(text: str) -> None:
    assert refused(text) == ("sshsig.malformed",)


def test_a_key_that_may_sign_nothing_has_no_line() -> None:
    with pytest.raises(ValueError):
        AllowedSigner("yks", KEY.verify_key, ()).line()


def test_a_signature_in_a_form_that_we_do_not_make_is_refused() -> None:
    blob = ssh_wire.unarmor("SSH SIGNATURE", sign(KEY, SPACE, MESSAGE))
    plain, sha512 = ssh_wire.string(b"") + ssh_wire.string(b"sha512"), ssh_wire.string(b"sha512")
    for form in (ssh_wire.string(b"reserved") + sha512, ssh_wire.string(b"") + ssh_wire.string(b"sha256")):
        assert plain in blob
        assert refused(ssh_wire.armor("SSH SIGNATURE", blob.replace(plain, form))) == ("sshsig.malformed",)
    assert refused(ssh_wire.armor("SSH SIGNATURE", blob + b"x")) == ("sshsig.malformed",)


def rewrapped(text: str) -> str:
    first, *lines, last, _end = text.split("\n")
    return "\n".join([first, "".join(lines), last, ""])


@pytest.mark.parametrize("spoil", [rewrapped, lambda t: t.replace("\n", "\r\n"), lambda t: t + "\n", lambda t: " " + t])
def test_one_signature_has_one_text(spoil: object) -> None:
    assert callable(spoil)
    assert refused(spoil(sign(KEY, SPACE, MESSAGE))) == ("sshsig.malformed",)


@pytest.mark.parametrize("text", ["", "ssh-rsa AAAA", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-ed25519 é", "x\ny"])
def test_a_text_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(CryptoError) as caught:
        VerifyKey.from_openssh(text)
    assert caught.value.codes == ("key.malformed",)


def test_the_private_key_is_read_back_from_its_text() -> None:
    assert SigningKey.from_openssh_private(KEY.openssh_private()) == KEY


@pytest.mark.parametrize("text", ["", "é", KEY.verify_key.openssh(), KEY.openssh_private()[:-60]])
def test_a_text_that_is_no_private_key_is_refused(text: str) -> None:
    with pytest.raises(CryptoError) as caught:
        SigningKey.from_openssh_private(text)
    assert caught.value.codes == ("key.malformed",)


def test_no_repr_shows_the_secret_key() -> None:
    assert repr(KEY.seed)[2:-1] not in repr(KEY)
    assert KEY.seed.hex() not in repr(KEY)
