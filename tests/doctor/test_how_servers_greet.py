"""The first bytes of an SSH server, against what OpenSSH says of itself, and against whatever anybody may send."""

from __future__ import annotations

import contextlib
import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.doctor.hello import MOST, first_line, read_offer
from exchange.doctor.probing import _greeted
from exchange.dropbox.algorithms import quantum_safe, weak

LISTS = ("kex-a,kex-strict-s-v00@openssh.com,ext-info-s", "ssh-ed25519", "c2s", "aes256-ctr", "m2s", "hmac-sha2-256")


def an_offer(lists: tuple[str, ...] = LISTS, padding: int = 6) -> bytes:
    """RFC 4253, sections 6 and 7.1."""
    names = b"".join(len(each).to_bytes(4, "big") + each.encode() for each in (*lists, "none", "none", "", ""))
    payload = bytes([20]) + bytes(16) + names + bytes(5)
    return (len(payload) + padding + 1).to_bytes(4, "big") + bytes([padding]) + payload + bytes(padding)


def test_the_line_is_found_after_what_a_server_says_before() -> None:
    assert first_line(b"Welcome\r\nSSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\x00") == ("OpenSSH_9.2p1 Debian-2", b"\x00")
    assert first_line(b"SSH-2.0-Open") is None


def test_the_offer_is_read_whole_or_not_yet() -> None:
    offer = an_offer()
    for length in range(len(offer)):
        assert read_offer("x", offer[:length]) is None
    hello = read_offer("x", offer + b"more")
    assert hello is not None
    assert (hello.exchanges, hello.ciphers, hello.macs) == (("kex-a",), ("aes256-ctr",), ("hmac-sha2-256",))
    assert hello.strict


def test_what_could_rewrite_a_screen_is_left_out() -> None:
    said = first_line(b"SSH-2.0-\x1b[2Jevil\xff\r\n")
    assert said is not None
    assert said[0] == "[2Jevil"


@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_do_harm(data: bytes, begins_well: bool) -> None:
    with contextlib.suppress(ValueError):
        first_line(b"SSH-2.0-" + data if begins_well else data)
    with contextlib.suppress(ValueError):
        read_offer("x", data)
    offer = bytearray(an_offer())
    offer[5 : 5 + len(data)] = data
    with contextlib.suppress(ValueError):
        read_offer("x", bytes(offer))


def test_a_server_that_never_comes_to_the_point_is_left() -> None:
    with pytest.raises(ValueError, match="not SSH"):
        first_line(b"x" * (MOST + 1))
    with pytest.raises(ValueError, match="not a first packet"):
        read_offer("x", b"\xff\xff\xff\xff\x00")
    with pytest.raises(ValueError, match="not SSH 2"):
        first_line(b"SSH-1.5-old\r\n")


def test_what_openssh_switched_off_is_weak_and_its_defaults_are_not() -> None:
    old = (
        "diffie-hellman-group1-sha1,diffie-hellman-group14-sha256,ssh-rsa,ssh-dss,3des-cbc,aes256-cbc,arcfour,hmac-md5"
    )
    assert weak(old.split(",")) == tuple(old.split(","))
    good = ("curve25519-sha256", "ecdh-sha2-nistp256", "rsa-sha2-512", "aes128-gcm@openssh.com", "hmac-sha2-512")
    assert weak(good) == ()
    assert quantum_safe(("curve25519-sha256", "sntrup761x25519-sha512@openssh.com")) == (
        "sntrup761x25519-sha512@openssh.com",
    )


def test_a_server_that_greets_a_byte_at_a_time_is_left() -> None:
    near, far = socket.socketpair()
    with near, far:
        far.sendall(b"S")
        with pytest.raises(TimeoutError):
            _greeted(near, time.monotonic() - 1)
