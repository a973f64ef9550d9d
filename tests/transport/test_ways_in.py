"""How we get in: one key of an agent, a password that somebody types; by IPv6, and past addresses that lead nowhere."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import asyncssh
import pytest
from crypto.ssh_agents import framed, lying_agent, openssh_agent
from needs import needs
from transport.servers import QUICK, KeyPair, Trusting, Truthful, a_key_pair, asyncssh_server, relayed
from transport.sshds import sshd

from exchange.crypto import ssh_wire
from exchange.errors import Problem, TransportError
from exchange.keyring.ssh_agent import login_key
from exchange.transport.sftp.line import Deadlines
from exchange.transport.sftp.login import AgentKey, Login, Password, Passwords, PrivateKey
from exchange.transport.sftp.reaching import in_turn
from exchange.transport.sftp.road import SftpRoad
from exchange.transport.sftp.target import SftpTarget

SECRET = "kata sandi rekaan"  # opens nothing but the servers of these tests


@pytest.fixture
def far(tmp_path: Path) -> Path:
    Truthful.root = tmp_path
    (tmp_path / "box").mkdir()
    return tmp_path / "box"


def road(target: SftpTarget, login: Login | str, deadlines: Deadlines = QUICK) -> SftpRoad:
    return SftpRoad(target, login, deadlines=deadlines, settle=0.05)


def enter(road: SftpRoad) -> Problem:
    with pytest.raises(TransportError) as refused, road:
        pass
    (problem,) = refused.value.problems
    assert problem.hint
    assert problem.where
    return problem


# --- a key in an agent ---


@pytest.fixture
def agent() -> Iterator[dict[str, str]]:
    with openssh_agent() as environment:
        yield environment


def made_in_agent(agent: dict[str, str], folder: Path, *kind: str) -> tuple[str, str]:
    """A new key that lies in the agent alone: its public line and its fingerprint."""
    file = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-C", "", *kind, "-f", str(file)], check=True)
    subprocess.run(["ssh-add", "-q", str(file)], env=agent, check=True, capture_output=True)
    public = file.with_suffix(".pub")
    shown = subprocess.run(["ssh-keygen", "-l", "-f", str(public)], capture_output=True, text=True, check=True)
    line = public.read_text().strip()
    file.unlink()
    public.unlink()
    return line, shown.stdout.split()[1]


@needs("sshd", "ssh-keygen", "ssh-agent", "ssh-add")
@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_key_in_the_agent_lets_us_in(agent: dict[str, str], keys: KeyPair, tmp_path: Path, kind: str) -> None:
    public, fingerprint = made_in_agent(agent, tmp_path, "-t", kind)
    login = AgentKey(partial(login_key, fingerprint, agent))
    with sshd(tmp_path / "server", public, config="PubkeyAcceptedAlgorithms -ssh-rsa") as server:
        with road(server.target(), login) as way:
            assert way.list() == ()
        assert enter(road(server.target(), keys.private)).code == "transport.refused_key"


@needs("sshd", "ssh-keygen", "ssh-agent", "ssh-add")
def test_the_chosen_key_alone_is_tried(agent: dict[str, str], tmp_path: Path) -> None:
    """Seven other keys would shut us out of a server that counts to six; of one that counts to one, any other."""
    for number in range(7):
        (tmp_path / str(number)).mkdir()
        made_in_agent(agent, tmp_path / str(number), "-t", "ed25519")
    public, fingerprint = made_in_agent(agent, tmp_path, "-t", "ed25519")
    login = AgentKey(partial(login_key, fingerprint, agent))
    with sshd(tmp_path / "server", public, config="MaxAuthTries 1") as server, road(server.target(), login) as way:
        assert way.list() == ()


@needs("sshd", "ssh-keygen")
def test_a_server_that_hangs_up_on_a_wrong_key_has_refused_it(keys: KeyPair, tmp_path: Path) -> None:
    """It is no broken link, over which one would try again and again."""
    with sshd(tmp_path / "server", a_key_pair().public, config="MaxAuthTries 1") as server:
        for _time in range(3):
            assert enter(road(server.target(), keys.private)).code == "transport.refused_key"


@needs("ssh-agent", "ssh-keygen", "ssh-add")
def test_an_agent_without_the_key_is_said_before_anything_is_connected(agent: dict[str, str], keys: KeyPair) -> None:
    nowhere = SftpTarget("127.0.0.1", 1, "yks", "box", keys.public)
    for environment in (agent, {}):
        found = enter(road(nowhere, AgentKey(partial(login_key, "SHA256:0", environment))))
        assert (found.code, found.where) == ("agent.no_key", "SHA256:0")


def test_an_agent_that_does_not_sign_is_said(far: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    listed = bytes([12]) + ssh_wire.uint32(1) + ssh_wire.string(key.public_data) + ssh_wire.string(b"")

    def locked(question: bytes) -> bytes:
        return framed(listed if question == b"\x0b" else b"\x05")

    with lying_agent(locked) as environment, asyncssh_server(Truthful) as target:
        login = AgentKey(partial(login_key, key.get_fingerprint(), environment))
        assert enter(road(target, login)).code == "agent.refused"


def test_a_person_may_take_longer_to_let_the_agent_sign_than_a_link_may_be_silent(far: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")

    class Slow:
        blob = key.public_data

        def ssh_signature(self, message: bytes, algorithm: str) -> bytes:
            time.sleep(1.5)
            return key.sign(message, algorithm.encode())

    with asyncssh_server(Truthful) as target:
        way = road(target, AgentKey(Slow), Deadlines(connect=1, stall=0.5, answer=5))
        with way:
            assert way.list() == ()


# --- a password ---


class Asked:
    """A person at a terminal."""

    def __init__(self, *replies: str, pause: float = 0) -> None:
        self.replies, self.questions, self.pause = list(replies), [], pause

    def __call__(self, account: str) -> str:
        self.questions.append(account)
        time.sleep(self.pause)
        return self.replies.pop(0)


class ByPassword(Trusting):
    tried: list[str]

    def public_key_auth_supported(self) -> bool:
        return False

    def password_auth_supported(self) -> bool:
        return True

    def kbdint_auth_supported(self) -> bool:
        return False

    def validate_password(self, username: str, password: str) -> bool:
        self.tried.append(password)
        return password == SECRET


class ByQuestions(ByPassword):
    """keyboard-interactive, with the questions of `rounds`, one after the other."""

    rounds: list[list[tuple[str, bool]]]

    def password_auth_supported(self) -> bool:
        return False

    def kbdint_auth_supported(self) -> bool:
        return True

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        self._left = list(self.rounds)
        return "", "", "", self._left.pop(0)

    def validate_kbdint_response(self, username: str, responses: Any) -> Any:
        self.tried.extend(responses)
        if self._left:
            return "", "", "", self._left.pop(0)
        return SECRET in self.tried


def door(kind: type[ByPassword], **more: Any) -> type[ByPassword]:
    return type("Door", (kind,), {"tried": [], **more})


HIDDEN, SHOWN = ("Password: ", False), ("Your mother's name: ", True)


@pytest.mark.parametrize(
    "kind",
    [
        door(ByPassword),
        door(ByQuestions, rounds=[[HIDDEN]]),
        door(ByQuestions, rounds=[[HIDDEN], []]),
    ],
    ids=["password", "one hidden question", "and a farewell without one"],
)
def test_a_password_is_asked_for_once_in_a_run(far: Path, kind: type[ByPassword]) -> None:
    person = Asked(SECRET)
    login = Password(Passwords(person))
    with asyncssh_server(Truthful, door=kind) as target:
        for _time in range(2):
            with road(target, login) as way:
                assert way.list() == ()
    assert person.questions == [f"yks@{target.where}"]
    assert kind.tried == [SECRET, SECRET]


def test_each_account_has_its_own_password(far: Path) -> None:
    person = Asked("first", "second")
    passwords = Passwords(person)
    assert [passwords.of("a@h:22"), passwords.of("b@h:22"), passwords.of("a@h:22")] == ["first", "second", "first"]


def test_a_person_may_take_longer_to_type_than_a_link_may_be_silent(far: Path) -> None:
    login = Password(Passwords(Asked(SECRET, pause=1.5)))
    with asyncssh_server(Truthful, door=door(ByPassword)) as target:
        way = road(target, login, Deadlines(connect=1, stall=0.5, answer=5))
        with way:
            assert way.list() == ()


@pytest.mark.parametrize("kind", [door(ByPassword), door(ByQuestions, rounds=[[HIDDEN]])], ids=["plain", "asked"])
def test_a_wrong_password_is_tried_once_in_a_run(far: Path, kind: type[ByPassword]) -> None:
    person = Asked("bukan itu", SECRET)
    login = Password(Passwords(person))
    with asyncssh_server(Truthful, door=kind) as target:
        for _time in range(2):
            found = enter(road(target, login))
            assert (found.code, found.where) == ("transport.refused_password", f"yks@{target.where}")
    assert kind.tried == ["bukan itu"]
    assert "bukan itu" not in str(found)


@pytest.mark.parametrize(
    "rounds",
    [[[SHOWN]], [[HIDDEN, ("Code: ", False)]], [[HIDDEN], [("Code: ", False)]]],
    ids=["shown", "two", "one after the other"],
)
def test_other_questions_are_not_answered_with_the_password(far: Path, rounds: Any) -> None:
    kind = door(ByQuestions, rounds=rounds)
    with asyncssh_server(Truthful, door=kind) as target:
        assert enter(road(target, Password(Passwords(Asked(SECRET))))).code == "transport.asks_more"
    assert kind.tried == ([SECRET] if rounds[0] == [HIDDEN] else [])


def test_a_server_that_takes_no_password_is_said_before_anybody_is_asked(far: Path) -> None:
    person = Asked()
    with asyncssh_server(Truthful) as target:
        assert enter(road(target, Password(Passwords(person)))).code == "transport.no_passwords"
    assert person.questions == []


def test_nobody_is_asked_before_the_server_is_known(far: Path) -> None:
    person = Asked()
    with asyncssh_server(Truthful, door=door(ByPassword)) as target:
        stranger = SftpTarget(target.host, target.port, "yks", "box", a_key_pair().public)
        assert enter(road(stranger, Password(Passwords(person)))).code == "transport.host_key_changed"
    assert person.questions == []


# --- names and addresses ---


def ipv6() -> bool:
    try:
        with closing(socket.create_server(("::1", 0), family=socket.AF_INET6)):
            return True
    except OSError:
        return False


@needs("sshd", "ssh-keygen")
@pytest.mark.skipif(not ipv6(), reason="this machine has no IPv6")
def test_a_server_on_ipv6_is_reached_directly_and_through_a_jump_host(keys: KeyPair, tmp_path: Path) -> None:
    with sshd(tmp_path / "server", keys.public, host="::1") as server, sshd(tmp_path / "gate", keys.public) as gate:
        assert server.target().where == f"[::1]:{server.port}"
        with road(server.target(), keys.private) as way:
            assert way.list() == ()
        via = gate.jump(PrivateKey(keys.private))
        with SftpRoad(server.target(), keys.private, via=[via], deadlines=QUICK) as way:
            assert way.list() == ()


def named(*addresses: tuple[str, int]) -> Any:
    """Every name has these addresses."""
    answers = [
        (socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))
        for host, port in addresses
    ]
    return mock.patch("socket.getaddrinfo", return_value=answers)


@pytest.fixture
def black_hole() -> Iterator[tuple[str, int]]:
    """An address at which nobody picks up."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _each in range(3):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(listener.getsockname())
        yield listener.getsockname()
        for each in waiting:
            each.close()


