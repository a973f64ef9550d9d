"""From facts to findings: each thing that can be wrong is said once, with whom to ask, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from exchange.doctor.facts import Asked, Folder, Inside, ServerFacts, Trial
from exchange.doctor.hello import Hello
from exchange.doctor.judging import judge
from exchange.errors import Problem
from exchange.finding import Finding, wrong
from exchange.transport.sftp.knocking import Doors

THEIRS = Asked("gt-ntt", "dpo@gt-ntt.example", ours=False)
HELLO = Hello("OpenSSH_10.0", ("mlkem768x25519-sha256",), ("ssh-ed25519",), ("aes256-ctr",), ("hmac-sha2-256",), True)
TRIAL = Trial("same", renames=True, replaces=False, clock=0.4, up=1e6, down=1e6)
INSIDE = Inside(
    trip=0.05,
    extensions=("fsync@openssh.com",),
    block=131072,
    free=1 << 40,
    sees_server=False,
    incoming=Folder("incoming", there=True, lists=False, takes=True),
    outgoing=Folder("outgoing", there=True, lists=True, takes=False),
    trial=TRIAL,
    refused=None,
    doors=Doors(runs=False, terminal=False, forwards=False, listens=False),
)
GOOD = ServerFacts("box.example:22", "yks", (), ("192.0.2.1",), HELLO, None, INSIDE)


def found(facts: ServerFacts, asked: Asked = THEIRS) -> list[Finding]:
    return [each for each in judge(facts, asked) if each.severity != "ok"]


def with_inside(**changes: Any) -> ServerFacts:
    return replace(GOOD, inside=replace(INSIDE, **changes))


def with_trial(**changes: Any) -> ServerFacts:
    return with_inside(trial=replace(TRIAL, **changes))


def test_a_good_server_has_nothing_but_what_is_well() -> None:
    assert found(GOOD) == []
    codes = [each.code for each in judge(GOOD, THEIRS)]
    assert len(codes) == len(set(codes)) == 17


@pytest.mark.parametrize(
    ("facts", "severity", "code"),
    [
        (replace(GOOD, hello=replace(HELLO, strict=False)), "note", "doctor.strict"),
        (replace(GOOD, hello=replace(HELLO, exchanges=("curve25519-sha256",))), "note", "doctor.quantum"),
        (replace(GOOD, hello=replace(HELLO, ciphers=("aes256-ctr", "3des-cbc"))), "note", "doctor.weak"),
        (replace(GOOD, hello=replace(HELLO, host_keys=("ssh-rsa",))), "note", "doctor.weak"),
        (with_inside(free=(1 << 30) - 1), "note", "doctor.room"),
        (with_inside(free=1 << 20), "wrong", "doctor.room"),
        (with_inside(extensions=()), "note", "doctor.fsync"),
        (with_inside(sees_server=True), "wrong", "doctor.doors"),
        (with_inside(doors=replace(INSIDE.doors, listens=True)), "wrong", "doctor.doors"),
        (with_inside(incoming=replace(INSIDE.incoming, lists=True)), "note", "doctor.incoming_lists"),
        (with_inside(outgoing=replace(INSIDE.outgoing, takes=True)), "note", "doctor.outgoing_writes"),
        (with_inside(outgoing=replace(INSIDE.outgoing, lists=False)), "wrong", "doctor.outgoing"),
        (with_inside(incoming=replace(INSIDE.incoming, takes=False), trial=None), "wrong", "doctor.incoming"),
        (with_trial(read_back="other"), "wrong", "doctor.read_back"),
        (with_trial(read_back="refused", down=None), "note", "doctor.read_back"),
        (with_trial(renames=False), "note", "doctor.rename"),
        (with_trial(replaces=True), "wrong", "doctor.rename"),
        (replace(GOOD, left=("incoming/.doctor-1.part",)), "wrong", "doctor.left"),
        (with_inside(doors=None), "wrong", "doctor.doors"),
        (with_trial(clock=-121.0), "note", "doctor.clock"),
        (with_trial(clock=7200.0), "wrong", "doctor.clock"),
        (with_trial(up=2000.0), "note", "doctor.rate"),
        (replace(GOOD, addresses=(), hello=None, kept_out=None, inside=None), "wrong", "doctor.name"),
        (replace(GOOD, hello=None, inside=None), "wrong", "doctor.greeting"),
        (replace(GOOD, through=("jump host a:22",), addresses=(), hello=None), "note", "doctor.behind"),
    ],
)
def test_what_is_wrong_is_one_finding_with_a_hint(facts: ServerFacts, severity: str, code: str) -> None:
    (only,) = found(facts)
    assert (only.severity, only.code) == (severity, code)
    assert only.hint
    assert (only.problem in wrong([only])) is (severity == "wrong")


def test_what_the_owner_must_mend_names_the_owner() -> None:
    (only,) = found(with_inside(sees_server=True))
    assert "ask gt-ntt to mend it: dpo@gt-ntt.example" in only.hint
    (only,) = found(with_inside(sees_server=True), Asked("yks", "", ours=True))
    assert "exchange dropbox --apply" in only.hint


def test_weak_methods_are_wrong_at_our_own_server() -> None:
    facts = replace(GOOD, hello=replace(HELLO, macs=("hmac-md5", "umac-64@openssh.com")))
    (only,) = found(facts, Asked("yks", "", ours=True))
    assert only.severity == "wrong"
    assert "hmac-md5, umac-64@openssh.com" in only.what


def test_a_refusal_on_the_way_in_is_said_as_it_is() -> None:
    refusal = Problem("transport.refused_key", "not let in", "box.example:22", "send your key")
    (only,) = found(replace(GOOD, kept_out=refusal, inside=None))
    assert only.code == "transport.refused_key"
    assert only.hint.startswith("send your key\nask gt-ntt")
    (ours,) = found(replace(GOOD, kept_out=refusal, inside=None), Asked("gt-ntt", "", ours=True))
    assert (ours.severity, ours.code) == ("note", "doctor.login")
