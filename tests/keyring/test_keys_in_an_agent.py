"""A key in ssh-agent signs as one in a file does; an agent that refuses, lies or falls silent signs nothing."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from crypto.ssh_agents import Reply, add, framed, listing, lying_agent, openssh_agent, signature
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import needs

from exchange.crypto.signing import SigningKey
from exchange.crypto.sshsig import sign, verify
from exchange.errors import KeyringError
from exchange.keyring.namespaces import APPROVAL
from exchange.keyring.ssh_agent import VARIABLE, AgentKey, agent_key, show_presence

KEY, OTHER = SigningKey(bytes(range(32))), SigningKey(bytes(32))
SHORT, LONG = 0.2, 20.0  # seconds; a busy machine takes its time before it says anything


@pytest.fixture
def agent() -> Iterator[dict[str, str]]:
    with openssh_agent() as environment:
        yield environment


def refusal(reply: Reply, patience: float) -> tuple[str, ...]:
    """Why nothing is signed by an agent that answers so."""
    with lying_agent(reply) as environment, pytest.raises(KeyringError) as caught:
        AgentKey(KEY.verify_key, environment[VARIABLE], patience).sign(b"message")
    return caught.value.codes


@needs("ssh-agent", "ssh-add")
def test_the_signature_is_byte_for_byte_that_of_the_key_itself(agent: dict[str, str], tmp_path: Path) -> None:
    add(agent, KEY, tmp_path)
    add(agent, OTHER, tmp_path)
    found = agent_key(KEY.verify_key, agent)
    assert found is not None
    show_presence(found)
    for message in (b"", b"x", bytes(100_000)):
        made = sign(found, APPROVAL, message)
        assert made == sign(KEY, APPROVAL, message)
        assert verify(made, APPROVAL, message, [KEY.verify_key]) == KEY.verify_key


@needs("ssh-agent", "ssh-add")
def test_an_agent_without_this_key_is_as_none(agent: dict[str, str], tmp_path: Path) -> None:
    assert agent_key(KEY.verify_key, {}) is None
    assert agent_key(KEY.verify_key, {VARIABLE: ""}) is None
    assert agent_key(KEY.verify_key, agent) is None
    add(agent, OTHER, tmp_path)
    assert agent_key(KEY.verify_key, agent) is None


@needs("ssh-agent", "ssh-add")
def test_whoever_does_not_confirm_signs_nothing(agent: dict[str, str], tmp_path: Path) -> None:
    add(agent, KEY, tmp_path, "-c")  # it must ask, and there is nobody whom it could ask
    found = agent_key(KEY.verify_key, agent)
    assert found is not None
    with pytest.raises(KeyringError) as caught:
        show_presence(found)
    assert caught.value.codes == ("agent.refused",)


@needs("ssh-agent", "ssh-add")
def test_a_key_that_was_taken_away_signs_no_more(agent: dict[str, str], tmp_path: Path) -> None:
    add(agent, KEY, tmp_path)
    found = agent_key(KEY.verify_key, agent)
    assert found is not None
    subprocess.run(["ssh-add", "-q", "-D"], env=agent, check=True, capture_output=True)
    with pytest.raises(KeyringError) as caught:
        found.sign(b"message")
    assert caught.value.codes == ("agent.refused",)


def test_nobody_answers_at_the_address(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    for address in (str(tmp_path / "none"), str(plain), str(tmp_path / ("x" * 200))):
        with pytest.raises(KeyringError) as caught:
            agent_key(KEY.verify_key, {VARIABLE: address})
        assert caught.value.codes == ("agent.unreachable",)
        assert address not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (framed(b"\x05"), "agent.refused"),
        (framed(b"\x66"), "agent.refused"),
        (framed(signature(OTHER.sign(b"message"))), "agent.false"),
        (framed(signature(KEY.sign(b"another message"))), "agent.false"),
        (framed(signature(bytes(64))), "agent.false"),
        (framed(signature(KEY.sign(b"message")[:63])), "agent.false"),
        (framed(signature(KEY.sign(b"message"), "ssh-rsa")), "agent.malformed"),
        (framed(signature(KEY.sign(b"message")) + b"x"), "agent.malformed"),
        (framed(b"\x0e"), "agent.malformed"),
        (framed(b""), "agent.malformed"),
        (framed(signature(KEY.sign(b"message")))[:-1], "agent.malformed"),
        ((256 * 1024 + 1).to_bytes(4, "big") + bytes(10), "agent.malformed"),
        (b"", "agent.malformed"),
        (None, "agent.unreachable"),
    ],
    ids=range(14),
)
def test_an_agent_that_lies_is_not_believed(answer: bytes | None, code: str) -> None:
    assert refusal(lambda _question: answer, SHORT if answer is None else LONG) == (code,)


def test_an_honest_answer_from_the_same_agent_is_taken() -> None:
    with lying_agent(lambda question: framed(signature(KEY.sign(b"message")))) as environment:
        assert AgentKey(KEY.verify_key, environment[VARIABLE]).sign(b"message") == KEY.sign(b"message")


@pytest.mark.parametrize("reply", [lambda _question: None, lambda _question: framed(listing(KEY))])
def test_an_agent_that_is_silent_or_slow_keeps_nobody_waiting(reply: Reply) -> None:
    started = time.monotonic()
    with lying_agent(reply, pause=SHORT / 2) as environment, pytest.raises(KeyringError) as caught:
        agent_key(KEY.verify_key, environment, SHORT)
    assert caught.value.codes == ("agent.unreachable",)
    assert time.monotonic() - started < 6, "all of it would take longer"


def test_an_agent_that_lists_a_key_without_having_it_shows_nobody() -> None:
    def answer(question: bytes) -> bytes:
        return framed(listing(KEY) if question == b"\x0b" else signature(OTHER.sign(b"message")))

    with lying_agent(answer) as environment:
        found = agent_key(KEY.verify_key, environment)
        assert found is not None
        with pytest.raises(KeyringError) as caught:
            show_presence(found)
    assert caught.value.codes == ("agent.false",)


@settings(max_examples=60, deadline=None)
@given(answer=st.one_of(st.binary(max_size=60).map(framed), st.binary(max_size=60)))
def test_nothing_but_a_signature_is_taken_for_one(answer: bytes) -> None:
    (code,) = refusal(lambda _question: answer, 0.05)
    assert code.startswith("agent.")


@settings(max_examples=60, deadline=None)
@given(answer=st.binary(max_size=60).map(framed))
def test_nothing_but_a_list_with_the_key_is_taken_for_one(answer: bytes) -> None:
    with lying_agent(lambda _question: answer) as environment, suppress(KeyringError):
        assert agent_key(KEY.verify_key, environment, 0.05) is None