def test_an_address_that_leads_nowhere_does_not_keep_us_from_the_next(
    far: Path, keys: KeyPair, black_hole: tuple[str, int]
) -> None:
    deadlines = Deadlines(connect=6, stall=3, answer=5)
    with asyncssh_server(Truthful) as target:
        server = SftpTarget("drop.example", target.port, "yks", "box", target.host_key)
        here = ("127.0.0.1", target.port)
        for first in (black_hole, ("127.0.0.1", 1), ("::ffff:0:0:0", 9)):
            with named(first, here), road(server, keys.private, deadlines) as way:
                assert way.list() == ()


def test_where_no_address_answers_all_have_had_their_share(keys: KeyPair, black_hole: tuple[str, int]) -> None:
    server = SftpTarget("drop.example", 22, "yks", "box", keys.public)
    began = time.monotonic()
    with named(black_hole, black_hole, black_hole):
        found = enter(road(server, keys.private, Deadlines(connect=2, stall=1, answer=5)))
    assert "no answer in time" in found.what
    assert 1.9 < time.monotonic() - began < 5.5, "each alone would be waited for two seconds"
    with named(black_hole, ("127.0.0.1", 1)):
        found = enter(road(server, keys.private, Deadlines(connect=0.6, stall=1, answer=5)))
    assert "nothing listens" in found.what


