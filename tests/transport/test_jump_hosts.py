"""Through jump hosts: each is known by its own key, and of each it is said when it fails."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from needs import needs
from transport.servers import KeyPair, Relay, a_key_pair, keygen_fingerprint
from transport.sshds import Sshd, sshd

from exchange.errors import Problem, TransportError
from exchange.transport.sftp.line import Deadlines
from exchange.transport.sftp.login import PrivateKey
from exchange.transport.sftp.road import SftpRoad
from exchange.transport.sftp.target import JumpHost, SftpTarget

pytestmark = needs("sshd", "ssh-keygen")
DEADLINES = Deadlines(connect=4, stall=2, answer=4)


@pytest.fixture
def gate(tmp_path: Path, keys: KeyPair) -> Iterator[Sshd]:
    with sshd(tmp_path / "gate", keys.public, config="AllowTcpForwarding yes\nPermitOpen any") as running:
        yield running


@pytest.fixture
def server(tmp_path: Path, keys: KeyPair) -> Iterator[Sshd]:
    with sshd(tmp_path / "server", keys.public, config="DisableForwarding yes") as running:
        yield running


def road(target: SftpTarget, keys: KeyPair, *via: JumpHost) -> SftpRoad:
    return SftpRoad(target, keys.private, via=via, deadlines=DEADLINES, settle=0.05)


def problem(call: Callable[[], object]) -> Problem:
    with pytest.raises(TransportError) as refused:
        call()
    (found,) = refused.value.problems
    assert found.hint
    return found


def enter(road: SftpRoad) -> Problem:
    def go() -> None:
        with road:
            pass

    return problem(go)


def login(keys: KeyPair) -> PrivateKey:
    return PrivateKey(keys.private)


def test_a_folder_behind_a_jump_host_is_reached(gate: Sshd, server: Sshd, keys: KeyPair) -> None:
    (server.box / "x7Qk").write_bytes(b"there")
    with road(server.target(), keys, gate.jump(login(keys))) as way:
        assert [file.name for file in way.list()] == ["x7Qk"]
        way.remove("x7Qk")
    assert not list(server.box.iterdir())


def test_a_folder_behind_two_jump_hosts_is_reached(gate: Sshd, server: Sshd, keys: KeyPair, tmp_path: Path) -> None:
    with (
        sshd(tmp_path / "second", keys.public) as second,
        road(server.target(), keys, gate.jump(login(keys)), second.jump(login(keys))) as way,
    ):
        assert way.list() == ()


def test_each_has_its_own_account_and_key(server: Sshd, keys: KeyPair, tmp_path: Path) -> None:
    other = a_key_pair()
    with sshd(tmp_path / "gate", other.public) as gate:
        with road(server.target(), keys, gate.jump(login(other))) as way:
            assert way.list() == ()
        found = enter(road(server.target(), keys, gate.jump(login(keys))))
    assert found.code == "transport.refused_key"
    assert found.where.startswith("jump host ")


@pytest.mark.parametrize(
    "options",
    ["restrict", 'restrict,port-forwarding,permitopen="127.0.0.1:1"'],
    ids=["no forwarding", "elsewhere only"],
)
def test_a_jump_host_that_does_not_forward_is_said(server: Sshd, keys: KeyPair, tmp_path: Path, options: str) -> None:
    with sshd(tmp_path / "gate", f"{options} {keys.public}") as gate:
        found = enter(road(server.target(), keys, gate.jump(login(keys))))
    assert found.code == "transport.no_forwarding"
    assert server.target().where in found.what
    assert found.where == f"jump host 127.0.0.1:{gate.port}"


def test_a_jump_host_that_may_forward_to_this_server_only_is_enough(
    server: Sshd, keys: KeyPair, tmp_path: Path
) -> None:
    options = f'restrict,port-forwarding,permitopen="127.0.0.1:{server.port}",command="/bin/false"'
    with (
        sshd(tmp_path / "gate", f"{options} {keys.public}") as gate,
        road(server.target(), keys, gate.jump(login(keys))) as way,
    ):
        assert way.list() == ()


def test_a_server_that_the_jump_host_does_not_reach_is_said(gate: Sshd, server: Sshd, keys: KeyPair) -> None:
    found = enter(road(server.target(port=1), keys, gate.jump(login(keys))))
    assert (found.code, found.where) == ("transport.no_connection", f"jump host 127.0.0.1:{gate.port}")
    assert "127.0.0.1:1" in found.what


def test_of_a_changed_key_it_is_said_whose_it_is(gate: Sshd, server: Sshd, keys: KeyPair, tmp_path: Path) -> None:
    stranger = a_key_pair().public
    of_gate = enter(road(server.target(), keys, gate.jump(login(keys), host_key=stranger)))
    of_server = enter(road(server.target(host_key=stranger), keys, gate.jump(login(keys))))
    assert of_gate.code == "transport.jump_host_key_changed"
    assert keygen_fingerprint(gate.host_key, tmp_path) in of_gate.what
    assert keygen_fingerprint(stranger, tmp_path) in of_gate.what
    assert "whoever runs the jump host" in of_gate.hint
    assert of_server.code == "transport.host_key_changed"
    assert keygen_fingerprint(server.host_key, tmp_path) in of_server.what


def test_a_jump_host_without_a_usable_key_is_not_called(server: Sshd, keys: KeyPair) -> None:
    gate = JumpHost("127.0.0.1", 1, "yks", "ssh-dss AAAA", login(keys))
    assert enter(road(server.target(), keys, gate)).code == "transport.host_key_unknown"


# --- who died? ---


@pytest.mark.parametrize("dies", ["gate", "server"])
def test_of_a_connection_that_ends_it_is_said_who_ended_it(gate: Sshd, server: Sshd, keys: KeyPair, dies: str) -> None:
    with road(server.target(), keys, gate.jump(login(keys))) as way:
        way.list()
        (gate if dies == "gate" else server).kill()
        found = problem(way.list)
    assert found.code == "transport.connection_lost"
    behind = f"127.0.0.1:{server.port} behind jump host 127.0.0.1:{gate.port}"
    assert found.where == {"gate": f"jump host 127.0.0.1:{gate.port}", "server": behind}[dies]


@pytest.mark.parametrize("dies", ["gate", "server"])
def test_of_a_link_that_falls_silent_it_is_said_where(gate: Sshd, server: Sshd, keys: KeyPair, dies: str) -> None:
    with ExitStack() as stack:
        relays = {name: Relay(each.port) for name, each in {"gate": gate, "server": server}.items()}
        for relay in relays.values():
            stack.callback(relay.close)
        jump = gate.jump(login(keys), port=relays["gate"].port)
        way = stack.enter_context(road(server.target(port=relays["server"].port), keys, jump))
        way.list()
        relays[dies].freeze()
        began = time.monotonic()
        found = problem(way.list)
        assert time.monotonic() - began < DEADLINES.answer, "not the silence, but the answer was waited for"
        assert found.code == "transport.stalled"
        assert found.where.startswith("jump host ") == (dies == "gate")
        began = time.monotonic()
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("dies", ["gate", "server"])
def test_a_process_that_stops_is_told_from_the_other(gate: Sshd, server: Sshd, keys: KeyPair, dies: str) -> None:
    """Its system still answers for TCP; it does not."""
    with road(server.target(), keys, gate.jump(login(keys))) as way:
        way.list()
        (gate if dies == "gate" else server).kill(signal.SIGSTOP)
        found = problem(way.list)
    assert (found.code, found.where.startswith("jump host ")) == ("transport.stalled", dies == "gate")


def test_a_link_that_freezes_anywhere_on_the_way_in_is_noticed_in_time(gate: Sshd, server: Sshd, keys: KeyPair) -> None:
    """Before, in and after each step: greeting, keys, login, forwarding, the channel, SFTP's own greeting."""
    relays = {"gate": Relay(gate.port), "server": Relay(server.port)}
    with road(server.target(port=relays["server"].port), keys, gate.jump(login(keys), port=relays["gate"].port)):
        whole = {where: relay.passed for where, relay in relays.items()}
    for relay in relays.values():
        relay.close()
    moments = [(where, tenth / 10) for where in whole for tenth in range(10)]

    def frozen_at(moment: tuple[str, float]) -> tuple[Problem, float]:
        where, share = moment
        relay = Relay((gate if where == "gate" else server).port)
        relay.freeze_after(int(whole[where] * share))
        jump = gate.jump(login(keys), port=relay.port if where == "gate" else None)
        way = road(server.target(port=relay.port if where == "server" else None), keys, jump)
        try:
            return enter(way), time.monotonic() - began
        finally:
            relay.close()

    began = time.monotonic()
    with ThreadPoolExecutor(len(moments)) as pool:
        for moment, (found, took) in zip(moments, pool.map(frozen_at, moments), strict=True):
            assert found.code in {"transport.stalled", "transport.no_connection"}, moment
            assert found.where.startswith("jump host ") == (moment[0] == "gate"), (moment, found)
            assert took < 2 * DEADLINES.connect + 1, moment
