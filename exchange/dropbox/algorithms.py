"""Which methods of SSH are weak today, and which exchange of keys withstands a quantum computer.

Weak: SHA-1, MD5, CBC, 3DES, RC4, DSA, groups of at most 2048 bits, tags of 64 bits, MACs before encryption are not
(RFC 9142; OpenSSH's release notes on what it switched off). A server may offer them beside strong ones: our own program
never takes them, but somebody else's may.
"""

from __future__ import annotations

from collections.abc import Iterable

_WEAK_PARTS = (
    "sha1",
    "md5",
    "-cbc",
    "3des",
    "arcfour",
    "blowfish",
    "cast128",
    "ssh-dss",
    "umac-64",
    "none",
    "group14-",
)
_WEAK_NAMES = frozenset({"ssh-rsa", "ssh-rsa-cert-v01@openssh.com", "hmac-ripemd160", "rsa1024-sha1"})
_QUANTUM_SAFE = ("mlkem768x25519-sha256", "sntrup761x25519-sha512")


def weak(names: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` that nobody should use any more, in their order."""
    return tuple(dict.fromkeys(each for each in names if each in _WEAK_NAMES or _has_weak_part(each)))


def quantum_safe(exchanges: Iterable[str]) -> tuple[str, ...]:
    """The exchanges of keys that are hybrids with a post-quantum part."""
    return tuple(each for each in exchanges if each.startswith(_QUANTUM_SAFE))


def _has_weak_part(name: str) -> bool:
    return any(part in name for part in _WEAK_PARTS)