def test_a_look_up_of_names_that_hangs_is_left(keys: KeyPair) -> None:
    over = threading.Event()
    server = SftpTarget("drop.example", 22, "yks", "box", keys.public)
    began = time.monotonic()
    with mock.patch("socket.getaddrinfo", side_effect=lambda *_args, **_more: over.wait(10) and []):
        found = enter(road(server, keys.private, Deadlines(connect=0.5, stall=1, answer=5)))
    took = time.monotonic() - began
    over.set()
    assert (found.code, "no answer in time" in found.what) == ("transport.no_connection", True)
    assert took < 9


def test_families_take_turns() -> None:
    four, six = socket.AF_INET, socket.AF_INET6
    given = [(six, 1), (six, 2), (six, 3), (four, 4)]
    assert in_turn(given) == [(six, 1), (four, 4), (six, 2), (six, 3)]
    assert in_turn([]) == []


# --- idle links ---


@needs("sshd", "ssh-keygen")
def test_an_idle_link_is_kept_alive(keys: KeyPair, tmp_path: Path) -> None:
    with (
        sshd(tmp_path / "server", keys.public) as server,
        relayed(server.target()) as (relay, target),
        road(target, keys.private) as way,
    ):
        way.list()
        before = relay.passed
        threading.Event().wait(1.5)
        assert relay.passed - before >= 3 * 100  # a question and its answer, each time
        assert way.list() == ()
