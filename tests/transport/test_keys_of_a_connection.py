"""What we offer to a server, what is agreed on, and new keys in the middle of a transfer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest
from needs import needs
from transport.contract import a_file
from transport.servers import QUICK, KeyPair
from transport.sshds import Sshd, sshd

from exchange.transport.road import get_one, put_one
from exchange.transport.sftp.login import PrivateKey
from exchange.transport.sftp.road import SftpRoad
from exchange.transport.sftp.target import JumpHost

pytestmark = needs("sshd", "ssh-keygen")
MIB = 1 << 20


def road(server: Sshd, keys: KeyPair, *via: JumpHost) -> SftpRoad:
    return SftpRoad(server.target(), keys.private, via=via, deadlines=QUICK, settle=0.05)


@contextmanager
def said_by_paramiko() -> Iterator[list[str]]:
    said: list[str] = []
    listener, logger = logging.Handler(), logging.getLogger("paramiko")
    listener.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    before = logger.level
    logger.addHandler(listener)
    logger.setLevel(logging.DEBUG)
    try:
        yield said
    finally:
        logger.removeHandler(listener)
        logger.setLevel(before)


def offered(keys: KeyPair, folder: Path, config: str = "") -> list[str]:
    """What both said of an entry."""
    with sshd(folder, keys.public, config=config) as server, said_by_paramiko() as said, road(server, keys):
        return said


def test_nothing_outdated_is_offered(keys: KeyPair, tmp_path: Path) -> None:
    import paramiko

    sent: list[str] = []
    real = paramiko.Transport._send_kex_init

    def listen(transport: paramiko.Transport) -> None:
        real(transport)
        lists = transport._really_parse_kex_init(paramiko.Message(transport.local_kex_init), ignore_first_byte=True)
        sent.extend(name for names in lists.values() if isinstance(names, list) for name in names)

    with mock.patch.object(paramiko.Transport, "_send_kex_init", listen):
        offered(keys, tmp_path / "server")
    assert sent[:2] == ["mlkem768x25519-sha256", "curve25519-sha256@libssh.org"]
    assert "kex-strict-c-v00@openssh.com" in sent
    outdated = {"ssh-rsa", "ssh-dss", "diffie-hellman-group14-sha256", "diffie-hellman-group14-sha1"}
    assert not outdated & set(sent)
    assert not [name for name in sent if "cbc" in name or "3des" in name or "md5" in name or name.endswith("sha1")]


def test_strict_key_exchange_is_agreed_on(keys: KeyPair, tmp_path: Path) -> None:
    """Against Terrapin (CVE-2023-48795)."""
    assert "Strict kex mode: True" in offered(keys, tmp_path / "server")


def test_a_host_key_of_rsa_signs_with_sha2(keys: KeyPair, tmp_path: Path) -> None:
    import subprocess

    rsa = tmp_path / "rsa"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-C", "", "-f", str(rsa)], check=True)
    with (
        sshd(tmp_path / "server", keys.public, config=f"HostKey {rsa}") as server,
        said_by_paramiko() as said,
        SftpRoad(
            server.target(host_key=rsa.with_suffix(".pub").read_text().strip()), keys.private, deadlines=QUICK
        ) as way,
    ):
        assert way.list() == ()
    assert "HostKey: rsa-sha2-512" in said


# --- new keys on the way ---


def the_server_asks(_patch: pytest.MonkeyPatch) -> str:
    return "RekeyLimit 1M"


def we_ask(patch: pytest.MonkeyPatch) -> str:
    patch.setattr("paramiko.packet.Packetizer.REKEY_BYTES", MIB)
    return ""


def both_ask(patch: pytest.MonkeyPatch) -> str:
    return we_ask(patch) or the_server_asks(patch)


@pytest.mark.parametrize("who", [the_server_asks, we_ask, both_ask])
@pytest.mark.parametrize("behind", [False, True], ids=["directly", "through a jump host"])
def test_new_keys_in_the_middle_of_a_transfer_change_nothing(
    keys: KeyPair,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    who: Callable[[pytest.MonkeyPatch], str],
    behind: bool,
) -> None:
    file = a_file(tmp_path, 8 * MIB)
    config = who(monkeypatch)
    with (
        sshd(tmp_path / "server", keys.public, config=config) as server,
        sshd(tmp_path / "gate", keys.public, config=config) as gate,
        said_by_paramiko() as said,
        road(server, keys, *([gate.jump(PrivateKey(keys.private))] if behind else [])) as way,
    ):
        put_one(way, file, "x7Qk")
        get_one(way, "x7Qk", tmp_path / "back")
        assert (server.box / "x7Qk").read_bytes() == file.read_bytes()
    assert (tmp_path / "back").read_bytes() == file.read_bytes()
    assert said.count("Switch to new keys ...") >= 8
