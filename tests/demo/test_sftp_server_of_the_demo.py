"""The demo's own server: each account finds its own box, and nothing is left when the demo ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest
from needs import needs
from transport.servers import KeyPair, a_key_pair, road_to

from exchange.demo import sftp_server
from exchange.demo.sftp_server import Kind, running_server
from exchange.errors import TransportError
from exchange.transport.road import put_one

HOUSE = Path(__file__).parents[2]
KINDS = [pytest.param("sshd", marks=needs("sshd", "ssh-keygen")), "asyncssh"]


@pytest.fixture
def accounts() -> dict[str, KeyPair]:
    return {"yks": a_key_pair(), "lbh": a_key_pair()}


@pytest.mark.parametrize("kind", KINDS)
def test_each_account_has_its_own_box(tmp_path: Path, accounts: dict[str, KeyPair], kind: Kind) -> None:
    public = {name: keys.public for name, keys in accounts.items()}
    (tmp_path / "sealed").write_bytes(b"opaque")
    with running_server(tmp_path / "drop", public, kind=kind) as server:
        assert server.kind == kind
        for name, keys in accounts.items():
            with road_to(server.address(name), keys) as road:
                put_one(road, tmp_path / "sealed", f"from-{name}")
            (tmp_path / "drop" / "outgoing" / name / f"to-{name}").write_bytes(b"receipt")
            with road_to(server.address(name, "outgoing"), keys) as road:
                assert [file.name for file in road.list()] == [f"to-{name}"]
    for name in accounts:
        assert [file.name for file in (tmp_path / "drop" / "incoming" / name).iterdir()] == [f"from-{name}"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_stranger_is_not_let_in(tmp_path: Path, accounts: dict[str, KeyPair], kind: Kind) -> None:
    with (
        running_server(tmp_path, {"yks": accounts["yks"].public}, kind=kind) as server,
        pytest.raises(TransportError) as refused,
        road_to(server.address("yks"), accounts["lbh"]),
    ):
        pass
    assert refused.value.codes == ("transport.refused_key",)


@needs("sshd", "ssh-keygen")
def test_no_shell_and_no_forwarding(tmp_path: Path, accounts: dict[str, KeyPair]) -> None:
    key = tmp_path / "key"
    key.write_text(accounts["yks"].private)
    key.chmod(0o600)
    with running_server(tmp_path / "drop", {"yks": accounts["yks"].public}, kind="sshd") as server:
        options = ["-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={tmp_path / 'known'}", "-F", "none"]
        login = ["ssh", *options, "-i", str(key), "-p", str(server.port), f"{server.user}@{server.host}"]
        ran = subprocess.run([*login, "echo in"], capture_output=True, text=True, timeout=20, check=False)
        assert "in\n" not in ran.stdout
        assert ran.returncode != 0
        tunnel = subprocess.run([*login, "-W", "127.0.0.1:1"], capture_output=True, timeout=20, check=False)
        assert tunnel.returncode != 0


def test_asyncssh_takes_over_where_there_is_no_sshd(
    tmp_path: Path, accounts: dict[str, KeyPair], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp_server, "_find", lambda _program: None)
    with running_server(tmp_path, {"yks": accounts["yks"].public}) as server:
        assert server.kind == "asyncssh"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_listens_and_nothing_lies_about_afterwards(
    tmp_path: Path, accounts: dict[str, KeyPair], kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with running_server(tmp_path / "drop", {"yks": accounts["yks"].public}, kind=kind) as server:
        road = road_to(server.address("yks"), accounts["yks"])
        road.__enter__()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((server.host, server.port), timeout=2)
    with pytest.raises(TransportError):
        road.list()
    road.__exit__(None, None, None)
    assert list(tmp_path.glob("exchange-sftp-*")) == []


@needs("sshd", "ssh-keygen")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_the_server_ends_with_the_program(tmp_path: Path, accounts: dict[str, KeyPair], how: signal.Signals) -> None:
    program = textwrap.dedent("""
        import sys, pathlib
        from exchange.demo.sftp_server import running_server
        from exchange.transport.sftp.road import SftpRoad
        folder, public, private = sys.argv[1:]
        with running_server(pathlib.Path(folder), {"yks": public}, kind="sshd") as server:
            with SftpRoad(server.address("yks"), private) as road:
                print(server.port, flush=True)
                sys.stdin.read()
    """)
    keys = accounts["yks"]
    demo = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path), keys.public, keys.private],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(HOUSE), *sys.path]), "TMPDIR": str(tmp_path)},
    )
    with demo:
        assert demo.stdout is not None
        port = int(demo.stdout.readline())
        demo.send_signal(how)
        demo.wait(20)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=2)
